package heddle.kernel;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Gives the system back what the compiler no longer needs, while nobody asks for anything.
 *
 * <p>The serial collector looks at its old generation only when the heap can grow no further, which on a large machine is never, and it
 * returns memory only then.
 */
final class SpareMemory {

    /** Nobody notices a pause of a tenth of a second so long after the last cell. */
    static final Duration QUIET = Duration.ofSeconds(2);

    /** Not worth a collection. */
    private static final long LITTLE = 8 << 20;

    /** So much garbage is collected though cells follow each other without a rest. */
    private static final long MUCH = 128 << 20;

    /** What can be thrown away before memory is collected. */
    interface Tidy {
        /** @param quiet whether nobody waits */
        void tidy(boolean quiet);
    }

    private final ScheduledExecutorService thread;
    private final Duration quiet;
    private final Tidy tidy;
    private Future<?> collection;
    private long kept;

    /**
     * @param thread the one that works; all methods but the constructor are called on it
     * @param quiet how long nothing is asked before memory is given back
     * @param tidy called before each collection, on that thread
     */
    SpareMemory(ScheduledExecutorService thread, Duration quiet, Tidy tidy) {
        this.thread = thread;
        this.quiet = quiet;
        this.tidy = tidy;
    }

    /** A piece of work has ended. */
    void workDone() {
        if (collection != null) {
            collection.cancel(false);
        }
        try {
            boolean much = used() - kept > MUCH;
            collection = thread.schedule(() -> collect(!much), much ? 0 : quiet.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The session is closed.
        }
    }

    private void collect(boolean quietly) {
        if (used() - kept > LITTLE) {
            tidy.tidy(quietly);
            System.gc();
            kept = used();
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
