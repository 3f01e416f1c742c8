package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What lies in shared memory for a pool, used by one process that is both the pool's and its worker. */
@Timeout(60)
class PoolMemoryTest {
    private static PoolWork work(Object argument) {
        return new PoolWork(PoolWork.APPLY, Codec.encode("function"), Codec.encode(argument));
    }

    private static long take(PoolTasks tasks, Object expected) throws Exception {
        var number = tasks.take();
        assertNotEquals(0, number);
        var taken = tasks.read(number);
        assertEquals("function", taken.function().value());
        assertEquals(expected, taken.argument().value());
        assertEquals(PoolWork.APPLY, taken.kind());
        tasks.hasCopied(number);
        return taken.id();
    }

    @Test
    @DisplayName("tasks are taken in their order; there is room for 1,024")
    void order() throws Exception {
        try (var tasks = new PoolTasks()) {
            assertEquals(0, tasks.take());
            assertFalse(tasks.mayHaveNews());
            for (var round = 0; round < 3; round++) {
                var id = 1;
                while (tasks.put(id, work(id)) != 0) {
                    id++;
                }
                assertEquals(PoolTasksDescriptor.SLOTS + 1, id);
                assertTrue(tasks.mayHaveNews());
                for (var i = 1; i < id; i++) {
                    assertEquals(i, take(tasks, i));
                }
                assertEquals(0, tasks.take());
            }
        }
    }

    @Test
    @DisplayName("of long tasks there is room for fewer; very long ones lie in files of their own, that go")
    void lengths() throws Exception {
        var random = new Random(1);
        try (var tasks = new PoolTasks()) {
            var waiting = new ArrayList<String>();
            var id = 0;
            for (var i = 0; i < 3000; i++) {
                var text = "x".repeat(random.nextInt(i % 100 == 0 ? 400_000 : 5000));
                while (tasks.put(id, work(text)) == 0) {
                    take(tasks, waiting.removeFirst());
                }
                id++;
                waiting.add(text);
            }
            while (!waiting.isEmpty()) {
                take(tasks, waiting.removeFirst());
            }
            assertNotEquals(0, tasks.put(0, work("the last")));
            tasks.deleteFiles();
            assertEquals(0, tasks.tree().path().toFile().list((_, name) -> name.startsWith("task-")).length);
        }
    }

    @Test
    @DisplayName("a cancelled task is not taken, and one that is taken not cancelled")
    void cancel() throws Exception {
        try (var tasks = new PoolTasks()) {
            var first = tasks.put(1, work(1));
            var second = tasks.put(2, work(2));
            var third = tasks.put(3, work(3));
            assertTrue(tasks.cancel(second));
            assertFalse(tasks.cancel(second));
            assertEquals(first, tasks.take());
            assertEquals(tasks.self(), tasks.taker(first));
            assertFalse(tasks.cancel(first));
            tasks.hasCopied(first);
            assertEquals(3, take(tasks, 3));
            assertFalse(tasks.cancel(third));
        }
    }

    @Test
    @DisplayName(
            "who dies without having taken a task takes none with him, also if his number in the census leads to its slot")
    void deadWithNothing() throws Exception {
        try (var tasks = new PoolTasks()) {
            for (var id = 1; id <= 3; id++) {
                var next = tasks.put(id, work(id)) + 1;
                for (var dead : new int[] {next - 1, next, next + PoolTasksDescriptor.SLOTS}) {
                    tasks.unlockFor(dead);
                    tasks.bury(dead);
                }
                assertEquals(id, take(tasks, id));
            }
        }
    }

    @Test
    @DisplayName("what the dead was taking is known, and its place is free again")
    void dead() throws Exception {
        try (var tasks = new PoolTasks()) {
            tasks.put(7, work(7));
            tasks.put(8, work(8));
            tasks.take();
            assertEquals(0, tasks.takenBy(tasks.self() + 1));
            assertEquals(7, tasks.takenBy(tasks.self()));
            assertEquals(0, tasks.takenBy(tasks.self()));
            assertEquals(8, take(tasks, 8));
        }
    }

    @Test
    @DisplayName("so many workers are told to end, and no more")
    void retire() {
        try (var tasks = new PoolTasks()) {
            assertFalse(tasks.retires());
            tasks.retire(2);
            assertTrue(tasks.mayHaveNews());
            assertTrue(tasks.retires());
            assertTrue(tasks.retires());
            assertFalse(tasks.retires());
            tasks.end();
            assertTrue(tasks.isEnding());
        }
    }

    @Test
    @DisplayName("results come in their order, each once, round and round")
    void results() {
        var random = new Random(2);
        try (var tasks = new PoolTasks();
                var results = new PoolResults()) {
            var expected = new ArrayList<String>();
            var got = new ArrayList<Object>();
            for (var i = 0; i < 5000; i++) {
                var text = i + "y".repeat(random.nextInt(1000));
                results.send(PoolResultsDescriptor.VALUE, i, Codec.encode(text), tasks);
                expected.add(text);
                if (i % 100 == 99) {
                    assertTrue(results.hasMore());
                    results.drainTo((kind, id, value) -> {
                        assertEquals(PoolResultsDescriptor.VALUE, kind);
                        assertEquals(got.size(), id);
                        got.add(value.value());
                    });
                    assertFalse(results.hasMore());
                }
            }
            assertEquals(expected, got);
        }
    }

    @Test
    @DisplayName("a long result comes in pieces while the worker waits for room; it is given when it is whole")
    void longResult() throws Exception {
        var bytes = new byte[3_000_000];
        new Random(3).nextBytes(bytes);
        try (var tasks = new PoolTasks();
                var results = new PoolResults()) {
            var sender = Thread.ofPlatform().start(() -> {
                results.send(PoolResultsDescriptor.VALUE, 1, Codec.encode(bytes), tasks);
                results.send(PoolResultsDescriptor.FAILURE, 2, Codec.encode("short"), tasks);
            });
            var got = new ArrayList<Object>();
            while (got.size() < 2) {
                results.drainTo((kind, id, value) -> {
                    assertEquals(got.size() + 1, id);
                    assertEquals(id == 1 ? PoolResultsDescriptor.VALUE : PoolResultsDescriptor.FAILURE, kind);
                    got.add(value.value());
                });
                Thread.onSpinWait();
            }
            sender.join();
            assertArrayEquals(bytes, (byte[]) got.getFirst());
            assertEquals("short", got.getLast());
        }
    }

    @Test
    @DisplayName("a reader that is stopped in the middle is given the same once more, and nothing is lost")
    void stopped() {
        try (var tasks = new PoolTasks();
                var results = new PoolResults()) {
            for (var i = 1; i <= 3; i++) {
                results.send(PoolResultsDescriptor.VALUE, i, Codec.encode(i), tasks);
            }
            var got = new ArrayList<Long>();
            try {
                results.drainTo((_, id, _) -> {
                    got.add(id);
                    if (id == 2) {
                        throw new IllegalStateException("stopped");
                    }
                });
                fail("it was not stopped");
            } catch (IllegalStateException e) {
                results.drainTo((_, id, _) -> got.add(id));
            }
            assertEquals(List.of(1L, 2L, 2L, 3L), got);
        }
    }
}
