package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Serializable;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows MG1, MG2, MG3 and MG5 as far as they concern a map, and that it is a map. */
@Timeout(120)
class MapTest {
    @Test
    @DisplayName("MG1 merge and compute by 4 processes, 300 times each, are all counted")
    void mg1() throws Exception {
        try (var map = new SharedMap<String, Integer>();
                var longs = new SharedMap<String, Long>()) {
            map.put("c", 0);
            ValueTest.inChildren(4, () -> {
                for (var i = 0; i < 300; i++) {
                    map.merge("c", 1, Integer::sum);
                    map.compute("own " + i % 7, (_, n) -> n == null ? 1 : n + 1);
                    longs.merge("c", 1L, Long::sum); // does not fit its word: fills generations
                }
            });
            assertEquals(1200, map.get("c"));
            assertEquals(1200, longs.get("c"));
            assertEquals(8, map.size());
            assertEquals(2400, map.values().stream().mapToInt(n -> n).sum());
        }
    }

    @Test
    @DisplayName(
            "MG2 what comes out refuses to be changed, at any depth, and says why; put, compute and nested handles do change")
    void mg2() throws Exception {
        try (var map = new SharedMap<String, Map<String, List<Integer>>>();
                var sets = new SharedMap<Integer, Set<String>>();
                var lists = new SharedMap<String, SharedList<Integer>>();
                var shared = new SharedList<Integer>()) {
            map.put("n", new HashMap<>(Map.of("a", new ArrayList<>(List.of(1)))));
            var got = map.get("n");
            var refusal = assertThrows(UnsupportedOperationException.class, () -> got.put("b", List.of()));
            assertTrue(refusal.getMessage().startsWith("this is a copy of what is shared"), refusal.getMessage());
            assertThrows(UnsupportedOperationException.class, () -> got.remove("a"));
            assertThrows(UnsupportedOperationException.class, got::clear);
            assertThrows(UnsupportedOperationException.class, () -> got.keySet().clear());
            assertThrows(UnsupportedOperationException.class, () -> got.merge("a", List.of(), (a, _) -> a));
            assertThrows(UnsupportedOperationException.class, () -> got.replaceAll((_, list) -> list));
            assertThrows(UnsupportedOperationException.class, () -> got.get("a").add(2));
            assertThrows(UnsupportedOperationException.class, () -> got.get("a").set(0, 2));
            assertThrows(UnsupportedOperationException.class, () -> got.get("a").sort(null));
            assertThrows(UnsupportedOperationException.class, () -> got.get("a").removeFirst());
            assertThrows(UnsupportedOperationException.class, () -> got.get("a").clear());
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> map.computeIfAbsent("new", _ -> new HashMap<>()).put("b", List.of()));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> map.compute("n", (_, before) -> {
                        before.put("b", List.of());
                        return before;
                    }));
            assertEquals(Map.of("n", Map.of("a", List.of(1)), "new", Map.of()), map);

            sets.put(1, new TreeSet<>(Set.of("x", "y")));
            sets.put(2, Set.of("z"));
            assertThrows(UnsupportedOperationException.class, () -> sets.get(1).add("w"));
            assertThrows(UnsupportedOperationException.class, () -> sets.get(2).add("w"));
            assertThrows(UnsupportedOperationException.class, () -> sets.get(2).removeIf(_ -> true));

