package heddle.watch;

import heddle.watch.Look.Lock;
import heddle.watch.Look.Seen;
import heddle.watch.Timeline.Deadlock;
import heddle.watch.Timeline.End;
import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Segment;
import heddle.watch.Timeline.VirtualLoad;
import heddle.watch.Timeline.Wait;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * Makes facts out of looks. What changed between two looks is taken to have changed midway, and marked as soft.
 *
 * <p>Written by one thread, read by another.
 */
final class Recorder {

    /** A lane with more stretches than this is told in coarser steps, so that a watch of hours stays small. */
    static final int STRETCHES = 4000;

    /** Shares of a core nearer than this to all or nothing are taken for it: looking itself costs a little. */
    private static final double CLEARLY = 0.1;

    private static final int VIRTUAL_STEPS = 4000;
    private static final int VIRTUAL_BINS = 480;

    /** So many times between looks are kept for the usual one. */
    private static final int GAPS = 500;

    /** What the flight recorder's clock may be off from ours. */
    private static final long CLOCKS_DIFFER_NS = 500_000;

    private final long caller;
    private final Map<Long, Track> tracks = new LinkedHashMap<>();
    private final Map<HoldKey, Span> openHolds = new LinkedHashMap<>();
    private final List<Hold> closedHolds = new ArrayList<>();

    /** When a thread that was blocked by a monitor came to have it: looks may be rare that tell who has a monitor for which nobody waits. */
    private final Map<HoldKey, Long> gotNs = new HashMap<>();

    private final Map<Long, OpenWait> openWaits = new LinkedHashMap<>();
    private final List<Wait> closedWaits = new ArrayList<>();
    private final List<VirtualLoad> virtual = new ArrayList<>();
    private final Function<Lock, String> names;
    private Ring ring;
    private Lifetimes.Found exact;
    private int missed;
    private long lastNs;
    private int looks;
    private final List<Long> gapsNs = new ArrayList<>();
    private long worstNs;

    private record HoldKey(long lane, Lock lock) {}

    private static final class Span {
        final long fromNs;
        long toNs;

        Span(long fromNs, long toNs) {
            this.fromNs = fromNs;
            this.toNs = toNs;
        }
    }

    private record OpenWait(long holder, Lock lock, Span span) {}

    private static final class Ring {
        final List<Long> members;
        final Map<Long, Seen> seen;
        final Span span;
        boolean over;

        Ring(List<Long> members, Map<Long, Seen> seen, Span span) {
            this.members = members;
            this.seen = seen;
            this.span = span;
        }
    }

    private static final class Stretch {
        State state;
        long fromNs;
        long toNs;
        double onCoreNs;
        final Lock lock;
        final String what;
        final String place;
        final long beginWithinNs;
        long endWithinNs;

        Stretch(State state, long fromNs, Lock lock, String what, String place, long beginWithinNs) {
            this.state = state;
            this.fromNs = fromNs;
            this.toNs = fromNs;
            this.lock = lock;
            this.what = what;
            this.place = place;
            this.beginWithinNs = beginWithinNs;
        }

        void extend(long toNs, double share) {
            onCoreNs += (toNs - this.toNs) * share;
            this.toNs = toNs;
        }

        double share() {
            return toNs == fromNs ? (state == State.RUNNING ? 1 : 0) : onCoreNs / (toNs - fromNs);
        }
    }

    private static final class Track {
        final long id;
        String name;
        long fromNs;
        long endNs = -1;
        boolean idle;
        long cpuFirst;
        long cpuLast;
        Seen last;
        long lastNs;
        final List<Stretch> stretches = new ArrayList<>();
        final Map<State, Long> finerNs = new EnumMap<>(State.class);

        Track(long id, String name, long fromNs) {
            this.id = id;
            this.name = name;
            this.fromNs = fromNs;
        }

        Stretch open() {
            return stretches.getLast();
        }
    }

