package heddle.kernel;

import static heddle.protocol.testkit.Expectation.aborted;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.display;
import static heddle.protocol.testkit.Expectation.error;
import static heddle.protocol.testkit.Expectation.failed;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.testkit.Session;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a cell does and what the front end is told of it, message by message. */
class ExecuteTest {

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel(new Magics(List.of(new Extension() {
            @Override
            public List<Magic> magics() {
                return List.of(
                        new Magic.Line("hello", "greets", words -> "System.out.println(\"hello " + words + "\");"),
                        new Magic.Cell(
                                "framed",
                                "frames",
                                words -> new Magic.Cell.Frame(
                                        "System.out.println(\"before " + words + "\");",
                                        "System.out.println(\"after\");")));
            }
        })));
        session = kernel.session();
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    private static void run(String code, heddle.protocol.testkit.Expectation... between) throws Exception {
        TestKernel.run(session, code, between);
    }

    private static Content.Error fails(String code, heddle.protocol.testkit.Expectation... between) throws Exception {
        return TestKernel.fails(session, code, between);
    }

    // ---- output

    @Test
    void whatAProgramWroteToInheritedDescriptorsIsShownBeforeItsCellEnds() throws Exception {
        for (int i = 0; i < 10; i++) {
            run(
                    "new ProcessBuilder(\"echo\", \"Grüße %d\").inheritIO().start().waitFor();".formatted(i),
                    streamed("stdout", "Grüße " + i + "\n"));
            run(
                    "new java.io.FileOutputStream(java.io.FileDescriptor.err).write(\"\\0heddle: so %d\".getBytes())"
                            .formatted(i),
                    streamed("stderr", "\0heddle: so " + i));
        }
    }

    // ---- values

    @Test
    void theLastExpressionIsTheResult() throws Exception {
        run("1 + 1", result("2"));
        run("int vA = 20;\nvA + 1", result("21"));
        run("\"text\"", result("text"));
    }

    @Test
    void declarationsAssignmentsAndStatementsShowNothing() throws Exception {
        run("int vC = 20;");
        run("vC = 21");
        run("vC++;");
        run("1 + 1;");
        run("class CC {}\nrecord RR(int x) { RR { if (x < 0) throw new Error(); } }");
        run("");
        run("// only a comment");
        run("int vD = 1;\n// ends with a comment\n");
        run("null");
        run("vC", result("22"));
    }

    @Test
    void outputsKeepTheirOrder() throws Exception {
        run(
                "System.out.println(1);\nSystem.err.println(2);\ndisplay(\"three\");\nSystem.out.println(4);\n5",
                streamed("stdout", "1\n"),
                streamed("stderr", "2\n"),
                display("text/plain", "three"),
                streamed("stdout", "4\n"),
                result("5"));
    }

    @Test
    void previewFeaturesAreOn() throws Exception {
        run("Object vP = 5;\nswitch (vP) { case int i when i > 4 -> \"big\"; default -> \"other\"; }", result("big"));
    }

    @Test
    void manyStatementsAreOneBlock() throws Exception {
        var code = "int vS = 0;\n"
                + IntStream.range(0, 30).mapToObj(i -> "vS += " + i + ";\n").collect(Collectors.joining()) + "vS";
        run(code, result("435"));
        // No block can be made of these; each still does what it would alone.
        run(
                "System.out.print(1);\nint vT = 2;\nSystem.out.print(vT);\nSystem.out.println();",
                streamed("stdout", "12\n"));
        var error = fails("System.out.println(\"ran\");\nSystem.out.println(nowhere);", streamed("stdout", "ran\n"));
        assertTrue(error.evalue().contains(":2: cannot find symbol (symbol: variable nowhere)"), error.evalue());
    }

    // ---- errors

