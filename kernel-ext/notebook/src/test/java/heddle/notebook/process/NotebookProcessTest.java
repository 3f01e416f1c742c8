package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the process does with its cells: output, input, errors, results, interrupts, its own end. */
class NotebookProcessTest {

    private NotebookUnderTest notebook;

    @BeforeEach
    void start() throws Exception {
        notebook = NotebookUnderTest.start();
    }

    @AfterEach
    void stop() throws Exception {
        notebook.close();
    }

    private static String shown(Frame answer) {
        return ((Frame.Returned) answer).value().data().get("text/plain");
    }

    private static Frame.Failure threw(Frame answer) {
        return ((Frame.Threw) answer).failure();
    }

    // Output

    @ParameterizedTest
    @ValueSource(
            strings = {
                "System.out.println(t + \" \" + i)",
                "System.out.printf(\"%d %d%n\", t, i)",
                "System.out.write((t + \" \" + i + \"\\n\").getBytes())"
            })
    void noLineOfManyThreadsIsLostOrTornAndEachThreadsAreInOrder(String print) throws Exception {
        notebook.run(
                1,
                "",
                "var ts = IntStream.range(0, 8).mapToObj(t -> Thread.ofPlatform().start(() -> { try { for (int i = 0; i < 10_000; i++) "
                        + print
                        + "; } catch (Exception e) { throw new AssertionError(e); } })).toList(); for (var t : ts) t.join();");
        var next = new HashMap<String, Integer>();
        notebook.out(1).lines().forEach(line -> {
            var parts = line.split(" ");
            assertEquals(2, parts.length, line);
            assertEquals(next.merge(parts[0], 1, Integer::sum) - 1, Integer.parseInt(parts[1]), line);
        });
        assertEquals(IntStream.range(0, 8).boxed().collect(Collectors.toMap(String::valueOf, t -> 10_000)), next);
    }

    @Test
    void aFloodOfVirtualThreadsArrivesWhole() throws Exception {
        notebook.run(
                1,
                "",
                "try (var e = Executors.newVirtualThreadPerTaskExecutor()) { for (int i = 0; i < 10_000; i++) { int n = i; e.execute(() -> System.out.println(n)); } }");
        assertEquals(
                IntStream.range(0, 10_000).boxed().toList(),
                notebook.out(1).lines().map(Integer::valueOf).sorted().toList());
    }

    @Test
    void twentyThousandLinesTakeWellUnderASecond() throws Exception {
        notebook.run(1, "", "for (int i = 0; i < 2_000; i++) System.out.println(i);");
        long beganNs = System.nanoTime();
        notebook.run(2, "", "for (int i = 0; i < 20_000; i++) System.out.println(i);");
        long tookMs = (System.nanoTime() - beganNs) / 1_000_000;
        assertEquals(IntStream.range(0, 20_000).mapToObj(i -> i + "\n").collect(Collectors.joining()), notebook.out(2));
        System.out.println("20,000 println, compilation included: " + tookMs + " ms");
        assertTrue(tookMs < 3_000, tookMs + " ms"); // 60 ms alone on the machine; the tests of others run beside
    }

