package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Locks of the JDK's that are given to another process. */
class CopiesTest {
    static final class Captures {
        private Captures() {}

        public static void main(String[] arguments) throws Exception {
            var lock = new ReentrantLock();
            var semaphore = new Semaphore(1);
            var queue = new ArrayBlockingQueue<Integer>(2); // has a lock inside, and is none
            for (var i = 0; i < 2; i++) {
                new ChildProcess(() -> System.out.println(lock.tryLock() && queue.isEmpty()))
                        .start()
                        .join();
            }
            try (var pool = new ProcessPool(1)) {
                boolean acquired = pool.apply(semaphore::tryAcquire);
                System.out.println(acquired);
            }
        }
    }

    @Test
    @DisplayName("a captured lock or semaphore of the JDK's travels as a copy, and once is said what to use instead")
    void warned() throws Exception {
        try (var program = new Program(Captures.class)) {
            var ended = program.ended();
            assertEquals(3, ended.out().stream().filter("true"::equals).count(), ended.toString());
            var warnings = ended.err()
                    .lines()
                    .filter(line -> line.contains("captured"))
                    .toList();
            assertEquals(2, warnings.size(), ended.err());
            assertTrue(
                    warnings.getFirst()
                            .endsWith(
                                    "a task captured a java.util.concurrent.locks.ReentrantLock: the other"
                                            + " process gets a copy of its own, which excludes nobody here; use a ProcessReentrantLock"),
                    ended.err());
            assertTrue(warnings.getLast().endsWith("; use a ProcessSemaphore"), ended.err());
        }
    }

    @Test
    @DisplayName("what cannot travel and has a counterpart here is refused with its name")
    void refused() {
        var latch = new CountDownLatch(1);
        var barrier = new CyclicBarrier(2);
        assertTrue(refusal(latch::countDown).contains("CountDownLatch is not Serializable; use a ProcessEvent"));
        assertTrue(refusal(barrier::await).contains("CyclicBarrier is not Serializable; use a ProcessBarrier"));
        try (var pool = Executors.newFixedThreadPool(1);
                var queue = new ProcessQueue<Object>()) {
            var refused = assertThrows(IllegalArgumentException.class, () -> queue.put(pool));
            assertTrue(refused.getMessage().endsWith("is not Serializable; use a ProcessPool"), refused.getMessage());
        }
    }

    private static String refusal(Task task) {
        return assertThrows(IllegalArgumentException.class, () -> new ChildProcess(task).start())
                .getMessage();
    }
}