    @Test
    void anExceptionNamesLinesAndCauses() throws Exception {
        var error = fails("void deep() {\n  throw new IllegalStateException(\"inner\");\n}\n\n"
                + "try {\n  deep();\n} catch (Exception e) {\n  throw new RuntimeException(\"outer\", e);\n}");
        assertEquals("java.lang.RuntimeException", error.ename());
        assertEquals("outer", error.evalue());
        var text = String.join("\n", error.traceback());
        assertEquals("""
            java.lang.RuntimeException: outer
                at cell .:8
                  → throw new RuntimeException("outer", e);
            Caused by: java.lang.IllegalStateException: inner
                at deep (cell .:2)
                  → throw new IllegalStateException("inner");
                at cell .:6
                    deep();\
            """, text.replaceAll("cell \\d+", "cell ."));
    }

    @Test
    void aStackOverflowIsCountedAndNothingOfOursIsSeen() throws Exception {
        var text = String.join(
                "\n",
                fails("int down(int n) {\n  return down(n + 1) + 1;\n}\ndown(0)")
                        .traceback());
        assertTrue(
                text.matches("java.lang.StackOverflowError\n"
                        + "    at down \\(cell \\d+:2\\)\n"
                        + "      → return down\\(n \\+ 1\\) \\+ 1;\n"
                        + "    \\.\\.\\. this 1,0\\d\\d times more\n"
                        + "    \\.\\.\\. and the calls before them: Java keeps the last 1,024 only"),
                text);
    }

    @Test
    void whatIsPrintedBearsTheNamesOfTheCells() throws Exception {
        run("class Written { void fail() {\n  throw new IllegalStateException(\"x\");\n} }");
        run(
                "System.out.println((\"\" + new Written()).replaceAll(\"@.*\", \"@\") + \" \" + Written.class);",
                streamed("stdout", "Written@ class Written\n"));
        var asked = session.execute("try { new Written().fail(); } catch (Exception e) {\n  e.printStackTrace();\n}")
                .expect(busy(), heddle.protocol.testkit.Expectation.any(Content.ExecuteInput.class));
        var text = new StringBuilder();
        while (asked.next().content() instanceof Content.Stream stream) {
            text.append(stream.text());
        }
        asked.reply(ok());
        assertEquals(
                "java.lang.IllegalStateException: x\n\tat Written.fail(cell .:2)\n\tat cell .:1\n",
                text.toString().replaceAll("cell \\d+", "cell ."));
        run(
                "System.out.println(\"\\tat heddle//REPL.$JShell$12.lambda$do_it$Aux$abdc4c90$1(cell 1:5)\");",
                streamed("stdout", "\tat lambda(cell 1:5)\n"));
        assertEquals(
                "class java.lang.String cannot be cast to class Written",
                fails("Object written = \"x\";\nvar cast = (Written) written;").evalue());
    }

    @Test
    void anErrorInABlockOfStatementsNamesItsLine() throws Exception {
        var error = fails("int vL = 0;\n\nvL++;\nvL += 1 / (vL - 1);\nvL++;");
        assertTrue(String.join("\n", error.traceback()).matches("(?s).*cell \\d+:4.*"), error.toString());
        run("vL", result("1"));
    }

    @Test
    void aCompileErrorMarksThePlace() throws Exception {
        var error = fails("int vE = 1;\n\tString vF = vE + missing(1);\n");
        assertEquals("CompileError", error.ename());
        assertTrue(
                error.evalue().matches("cell \\d+:2: cannot find symbol \\(symbol: method missing\\(int\\)\\)"),
                error.evalue());
        assertEquals(
                List.of("    \tString vF = vE + missing(1);", "    \t                 ^^^^^^^"),
                error.traceback().subList(1, 3));
    }

    @Test
    void aCellThatIsNoJavaDoesNotRunByHalves() throws Exception {
        var error = fails("System.out.println(\"not seen\");\nint vG = ;");
        assertTrue(error.evalue().matches("cell \\d+:2: illegal start of expression"), error.evalue());
        error = fails("System.out.println(\"not seen\");\nfor (int i = 0; i < 2; i++) {\n");
        assertTrue(error.evalue().matches("cell \\d+:\\d: reached end of file while parsing"), error.evalue());
    }

