package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.Frame;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Stack traces name the lines that the learner sees: each kind of code, wherever it stands in its cell. */
class CellLinesTest {

    private final InThisJvm runner = new InThisJvm();
    private final Compiler compiler =
            new Compiler(runner, System.getProperty("java.class.path"), List.of("import java.util.*;"));
    private final Splitter splitter = new Splitter(compiler.analysis());

    @AfterEach
    void close() {
        compiler.close();
    }

    /** Runs the snippets of a cell one by one and gives what the last one ended with. */
    private Compiler.Outcome cell(int number, String code) {
        Compiler.Outcome outcome = null;
        for (var snippet : splitter.split(code)) {
            int line = 1
                    + (int) code.substring(0, snippet.start())
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            outcome = compiler.evaluate(snippet.text(), new WrappedLines.Origin(number, line), true);
        }
        return outcome;
    }

    /** The innermost frames of the exception that the cell ends with, as "cell 7:3". */
    private List<String> frames(int number, String code) {
        var outcome = cell(number, code);
        return assertInstanceOf(Compiler.Outcome.Threw.class, outcome, outcome::toString)
                .failure()
                .traceback();
    }

    private static void assertStartsWith(List<String> expected, List<String> frames) {
        assertEquals(expected, frames.subList(0, Math.min(expected.size(), frames.size())));
    }

    @Test
    void statement() {
        assertStartsWith(List.of("cell 1:1"), frames(1, "throw new Error();"));
        assertStartsWith(List.of("cell 2:4"), frames(2, "\n\n// a comment\nif (true) { throw new Error(); }"));
        assertStartsWith(
                List.of("cell 3:3"),
                frames(3, "for (int i = 0; i < 2; i++) {\n  int j = i;\n  Objects.requireNonNull(null);\n}"));
    }

    @Test
    void secondAndLaterSnippetsOfACell() {
        assertStartsWith(
                List.of("cell 4:5"),
                frames(4, "int a = 1;\nint b = 2;\n\n/* two\nlines */ if (b == 2) throw new Error();"));
        assertStartsWith(List.of("cell 5:3"), frames(5, "int c = 1; int d = 2;\n;\nint e = d / (c - 1);"));
    }

    @Test
    void expression() {
        assertStartsWith(
                List.of("cell 1:2"),
                frames(1, "\nInteger.parseInt(\"x\")").stream()
                        .filter(f -> f.startsWith("cell"))
                        .toList());
        assertStartsWith(List.of("cell 2:3"), frames(2, "List.of(1,\n2).get(\nInteger.parseInt(\"x\"))"));
    }

    @Test
    void variables() {
        assertStartsWith(List.of("cell 1:3"), frames(1, "int x =\n\n  Integer.parseInt(\"\");"));
        assertStartsWith(List.of("cell 2:1"), frames(2, "int[] a = new int[-1];"));
        assertStartsWith(
                List.of("cell 3:2"),
                frames(3, "var list =\n List.of((Object) null);").stream()
                        .filter(f -> f.startsWith("cell"))
                        .toList());
        assertStartsWith(List.of("cell 4:2"), frames(4, "int p = 1,\n q = 1 / 0;"));
        // The type of this one cannot be written down.
        assertStartsWith(List.of("cell 5:3"), frames(5, "\nvar anonymous = new Object() {\n  int y = 1 / 0;\n};"));
    }

    @Test
    void methods() {
        cell(1, "int zero() {\n  return 0;\n}\n\nint divide(int x) {\n  int y = x;\n  return y / zero();\n}");
        assertStartsWith(List.of("cell 1:7", "cell 2:2"), frames(2, "\ndivide(3)"));
    }

    @Test
    void overloadsOfOneCellShareAClass() {
        cell(1, "\n// the first\nint f(String s) {\n\n  return 1 / 0;\n}");
        cell(2, "int f(int x) {\n  return f(\"\" + x);\n}\n\nint f(long a) { return f((int) a); }");
        assertEquals(List.of("cell 1+2:5", "cell 1+2:2", "cell 1+2:5", "cell 3:1"), frames(3, "f(1L)"));
    }

