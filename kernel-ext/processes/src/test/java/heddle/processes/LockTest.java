package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rows LK1 to LK9. */
class LockTest {
    @Test
    @DisplayName("LK8 the lock of a process that was killed is handed on, and says whose it was")
    void lk8Killed() throws Exception {
        try (var lock = new ProcessLock();
                var captured = new Captured()) {
            var child = new ChildProcess("holder", () -> {
                        lock.lock();
                        System.out.println("locked");
                        new CountDownLatch(1).await();
                    })
                    .start();
            captured.awaitLine("locked");
            assertFalse(lock.tryLock());
            assertFalse(lock.tryLock(10, TimeUnit.MILLISECONDS));
            child.kill();
            assertTrue(lock.tryLock(20, TimeUnit.SECONDS));
            var left = lock.abandonedBy();
            assertEquals(new ProcessEnd("holder", child.pid(), -9), left);
            assertEquals("holder (pid " + child.pid() + ") was killed by SIGKILL", left.toString());
            lock.unlock();
            lock.lock();
            assertNull(lock.abandonedBy());
            child.join();
        }
    }

    @Test
    @DisplayName("LK8 so is the lock of one that just ends")
    void lk8Ended() throws Exception {
        try (var lock = new ProcessLock()) {
            new ChildProcess(lock::lock).start().join();
            assertTrue(lock.tryLock());
            assertEquals(0, lock.abandonedBy().exitCode());
        }
    }

    @Test
    @DisplayName("LK1 a waiting thread can be interrupted")
    void lk1Interrupted() throws Exception {
        try (var lock = new ProcessLock()) {
            lock.lock();
            var waiting = new CountDownLatch(1);
            var thread = Thread.ofPlatform().start(() -> {
                waiting.countDown();
                assertThrows(InterruptedException.class, lock::lockInterruptibly);
            });
            waiting.await();
            thread.interrupt();
            assertTrue(thread.join(java.time.Duration.ofSeconds(20)));
        }
    }

    @Test
    @DisplayName("closing wakes who waits")
    void closed() throws Exception {
        var lock = new ProcessLock();
        lock.lock();
        var thread = Thread.ofPlatform().start(() -> assertThrows(IllegalStateException.class, lock::lock));
        lock.close();
        assertTrue(thread.join(java.time.Duration.ofSeconds(20)));
        assertEquals(List.of(), List.of());
    }
}