    @Test
    void theLastSemicolonMayBeMissing() throws Exception {
        run("int vS = 5");
        run("import java.util.zip.CRC32");
        run("int vT = vS + 1 // the sum");
        run("vT", result("6"));
        assertEquals("java.lang.Error", fails("throw new Error(\"x\")").ename());
        assertTrue(fails("int vU = 1\nint vV = 2").evalue().endsWith(":1: ';' expected"));
    }

    @Test
    void aByteOrderMarkIsNoCode() throws Exception {
        run("\ufeffint vW = 3;\nvW", result("3"));
    }

    @Test
    void anUnclosedCommentIsAnError() throws Exception {
        assertTrue(fails("/* all of it").evalue().endsWith(":1: unclosed comment"));
        var error = fails("int vX = 1; /* closed */\nint vY = 2; /* not closed");
        assertTrue(error.evalue().endsWith(":2: unclosed comment"), error.evalue());
        assertEquals("                ^^", error.traceback().getLast());
    }

    @Test
    void anErrorAbortsWhatIsQueued() throws Exception {
        var code = "IO.readln();\nthrow new Error(\"x\");";
        var first = session.executeWithInput(code).expect(busy(), input(code));
        var queued = session.execute("1");
        first.answers("", "go on").expect(error("java.lang.Error"), idle()).reply(failed("java.lang.Error"));
        queued.expect(busy(), idle()).reply(aborted());
    }

    @Test
    void whatWaitsForADeclarationIsSaid() throws Exception {
        run(
                "int waitsA() { return waitedB() + 1; }",
                streamed("stdout", "Method waitsA() is created; it can be used once method waitedB() is declared.\n"));
        assertEquals(
                "Method waitsA() cannot be used before method waitedB() is declared.",
                fails("waitsA()").evalue());
        run("int waitedB() { return 1; }");
        run("waitsA()", result("2"));
    }

    @Test
    void aValueThatCannotBeShownHarmsNothing() throws Exception {
        var code = "new Object() { public String toString() { return \"\" + this; } }";
        var asked = session.execute(code).expect(busy(), input(code));
        var shown = ((Content.ExecuteResult) asked.next().content())
                .data()
                .get("text/plain")
                .asText();
        assertTrue(shown.contains("StackOverflowError"), shown);
        asked.expect(idle()).reply(ok());
        run("1", result("1"));
    }

    @Test
    void outOfMemoryIsOnlyAnError() throws Exception {
        assertEquals(
                "java.lang.OutOfMemoryError",
                fails("new long[Integer.MAX_VALUE - 8][100_000].length").ename());
        run("2", result("2"));
    }

    @Test
    void anUncaughtExceptionOfAThreadIsShown() throws Exception {
        var code = "var vU = new Thread(() -> { throw new IllegalStateException(\"lost\"); }, \"worker\");\n"
                + "vU.start();\n"
                + "vU.join();";
        var asked = session.execute(code).expect(busy(), input(code));
        var text = ((Content.Stream) asked.next().content()).text().replaceAll("\u001b\\[[\\d;]*m", "");
        assertTrue(text.matches("""
                        Exception in thread "worker" java\\.lang\\.IllegalStateException: lost
                            at lambda \\(cell \\d+:1\\)
                              → var vU = new Thread\\(.*
                        """), text);
        asked.expect(idle()).reply(ok());
    }

    @Test
    void aFailureOfTheCompilerHarmsNothing() throws Exception {
        var error = fails("int vDeep = 1" + " + (1".repeat(20_000) + ")".repeat(20_000) + ";");
        assertEquals("CompilerFailure", error.ename());
        assertTrue(error.evalue().contains("StackOverflowError"), error.evalue());
        run("int vShallow = 4;\nvShallow", result("4"));
    }

    // ---- requests' options

