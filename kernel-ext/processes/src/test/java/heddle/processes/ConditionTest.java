package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows CO1 to CO6. */
@Timeout(120)
class ConditionTest {
    private static List<AbstractProcessLock> both() {
        return List.of(new ProcessLock(), new ProcessReentrantLock());
    }

    /** A thread that waits for a signal; it does so when this returns. */
    private static InThread<Boolean> waiter(AbstractProcessLock lock, ProcessCondition condition) {
        return waiterOf(lock, condition, () -> condition.await(20, SECONDS));
    }

    private static <T> InThread<T> waiterOf(
            AbstractProcessLock lock, ProcessCondition condition, java.util.concurrent.Callable<T> wait) {
        var before = waiting(lock, condition);
        var thread = InThread.start(() -> {
            try (var _ = lock.hold()) {
                return wait.call();
            }
        });
        InThread.awaitUntil(() -> waiting(lock, condition) == before + 1);
        return thread;
    }

    private static int waiting(AbstractProcessLock lock, ProcessCondition condition) {
        try (var _ = lock.hold()) {
            return condition.getWaitQueueLength();
        }
    }

    private static void signal(AbstractProcessLock lock, ProcessCondition condition, int count) {
        try (var _ = lock.hold()) {
            condition.signal(count);
        }
    }

    /** A child that waits; it does so when this returns. */
    private static ChildProcess waitingChild(AbstractProcessLock lock, ProcessCondition condition) {
        var before = waiting(lock, condition);
        var child = new ChildProcess(() -> {
                    try (var _ = lock.hold()) {
                        condition.await();
                    }
                })
                .start();
        InThread.awaitUntil(() -> waiting(lock, condition) == before + 1);
        return child;
    }

