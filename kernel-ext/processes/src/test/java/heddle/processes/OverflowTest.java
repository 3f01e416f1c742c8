package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A StackOverflowError in the middle of a call, which the program catches: what it called must work as before. */
@Timeout(120)
class OverflowTest {
    private static final int ROUNDS = 100;

    private static void dive(Task task) throws Exception {
        task.run();
        dive(task);
    }

    /** So that each round breaks off elsewhere. */
    private static void diveBelow(int frames, Task task) throws Exception {
        if (frames > 0) {
            diveBelow(frames - 1, task);
        } else {
            dive(task);
        }
    }

    /** Runs it deeper and deeper until there is no stack, again and again; then it must work, within a bounded time. */
    private static void overflow(Task task) throws Exception {
        overflow(ROUNDS, task);
    }

    private static void overflow(int rounds, Task task) throws Exception {
        for (var round = 0; round < rounds; round++) {
            var frames = round * 3;
            bounded(() -> assertThrows(StackOverflowError.class, () -> diveBelow(frames, task)));
            bounded(task);
        }
    }

    private static void bounded(Task task) throws Exception {
        var failure = new AtomicReference<Throwable>();
        var thread = new Thread(
                null,
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                },
                "diver",
                256 << 10);
        thread.setDaemon(true);
        thread.start();
        assertEquals(true, thread.join(Duration.ofSeconds(30)), "it hangs");
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    @Test
    @DisplayName("a semaphore whose user ran out of stack in the middle, and caught that, works for all")
    void semaphore() throws Exception {
        try (var semaphore = new ProcessSemaphore(1_000_000)) {
            overflow(() -> {
                semaphore.acquire();
                semaphore.release();
            });
            var child = new ChildProcess(semaphore::acquire).start();
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("so does a queue, with no element lost in the middle")
    void queue() throws Exception {
        try (var queue = new ProcessQueue<Integer>()) {
            overflow(() -> {
                queue.put(1);
                queue.poll();
            });
            queue.clear();
            queue.put(2);
            assertEquals(2, queue.take());
        }
    }

    @Test
    @DisplayName("so does a map, and a reentrant lock")
    void mapAndLock() throws Exception {
        try (var map = new SharedMap<String, Integer>();
                var lock = new ProcessReentrantLock()) {
            overflow(() -> map.merge("a", 1, Integer::sum));
            overflow(() -> {
                if (lock.tryLock()) {
                    lock.unlock();
                }
            });
            map.put("a", 0);
            map.merge("a", 1, Integer::sum);
            assertEquals(1, map.get("a"));
            assertFalse(map.isEmpty());
        }
    }

    @Test
    @DisplayName("so do a condition and a barrier: nobody stays among those who wait")
    void conditionAndBarrier() throws Exception {
        try (var lock = new ProcessLock();
                var reentrant = new ProcessReentrantLock();
                var barrier = new ProcessBarrier(1)) {
            for (var each : List.of(lock, reentrant)) {
                var condition = each.newCondition();
                overflow(ROUNDS / 4, () -> {
                    each.lock();
                    try {
                        condition.await(1, TimeUnit.NANOSECONDS);
                    } finally {
                        each.unlock();
                    }
                });
                each.lock();
                assertEquals(0, condition.getWaitQueueLength());
                each.unlock();
                assertFalse(each.isLocked());
            }
            overflow(ROUNDS / 4, barrier::await);
            assertEquals(0, barrier.getNumberWaiting());
            assertFalse(barrier.isBroken());
        }
    }

    static final class TooLarge {
        private TooLarge() {}

        public static void main(String[] arguments) throws Exception {
            try (var pool = new ProcessPool(1)) {
                var large = pool.submit(() -> new byte[60_000_000]);
                var small = pool.submit(() -> 5);
                System.out.println(small.get(20, TimeUnit.SECONDS));
                try {
                    large.get(20, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    System.out.println(e.getCause().getMessage());
                }
                System.out.println(pool.apply(() -> 6));
            }
        }
    }

    @Test
    @DisplayName("a result that the pool's process has no memory for fails its own task alone")
    void tooLarge() throws Exception {
        try (var program = new Program(List.of("-Xmx40m"), TooLarge.class)) {
            var ended = program.ended();
            assertEquals(3, ended.out().size(), ended.err());
            assertEquals("5", ended.out().get(0));
            assertTrue(
                    ended.out().get(1).startsWith("this process has no memory for a result of 600000"),
                    ended.out().get(1));
            assertEquals("6", ended.out().get(2));
        }
    }
}
