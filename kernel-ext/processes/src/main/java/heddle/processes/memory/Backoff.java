package heddle.processes.memory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/** Waiting without any help of the operating system: looks again and again, ever less often, down to once a millisecond. */
final class Backoff extends Waiting {
    private static final long SHORTEST_NS = 20_000;
    private static final long LONGEST_NS = 1_000_000;
    /** Nobody is woken here: so after this, the caller looks itself whether there is still something to wait for. */
    private static final long STRETCH_NS = 50_000_000;

    @Override
    public void sleep(MemorySegment memory, long at, int value, long deadlineNs) {
        var endNs = Waiting.remaining(deadlineNs) < STRETCH_NS ? deadlineNs : Waiting.deadline(STRETCH_NS);
        for (var ns = SHORTEST_NS; Words.getInt(memory, at) == value; ns = Math.min(2 * ns, LONGEST_NS)) {
            var remaining = remaining(endNs);
            if (remaining <= 0 || Thread.currentThread().isInterrupted()) {
                return;
            }
            LockSupport.parkNanos(Math.min(ns, remaining));
        }
    }

    @Override
    public int wake(MemorySegment memory, long at, int atMost) {
        return 0;
    }
}
