package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.testkit.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main process is lost: each manner, while a cell runs and while none does; the kernel says so and goes on. */
class LostProcessTest {

    private static final String LOST = " A fresh one has been started; all variables and definitions are lost.";
    private static final String KILLED = "The cell could not be stopped, so its process was killed." + LOST;
    private static final String SAID_2 =
            "The cell does not react to the interrupt; its main thread is being stopped.\n";
    private static final String SAID_3 = "The cell cannot be stopped; its process is being killed.\n";

    private TestKernel kernel;
    private Session session;

    @BeforeEach
    void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
        run("int kept = 7;");
    }

    @AfterEach
    void end() {
        kernel.close();
    }

    private void run(String code, heddle.protocol.testkit.Expectation... between) throws Exception {
        var asked = session.execute(code).expect(busy(), input(code));
        asked.expect(between);
        asked.expect(idle()).reply(ok());
    }

    private Session.Asked running(String code) throws Exception {
        var cell = "{ System.out.println(\"runs\");\n" + code + " }";
        return session.execute(cell).expect(busy(), input(cell), streamed("stdout", "runs\n"));
    }

    private static Content.Error ended(Session.Asked cell) throws Exception {
        var error = (Content.Error) cell.next().content();
        cell.expect(idle());
        var reply =
                (ExecuteReply.Error) cell.reply(any(ExecuteReply.Error.class)).content();
        assertEquals(new Content.Error(reply.ename(), reply.evalue(), reply.traceback()), error);
        return error;
    }

    private void press() throws Exception {
        session.interrupt().expect(busy(), idle()).reply(ok());
    }

    @Test
    void aKilledFlightRecorderLeavesNothing() throws Exception {
        var recording = "var recording = new jdk.jfr.Recording(); recording.start();";
        run(recording);
        var code = "System.getProperty(\"jdk.jfr.repository\")";
        var asked = session.execute(code).expect(busy(), input(code));
        var repository = Path.of(((Content.ExecuteResult) asked.next().content())
                .data()
                .get("text/plain")
                .asText());
        asked.expect(idle()).reply(ok());
        assertTrue(Files.exists(repository));
        signal("KILL", TestKernel.mainPid(session));
        kernel.awaitNotice();
        assertFalse(Files.exists(repository), repository.toString());
    }

    /** The fresh process works, knows nothing of the old, and nothing is said twice. */
    private void assertFresh() throws Exception {
        run("int fresh = 1;\nfresh", result("1"));
        var code = "kept";
        var asked = session.execute(code).expect(busy(), input(code));
        assertEquals("CompileError", ended(asked).ename());
    }

    private static void signal(String signal, long pid) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + signal, String.valueOf(pid))
                        .inheritIO()
                        .start()
                        .waitFor());
    }

    // ---- while a cell runs

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "System.exit(3);                 | ended with exit code 3",
                "System.exit(0);                 | ended with exit code 0",
                "Runtime.getRuntime().halt(4);   | ended with exit code 4",
                "Thread.ofPlatform().start(() -> System.exit(5)); Thread.sleep(1_000_000); | ended with exit code 5",
                "new ProcessBuilder(\"kill\", \"-9\", \"\" + ProcessHandle.current().pid()).start(); Thread.sleep(1_000_000);"
                        + " | was ended by signal SIGKILL (exit code 137)",
                "new ProcessBuilder(\"kill\", \"-TERM\", \"\" + ProcessHandle.current().pid()).start(); Thread.sleep(1_000_000);"
                        + " | was ended by signal SIGTERM (exit code 143)"
            })
    void itIsReportedInTheCell(String code, String how) throws Exception {
        var error = ended(running(code));
        assertEquals("MainProcessEnded", error.ename());
        assertEquals("The main process " + how + "." + LOST, error.evalue());
        assertFresh();
    }

    @Test
    void whatBecameOfTheChildrenIsSaid() throws Exception {
        run("new ProcessBuilder(\"true\").start().waitFor();");
        run(
                "Process survivor, follower; { survivor = new ProcessBuilder(\"sleep\", \"1000\").start(); follower = new ProcessBuilder(\"cat\").start(); }");
        var error = ended(running("follower.destroy(); follower.waitFor(); Runtime.getRuntime().halt(4);"));
        var said = error.evalue().replaceAll("(?<=pid |of\\()\\d+", "N");
        assertEquals(
                "The main process ended with exit code 4." + LOST
                        + " The child process of the lost one has ended too: cat (pid N)."
                        + " A child process of the lost one is still running: sleep (pid N); ProcessHandle.of(NL).ifPresent(ProcessHandle::destroy) ends it.",
                said);
        var code = error.evalue().replaceAll(".*; (ProcessHandle.*) ends it\\.", "$1");
        run("var left = " + code.replace(".ifPresent(ProcessHandle::destroy)", ".orElseThrow()") + ";");
        run(code + ";\nleft.onExit().get(); left.isAlive()", result("false"));
    }

    @Test
    void whatACellStartedIsKilledWithTheProcessThatCannotBeStopped() throws Exception {
        var cell = running(
                "new ProcessBuilder(\"sleep\", \"1000\").start(); while (true) { try { while (true) {} } catch (Throwable e) {} }");
        press();
        cell.expect(streamed("stderr", SAID_2 + SAID_3));
        assertEquals(
                KILLED + " The child process of the lost one has ended too: sleep (pid N).",
                ended(cell).evalue().replaceAll("\\d+", "N"));
    }

    @Test
    void whatItSaidLastIsShown() throws Exception {
        var code = "System.out.println(\"last words\"); System.exit(3);";
        var asked = session.execute(code).expect(busy(), input(code), streamed("stdout", "last words\n"));
        assertEquals("MainProcessEnded", ended(asked).ename());
    }

    @Test
    void aCrashOfTheJvmIsReported() throws Exception {
        var code =
                "var u = Class.forName(\"sun.misc.Unsafe\").getDeclaredField(\"theUnsafe\"); u.setAccessible(true);\n"
                        + "((sun.misc.Unsafe) u.get(null)).putAddress(0, 0);";
        var asked = session.execute(code).expect(busy(), input(code));
        var text = new StringBuilder();
        Content content;
        while ((content = asked.next().content()) instanceof Content.Stream stream) {
            text.append(stream.text());
        }
        assertTrue(text.toString().contains("SIGSEGV"), text.toString());
        var said = ((Content.Error) content).evalue();
        assertTrue(
                said.matches(
                        "The main process crashed: SIGSEGV \\(0xb\\) in .* \\(exit code 134\\)\\.\\Q" + LOST + "\\E"),
                said);
        var report = Path.of(text.toString()
                .lines()
                .filter(line -> line.matches("# .*hs_err_pid\\d+\\.log"))
                .findFirst()
                .orElseThrow()
                .substring(2));
        assertTrue(Files.exists(report), "the JVM names a report that is not there: " + report);
        asked.expect(idle()).reply(any(ExecuteReply.Error.class));
        assertFresh();
        kernel.close();
        assertFalse(Files.exists(report.getParent()), "what belongs to the kernel outlives it: " + report);
        start();
    }

    // ---- while no cell runs

    @ParameterizedTest
    @CsvSource({"KILL, was ended by signal SIGKILL (exit code 137)", "TERM, was ended by signal SIGTERM (exit code 143)"
    })
    void itIsReportedInTheNextCell(String signal, String how) throws Exception {
        long pid = TestKernel.mainPid(session);
        var exit = ProcessHandle.of(pid).orElseThrow().onExit();
        signal(signal, pid);
        exit.get(10, TimeUnit.SECONDS);
        kernel.awaitNotice();
        run("1 + 1", streamed("stderr", "The main process " + how + "." + LOST + "\n"), result("2"));
        assertFresh();
    }

    @Test
    void aThreadThatExitsLateIsReportedInTheNextCell() throws Exception {
        run(
                "var exits = new CountDownLatch(1); new Thread(() -> { try { exits.await(); } catch (InterruptedException e) {} System.exit(6); }).start();");
        var exit = ProcessHandle.of(TestKernel.mainPid(session)).orElseThrow().onExit();
        session.execute("exits.countDown();")
                .expect(busy(), input("exits.countDown();"), idle())
                .reply(ok());
        exit.get(10, TimeUnit.SECONDS);
        kernel.awaitNotice();
        run("2", streamed("stderr", "The main process ended with exit code 6." + LOST + "\n"), result("2"));
        assertFresh();
    }

    // ---- Stop's last level

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "deadlock of monitors | var a = new Object(); var b = new Object(); var both = new CountDownLatch(2); new Thread(() -> { synchronized (b) { both.countDown(); while (both.getCount() > 0) {} synchronized (a) {} } }).start(); synchronized (a) { both.countDown(); while (both.getCount() > 0) {} synchronized (b) {} }",
                "catches even that     | while (true) { try { while (true) {} } catch (Throwable e) {} }"
            })
    void whatCannotBeStoppedIsKilled(String name, String code) throws Exception {
        var cell = running(code);
        press();
        cell.expect(streamed("stderr", SAID_2 + SAID_3));
        assertEquals(KILLED, ended(cell).evalue(), name);
        assertFresh();
    }

    @Test
    void eachFurtherPressGoesOneLevelUpAtOnce() throws Exception {
        var cell = running("while (true) { try { while (true) {} } catch (Throwable e) {} }");
        long start = System.nanoTime();
        press();
        press();
        press();
        cell.expect(streamed("stderr", SAID_2 + SAID_3));
        assertEquals(KILLED, ended(cell).evalue());
        var took = Duration.ofNanos(System.nanoTime() - start);
        // What waiting for each level would take.
        assertTrue(took.compareTo(Stop.INTERRUPT_PATIENCE.plus(Stop.FORCE_PATIENCE)) < 0, "took " + took);
        assertFresh();
    }

    @Test
    void aFrozenProcessIsKilled() throws Exception {
        long pid = TestKernel.mainPid(session);
        var cell = running("Thread.sleep(1_000_000);");
        signal("STOP", pid);
        press();
        cell.expect(streamed("stderr", SAID_2 + "The cell's process does not react at all.\n" + SAID_3));
        assertEquals(KILLED, ended(cell).evalue());
        assertFresh();
    }

    @Test
    @Timeout(120)
    void theCompilerIsStopped() throws Exception {
        run("<T> T pick(T a, T b) { return a; }");
        // Inference is slow on this: seconds.
        var code =
                "var slow = " + "pick(pick(List.of(1), Set.of(\"a\")), ".repeat(12) + "Map.of()" + ")".repeat(12) + ";";
        var cell = session.execute(code).expect(busy(), input(code));
        var compiling = awaitCompiling();
        press();
        press();
        press();
        cell.expect(streamed("stderr", SAID_3));
        assertEquals(KILLED, ended(cell).evalue());
        assertFresh();
        // Nobody waits for it any more, but nothing interrupts javac.
        assertTrue(compiling.join(Duration.ofSeconds(100)));
    }

    /** @return the thread that compiles */
    private static Thread awaitCompiling() {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < deadlineNs) {
            for (var stack : Thread.getAllStackTraces().entrySet()) {
                if (stack.getKey().getName().equals("heddle-compiler")
                        && Stream.of(stack.getValue())
                                .anyMatch(frame -> frame.getClassName().equals("com.sun.tools.javac.comp.Infer"))) {
                    return stack.getKey();
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the compiler does not work");
    }
}
