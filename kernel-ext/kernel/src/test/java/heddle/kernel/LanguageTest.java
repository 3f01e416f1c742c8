package heddle.kernel;

import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.Channel;
import heddle.protocol.Content;
import heddle.protocol.testkit.Expectation;
import heddle.protocol.testkit.Session;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a class types works: the language, as it stands in textbooks and files. */
class LanguageTest {

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
    }

    @AfterAll
    static void end() {
        session.close();
        kernel.close();
    }

    private static void run(String code, Expectation... between) throws Exception {
        TestKernel.run(session, code, between);
    }

    private static Content.Error fails(String code) throws Exception {
        return TestKernel.fails(session, code);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "record P(int x, int y) { P { if (x < 0) throw new IllegalArgumentException(); } static P of(int v) {"
                        + " return new P(v, v); } }\n"
                        + "P.of(3).y() + 4",
                "enum Coin { HEADS, TAILS { @Override int v() { return 6; } }; int v() { return 1; } }\n"
                        + "Coin.HEADS.v() + Coin.valueOf(\"TAILS\").v()",
                "<T extends Comparable<? super T>> T largest(Collection<T> of) { return"
                        + " of.stream().max(Comparator.naturalOrder()).orElseThrow(); }\n"
                        + "largest(List.of(3, 7, 5))",
                "interface Seven { static int get() { Seven seven = new Seven() {}; return seven.own(); } private int"
                        + " own() { return 7; } }\n"
                        + "Seven.get()",
                "var lines = \"\"\"\n  a\n   bc\\\n  d\"\"\";\nlines.length() + 2 - 1",
                "sealed interface Shape permits Dot, Box {}\n"
                        + "record Dot() implements Shape {}\n"
                        + "record Box(int w, int h) implements Shape {}\n"
                        + "int area(Shape s) { return switch (s) { case Dot d -> 0; case Box(int w, var h) when w > 0 -> w"
                        + " * h; case Box _ -> -1; }; }\n"
                        + "area(new Box(7, 1)) + area(new Dot())",
                "sealed interface Op<T> {}\n"
                        + "record Add<T>(T a) implements Op<T> {}\n"
                        + "final class Neg implements Op<Integer> {}\n"
                        + "int eval(Op<Integer> op) { return switch (op) { case Add<Integer> add -> add.a(); case Neg n ->"
                        + " 0; }; }\n"
                        + "eval(new Add<>(7))",
                "abstract sealed class Animal { abstract int legs(); }\n"
                        + "final class Bird extends Animal { int legs() { return 2; } }\n"
                        + "final class Insect extends Animal { int legs() { return 6; } }\n"
                        + "new Insect().legs() + 1",
                "public static final int SEVEN = 7;\nprivate static int seven() { return SEVEN; }\nseven()",
                "final class Last { protected final int v; Last(int v) { this.v = v; } }\n"
                        + "public class Public { private static class In { static int v = 7; } static int v() { return"
                        + " In.v; } }\n"
                        + "Public.v()",
                "@FunctionalInterface interface F<A, B> { B apply(A a); default F<A, B> same() { return this; } }\n"
                        + "F<String, Integer> length = String::length;\n"
                        + "length.same().apply(\"seven..\")",
                "boolean even(int n) { return n == 0 || odd(n - 1); }\n"
                        + "boolean odd(int n) { return n != 0 && even(n - 1); }\n"
                        + "even(10) ? 7 : 0",
                "class Left { Right r; int v() { return r == null ? 7 : r.l.v(); } }\n"
                        + "class Right { Left l = new Left(); }\n"
                        + "var left = new Left(); left.r = new Right(); left.v()",
                "int sum = 0;\n"
                        + "outer:\n"
                        + "for (int i = 0; ; i++) { for (;;) { if (i == 4) break outer; sum += i; continue outer; } }\n"
                        + "sum + 1",
                "int a[] = {3, 4}, b = 0;\nfor (int v : a) b += v;\nb",
                "try (var scope = StructuredTaskScope.open()) {\n"
                        + "  var three = scope.fork(() -> 3);\n"
                        + "  var four = scope.fork(() -> 4);\n"
                        + "  scope.join();\n"
                        + "  seven1 = three.get() + four.get();\n"
                        + "}\n"
                        + "seven1"
            })
    void gives7(String code) throws Exception {
        run("int seven1 = 0;");
        run(code, result("7"));
    }

    @Test
    void synchronizedMethodsOutsideOfClassesExcludeEachOther() throws Exception {
        run("""
            int both = 0;
            /** { */
            public static synchronized void up() throws InterruptedException {
                int now = both; Thread.yield(); both = now + 1; // }
            }
            synchronized void down() { int now = both; Thread.yield(); both = now - 1; }
            var movers = List.of(
                Thread.ofPlatform().unstarted(() -> { try { for (int i = 0; i < 5_000; i++) up(); } catch (InterruptedException e) { } }),
                Thread.ofPlatform().unstarted(() -> { for (int i = 0; i < 5_000; i++) down(); }));
            movers.forEach(Thread::start);
            for (var mover : movers) mover.join();
            both\
            """, result("0"));
        run(
                "synchronized boolean held() { return Thread.holdsLock(heddle.notebook.TopLevel.class); }\nheld()",
                result("true"));
        var error = fails("synchronized int late() { int x = 1;\n  return x / 0; }\nlate()");
        assertTrue(error.traceback().get(1).matches(" {4}at late \\(cell \\d+:2\\)"), error.toString());
        error = fails("synchronized void wrong() { int x = 1; }\nsynchronized int worse() { int y = true; return y; }");
        assertEquals(
                "    " + " ".repeat("synchronized int worse() { int y = ".length()) + "^^^^",
                error.traceback().get(2));
        run(
                "class Gate { private int n; synchronized int up() { return ++n; } static synchronized void x() {} }\n"
                        + "var gate = new Gate(); gate.up()",
                result("1"));
    }

    @Test
    void aFinalVariableKeepsItsValueUntilItIsDeclaredAnew() throws Exception {
        run("final int fixed = 5; private static final List<Integer> FIXED = new ArrayList<>();");
        for (var code : List.of(
                "fixed = 6",
                "{ fixed += 1; }",
                "void raise() { fixed++; }",
                "Runnable raise = () -> fixed = 3;",
                "FIXED = null;")) {
            var error = fails(code);
            assertTrue(error.evalue().contains("cannot assign a value to final variable "), error.evalue());
            assertTrue(
                    error.traceback().getLast().endsWith("is final: it keeps its value, unless it is declared anew."),
                    error.toString());
        }
        run("FIXED.add(7); for (int fixed = 0; fixed < 3; fixed++) { }\nfixed", result("5"));
        run("int fixed = 6;\nfixed = 7;\nfixed", result("7"));
    }

    @Test
    void aPastedFileRuns() throws Exception {
        run("""
            // A file.
            /* Its licence. */
            package demo.one;

            import java.util.zip.CRC32;

            public class Main {
                public static void main(String[] args) {
                    System.out.println("hello " + args.length + new Helper().v);
                }
            }

            class Helper { long v = new CRC32().getValue(); }
            """, streamed("stdout", "hello 00\n"));
        run("void main() {\n  IO.println(\"compact\");\n}", streamed("stdout", "compact\n"));
        run(
                "package a;\nclass Instance {\n  void main() { System.out.println(\"instance\"); }\n}",
                streamed("stdout", "instance\n"));
        var error = fails(
                "package a;\nclass Failing {\n  static void main() {\n    throw new IllegalStateException();\n  }\n}");
        assertTrue(
                String.join("\n", error.traceback())
                        .matches("java.lang.IllegalStateException\n"
                                + " {4}at Failing.main \\(cell \\d+:4\\)\n"
                                + " {6}→ throw new IllegalStateException\\(\\);"),
                error.toString());
    }

    @Test
    void aClassWithAMainMethodSaysHowItIsRun() throws Exception {
        run(
                "public class Hello {\n  public static void main(String[] args) { System.out.println(\"hi\"); }\n}",
                streamed("stdout", "Class Hello is a program; run it with Hello.main(new String[0]);\n"));
        run("Hello.main(new String[0]);", streamed("stdout", "hi\n"));
        run(
                "class Hello2 { static void main(String... a) { IO.println(\"hi\"); } }\nHello2.main();",
                streamed("stdout", "hi\n"));
    }

    @Test
    void whatWaitsForALaterCellSaysSoAndOnlyIfItStillWaits() throws Exception {
        run(
                "class Early { Late late; int v() { return late.v(); } }",
                streamed("stdout", "Class Early is created; it can be used once class Late is declared.\n"));
        var error = fails("new Early()");
        assertEquals(
                "    → Class Early cannot be used before class Late is declared.",
                error.traceback().getLast());
        run(
                "class Late { Early back = new Early(); int v() { return 7; } }\nnew Late().back.late == null",
                result("true"));
        run(
                "int ping(int n) { return n == 0 ? 7 : pong(n - 1); }",
                streamed("stdout", "Method ping(int) is created; it can be used once method pong(int) is declared.\n"));
        run("int pong(int n) { return n == 0 ? 8 : ping(n - 1); }\nping(6)", result("7"));
    }

    // ---- declared again

    @Test
    void objectsStayWhenOnlyBodiesOfMethodsChange() throws Exception {
        run("class Account { int balance = 1; int twice() { return balance * 2; } }\n"
                + "var account = new Account();\n"
                + "List<Object> kept = List.of(account);");
        run("account.balance = 5;");
        run(
                "class Account { int balance = 2;\n"
                        + "  int twice() {\n"
                        + "    return balance * 20; } }\n"
                        + "account.twice() + new Account().twice()",
                result("140"));
        var error = fails("class Account { int balance = 2;\n"
                + "  int twice() {\n"
                + "    throw new IllegalStateException(); } }\n"
                + "account.twice()");
        assertTrue(error.traceback().get(1).matches(" {4}at Account.twice \\(cell \\d+:3\\)"), error.toString());
        run(
                "class Account { int balance = 2; int more; int twice() { return 0; } }",
                streamed(
                        "stdout",
                        "Class Account is a new class now; objects made before keep the old one.\n"
                                + "Variable account can be used again once it is declared anew, because its class is a new"
                                + " one now.\n"));
        assertEquals(
                "class Account cannot be cast to class Account: it was made before class Account was declared anew,"
                        + " and keeps the old class",
                fails("Account old = (Account) kept.getFirst();").evalue());
    }

    @Test
    void aChangeThatAJvmWouldMakeToNoEffectMakesANewClass() throws Exception {
        run(
                "class Limits { static final int MOST = 5; static int now = 3; static int sum() { return MOST + now; }"
                        + " }\n"
                        + "int most() { return Limits.MOST; }\n"
                        + "most() + Limits.sum()",
                result("13"));
        var renewed = streamed("stdout", "Class Limits is a new class now; objects made before keep the old one.\n");
        run(
                "class Limits { static final int MOST = 6; static int now = 3; static int sum() { return MOST + now; }"
                        + " }\n"
                        + "most() + Limits.sum()",
                renewed,
                result("15"));
        run(
                "class Limits { static final int MOST = 6; static int now = 4; static int sum() { return MOST + now; }"
                        + " }\n"
                        + "most() + Limits.sum()",
                renewed,
                result("16"));
        run(
                "class Limits { static final int MOST = 6; static int now = 4; static int sum() { return MOST - now; }"
                        + " }\n"
                        + "most() + Limits.sum()",
                result("8"));
    }

    @Test
    void aClassThatMayBeInAnotherProcessStaysAsItIs() throws Exception {
        run("class Shipped { int v() { return 1; } }\n"
                + "Shipped.class.getClassLoader().getResourceAsStream(Shipped.class.getName().replace('.', '/') +"
                + " \".class\").close();\n"
                + "var shipped = new Shipped();");
        run(
                "class Shipped { int v() { return 2; } }",
                streamed(
                        "stdout",
                        "Class Shipped is a new class now; objects made before keep the old one.\n"
                                + "Variable shipped can be used again once it is declared anew, because its class is a new"
                                + " one now.\n"));
    }

    // ---- input

    private static Session.Asked asks(String code) throws Exception {
        return session.executeWithInput(code).expect(Expectation.busy(), Expectation.input(code));
    }

    @Test
    void theConsoleIsThePersonInFrontOfTheNotebook() throws Exception {
        var code = "var console = System.console();\nconsole.readLine(\"name %s? \", \"x\")";
        asks(code)
                .answers("name x? ", "Ada 线")
                .expect(result("Ada 线"), Expectation.idle())
                .reply(Expectation.ok());
        code = "new String(console.readPassword(\"password: \"))";
        var asked = asks(code);
        var request = asked.asks("password: ", true);
        session.send(
                Channel.STDIN,
                session.wire()
                        .message(List.of(), request.header(), Map.of(), new Content.InputReply("secret"), List.of()));
        asked.expect(result("secret"), Expectation.idle()).reply(Expectation.ok());
        run(
                "console.printf(\"hi %d%n\", 3); console.writer().println(\"there\");",
                streamed("stdout", "hi 3\nthere\n"));
        assertTrue(fails("console.readLine()").evalue().contains("Input cannot be asked for here"));
    }

    @Test
    void allWaysOfReadingShareOneInputFromCellToCell() throws Exception {
        run("var scanner = new Scanner(System.in);");
        asks("scanner.nextInt() + scanner.nextInt()")
                .answers("", "3 4")
                .expect(result("7"), Expectation.idle())
                .reply(Expectation.ok());
        asks("scanner.nextLine() + scanner.nextLine()")
                .answers("", "next")
                .expect(result("next"), Expectation.idle())
                .reply(Expectation.ok());
        asks("IO.readln(\"first? \") + IO.readln()")
                .expect(streamed("stdout", "first? "))
                .answers("", "a")
                .answers("", "b")
                .expect(result("ab"), Expectation.idle())
                .reply(Expectation.ok());
        asks("System.in.read() + System.in.read()")
                .answers("", "x")
                .expect(result(String.valueOf('x' + '\n')), Expectation.idle())
                .reply(Expectation.ok());
    }

    @Test
    void stopEndsTheWaitForInputAndTheNextCellReads() throws Exception {
        for (var code : List.of("new Scanner(System.in).nextLine()", "IO.readln()", "System.console().readLine()")) {
            var asked = asks(code);
            asked.asks("", false);
            session.interrupt().expect(Expectation.busy(), Expectation.idle()).reply(Expectation.ok());
            asked.expect(Expectation.error("CellStopped"), Expectation.idle()).reply(Expectation.failed("CellStopped"));
            asks("IO.readln()")
                    .answers("", "go on")
                    .expect(result("go on"), Expectation.idle())
                    .reply(Expectation.ok());
        }
    }

    // ---- threads

    @Test
    void oneMainThreadRunsAllCells() throws Exception {
        run("import java.util.concurrent.locks.*;\n"
                + "var mine = new ReentrantLock(); var local = new ThreadLocal<Integer>();\n"
                + "mine.lock(); local.set(7);");
        run("mine.unlock();\nThread.currentThread().getName() + local.get() + mine.isLocked()", result("main7false"));
        run(
                "var own = new Thread[50];\n"
                        + "Arrays.stream(own, 0,"
                        + " Thread.currentThread().getThreadGroup().enumerate(own)).map(Thread::getName).filter(name ->"
                        + " name.contains(\"heddle\")).toList()",
                result("[]"));
    }
}
