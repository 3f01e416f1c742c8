package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.testkit.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stop ends all that a cell has started, nothing else, and says so; the notebook's variables stay. */
class SweepTest {

    private static final String INTERRUPTED = "The cell was stopped.";
    private static final String FORCED = "The cell was stopped by force.";
    private static final String SAID_2 =
            "The cell does not react to the interrupt; its main thread is being stopped.\n";

    private static final String MORE = "Something of an earlier cell is running too; press Stop again to end it.\n";

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
        run("int kept = 7;");
        run("""
                void forever() { try { Thread.sleep(1_000_000); } catch (InterruptedException e) {} }
                void spin() { for (long n = 0; ; n++) {} }
                void eachMillisecond() {}
                volatile boolean on = true;
                static <T> T started(T it) { return it; }
                var early = Executors.newFixedThreadPool(2);
                var scheduler = Executors.newScheduledThreadPool(1);
                var gate = new CountDownLatch(1);
                Future<String> waits = early.submit(() -> { gate.await(); return "untouched"; });""");
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    private static void run(String code, heddle.protocol.testkit.Expectation... between) throws Exception {
        TestKernel.run(session, code, between);
    }

    private static void press() throws Exception {
        session.interrupt().expect(busy(), idle()).reply(ok());
    }

    private record Ended(String how, String said) {}

    /** Runs the cell, presses Stop when it says that it runs, and returns what it says then. */
    private static Ended stopped(String code) throws Exception {
        var cell = "{ " + code + " }";
        var asked = session.execute(cell).expect(busy(), input(cell), streamed("stdout", "runs\n"));
        press();
        var said = new StringBuilder();
        Content content;
        while ((content = asked.next().content()) instanceof Content.Stream stream) {
            said.append(stream.text());
        }
        var error = (Content.Error) content;
        asked.expect(idle()).reply(any(ExecuteReply.Error.class));
        assertEquals("CellStopped", error.ename(), error.toString());
        return new Ended(error.evalue(), said.toString());
    }

