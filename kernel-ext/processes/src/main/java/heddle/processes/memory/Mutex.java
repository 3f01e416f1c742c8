package heddle.processes.memory;

import java.lang.foreign.MemorySegment;

/**
 * Mutual exclusion on one int of shared memory that names the process that holds it, so that the death of that process frees it.
 * Not reentrant; any thread of any process may unlock.
 *
 * <pre>
 *   31          30                               0
 *  +-----------+----------------------------------+
 *  | contended | number of the holder, 0 for free |
 *  +-----------+----------------------------------+
 * </pre>
 *
 * {@code contended}: somebody may be asleep, so unlocking has to wake one.
 */
public final class Mutex {
    private static final int CONTENDED = Integer.MIN_VALUE;
    /** How often a lock that is held is tried again before its word is waited for; a short critical section is over by then. */
    private static final int TRIES = 100;

    private Mutex() {}

    /** @param self the number of this process, above 0 */
    public static boolean tryLock(MemorySegment memory, long at, int self) {
        Room.ensure();
        return Words.casInt(memory, at, 0, self);
    }

    /** Locks, waiting as long as the holder lives; an interrupt waits too. For short sections of our own. */
    public static void lock(MemorySegment memory, long at, int self) {
        if (!tryLock(memory, at, self)) {
            lockAgain(memory, at, self);
        }
    }

    /** As {@link #lock(MemorySegment, long, int)}, for one who gave it up in order to wait, and has seen to it before that there is stack left. */
    public static void lockAgain(MemorySegment memory, long at, int self) {
        var interrupted = false; // no KeptInterrupt: to load its class may take more stack than there is
        while (!await(memory, at, self, Waiting.FOREVER)) {
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Locks, or gives up at the deadline or when the thread is interrupted, whose flag stays set.
     *
     * @return whether it is locked now
     */
    public static boolean lock(MemorySegment memory, long at, int self, long deadlineNs) {
        Room.ensure();
        return await(memory, at, self, deadlineNs);
    }

    private static boolean await(MemorySegment memory, long at, int self, long deadlineNs) {
        for (var i = 0; i < TRIES; i++) {
            // looking first leaves the cache line with the holder
            if (Words.getInt(memory, at) == 0 && Words.casInt(memory, at, 0, self)) {
                return true;
            }
            Thread.onSpinWait();
        }
        while (true) {
            var word = Words.getInt(memory, at);
            if (word == 0) {
                // others may be asleep: this one cannot know
                if (Words.casInt(memory, at, 0, self | CONTENDED)) {
                    return true;
                }
            } else if (word < 0 || Words.casInt(memory, at, word, word | CONTENDED)) {
                if (Waiting.remaining(deadlineNs) <= 0 || Thread.currentThread().isInterrupted()) {
                    return false;
                }
                Waiting.chosen().sleep(memory, at, word | CONTENDED, deadlineNs);
            }
        }
    }

    public static void unlock(MemorySegment memory, long at) {
        if (Words.swapInt(memory, at, 0) < 0) {
            Waiting.chosen().wake(memory, at, 1);
        }
    }

    /** The number of the process that holds it, or 0. */
    public static int holder(MemorySegment memory, long at) {
        return Words.getInt(memory, at) & ~CONTENDED;
    }

    /**
     * Unlocks if that process holds it, which has died; wakes those who wait in any case, because the dead may have been the one that was
     * woken.
     *
     * @return whether the dead held it
     */
    public static boolean bury(MemorySegment memory, long at, int dead) {
        var word = Words.getInt(memory, at);
        while ((word & ~CONTENDED) == dead) {
            if (Words.casInt(memory, at, word, 0)) {
                Waiting.chosen().wake(memory, at, Waiting.ALL);
                return true;
            }
            word = Words.getInt(memory, at);
        }
        Waiting.chosen()
                .wake(memory, at, Waiting.ALL); // also one that is held: its holder may not know that somebody sleeps
        return false;
    }
}
