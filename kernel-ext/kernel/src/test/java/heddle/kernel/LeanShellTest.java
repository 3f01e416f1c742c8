package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.Frame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JShell made lean says and makes what JShell itself says and makes. */
class LeanShellTest {

    private static final Pattern CLASS_NUMBER = Pattern.compile("(?<=REPL\\.\\$JShell\\$|_)\\d+");

    /** Names that wait, change their type, hide behind inferred types, overloads, escapes and comments. */
    private static final List<String> CELLS = List.of(
            "int x = 1;",
            "int twice() { return 2 * y; }",
            "twice()",
            "int y = 3;",
            "twice()",
            "String y = \"a\";",
            "int y = 4;",
            "class A { int v = x; }",
            "var a = new A();",
            "A make() { return a; }",
            "var b = make();",
            "var list = List.of(b, make());",
            "b.v + list.get(0).v",
            "class A { long v = 2; }",
            "b.v",
            "a.v",
            "list.get(0).v",
            "record P(int x, int y) {}",
            "var ps = List.of(new P(1, 2));",
            "ps.get(0).x() + x",
            "int f(int n) { return n == 0 ? 0 : g(n - 1); }",
            "int g(int n) { return f(n); }",
            "f(3)",
            "void f(String s) {}",
            "f(\"x\")",
            "f(4)",
            "long g(int n) { return 5; }",
            "int g(int n) { return f(n); }",
            "var an = new Object() { int z = 5; };",
            "var bn = an;",
            "int an = 3;",
            "bn.z",
            "import java.math.*;",
            "BigInteger big = BigInteger.ONE;",
            "big.add(BigInteger.TWO)",
            "int \\u0061b = 3;",
            "\\u0061b + x",
            "unknown + 1",
            "int i = 1, j = x, k = j;",
            "for (int q = 0; q < k; q++) { x += q; }",
            "x",
            "int/* of y */x = y + 1;",
            "double x = 2;",
            "twice() + x",
            "<T> T id(T t) { return t; }",
            "id(ps)",
            "id(b)",
            "int[] arr = {1, 2}, brr[] = {{3}};",
            "arr.length + brr.length",
            "enum E { ONE }",
            "E e = E.ONE;",
            "switch (e) { case ONE -> x++; }",
            "interface I { int m(); }",
            "I in = () -> twice();",
            "in.m()",
            "String y = \"now text\";",
            "in.m()",
            "int v1 = 1;",
            "int v2 = v1;",
            "var v3 = v2;",
            "var v4 = List.of(v3);",
            "String v1 = \"\";",
            "v4",
            "int v1 = 2;",
            "v4.get(0) + v3 + v2",
            "int int = 3;",
            "x = \"no number\";",
            "import static java.util.Map.entry;",
            "entry(x, y)");

    /** What a cell was answered, and what would have run. */
    private static final class Recorder implements Compiler.Runner {
        final List<String> events = new ArrayList<>();
        final boolean changesInPlace;

        Recorder(boolean changesInPlace) {
            this.changesInPlace = changesInPlace;
        }

        @Override
        public String load(List<Frame.ClassBytes> classes) {
            classes.stream() // in no certain order
                    .map(bytes -> "load " + bytes.name() + " " + bytes.bytes().length)
                    .sorted()
                    .forEach(events::add);
            return null;
        }

        @Override
        public String redefine(List<Frame.ClassBytes> classes) {
            return changesInPlace ? null : "not here";
        }

        @Override
        public Frame.Report invoke(List<Frame.ClassBytes> classes, String className, String methodName, boolean show) {
            load(classes);
            events.add("invoke " + className + " " + show);
            return new Frame.Returned(null);
        }

        @Override
        public Frame.Report variable(String className, String fieldName) {
            return new Frame.Returned(null);
        }

        @Override
        public void addToClassPath(List<String> paths) {}
    }

    private static List<String> history(boolean isLean, boolean changesInPlace) {
        var recorder = new Recorder(changesInPlace);
        int forgotten = 0;
        try (var compiler = compiler(recorder, isLean)) {
            assertEquals(isLean, compiler.lean().works());
            for (var cell : CELLS) {
                recorder.events.add(cell);
                recorder.events.add(String.valueOf(compiler.evaluate(cell, new WrappedLines.Origin(1, 1), true)));
                if (isLean) {
                    forgotten += compiler.lean().forgetCompilers(9) ? 1 : 0;
                }
            }
        }
        assertEquals(isLean, forgotten > 5, "a compiler made anew knows the same");
        return recorder.events;
    }

    /** The classes by the order in which they come: what is tried first and refused takes a number too. */
    private static String numbered(List<String> events) {
        var numbers = new HashMap<String, Integer>();
        return CLASS_NUMBER
                .matcher(String.join("\n", events))
                .replaceAll(found -> "" + numbers.computeIfAbsent(found.group(), _ -> numbers.size()));
    }

    private static Compiler compiler(Compiler.Runner runner, boolean isLean) {
        return new Compiler(runner, NotebookProcess.classPath(), Session.IMPORTS, List.of(), isLean);
    }

    @ParameterizedTest(name = "classes change in place: {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("what is declared, waits, changes or is refused is the same, and the same classes run")
    void sameAsJShell(boolean changesInPlace) {
        var plain = history(false, changesInPlace);
        assertTrue(plain.toString().contains("can be used again once"), "something waits");
        assertTrue(plain.toString().contains("Refused"), "something is refused");
        assertEquals(numbered(plain), numbered(history(true, changesInPlace)));
    }

    @Test
    @DisplayName("what has run or was replaced leaves no class to the compiler, and completion knows every name")
    void forgets() {
        try (var compiler = compiler(new Recorder(true), true)) {
            var origin = new WrappedLines.Origin(1, 1);
            compiler.evaluate("int counted = 0;", origin, true);
            int before = compiler.lean().classes();
            assertTrue(before > 0);
            IntStream.range(0, Compiler.VALUES_KEPT + 2).forEach(n -> {
                compiler.evaluate("counted + " + n, origin, true);
                compiler.evaluate("{ counted++; }", origin, true);
                compiler.evaluate("int counted = " + n + ";", origin, true);
            });
            assertTrue(compiler.lean().classes() <= before + Compiler.VALUES_KEPT + 1, "classes are forgotten");
            assertFalse(compiler.analysis()
                    .completionSuggestions("coun", 4, new int[1])
                    .isEmpty());
        }
    }
}