    /** @param callerName null when the thread that asks is none that can be looked at, such as a virtual one */
    Recorder(long caller, String callerName, long callerCpuNs, Function<Lock, String> names) {
        this.caller = caller;
        this.names = names;
        if (callerName != null) {
            var track = new Track(caller, callerName, 0);
            track.cpuFirst = callerCpuNs;
            track.cpuLast = callerCpuNs;
            track.stretches.add(new Stretch(State.RUNNING, 0, null, "", "", 0));
            tracks.put(caller, track);
        }
    }

    /** Takes in the next look. */
    synchronized void add(Look look) {
        var midNs = lastNs + (look.atNs() - lastNs) / 2;
        var present = new HashSet<Long>();
        for (var seen : look.threads()) {
            present.add(seen.id());
            see(seen, look.atNs(), midNs);
        }
        for (var track : tracks.values()) {
            if (track.endNs < 0 && !present.contains(track.id) && track.id != caller) {
                track.open().extend(midNs, track.open().state == State.RUNNING ? 1 : 0);
                track.open().endWithinNs = look.atNs() - midNs;
                track.endNs = midNs;
            }
        }
        if (look.callerIdle()) {
            rest(tracks.get(caller), look.atNs(), midNs);
        }
        holds(look, midNs, present);
        waits(look, midNs);
        deadlock(look, midNs);
        if (virtual.isEmpty()
                ? look.virtual().mounted() + look.virtual().queued() > 0
                : virtual.getLast().mounted() != look.virtual().mounted()
                        || virtual.getLast().queued() != look.virtual().queued()) {
            if (virtual.size() < VIRTUAL_STEPS) {
                virtual.add(look.virtual());
            }
        }
        worstNs = Math.max(worstNs, look.atNs() - lastNs);
        if (gapsNs.size() == GAPS) {
            gapsNs.remove(ThreadLocalRandom.current().nextInt(GAPS));
        }
        gapsNs.add(look.atNs() - lastNs);
        lastNs = look.atNs();
        looks++;
    }

    private void see(Seen seen, long atNs, long midNs) {
        var track = tracks.get(seen.id());
        if (track == null) {
            // Who was there before and is drawn in by a lock is known from now on; who is new began since the last
            // look.
            var isNew = seen.cpuNs() < 0 || seen.cpuNs() <= atNs - lastNs + 1_000_000;
            track = new Track(seen.id(), seen.name(), isNew ? midNs : atNs);
            track.cpuFirst = isNew ? 0 : seen.cpuNs();
            track.stretches.add(stretch(seen, track.fromNs, atNs - track.fromNs));
            track.open().extend(atNs, seen.state() == State.RUNNING ? 1 : 0);
            tracks.put(seen.id(), track);
        } else if (track.last == null && !track.idle) {
            // The caller: it ran when it asked, and what it does now it does since sometime between.
            next(track, seen, atNs, midNs);
        } else if (track.endNs >= 0) {
            return;
        } else if (track.idle) {
            track.stretches.add(stretch(seen, midNs, atNs - midNs));
            track.open().extend(atNs, seen.state() == State.RUNNING ? 1 : 0);
        } else {
            var share = share(track, seen, atNs);
            var open = track.open();
            if (seen.state() == State.RUNNING && track.last.state() == State.RUNNING) {
                var state = share < CLEARLY ? State.READY : State.RUNNING;
                if (open.state != state || clearness(open.share()) != clearness(share) && open.toNs > open.fromNs) {
                    // The share of a core is measured from look to look: nothing soft about its borders.
                    track.stretches.add(new Stretch(state, open.toNs, null, "", seen.place(), 0));
                }
                track.open().extend(atNs, share > 1 - CLEARLY ? 1 : share < CLEARLY ? 0 : share);
            } else if (seen.state() == track.last.state()
                    && Objects.equals(seen.lock(), track.last.lock())
                    && seen.what().equals(track.last.what())) {
                open.extend(atNs, 0);
            } else {
                next(track, seen, atNs, midNs);
            }
        }
        track.idle = false;
        track.name = seen.name();
        track.last = seen;
        track.lastNs = atNs;
        if (seen.cpuNs() >= 0) {
            track.cpuLast = seen.cpuNs();
        }
        if (track.stretches.size() > STRETCHES) {
            coarsen(track);
        }
    }

