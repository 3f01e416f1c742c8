package heddle.processes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/** Native memory for states by the million, used in turn: what is handed out again is long out of use. */
final class Slices {
    static final long LENGTH = 256;
    private static final long COUNT = 1 << 18;

    private static final MemorySegment ALL = Arena.global().allocate(LENGTH * COUNT, LENGTH);
    private static final AtomicLong NEXT = new AtomicLong();

    private Slices() {}

    /** {@value #LENGTH} bytes of zeros. */
    static MemorySegment next() {
        return ALL.asSlice(NEXT.getAndIncrement() % COUNT * LENGTH, LENGTH).fill((byte) 0);
    }
}