    private static void assertKept() throws Exception {
        run("kept", result("7"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a thread             | new Thread(() -> forever()).start(); | 1 thread",
                "a thread that spins  | new Thread(() -> spin()).start(); | 1 thread",
                "virtual threads      | for (int i = 0; i < 10_000; i++) Thread.startVirtualThread(() -> forever()); | 10,000 virtual threads",
                "parked ones          | for (int i = 0; i < 10_000; i++) Thread.startVirtualThread(() -> { try { new Semaphore(0).acquire(); } catch (InterruptedException e) { throw new IllegalStateException(e); } }); | 10,000 virtual threads",
                "one that spins       | Thread.startVirtualThread(() -> spin()); | 1 virtual thread",
                "an executor of its own | var pool = Executors.newFixedThreadPool(1); for (int i = 0; i < 3; i++) pool.submit(() -> forever()); | 1 thread, 2 tasks",
                "one of plain tasks   | var pool = Executors.newFixedThreadPool(1); for (int i = 0; i < 3; i++) pool.execute(() -> spin()); | 1 thread, 2 tasks",
                "an executor of before | for (int i = 0; i < 3; i++) early.submit(() -> forever()); | 3 tasks",
                "a schedule           | scheduler.scheduleAtFixedRate(() -> eachMillisecond(), 1_000, 1, TimeUnit.SECONDS); | 1 task",
                "a timer              | new java.util.Timer().schedule(new TimerTask() { public void run() { spin(); } }, 0); | 1 thread",
                "a fork-join pool     | new ForkJoinPool(2).submit(() -> spin()); | 1 thread",
                "the common pool      | CompletableFuture.runAsync(() -> forever()).thenRun(() -> {}); | 1 task",
                "a spinning stage     | CompletableFuture.supplyAsync(() -> 1).thenAcceptAsync(n -> spin()); | 1 task",
                "virtual executor     | var pool = Executors.newVirtualThreadPerTaskExecutor(); for (int i = 0; i < 3; i++) pool.submit(() -> forever()); | 3 virtual threads",
                "a child              | new ProcessBuilder(\"sleep\", \"1000\").start(); | the process sleep (pid N)",
                "a child of a thread  | var s = new ProcessBuilder(\"sleep\", \"1000\"); var t = new Thread(() -> { try { s.start(); } catch (IOException e) {} }); t.start(); t.join(); | the process sleep (pid N)"
            })
    void whatTheCellStartedEndsToo(String name, String code, String what) throws Exception {
        var ended = stopped(code + " System.out.println(\"runs\"); Thread.sleep(1_000_000);");
        assertEquals(
                "Stop also ended what the cell had started: " + what + ".\n",
                ended.said().replaceAll("pid \\d+", "pid N"),
                name);
        assertEquals(INTERRUPTED, ended.how());
        assertKept();
    }

    @Test
    void whatOtherCellsStartedGoesOn() throws Exception {
        run("""
                var ticks = new Semaphore(0);
                var ticking = scheduler.scheduleAtFixedRate(ticks::release, 0, 1, TimeUnit.MILLISECONDS);
                var other = Executors.newSingleThreadExecutor();
                var thread = Thread.ofVirtual().start(() -> forever());
                var process = new ProcessBuilder("sleep", "1000").start();""");
        var ended = stopped("other.submit(() -> spin()); System.out.println(\"runs\"); Thread.sleep(1_000_000);");
        assertEquals("Stop also ended what the cell had started: 1 task.\n", ended.said());
        run(
                "ticks.drainPermits(); ticks.acquire(); "
                        + "waits.isDone() + \" \" + thread.isAlive() + \" \" + process.isAlive() + \" \" + other.submit(() -> \"works\").get()",
                result("false true true works"));
        run(
                "ticking.cancel(true); thread.interrupt(); other.shutdown(); process.destroy(); process.waitFor()",
                result("143"));
    }

    @Test
    void aProcessThatIgnoresSigtermIsKilledWithAllBelowIt() throws Exception {
        var ended = stopped("""
                var below = new ProcessBuilder("bash", "-c", "trap '' TERM; (trap '' TERM; echo $BASHPID; while true; do sleep 1; done) & wait; wait").start();
                System.setProperty("below", below.inputReader().readLine());
                System.out.println("runs"); below.waitFor();""");
        assertEquals(
                "Stop also ended what the cell had started: the process bash (pid N).\n",
                ended.said().replaceAll("pid \\d+", "pid N"));
        // It may be a zombie, which has no program.
        run(
                "ProcessHandle.of(Long.getLong(\"below\")).flatMap(below -> below.info().command()).isPresent()",
                result("false"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "monitor of a sleeper | var o = new Object(); var got = new CountDownLatch(1); new Thread(() -> { synchronized (o) { got.countDown(); forever(); } }).start(); got.await(); System.out.println(\"runs\"); synchronized (o) {} | 1 thread",
                "monitor of a spinner | var o = new Object(); var got = new CountDownLatch(1); new Thread(() -> { synchronized (o) { got.countDown(); spin(); } }).start(); got.await(); System.out.println(\"runs\"); synchronized (o) {} | 1 thread",
                "parallel stream      | System.out.println(\"runs\"); IntStream.range(0, 1_000).parallel().forEach(i -> spin()); | N tasks",
                "stage                | System.out.println(\"runs\"); CompletableFuture.runAsync(() -> spin()).join(); | N tasks",
                "accept of a socket   | try (var server = new java.net.ServerSocket(0)) { System.out.println(\"runs\"); server.accept(); } |",
                "read of a socket     | try (var server = new java.net.ServerSocket(0); var s = new java.net.Socket(server.getInetAddress(), server.getLocalPort())) { System.out.println(\"runs\"); s.getInputStream().read(); } |",
                "read of a child      | var silent = new ProcessBuilder(\"sleep\", \"1000\").start(); System.out.println(\"runs\"); silent.getInputStream().read(); | the process sleep (pid N)",
                "catches nearly all   | System.out.println(\"runs\"); while (true) { try { Thread.sleep(1_000); } catch (Exception e) {} } |"
            })
    void byForceAndTheVariablesStay(String name, String code, String what) throws Exception {
        var ended = stopped(code);
        var also = what == null ? "" : "Stop also ended what the cell had started: " + what + ".\n";
        assertEquals(
                SAID_2 + also, ended.said().replaceAll("pid \\d+", "pid N").replaceAll("\\d+ tasks?", "N tasks"), name);
        assertEquals(FORCED, ended.how());
        assertKept();
    }

    @Test
    void structuredConcurrencyEndsWithItsScope() throws Exception {
        var ended = stopped(
                "try (var scope = java.util.concurrent.StructuredTaskScope.open()) {"
                        + " for (int i = 0; i < 10; i++) scope.fork(() -> { forever(); return 1; }); System.out.println(\"runs\"); scope.join(); }");
        assertEquals(new Ended(INTERRUPTED, ""), ended);
        assertKept();
    }

    @Test
    void whoCannotBeEndedIsNamed() throws Exception {
        var ended = stopped(
                "new Thread(() -> { while (on) { try { spin(); } catch (Throwable e) {} } }, \"stubborn\").start(); System.out.println(\"runs\"); Thread.sleep(1_000_000);");
        assertEquals(
                "Neither an interrupt nor force has ended this: stubborn (RUNNABLE). A restart of the kernel does.\n",
                ended.said());
        run("on = false;");
    }

    @Test
    void whileNoCellRunsStopEndsWhatTheLatestHasRunning() throws Exception {
        var begun = "var first = Thread.ofPlatform().start(() -> forever());";
        var earlier = session.execute(begun).expect(busy(), input(begun), idle());
        earlier.reply(ok());
        var code =
                "var second = Thread.ofVirtual().start(() -> spin()); var idlePool = Executors.newCachedThreadPool(); idlePool.submit(() -> 1).get();";
        var cell = session.execute(code).expect(busy(), input(code), idle());
        cell.reply(ok());
        press();
        cell.expect(streamed("stderr", "Stop ended what still ran for this cell: 1 virtual thread.\n" + MORE));
        run("first.isAlive() + \" \" + idlePool.submit(() -> 2).get()", result("true 2"));
        press();
        earlier.expect(streamed("stderr", "Stop ended what still ran for this cell: 1 thread.\n" + MORE));
        run("first.join(); idlePool.shutdown();");
    }

    @Test
    void aThreadThatIgnoredStopMayHearTheNextPress() throws Exception {
        run("on = true;");
        var code =
                "{ var t = new Thread(() -> { while (true) { try { spin(); } catch (Error e) { if (!on) throw e; } } }, \"later\"); t.start(); System.out.println(\"runs\"); t.join(); }";
        var asked = session.execute(code).expect(busy(), input(code), streamed("stdout", "runs\n"));
        press();
        asked.expect(streamed(
                "stderr",
                "Neither an interrupt nor force has ended this: later (RUNNABLE). A restart of the kernel does.\n"));
        asked.next();
        asked.expect(idle()).reply(any(ExecuteReply.Error.class));
        run("on = false;");
        press();
        asked.expect(streamed("stderr", "Stop ended what still ran for this cell: 1 thread.\n" + MORE));
    }
}
