package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Arrays that processes share: the rows VA1 to VA6 as far as they concern Python's Array. */
@Timeout(120)
class ArrayTest {
    @Test
    @DisplayName("VA1 an array begins as zeros or as told; index, range and length work, also in a child")
    void va1() throws Exception {
        try (var ints = SharedArray.ofInts(4);
                var longs = SharedArray.copyOf(1L, 2L, 3L);
                var doubles = SharedArray.copyOf(0.5, 1.5);
                var bytes = SharedArray.ofBytes(5)) {
            assertEquals(4, ints.length());
            assertArrayEquals(new int[4], ints.toArray());
            ValueTest.inChildren(1, () -> {
                ints.set(3, longs.length());
                longs.setRange(1, longs.get(2), 7);
                doubles.fill(doubles.get(1));
                bytes.setRange(2, (byte) 1, (byte) 2, (byte) 3);
            });
            assertArrayEquals(new int[] {0, 0, 0, 3}, ints.toArray());
            assertArrayEquals(new long[] {3, 7}, longs.copyOfRange(1, 3));
            assertArrayEquals(new double[] {1.5, 1.5}, doubles.toArray());
            assertEquals("[0, 0, 1, 2, 3]", bytes.toString());
            assertEquals(3, ints.stream().sum());
            assertEquals(11, longs.stream().sum());
            assertEquals(3.0, doubles.stream().sum());
        }
        try (var empty = SharedArray.ofInts(0)) {
            assertEquals(0, empty.toArray().length);
        }
    }

    @Test
    @DisplayName("VA2 updates of one element by 3 processes are all counted")
    void va2() throws Exception {
        try (var ints = SharedArray.ofInts(3);
                var longs = SharedArray.ofLongs(3);
                var doubles = SharedArray.ofDoubles(3);
                var bytes = SharedArray.ofBytes(7);
                var locked = SharedArray.ofInts(1)) {
            ValueTest.inChildren(3, () -> {
                for (var i = 0; i < 10_000; i++) {
                    ints.incrementAndGet(1);
                    longs.getAndAdd(1, 2);
                    doubles.addAndGet(1, 0.5);
                    bytes.addAndGet(i % 2 + 4, 1); // neighbours in one word
                    try (var _ = locked.lock().hold()) {
                        locked.set(0, locked.get(0) + 1);
                    }
                }
            });
            assertArrayEquals(new int[] {0, 30_000, 0}, ints.toArray());
            assertArrayEquals(new long[] {0, 60_000, 0}, longs.toArray());
            assertArrayEquals(new double[] {0, 15_000, 0}, doubles.toArray());
            assertArrayEquals(new byte[] {0, 0, 0, 0, (byte) 15_000, (byte) 15_000, 0}, bytes.toArray());
            assertEquals(30_000, locked.get(0));
        }
    }

    @Test
    @DisplayName("the methods of an element are AtomicIntegerArray's")
    void methods() {
        try (var ints = SharedArray.copyOf(9, 5);
                var longs = SharedArray.copyOf(9L, 5L);
                var doubles = SharedArray.copyOf(9.0, 5.0);
                var bytes = SharedArray.copyOf((byte) 9, (byte) 5)) {
            assertEquals(5, ints.getAndSet(1, 6));
            assertEquals(6, ints.getAndIncrement(1));
            assertEquals(6, ints.decrementAndGet(1));
            assertEquals(6, ints.getAndDecrement(1));
            assertEquals(7, ints.addAndGet(1, 2));
            assertEquals(14, ints.updateAndGet(1, n -> 2 * n));
            assertEquals(14, ints.getAndUpdate(1, n -> n / 2));
            assertEquals(4, ints.accumulateAndGet(1, 3, (n, other) -> n - other));
            assertFalse(ints.compareAndSet(1, 5, 1));
            assertTrue(ints.compareAndSet(1, 4, -1));
            assertEquals("[9, -1]", ints.toString());

            assertEquals(5, longs.getAndSet(1, 6));
            assertEquals(7, longs.incrementAndGet(1));
            assertEquals(49, longs.accumulateAndGet(1, 7, (n, other) -> n * other));
            assertFalse(longs.compareAndSet(1, 5, 1));
            assertTrue(longs.compareAndSet(1, 49, 1));
            assertEquals("[9, 1]", longs.toString());

            assertEquals(5, doubles.getAndAdd(1, 0.5));
            assertEquals(11, doubles.updateAndGet(1, n -> 2 * n));
            assertFalse(doubles.compareAndSet(1, 5, 1));
            assertTrue(doubles.compareAndSet(1, 11, 1.25));
            assertEquals("[9.0, 1.25]", doubles.toString());

            assertEquals(5, bytes.getAndSet(1, (byte) 6));
            assertEquals(6, bytes.getAndAdd(1, -8));
            assertFalse(bytes.compareAndSet(1, (byte) 2, (byte) 1));
            assertTrue(bytes.compareAndSet(1, (byte) -2, (byte) 1));
            assertEquals(3, bytes.addAndGet(1, 2));
            assertEquals(3, bytes.getAndUpdate(1, n -> n * n));
            assertEquals("[9, 9]", bytes.toString());
        }
    }

