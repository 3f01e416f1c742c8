package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tasks from classes that no child has on its class path, with the variables that they reach. */
class NotebookTest {
    /** The classes of JShell look like this: a variable is a public static field, a cell's code is in a method. */
    private static final String VARIABLES = """
            package REPL;
            import heddle.processes.*;
            import java.util.*;
            public class $JShell$1 {
                public static int count = 1;
                public static List<String> names = new ArrayList<>(List.of("Ann"));
                public static List<String> sameNames = names;
                public static Object unreachable = new Object();
                public static Thread reader = new Thread(() -> {});
                public static Map<Colour, Order> orders = new EnumMap<>(Colour.class);
                public static ChildProcess helper;
                public static int assignedOnly = 5;

                public record Order(String dish, int table) implements java.io.Serializable {}
                public enum Colour { RED, GREEN { @Override public String shout() { return "G!"; } }; public String shout() { return name(); } }
                public interface Shape extends java.io.Serializable { double area(); }
                public static double scale = 1;
                public record Square(double side) implements Shape { public double area() { return side * side * scale; } }
                public static Shape shape = new Square(3);
                public static class Waiter extends ChildProcess {
                    public int tables;
                    public Waiter(String name, int tables) { super(name); this.tables = tables; }
                    @Override public void run() { tables++; count += tables; System.out.println(name() + " " + tables + " " + count); }
                }
                public static class Careless extends ChildProcess {
                    public Thread helper = new Thread(() -> {});
                    @Override public void run() { System.out.println("never"); }
                }
                public static class Lazy { public static int loaded = 7; static { System.out.println("Lazy is here"); } }
                static int twice(int n) { return 2 * n + count; }
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

    private static List<String> linesOf(String body) throws Exception {
        try (var captured = new Captured()) {
            var child = (ChildProcess) cells(body).run("REPL.$JShell$2");
            child.start().join();
            assertEquals("", captured.err());
            assertEquals(0, child.exitCode());
            return captured.lines();
        }
    }

    private static String refusalOf(String body) throws Exception {
        var child = (ChildProcess) cells(body).run("REPL.$JShell$2");
        var e = assertThrows(IllegalArgumentException.class, child::start);
        assertFalse(child.isAlive());
        assertNull(child.pid());
        return e.getMessage();
    }

    @Test
    @DisplayName("the child starts from the values that variables have at start, and its changes stay its own")
    void snapshot() throws Exception {
        try (var captured = new Captured()) {
            var cells = cells("""
                    count = 41; names.add("Bob");
                    return new ChildProcess(() -> { count++; names.add("Cid"); System.out.println(count + " " + names + " " + sameNames + (names == sameNames)); });
                    """);
            var child = (ChildProcess) cells.run("REPL.$JShell$2");
            child.start().join();
            assertEquals(List.of("42 [Ann, Bob, Cid] [Ann, Bob, Cid]true"), captured.lines());
            var variables = cells.loadClass("REPL.$JShell$1");
            assertEquals(41, variables.getField("count").get(null));
            assertEquals(List.of("Ann", "Bob"), variables.getField("names").get(null));
        }
    }

    @Test
    @DisplayName("start takes the values, not the making of the ChildProcess")
    void valuesAtStart() throws Exception {
        assertEquals(List.of("8"), linesOf("""
                var child = new ChildProcess(() -> System.out.println(count));
                count = 8;
                return child;
                """));
    }

    @Test
    @DisplayName("a variable is found behind method calls, lambdas inside the task, and objects that travel")
    void reach() throws Exception {
        assertEquals(List.of("12", "9.5", "18.0"), linesOf("""
                count = 2; scale = 2;
                double extra = 0.5;
                return new ChildProcess(() -> {
                    System.out.println(twice(5));
                    java.util.function.Supplier<Double> inner = () -> 9 + extra;
                    System.out.println(inner.get());
                    System.out.println(shape.area());
                });
                """));
    }

    @Test
    @DisplayName("records, enums with bodies, and an enum map travel")
    void recordsAndEnums() throws Exception {
        assertEquals(List.of("Order[dish=soup, table=4] GREEN G!", "RED"), linesOf("""
                orders.put(Colour.GREEN, new Order("soup", 4));
                var red = Colour.RED;
                return new ChildProcess(() -> {
                    orders.forEach((colour, order) -> System.out.println(order + " " + colour + " " + colour.shout()));
                    System.out.println(red.shout());
                });
                """));
    }

    @Test
    @DisplayName("a subclass travels with its fields, and gets the variables too")
    void subclass() throws Exception {
        try (var captured = new Captured()) {
            var cells = cells("count = 10; return new Waiter(\"Wim\", 3);");
            var child = (ChildProcess) cells.run("REPL.$JShell$2");
            child.start().join();
            assertEquals(List.of("Wim 4 14"), captured.lines());
            assertEquals(3, child.getClass().getField("tables").get(child));
        }
    }

    @Test
    @DisplayName("arguments, lambdas and method references of the notebook travel through of()")
    void arguments() throws Exception {
        assertEquals(List.of("soup 1 7"), linesOf("""
                class Local { static void serve(Order order, int n) { System.out.println(order.dish() + " " + count + " " + n); } }
                return ChildProcess.of(Local::serve, new Order("soup", 1), 7);
                """));
        assertEquals(List.of("hello Ada, 36"), linesOf("""
                return ChildProcess.of((name, age) -> System.out.println("hello " + name + ", " + age), "Ada", 36);
                """));
    }

    @Test
    @DisplayName("a class that only reflection names is fetched when it is needed")
    void fetched() throws Exception {
        assertEquals(List.of("Lazy is here", "7"), linesOf("""
                return new ChildProcess(() -> {
                    var lazy = Class.forName("REPL.$JShell$1$Lazy", true, Thread.currentThread().getContextClassLoader());
                    System.out.println(lazy.getField("loaded").get(null));
                });
                """));
    }

    @Test
    @DisplayName("a class that a shutdown hook needs is fetched even then")
    void fetchedAtTheEnd() throws Exception {
        assertEquals(List.of("Lazy is here"), linesOf("""
                return new ChildProcess(() -> {
                    var loader = Thread.currentThread().getContextClassLoader();
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                        try {
                            Thread.sleep(100);
                            Class.forName("REPL.$JShell$1$Lazy", true, loader);
                        } catch (Exception e) {
                            e.printStackTrace();
                        }
                    }));
                });
                """));
    }

    @Test
    @DisplayName("a class that does not exist is not found in the child either")
    void notFound() throws Exception {
        assertEquals(List.of("java.lang.ClassNotFoundException: REPL.Nothing"), linesOf("""
                return new ChildProcess(() -> {
                    try {
                        Class.forName("REPL.Nothing", true, Thread.currentThread().getContextClassLoader());
                    } catch (ClassNotFoundException e) {
                        System.out.println(e);
                    }
                });
                """));
    }

    @Test
    @DisplayName("children of children get classes and variables too")
    void nested() throws Exception {
        assertEquals(List.of("5 Order[dish=tea, table=1]"), linesOf("""
                count = 4;
                return new ChildProcess(() -> {
                    count++;
                    var order = new Order("tea", 1);
                    new ChildProcess(() -> System.out.println(count + " " + order)).start().join();
                });
                """));
    }

    @Test
    @DisplayName("a variable that holds a ChildProcess travels as a name")
    void variableOfChild() throws Exception {
        assertEquals(List.of("me me true", "cannot join other in me: only the process that made it can"), linesOf("""
                var other = new ChildProcess("other", () -> {});
                helper = new ChildProcess("me", () -> {
                    System.out.println(helper.name() + " " + ChildProcess.current().name() + " " + (helper.pid() == ProcessHandle.current().pid()));
                    try { other.join(); } catch (IllegalStateException e) { System.out.println(e.getMessage()); }
                });
                return helper;
                """));
    }

    @Test
    @DisplayName("a variable that is only assigned does not travel")
    void assignedOnly() throws Exception {
        assertEquals(List.of("done"), linesOf("""
                return new ChildProcess(() -> { reader = null; System.out.println("done"); });
                """));
    }

    @Test
    @DisplayName("IS3 a variable within reach that cannot travel is refused by name, before anything is started")
    void refusedVariable() throws Exception {
        assertEquals(
                "the variable reader (java.lang.Thread), which the task of me uses, cannot travel to a child process, because java.lang.Thread is not Serializable; make it inside the task instead",
                refusalOf("return new ChildProcess(\"me\", () -> reader.start());"));
    }

    @Test
    @DisplayName("IS3 an argument and a field that cannot travel are refused by name")
    void refusedArguments() throws Exception {
        assertEquals(
                "an argument (java.lang.Object) of the task of me cannot travel to a child process, because java.lang.Object is not Serializable; make it inside the task instead",
                refusalOf("var lock = new Object(); return new ChildProcess(\"me\", () -> System.out.println(lock));"));
        assertTrue(refusalOf("var lock = new Object(); return ChildProcess.of(x -> {}, lock);")
                .startsWith("an argument (java.lang.Object) of the task of Process-"));
        assertTrue(refusalOf("return new Careless();").startsWith("the field helper (java.lang.Thread) of Process-"));
    }
}