    private void next(Track track, Seen seen, long atNs, long midNs) {
        var open = track.open();
        if (track.last == null && seen.state() == State.RUNNING) {
            open.extend(atNs, 1);
            return;
        }
        open.extend(Math.max(midNs, open.toNs), open.state == State.RUNNING ? 1 : 0);
        open.endWithinNs = atNs - midNs;
        var next = stretch(seen, open.toNs, atNs - midNs);
        next.extend(atNs, seen.state() == State.RUNNING ? 1 : 0);
        track.stretches.add(next);
    }

    /** From now on nothing is told of the thread, until it is seen again. */
    private static void rest(Track track, long atNs, long midNs) {
        if (!track.idle) {
            track.open().extend(Math.max(midNs, track.open().toNs), track.open().state == State.RUNNING ? 1 : 0);
            track.open().endWithinNs = atNs - midNs;
            track.idle = true;
        }
    }

    private static Stretch stretch(Seen seen, long fromNs, long withinNs) {
        return new Stretch(seen.state(), fromNs, seen.lock(), seen.what(), seen.place(), withinNs);
    }

    /** Part of the time since the last look that the thread was on a core; all of it when it cannot be told apart from waiting for something else. */
    private static double share(Track track, Seen seen, long atNs) {
        var last = track.last;
        var known = last.cpuNs() >= 0
                && seen.cpuNs() >= 0
                && last.pauses() == seen.pauses()
                && last.inJava()
                && seen.inJava()
                && atNs > track.lastNs;
        return known ? Math.clamp((double) (seen.cpuNs() - last.cpuNs()) / (atNs - track.lastNs), 0, 1) : 1;
    }

    private static int clearness(double share) {
        return share < CLEARLY ? 0 : share > 1 - CLEARLY ? 2 : 1;
    }

    /** Joins neighbours two by two under the state that took longer; the totals keep what was dropped. */
    private static void coarsen(Track track) {
        var coarse = new ArrayList<Stretch>();
        var open = track.stretches.removeLast();
        for (var i = 0; i + 1 < track.stretches.size(); i += 2) {
            var first = track.stretches.get(i);
            var second = track.stretches.get(i + 1);
            var longer = second.toNs - second.fromNs > first.toNs - first.fromNs ? second : first;
            var shorter = longer == first ? second : first;
            count(track.finerNs, shorter, 1);
            count(track.finerNs, longer, 1);
            var joined = new Stretch(
                    longer.state, first.fromNs, longer.lock, longer.what, longer.place, first.beginWithinNs);
            joined.extend(second.toNs, longer.share());
            joined.endWithinNs = second.endWithinNs;
            count(track.finerNs, joined, -1);
            coarse.add(joined);
        }
        if (track.stretches.size() % 2 == 1) {
            coarse.add(track.stretches.getLast());
        }
        coarse.add(open);
        track.stretches.clear();
        track.stretches.addAll(coarse);
    }

    private static void count(Map<State, Long> totals, Stretch stretch, int sign) {
        var onCore = Math.round(stretch.onCoreNs);
        var length = stretch.toNs - stretch.fromNs;
        switch (stretch.state) {
            case RUNNING, READY -> {
                totals.merge(State.RUNNING, sign * onCore, Long::sum);
                totals.merge(State.READY, sign * (length - onCore), Long::sum);
            }
            default -> totals.merge(stretch.state, sign * length, Long::sum);
        }
    }

