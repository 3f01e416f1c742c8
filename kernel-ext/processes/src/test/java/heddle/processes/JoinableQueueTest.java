package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows JQ1 to JQ5. */
@Timeout(120)
class JoinableQueueTest {
    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    @DisplayName(
            "JQ1 join returns at once when nothing was put; else after as many reports, which may come before the tasks are taken")
    void jq1() throws Exception {
        try (var queue = new JoinableProcessQueue<String>()) {
            queue.join();
            queue.put("one");
            queue.put("two");
            assertEquals(2, queue.unfinished());
            assertFalse(queue.join(SOON));
            queue.taskDone();
            assertFalse(queue.join(Duration.ZERO));
            var waiting = InThread.start(() -> queue.join(LONG));
            queue.taskDone();
            assertEquals(true, waiting.get());
            queue.join();
            assertEquals(0, queue.unfinished());
            assertThrows(IllegalArgumentException.class, () -> queue.join(Duration.ofMillis(-1)));
            assertEquals(List.of("one", "two"), List.of(queue.take(), queue.take()));
        }
    }

    @Test
    @DisplayName("JQ2 more reports than tasks are refused")
    void jq2() throws Exception {
        try (var queue = new JoinableProcessQueue<String>()) {
            assertThrows(IllegalStateException.class, queue::taskDone);
            queue.put("one");
            queue.taskDone();
            assertThrows(IllegalStateException.class, queue::taskDone);
            assertEquals(0, queue.lost());
        }
    }

    @Test
    @DisplayName(
            "JQ3 what a consumer took and had not reported when it was killed is lost: join returns and the number is known")
    void jq3() throws Exception {
        try (var queue = new JoinableProcessQueue<Integer>();
                var captured = new Captured()) {
            for (var i = 0; i < 5; i++) {
                queue.put(i);
            }
            var child = new ChildProcess(() -> {
                        queue.take();
                        queue.taskDone();
                        queue.take();
                        queue.take();
                        System.out.println("took three");
                        ProcessTest.forever();
                    })
                    .start();
            captured.awaitLine("took three");
            queue.take();
            queue.take();
            queue.taskDone();
            queue.taskDone();
            assertEquals(2, queue.unfinished());
            var waiting = InThread.start(() -> queue.join(LONG));
            assertFalse(queue.join(SOON));
            child.kill();
            assertEquals(true, waiting.get());
            assertEquals(2, queue.lost());
            assertThrows(IllegalStateException.class, queue::taskDone);
            child.join();
        }
    }

    @Test
    @DisplayName("JQ3 consumers killed at any moment: every task is done, or lost, once")
    void jq3AnyMoment() throws Exception {
        var random = new Random(1);
        for (var round = 0; round < 12; round++) {
            try (var queue = new JoinableProcessQueue<Integer>();
                    var reports = new ProcessQueue<Integer>()) {
                Task consumer = () -> {
                    for (var task : queue.untilClosed()) {
                        reports.put(task);
                        queue.taskDone();
                    }
                };
                var victim = new ChildProcess(consumer).start();
                var survivor = new ChildProcess(consumer).start();
                for (var i = 0; i < 3000; i++) {
                    queue.put(i);
                }
                reports.take();
                reports.take(); // they have begun
                if (round % 2 == 0) {
                    HarshTest.signal(victim, "STOP");
                }
                Thread.sleep(0, random.nextInt(999_999)); // any moment
                victim.kill();
                for (var i = 3000; i < 4000; i++) {
                    queue.put(i);
                }
                assertTrue(queue.join(LONG), "unfinished " + queue.unfinished());
                assertTrue(queue.lost() <= 1, "lost " + queue.lost());
                var reported = new ArrayList<Integer>();
                reports.drainTo(reported);
                assertEquals(reported.size(), reported.stream().distinct().count());
                // a report before the death may belong to a task that was lost, and none of the others is missing
                var missing = 4000 - 2 - reported.size();
                assertTrue(missing >= 0 && missing <= queue.lost(), missing + " missing, " + queue.lost() + " lost");
                queue.close();
                survivor.join();
                assertEquals(0, survivor.exitCode());
                victim.join();
            }
        }
    }