    @Test
    void classesAndWhatIsInThem() {
        var declared = cell(6, """
            // a comment before
            class Bank {
                int balance;

                Bank() {
                    this(1);
                }

                Bank(int zero) {
                    balance = 1 / (zero - 1);
                }

                static class Inner {
                    void fail() {
                        new Object() {
                            void deep() {
                                throw new IllegalStateException();
                            }
                        }.deep();
                    }
                }
            }

            record Point(int x) {
                Point {
                    if (x < 0) throw new IllegalArgumentException();
                }
            }
            """);
        assertEquals(new Compiler.Outcome.Done(null, List.of()), declared);
        assertStartsWith(List.of("cell 6:10", "cell 6:6", "cell 7:1"), frames(7, "new Bank()"));
        assertStartsWith(List.of("cell 6:17", "cell 6:19", "cell 8:1"), frames(8, "new Bank.Inner().fail();"));
        assertStartsWith(List.of("cell 6:26"), frames(9, "new Point(-1)"));
    }

    @Test
    void lambdas() {
        cell(1, "Runnable r = () -> {\n\n  throw new Error();\n};");
        assertStartsWith(List.of("cell 1:3", "cell 2:2"), frames(2, "\nr.run();"));
    }

    @Test
    void redefinition() {
        cell(1, "int f() {\n  return 1 / 0;\n}");
        assertStartsWith(List.of("cell 1:2"), frames(2, "f()"));
        cell(3, "\n\n\nint f() {\n\n  return 1 / 0;\n}");
        assertStartsWith(List.of("cell 3:6", "cell 4:1"), frames(4, "f()"));
    }

    @Test
    void dependentsThatAreCompiledAgainKeepTheirLines() {
        cell(1, "class A {\n  int v() { return 0; }\n}");
        cell(2, "\n\nint g(A a) {\n  return 1 / a.v();\n}");
        assertStartsWith(List.of("cell 2:4"), frames(3, "g(new A())"));
        cell(4, "class A { int v() { return 0; }\n int w; }");
        assertStartsWith(List.of("cell 2:4", "cell 5:1"), frames(5, "g(new A())"));
    }

    @Test
    void waitingMethodThatIsCompleted() {
        assertInstanceOf(Compiler.Outcome.Done.class, cell(1, "\nint h() {\n  return later() / 0;\n}"));
        assertEquals(
                List.of("Method h() is created; it can be used once method later() is declared."),
                compiler.takeWaiting());
        var unready = assertInstanceOf(Compiler.Outcome.Unready.class, cell(2, "h()"));
        assertEquals("Method h() cannot be used before method later() is declared.", unready.sentence());
        cell(3, "int even() { return odd(); }\nint odd() { return even(); }\nint later() { return 1; }");
        assertEquals(List.of(), compiler.takeWaiting());
        assertStartsWith(List.of("cell 1:3", "cell 4:1"), frames(4, "h()"));
    }

    @Test
    void volatileVariablesAreVolatile() throws Exception {
        cell(1, "/* said */ volatile boolean running = true;");
        cell(2, "private volatile int i; int plain;");
        assertTrue(Modifier.isVolatile(runner.field("running").getModifiers()));
        assertTrue(Modifier.isVolatile(runner.field("i").getModifiers()));
        assertEquals(0, runner.field("plain").getModifiers() & Modifier.VOLATILE);
    }

    @Test
    void theLatestValuesKeepTheirNames() {
        for (int i = 1; i <= 2 * Compiler.VALUES_KEPT; i++) {
            assertInstanceOf(Compiler.Outcome.Done.class, cell(i, "10 * " + i));
        }
        var kept = assertInstanceOf(Compiler.Outcome.Done.class, cell(90, "$" + (Compiler.VALUES_KEPT + 2) + " + 1"));
        assertEquals("121", kept.value().data().get("text/plain"));
        assertInstanceOf(Compiler.Outcome.Refused.class, cell(91, "$2"));
    }