    private void holds(Look look, long midNs, HashSet<Long> present) {
        var held = new HashSet<HoldKey>();
        var ownedElsewhere = new LinkedHashMap<Lock, Long>();
        for (var seen : look.threads()) {
            for (var lock : seen.holds()) {
                var key = new HoldKey(seen.id(), lock);
                held.add(key);
                ownedElsewhere.put(lock, seen.id());
                var open = openHolds.get(key);
                if (open == null) {
                    var got = gotNs.remove(key);
                    openHolds.put(key, new Span(got == null ? Math.max(midNs, fromNs(seen.id())) : got, look.atNs()));
                } else {
                    open.toNs = look.atNs();
                }
            }
        }
        gotNs.keySet()
                .removeIf(key -> !present.contains(key.lane())
                        || look.monitorsComplete() && !held.contains(key)
                        || ownedElsewhere.getOrDefault(key.lock(), key.lane()) != key.lane());
        openHolds.entrySet().removeIf(entry -> {
            var key = entry.getKey();
            if (held.contains(key) || key.lane() == caller && !present.contains(caller)) {
                return false;
            }
            var gone = !present.contains(key.lane());
            var others = ownedElsewhere.get(key.lock());
            var complete = key.lock().ofConcurrentPackage() ? look.locksComplete() : look.monitorsComplete();
            if (!gone && others == null && !complete) {
                return false; // nobody waits for it now, so this look says nothing about it
            }
            var span = entry.getValue();
            closedHolds.add(new Hold(
                    key.lane(), names.apply(key.lock()), span.fromNs, span.toNs + (look.atNs() - span.toNs) / 2));
            return true;
        });
    }

    private long fromNs(long lane) {
        return tracks.containsKey(lane) ? tracks.get(lane).fromNs : 0;
    }

    private void waits(Look look, long midNs) {
        var waiting = new HashSet<Long>();
        for (var seen : look.threads()) {
            if (seen.lock() == null || seen.owner() == -1) {
                continue;
            }
            waiting.add(seen.id());
            var open = openWaits.get(seen.id());
            if (open != null && open.holder() == seen.owner() && open.lock().equals(seen.lock())) {
                open.span().toNs = look.atNs();
            } else {
                if (open != null) {
                    close(seen.id(), open, midNs);
                }
                openWaits.put(
                        seen.id(),
                        new OpenWait(
                                seen.owner(), seen.lock(), new Span(Math.max(midNs, fromNs(seen.id())), look.atNs())));
            }
        }
        openWaits.entrySet().removeIf(entry -> {
            if (waiting.contains(entry.getKey())) {
                return false;
            }
            var wait = entry.getValue();
            close(entry.getKey(), wait, midNs);
            var key = new HoldKey(entry.getKey(), wait.lock());
            // An attempt to get one of the concurrent package's locks may have been given up.
            if (!wait.lock().ofConcurrentPackage() && !openHolds.containsKey(key) && !look.monitorsComplete()) {
                gotNs.put(key, midNs);
            }
            return true;
        });
    }

    private void close(long waiter, OpenWait wait, long endNs) {
        closedWaits.add(new Wait(
                waiter,
                wait.holder(),
                names.apply(wait.lock()),
                wait.span().fromNs,
                Math.max(endNs, wait.span().toNs)));
    }

    private void deadlock(Look look, long midNs) {
        if (ring == null && !look.deadlocked().isEmpty()) {
            var seen = new LinkedHashMap<Long, Seen>();
            look.threads().forEach(one -> seen.put(one.id(), one));
            if (seen.keySet().containsAll(look.deadlocked())) {
                ring = new Ring(look.deadlocked(), seen, new Span(midNs, look.atNs()));
            }
        } else if (ring != null && !ring.over) {
            if (look.deadlocked().containsAll(ring.members)) {
                ring.span.toNs = look.atNs();
            } else {
                ring.over = true;
                ring.span.toNs = midNs;
            }
        }
    }

    /** Takes in what is known exactly, once the watch has ended. */
    synchronized void lifetimes(Lifetimes.Found exact) {
        this.exact = exact;
    }

    /** Takes in how many threads no look has met. */
    synchronized void missed(int missed) {
        this.missed = missed;
    }