    @Test
    void aSilentCellSaysNothingAndCountsNothing() throws Exception {
        var before = (ExecuteReply.Ok) session.execute("0")
                .expect(busy(), input("0"), result("0"), idle())
                .reply(ok())
                .content();
        session.execute(new ExecuteRequest("System.out.println(1); 2", true, true, null, null, null))
                .expect(busy(), idle())
                .reply(ok());
        session.execute(new ExecuteRequest("3", false, false, null, null, null))
                .expect(busy(), input("3"), result("3"), idle())
                .reply(ok());
        session.execute("4")
                .expect(busy(), input("4", before.executionCount() + 1), result("4"), idle())
                .reply(ok(before.executionCount() + 1));
        var history = (Content.HistoryReply) session.send(
                        heddle.protocol.Channel.SHELL,
                        new Content.HistoryRequest(true, true, "tail", 0, null, null, 2, null, false))
                .expect(busy(), idle())
                .reply(ok())
                .content();
        assertEquals(
                List.of(
                        new Content.HistoryItem(1, before.executionCount(), "0", "0"),
                        new Content.HistoryItem(1, before.executionCount() + 1, "4", "4")),
                history.history());
    }

    @Test
    void userExpressions() throws Exception {
        var reply = (ExecuteReply.Ok) session.execute(new ExecuteRequest(
                        "int vX = 6;", false, true, Map.of("good", "vX * 7", "bad", "nothing"), null, null))
                .expect(busy(), input("int vX = 6;"), idle())
                .reply(ok())
                .content();
        var good = reply.userExpressions().get("good");
        assertEquals("ok", good.get("status").asText());
        assertEquals("42", good.get("data").get("text/plain").asText());
        var bad = reply.userExpressions().get("bad");
        assertEquals("error", bad.get("status").asText());
        assertEquals("CompileError", bad.get("ename").asText());
        assertTrue(bad.get("traceback").isArray());
    }

    @Test
    void inputIsAskedForAndGiven() throws Exception {
        var code = "new Scanner(System.in).nextLine() + \"!\"";
        session.executeWithInput(code)
                .expect(busy(), input(code))
                .answers("", "你好 😀")
                .expect(result("你好 😀!"), idle())
                .reply(ok());
    }

    @Test
    void inputThatIsNotAllowedIsRefusedClearly() throws Exception {
        for (var code : List.of("System.in.read()", "new Scanner(System.in).nextLine()", "IO.readln()")) {
            var error = fails(code);
            assertEquals("java.lang.IllegalStateException", error.ename());
            assertTrue(error.evalue().startsWith("Input cannot be asked for here"), error.evalue());
        }
    }

    // ---- magics

    @Test
    void magics() throws Exception {
        run("for (int i = 0; i < 2; i++) {\n  %hello world\n}", streamed("stdout", "hello world\nhello world\n"));
        run("%%framed x\nint vM = 3;\nvM", streamed("stdout", "before x\nafter\n"), result("3"));
        assertEquals(
                "There is no magic %nope; %magics lists those that there are.",
                fails("%nope").evalue());
    }

    @Test
    void aMagicEndsAlsoWhenTheCellFails() throws Exception {
        var error = fails("%%framed x\n\nthrow new Error(\"in it\");", streamed("stdout", "before x\nafter\n"));
        assertTrue(String.join("\n", error.traceback()).matches("(?s).*cell \\d+:3.*"), error.toString());
    }

    // ---- whose output

    @Test
    void lateOutputGoesToTheCellThatStartedTheWork() throws Exception {
        var code = "var gate = new CountDownLatch(1);\n"
                + "Thread.ofVirtual().start(() -> {\n"
                + "  try { gate.await(); } catch (InterruptedException e) {}\n"
                + "  System.out.println(\"late\");\n"
                + "});\n"
                + "CompletableFuture.runAsync(() -> {\n"
                + "  try { gate.await(); } catch (InterruptedException e) {}\n"
                + "  System.err.println(\"late too\");\n"
                + "});";
        var first = session.execute(code).expect(busy(), input(code));
        first.expect(idle()).reply(ok());
        var running = "gate.countDown();\nIO.readln();";
        var second = session.executeWithInput(running).expect(busy(), input(running));
        var texts = List.of(
                ((Content.Stream) first.next().content()).text(),
                ((Content.Stream) first.next().content()).text());
        assertEquals(List.of("late\n", "late too\n"), texts.stream().sorted().toList());
        second.answers("", "go on").expect(idle()).reply(ok());
    }

