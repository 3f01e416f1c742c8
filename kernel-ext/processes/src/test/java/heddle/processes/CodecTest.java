package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as bytes and back. */
class CodecTest {
    record Point(int x, String name) implements Serializable {}

    record Line(Point from, Point to, Colour colour, Long length) implements Serializable {}

    record Numbers(boolean a, byte b, short c, char d, int e, long f, float g, double h, List<String> names)
            implements Serializable {}

    record Empty() implements Serializable {}

    record Node(int n, Node next) implements Serializable {}

    enum Colour {
        RED,
        GREEN {
            @Override
            String shout() {
                return "G!";
            }
        };

        String shout() {
            return name();
        }
    }

    /** Through memory outside the heap, at an offset that suits nobody. */
    static Object through(Object value) {
        return through(Codec.encode(value));
    }

    static Object through(Encoded encoded) {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(encoded.length() + 16).fill((byte) 0x5A);
            encoded.writeTo(memory, 3);
            assertEquals(0x5A, memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 2));
            for (var i = 3 + encoded.length(); i < memory.byteSize(); i++) {
                assertEquals(0x5A, memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i), "written beyond its length");
            }
            var received = Codec.read(memory, 3, encoded.length());
            memory.fill((byte) 0);
            return received.value();
        }
    }

    static Stream<Object> values() {
        return Stream.of(
                true,
                false,
                (byte) 0,
                (byte) -1,
                Byte.MIN_VALUE,
                (short) -1,
                Short.MIN_VALUE,
                'a',
                '线',
                '\uFFFF',
                0,
                -1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                0L,
                -1L,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                0f,
                -0f,
                Float.NaN,
                -1.5f,
                0d,
                -0d,
                Double.NaN,
                Double.MIN_VALUE,
                "",
                "a",
                "abc",
                "é",
                "线程",
                "a\uD83D\uDE00b",
                "lone \uD800 surrogate",
                "\0",
                "x".repeat(100_000),
                "线".repeat(100_000),
                new BigInteger("123456789012345678901234567890"),
                Duration.ofNanos(7),
                DayOfWeek.FRIDAY,
                Colour.RED,
                Colour.GREEN,
                new Point(3, "p"),
                String.class,
                int.class,
                int[].class,
                new ArrayList<>(),
                new ArrayList<>(Arrays.asList(
                        1, null, "two", 3L, 4d, 5f, 'c', (byte) 6, (short) 7, true, false, "线", "\uD800")),
                List.of(),
                List.of(1),
                List.of(1, 2, 3),
                Stream.of(1, 2).toList(),
                Arrays.asList(1, null),
                new LinkedList<>(List.of(1, 2)),
                new ArrayList<>(List.of(new Point(1, "a"), List.of(1))),
                Map.of("a", 1),
                new HashMap<>(),
                new HashMap<>(Map.of("a", 1, "b", 2)),
                new LinkedHashMap<>(Map.of("a", 1)),
                new HashMap<>(Map.of("a", List.of(1))),
                new ArrayList<>(List.of(Colour.GREEN, BigInteger.ONE)));
    }

    @ParameterizedTest
    @MethodSource("values")
    @DisplayName("a value arrives equal, and of the same class")
    void equal(Object value) {
        var arrived = through(value);
        assertEquals(value, arrived);
        assertSame(value.getClass(), arrived.getClass());
    }

    @Test
    @DisplayName("QU7 null arrives as null")
    void nothing() {
        assertNull(through((Object) null));
    }

    static Stream<Object> arrays() {
        var random = new Random(7);
        return IntStream.of(0, 1, 3, 1000).boxed().flatMap(n -> {
            var bytes = new byte[n];
            random.nextBytes(bytes);
            var shorts = new short[n];
            var chars = new char[n];
            var floats = new float[n];
            var booleans = new boolean[n];
            for (var i = 0; i < n; i++) {
                shorts[i] = (short) random.nextInt();
                chars[i] = (char) random.nextInt();
                floats[i] = random.nextFloat();
                booleans[i] = random.nextBoolean();
            }
            return Stream.of(
                    bytes,
                    shorts,
                    chars,
                    random.ints(n).toArray(),
                    random.longs(n).toArray(),
                    floats,
                    random.doubles(n).toArray(),
                    booleans);
        });
    }

    @ParameterizedTest
    @MethodSource("arrays")
    @DisplayName("a primitive array arrives equal")
    void primitiveArrays(Object array) {
        var arrived = through(array);
        assertSame(array.getClass(), arrived.getClass());
        assertArrayEquals(new Object[] {array}, new Object[] {arrived});

        var length = java.lang.reflect.Array.getLength(array);
        var kept = Codec.encode(array).kept();
        for (var i = 0; i < length; i++) {
            java.lang.reflect.Array.set(array, i, java.lang.reflect.Array.get(array, length - 1 - i));
        }
        assertArrayEquals(new Object[] {arrived}, new Object[] {through(kept)}, "changed after it was kept");
        assertArrayEquals(new Object[] {array}, new Object[] {through(Codec.encode(array))});
    }

    @Test
    @DisplayName("arrays of objects keep their class and what is one object in them")
    void objectArrays() {
        assertArrayEquals(new Object[] {1, "a", null}, (Object[]) through(new Object[] {1, "a", null}));
        assertArrayEquals(new String[] {"a", null}, (String[]) through(new String[] {"a", null}));
        assertArrayEquals(new int[][] {{1}, {}, null}, (int[][]) through(new int[][] {{1}, {}, null}));
        var row = new int[] {1};
        var rows = (Object[]) through(new Object[] {row, row});
        assertSame(rows[0], rows[1]);
        var list = new ArrayList<>();
        list.add(list);
        list.add(list);
        var arrived = (List<?>) through(list);
        assertSame(arrived, arrived.get(0));
        assertSame(arrived, arrived.get(1));
    }

    static final class Singleton implements Serializable {
        static final Singleton ONE = new Singleton();

        private Object readResolve() {
            return ONE;
        }
    }

    static final class Proxied implements Serializable {
        final transient int n;

        Proxied(int n) {
            this.n = n;
        }

        private Object writeReplace() {
            return new Form(n);
        }

        private record Form(int n) implements Serializable {
            private Object readResolve() {
                return new Proxied(2 * n);
            }
        }
    }

    @Test
    @DisplayName("writeReplace, readResolve, proxies and lambdas work")
    void customs() throws Exception {
        assertSame(Singleton.ONE, through(Singleton.ONE));
        assertEquals(8, ((Proxied) through(new Proxied(4))).n);
        var n = 5;
        assertEquals(6, ((Callable<?>) through((Callable<Integer> & Serializable) () -> n + 1)).call());
        @SuppressWarnings("unchecked")
        var order = (Comparator<String>) through((Comparator<String> & Serializable)
                Comparator.<String>naturalOrder().reversed()::compare);
        assertTrue(order.compare("a", "b") > 0);
    }

    record Doubled(int n) implements Serializable {
        private Object readResolve() {
            return new Doubled(2 * n);
        }
    }

    record Shouting(String name) implements Serializable {
        @Override
        public String name() {
            return name.toUpperCase(java.util.Locale.ROOT);
        }
    }

    record Positive(int n) implements Serializable {
        static int least = 0;

        Positive {
            if (n < least) {
                throw new IllegalArgumentException(n + " is too small");
            }
        }
    }

    record Local(int n) {}

    @Test
    @DisplayName("records keep what Java serialization promises of them")
    void records() {
        assertEquals(new Doubled(6), through(new Doubled(3)));
        assertEquals(List.of(new Doubled(6)), through(new ArrayList<>(List.of(new Doubled(3)))));
        assertEquals(new Shouting("a"), through(new Shouting("a")));
        Node chain = null;
        for (var i = 0; i < 300; i++) {
            chain = new Node(i, chain);
        }
        assertEquals(chain, through(chain));
        assertTrue(Codec.encode(new ArrayList<>(List.of(new Point(1, "a"), new Point(2, "b"))))
                        .length()
                < 100);
        assertEquals(
                "the value (heddle.processes.CodecTest$Local) cannot travel to another process, because its class is not Serializable; let it implement java.io.Serializable",
                assertThrows(IllegalArgumentException.class, () -> Codec.encode(new Local(1)))
                        .getMessage());
        var encoded = Codec.encode(new Positive(5));
        Positive.least = 10;
        try {
            var e = assertThrows(UnreadableValueException.class, () -> through(encoded));
            assertTrue(e.getMessage().endsWith("IllegalArgumentException: 5 is too small"), e.getMessage());
            assertInstanceOf(IllegalArgumentException.class, e.getCause().getCause());
        } finally {
            Positive.least = 0;
        }
    }

    @Test
    @DisplayName("a record of a class that is another one here is refused, not misread")
    void otherRecord() {
        var bytes = Codec.encode(new Point(3, "p")).toBytes();
        var text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)
                .replace("CodecTest$Point", "CodecTest$Local");
        var e = assertThrows(
                UnreadableValueException.class,
                () -> Codec.read(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))
                        .value());
        assertInstanceOf(java.io.InvalidClassException.class, e.getCause());
    }

    @Test
    @DisplayName("QU9 what is changed after it was encoded arrives as it was")
    void copied() {
        var list = new ArrayList<>(List.of(1, 2));
        var lists = new ArrayList<>(List.of(list));
        var plain = Codec.encode(list);
        var graph = Codec.encode(lists);
        list.add(3);
        assertEquals(List.of(1, 2), through(plain));
        assertEquals(List.of(List.of(1, 2)), through(graph));
        assertNotSame(through(plain), through(plain));
    }

    static final class Careless implements Serializable {
        final String name = "c";
        final Thread thread = new Thread(() -> {});
    }

    static final class Failing implements Serializable {
        private void writeObject(ObjectOutputStream out) {
            throw new IllegalStateException("not today");
        }
    }

    static final class Chain implements Serializable {
        Chain next;

        static Chain of(int length) {
            Chain first = null;
            for (var i = 0; i < length; i++) {
                var chain = new Chain();
                chain.next = first;
                first = chain;
            }
            return first;
        }
    }

    record Named(Path path, Object other) implements Serializable {}

    @Test
    @DisplayName("paths travel, alone and inside of others, if they are of the default file system")
    void paths() throws Exception {
        var relative = Path.of("a", "..", "b c");
        assertEquals(relative, through(relative));
        assertEquals(Path.of(""), through(Path.of("")));
        var inside = new Named(relative.toAbsolutePath(), new ArrayList<>(List.of(relative, new Path[] {relative})));
        var received = (Named) through(inside);
        assertEquals(inside.path(), received.path());
        var list = (List<?>) received.other();
        assertEquals(relative, list.getFirst());
        assertArrayEquals(new Path[] {relative}, (Path[]) list.getLast());
        try (var modules = FileSystems.newFileSystem(URI.create("jrt:/"), Map.of())) {
            var refused = assertThrows(IllegalArgumentException.class, () -> Codec.encode(modules.getPath("/modules")));
            assertInstanceOf(NotSerializableException.class, refused.getCause());
        }
    }

    @Test
    @DisplayName("QU8 what cannot travel is refused by name, at once, with the reason as the cause")
    void refused() {
        var thread = assertThrows(IllegalArgumentException.class, () -> Codec.encode(new Thread(() -> {})));
        assertEquals(
                "the value (java.lang.Thread) cannot travel to another process, because its class is not Serializable",
                thread.getMessage());
        assertInstanceOf(NotSerializableException.class, thread.getCause());
        assertEquals(
                "the value (heddle.processes.CodecTest$Careless) cannot travel to another process, because java.lang.Thread is not Serializable",
                assertThrows(IllegalArgumentException.class, () -> Codec.encode(new Careless()))
                        .getMessage());
        assertEquals(
                "the value (java.util.ArrayList) cannot travel to another process, because java.lang.Object is not Serializable",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Codec.encode(new ArrayList<>(List.of(1, new Object()))))
                        .getMessage());
        var failing = assertThrows(IllegalArgumentException.class, () -> Codec.encode(new Failing()));
        assertEquals(
                "the value (heddle.processes.CodecTest$Failing) cannot travel to another process: java.lang.IllegalStateException: not today",
                failing.getMessage());
        assertInstanceOf(IllegalStateException.class, failing.getCause());
        assertEquals(
                "the value (heddle.processes.CodecTest$Chain) cannot travel to another process, because its objects are nested too deeply",
                assertThrows(IllegalArgumentException.class, () -> Codec.encode(Chain.of(1_000_000)))
                        .getMessage());
    }

    static final class Unreadable implements Serializable {
        private void readObject(ObjectInputStream in) {
            throw new IllegalStateException("not here");
        }
    }

    @Test
    @DisplayName("QU7 a readObject that fails gives an exception with that cause, on reading the value and not before")
    void unreadable() {
        var bytes = Codec.encode(new Unreadable()).toBytes();
        var received = Codec.read(bytes);
        var e = assertThrows(UnreadableValueException.class, received::value);
        assertInstanceOf(IllegalStateException.class, e.getCause());
        assertTrue(e.getMessage().endsWith("IllegalStateException: not here"), e.getMessage());
    }

    @Test
    @DisplayName("damaged bytes give an exception, whatever is in them")
    @Timeout(120)
    void fuzz() {
        var random = new Random(42);
        var seeds = Stream.concat(values(), arrays())
                .filter(value -> !(value instanceof String text && text.length() > 1000))
                .map(value -> Codec.encode(value).toBytes())
                .toList();
        var read = 0;
        for (var round = 0; round < 20_000; round++) {
            var bytes = seeds.get(random.nextInt(seeds.size())).clone();
            if (round % 3 == 0) {
                bytes = new byte[random.nextInt(64)];
                random.nextBytes(bytes);
                if (bytes.length > 0) {
                    bytes[0] = (byte) random.nextInt(26);
                }
            } else if (round % 3 == 1) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            }
            for (var flips = random.nextInt(4); flips > 0 && bytes.length > 1; flips--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
            }
            try {
                Codec.read(bytes).value();
                read++;
            } catch (UnreadableValueException e) {
                // as it should be
            }
        }
        assertTrue(read > 100 && read < 19_000, "read " + read);
    }

    @ParameterizedTest
    @ValueSource(bytes = {Codec.LIST, Codec.MAP, Codec.OBJECT_ARRAY})
    @DisplayName("a length that the bytes cannot have is not believed")
    void lengths(byte tag) {
        var bytes = new byte[] {tag, -1, -1, -1, 127, 0, 0, 0, 0};
        assertThrows(UnreadableValueException.class, () -> Codec.read(bytes).value());
        var graph = Codec.encode(new int[][] {new int[3]}).toBytes();
        for (var i = graph.length - 16; i > 0; i--) {
            if (graph[i] == 0 && graph[i + 1] == 0 && graph[i + 2] == 0 && graph[i + 3] == 3) {
                graph[i] = 127;
            }
        }
        assertThrows(UnreadableValueException.class, () -> Codec.read(graph).value());
        assertThrows(UnreadableValueException.class, () -> Codec.read(MemorySegment.ofArray(graph), 8, graph.length));
    }

    @Test
    @DisplayName("a hundred thousand numbers arrive")
    void many() {
        var numbers = new ArrayList<>(IntStream.range(0, 100_000).boxed().toList());
        assertEquals(numbers, through(numbers));
        assertEquals(100_000 * 5 + 5, Codec.encode(numbers).length());
    }
}