    @Test
    void theBeginningOfALineComesBeforeItsEndAndBeforeEnded() throws Exception {
        notebook.begin(
                1,
                false,
                "public static CountDownLatch go = new CountDownLatch(1);",
                "System.out.print(\"begin\"); Thread.ofPlatform().daemon().start(() -> go.countDown()); go.await(); new Semaphore(0).acquire(); return null;");
        notebook.awaitOut(1, "begin");
        notebook.channel.send(new Frame.Interrupt());
        assertEquals("java.lang.InterruptedException", threw(notebook.end(1)).type());
        notebook.run(2, "", "System.out.print(\"x\"); System.err.print(\"y\"); System.out.print(\"z\");");
        assertEquals("xz", notebook.out(2));
        assertEquals(
                List.of("x", "y", "z"),
                notebook.reports().stream()
                        .filter(f -> f instanceof Frame.Output o && o.cell() == 2)
                        .map(f -> ((Frame.Output) f).text())
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "var t = Thread.ofPlatform().start(() -> System.out.print(\"a\")); t.join();",
                "Thread.startVirtualThread(() -> System.out.print(\"a\")).join();",
                "CompletableFuture.runAsync(() -> System.out.print(\"a\")).join();",
                "CompletableFuture.supplyAsync(() -> { System.out.print(\"a\"); return 1; }).thenApplyAsync(x -> x).join();",
                "pool.submit(() -> System.out.print(\"a\")).get();",
                "var l = new CountDownLatch(1); pool.execute(() -> { System.out.print(\"a\"); l.countDown(); }); l.await();",
                "ForkJoinPool.commonPool().submit(() -> System.out.print(\"a\")).get();"
            })
    void whatWasPrintedBeforeAJoinStandsBeforeWhatIsPrintedAfterIt(String join) throws Exception {
        notebook.run(
                1,
                "public static ExecutorService pool = Executors.newCachedThreadPool();",
                "for (int i = 0; i < 2_000; i++) { " + join + " System.out.println(\"b\"); }");
        assertEquals("ab\n".repeat(2_000), notebook.out(1));
    }

    @Test
    void charactersAreNeverSplit() throws Exception {
        notebook.run(1, "", """
                System.out.print("\\uD83E"); System.out.flush(); System.out.print("\\uDDF5");
                for (byte b : "线程 é\\n".getBytes("UTF-8")) System.out.write(b);
                System.out.print("🧵".repeat(600_000));
                """);
        assertEquals("🧵线程 é\n" + "🧵".repeat(600_000), notebook.out(1));
    }

    @Test
    void anInterruptedThreadStillPrintsAndKeepsItsStatus() throws Exception {
        assertEquals(
                "true",
                shown(
                        notebook.cell(
                                1,
                                "",
                                "Thread.currentThread().interrupt(); for (int i = 0; i < 50_000; i++) System.out.println(i); return Thread.interrupted();")));
        assertEquals(50_000, notebook.out(1).lines().count());
    }

    @Test
    void allPrintMethodsPrint() throws Exception {
        notebook.run(1, "", """
                var o = System.out; o.print(true); o.print('c'); o.print(1); o.print(2L); o.print(1.5f); o.print(2.5); o.print(new char[] {'x'}); o.print((Object) null);
                o.println(); o.println(true); o.println('c'); o.println(1); o.println(2L); o.println(1.5f); o.println(2.5); o.println(new char[] {'x'}); o.println((Object) "o");
                o.append('a').append("bc").append("xdx", 1, 2).printf(Locale.ROOT, "%.1f|", 1.25).format("%s%n", "f"); o.close(); o.println("still");
                IO.println("io"); System.err.println("e");
                """);
        assertEquals("truec121.52.5xnull\ntrue\nc\n1\n2\n1.5\n2.5\nx\no\nabcd1.3|f\nstill\nio\n", notebook.out(1));
        assertEquals("e\n", notebook.err(1));
    }

    @Test
    void whatIsWrittenToTheDescriptorsArrivesInThePipes() throws Exception {
        notebook.run(
                1,
                "",
                "new java.io.FileOutputStream(java.io.FileDescriptor.out).write(\"raw\".getBytes()); new ProcessBuilder(\"echo\", \"child\").inheritIO().start().waitFor();");
        assertEquals("rawchild\n", notebook.raw());
    }

    // Input

    @Test
    void inputIsAskedForLineByLine() throws Exception {
        notebook.begin(
                1,
                true,
                "",
                "System.out.print(\"name? \"); var name = new Scanner(System.in).nextLine(); var age = IO.readln(\"age? \"); return name + \" \" + age + \" \" + new java.io.BufferedReader(new java.io.InputStreamReader(System.in)).readLine();");
        int asked = 0;
        for (var line : List.of("Ada 线", "36", "")) {
            int wanted = ++asked;
            notebook.await(
                    "request",
                    frames -> frames.stream()
                                    .filter(f -> f.equals(new Frame.InputRequest(1, "", false)))
                                    .count()
                            == wanted);
            notebook.channel.send(new Frame.Input(line));
        }
        assertEquals("Ada 线 36 ", shown(notebook.end(1)));
        assertEquals("name? age? ", notebook.out(1));
    }