    @Test
    void compileErrorsSayWhere() {
        var refused = assertInstanceOf(Compiler.Outcome.Refused.class, cell(1, "int x = 1;\nint y = unknown;"));
        var problem = refused.problems().getFirst();
        assertEquals("cannot find symbol", problem.message());
        assertEquals(List.of("symbol: variable unknown"), problem.details());
        assertEquals("\nint y = ".length(), problem.position());
        assertEquals("\nint y = unknown".length(), problem.end());
    }

    @Test
    void redefinedTypeSaysWhatItReset() {
        cell(1, "class A {}");
        cell(2, "A a = new A();");
        var done = assertInstanceOf(Compiler.Outcome.Done.class, cell(3, "class A { int x; }"));
        assertEquals(
                List.of(
                        "Class A is a new class now; objects made before keep the old one.",
                        "Variable a has the new A as its type now and was reset."),
                done.notes());
    }

    @Test
    void aVarOfARedefinedClassSaysWhatToDo() {
        cell(1, "class A {}");
        cell(2, "var a = new A();");
        var done = assertInstanceOf(Compiler.Outcome.Done.class, cell(3, "class A { int x; }"));
        assertEquals(
                List.of(
                        "Class A is a new class now; objects made before keep the old one.",
                        "Variable a can be used again once it is declared anew, because its class is a new one now."),
                done.notes());
    }

    @Test
    void whatIsResetForAnotherReasonIsNotSaidToHaveANewType() {
        cell(1, "class A {}");
        cell(2, "Object a = new A();");
        cell(3, "class A { int x; }");
        var done = assertInstanceOf(Compiler.Outcome.Done.class, cell(4, "import java.util.zip.*;"));
        assertEquals(
                List.of("Variable a was reset, because something that its declaration uses has changed."),
                done.notes());
    }

    /** Runs class files here, as the notebook process does there. */
    private static final class InThisJvm implements Compiler.Runner {
        private final Map<String, byte[]> classes = new HashMap<>();
        private final ClassLoader loader = new ClassLoader(InThisJvm.class.getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                var bytes = classes.get(name);
                if (bytes == null) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, bytes, 0, bytes.length);
            }
        };

        @Override
        public String load(List<Frame.ClassBytes> loaded) {
            loaded.forEach(one -> classes.put(one.name(), one.bytes()));
            return null;
        }

        java.lang.reflect.Field field(String name) throws Exception {
            for (var className : classes.keySet()) {
                for (var field : loader.loadClass(className).getDeclaredFields()) {
                    if (field.getName().equals(name)) {
                        return field;
                    }
                }
            }
            throw new NoSuchFieldException(name);
        }

        @Override
        public String redefine(List<Frame.ClassBytes> changed) {
            return "not here";
        }

        @Override
        public Frame.Report invoke(List<Frame.ClassBytes> classes, String className, String methodName, boolean show) {
            load(classes);
            try {
                var method = loader.loadClass(className).getDeclaredMethod(methodName);
                method.setAccessible(true);
                var value = method.invoke(null);
                return new Frame.Returned(
                        show ? new Frame.Bundle(Map.of("text/plain", String.valueOf(value)), Map.of()) : null);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof jdk.jshell.spi.SPIResolutionException waits) {
                    return new Frame.Unresolved(waits.id());
                }
                var frames = new ArrayList<String>();
                for (var frame : e.getCause().getStackTrace()) {
                    if (frame.getClassName().startsWith("REPL.")) {
                        frames.add(frame.getFileName() + ":" + frame.getLineNumber());
                    }
                }
                return new Frame.Threw(new Frame.Failure(
                        e.getCause().getClass().getName(),
                        String.valueOf(e.getCause().getMessage()),
                        frames));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public Frame.Report variable(String className, String fieldName) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void addToClassPath(List<String> paths) {}
    }
}