    /** The facts up to now. */
    synchronized Timeline timeline(String title, Language language, long nowNs, boolean live) {
        var lanes = new ArrayList<Lane>();
        for (var track : tracks.values()) {
            lanes.add(lane(track, nowNs));
        }
        if (exact != null) {
            exact.platform().values().stream()
                    .filter(life -> !tracks.containsKey(life.id())
                            && life.fromNs() > -CLOCKS_DIFFER_NS
                            && life.fromNs() <= nowNs)
                    .forEach(life -> lanes.add(unseen(life, nowNs)));
        }
        lanes.sort(Comparator.comparing((Lane lane) -> !lane.caller())
                .thenComparingLong(Lane::fromNs)
                .thenComparingLong(Lane::id));
        var holds = new ArrayList<>(closedHolds);
        openHolds.forEach((key, span) -> holds.add(new Hold(
                key.lane(),
                names.apply(key.lock()),
                span.fromNs,
                key.lock().ofConcurrentPackage() ? span.toNs : nowNs)));
        var waits = new ArrayList<>(closedWaits);
        openWaits.forEach((waiter, wait) ->
                waits.add(new Wait(waiter, wait.holder(), names.apply(wait.lock()), wait.span().fromNs, nowNs)));
        var byId = new HashMap<Long, Lane>();
        lanes.forEach(lane -> byId.put(lane.id(), lane));
        holds.replaceAll(hold -> within(byId.get(hold.lane()), hold));
        waits.replaceAll(wait -> within(byId.get(wait.waiter()), wait));
        holds.sort(Comparator.comparingLong(Hold::fromNs));
        waits.sort(Comparator.comparingLong(Wait::fromNs));
        return new Timeline(
                title,
                language,
                nowNs,
                live,
                lanes,
                holds,
                waits,
                Optional.ofNullable(ring).map(found -> deadlock(found, nowNs)),
                virtual(nowNs),
                new Timeline.Source(
                        looks,
                        median(),
                        worstNs,
                        exact != null,
                        exact != null ? 0 : missed,
                        exact != null ? exact.virtualStarted() : -1));
    }

    private static Hold within(Lane life, Hold hold) {
        return life == null
                ? hold
                : new Hold(
                        hold.lane(),
                        hold.lock(),
                        Math.clamp(hold.fromNs(), life.fromNs(), life.toNs()),
                        Math.clamp(hold.toNs(), life.fromNs(), life.toNs()));
    }

    private static Wait within(Lane life, Wait wait) {
        return life == null
                ? wait
                : new Wait(
                        wait.waiter(),
                        wait.holder(),
                        wait.lock(),
                        Math.clamp(wait.fromNs(), life.fromNs(), life.toNs()),
                        Math.clamp(wait.toNs(), life.fromNs(), life.toNs()));
    }

    private long median() {
        return gapsNs.isEmpty() ? 0 : gapsNs.stream().sorted().toList().get(gapsNs.size() / 2);
    }

    /** A thread that no look has met, not even the last: when it lived is known, what it did is not, and it has ended. */
    private static Lane unseen(Lifetimes.Life life, long nowNs) {
        var fromNs = Math.max(0, life.fromNs());
        var toNs = life.toNs() == Lifetimes.UNKNOWN ? nowNs : Math.clamp(life.toNs(), fromNs, nowNs);
        return new Lane(life.id(), life.name(), false, fromNs, toNs, End.ENDED, List.of(), -1, Map.of());
    }

