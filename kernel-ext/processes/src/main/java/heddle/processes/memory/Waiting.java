package heddle.processes.memory;

import java.lang.foreign.MemorySegment;

/**
 * How a thread sleeps until another process changes a word of shared memory. Chosen once for a process: the operating system's own
 * primitive where there is one ({@link Futex}), else {@link Backoff}. The system property {@code heddle.processes.waiting} ({@code futex} or
 * {@code portable}) forces one.
 */
public abstract sealed class Waiting permits Futex, Backoff {
    /** A deadline that never comes. */
    public static final long FOREVER = Long.MAX_VALUE;

    public static final int ALL = Integer.MAX_VALUE;

    /**
     * A short wait is over sooner than the system could put the thread to sleep and wake it. In looks at the word, about 10 ns each once
     * compiled.
     */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 1000 : 0;

    private static final class Chosen {
        static final Waiting THE_ONE = choose();
    }

    public static Waiting chosen() {
        return Chosen.THE_ONE;
    }

    private static Waiting choose() {
        var wanted = System.getProperty("heddle.processes.waiting");
        if (wanted != null && !wanted.equals("futex") && !wanted.equals("portable")) {
            throw new IllegalArgumentException(
                    "the system property heddle.processes.waiting must be futex or portable, not \"" + wanted + "\"");
        }
        if (!"portable".equals(wanted)) {
            var futex = Futex.ofThisSystem();
            if (futex != null) {
                return futex;
            }
            if (wanted != null) {
                throw new IllegalArgumentException(
                        "the system property heddle.processes.waiting is futex, which this system does not have");
            }
        }
        return new Backoff();
    }

    /** The deadline that lies {@code ns} from now; {@link #FOREVER} stays what it is, and what lies behind it. */
    public static long deadline(long ns) {
        var deadline = System.nanoTime() + Math.max(0, ns);
        return ns >= FOREVER / 2 ? FOREVER : deadline;
    }

    /** Nanoseconds until the deadline, negative behind it. */
    public static long remaining(long deadlineNs) {
        return deadlineNs == FOREVER ? FOREVER : deadlineNs - System.nanoTime();
    }

    /**
     * Waits while the int at that place is {@code value}; but not beyond the deadline, not when the thread is or gets interrupted, and perhaps
     * not even that long: the caller looks again.
     *
     * @param deadlineNs see {@link #deadline}
     */
    public final void await(MemorySegment memory, long at, int value, long deadlineNs) {
        for (var look = 0; look < LOOKS; look++) {
            if (Words.getInt(memory, at) != value) {
                return;
            }
            Thread.onSpinWait();
        }
        sleep(memory, at, value, deadlineNs);
    }

    /** As {@link #await}, at once. */
    public abstract void sleep(MemorySegment memory, long at, int value, long deadlineNs);

    /**
     * Wakes threads that wait for a change of that word, after it was changed.
     *
     * @return how many were woken; 0 where that is not known
     */
    public abstract int wake(MemorySegment memory, long at, int atMost);
}
