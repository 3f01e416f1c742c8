package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import heddle.notebook.channel.Frame;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import heddle.protocol.Message;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.SPIResolutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Cells whose pieces are compiled at once do what they do when JShell takes one piece after the other. */
public class FastShellTest {

    /** What cells said. */
    private static final List<String> SAID = new ArrayList<>();

    /** For cells. */
    public static void say(Object something) {
        SAID.add(String.valueOf(something));
    }

    private static final List<String> CELLS = List.of(
            // each sees those before it, and none after it
            "int a = 1;\nint b = a + 1;\nsay(a + b);\nint c = b * b;\nsay(c);\nc",
            "say(d);\nint d = 4;\nsay(d);",
            "int d = 4;\nsay(d);\nd++;\nsay(d);\nlong e = d;\ne",
            "int a = 5; String b = \"text\"; say(a + b); var c = b + a; c",
            "c.length()",
            // the same again, and changed: what a lambda holds stays what it was
            "int n = 0;\nRunnable up = () -> n++;\nup.run();\nsay(n);",
            "int n = 0;\nRunnable up = () -> n++;\nup.run();\nsay(n);",
            "Runnable old = up;\nint n = 10;\nRunnable up = () -> n += 10;\nup.run(); old.run();\nsay(n);",
            "int n = 10;\nold.run();\nsay(n);",
            // declared twice, and of another type
            "int t = 1;\nsay(t);\nString t = \"t\";\nsay(t.length());\nt",
            "double t = 2;\nt += 1;\nt",
            // an error ends the cell, and what stands behind it was never there
            "int g = 1;\nsay(g);\nint h = unknown;\nint i = 3;",
            "g",
            "i",
            "int g = 2;\nsay(g);\nint g2 = 1 / (g - 2);\nint g = 3;\nString g3 = \"\";\nsay(\"not reached\");",
            "g + g2",
            "g3",
            "String g = \"now text\";\nsay(g);\nthrow new IllegalStateException(g);",
            "int g = 7;\nint[] none = null;\nsay(none[0]);\nlong g = 8;",
            "g",
            "int k = 1;\nfor (int j = 0; j < 3; j++) {\n    k *= 2;\n    if (j == 2) {\n        throw new RuntimeException(\"in \" + j);\n    }\n}\nint k = 100;",
            "k",
            // inferred types, also of names that are new
            "var list = new ArrayList<String>();\nlist.add(\"x\");\nvar first = list.get(0);\nsay(first.length());\nlist",
            "var one = 1;\nvar two = one + 1;\nint three = one + two;\nthree",
            "var anonymous = new Object() { int z = 5; };\nsay(anonymous.z);\nint z = anonymous.z;\nz",
            "List<Integer> sorted = new ArrayList<>(List.of(3, 1, 2));\nsorted.sort(null);\nsay(sorted);\nInteger best = sorted.stream().max(Comparator.naturalOrder()).get();\nbest",
            // methods and types between them
            "int base = 2;\nint power(int p) { return p == 0 ? 1 : base * power(p - 1); }\nsay(power(3));\nbase = 3;\nsay(power(3));\nint base = 5;\npower(2)",
            "class Box { int v = base; }\nBox box = new Box();\nbox.v++;\nsay(box.v);\nBox other = box;\nother.v",
            "class Box { int w = 1; }\nsay(new Box().w);\nBox box = new Box();\nbox.w",
            "other",
            "int f(int x) { return g2nd(x) + 1; }\nint r = 1;\nsay(f(r));\nint g2nd(int x) { return x; }",
            "int g2nd(int x) { return 2 * x; }\nsay(f(4));\nint r = f(5);\nr",
            "int even(int n) { return n == 0 ? 1 : odd(n - 1); }\nint odd(int n) { return n == 0 ? 0 : even(n - 1); }\nint last() { return even(4); }\nsay(last());",
            "int over(int n) { return 1; }\nint over(String s) { return 2; }\nint over(java.lang.String s) { return 3; }\nsay(over(1) + over(\"\"));",
            "int over(int n) { return 10; }\nsay(over(1) + over(\"\"));",
            "int one() { return 1; }\nint two() { return one() + one(); }\nclass Three { int v = two() + one(); }\nint three() { return new Three().v; }\nsay(three());\nvoid fails() { throw new IllegalStateException(\"\" + three()); }\nint four() { return 4; }\nfails();\nint five() { return 5; }",
            "int two() { return 20; }\nint four() { return 4; }\nsay(four() + three());\nfive()",
            "<T extends Comparable<T>> T most(List<T> of) { return of.stream().max(Comparator.naturalOrder()).get(); }\nint most(Set<Integer> of) { return 0; }\nmost(List.of(1, 3)) + most(Set.of(2))",
            "Runnable inside() { return new Runnable() { public void run() { say(\"in \" + one()); } }; }\ninside().run();\nRunnable kept = inside();",
            "Runnable inside() { return new Runnable() { public void run() { say(\"changed \" + one()); } }; }\ninside().run();\nkept.run();",
            "Runnable held = new Runnable() { public void run() { say(1); } };\nRunnable same = held;\nheld.run();",
            "Runnable held = new Runnable() { public void run() { say(2); } };\nheld.run();\nsame.run();",
            "sealed interface Shape {}\nrecord Dot() implements Shape {}\nrecord Line(int length) implements Shape {}\nint size(Shape s) { return switch (s) { case Dot d -> 0; case Line(int n) -> n; }; }\nsay(size(new Line(3)));\nnew Dot()",
            "class A1 { B1 b; }\nclass B1 { A1 a; int v = 3; }\nA1 a1 = new A1();\na1.b = new B1();\na1.b.v",
            "abstract int later(int n);\nint toString() { return 1; }\nint now() { return 1; }",
            // waiting declarations
            "int late() { return soon; }\nsay(1);\nint soon = 6;\nsay(late());",
            "Unknown u;\nsay(2);\nint w = 1;",
            "class Unknown {}\nUnknown u = new Unknown();\nsay(u != null);",
            // final and volatile
            "final int LIMIT = 3;\nsay(LIMIT);\nLIMIT = 4;\nsay(LIMIT);",
            "volatile boolean flag = true;\nflag = false;\nflag",
            // forms of statements
            "{ int inner = 1; say(inner); }\nint inner = 2;\nsay(inner);",
            "int q;\nsay(q);\nq = 3;\nint[] arr = {1, 2, q}, brr[] = {{4}};\nint s1 = 1, s2 = s1 + 1;\nsay(arr[2] + brr[0][0] + s2);",
            "int x1 = 1 /* one */; // first\n/* second */ int x2 = x1 + 1;\n\n;;\nsay(x2); // last",
            "int y\\u0031 = 5;\nsay(y1);\nint y2 = y\\u0031 + 1;\ny2",
            "String block = \"\"\"\n  {\n    ;\n  \"\"\";\nsay(block.length());\nchar ch = ';';\nsay(ch);",
            "switch (x1) { case 1 -> say(\"one\"); default -> say(\"more\"); }\nint sw = switch (x1) { case 1 -> 10; default -> 20; };\nsw",
            "try { say(1 / (x1 - 1)); } catch (ArithmeticException e) { say(e.getMessage()); } finally { say(\"end\"); }\nint after = 1;\nassert after == 1;",
            "outer:\nfor (int o = 0; o < 2; o++) { for (;;) { continue outer; } }\nint p = 0;\ndo { p++; } while (p < 3);\nwhile (p > 0) p--;\np",
            "int before = 1;\nbreak;\nint never = 2;",
            "before",
            "int before2 = 1;\nreturn;\nint never2 = 2;",
            "int it = 3;\nint it2 = it\nit2",
            "int aa = 1;\nsynchronized (list) { say(aa); }\n+ aa",
            "1 + 1;\n$1",
            "x1 = 5; x2 = x1++ + ++x1; x2",
            "Object o1 = new Object() { public String toString() { return \"o\" + x1; } };\nsay(o1);\nString o2 = o1 + \"!\";\no2",
            "import java.math.*;\nBigInteger big = BigInteger.TEN;\nsay(big);\nimport java.text.*;\nbig.add(BigInteger.ONE)",
            "int import1 = 1;\nimport java.nope.*;\nint import2 = 2;",
            "Function<Integer, Function<Integer, Integer>> add = l -> m -> l + m;\nint sum = add.apply(3).apply(4);\nsay(sum);\nsum = add.apply(sum).apply(1);\nsum",
            "record P(int l, int m) {}\nP p1 = new P(1, 2);\nif (p1 instanceof P(var l, var m)) { say(l + m); }\nenum E { ONE, TWO }\nE e1 = E.ONE;\nsay(e1);\ne1.compareTo(E.TWO)",
            "int dup = 1; int dup = 2; int dup = 3; say(dup);\ndup",
            "String self = self + 1;\nsay(self);",
            "long x1 = 9;\nsay(x1);\nint x2 = (int) x1;",
            "byte bt = 300;\nint fine = 1;",
            "int fine = 1;\nbyte bt = 300;\nint fine2 = 2;\nsay(fine);",
            "say(fine);\nsay(fine2);");