    @Test
    @DisplayName("VA3 elements wrap as their type does; what does not fit, and what is no number, does not compile")
    void va3() {
        try (var ints = SharedArray.copyOf(Integer.MAX_VALUE);
                var bytes = SharedArray.ofBytes(1)) {
            assertEquals(Integer.MIN_VALUE, ints.incrementAndGet(0));
            assertEquals(1, bytes.addAndGet(0, 257));
            assertTrue(Compiles.statement("SharedArray.ofInts(1).set(0, 1);"));
            assertFalse(Compiles.statement("SharedArray.ofInts(1).set(0, 1L << 31);"));
            assertFalse(Compiles.statement("SharedArray.ofInts(1).set(0, \"x\");"));
            assertTrue(Compiles.statement("SharedArray.ofBytes(1).set(0, (byte) 257);"));
            assertFalse(Compiles.statement("SharedArray.ofBytes(1).set(0, 257);"));
            assertFalse(Compiles.statement("SharedArray.ofStrings(1);"));
        }
    }

    @Test
    @DisplayName(
            "VA4 an index outside, -1 included, is an IndexOutOfBoundsException and changes nothing; a negative length is refused")
    void va4() {
        try (var ints = SharedArray.copyOf(1, 2, 3);
                var bytes = SharedArray.ofBytes(3)) {
            for (var index : new int[] {3, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThrows(IndexOutOfBoundsException.class, () -> ints.get(index));
                assertThrows(IndexOutOfBoundsException.class, () -> ints.set(index, 0));
                assertThrows(IndexOutOfBoundsException.class, () -> ints.getAndAdd(index, 1));
                assertThrows(IndexOutOfBoundsException.class, () -> bytes.get(index));
                assertThrows(IndexOutOfBoundsException.class, () -> bytes.addAndGet(index, 1));
            }
            assertThrows(IndexOutOfBoundsException.class, () -> ints.setRange(2, 7, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> ints.setRange(-1, 7));
            assertThrows(IndexOutOfBoundsException.class, () -> ints.copyOfRange(1, 4));
            assertThrows(IndexOutOfBoundsException.class, () -> ints.copyOfRange(2, 1));
            assertArrayEquals(new int[] {1, 2, 3}, ints.toArray());
            assertEquals(0, ints.copyOfRange(3, 3).length);
        }
        var failure = assertThrows(IllegalArgumentException.class, () -> SharedArray.ofInts(-1));
        assertEquals("the length of a SharedArray must not be negative: -1", failure.getMessage());
        assertThrows(NullPointerException.class, () -> SharedArray.copyOf((int[]) null));
    }

    @Test
    @DisplayName("VA5 an array has a lock of its own; a closed array refuses everything")
    void va5() {
        var ints = SharedArray.ofInts(2);
        var lock = ints.lock();
        ints.close();
        assertThrows(IllegalStateException.class, () -> ints.get(0));
        assertThrows(IllegalStateException.class, () -> ints.set(0, 1));
        assertThrows(IllegalStateException.class, ints::toArray);
        assertThrows(IllegalStateException.class, ints::lock);
        assertThrows(IllegalStateException.class, lock::lock);
    }

    @Test
    @DisplayName("VA6 the array of a killed process that held its lock can be read and locked")
    void va6() throws Exception {
        try (var ints = SharedArray.ofInts(2);
                var captured = new Captured()) {
            var child = new ChildProcess(() -> {
                        ints.lock().lock();
                        ints.set(0, 1);
                        System.out.println("locked");
                        new CountDownLatch(1).await();
                    })
                    .start();
            captured.awaitLine("locked");
            assertEquals("[1, 0]", ints.toString());
            child.kill();
            assertTrue(ints.lock().tryLock(20, TimeUnit.SECONDS));
            ints.lock().unlock();
            child.join();
        }
    }
}