    /** The sampled loads, with the number of threads alive where that is known; of each short while the greatest. */
    private List<VirtualLoad> virtual(long nowNs) {
        if (exact == null || exact.virtualStarted() == 0) {
            return virtual;
        }
        var binNs = Math.max(1, nowNs / VIRTUAL_BINS);
        var greatest = new TreeMap<Long, Integer>();
        var alive = 0;
        for (var change : exact.virtualAlive().entrySet()) {
            var bin = Math.clamp(change.getKey(), 0, nowNs) / binNs * binNs;
            greatest.merge(bin, alive, Math::max);
            alive += change.getValue();
            greatest.merge(bin, alive, Math::max);
            greatest.put(bin + binNs, alive);
        }
        var sampled = new TreeMap<Long, VirtualLoad>();
        virtual.forEach(load -> sampled.put(load.atNs(), load));
        var moments = new TreeSet<>(greatest.keySet());
        moments.addAll(sampled.keySet());
        var loads = new ArrayList<VirtualLoad>();
        for (var atNs : moments) {
            var load = sampled.floorEntry(atNs);
            var count = greatest.floorEntry(atNs);
            // The two are not known of the same instant: what is exact bounds what is sampled.
            var known = count == null ? 0 : count.getValue();
            var mounted = Math.min(known, load == null ? 0 : load.getValue().mounted());
            var queued =
                    Math.min(known - mounted, load == null ? 0 : load.getValue().queued());
            loads.add(new VirtualLoad(atNs, mounted, queued, known));
        }
        return loads;
    }

    private Lane lane(Track track, long nowNs) {
        var segments = new ArrayList<Segment>();
        for (var stretch : track.stretches) {
            var last = stretch == track.open() && track.endNs < 0 && !track.idle;
            var toNs = last ? Math.max(nowNs, stretch.toNs) : stretch.toNs;
            segments.add(new Segment(
                    stretch.state,
                    stretch.fromNs,
                    toNs,
                    stretch.share(),
                    stretch.lock == null ? stretch.what : names.apply(stretch.lock),
                    stretch.place,
                    stretch.beginWithinNs,
                    stretch.endWithinNs));
        }
        var fromNs = track.fromNs;
        var toNs = track.endNs < 0 ? nowNs : track.endNs;
        var ended = track.endNs >= 0;
        var life = exact == null ? null : exact.platform().get(track.id);
        if (life != null) {
            if (life.fromNs() > -CLOCKS_DIFFER_NS) {
                fromNs =
                        Math.min(Math.max(0, life.fromNs()), segments.getFirst().toNs());
                segments.addFirst(moved(segments.removeFirst(), fromNs, -1));
            }
            if (life.toNs() != Lifetimes.UNKNOWN) {
                // A worker whose pool has just been closed may need a moment after the end of the watch to be gone.
                ended = true;
                toNs = Math.clamp(life.toNs(), segments.getLast().fromNs(), nowNs);
                segments.addLast(moved(segments.removeLast(), -1, toNs));
            }
        }
        segments.removeIf(segment -> segment.lengthNs() == 0);
        return new Lane(
                track.id,
                track.name,
                track.id == caller,
                fromNs,
                toNs,
                ended ? End.ENDED : End.ALIVE,
                segments,
                track.cpuFirst < 0 || track.cpuLast < 0 ? -1 : track.cpuLast - track.cpuFirst,
                track.finerNs);
    }

    /** The segment with one of its ends known exactly; the other is given as -1 and stays. */
    private static Segment moved(Segment segment, long fromNs, long toNs) {
        return new Segment(
                segment.state(),
                fromNs < 0 ? segment.fromNs() : fromNs,
                toNs < 0 ? segment.toNs() : toNs,
                segment.onCore(),
                segment.what(),
                segment.place(),
                fromNs < 0 ? segment.beginWithinNs() : 0,
                toNs < 0 ? segment.endWithinNs() : 0);
    }

    private Deadlock deadlock(Ring found, long nowNs) {
        var parties = new ArrayList<Deadlock.Party>();
        for (var i = 0; i < found.members.size(); i++) {
            var member = found.seen.get(found.members.get(i));
            var before = found.seen.get(found.members.get((i + found.members.size() - 1) % found.members.size()));
            parties.add(new Deadlock.Party(
                    member.id(),
                    member.name(),
                    names.apply(before.lock()),
                    names.apply(member.lock()),
                    member.place()));
        }
        return new Deadlock(found.span.fromNs, found.over ? found.span.toNs : nowNs, found.over, parties);
    }
}