    /** Runs the code where it is, as the notebook process would. */
    private static final class Here extends ClassLoader implements Compiler.Runner {
        private final Map<String, byte[]> classes = new HashMap<>();

        Here() {
            super(Here.class.getClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            var bytes = classes.get(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }

        @Override
        public String load(List<Frame.ClassBytes> loaded) {
            for (var one : loaded) {
                classes.putIfAbsent(one.name(), one.bytes()); // overloads come twice
            }
            return null;
        }

        @Override
        public String redefine(List<Frame.ClassBytes> changed) {
            // How often depends on the order in which JShell looks at dependents.
            if (!SAID.contains("changed in place")) {
                SAID.addFirst("changed in place");
            }
            return null;
        }

        @Override
        public Frame.Report invoke(List<Frame.ClassBytes> loaded, String className, String methodName, boolean show) {
            load(loaded);
            try {
                var method = loadClass(className).getDeclaredMethod(methodName);
                method.setAccessible(true);
                var value = method.invoke(null);
                return new Frame.Returned(
                        show && value != null
                                ? new Frame.Bundle(Map.of("text/plain", String.valueOf(value)), Map.of())
                                : null);
            } catch (InvocationTargetException e) {
                return threw(e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        private static Frame.Report threw(Throwable thrown) {
            if (thrown instanceof SPIResolutionException unresolved) {
                return new Frame.Unresolved(unresolved.id());
            }
            var places = Arrays.stream(thrown.getStackTrace())
                    .filter(frame -> frame.getClassName().startsWith("REPL."))
                    .map(frame -> frame.getMethodName() + " " + frame.getFileName() + ":" + frame.getLineNumber())
                    .toList();
            return new Frame.Threw(
                    new Frame.Failure(thrown.getClass().getName(), String.valueOf(thrown.getMessage()), places));
        }

        @Override
        public Frame.Report variable(String className, String fieldName) {
            return new Frame.Returned(null);
        }

        @Override
        public void addToClassPath(List<String> paths) {}
    }

    private static final List<String> IMPORTS = Stream.concat(
                    Session.IMPORTS.stream(), Stream.of("import static heddle.kernel.FastShellTest.say;"))
            .toList();

    /** What became of each cell, and what is declared afterwards. */
    private static List<String> play(List<String> cells, boolean isFast) {
        var events = new ArrayList<String>();
        try (var compiler = new Compiler(new Here(), NotebookProcess.classPath(), IMPORTS, List.of(), isFast);
                var outputs = new Outputs()) {
            assertEquals(isFast, compiler.fast().works());
            var tools = new Session.Tools(
                    compiler,
                    new Splitter(compiler.analysis()),
                    null,
                    Magics.found(),
                    null,
                    null,
                    new CellSources(),
                    Settings.NONE,
                    List.of());
            int number = 0;
            for (var cell : cells) {
                number++;
                var notes = new Notes();
                outputs.open(number, notes, false);
                var result = new Run(tools, outputs, number, number, () -> false).run(cell, () -> false, () -> {});
                outputs.flush(number);
                var text = switch (result) {
                    case Run.Result.Value(var bundle) ->
                        bundle == null ? "" : bundle.data().toString();
                    case Run.Result.Failed failed ->
                        (failed.evalue() + failed.traceback())
                                .replaceAll("JShell\\$\\d+[A-Z]*", "JShell"); // tries take numbers too;
                    case Run.Result.Stopped _ -> "stopped";
                };
                events.add(String.join("\n  ", cell, "said " + SAID, text, notes.lines.toString(), declared(compiler)));
                SAID.clear();
            }
        }
        return events;
    }

    private static String declared(Compiler compiler) {
        return compiler.declared()
                .map(snippet -> switch (snippet) {
                    case VarSnippet variable -> variable.typeName() + " " + variable.name();
                    case DeclarationSnippet other -> other.name();
                    default -> "";
                })
                .filter(name -> !name.isEmpty())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static final class Notes implements Exchange {
        /** Sorted, for what depends on something is compiled anew in no certain order. */
        final Set<String> lines = new TreeSet<>();

        @Override
        public Message request() {
            throw new AssertionError();
        }

        @Override
        public synchronized void publish(Content content, Map<String, JsonNode> metadata, List<byte[]> buffers) {
            ((Content.Stream) content).text().lines().forEach(lines::add);
        }

        @Override
        public String input(String prompt, boolean password) {
            throw new AssertionError();
        }
    }

    private static void same(List<String> cells) {
        var plain = play(cells, false);
        var fast = play(cells, true);
        for (int i = 0; i < cells.size(); i++) {
            assertEquals(plain.get(i), fast.get(i), "cell " + (i + 1));
        }
    }

    @Test
    @DisplayName("outputs, values, errors, lines, notes and declarations are the same")
    void sameAsOneByOne() {
        same(CELLS);
    }

    @Test
    @DisplayName("so they are for cells that chance has written")
    void sameByChance() {
        var chance = new Random(3);
        same(IntStream.range(0, 25)
                .mapToObj(_ -> IntStream.range(0, 1 + chance.nextInt(6))
                        .mapToObj(_ -> piece(chance))
                        .collect(Collectors.joining("\n")))
                .toList());
    }

    private static String piece(Random chance) {
        var names = List.of("a", "b", "c", "d");
        var name = names.get(chance.nextInt(4));
        var other = names.get(chance.nextInt(4));
        int number = chance.nextInt(4);
        return switch (chance.nextInt(20)) {
            case 0, 1, 2 -> "int " + name + " = " + number + ";";
            case 3 -> "int " + name + " = " + other + " + " + number + ";";
            case 4 -> "String " + name + " = \"" + number + "\" + " + other + ";";
            case 5 -> "var " + name + " = " + other + ";";
            case 6 -> "long " + name + ";";
            case 7, 8, 9 -> "say(" + name + ");";
            case 10 -> name + " += " + number + ";";
            case 11 -> "if (" + number + " > 1) { " + name + " += " + other + "; }";
            case 12 -> "for (int i = 0; i < " + number + "; i++) {\n    say(" + name + ");\n}";
            case 13 -> "int f" + number + "() { return " + name + "; }";
            case 14 -> "say(f" + number + "());";
            case 15 -> "Supplier<Object> s" + number + " = () -> " + name + ";";
            case 16 -> "say(s" + number + ".get());";
            case 17 -> "class T" + number + " { Object held = " + name + "; }";
            case 18 -> "say(new T" + number + "().held);";
            default -> "say(1 / (" + name + " - " + number + "));";
        };
    }
}
