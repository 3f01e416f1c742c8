package heddle.processes;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Puts in order what a dead child left in shared memory, so that nobody waits for the dead, and sees that nothing below it lives on. Called by
 * the parent, which is the first to know; if the parent dies as well, by the parent's parent, for both. All repairs are single atomic steps
 * and may be done twice.
 */
final class Undertaker {
    /** What a killed process may take to be gone. */
    private static final long PATIENCE_S = 5;

    private static final int KILLED = -9;

    private Undertaker() {}

    /** @param exitCode as {@link ChildProcess#exitCode} */
    static void bury(Tree tree, int dead, int exitCode) {
        var census = tree.census();
        census.died(dead, exitCode);
        for (var orphan : census.children(dead)) {
            end(orphan);
            bury(tree, orphan.number(), KILLED);
        }
        if (census.hasTouched(dead)) {
            for (var object : SharedObject.all(tree)) {
                try {
                    object.bury(dead);
                    object.removeIfLeftBy(dead);
                } catch (RuntimeException e) {
                    // the others must not stay blocked because of this one
                    System.Logger log = System.getLogger(Undertaker.class.getName());
                    log.log(System.Logger.Level.WARNING, "cannot put " + object + " in order", e);
                }
            }
        }
    }

    /** An orphan ends by itself, unless it was stopped: then it cannot. */
    private static void end(Census.Entry orphan) {
        var handle = ProcessHandle.of(orphan.pid());
        if (handle.isPresent() && isChildMain(handle.get())) {
            handle.get().destroyForcibly();
            try {
                handle.get().onExit().get(PATIENCE_S, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // not even a kill ends it: the survivors must not wait for it
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
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
