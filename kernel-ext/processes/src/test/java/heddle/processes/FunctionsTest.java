package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Functions as bytes and back. */
class FunctionsTest {
    @SuppressWarnings("unchecked")
    private static <F> F through(Serializable function) {
        return (F) CodecTest.through(Functions.pack(function));
    }

    private record Adder(int n) implements CallOf<Integer, Integer> {
        @Override
        public Integer call(Integer argument) {
            return n + argument;
        }

        int times(int factor) {
            return n * factor;
        }
    }

    private static String said = "";

    private static int twice(int n) {
        return 2 * n;
    }

    @Test
    @DisplayName("lambdas of each of our interfaces arrive and can be called")
    void interfaces() throws Exception {
        var n = 5;
        var names = List.of("a", "b");
        assertEquals(
                6,
                FunctionsTest.<Call<Integer>>through((Call<Integer>) () -> n + 1)
                        .call());
        assertEquals(
                7, FunctionsTest.<Call<Integer>>through((Call<Integer>) () -> 7).call());
        assertEquals(
                "[a, b]5",
                FunctionsTest.<Call<String>>through((Call<String>) () -> names + "" + n)
                        .call());
        assertEquals(
                8,
                FunctionsTest.<CallOf<Integer, Integer>>through((CallOf<Integer, Integer>) i -> i + n)
                        .call(3));
        assertEquals(
                "x5",
                FunctionsTest.<CallOf2<String, Integer, String>>through(
                                (CallOf2<String, Integer, String>) (s, i) -> s + i)
                        .call("x", 5));
        FunctionsTest.<Action>through((Action) () -> said = "said" + n).run();
        assertEquals("said5", said);
    }

    @Test
    @DisplayName("method references, objects, other serializable functions, and functions inside functions arrive")
    void kinds() throws Exception {
        var adder = new Adder(4);
        assertEquals(
                10,
                FunctionsTest.<CallOf<Integer, Integer>>through((CallOf<Integer, Integer>) FunctionsTest::twice)
                        .call(5));
        assertEquals(
                20,
                FunctionsTest.<CallOf<Integer, Integer>>through((CallOf<Integer, Integer>) adder::times)
                        .call(5));
        assertEquals(
                20,
                FunctionsTest.<CallOf2<Adder, Integer, Integer>>through((CallOf2<Adder, Integer, Integer>) Adder::times)
                        .call(adder, 5));
        assertEquals(
                new Adder(9),
                FunctionsTest.<CallOf<Integer, Adder>>through((CallOf<Integer, Adder>) Adder::new)
                        .call(9));
        assertEquals(9, FunctionsTest.<CallOf<Integer, Integer>>through(adder).call(5));
        assertEquals(
                3,
                FunctionsTest.<Function<String, Integer>>through(
                                (Function<String, Integer> & Serializable) String::length)
                        .apply("abc"));
        Call<Integer> inner = () -> adder.n() + 1;
        assertEquals(
                50,
                FunctionsTest.<Call<Integer>>through((Call<Integer>) () -> 10 * inner.call())
                        .call());
    }

    private static Call<Integer> counted(int n) {
        return () -> n;
    }

    @Test
    @DisplayName("a lambda that captures nothing is packed once; what was made of a lambda's description is made once")
    void cached() throws Exception {
        Call<Integer> constant = () -> 1;
        assertSame(Functions.pack(constant), Functions.pack(constant));
        Call<Integer> one = through(counted(1));
        Call<Integer> two = through(counted(2));
        assertEquals(1, one.call());
        assertEquals(2, two.call());
        assertSame(one.getClass(), two.getClass());
    }

