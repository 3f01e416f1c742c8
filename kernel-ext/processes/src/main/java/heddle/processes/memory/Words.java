package heddle.processes.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Atomic access to aligned words of shared memory. In one place, so that a JVM that has just begun links each kind of access once. Reads
 * acquire, writes release, updates are sequentially consistent; a write that must be seen before a later read needs {@link #fence}.
 */
public final class Words {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Words() {}

    public static int getInt(MemorySegment memory, long at) {
        return (int) INT.getAcquire(memory, at);
    }

    public static void setInt(MemorySegment memory, long at, int value) {
        INT.setRelease(memory, at, value);
    }

    public static boolean casInt(MemorySegment memory, long at, int expected, int value) {
        return INT.compareAndSet(memory, at, expected, value);
    }

    /** Returns the value before. */
    public static int addInt(MemorySegment memory, long at, int change) {
        return (int) INT.getAndAdd(memory, at, change);
    }

    /** Returns the value before. */
    public static int swapInt(MemorySegment memory, long at, int value) {
        return (int) INT.getAndSet(memory, at, value);
    }

    /** Returns the value before. */
    public static int orInt(MemorySegment memory, long at, int bits) {
        return (int) INT.getAndBitwiseOr(memory, at, bits);
    }

    public static long getLong(MemorySegment memory, long at) {
        return (long) LONG.getAcquire(memory, at);
    }

    public static void setLong(MemorySegment memory, long at, long value) {
        LONG.setRelease(memory, at, value);
    }

    public static boolean casLong(MemorySegment memory, long at, long expected, long value) {
        return LONG.compareAndSet(memory, at, expected, value);
    }

    /** Returns the value before. */
    public static long addLong(MemorySegment memory, long at, long change) {
        return (long) LONG.getAndAdd(memory, at, change);
    }

    /** Nothing moves across this, in either direction. */
    public static void fence() {
        VarHandle.fullFence();
    }
}
