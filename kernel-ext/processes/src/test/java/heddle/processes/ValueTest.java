package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Numbers that processes share: the rows VA1 to VA6 as far as they concern Python's Value; ArrayTest has the rest. */
@Timeout(120)
class ValueTest {
    /** That task in so many children at a time. */
    static void inChildren(int children, Task task) throws InterruptedException {
        var all = new ArrayList<ChildProcess>();
        for (var i = 0; i < children; i++) {
            all.add(new ChildProcess(task).start());
        }
        for (var child : all) {
            child.join();
            assertEquals(0, child.exitCode());
            child.close();
        }
    }

    @Test
    @DisplayName("VA1 a value begins as 0, and what a child writes is seen")
    void va1() throws Exception {
        try (var number = new SharedLong();
                var fraction = new SharedDouble();
                var begun = new SharedLong(7)) {
            assertEquals(0, number.get());
            assertEquals(0.0, fraction.get());
            assertEquals(7, begun.get());
            inChildren(1, () -> {
                number.set(Long.MIN_VALUE);
                fraction.set(begun.get() / 2.0);
            });
            assertEquals(Long.MIN_VALUE, number.get());
            assertEquals(3.5, fraction.get());
            assertEquals("-9223372036854775808 3.5", number + " " + fraction);
        }
    }

    @Test
    @DisplayName(
            "VA2 updates by 3 processes are all counted, without a lock; steps that are two are one under the value's own lock")
    void va2() throws Exception {
        try (var atomic = new SharedLong();
                var locked = new SharedLong();
                var halves = new SharedDouble()) {
            inChildren(3, () -> {
                for (var i = 0; i < 20_000; i++) {
                    atomic.incrementAndGet();
                    halves.addAndGet(0.5);
                    try (var _ = locked.lock().hold()) {
                        locked.set(locked.get() + 1);
                    }
                }
            });
            assertEquals(60_000, atomic.get());
            assertEquals(30_000.0, halves.get());
            assertEquals(60_000, locked.get());
        }
    }

    @Test
    @DisplayName("the methods are AtomicLong's")
    void methods() {
        try (var number = new SharedLong(5)) {
            assertEquals(5, number.getAndSet(6));
            assertEquals(6, number.getAndAdd(4));
            assertEquals(11, number.incrementAndGet());
            assertEquals(11, number.getAndIncrement());
            assertEquals(11, number.decrementAndGet());
            assertEquals(11, number.getAndDecrement());
            assertEquals(20, number.updateAndGet(n -> 2 * n));
            assertEquals(20, number.getAndUpdate(n -> n / 3));
            assertEquals(42, number.accumulateAndGet(7, (n, other) -> n * other));
            assertFalse(number.compareAndSet(41, 1));
            assertTrue(number.compareAndSet(42, 1));
            assertEquals(1, number.get());
            assertThrows(ArithmeticException.class, () -> number.updateAndGet(n -> n / (n - 1)));
            assertEquals(1, number.get());
        }
        try (var number = new SharedDouble(1)) {
            assertEquals(1, number.getAndSet(1.5));
            assertEquals(1.5, number.getAndAdd(1));
            assertEquals(2.0, number.addAndGet(-0.5));
            assertEquals(4.0, number.updateAndGet(n -> n * n));
            assertEquals(4.0, number.getAndUpdate(Math::sqrt));
            assertEquals(8.0, number.accumulateAndGet(3, Math::pow));
            assertFalse(number.compareAndSet(1, 2));
            assertTrue(number.compareAndSet(8, -0.0));
            assertFalse(number.compareAndSet(0.0, 1));
            assertTrue(number.compareAndSet(-0.0, Double.NaN));
            assertTrue(number.compareAndSet(Double.NaN, 1));
        }
    }

    @Test
    @DisplayName("VA3 a value wraps as a long does; what is no number does not compile")
    void va3() {
        try (var number = new SharedLong(Long.MAX_VALUE)) {
            assertEquals(Long.MIN_VALUE, number.incrementAndGet());
            assertTrue(Compiles.statement("new SharedLong().set(2);"));
            assertFalse(Compiles.statement("new SharedLong().set(\"2\");"));
            assertFalse(Compiles.statement("new SharedLong().set(2.5);"));
        }
    }

    /** No operation waits for the lock, so there is no value without one, nor one that would have to be told which. */
    @Test
    @DisplayName("VA5 every process gets the same lock, whoever asks first; it is closed with the value")
    void va5() throws Exception {
        var number = new SharedLong();
        inChildren(1, () -> {
            number.lock().lock();
            number.set(1);
            number.lock().unlock();
        });
        var lock = number.lock();
        assertSame(lock, number.lock());
        try (var fraction = new SharedDouble()) {
            assertNotNull(fraction.lock());
        }
        lock.lock();
        number.set(2); // needs no lock
        number.close();
        number.close();
        assertThrows(IllegalStateException.class, number::get);
        assertThrows(IllegalStateException.class, number::lock);
        assertThrows(IllegalStateException.class, lock::isLocked);
    }

    @Test
    @DisplayName("VA6 the value of a killed process that held its lock can be read, changed and locked")
    void va6() throws Exception {
        try (var number = new SharedLong();
                var captured = new Captured()) {
            var child = new ChildProcess("holder", () -> {
                        number.lock().lock();
                        number.set(1);
                        System.out.println("locked");
                        new CountDownLatch(1).await();
                    })
                    .start();
            captured.awaitLine("locked");
            assertEquals(1, number.get());
            assertEquals(2, number.incrementAndGet());
            assertFalse(number.lock().tryLock());
            child.kill();
            assertTrue(number.lock().tryLock(20, TimeUnit.SECONDS));
            assertEquals("holder", number.lock().abandonedBy().name());
            number.lock().unlock();
            child.join();
        }
    }

    @Test
    @DisplayName("shared memory is what all processes see; its size is positive; a closed one says so")
    void memory() throws Exception {
        var memory = new SharedMemory(1 << 20);
        assertEquals(1 << 20, memory.size());
        assertEquals(0, memory.segment().get(ValueLayout.JAVA_LONG, (1 << 20) - 8));
        inChildren(1, () -> memory.segment().asSlice(memory.size() / 2).fill((byte) 1));
        assertEquals(0, memory.segment().get(ValueLayout.JAVA_BYTE, (1 << 19) - 1));
        assertEquals(0x0101010101010101L, memory.segment().get(ValueLayout.JAVA_LONG, 1 << 19));
        assertEquals(0x0101010101010101L, memory.segment().get(ValueLayout.JAVA_LONG, (1 << 20) - 8));
        var segment = memory.segment();
        memory.close();
        assertThrows(IllegalStateException.class, memory::segment);
        assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 0)); // is still there
        assertThrows(IllegalArgumentException.class, () -> new SharedMemory(0));
        assertThrows(IllegalArgumentException.class, () -> new SharedMemory(-1));
        var failure = assertThrows(UncheckedIOException.class, () -> new SharedMemory(1L << 55));
        assertEquals("cannot make a SharedMemory: No space left for 36028797018964032 bytes", failure.getMessage());
    }
}