    @Test
    @DisplayName("IS3 PO6 a function that captured what cannot travel is refused by name, at once")
    void refused() {
        var lock = new Object();
        var e = assertThrows(IllegalArgumentException.class, () -> Functions.pack((Call<Integer>) lock::hashCode));
        assertEquals(
                "what the function captured (java.lang.Object) cannot travel to another process, because java.lang.Object is not Serializable; make it inside the function instead",
                e.getMessage());
        assertInstanceOf(NotSerializableException.class, e.getCause());
        Call<Integer> inner = lock::hashCode;
        assertTrue(assertThrows(
                        IllegalArgumentException.class, () -> Functions.pack((Call<Integer>) () -> inner.call() + 1))
                .getMessage()
                .startsWith("what the function captured (java.lang.Object) cannot travel"));
        record Holder(int n, Thread thread) implements Call<Integer> {
            @Override
            public Integer call() {
                return n;
            }
        }
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> Functions.pack(new Holder(1, new Thread(() -> {}))))
                        .getMessage()
                        .startsWith(
                                "the field thread (java.lang.Thread) of the function (heddle.processes.FunctionsTest$1Holder) cannot travel"));
    }

    @Test
    @DisplayName("damaged bytes of a function give an exception")
    void fuzz() {
        var seeds = List.of(
                Functions.pack(counted(1)).toBytes(),
                Functions.pack((Call<Object>) new Adder(3)::toString).toBytes());
        var random = new Random(3);
        var read = 0;
        for (var round = 0; round < 5000; round++) {
            var bytes = seeds.get(round % 2).clone();
            for (var flips = 1 + random.nextInt(3); flips > 0; flips--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
            }
            try {
                Codec.read(bytes).value();
                read++;
            } catch (UnreadableValueException e) {
                // as it should be
            }
        }
        assertTrue(read < 4000, "read " + read);
    }

    // ---- with a notebook's variables, in a real child

    private static final String VARIABLES = """
            package REPL;
            import java.util.*;
            public class $JShell$1 {
                public static int count = 1;
                public static List<String> names = new ArrayList<>(List.of("Ann"));
                public static List<String> sameNames = names;
                public static Map<String, Integer> cache;
                public static Thread reader = new Thread(() -> {});
                public record Order(String dish) implements java.io.Serializable { public String toString() { return dish + count; } }
            }
            """;

    private static Cells cells(String body) throws Exception {
        return Cells.of(Map.of("REPL.$JShell$1", VARIABLES, "REPL.$JShell$2", """
                package REPL;
                import static REPL.$JShell$1.*;
                import heddle.processes.*;
                import java.util.*;
                public class $JShell$2 {
                    public static Object run() throws Exception {
                        %s
                    }
                }
                """.formatted(body)));
    }

    private static List<Object> results(String body) throws Exception {
        var results = new ArrayList<>();
        try (var worker = new Worker()) {
            // the class is made when the child already runs
            for (var function : (List<?>) cells(body).run("REPL.$JShell$2")) {
                results.add(
                        function instanceof Supplier<?> supplier
                                ? supplier.get()
                                : worker.send(Functions.pack((Serializable) function)));
            }
        }
        return results;
    }

    @Test
    @DisplayName(
            "a function of a notebook starts from the values that the variables have when it is packed, every time")
    void snapshot() throws Exception {
        assertEquals(List.of("[Ann]true1", "done", "[Ann, Bob]true41"), results("""
                Call<String> call = () -> names + "" + (names == sameNames) + count;
                java.util.function.Supplier<String> change = () -> { names.add("Bob"); count = 41; return "done"; };
                return List.of(call, change, call);
                """));
    }

    @Test
    @DisplayName(
            "PO24 a function of a class that is made after the child began works, with objects of such classes that it captured or gives back")
    void late() throws Exception {
        var results = results("""
                count = 7;
                var order = new Order("soup");
                return List.of((Call<Object>) () -> order, (Call<String>) () -> order.toString(), (Call<String>) () -> new Order("tea") + "");
                """);
        assertEquals("REPL.$JShell$1$Order", results.get(0).getClass().getName());
        assertEquals(List.of("soup7", "tea7"), results.subList(1, 3));
    }

    @Test
    @DisplayName("a record that was captured brings the variables that its methods read")
    void capturedRecord() throws Exception {
        assertEquals(List.of("soup7", "soup8", "[soup8]"), results("""
                count = 7;
                var order = new Order("soup");
                Call<String> call = () -> order + "";
                var orders = new ArrayList<>(List.of(order));
                java.util.function.Supplier<Object> change = () -> { count = 8; return "soup8"; };
                return List.of(call, change, (Call<String>) () -> orders + "");
                """));
    }

    @Test
    @DisplayName("what a worker made of a variable stays until the variable is changed here")
    void own() throws Exception {
        assertEquals(java.util.Arrays.asList(null, 3, 3, null, 1), results("""
                Action initializer = () -> cache = new HashMap<>(Map.of("a", 3));
                Call<Integer> look = () -> cache.get("a");
                Call<Integer> lookToo = () -> cache.get("a") + names.size() - 1;
                java.util.function.Supplier<Object> change = () -> { cache = new HashMap<>(Map.of("a", 1)); return null; };
                return List.of(initializer, look, lookToo, change, look);
                """));
    }

    @Test
    @DisplayName("a variable that is only assigned need not travel; one that is read and cannot is refused by name")
    void variables() throws Exception {
        assertEquals(List.of(4), results("return List.of((Call<Integer>) () -> { reader = null; return 4; });"));
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> results("return List.of((Call<Object>) () -> { reader.start(); return 4; });"));
        assertEquals(
                "the variable reader (java.lang.Thread), which the function uses, cannot travel to another process, because java.lang.Thread is not Serializable; make it inside the function instead",
                e.getMessage());
    }
}
