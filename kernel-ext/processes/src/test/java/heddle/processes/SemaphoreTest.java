package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows SM1 to SM4. */
@Timeout(120)
class SemaphoreTest {
    @Test
    @DisplayName("SM1 of two permits the third is not had; five releases make five")
    void sm1() throws Exception {
        try (var semaphore = new ProcessSemaphore(2)) {
            assertTrue(semaphore.tryAcquire());
            assertTrue(semaphore.tryAcquire());
            assertFalse(semaphore.tryAcquire());
            assertFalse(semaphore.tryAcquire(10, MILLISECONDS));
            for (var i = 0; i < 5; i++) {
                semaphore.release();
            }
            assertEquals(5, semaphore.availablePermits());
            assertTrue(semaphore.tryAcquire(4));
            assertFalse(semaphore.tryAcquire(2));
            semaphore.release(3);
            assertEquals(4, semaphore.drainPermits());
            assertEquals(0, semaphore.availablePermits());
        }
    }

    @Test
    @DisplayName("SM2 a bounded semaphore has never more permits than in the beginning")
    void sm2() throws Exception {
        try (var semaphore = ProcessSemaphore.bounded(2)) {
            assertThrows(IllegalStateException.class, semaphore::release);
            semaphore.acquire(2);
            semaphore.release();
            assertThrows(IllegalStateException.class, () -> semaphore.release(2));
            semaphore.release();
            assertEquals(2, semaphore.availablePermits());
            assertThrows(IllegalArgumentException.class, () -> semaphore.acquire(3));
        }
        try (var semaphore = new ProcessSemaphore(Integer.MAX_VALUE)) {
            assertThrows(IllegalStateException.class, semaphore::release);
        }
    }

    @Test
    @DisplayName("SM3 negative numbers are refused, of permits and of time")
    void sm3() {
        assertThrows(IllegalArgumentException.class, () -> new ProcessSemaphore(-1));
        assertThrows(IllegalArgumentException.class, () -> ProcessSemaphore.bounded(-1));
        try (var semaphore = new ProcessSemaphore(1)) {
            assertThrows(IllegalArgumentException.class, () -> semaphore.acquire(-1));
            assertThrows(IllegalArgumentException.class, () -> semaphore.release(-1));
            assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(-1, SECONDS));
            assertEquals(1, semaphore.availablePermits());
        }
    }

    @Test
    @DisplayName("SM4 what a killed process held is given back")
    void sm4() throws Exception {
        try (var semaphore = new ProcessSemaphore(3);
                var captured = new Captured()) {
            semaphore.acquire();
            var child = new ChildProcess(() -> {
                        semaphore.acquire(2);
                        System.out.println("acquired");
                        ProcessTest.forever();
                    })
                    .start();
            captured.awaitLine("acquired");
            assertEquals(0, semaphore.availablePermits());
            var waiter = InThread.start(() -> semaphore.tryAcquire(2, 20, SECONDS));
            child.kill();
            assertTrue(waiter.get());
            semaphore.release(3);
            child.join();
            assertEquals(3, semaphore.availablePermits());
        }
    }

    @Test
    @DisplayName("SM4 but never more than there were: not what another released for it, and nothing of a signal")
    void sm4NotTooMuch() throws Exception {
        try (var semaphore = new ProcessSemaphore(2)) {
            semaphore.acquire();
            var child = new ChildProcess(semaphore::acquire).start();
            semaphore.release(); // this process's own
            child.join();
            assertEquals(2, semaphore.availablePermits());

            semaphore.acquire();
            var second = new ChildProcess("second", () -> {
                        semaphore.acquire();
                        semaphore.release(2); // also what the parent acquired
                        semaphore.acquire();
                    })
                    .start();
            second.join();
            assertEquals(1, semaphore.availablePermits(), "the parent is still taken to hold one");
        }
        try (var signal = new ProcessSemaphore(0)) {
            new ChildProcess(() -> signal.release(3)).start().join();
            assertEquals(3, signal.availablePermits());
            new ChildProcess(() -> signal.acquire(2)).start().join();
            assertEquals(1, signal.availablePermits());
        }
    }

    @Test
    @DisplayName("a waiting thread gets permits from another process, can be interrupted, and learns that it is closed")
    void waits() throws Exception {
        var semaphore = new ProcessSemaphore(0);
        var three = InThread.start(() -> semaphore.tryAcquire(3, 20, SECONDS));
        var one = InThread.startVirtual(() -> semaphore.tryAcquire(20, SECONDS));
        new ChildProcess(() -> {
                    for (var i = 0; i < 4; i++) {
                        semaphore.release();
                    }
                })
                .start()
                .join();
        assertTrue(three.get());
        assertTrue(one.get());

        var stubborn = InThread.start(() -> {
            semaphore.acquireUninterruptibly();
            return Thread.interrupted();
        });
        var interrupted = InThread.start(() -> {
            semaphore.acquire();
            return null;
        });
        interrupted.interrupt();
        stubborn.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, interrupted::get).getCause());
        semaphore.release();
        assertTrue(stubborn.get());

        var waiter = InThread.start(() -> {
            semaphore.acquire();
            return null;
        });
        semaphore.close();
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, waiter::get).getCause());
    }

    @Test
    @DisplayName("a permit held by try-with-resources is released, also if the body throws")
    void held() {
        try (var semaphore = ProcessSemaphore.bounded(1)) {
            assertThrows(ArithmeticException.class, () -> {
                try (var _ = semaphore.hold()) {
                    assertEquals(0, semaphore.availablePermits());
                    throw new ArithmeticException();
                }
            });
            assertEquals(1, semaphore.availablePermits());
        }
    }

    @Test
    @DisplayName(
            "a process that dies in the middle of acquiring, and its child that holds a permit, are both put in order")
    void twoDeadAtOnce() throws Exception {
        var changing = KilledAtLineTest.lines(Map.of(ProcessSemaphore.class, Set.of("change")));
        try (var debugger = new KilledAtLineTest.Debugger();
                var semaphore = new ProcessSemaphore(2);
                var acquired = new ProcessEvent()) {
            assertTrue(debugger.killAt(changing.get(changing.size() - 2), 1, () -> {
                new ChildProcess(() -> {
                            semaphore.acquire();
                            acquired.set();
                            ProcessTest.forever();
                        })
                        .start();
                acquired.await();
                semaphore.acquire();
            }));
            assertEquals(2, semaphore.availablePermits());
        }
    }
}