    @Test
    @DisplayName("CO1 waiting and signalling need the lock")
    void co1() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                assertThrows(IllegalMonitorStateException.class, condition::await);
                assertThrows(IllegalMonitorStateException.class, condition::awaitUninterruptibly);
                assertThrows(IllegalMonitorStateException.class, () -> condition.await(1, SECONDS));
                assertThrows(IllegalMonitorStateException.class, condition::signal);
                assertThrows(IllegalMonitorStateException.class, condition::signalAll);
            }
        }
        try (var lock = new ProcessReentrantLock()) {
            var condition = lock.newCondition();
            lock.lock();
            var failed = assertThrows(
                    ExecutionException.class,
                    () -> InThread.start(() -> condition.await(1, SECONDS)).get());
            assertInstanceOf(IllegalMonitorStateException.class, failed.getCause());
        }
    }

    @Test
    @DisplayName("CO2 unsignalled, a wait ends by its time-out, signalled it is true; the lock is held again")
    void co2() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                lock.lock();
                assertFalse(condition.await(100, MILLISECONDS));
                assertTrue(lock.isLocked());
                assertTrue(condition.awaitNanos(1000) <= 0);
                assertFalse(condition.awaitUntil(new Date(System.currentTimeMillis() + 20)));
                assertFalse(condition.awaitUntil(new Date(0)));
                assertFalse(InThread.start(() -> lock.tryLock()).get());
                new ChildProcess(() -> {
                            try (var _ = lock.hold()) {
                                condition.signal();
                            }
                        })
                        .start();
                assertTrue(condition.await(20, SECONDS));
                assertTrue(lock.isLocked());
                lock.unlock();
                var nanos = waiterOf(lock, condition, () -> condition.awaitNanos(SECONDS.toNanos(30)));
                var until = waiterOf(
                        lock, condition, () -> condition.awaitUntil(new Date(System.currentTimeMillis() + 30_000)));
                signal(lock, condition, 2);
                assertTrue(nanos.get() > 0);
                assertTrue(until.get());
            }
        }
    }

    @Test
    @DisplayName(
            "CO3 signal(2) wakes the two that have waited longest, signalAll the rest; a signal to nobody is forgotten")
    void co3() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                signal(lock, condition, 1);
                var waiters = new ArrayList<InThread<Boolean>>();
                for (var i = 0; i < 3; i++) {
                    waiters.add(waiter(lock, condition));
                }
                signal(lock, condition, 2);
                assertTrue(waiters.get(0).get());
                assertTrue(waiters.get(1).get());
                assertEquals(1, waiting(lock, condition));
                assertFalse(waiters.get(2).isDone());
                waiters.add(waiter(lock, condition)); // in a slot that an older one had
                waiters.add(waiter(lock, condition));
                signal(lock, condition, 1);
                assertTrue(waiters.get(2).get());
                assertEquals(2, waiting(lock, condition));
                try (var _ = lock.hold()) {
                    condition.signalAll();
                    assertThrows(IllegalArgumentException.class, () -> condition.signal(-1));
                }
                assertTrue(waiters.get(3).get());
                assertTrue(waiters.get(4).get());
                assertEquals(0, waiting(lock, condition));
            }
        }
    }

    @Test
    @DisplayName(
            "CO4 waiting for something: false when it does not come, true at once, even without the lock, when it is there")
    void co4() throws Exception {
        try (var lock = new ProcessLock();
                var stock = new SharedLong(0)) {
            var condition = lock.newCondition();
            assertTrue(condition.awaitUntil(() -> true, Duration.ofSeconds(20)));
            condition.awaitUntil(() -> true);
            assertThrows(
                    IllegalMonitorStateException.class,
                    () -> condition.awaitUntil(() -> false, Duration.ofSeconds(20)));
            assertThrows(
                    IllegalArgumentException.class, () -> condition.awaitUntil(() -> true, Duration.ofSeconds(-1)));
            try (var _ = lock.hold()) {
                assertFalse(condition.awaitUntil(() -> false, Duration.ofMillis(100)));
            }
            var child = new ChildProcess(() -> {
                        try (var _ = lock.hold()) {
                            condition.awaitUntil(() -> stock.get() == 2);
                        }
                    })
                    .start();
            InThread.awaitUntil(() -> waiting(lock, condition) == 1);
            for (var i = 1; i <= 2; i++) {
                stock.set(i);
                signal(lock, condition, 1);
            }
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("CO5 a wait frees all levels of a reentrant lock, and has them again afterwards")
    void co5() throws Exception {
        try (var lock = new ProcessReentrantLock()) {
            var condition = lock.newCondition();
            lock.lock();
            lock.lock();
            assertFalse(condition.await(100, MILLISECONDS));
            assertEquals(2, lock.getHoldCount());
            new ChildProcess(() -> {
                        try (var _ = lock.hold()) {
                            condition.signal();
                        }
                    })
                    .start();
            assertTrue(condition.await(20, SECONDS));
            assertEquals(2, lock.getHoldCount());
            lock.unlock();
            assertTrue(lock.isHeldByCurrentThread());
            lock.unlock();
            assertFalse(lock.isLocked());
        }
    }

    @Test
    @DisplayName("CO6 a waiter that was killed is dropped: the signal goes to the next")
    void co6() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                var dead = waitingChild(lock, condition);
                var living = waiter(lock, condition);
                dead.kill();
                dead.join();
                signal(lock, condition, 1);
                assertTrue(living.get());
                assertEquals(0, waiting(lock, condition));
            }
        }
    }

    @Test
    @DisplayName("CO6 so does a signal to a waiter that is killed before it has the lock again")
    void co6Signalled() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                var dead = waitingChild(lock, condition);
                var living = waiter(lock, condition);
                lock.lock();
                condition.signal();
                dead.kill();
                dead.join();
                lock.unlock();
                assertTrue(living.get());
                assertEquals(0, waiting(lock, condition));
            }
        }
    }

    @Test
    @DisplayName("a waiting thread can be interrupted and then takes no signal; awaitUninterruptibly waits on")
    void interrupted() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                var interrupted = waiter(lock, condition);
                var stubborn = waiterOf(lock, condition, () -> {
                    condition.awaitUninterruptibly();
                    return Thread.interrupted();
                });
                interrupted.interrupt();
                stubborn.interrupt();
                assertInstanceOf(
                        InterruptedException.class,
                        assertThrows(ExecutionException.class, interrupted::get).getCause());
                assertFalse(stubborn.isDone());
                signal(lock, condition, 1);
                assertTrue(stubborn.get());
                lock.lock();
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, condition::await);
                assertEquals(0, condition.getWaitQueueLength());
            }
        }
    }

    @Test
    @DisplayName("a condition ends with its lock, and wakes those who wait; alone, it leaves them the lock")
    void closed() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                var condition = lock.newCondition();
                var alone = waiterOf(lock, condition, () -> {
                    assertThrows(IllegalStateException.class, condition::await);
                    return lock.isLocked();
                });
                condition.close();
                assertTrue(alone.get());

                var second = lock.newCondition();
                var waiter = waiter(lock, second);
                lock.close();
                assertInstanceOf(
                        IllegalStateException.class,
                        assertThrows(ExecutionException.class, waiter::get).getCause());
                assertThrows(IllegalStateException.class, second::signal);
            }
        }
    }

    @Test
    @DisplayName("a condition that travels alone takes its lock along, and it is the same lock")
    void travels() throws Exception {
        try (var lock = new ProcessReentrantLock();
                var captured = new Captured()) {
            var conditions = new ProcessCondition[] {lock.newCondition(), lock.newCondition()};
            lock.lock();
            ChildProcess.of(
                            (first, second) -> {
                                var same = second.lock();
                                System.out.println(first.lock() == same);
                                same.lock();
                                first.signal();
                                same.unlock();
                            },
                            conditions[0],
                            conditions[1])
                    .start();
            assertTrue(conditions[0].await(20, SECONDS));
            captured.awaitLine("true");
            assertEquals(List.of("true"), captured.lines());
        }
    }
}