    @Test
    void endedAndRefusedInputAndInputOfNobody() throws Exception {
        notebook.begin(1, true, "", "return System.in.read();");
        notebook.await("request", frames -> frames.contains(new Frame.InputRequest(1, "", false)));
        notebook.channel.send(new Frame.Input(null));
        assertEquals("-1", shown(notebook.end(1)));
        var refused = threw(notebook.cell(2, "", "return System.in.read();"));
        assertEquals("java.lang.IllegalStateException", refused.type());
        assertTrue(refused.message().startsWith("Input cannot be asked for here: cell 2 "), refused.message());
        assertEquals(
                refused.message(),
                threw(notebook.cell(5, "", "return new Scanner(System.in).nextLine();"))
                        .message()
                        .replace("cell 5", "cell 2"));
        notebook.begin(3, true, "", "return System.in.read();");
        notebook.await("request", frames -> frames.contains(new Frame.InputRequest(3, "", false)));
        notebook.channel.send(new Frame.Interrupt());
        assertEquals("java.io.InterruptedIOException", threw(notebook.end(3)).type());
        notebook.channel.send(new Frame.Input("late"));
        notebook.begin(4, true, "", "return IO.readln();");
        notebook.await("request", frames -> frames.contains(new Frame.InputRequest(4, "", false)));
        notebook.channel.send(new Frame.Input("mine"));
        assertEquals("mine", shown(notebook.end(4)));
    }