    @Test
    void twentyThousandLines() throws Exception {
        run(
                "for (int i = 0; i < 20_000; i++) System.out.println(\"line \" + i);",
                streamed(
                        "stdout",
                        IntStream.range(0, 20_000)
                                .mapToObj(i -> "line " + i + "\n")
                                .collect(Collectors.joining())));
    }

    @Test
    void aFloodOfManyThreadsIsCutCountedAndKeepsTheOrderOfEach() throws Exception {
        var code = """
                var floods = new ArrayList<Thread>();
                for (int t = 0; t < 8; t++) {
                    var name = (t % 2 == 0 ? "out " : "err ") + t + " ";
                    var to = t % 2 == 0 ? System.out : System.err;
                    floods.add(Thread.ofPlatform().start(() -> { for (int i = 0; i < 200_000; i++) to.println(name + i); }));
                }
                for (var flood : floods) flood.join();
                System.out.println("end");
                """;
        var asked = session.execute(code).expect(busy(), input(code));
        var published = new ArrayList<Content>();
        Content content;
        while (!((content = asked.next().content()) instanceof Content.Status)) {
            published.add(content);
        }
        assertEquals(new Content.Status(Content.ExecutionState.IDLE), content);
        asked.reply(ok());
        var shown = OutputsTest.Shown.of(published);
        assertEquals(1_600_001, shown.lines());
        assertTrue(shown.linesShown() < 60_000, shown.toString());
        var latest = new HashMap<String, Integer>();
        var last = "";
        for (var each : published) {
            if (each instanceof Content.Stream stream) {
                for (var line : stream.text().lines().toList()) {
                    var words = line.split(" ");
                    last = line;
                    if (words.length == 3) {
                        assertEquals(stream.name(), "std" + words[0]);
                        int number = Integer.parseInt(words[2]);
                        assertTrue(number > latest.getOrDefault(words[1], -1), line);
                        latest.put(words[1], number);
                    }
                }
            }
        }
        assertEquals("end", last);
    }

    @Test
    void aHundredMegabytesAreRefusedOrCutInOneSentence() throws Exception {
        run("var large = \"<\".repeat(100_000_000);");
        var refusal = "This is too large to be shown: 100,000,000 characters (text/html), and 20,000,000 are the most."
                + " Show a part of it or a smaller picture, or write it to a file.";
        run("display(large, \"text/html\");", display("text/plain", refusal));

        var code = "large";
        var asked = session.execute(code).expect(busy(), input(code));
        var value = ((Content.ExecuteResult) asked.next().content())
                .data()
                .get("text/plain")
                .asText();
        asked.expect(idle()).reply(ok());
        assertTrue(value.length() < 110_000 && value.endsWith("more characters"), value.substring(value.length() - 50));

        code = "System.out.print(large); System.err.println(\"end\");";
        asked = session.execute(code).expect(busy(), input(code));
        var text = new StringBuilder();
        Content content;
        while ((content = asked.next().content()) instanceof Content.Stream stream) {
            text.append(stream.text());
        }
        assertEquals(new Content.Status(Content.ExecutionState.IDLE), content);
        asked.reply(ok());
        assertTrue(text.length() < 3_000_000 && text.toString().endsWith("<end\n"), text.length() + " characters");
        var counted = java.util.regex.Pattern.compile(
                        "\n\\.\\.\\. ([\\d,]+) characters of long lines left out; the end follows\n\\.\\.\\. ")
                .matcher(text);
        long left = 0;
        int words = 0;
        while (counted.find()) {
            left += Long.parseLong(counted.group(1).replace(",", ""));
            words += counted.group().length();
        }
        assertEquals(100_000_000, left + text.length() - words - "end\n".length());
        run("large = null;");
    }
}
