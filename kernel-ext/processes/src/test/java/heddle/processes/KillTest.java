package heddle.processes;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.processes.memory.Mutex;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
    private static final int ROUNDS = 6;
    private static final int AT_A_TIME = 3;
    private static final long LATEST_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private interface Check {
        void run() throws Exception;
    }

    /**
     * @param object what all share
     * @param step what the children do with it, again and again
     * @param check what must be true when they are dead
     */
    private record Work(AutoCloseable object, Task step, Check check) {}

    private static void kill(Work work) throws Exception {
        var random = new SplittableRandom(4);
        try (var _ = work.object();
                var running = new ProcessSemaphore(0)) {
            var step = work.step();
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
                work.check().run();
            }
        }
    }

    @Test
    @DisplayName("a lock is free, and what it protects was changed by one at a time")
    void lock() throws Exception {
        kill(lock(new ProcessLock()));
    }

    @Test
    @DisplayName("so is a reentrant lock")
    void reentrantLock() throws Exception {
        kill(lock(new ProcessReentrantLock()));
    }

    private static Work lock(AbstractProcessLock lock) {
        var inside = new SharedLong(0);
        var met = new SharedLong(0);
        return new Work(
                () -> {
                    inside.close();
                    met.close();
                    lock.close();
                },
                () -> {
                    try (var _ = lock.hold()) {
                        if (inside.getAndAdd(1) != 0 && lock.abandonedBy() == null) {
                            met.getAndAdd(1);
                        }
                        LockSupport.parkNanos(10_000); // so that the others have to wait
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

    @Test
    @DisplayName("a semaphore has all its permits")
    void semaphore() throws Exception {
        kill(semaphore(new ProcessSemaphore(3)));
    }

    private static Work semaphore(ProcessSemaphore semaphore) {
        return new Work(
                semaphore,
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

    @Test
    @DisplayName("a condition has no waiters left, and a signal reaches the one that comes")
    void condition() throws Exception {
        kill(condition(new ProcessLock()));
    }

    private static Work condition(AbstractProcessLock lock) {
        var condition = lock.newCondition();
        return new Work(
                lock,
                () -> {
                    try (var _ = lock.hold()) {
                        condition.signal();
                        condition.await(1, TimeUnit.MILLISECONDS);
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

    @Test
    @DisplayName("an event wakes who waits")
    void event() throws Exception {
        kill(event(new ProcessEvent()));
    }

    private static Work event(ProcessEvent event) {
        return new Work(
                event,
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

    @Test
    @DisplayName("a barrier counts nobody who is dead, and lets the living pass")
    void barrier() throws Exception {
        kill(barrier(new ProcessBarrier(2, Thread::onSpinWait)));
    }

    private static Work barrier(ProcessBarrier barrier) {
        return new Work(
                barrier,
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

    // ---- not by chance

    private static final Map<Class<?>, Set<String>> CHANGING = Map.of(
            Mutex.class, Set.of("lock", "unlock"),
            AbstractProcessLock.class, Set.of("lockUntil", "unlockWord"),
            ProcessReentrantLock.class, Set.of("tryLock", "unlock", "unlockAll", "lockAgain"),
            ProcessSemaphore.class, Set.of("take", "release", "released", "change"),
            ProcessCondition.class, Set.of("await", "awaitSignal", "enter", "signalOldest"),
            ProcessEvent.class, Set.of("set", "clear", "await"),
            ProcessBarrier.class, Set.of("await", "enter", "raiseUsed", "arrive", "act", "awaitOthers", "end", "next"));

    private static Work workOn(String type, Random random) {
        return switch (type.substring(type.lastIndexOf('.') + 1)) {
            case "Mutex" -> lock(new ProcessLock());
            case "ProcessSemaphore" -> semaphore(new ProcessSemaphore(3));
            case "ProcessCondition" -> condition(new ProcessReentrantLock());
            case "ProcessEvent" -> event(new ProcessEvent());
            case "ProcessBarrier" -> barrier(new ProcessBarrier(2, Thread::onSpinWait));
            case "AbstractProcessLock" -> lock(new ProcessLock());
            default -> random.nextBoolean() ? condition(new ProcessReentrantLock()) : lock(new ProcessReentrantLock());
        };
    }

    @Test
    @Timeout(900)
    @DisplayName("killed at any line that changes shared memory, with two threads at it, a process leaves what works")
    void atLines() throws Exception {
        KilledAtLineTest.tryLines(CHANGING, (debugger, line, random) -> {
            var work = workOn(line.type(), random);
            var step = work.step();
            try (var _ = work.object()) {
                var killed = debugger.killAt(line, 1 + random.nextInt(5), () -> {
                    var other = Thread.ofPlatform().start(() -> repeat(step));
                    repeat(step);
                    other.join();
                });
                work.check().run();
                return killed;
            }
        });
    }

    private static void repeat(Task step) {
        try {
            for (var i = 0; i < 50; i++) {
                step.run();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
