package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rows LK1 to LK9. */
@Timeout(120)
class LockTest {
    private static List<AbstractProcessLock> both() {
        return List.of(new ProcessLock(), new ProcessReentrantLock());
    }

    /** A child that has locked it, says so and stays. */
    private static ChildProcess holder(AbstractProcessLock lock, Captured captured) throws Exception {
        var child = new ChildProcess("holder", () -> {
                    lock.lock();
                    System.out.println("locked");
                    ProcessTest.forever();
                })
                .start();
        captured.awaitLine("locked");
        return child;
    }

    @Test
    @DisplayName("LK1 a held lock cannot be had at once, nor in a short time, but when it is freed in time")
    void lk1() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                lock.lock();
                assertTrue(lock.isLocked());
                assertFalse(InThread.start(() -> lock.tryLock()).get());
                assertFalse(
                        InThread.start(() -> lock.tryLock(100, MILLISECONDS)).get());
                var waiter = InThread.start(() -> {
                    var locked = lock.tryLock(20, SECONDS);
                    lock.unlock();
                    return locked;
                });
                lock.unlock();
                assertTrue(waiter.get());
                assertTrue(lock.tryLock());
                lock.unlock();
                assertFalse(lock.isLocked());
            }
        }
    }

    @Test
    @DisplayName("LK1 a waiting thread can be interrupted, but not in lock()")
    void lk1Interrupted() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                lock.lock();
                var interruptible = InThread.start(() -> {
                    lock.lockInterruptibly();
                    return null;
                });
                var stubborn = InThread.start(() -> {
                    try (var _ = lock.hold()) {
                        return Thread.interrupted();
                    }
                });
                var virtual = InThread.startVirtual(() -> lock.tryLock(20, SECONDS));
                interruptible.interrupt();
                virtual.interrupt();
                stubborn.interrupt();
                assertInstanceOf(
                        InterruptedException.class,
                        assertThrows(ExecutionException.class, interruptible::get)
                                .getCause());
                assertInstanceOf(
                        InterruptedException.class,
                        assertThrows(ExecutionException.class, virtual::get).getCause());
                assertFalse(stubborn.isDone());
                lock.unlock();
                assertTrue(stubborn.get());
                Thread.currentThread().interrupt();
                assertThrows(InterruptedException.class, lock::lockInterruptibly);
                assertFalse(lock.isLocked());
            }
        }
    }

    @Test
    @DisplayName(
            "LK2 a lock that is held is not locked again by its own thread; a reentrant one is, and unlocked as often")
    void lk2() throws Exception {
        try (var lock = new ProcessLock();
                var reentrant = new ProcessReentrantLock()) {
            lock.lock();
            assertFalse(lock.tryLock());
            assertFalse(lock.tryLock(10, MILLISECONDS));
            for (var i = 1; i <= 3; i++) {
                reentrant.lock();
                assertEquals(i, reentrant.getHoldCount());
            }
            assertTrue(reentrant.tryLock());
            assertTrue(reentrant.tryLock(1, SECONDS));
            assertTrue(reentrant.isHeldByCurrentThread());
            assertEquals(0, InThread.start(reentrant::getHoldCount).get());
            for (var i = 0; i < 5; i++) {
                assertFalse(InThread.start(() -> reentrant.tryLock()).get());
                reentrant.unlock();
            }
            assertEquals(0, reentrant.getHoldCount());
            assertTrue(InThread.startVirtual(() -> {
                        reentrant.lock();
                        var held = reentrant.isHeldByCurrentThread() && reentrant.tryLock();
                        reentrant.unlock();
                        reentrant.unlock();
                        return held;
                    })
                    .get());
            assertFalse(reentrant.isLocked());
        }
    }

    @Test
    @DisplayName("LK3 a lock that is not held is not unlocked")
    void lk3() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                assertThrows(IllegalMonitorStateException.class, lock::unlock);
                lock.lock();
                lock.unlock();
                assertThrows(IllegalMonitorStateException.class, lock::unlock);
            }
        }
    }

    @Test
    @DisplayName("LK4 another thread, or process, may unlock a lock")
    void lk4() throws Exception {
        try (var lock = new ProcessLock()) {
            lock.lock();
            InThread.start(() -> {
                        lock.unlock();
                        return null;
                    })
                    .get();
            lock.lock();
            var child = new ChildProcess(lock::unlock).start();
            assertTrue(lock.tryLock(20, SECONDS));
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("LK5 a reentrant lock is not unlocked by one that does not hold it")
    void lk5() throws Exception {
        try (var lock = new ProcessReentrantLock();
                var captured = new Captured()) {
            lock.lock();
            var failed = assertThrows(
                    ExecutionException.class,
                    () -> InThread.start(() -> {
                                lock.unlock();
                                return null;
                            })
                            .get());
            assertInstanceOf(IllegalMonitorStateException.class, failed.getCause());
            var child = new ChildProcess(lock::unlock).start();
            child.join();
            assertEquals(1, child.exitCode());
            assertTrue(captured.err().contains("IllegalMonitorStateException"), captured.err());
            assertEquals(1, lock.getHoldCount());
        }
    }

    @Test
    @DisplayName("LK6 a negative time is refused")
    void lk6() {
        for (var each : both()) {
            try (var lock = each) {
                assertThrows(IllegalArgumentException.class, () -> lock.tryLock(-1, SECONDS));
                assertFalse(lock.isLocked());
            }
        }
    }

    @Test
    @DisplayName("LK7 after try-with-resources the lock is free, also if the body throws")
    void lk7() {
        for (var each : both()) {
            try (var lock = each) {
                assertThrows(ArithmeticException.class, () -> {
                    try (var _ = lock.hold()) {
                        assertTrue(lock.isLocked());
                        throw new ArithmeticException();
                    }
                });
                assertFalse(lock.isLocked());
            }
        }
    }

    @Test
    @DisplayName("LK8 the lock of a process that was killed is handed on, and says whose it was")
    void lk8Killed() throws Exception {
        for (var each : both()) {
            try (var lock = each;
                    var captured = new Captured()) {
                var child = holder(lock, captured);
                assertFalse(lock.tryLock());
                assertFalse(lock.tryLock(10, MILLISECONDS));
                child.kill();
                assertTrue(lock.tryLock(20, SECONDS));
                var left = lock.abandonedBy();
                assertEquals(new ProcessEnd("holder", child.pid(), -9), left);
                assertEquals("holder (pid " + child.pid() + ") was killed by SIGKILL", left.toString());
                lock.unlock();
                lock.lock();
                assertNull(lock.abandonedBy());
                child.join();
            }
        }
    }

    @Test
    @DisplayName("LK8 so is the lock of one that just ends, with all levels")
    void lk8Ended() throws Exception {
        for (var each : both()) {
            try (var lock = each) {
                new ChildProcess(() -> {
                            lock.lock();
                            if (lock instanceof ProcessReentrantLock) {
                                lock.lock();
                            }
                        })
                        .start()
                        .join();
                assertTrue(lock.tryLock());
                assertEquals(0, lock.abandonedBy().exitCode());
            }
        }
    }

    @Test
    @DisplayName("LK9 under a lock, 30 processes that want 8 tickets buy exactly 8")
    void lk9(@TempDir Path directory) throws Exception {
        var file = directory.resolve("tickets").toString();
        Files.writeString(Path.of(file), "8");
        try (var lock = new ProcessLock();
                var captured = new Captured()) {
            var children = new ArrayList<ChildProcess>();
            for (var i = 0; i < 30; i++) {
                children.add(new ChildProcess(() -> {
                            try (var _ = lock.hold()) {
                                var tickets = Integer.parseInt(Files.readString(Path.of(file)));
                                if (tickets > 0) {
                                    Files.writeString(Path.of(file), "" + (tickets - 1));
                                    System.out.println("bought");
                                }
                            }
                        })
                        .start());
            }
            for (var child : children) {
                child.join();
                assertEquals(0, child.exitCode(), captured.err());
            }
            assertEquals(8, captured.lines().size());
            assertEquals("0", Files.readString(Path.of(file)));
        }
    }

    @RepeatedTest(20) // who comes just then meets it open, and finds it closed when it has it
    @DisplayName("closing wakes all who wait, and nobody can use the lock from then on")
    void closed() throws Exception {
        for (var lock : both()) {
            lock.lock();
            var waiters = new ArrayList<InThread<Object>>();
            for (var i = 0; i < 5; i++) {
                waiters.add(InThread.start(() -> {
                    lock.lock();
                    return null;
                }));
            }
            lock.close();
            for (var waiter : waiters) {
                assertInstanceOf(
                        IllegalStateException.class,
                        assertThrows(ExecutionException.class, waiter::get).getCause());
            }
            assertThrows(IllegalStateException.class, lock::tryLock);
            assertThrows(IllegalStateException.class, lock::newCondition);
        }
    }

    @Test
    @DisplayName("threads of four processes that count under a lock count right")
    void contended() throws Exception {
        for (var each : both()) {
            try (var lock = each;
                    var count = new SharedLong(0)) {
                var children = new ArrayList<ChildProcess>();
                for (var i = 0; i < 3; i++) {
                    children.add(new ChildProcess(() -> countTo(20_000, lock, count)).start());
                }
                var thread = InThread.start(() -> countTo(20_000, lock, count));
                thread.get();
                for (var child : children) {
                    child.join();
                }
                assertEquals(80_000, count.get());
            }
        }
    }

    private static Object countTo(int times, AbstractProcessLock lock, SharedLong count) {
        for (var i = 0; i < times; i++) {
            try (var _ = lock.hold()) {
                count.set(count.get() + 1);
            }
        }
        return null;
    }

    @Test
    @DisplayName("a lock says who holds it: the process by name and pid, and of this process the thread")
    void saysWhoHoldsIt() throws Exception {
        try (var captured = new Captured();
                var lock = new ProcessLock();
                var reentrant = new ProcessReentrantLock()) {
            assertEquals("ProcessLock[unlocked]", lock.toString());
            var child = new ChildProcess("worker-2", () -> {
                        lock.lock();
                        System.out.println("locked");
                        ProcessTest.forever();
                    })
                    .start();
            captured.awaitLine("locked");
            assertEquals("ProcessLock[locked by worker-2, pid " + child.pid() + "]", lock.toString());
            child.kill();
            child.join();
            assertEquals("ProcessLock[unlocked]", lock.toString());
            reentrant.lock();
            assertEquals(
                    "ProcessReentrantLock[locked by MainProcess, pid "
                            + ProcessHandle.current().pid() + ", thread "
                            + Thread.currentThread().getName() + "]",
                    reentrant.toString());
            reentrant.close();
            assertTrue(reentrant.toString().endsWith(", closed]"), reentrant.toString());
        }
    }
}
