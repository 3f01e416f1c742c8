package heddle.processes.memory;

/**
 * Makes sure that there is stack left for a short section that must not break off in the middle: a {@link StackOverflowError} between the lock and the unlock of a
 * {@link Mutex} that a program catches would leave it locked by a process that lives; one in the middle of waiting, a place taken among those who wait.
 */
public final class Room {
    /** Not final, so that no compiler knows: with a call in it, {@link #ensure} has a frame of its own, or its caller has one as large. */
    private static boolean never;

    private Room() {}

    /**
     * Returns if there are 4 KB of stack, for this method has so many variables. Interpreted that takes a microsecond; compiled a nanosecond or two, because the JVM
     * only looks whether there would be room for the interpreter's frame.
     *
     * @throws StackOverflowError if there are not; nothing has happened then
     */
    @SuppressWarnings("unused")
    public static void ensure() {
        // spotless:off
        double aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al, am, an, ao, ap, aq, ar, as, at, au, av, aw, ax, ay, az, ba, bb, bc, bd, be, bf,
               bg, bh, bi, bj, bk, bl, bm, bn, bo, bp, bq, br, bs, bt, bu, bv, bw, bx, by, bz, ca, cb, cc, cd, ce, cf, cg, ch, ci, cj, ck, cl,
               cm, cn, co, cp, cq, cr, cs, ct, cu, cv, cw, cx, cy, cz, da, db, dc, dd, de, df, dg, dh, di, dj, dk, dl, dm, dn, dp, dq, dr, ds,
               dt, du, dv, dw, dx, dy, dz, ea, eb, ec, ed, ee, ef, eg, eh, ei, ej, ek, el, em, en, eo, ep, eq, er, es, et, eu, ev, ew, ex, ey,
               ez, fa, fb, fc, fd, fe, ff, fg, fh, fi, fj, fk, fl, fm, fn, fo, fp, fq, fr, fs, ft, fu, fv, fw, fx, fy, fz, ga, gb, gc, gd, ge,
               gf, gg, gh, gi, gj, gk, gl, gm, gn, go, gp, gq, gr, gs, gt, gu, gv, gw, gx, gy, gz, ha, hb, hc, hd, he, hf, hg, hh, hi, hj, hk,
               hl, hm, hn, ho, hp, hq, hr, hs, ht, hu, hv, hw, hx, hy, hz, ia, ib, ic, id, ie, ig, ih, ii, ij, ik, il, im, in, io, ip, iq, ir,
               is, it, iu, iv, iw, ix, iy, iz, ja, jb, jc, jd, je, jf, jg, jh, ji, jj, jk, jl, jm, jn, jo, jp, jq, jr, js, jt, ju, jv, jw, jx;
        // spotless:on
        if (never) {
            ensure();
        }
    }
}
