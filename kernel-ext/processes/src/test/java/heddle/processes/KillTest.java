package heddle.processes;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Processes that do nothing but use one object, against each other, are killed wherever they happen to be, some stopped first; what is left works.
 */
@Timeout(240)
class KillTest {
    private static final int ROUNDS = 11;
    private static final int AT_A_TIME = 3;
    private static final long LATEST_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private interface Check {
        void run() throws Exception;
    }

    /**
     * @param step what the children do again and again; they have done it once when they are killed
     * @param check what must be true after each round
     */
    private static void kill(Task step, Check check) throws Exception {
        var random = new SplittableRandom(4);
        try (var running = new ProcessSemaphore(0)) {
            Task loop = () -> {
                step.run();
                running.release();
                while (true) {
                    step.run();
                }
            };
            for (var round = 0; round < ROUNDS; round++) {
                var children = new ArrayList<ChildProcess>();
                for (var i = 0; i < AT_A_TIME; i++) {
                    children.add(new ChildProcess(loop).start());
                }
                assertTrue(running.tryAcquire(AT_A_TIME, 30, SECONDS));
                for (var child : children) {
                    LockSupport.parkNanos(random.nextLong(LATEST_NS));
                    if (random.nextBoolean()) {
                        HarshTest.signal(child, "STOP");
                        LockSupport.parkNanos(random.nextLong(LATEST_NS));
                    }
                    child.kill();
                }
                for (var child : children) {
                    child.join();
                    assertEquals(-9, child.exitCode());
                }
                check.run();
            }
        }
    }

    @Test
    @DisplayName("a lock is free, and what it protects was changed by one at a time")
    void lock() throws Exception {
        lock(new ProcessLock());
    }

    @Test
    @DisplayName("so is a reentrant lock")
    void reentrantLock() throws Exception {
        lock(new ProcessReentrantLock());
    }

    private static void lock(AbstractProcessLock lock) throws Exception {
        try (lock;
                var inside = new SharedLong(0);
                var met = new SharedLong(0)) {
            kill(
                    () -> {
                        try (var _ = lock.hold()) {
                            if (inside.getAndAdd(1) != 0 && lock.abandonedBy() == null) {
                                met.getAndAdd(1);
                            }
                            inside.set(0);
                        }
                    },
                    () -> {
                        assertTrue(lock.tryLock(20, SECONDS));
                        assertEquals(0, met.get());
                        inside.set(0);
                        lock.unlock();
                        assertFalse(lock.isLocked());
                    });
        }
    }

    @Test
    @DisplayName("a semaphore has all its permits")
    void semaphore() throws Exception {
        try (var semaphore = new ProcessSemaphore(3)) {
            kill(
                    () -> {
                        semaphore.acquire(2);
                        semaphore.release();
                        semaphore.release();
                        if (semaphore.tryAcquire()) {
                            semaphore.release();
                        }
                    },
                    () -> {
                        assertEquals(3, semaphore.availablePermits());
                        assertTrue(semaphore.tryAcquire(3));
                        semaphore.release(3);
                    });
        }
    }

    @Test
    @DisplayName("a condition has no waiters left, and a signal reaches the one that comes")
    void condition() throws Exception {
        try (var lock = new ProcessLock()) {
            var condition = lock.newCondition();
            kill(
                    () -> {
                        try (var _ = lock.hold()) {
                            condition.signal();
                            condition.await(100, TimeUnit.MICROSECONDS);
                        }
                    },
                    () -> {
                        CrashTest.awaitWaiters(lock, condition, 0);
                        var waiter = InThread.start(() -> {
                            try (var _ = lock.hold()) {
                                return condition.await(20, SECONDS);
                            }
                        });
                        CrashTest.awaitWaiters(lock, condition, 1);
                        try (var _ = lock.hold()) {
                            condition.signal();
                        }
                        assertTrue(waiter.get());
                    });
        }
    }

    @Test
    @DisplayName("an event wakes who waits")
    void event() throws Exception {
        try (var event = new ProcessEvent()) {
            kill(
                    () -> {
                        event.set();
                        event.clear();
                        event.await(20, TimeUnit.MICROSECONDS);
                    },
                    () -> {
                        event.clear();
                        var waiter = InThread.start(() -> event.await(20, SECONDS));
                        event.set();
                        assertTrue(waiter.get());
                    });
        }
    }

    @Test
    @DisplayName("a barrier counts nobody who is dead, and lets the living pass")
    void barrier() throws Exception {
        try (var barrier = new ProcessBarrier(2, Thread::onSpinWait)) {
            kill(
                    () -> {
                        try {
                            barrier.await(100, TimeUnit.MILLISECONDS);
                        } catch (BrokenBarrierException | TimeoutException e) {
                            barrier.reset();
                        }
                    },
                    () -> {
                        assertEquals(0, barrier.getNumberWaiting());
                        barrier.reset();
                        for (var i = 0; i < 3; i++) {
                            var other = InThread.start(() -> barrier.await(20, SECONDS));
                            assertEquals(1, barrier.await(20, SECONDS) + other.get());
                        }
                    });
        }
    }
}
