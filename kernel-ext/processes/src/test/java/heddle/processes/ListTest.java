package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows MG1, MG2, MG3 and MG5 as far as they concern a list, and that it is a list. */
@Timeout(120)
class ListTest {
    @Test
    @DisplayName("MG1 3 processes add 100 times each, and update one element: all of it is there")
    void mg1() throws Exception {
        try (var list = new SharedList<String>();
                var counters = new SharedList<>(List.of(0, 0L, "x"))) {
            ValueTest.inChildren(3, () -> {
                for (var i = 0; i < 100; i++) {
                    list.add("item " + i);
                    counters.updateAndGet(0, n -> (Integer) n + 1);
                    counters.updateAndGet(1, n -> (Long) n + 1);
                }
            });
            assertEquals(300, list.size());
            for (var i = 0; i < 100; i++) {
                var item = "item " + i;
                assertEquals(3, list.stream().filter(item::equals).count());
            }
            assertEquals(List.of(300, 300L, "x"), counters);
        }
    }

    @Test
    @DisplayName(
            "MG2 what comes out refuses to be changed, at any depth; set and updateAndGet do change, and so do nested handles")
    void mg2() throws Exception {
        try (var list = new SharedList<List<Integer>>(List.of(new ArrayList<>(List.of(1))));
                var maps = new SharedList<Map<String, List<Integer>>>();
                var locks = new SharedMap<String, ProcessLock>();
                var lock = new ProcessLock();
                var nested = new SharedMap<String, List<Integer>>()) {
            assertThrows(UnsupportedOperationException.class, () -> list.get(0).add(2));
            assertThrows(
                    UnsupportedOperationException.class, () -> list.getFirst().add(2));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> list.iterator().next().add(2));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> list.replaceAll(element -> {
                        element.add(2);
                        return element;
                    }));
            maps.add(new HashMap<>(Map.of("a", new ArrayList<>())));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> maps.get(0).get("a").add(1));
            maps.add(nested);
            locks.put("l", lock);
            ValueTest.inChildren(1, () -> {
                locks.get("l").lock();
                list.updateAndGet(0, before -> {
                    var after = new ArrayList<>(before);
                    after.add(2);
                    return after;
                });
                maps.get(1).put("b", List.of(5));
                locks.get("l").unlock();
            });
            assertEquals(List.of(List.of(1, 2)), list);
            assertEquals(Map.of("b", List.of(5)), nested);
            assertSame(nested, maps.get(1));
            assertSame(lock, locks.get("l"));
        }
    }

    @Test
    @DisplayName(
            "MG3 what is outside is an IndexOutOfBoundsException, what cannot travel an IllegalArgumentException; neither changes anything")
    void mg3() {
        try (var list = new SharedList<Object>(List.of(1, 2))) {
            for (var index : new int[] {-1, 2, Integer.MAX_VALUE}) {
                assertThrows(IndexOutOfBoundsException.class, () -> list.get(index));
                assertThrows(IndexOutOfBoundsException.class, () -> list.set(index, 0));
                assertThrows(IndexOutOfBoundsException.class, () -> list.remove(index));
                assertThrows(IndexOutOfBoundsException.class, () -> list.updateAndGet(index, n -> n));
            }
            assertThrows(IndexOutOfBoundsException.class, () -> list.add(3, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> list.add(-1, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> list.addAll(-1, List.of(0)));
            assertThrows(IllegalArgumentException.class, () -> list.add(new Object()));
            assertThrows(IllegalArgumentException.class, () -> list.addAll(List.of(3, new Object())));
            assertThrows(IllegalArgumentException.class, () -> list.replaceAll(_ -> new Object()));
            assertThrows(IllegalStateException.class, () -> list.replaceAll(_ -> list.removeFirst()));
            assertThrows(ClassCastException.class, () -> {
                list.add("x");
                list.sort(null);
            });
            assertEquals(List.of(1, 2, "x"), list);
            list.clear();
            assertThrows(NoSuchElementException.class, list::getFirst);
            assertThrows(NoSuchElementException.class, list::getLast);
            assertThrows(NoSuchElementException.class, list::removeFirst);
            assertThrows(NoSuchElementException.class, list::removeLast);
        }
    }

    @Test
    @DisplayName("MG5 a list is equal to any list with its elements, and has all that a list has")
    void mg5() {
        try (var list = new SharedList<>(List.of(3, 1, 2));
                var other = new SharedList<>(List.of(3, 1, 2))) {
            assertEquals(List.of(3, 1, 2), list);
            assertEquals(list, List.of(3, 1, 2));
            assertEquals(list, other);
            assertEquals(List.of(3, 1, 2).hashCode(), list.hashCode());
            assertEquals("[3, 1, 2]", list.toString());
            assertFalse(list.equals(List.of(3, 1)));
            var joined = new ArrayList<>(list);
            joined.addAll(list);
            assertEquals(List.of(3, 1, 2, 3, 1, 2), joined);
            list.sort(null);
            assertEquals(List.of(1, 2, 3), list);
            list.sort(Comparator.reverseOrder());
            assertEquals(List.of(3, 2, 1), list);
            list.addFirst(4);
            list.addLast(null);
            list.add(1, 9);
            assertEquals(java.util.Arrays.asList(4, 9, 3, 2, 1, null), list);
            assertTrue(list.contains(null));
            assertEquals(2, list.indexOf(3));
            assertEquals(-1, list.lastIndexOf(7));
            assertNull(list.removeLast());
            assertEquals(4, list.removeFirst());
            assertTrue(list.remove((Integer) 9));
            assertFalse(list.remove((Integer) 9));
            assertTrue(list.containsAll(List.of(1, 2)));
            assertTrue(list.removeAll(List.of(2, 7)));
            assertFalse(list.retainAll(List.of(1, 3)));
            assertArrayEquals(new Object[] {3, 1}, list.toArray());
            assertArrayEquals(new Integer[] {3, 1}, list.toArray(new Integer[0]));
            assertEquals(4, list.stream().mapToInt(n -> n).sum());
            assertEquals(List.of(1, 3), list.reversed());
            list.addAll(1, List.of(7, 8));
            assertEquals(List.of(3, 7, 8, 1), list);
            list.subList(1, 3).set(0, 70);
            list.subList(2, 4).clear();
            assertEquals(List.of(3, 70), list);
            list.replaceAll(n -> n + 1);
            assertEquals(List.of(4, 71), list);
            assertEquals(71, list.set(1, 5));
            var iterator = list.listIterator(1);
            list.clear();
            assertEquals(5, iterator.next()); // of one moment
            assertThrows(UnsupportedOperationException.class, iterator::remove);
            assertTrue(list.isEmpty());
        }
    }

    @RepeatedTest(3)
    @DisplayName("whatever is done, it is what an ArrayList does")
    void model() {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var model = new ArrayList<Object>();
        try (var list = new SharedList<Object>()) {
            for (var step = 0; step < 20_000; step++) {
                var message = "seed " + seed + " step " + step;
                var value = random.nextInt(20) == 0 ? null : MapTest.value(random);
                var index = model.isEmpty() ? 0 : random.nextInt(model.size());
                switch (random.nextInt(14)) {
                    case 0, 1, 2, 3 -> assertEquals(model.add(value), list.add(value), message);
                    case 4 -> {
                        model.add(index, value);
                        list.add(index, value);
                    }
                    case 5 -> {
                        if (!model.isEmpty()) {
                            assertEquals(model.remove(index), list.remove(index), message);
                        }
                    }
                    case 6 -> {
                        if (!model.isEmpty()) {
                            assertEquals(model.removeLast(), list.removeLast(), message);
                        }
                    }
                    case 7, 8 -> {
                        if (!model.isEmpty()) {
                            assertEquals(model.set(index, value), list.set(index, value), message);
                        }
                    }
                    case 9 -> assertEquals(model.remove(value), list.remove(value), message);
                    case 10 -> {
                        if (!model.isEmpty()) {
                            assertEquals(model.get(index), list.get(index), message);
                        }
                    }
                    case 11 -> {
                        if (random.nextInt(20) == 0) {
                            model.sort(Comparator.comparing(String::valueOf));
                            list.sort(Comparator.comparing(String::valueOf));
                        }
                    }
                    case 12 -> {
                        if (random.nextInt(20) == 0) {
                            var modulus = random.nextInt(2, 5);
                            assertEquals(
                                    model.removeIf(
                                            element -> String.valueOf(element).hashCode() % modulus == 0),
                                    list.removeIf(
                                            element -> String.valueOf(element).hashCode() % modulus == 0),
                                    message);
                        }
                    }
                    default -> {
                        if (random.nextInt(20) == 0) {
                            assertEquals(
                                    model.addAll(index, List.of(1, "a", 2L)),
                                    list.addAll(index, List.of(1, "a", 2L)),
                                    message);
                        }
                    }
                }
                assertEquals(model.size(), list.size(), message);
                if (step % 200 == 0) {
                    assertEquals(model, list, message);
                }
            }
            assertEquals(model, list, "seed " + seed);
        }
    }

    @Test
    @DisplayName("4 processes at once use a list as a stack: no element is lost, none comes twice")
    void fourProcesses() throws Exception {
        try (var list = new SharedList<Long>();
                var taken = new SharedLong();
                var sum = new SharedLong();
                var who = new SharedLong()) {
            ValueTest.inChildren(4, () -> {
                var me = who.incrementAndGet();
                for (var i = 0; i < 5000; i++) {
                    list.add(me * 5000 + i);
                    if (i % 3 == 0) {
                        sum.addAndGet(i % 2 == 0 ? list.removeLast() : list.removeFirst());
                        taken.incrementAndGet();
                    }
                }
            });
            var expected = 0L;
            for (var n = 5000L; n < 25_000; n++) {
                expected += n;
            }
            assertEquals(20_000, taken.get() + list.size());
            assertEquals(expected, sum.get() + list.stream().mapToLong(n -> n).sum());
        }
    }

    @Test
    @DisplayName(
            "reading does not wait for a change that another process is making; changing does, until that is killed")
    void readingDoesNotWait() throws Exception {
        try (var list = new SharedList<>(List.of(1, 2));
                var captured = new Captured()) {
            var child = new ChildProcess(() -> list.replaceAll(n -> {
                        System.out.println("computes " + n);
                        MapTest.awaitForever();
                        return n;
                    }))
                    .start();
            captured.awaitLine("computes 1");
            assertEquals(2, list.get(1));
            assertEquals(2, list.size());
            var changed = new CountDownLatch(1);
            var thread = Thread.ofPlatform().start(() -> {
                list.add(3);
                changed.countDown();
            });
            assertFalse(changed.await(300, TimeUnit.MILLISECONDS));
            child.kill();
            assertTrue(changed.await(20, TimeUnit.SECONDS));
            thread.join();
            assertEquals(List.of(1, 2, 3), list);
            child.join();
        }
    }
}
