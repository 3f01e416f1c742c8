package heddle.processes;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts in order what a dead child left in shared memory, so that nobody waits for the dead, and sees that nothing below it lives on. Called by
 * the parent, which is the first to know; if the parent dies as well, by the parent's parent, for both. Every repair
 * may be done twice.
 */
final class Undertaker {
    /** What a killed process may take to be gone; the survivors must not wait for it longer. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private static final long LONGEST_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final int KILLED = -9;

    private Undertaker() {}

    /** @param exitCode as {@link ChildProcess#exitCode} */
    static void bury(Tree tree, int dead, int exitCode) {
        var census = tree.census();
        var all = new ArrayList<Integer>();
        if (died(census, dead, exitCode, all)) {
            for (var object : SharedObject.all(tree)) {
                try {
                    for (var each : all) {
                        object.unlockFor(each);
                    }
                    for (var each : all) {
                        object.bury(each);
                        object.removeIfLeftBy(each);
                    }
                } catch (RuntimeException e) {
                    // the others must not stay blocked because of this one
                    System.Logger log = System.getLogger(Undertaker.class.getName());
                    log.log(System.Logger.Level.WARNING, "cannot put " + object + " in order", e);
                }
            }
        }
        for (var each :
                all.reversed()) { // should this process die here, whoever does it again finds them from the top down
            census.buried(each);
        }
    }

    /**
     * Ends whoever is left below a dead process.
     *
     * @param all gets those who are to be buried
     * @return whether one of them may have left something in disorder
     */
    private static boolean died(Census census, int dead, int exitCode, List<Integer> all) {
        census.died(dead, exitCode);
        all.add(dead);
        var touched = census.hasTouched(dead);
        for (var orphan : census.children(dead)) {
            if (orphan.exitCode() == null) {
                end(orphan);
            } // else its parent was about to bury it
            touched |= died(census, orphan.number(), orphan.exitCode() == null ? KILLED : orphan.exitCode(), all);
        }
        return touched;
    }

    /** An orphan ends by itself, unless it was stopped: then it cannot. */
    private static void end(Census.Entry orphan) {
        var handle = ProcessHandle.of(orphan.pid());
        if (handle.isPresent() && isChildMain(handle.get())) {
            handle.get().destroyForcibly();
            awaitEnd(handle.get());
        }
    }

    /** Nobody but its parent is told when a process ends; {@code onExit} would look three times a second. */
    private static void awaitEnd(ProcessHandle killed) {
        var deadlineNs = System.nanoTime() + PATIENCE_NS;
        for (var ns = 50_000L; killed.isAlive() && System.nanoTime() < deadlineNs; ns *= 2) {
            LockSupport.parkNanos(Math.min(ns, LONGEST_LOOK_NS));
        }
    }

    /** Not a later process that happens to have the same pid. */
    private static boolean isChildMain(ProcessHandle handle) {
        var arguments = handle.info().arguments();
        if (arguments.isPresent()) {
            for (var argument : arguments.get()) {
                if (argument.equals(ChildMain.class.getName())) {
                    return true;
                }
            }
        }
        return false;
    }
}
