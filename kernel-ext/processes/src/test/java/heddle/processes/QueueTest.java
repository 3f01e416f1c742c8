package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows QU1 to QU16 and IS6. */
@Timeout(120)
class QueueTest {
    private static void joinAll(List<ChildProcess> children) throws InterruptedException {
        for (var child : children) {
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("QU1 what three producers put, one consumer takes: none lost, each producer's in order")
    void qu1Order() throws Exception {
        try (var queue = new ProcessQueue<int[]>()) {
            var producers = new ArrayList<ChildProcess>();
            for (var producer = 0; producer < 3; producer++) {
                var who = producer;
                producers.add(new ChildProcess(() -> {
                            for (var i = 0; i < 500; i++) {
                                queue.put(new int[] {who, i});
                            }
                        })
                        .start());
            }
            var next = new int[3];
            for (var i = 0; i < 1500; i++) {
                var taken = queue.take();
                assertEquals(next[taken[0]]++, taken[1]);
            }
            assertEquals(0, queue.size());
            joinAll(producers);
        }
    }

    @Test
    @DisplayName("QU1 consumers never share an element")
    void qu1Share() throws Exception {
        try (var queue = new ProcessQueue<Integer>(10);
                var taken = new ProcessQueue<Integer>()) {
            var consumers = new ArrayList<ChildProcess>();
            for (var i = 0; i < 2; i++) {
                consumers.add(new ChildProcess(() -> {
                            for (var element : queue.untilClosed()) {
                                taken.put(element);
                            }
                        })
                        .start());
            }
            for (var i = 0; i < 2000; i++) {
                queue.put(i);
            }
            queue.close();
            joinAll(consumers);
            var all = new ArrayList<Integer>();
            assertEquals(2000, taken.drainTo(all));
            assertEquals(2000, new HashSet<>(all).size());
        }
    }

    @Test
    @DisplayName("QU2 a full queue: refused at once, after a time, or waited for")
    void qu2() throws Exception {
        try (var queue = new ProcessQueue<String>(1)) {
            assertTrue(queue.offer("a"));
            assertFalse(queue.offer("b"));
            assertFalse(queue.offer("b", 10, MILLISECONDS));
            assertThrows(IllegalStateException.class, () -> queue.add("b"));
            var waiting = InThread.start(() -> {
                queue.put("b");
                return true;
            });
            Waiters.await(queue.records);
            assertEquals("a", queue.take());
            assertEquals(true, waiting.get());
            assertEquals("b", queue.take());
        }
    }

    @Test
    @DisplayName("QU3 an empty queue: nothing at once, after a time, or waited for")
    void qu3() throws Exception {
        try (var queue = new ProcessQueue<String>()) {
            assertNull(queue.poll());
            assertNull(queue.peek());
            assertNull(queue.poll(10, MILLISECONDS));
            assertThrows(NoSuchElementException.class, queue::remove);
            assertThrows(NoSuchElementException.class, queue::element);
            var waiting = InThread.start(queue::take);
            Waiters.await(queue.records);
            var child = new ChildProcess(() -> queue.put("late")).start();
            assertEquals("late", waiting.get());
            child.join();
        }
    }

    @Test
    @DisplayName("QU4 negative times and capacities and null are refused; without a capacity there is no limit")
    void qu4() throws Exception {
        try (var queue = new ProcessQueue<Integer>()) {
            assertThrows(IllegalArgumentException.class, () -> queue.poll(-1, SECONDS));
            assertThrows(IllegalArgumentException.class, () -> queue.offer(1, -1, SECONDS));
            assertThrows(IllegalArgumentException.class, () -> new ProcessQueue<Integer>(0));
            assertThrows(NullPointerException.class, () -> queue.put(null));
            assertEquals(Integer.MAX_VALUE, queue.remainingCapacity());
            for (var i = 0; i < 100_000; i++) {
                queue.put(i);
            }
            assertEquals(100_000, queue.size());
            queue.clear();
            assertTrue(queue.isEmpty());
        }
    }

    @Test
    @DisplayName("QU5 when put has returned the element is there for every process")
    void qu5() throws Exception {
        try (var queue = new ProcessQueue<Integer>();
                var told = new ProcessQueue<Boolean>()) {
            var child = new ChildProcess(() -> {
                        for (var i = 0; i < 300; i++) {
                            queue.put(i);
                            told.put(true);
                        }
                    })
                    .start();
            for (var i = 0; i < 300; i++) {
                told.take();
                assertFalse(queue.isEmpty());
                assertEquals(i, queue.poll());
            }
            child.join();
        }
    }

    @Test
    @DisplayName("QU6 full and empty are exact; so is what a capacity leaves")
    void qu6() throws Exception {
        try (var queue = new ProcessQueue<Integer>(3)) {
            for (var round = 0; round < 300; round++) {
                for (var i = 0; i < 3; i++) {
                    assertEquals(3 - i, queue.remainingCapacity());
                    queue.put(i);
                }
                assertEquals(0, queue.remainingCapacity());
                for (var i = 0; i < 3; i++) {
                    assertEquals(3 - i, queue.size());
                    queue.take();
                }
                assertTrue(queue.isEmpty());
            }
        }
    }

    /** Refuses to be read. */
    private static final class Unreadable implements Serializable {
        private static final long serialVersionUID = 1;

        private void readObject(ObjectInputStream in) throws InvalidObjectException {
            throw new InvalidObjectException("on purpose");
        }
    }

    @Test
    @DisplayName("QU7 an element that cannot be rebuilt is told to its consumer, and the queue goes on")
    void qu7() throws Exception {
        try (var queue = new ProcessQueue<Object>()) {
            queue.put(new Unreadable());
            queue.put("next");
            assertThrows(UnreadableValueException.class, queue::take);
            assertEquals("next", queue.take());
        }
    }

    @Test
    @DisplayName("QU8 what cannot travel is refused in put, by name")
    void qu8() throws Exception {
        try (var queue = new ProcessQueue<Object>()) {
            var thrown = assertThrows(IllegalArgumentException.class, () -> queue.put(new Thread()));
            assertTrue(thrown.getMessage().contains("java.lang.Thread"), thrown.getMessage());
            assertTrue(queue.isEmpty());
        }
    }

    @Test
    @DisplayName("QU9 what is changed after put has returned was put as it was")
    void qu9() throws Exception {
        try (var queue = new ProcessQueue<List<Integer>>()) {
            for (var i = 0; i < 50; i++) {
                var list = new ArrayList<>(List.of(1, 2));
                queue.put(list);
                list.add(3);
                assertEquals(List.of(1, 2), queue.take());
            }
        }
    }

    @Test
    @DisplayName("QU10 a closed queue refuses what is put, gives what is left, then says so; close again does nothing")
    void qu10() throws Exception {
        var queue = new ProcessQueue<Integer>();
        queue.put(1);
        queue.put(2);
        queue.close();
        queue.close();
        assertTrue(queue.hasBeenClosed());
        assertFalse(queue.hasEnded());
        assertThrows(IllegalStateException.class, () -> queue.put(3));
        assertThrows(IllegalStateException.class, () -> queue.offer(3));
        assertEquals(1, queue.take());
        assertEquals(Optional.of(2), queue.takeOrEnd());
        assertTrue(queue.hasEnded());
        assertThrows(IllegalStateException.class, queue::take);
        assertEquals(Optional.empty(), queue.takeOrEnd());
        assertNull(queue.poll());
        assertNull(queue.poll(1, SECONDS));
        assertFalse(queue.untilClosed().iterator().hasNext());
        assertFalse(Files.exists(queue.file().path()));
        queue.close();
    }

    @Test
    @DisplayName("QU11 a child that has put a megabyte which nobody reads can be joined")
    void qu11() throws Exception {
        try (var queue = new ProcessQueue<byte[]>()) {
            var child = new ChildProcess(() -> queue.put(new byte[1 << 20])).start();
            queue.put(new byte[1 << 20]);
            child.join();
            assertEquals(2, queue.size());
            assertEquals(1 << 20, queue.take().length);
            assertEquals(1 << 20, queue.take().length);
        }
    }

    @Test
    @DisplayName("QU12, QU15 what was put is there whole, also when the process then ends at once")
    void qu12() throws Exception {
        try (var queue = new ProcessQueue<byte[]>()) {
            for (var i = 0; i < 5; i++) {
                var child = new ChildProcess(() -> {
                            queue.put(new byte[1 << 20]);
                            Runtime.getRuntime().halt(7);
                        })
                        .start();
                assertEquals(1 << 20, queue.take().length);
                child.join();
                assertEquals(7, child.exitCode());
            }
            assertTrue(queue.isEmpty());
        }
    }

    @Test
    @DisplayName(
            "QU13 producers killed inside put, stopped before or not: the others go on, elements are whole, each producer's in order")
    void qu13() throws Exception {
        var random = new Random(13);
        try (var queue = new ProcessQueue<long[]>(20)) {
            for (var round = 0; round < 30; round++) {
                var who = round;
                var big = round % 3 == 0;
                var producer = new ChildProcess(() -> {
                            for (var i = 0L; true; i++) {
                                var element = new long[big ? 1_250_000 : 3 + (int) (i % 100)];
                                element[0] = who;
                                element[1] = i;
                                element[element.length - 1] = i;
                                queue.put(element);
                            }
                        })
                        .start();
                var next = 0L;
                for (var element = queue.take(); next < 5; element = queue.take()) {
                    next = check(element, who, next);
                }
                if (round % 2 == 0) {
                    HarshTest.signal(producer, "STOP");
                    assertTrue(queue.size() <= 20);
                }
                var stopsNs = System.nanoTime() + random.nextInt(2_000_000); // any moment
                while (System.nanoTime() < stopsNs) {
                    var element = queue.poll();
                    if (element != null) {
                        check(element, who, element[1]);
                    }
                }
                producer.kill();
                producer.join();
                for (var element = queue.poll(); element != null; element = queue.poll()) {
                    check(element, who, element[1]);
                }
                assertTrue(queue.offer(new long[] {-1, 0}, 1, SECONDS));
                assertArrayEquals(new long[] {-1, 0}, queue.poll(1, SECONDS));
            }
        }
    }

    private static long check(long[] element, int who, long expected) {
        assertEquals(who, element[0]);
        assertEquals(expected, element[1]);
        assertEquals(expected, element[element.length - 1]);
        return expected + 1;
    }

    @Test
    @DisplayName("QU14 consumers killed while they take, or wait to: nothing is lost but what the dead had taken")
    void qu14() throws Exception {
        var random = new Random(14);
        for (var round = 0; round < 30; round++) {
            try (var queue = new ProcessQueue<Integer>();
                    var begun = new ProcessQueue<Integer>()) {
                var victim = new ChildProcess(() -> {
                            begun.put(queue.take());
                            while (true) {
                                queue.take();
                            }
                        })
                        .start();
                queue.put(0);
                begun.take();
                var count = round % 3 == 0 ? 0 : 5000; // or it waits
                for (var i = 0; i < count; i++) {
                    queue.put(i);
                }
                if (round % 2 == 0) {
                    HarshTest.signal(victim, "STOP");
                }
                Thread.sleep(0, random.nextInt(999_999)); // any moment
                victim.kill();
                victim.join();
                queue.put(count);
                var previous = -1;
                for (var element = queue.take(); element < count; element = queue.take()) {
                    assertTrue(previous < 0 || element == previous + 1, element + " after " + previous);
                    previous = element;
                }
                assertTrue(queue.isEmpty());
            }
        }
    }

    @Test
    @DisplayName("QU16 close ends every consumer, also one that starts later, after what was put before")
    void qu16Close() throws Exception {
        var queue = new ProcessQueue<Integer>();
        try (var sums = new ProcessQueue<Integer>()) {
            var consumers = new ArrayList<ChildProcess>();
            for (var i = 0; i < 3; i++) {
                consumers.add(new ChildProcess(() -> {
                            var sum = 0;
                            for (var each : queue.untilClosed()) {
                                sum += each;
                            }
                            sums.put(sum);
                        })
                        .start());
            }
            for (var each : List.of(1, 2, 3, 4)) {
                queue.put(each);
            }
            queue.close();
            joinAll(consumers);
            assertEquals(10, sums.take() + sums.take() + sums.take());
        }
    }

    @Test
    @DisplayName("QU16 close wakes who waits, to take or to put, from any process")
    void qu16Wakes() throws Exception {
        var empty = new ProcessQueue<Integer>();
        var full = new ProcessQueue<Integer>(1);
        full.put(1);
        var takes = InThread.start(() -> assertThrows(IllegalStateException.class, empty::take));
        var takesVirtually = InThread.startVirtual(empty::takeOrEnd);
        var puts = InThread.start(() -> assertThrows(IllegalStateException.class, () -> full.put(2)));
        Waiters.await(empty.records);
        Waiters.await(full.records);
        var child = new ChildProcess(() -> {
                    empty.close();
                    full.close();
                })
                .start();
        takes.get();
        puts.get();
        assertEquals(Optional.empty(), takesVirtually.get());
        child.join();
        assertEquals(1, full.take());
    }

    @Test
    @DisplayName("IS6 queues and locks travel through queues, and are the same on the other side")
    void is6() throws Exception {
        try (var queue = new ProcessQueue<Object>();
                var inner = new ProcessQueue<String>();
                var lock = new ProcessLock()) {
            queue.put(inner);
            queue.put(lock);
            assertSame(inner, queue.take());
            queue.put(inner);
            lock.lock();
            var child = new ChildProcess(() -> {
                        var gotLock = (ProcessLock) queue.take();
                        @SuppressWarnings("unchecked")
                        var got = (ProcessQueue<String>) queue.take();
                        got.put(gotLock.isLocked() ? "locked" : "free");
                    })
                    .start();
            assertEquals("locked", inner.take());
            lock.unlock();
            child.join();
        }
    }

    @Test
    @DisplayName("a thread that waits can be interrupted; an interrupted thread can still do what needs no waiting")
    void interrupted() throws Exception {
        try (var queue = new ProcessQueue<Integer>(1)) {
            for (var virtual : new boolean[] {false, true}) {
                var waiting = virtual
                        ? InThread.startVirtual(() -> assertThrows(InterruptedException.class, queue::take))
                        : InThread.start(() -> assertThrows(InterruptedException.class, queue::take));
                Waiters.await(queue.records);
                waiting.interrupt();
                waiting.get();
            }
            var loop = InThread.start(() -> assertThrows(
                    CancellationException.class,
                    () -> queue.untilClosed().iterator().hasNext()));
            loop.interrupt();
            loop.get();
            Thread.currentThread().interrupt();
            assertTrue(queue.offer(1));
            assertEquals(1, queue.poll());
            assertTrue(Thread.interrupted());
            queue.put(1);
            var putting = InThread.start(() -> assertThrows(InterruptedException.class, () -> queue.put(2)));
            Waiters.await(queue.records);
            putting.interrupt();
            putting.get();
            assertEquals(1, queue.size());
        }
    }

    @Test
    @DisplayName("four consumers that wait all get their share of many wakings: none sleeps while something is there")
    void manyWaiters() throws Exception {
        try (var queue = new ProcessQueue<Integer>();
                var answers = new ProcessQueue<Integer>()) {
            var consumers = new ArrayList<ChildProcess>();
            for (var i = 0; i < 4; i++) {
                consumers.add(new ChildProcess(() -> {
                            for (var element : queue.untilClosed()) {
                                answers.put(element);
                            }
                        })
                        .start());
            }
            for (var round = 0; round < 500; round++) {
                var each = 1 + round % 4;
                for (var i = 0; i < each; i++) {
                    queue.put(i);
                }
                for (var i = 0; i < each; i++) {
                    assertTrue(answers.poll(30, SECONDS) != null);
                }
            }
            queue.close();
            joinAll(consumers);
        }
    }

    @Test
    @DisplayName("as a collection: copies of what is there; only the first can be removed")
    void collection() throws Exception {
        try (var queue = new ProcessQueue<String>()) {
            assertTrue(queue.addAll(List.of("a", "b", "c")));
            assertEquals("a", queue.peek());
            assertEquals("a", queue.element());
            assertEquals(List.of("a", "b", "c"), List.copyOf(queue));
            assertArrayEquals(new Object[] {"a", "b", "c"}, queue.toArray());
            assertArrayEquals(new String[] {"a", "b", "c"}, queue.toArray(new String[0]));
            assertEquals(List.of("b"), queue.stream().filter("b"::equals).toList());
            assertTrue(queue.contains("c"));
            assertFalse(queue.containsAll(List.of("a", "z")));
            assertThrows(UnsupportedOperationException.class, () -> queue.remove("a"));
            assertThrows(UnsupportedOperationException.class, () -> queue.removeIf("a"::equals));
            assertThrows(IllegalArgumentException.class, () -> queue.drainTo(queue));
            assertThrows(IllegalArgumentException.class, () -> queue.addAll(queue));
            var two = new ArrayList<String>();
            assertEquals(2, queue.drainTo(two, 2));
            assertEquals(List.of("a", "b"), two);
            assertEquals("c", queue.remove());
            assertEquals(0, queue.drainTo(two));
            assertEquals(0, queue.drainTo(two, -1));
        }
    }

    @Test
    @DisplayName("elements from nothing to 50 MB")
    void sizes() throws Exception {
        try (var queue = new ProcessQueue<byte[]>()) {
            var lengths = List.of(0, 1, 1_000_000, 50_000_000, 3);
            var child = new ChildProcess(() -> {
                        for (var length : lengths) {
                            queue.put(new byte[length]);
                        }
                    })
                    .start();
            for (var length : lengths) {
                assertEquals(length, queue.take().length);
            }
            child.join();
        }
    }

    @Test
    @DisplayName("when there is no memory, put says so and loses nothing; when there is some again, it goes on")
    void noMemory() throws Exception {
        try (var queue = new ProcessQueue<Object>()) {
            var child = new ChildProcess(() -> {
                        queue.put("first");
                        limit("400000"); // of any file that this process writes
                        var refused = assertThrows(UncheckedIOException.class, () -> queue.put(new byte[1_000_000]));
                        assertTrue(refused.getMessage().contains("no memory for 1000008 bytes"), refused.getMessage());
                        queue.put("second");
                        limit("unlimited");
                        queue.put(new byte[1_000_000]);
                    })
                    .start();
            assertEquals("first", queue.take());
            assertEquals("second", queue.take());
            assertEquals(1_000_000, ((byte[]) queue.take()).length);
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    private static void limit(String bytes) throws Exception {
        var pid = ProcessHandle.current().pid();
        assertEquals(
                0,
                new ProcessBuilder("prlimit", "--pid", "" + pid, "--fsize=" + bytes + ":unlimited")
                        .inheritIO()
                        .start()
                        .waitFor());
    }
}