    // Interrupt

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ready(); Thread.sleep(1_000_000);",
                "var o = new Object(); synchronized (o) { ready(); o.wait(); }",
                "ready(); new LinkedBlockingQueue<>().take();",
                "ready(); new CompletableFuture<>().get();",
                "ready(); new Semaphore(0).acquire();"
            })
    void anInterruptEndsAWaitAndLeavesNothingBehind(String wait) throws Exception {
        notebook.begin(
                1, false, "public static void ready() { System.out.println(\"ready\"); }", wait + " return null;");
        notebook.awaitOut(1, "ready");
        notebook.channel.send(new Frame.Interrupt());
        var failure = threw(notebook.end(1));
        assertEquals("java.lang.InterruptedException", failure.type());
        assertEquals("at cell 1:1", failure.traceback().getLast().strip());
        notebook.channel.send(new Frame.Interrupt());
        assertEquals("false", shown(notebook.cell(2, "", "Thread.sleep(1); return Thread.interrupted();")));
        notebook.cell(3, "", "Thread.currentThread().interrupt(); return null;");
        assertEquals("false", shown(notebook.cell(4, "", "return Thread.interrupted();")));
    }

    @Test
    void anInterruptIsForTheThreadsOfTheCellTooAndThoseThatGoOnAreNamed() throws Exception {
        notebook.run(
                1,
                "public static volatile boolean on = true; public static Thread earlier = new Thread(() -> { try { Thread.sleep(1_000_000); } catch (InterruptedException e) { System.out.println(\"wrong\"); } });",
                "earlier.setDaemon(true); earlier.start();");
        notebook.begin(
                2,
                false,
                "public static ExecutorService pool = Executors.newFixedThreadPool(1);",
                "pool.submit(() -> 1).get(); var sleeper = new Thread(() -> { try { Thread.sleep(1_000_000); } catch (InterruptedException e) { System.out.println(\"heard\"); } }); sleeper.start();"
                        + " var spinner = new Thread(() -> { while (on) {} }, \"spinner\"); spinner.start(); System.out.println(\"in\"); sleeper.join(); return null;");
        notebook.awaitOut(2, "in");
        notebook.channel.send(new Frame.Interrupt());
        assertEquals("java.lang.InterruptedException", threw(notebook.answer()).type());
        var swept = notebook.sweep(2, Frame.Phase.END);
        assertEquals(1, swept.threads());
        assertEquals(List.of("spinner (RUNNABLE)"), swept.threadsLeft());
        assertEquals(1, swept.unhearing());
        notebook.ended(2);
        assertEquals("in\nheard\n", notebook.out(2));
        assertEquals(
                "true true",
                shown(notebook.cell(3, "", "on = false; return earlier.isAlive() + \" \" + pool.isShutdown();")));
    }

    @Test
    void whatACellHasStartedIsKnownByItsCell() throws Exception {
        notebook.run(
                1,
                "public static ExecutorService pool = Executors.newFixedThreadPool(1); public static CountDownLatch go = new CountDownLatch(1);"
                        + " static void hold(String name) { try { go.await(); System.out.println(name); } catch (InterruptedException e) { System.out.println(name + \" stopped\"); } }",
                "pool.submit(() -> hold(\"first\"));");
        notebook.run(
                2,
                "public static java.util.Timer timer = new java.util.Timer();",
                "for (int i = 0; i < 3; i++) pool.submit(() -> hold(\"second\")); pool.execute(() -> hold(\"plain\"));"
                        + " timer.schedule(new TimerTask() { public void run() {} }, 1_000_000);"
                        + " for (int i = 0; i < 1_000; i++) Thread.startVirtualThread(() -> hold(\"virtual\"));"
                        + " new ProcessBuilder(\"sleep\", \"1000\").start();");
        notebook.run(3, "", "pool.submit(() -> hold(\"third\"));");
        notebook.sweep(2, Frame.Phase.END);
        var swept = notebook.sweep(2, Frame.Phase.FORCE); // which leaves a slow machine the time it needs
        assertEquals(
                List.of(1_000, 0, 5, List.of(), 0),
                List.of(
                        swept.virtualThreads(),
                        swept.virtualThreadsLeft(),
                        swept.tasks(),
                        swept.processesLeft(),
                        swept.unhearing()),
                swept.toString());
        assertTrue(swept.processes().getFirst().matches("sleep \\(pid \\d+\\)"), swept.toString());
        notebook.run(4, "", "go.countDown(); pool.shutdown(); pool.awaitTermination(30, TimeUnit.SECONDS);");
        assertEquals(List.of("first\n", "third\n"), List.of(notebook.out(1), notebook.out(3)));
    }

    @Test
    void anInterruptStatusLastsWithinACell() throws Exception {
        notebook.channel.send(new Frame.Begin(1, "cell 1", false));
        notebook.channel.send(new Frame.Load(notebook.cells.compile(
                1,
                "public static Object one() { Thread.currentThread().interrupt(); return null; }",
                "return Thread.interrupted();")));
        assertEquals(new Frame.Loaded(null), notebook.answer());
        notebook.channel.send(new Frame.Invoke(Cells.className(1), "one", true));
        assertEquals(new Frame.Returned(null), notebook.answer());
        notebook.channel.send(new Frame.Invoke(Cells.className(1), "do_it$", true));
        assertEquals("true", shown(notebook.end(1)));
    }

    // Errors

    @Test
    void aTracebackHasTheWholeChainAndTheLearnersFramesOnly() throws Exception {
        notebook.run(
                1,
                "public static class Account { static class Overdrawn extends RuntimeException { Overdrawn(String m, Throwable c) { super(m, c); } } Account(int n) { if (n < 0)\nthrow new IllegalArgumentException(\"negative\"); }\nvoid draw(int n) { try { List.of(n).forEach(i ->\nnew Account(-i)); } catch (IllegalArgumentException e) { var o = new Overdrawn(\"too much\", e); o.addSuppressed(new java.io.IOException(\"and this\"));\nthrow o; } } }",
                "");
        var failure = threw(notebook.cell(2, "", "\nnew Account(1).draw(5); return null;"));
        assertEquals("Account.Overdrawn", failure.type());
        assertEquals("too much", failure.message());
        assertEquals("""
                Account.Overdrawn: too much
                    at Account.draw (cell 1:4)
                    at cell 2:2
                    Suppressed: java.io.IOException: and this
                        at Account.draw (cell 1:4)
                Caused by: java.lang.IllegalArgumentException: negative
                    at new Account (cell 1:2)
                    at lambda in Account.draw (cell 1:4)
                    in java.util.ImmutableCollections$List12.forEach, called
                    at Account.draw (cell 1:3)
                """.lines().toList(), failure.traceback());
    }

    @Test
    void messagesOfTheJvmNameWhatTheLearnerNamed() throws Exception {
        var missing = threw(notebook.cell(
                1,
                "public static String s; public static class Broken { static int v = 1 / 0; }",
                "return s.length();"));
        assertEquals("Cannot invoke \"String.length()\" because \"s\" is null", missing.message());
        notebook.cell(2, "", Cells.className(1) + ".Broken.v++; return null;");
        var broken = threw(notebook.cell(3, "", Cells.className(1) + ".Broken.v++; return null;"));
        assertEquals("Could not initialize class Broken", broken.message());
    }

    @Test
    void anObjectWithoutATextOfItsOwnIsCalledWhatTheLearnerCalledIt() throws Exception {
        var text = shown(notebook.cell(1, "public static class Account {}", "return new Account();"));
        assertTrue(text.matches("Account@[0-9a-f]+"), text);
    }

    @Test
    void aLineThatSaysWhatWasCalledIsFollowedByWhereFrom() throws Exception {
        var failure = threw(
                notebook.cell(
                        1,
                        "",
                        "try { Integer.parseInt(\"x\"); } catch (NumberFormatException e) { throw new IllegalStateException(e); } return null;"));
        assertEquals(
                List.of(
                        "Caused by: java.lang.NumberFormatException: For input string: \"x\"",
                        "    in java.lang.Integer.parseInt, called",
                        "    at cell 1:1"),
                failure.traceback().subList(2, 5));
    }

    @Test
    void exceptionsThatMisbehaveAreSurvived() throws Exception {
        var circle = threw(
                notebook.cell(
                        1,
                        "",
                        "var a = new RuntimeException(\"a\"); var b = new RuntimeException(\"b\", a); a.initCause(b); throw a;"));
        assertEquals(
                List.of(
                        "java.lang.RuntimeException: a",
                        "    at cell 1:1",
                        "Caused by: java.lang.RuntimeException: b",
                        "    at cell 1:1",
                        "Caused by: java.lang.RuntimeException: a (again: see above)"),
                circle.traceback());
        var liar = threw(notebook.cell(
                2,
                "public static class Liar extends RuntimeException { public String getMessage() { throw new IllegalStateException(); } public Throwable getCause() { throw new Error(); } public StackTraceElement[] getStackTrace() { return null; } public String toString() { return toString(); } }",
                "throw new Liar();"));
        assertEquals("(its getMessage() threw java.lang.IllegalStateException)", liar.message());
        assertEquals(
                "Caused by: (its getCause() threw java.lang.Error)",
                liar.traceback().getLast());
        var deep = threw(notebook.cell(
                3,
                "public static class Deep extends RuntimeException { public String getMessage() { return getMessage(); } }",
                "throw new Deep();"));
        assertEquals("(its getMessage() threw java.lang.StackOverflowError)", deep.message());
        var overflow = threw(notebook.cell(4, "public static int f(int n) { return f(n + 1) + 1; }", "return f(0);"));
        assertEquals("java.lang.StackOverflowError", overflow.type());
        assertTrue(overflow.traceback().size() < 10, overflow.traceback().toString());
        assertTrue(
                overflow.traceback().get(2).matches("    \\.\\.\\. this [0-9,]+ times more"),
                overflow.traceback().toString());
        // 16 GB at once: most machines refuse the first, without having to fill what they have
        var memory = threw(notebook.cell(
                5, "", "var l = new ArrayList<long[]>(); while (true) l.add(new long[Integer.MAX_VALUE - 8]);"));
        assertEquals("java.lang.OutOfMemoryError", memory.type());
        assertEquals("1", shown(notebook.cell(6, "", "return 1;")));
    }

    @Test
    void anUncaughtExceptionIsShownOnceInItsCellAndAFuturesIsNot() throws Exception {
        notebook.run(
                1,
                "public static CountDownLatch fall = new CountDownLatch(1); public static Thread falling;",
                "falling = Thread.ofPlatform().name(\"worker\").start(() -> { try { fall.await(); } catch (InterruptedException e) {}\nthrow new IllegalStateException(\"fell\", new RuntimeException(\"why\")); }); Executors.newCachedThreadPool().submit(() -> { throw new Error(\"silent\"); });");
        notebook.run(2, "", "fall.countDown(); falling.join();");
        assertEquals(
                List.of(new Frame.Uncaught(
                        1,
                        "worker",
                        new Frame.Failure(
                                "java.lang.IllegalStateException",
                                "fell",
                                List.of(
                                        "java.lang.IllegalStateException: fell",
                                        "    at lambda (cell 1:2)",
                                        "Caused by: java.lang.RuntimeException: why",
                                        "    at lambda (cell 1:2)")))),
                notebook.reports().stream()
                        .filter(Frame.Uncaught.class::isInstance)
                        .toList());
        assertEquals("", notebook.err(2));
    }

    @Test
    void aCallThatWaitsForADeclarationSaysSo() throws Exception {
        assertEquals(
                new Frame.Unresolved(17), notebook.cell(1, "", "throw new jdk.jshell.spi.SPIResolutionException(17);"));
    }

    @Test
    void aVariableIsText() throws Exception {
        notebook.run(1, "public static int[] numbers = {1, 2}; public static String none;", "");
        notebook.channel.send(new Frame.Variable(Cells.className(1), "numbers"));
        assertEquals("[1, 2]", shown(notebook.answer()));
        notebook.channel.send(new Frame.Variable(Cells.className(1), "none"));
        assertEquals("null", shown(notebook.answer()));
        notebook.channel.send(new Frame.Variable(Cells.className(1), "missing"));
        assertEquals("java.lang.NoSuchFieldException", threw(notebook.answer()).type());
    }

    @Test
    void variablesCanBeAskedForByName() throws Exception {
        notebook.run(1, "public static int[] numbers = {1}; public static String none; public static int $2 = 7;", "");
        notebook.run(2, "public static class Box { public static int inside = 1; }", "numbers = null;");
        notebook.run(3, "public static int[] numbers = {1, 2};", "");
        var shown = notebook.cell(
                4,
                "",
                "var v = Notebook.variables(); return v.keySet() + \" \" + ((int[]) v.get(\"numbers\")).length + v.get(\"none\");");
        assertEquals(
                "[numbers, none] 2null", ((Frame.Returned) shown).value().data().get("text/plain"));
    }

    @Test
    void classesCanBeReadAsResourcesAndTheClassPathGrows(@TempDir Path added) throws Exception {
        Files.writeString(added.resolve("added.txt"), "found");
        notebook.channel.send(new Frame.AddToClassPath(List.of(added.toString())));
        assertEquals("found 202 202 true", shown(notebook.cell(1, "public static class Inner {}", """
                        var loader = Inner.class.getClassLoader();
                        var name = "REPL/$JShell$1$Inner.class";
                        return new String(loader.getResourceAsStream("added.txt").readAllBytes()) + " "
                                + (loader.getResourceAsStream(name).readNBytes(1)[0] & 0xff) + " "
                                + (Inner.class.getResource("$JShell$1$Inner.class").openStream().read()) + " "
                                + (Thread.currentThread().getContextClassLoader() == loader);
                        """)));
    }

    // Results and displays

    @Test
    void valuesAreShown() throws Exception {
        var expected = new ArrayList<String>();
        var actual = new ArrayList<String>();
        int cell = 0;
        for (var pair : List.of(
                List.of("return \"text\";", "text"),
                List.of("return 42;", "42"),
                List.of("return new int[][] {{1, 2}, {}};", "[[1, 2], []]"),
                List.of("return new Object[] {\"a\", null};", "[a, null]"),
                List.of("var a = new Object[1]; a[0] = a; return a;", "[[...]]"),
                List.of(
                        "return new Object() { public String toString() { throw new IllegalStateException(\"no\"); } };",
                        "The toString() of an anonymous class threw java.lang.IllegalStateException: no"),
                List.of("return new Deep();", "The toString() of Deep threw java.lang.StackOverflowError."),
                List.of("return new Nothing();", "The toString() of Nothing returned null."),
                List.of("return new Shown();", "plain"),
                List.of("return new Special();", "special"))) {
            expected.add(pair.get(1));
            actual.add(shown(notebook.cell(++cell, cell > 1 ? "" : """
                                    public static class Deep { public String toString() { return "" + this; } }
                                    public static class Nothing { public String toString() { return null; } }
                                    public static class Shown implements Displayable { public MimeBundle toMimeBundle() { return MimeBundle.text("plain").and("text/html", "<b>"); } }
                                    public static class Special extends Shown {}
                                    static { Notebook.renderer(Special.class, s -> MimeBundle.text("special")); }
                                    """, pair.get(0))));
        }
        assertEquals(expected, actual);
        var longText = shown(notebook.cell(++cell, "", "return \"🧵\".repeat(1_000_000);"));
        assertTrue(longText.endsWith("🧵\n... 1,900,000 more characters"), longText.substring(longText.length() - 50));
        var tooLarge = shown(notebook.cell(++cell, "", "return MimeBundle.text(\"x\".repeat(200_000_000));"));
        assertTrue(tooLarge.startsWith("This is too large to be shown: 200,000,000 characters (text/plain)"), tooLarge);
        var image = (Frame.Returned) notebook.cell(
                ++cell,
                "",
                "return new java.awt.image.BufferedImage(3, 2, java.awt.image.BufferedImage.TYPE_INT_RGB);");
        assertTrue(image.value().data().get("image/png").startsWith("iVBORw0KGgo"));
        assertEquals("{\"width\":3,\"height\":2}", image.value().metadata().get("image/png"));
        assertEquals(
                "[lambda (Runnable), written in cell " + (++cell) + ":2]",
                shown(notebook.cell(cell, "", "\nreturn List.of((Runnable) () -> {});")));
        assertEquals(new Frame.Returned(null), notebook.cell(++cell, "", "return null;"));
    }

    @Test
    void displaysComeInOrderWithTheOutputAndCanBeUpdated() throws Exception {
        var id = shown(
                notebook.cell(
                        1,
                        "public static String id;",
                        "System.out.print(\"a\"); id = Notebook.display(\"<b>x</b>\", \"text/html\"); System.out.println(\"b\"); Notebook.clearOutput(true); return id;"));
        notebook.run(2, "", "Thread.ofPlatform().start(() -> Notebook.updateDisplay(id, 7)).join();");
        assertEquals(
                List.of(
                        new Frame.Output(1, Frame.Stream.STDOUT, "a"),
                        new Frame.Display(
                                1,
                                false,
                                id,
                                new Frame.Bundle(
                                        java.util.Map.of("text/html", "<b>x</b>", "text/plain", "<b>x</b>"),
                                        java.util.Map.of())),
                        new Frame.Output(1, Frame.Stream.STDOUT, "b\n"),
                        new Frame.ClearOutput(1, true),
                        new Frame.Display(
                                2,
                                true,
                                id,
                                new Frame.Bundle(java.util.Map.of("text/plain", "7"), java.util.Map.of()))),
                notebook.reports().stream()
                        .filter(f -> f instanceof Frame.Output
                                || f instanceof Frame.Display
                                || f instanceof Frame.ClearOutput)
                        .toList());
    }

    // The end

    @Test
    void nothingOutlivesTheKernel() throws Exception {
        notebook.begin(1, false, "", "while (true) System.out.println(1);");
        notebook.awaitOut(1, "1");
        notebook.channel.close();
        assertEquals(0, notebook.exitCode());
    }

    @Test
    void exitEndsTheProcessWithItsStatusAfterItsLastOutput() throws Exception {
        notebook.begin(
                1,
                false,
                "",
                "Runtime.getRuntime().addShutdownHook(new Thread(() -> { for (int i = 0; i < 1_000; i++) System.out.println(\"hook \" + i); })); for (int i = 0; i < 10_000; i++) System.out.println(i); System.out.print(\"end\\n\"); System.exit(7); return null;");
        assertEquals(7, notebook.exitCode());
        notebook.awaitOut(1, "hook 999\n");
        assertEquals(11_001, notebook.out(1).lines().count());
    }

    @Test
    void readyComesFirst() throws Exception {
        notebook.await("report", frames -> !frames.isEmpty());
        assertEquals(new Frame.Ready(notebook.process.pid()), notebook.reports().getFirst());
    }
}