            lists.put("l", shared);
            ValueTest.inChildren(1, () -> {
                map.compute("n", (_, before) -> {
                    var after = new HashMap<>(before);
                    after.put("b", List.of(2));
                    return after;
                });
                lists.get("l").add(3);
                map.put("same", map.get("n"));
            });
            assertEquals(Map.of("a", List.of(1), "b", List.of(2)), map.get("n"));
            assertEquals(map.get("n"), map.get("same"));
            assertEquals(List.of(3), shared);
            assertSame(shared, lists.get("l"));
        }
    }

    @Test
    @DisplayName("MG2 an array that comes out is a copy; so is what went in")
    void copies() {
        try (var map = new SharedMap<String, int[]>()) {
            var array = new int[] {1, 2};
            map.put("a", array);
            array[0] = 9;
            assertArrayEquals(new int[] {1, 2}, map.get("a"));
            map.get("a")[0] = 9;
            assertArrayEquals(new int[] {1, 2}, map.get("a"));
            map.compute("a", (_, before) -> {
                before[0] = 9;
                return before; // the same array, but another value
            });
            assertArrayEquals(new int[] {9, 2}, map.get("a"));
        }
    }

    @Test
    @DisplayName("MG3 null, and what cannot travel, is refused in the caller and changes nothing")
    void mg3() {
        try (var map = new SharedMap<Object, Object>(Map.of("a", 1))) {
            assertThrows(NullPointerException.class, () -> map.put(null, 1));
            assertThrows(NullPointerException.class, () -> map.put("b", null));
            assertThrows(NullPointerException.class, () -> map.get(null));
            assertThrows(NullPointerException.class, () -> map.merge("a", null, (a, _) -> a));
            assertThrows(NullPointerException.class, () -> map.compute("a", null));
            var failure = assertThrows(IllegalArgumentException.class, () -> map.put("b", new Object()));
            assertEquals(
                    "the value (java.lang.Object) cannot travel to another process, because its class is not Serializable",
                    failure.getMessage());
            assertThrows(IllegalArgumentException.class, () -> map.compute("a", (_, _) -> new Object()));
            assertThrows(IllegalArgumentException.class, () -> map.put(new int[1], 1));
            failure = assertThrows(IllegalArgumentException.class, () -> map.put(new NoEquals(), 1));
            assertEquals(
                    "the value (heddle.processes.MapTest$NoEquals) cannot be a key of a SharedMap, because a copy of it is not equal to it: "
                            + "its class has no equals method",
                    failure.getMessage());
            assertEquals(Map.of("a", 1), map);
        }
    }

    private static final class NoEquals implements Serializable {
        private static final long serialVersionUID = 1;
    }

    @Test
    @DisplayName("MG5 a map is equal to any map with its entries, and has all that a map has")
    void mg5() throws Exception {
        try (var map = new SharedMap<String, Integer>();
                var other = new SharedMap<String, Integer>(Map.of("a", 1, "b", 2))) {
            map.put("b", 2);
            map.put("a", 1);
            assertEquals(Map.of("a", 1, "b", 2), map);
            assertEquals(map, Map.of("a", 1, "b", 2));
            assertEquals(map, other);
            assertEquals(Map.of("a", 1, "b", 2).hashCode(), map.hashCode());
            assertEquals("{b=2, a=1}", map.toString());
            assertFalse(map.equals(Map.of("a", 1)));
            assertFalse(map.equals(Map.of("a", 1, "b", 3)));
            var joined = new TreeMap<>(map);
            joined.putAll(Map.of("c", 3));
            assertEquals(Map.of("a", 1, "b", 2, "c", 3), joined);

            assertNull(map.putIfAbsent("c", 3));
            assertEquals(3, map.putIfAbsent("c", 4));
            assertEquals(3, map.computeIfAbsent("c", _ -> 5));
            assertEquals(4, map.computeIfAbsent("d", String::length) + 3);
            assertNull(map.computeIfAbsent("e", _ -> null));
            assertEquals(13, map.computeIfPresent("c", (_, n) -> n + 10));
            assertNull(map.computeIfPresent("e", (_, n) -> n + 10));
            assertNull(map.computeIfPresent("d", (_, _) -> null));
            assertFalse(map.containsKey("d"));
            assertEquals(13, map.replace("c", 3));
            assertNull(map.replace("e", 3));
            assertTrue(map.replace("c", 3, 4));
            assertFalse(map.replace("c", 3, 5));
            assertFalse(map.remove("c", 3));
            assertTrue(map.remove("c", 4));
            assertFalse(map.remove("c", 4));
            assertNull(map.remove("c"));
            assertEquals(2, map.remove("b"));
            assertNull(map.merge("a", 1, (_, _) -> null));
            assertTrue(map.isEmpty());
            assertEquals(7, map.getOrDefault("z", 7));

            map.putAll(other);
            map.replaceAll((_, n) -> 10 * n);
            assertEquals(Map.of("a", 10, "b", 20), map);
            assertTrue(map.containsValue(20));
            assertFalse(map.containsValue(2));
            assertTrue(map.keySet().remove("a"));
            assertFalse(map.keySet().contains("a"));
            assertTrue(map.entrySet().contains(Map.entry("b", 20)));
            for (var entry : map.entrySet()) {
                entry.setValue(21);
            }
            assertEquals(21, map.get("b"));
            assertTrue(map.values().removeIf(n -> n == 21));
            assertEquals(Map.of(), map);
            map.put("x", 1);
            map.clear();
            assertEquals(0, map.size());
            assertNull(map.get("x"));
        }
    }

    @Test
    @DisplayName(
            "iteration is over the entries of one moment, in the order of insertion; a key that comes again comes last")
    void order() {
        try (var map = new SharedMap<Integer, String>()) {
            for (var i = 9; i >= 0; i--) {
                map.put(i, "v" + i);
            }
            var entries = map.entrySet().iterator();
            map.put(5, "new");
            map.remove(9);
            map.put(9, "again");
            assertEquals(Map.entry(9, "v9"), entries.next());
            entries.remove();
            assertEquals(List.of(8, 7, 6, 5, 4, 3, 2, 1, 0), List.copyOf(map.keySet()));
            assertEquals("new", map.get(5));
            assertEquals(9, new ArrayList<>(map.values()).size());
            entries.next();
            assertEquals(8, countRest(entries));
        }
    }

    private static int countRest(java.util.Iterator<?> iterator) {
        var count = 0;
        while (iterator.hasNext()) {
            iterator.next();
            count++;
        }
        return count;
    }

    enum Colour {
        RED,
        GREEN
    }

    record Point(int x, List<Colour> colours) implements Serializable {}

    /** Equal by more than its components' equality, so its hash code says nothing to others. */
    record Name(String text) implements Serializable {
        @Override
        public boolean equals(Object other) {
            return other instanceof Name name && name.text.equalsIgnoreCase(text);
        }

        @Override
        public int hashCode() {
            return text.toLowerCase(java.util.Locale.ROOT).hashCode();
        }
    }

    static final class Plain implements Serializable {
        private static final long serialVersionUID = 1;
        private final Colour colour;

        Plain(Colour colour) {
            this.colour = colour;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Plain plain && plain.colour == colour;
        }

        @Override
        public int hashCode() {
            return Objects.hash(colour); // another number in every process
        }
    }

    private static List<Object> keys() {
        return List.of(
                "text",
                "线程",
                "",
                1,
                1L,
                (short) 1,
                (byte) 1,
                'c',
                true,
                1.5,
                1.5f,
                Double.NaN,
                BigInteger.TEN,
                Colour.GREEN,
                DayOfWeek.MONDAY,
                LocalDate.of(2024, 2, 29),
                new java.util.UUID(1, 2),
                new Point(1, List.of(Colour.RED)),
                new Name("Ada"),
                new Plain(Colour.RED),
                new Plain(Colour.GREEN),
                List.of(Colour.RED, "x"),
                Set.of(1, 2, 3),
                Map.of("a", Colour.RED, "b", 2));
    }

    @Test
    @DisplayName(
            "a key is found by every process, whatever its class says of hashes; equal keys are one, however they are made")
    void keysOfAllKinds() throws Exception {
        try (var map = new SharedMap<Object, Integer>()) {
            ValueTest.inChildren(1, () -> {
                var keys = keys();
                for (var i = 0; i < keys.size(); i++) {
                    map.put(keys.get(i), i);
                }
            });
            var keys = keys();
            assertEquals(keys.size(), map.size());
            for (var i = 0; i < keys.size(); i++) {
                assertEquals(i, map.get(keys.get(i)), "key " + keys.get(i));
            }
            assertEquals(keys, List.copyOf(map.keySet()));
            assertEquals(map.get(List.of(Colour.RED, "x")), map.get(new ArrayList<>(List.of(Colour.RED, "x"))));
            assertEquals(map.get(Set.of(1, 2, 3)), map.get(new TreeSet<>(List.of(3, 2, 1))));
            assertEquals(
                    map.get(Map.of("a", Colour.RED, "b", 2)),
                    map.remove(new TreeMap<>(Map.of("a", Colour.RED, "b", 2))));
            assertEquals(map.get(new Name("Ada")), map.put(new Name("ADA"), -1));
            assertEquals(-1, map.get(new Name("ada")));
            assertEquals(keys.size() - 1, map.size());
            assertNull(map.get(new Name("Bob")));
            assertNull(map.get(2));
        }
    }

    @Test
    @DisplayName(
            "a function that throws, or that changes the same map, changes nothing, and the map goes on; it may read the map")
    void functions() {
        try (var map = new SharedMap<String, Integer>(Map.of("a", 1))) {
            var thrown = new IllegalArgumentException("mine");
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> map.compute("a", (_, _) -> {
                                throw thrown;
                            })));
            var failure =
                    assertThrows(IllegalStateException.class, () -> map.computeIfAbsent("b", _ -> map.put("c", 1)));
            assertEquals(
                    "a function that changes a SharedMap must not change the same SharedMap itself; it may return what it wants to have there",
                    failure.getMessage());
            assertEquals(2, map.compute("a", (_, n) -> n + map.get("a")));
            assertEquals(
                    1,
                    map.computeIfAbsent(
                            "b", _ -> map.entrySet().size() * map.keySet().size()));
            assertEquals(Map.of("a", 2, "b", 1), map);
        }
    }

    @Test
    @DisplayName(
            "reading does not wait for a change that another process is making; changing does, until that is killed")
    void readingDoesNotWait() throws Exception {
        try (var map = new SharedMap<String, Integer>(Map.of("a", 1));
                var captured = new Captured()) {
            var child = new ChildProcess(() -> map.compute("a", (_, _) -> {
                        System.out.println("computes");
                        awaitForever();
                        return 2;
                    }))
                    .start();
            captured.awaitLine("computes");
            assertEquals(1, map.get("a"));
            assertEquals(1, map.size());
            assertTrue(map.containsKey("a"));
            assertEquals(1, map.computeIfAbsent("a", _ -> 3));
            var changed = new CountDownLatch(1);
            var thread = Thread.ofPlatform().start(() -> {
                map.merge("a", 5, Integer::sum);
                changed.countDown();
            });
            assertFalse(changed.await(300, TimeUnit.MILLISECONDS));
            child.kill();
            assertTrue(changed.await(20, TimeUnit.SECONDS));
            thread.join();
            assertEquals(6, map.get("a"));
            child.join();
        }
    }

    static void awaitForever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @RepeatedTest(3)
    @DisplayName("whatever is done, it is what a LinkedHashMap does")
    void model() {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var model = new LinkedHashMap<Object, Object>();
        try (var map = new SharedMap<Object, Object>()) {
            for (var step = 0; step < 20_000; step++) {
                var key = key(random);
                var value = value(random);
                var message = "seed " + seed + " step " + step;
                switch (random.nextInt(12)) {
                    case 0, 1, 2 -> assertEquals(model.put(key, value), map.put(key, value), message);
                    case 3, 4 -> assertEquals(model.remove(key), map.remove(key), message);
                    case 5 -> assertEquals(model.putIfAbsent(key, value), map.putIfAbsent(key, value), message);
                    case 6 -> assertEquals(model.remove(key, value), map.remove(key, value), message);
                    case 7 -> assertEquals(model.replace(key, value), map.replace(key, value), message);
                    case 8 ->
                        assertEquals(
                                model.merge(key, value, (a, b) -> a.equals(b) ? null : List.of(a.hashCode())),
                                map.merge(key, value, (a, b) -> a.equals(b) ? null : List.of(a.hashCode())),
                                message);
                    case 9 ->
                        assertEquals(
                                model.computeIfPresent(key, (_, _) -> value),
                                map.computeIfPresent(key, (_, _) -> value),
                                message);
                    case 10 -> assertEquals(model.get(key), map.get(key), message);
                    default -> {
                        if (random.nextInt(200) == 0) {
                            model.clear();
                            map.clear();
                        }
                    }
                }
                assertEquals(model.size(), map.size(), message);
                if (step % 500 == 0) {
                    assertEquals(List.copyOf(model.entrySet()), List.copyOf(map.entrySet()), message);
                }
            }
            assertEquals(model, map);
            assertEquals(model.toString(), map.toString());
        }
    }

    static Object key(Random random) {
        var number = random.nextInt(300);
        return switch (random.nextInt(4)) {
            case 0 -> number;
            case 1 -> (long) number;
            case 2 -> "key " + number;
            default -> new Point(number, List.of(Colour.values()[number % 2]));
        };
    }

    static Object value(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt(3);
            case 1 -> random.nextLong();
            case 2 -> "value".repeat(random.nextInt(40));
            case 3 -> List.of(1, "two", 3.0);
            default -> random.nextBoolean();
        };
    }

    @Test
    @DisplayName(
            "4 processes at once, each with keys of its own and some of all: every change is there, and the map is one")
    void fourProcesses() throws Exception {
        try (var map = new SharedMap<String, Object>();
                var who = new SharedLong()) {
            ValueTest.inChildren(4, () -> {
                var me = who.incrementAndGet();
                var random = new Random(me);
                var model = new HashMap<String, Object>();
                for (var i = 0; i < 5000; i++) {
                    var key = me + ":" + random.nextInt(200);
                    var value = value(random);
                    if (random.nextInt(3) > 0) {
                        same(model.put(key, value), map.put(key, value));
                    } else {
                        same(model.remove(key), map.remove(key));
                    }
                    map.merge("all", 1, (a, b) -> (Integer) a + (Integer) b);
                    if (i % 1000 == 0) {
                        for (var entry : map.entrySet()) {
                            if (entry.getKey().startsWith(me + ":")) {
                                same(model.get(entry.getKey()), entry.getValue());
                            }
                        }
                    }
                }
                map.put("model " + me, model);
            });
            assertEquals(20_000, map.get("all"));
            var expected = new HashMap<String, Object>(Map.of("all", 20_000));
            for (var me = 1; me <= 4; me++) {
                var model = (Map<?, ?>) map.remove("model " + me);
                model.forEach((key, value) -> expected.put((String) key, value));
            }
            assertEquals(expected, map);
            assertEquals(expected.size(), map.size());
        }
    }

    private static void same(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new IllegalStateException("expected " + expected + " but was " + actual);
        }
    }

    @Test
    @DisplayName("large values come and go, and large maps too; an absent key of a large map is absent")
    void large() {
        try (var map = new SharedMap<Integer, byte[]>()) {
            var big = new byte[5_000_000];
            for (var i = 0; i < 5; i++) {
                Arrays.fill(big, (byte) i);
                map.put(0, big);
            }
            assertArrayEquals(big, map.get(0));
            assertNotSame(map.get(0), map.get(0));
            map.remove(0);
            for (var i = 0; i < 50_000; i++) {
                map.put(i, new byte[] {(byte) i});
            }
            assertEquals(50_000, map.size());
            for (var i = 0; i < 50_000; i++) {
                assertEquals((byte) i, map.get(i)[0]);
                assertNull(map.get(-1 - i));
            }
        }
    }

    @Test
    @DisplayName("a closed map refuses everything, in all processes")
    void closed() throws Exception {
        var map = new SharedMap<String, Integer>(Map.of("a", 1));
        try (var captured = new Captured();
                var gate = new ProcessLock()) {
            gate.lock();
            var child = new ChildProcess(() -> {
                        map.get("a");
                        System.out.println("has it");
                        gate.lock();
                        map.get("a");
                    })
                    .start();
            captured.awaitLine("has it");
            map.close();
            gate.unlock();
            child.join();
            assertEquals(1, child.exitCode());
            assertTrue(captured.err().contains("IllegalStateException: this SharedMap is closed"), captured.err());
        }
        assertThrows(IllegalStateException.class, () -> map.get("a"));
        assertThrows(IllegalStateException.class, () -> map.put("a", 1));
        assertThrows(IllegalStateException.class, map::size);
        assertThrows(IllegalStateException.class, map::clear);
        assertThrows(IllegalStateException.class, () -> map.entrySet().iterator());
        assertTrue(map.toString().endsWith("closed]"), map.toString());
    }
}
