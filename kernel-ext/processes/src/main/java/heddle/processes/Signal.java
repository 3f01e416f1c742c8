package heddle.processes;

import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.lang.foreign.MemorySegment;

/**
 * Waiting for a change that others commit elsewhere in shared memory, such that they need no system call while nobody waits.
 *
 * <pre>
 *   31              1     0
 *  +-----------------+--------+
 *  | count of changes| asleep |
 *  +-----------------+--------+
 * </pre>
 *
 * Who waits first announces it, then looks once more, then sleeps. Who changes something sees the announcement after the change, and changes the word too.
 */
final class Signal {
    private static final int ASLEEP = 1;
    private static final int CHANGE = 2;

    private Signal() {}

    /** Returns what is to be given to {@link #sleep}, after one more look. */
    static int announce(MemorySegment memory, long at) {
        return Words.orInt(memory, at, ASLEEP) | ASLEEP;
    }

    /** Until something has changed since it was announced; as {@link Waiting#sleep}. */
    static void sleep(MemorySegment memory, long at, int announced, long deadlineNs) {
        Waiting.chosen().sleep(memory, at, announced, deadlineNs);
    }

    /**
     * Wakes one of those that sleep, or all. To be called when an atomic update, such as the release of a lock, lies between this and the change: so that nothing of
     * the change can be seen later than what is read here.
     */
    static void changed(MemorySegment memory, long at, int atMost) {
        var word = Words.getInt(memory, at);
        while ((word & ASLEEP) != 0) {
            var next = word + CHANGE;
            if (Words.casInt(memory, at, word, next)) {
                var none = Waiting.chosen().wake(memory, at, atMost) == 0;
                if ((none || atMost == Waiting.ALL) && Words.casInt(memory, at, next, next & ~ASLEEP)) {
                    Waiting.chosen().wake(memory, at, Waiting.ALL); // who fell asleep since then, announced before
                }
                return;
            }
            word = Words.getInt(memory, at);
        }
    }

    /** Wakes all, who look again: for repairs. */
    static void rouse(MemorySegment memory, long at) {
        Words.addInt(memory, at, CHANGE);
        Waiting.chosen().wake(memory, at, Waiting.ALL);
    }
}