    @Test
    @DisplayName(
            "JQ3 what a dead consumer had taken is lost once, also when its parent is killed while it counts that, and another does it again")
    void jq3CountedOnce() throws Exception {
        var counting = KilledAtLineTest.lines(Map.of(JoinableProcessQueue.class, Set.of("lose")));
        try (var debugger = new KilledAtLineTest.Debugger()) {
            for (var line :
                    counting.subList(2, counting.size())) { // up to there it decides whether there is something to do
                try (var queue = new JoinableProcessQueue<Integer>();
                        var semaphore = new ProcessSemaphore(2)) {
                    for (var i = 0; i < 5; i++) {
                        queue.put(i);
                    }
                    var killed = debugger.killAt(line, 1, () -> {
                        queue.take();
                        new ChildProcess(() -> {
                                    semaphore.acquire();
                                    queue.take();
                                    queue.take();
                                })
                                .start()
                                .join();
                    });
                    assertTrue(killed, line.toString());
                    assertEquals(3, queue.lost(), line.toString());
                    assertEquals(2, queue.unfinished(), line.toString());
                    assertEquals(2, semaphore.availablePermits());
                    queue.taskDone();
                    queue.taskDone();
                    assertTrue(queue.join(LONG));
                }
            }
        }
    }

    @Test
    @DisplayName("JQ4 three producers wait for their tasks; the consumers are daemons; then the main process goes on")
    void jq4() throws Exception {
        try (var queue = new JoinableProcessQueue<String>()) {
            for (var i = 0; i < 2; i++) {
                new ChildProcess(() -> {
                            while (true) {
                                queue.take();
                                queue.taskDone();
                            }
                        })
                        .daemon(true)
                        .start();
            }
            var producers = new ArrayList<ChildProcess>();
            for (var who : List.of("a", "b", "c")) {
                producers.add(new ChildProcess(() -> {
                            for (var i = 0; i < 10; i++) {
                                queue.put(who + i);
                            }
                            queue.join();
                        })
                        .start());
            }
            for (var producer : producers) {
                producer.join();
                assertEquals(0, producer.exitCode());
            }
            assertEquals(0, queue.unfinished());
            assertEquals(0, queue.size());
            for (var consumer : ChildProcess.activeChildren()) {
                consumer.kill();
                consumer.join();
            }
        }
    }

    /** A BlockingQueue has more than put and get; closed, it says IllegalStateException as QU10; a megabyte needs no reader, as QU11. */
    @Test
    @DisplayName("JQ5 what SimpleQueue is for does ProcessQueue: refused in the caller, put without a reader, closed")
    void jq5() throws Exception {
        var queue = new ProcessQueue<Object>();
        Runnable plain = () -> {};
        assertThrows(IllegalArgumentException.class, () -> queue.put(plain));
        queue.put(new byte[1 << 20]);
        assertFalse(queue.isEmpty());
        assertEquals(1 << 20, ((byte[]) queue.take()).length);
        queue.close();
        assertThrows(IllegalStateException.class, () -> queue.put(1));
        assertThrows(IllegalStateException.class, queue::take);
    }

    @Test
    @DisplayName("a join can be interrupted; a closed queue can still be joined")
    void interrupted() throws Exception {
        var queue = new JoinableProcessQueue<Integer>(1);
        queue.put(1);
        var waiting = InThread.start(() -> assertThrows(InterruptedException.class, queue::join));
        waiting.interrupt();
        waiting.get();
        queue.close();
        assertEquals(1, queue.take());
        assertFalse(queue.join(SOON));
        assertTrue(java.nio.file.Files.exists(queue.file().path()));
        queue.taskDone();
        queue.join();
        assertFalse(java.nio.file.Files.exists(queue.file().path()));
        assertThrows(IllegalArgumentException.class, () -> new JoinableProcessQueue<Integer>(0));
    }
}
