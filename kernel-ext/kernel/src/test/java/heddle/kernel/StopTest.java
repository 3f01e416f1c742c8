package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.testkit.Session;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stop ends whatever a cell does: each kind of code, the level it takes, and what is left afterwards. */
class StopTest {

    private static final String INTERRUPTED = "The cell was stopped.";
    private static final String FORCED = "The cell was stopped by force.";
    private static final String SAID_2 =
            "The cell does not react to the interrupt; its main thread is being stopped.\n";

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel(new Magics(List.of(new Extension() {
            @Override
            public List<Magic> magics() {
                return List.of(new Magic.Cell(
                        "tidy", "tidies up", _ -> new Magic.Cell.Frame("", "System.out.println(\"tidied\");")));
            }
        })));
        session = kernel.session();
        var code = "int kept = 7; int spin(int x) { while (true) { x++; if (x == -1) x = 0; } }";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    private static Session.Asked running(String code) throws Exception {
        // One block, so that Stop cannot come between two of its statements.
        var cell = "{ System.out.println(\"runs\");\n" + code + " }";
        return session.execute(cell).expect(busy(), input(cell), streamed("stdout", "runs\n"));
    }

    private static String ended(Session.Asked cell) throws Exception {
        var content = cell.next().content();
        if (content instanceof Content.Stream(var _, var text) && text.startsWith("Stop also ended")) {
            content = cell.next().content(); // the thread that takes the lock was quick, or it was not
        }
        var error = (Content.Error) content;
        cell.expect(idle());
        var reply =
                (ExecuteReply.Error) cell.reply(any(ExecuteReply.Error.class)).content();
        assertEquals("CellStopped", error.ename());
        assertEquals(new Content.Error(reply.ename(), reply.evalue(), reply.traceback()), error);
        return error.evalue();
    }

    private static void press() throws Exception {
        session.interrupt().expect(busy(), idle()).reply(ok());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "sleep                | Thread.sleep(1_000_000);",
                "wait                 | var o = new Object(); synchronized (o) { o.wait(); }",
                "lock                 | var l = new ReentrantLock(); var t = new Thread(l::lock); t.start(); t.join(); l.lockInterruptibly();",
                "queue                | new LinkedBlockingQueue<String>().take();",
                "join                 | Thread.currentThread().join();",
                "future               | new CompletableFuture<String>().get();"
            })
    void anInterruptIsEnough(String name, String code) throws Exception {
        var cell = running(code);
        press();
        assertEquals(INTERRUPTED, ended(cell), name);
        session.execute("kept")
                .expect(busy(), input("kept"), result("7"), idle())
                .reply(ok());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "endless loop     | while (true) {}",
                "counting loop    | long n = 0; while (true) { n++; }",
                "catch everything | while (true) { try { Thread.sleep(50); } catch (InterruptedException e) {} }",
                "park loop        | while (true) java.util.concurrent.locks.LockSupport.park();",
                "semaphore        | new Semaphore(0).acquireUninterruptibly();",
                "lock             | var l2 = new ReentrantLock(); var t2 = new Thread(l2::lock); t2.start(); while (!l2.isLocked()) {} l2.lock();",
                "future           | new CompletableFuture<String>().join();",
                "spinning method  | spin(0);",
                "recursion        | class R { static void down(int n) { if (n < 1_000) down(n + 1); } } while (true) R.down(0);",
                "endless text     | display(List.of(1, new Object() { public String toString() { while (true) {} } }));"
            })
    void whatDoesNotListenIsStoppedByForce(String name, String code) throws Exception {
        var cell = running(code);
        press();
        cell.expect(streamed("stderr", SAID_2));
        assertEquals(FORCED, ended(cell), name);
        session.execute("kept")
                .expect(busy(), input("kept"), result("7"), idle())
                .reply(ok());
    }

    @Test
    void aMainOfAnotherNameIsStoppedToo() throws Exception {
        var cell = running("Thread.currentThread().setName(\"mine\"); while (true) {}");
        press();
        cell.expect(streamed("stderr", SAID_2));
        assertEquals(FORCED, ended(cell));
        var back = "Thread.currentThread().setName(\"main\");";
        session.execute(back).expect(busy(), input(back), idle()).reply(ok());
    }

    /** A learner's code is run as it is: nothing of ours in the loop lets it see the change. */
    @Test
    void aLoopThatReadsAPlainFieldReallySpins() throws Exception {
        var declared = "boolean on = true;";
        session.execute(declared).expect(busy(), input(declared), idle()).reply(ok());
        var cell = running("""
            var loop = Thread.currentThread();
            var times = java.lang.management.ManagementFactory.getThreadMXBean();
            long compiled = times.getCurrentThreadCpuTime() + 300_000_000;
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (times.getThreadCpuTime(loop.threadId()) < compiled) Thread.sleep(10);
                } catch (InterruptedException e) {
                    return;
                }
                on = false;
                System.out.println("off");
            });
            while (on) { }
            """);
        cell.expect(streamed("stdout", "off\n"));
        press();
        cell.expect(streamed("stderr", SAID_2));
        assertEquals(FORCED, ended(cell));
    }

    @Test
    void waitingForInputIsStopped() throws Exception {
        var code = "new Scanner(System.in).nextLine()";
        var cell = session.executeWithInput(code).expect(busy(), input(code));
        cell.asks("", false);
        press();
        assertEquals(INTERRUPTED, ended(cell));
    }

    @Test
    void aLoopThatPrintsIsStopped() throws Exception {
        var cell = running("for (long i = 0; ; i++) System.out.println(i);");
        press();
        var content = cell.next().content();
        while (!(content instanceof Content.Error)) { // a flood: text, and how much of it is left out
            content = cell.next().content();
        }
        cell.expect(idle()).reply(any(ExecuteReply.Error.class));
        assertEquals(FORCED, ((Content.Error) content).evalue());
        session.execute("kept")
                .expect(busy(), input("kept"), result("7"), idle())
                .reply(ok());
    }

    @Test
    void theRestOfTheCellDoesNotRun() throws Exception {
        var cell = running(
                "try { Thread.sleep(1_000_000); } catch (InterruptedException e) { System.out.println(\"caught\"); }}\n"
                        + "int z2 = 0;\n{ System.out.println(\"must not be seen\");");
        press();
        cell.expect(streamed("stdout", "caught\n"));
        assertEquals(INTERRUPTED, ended(cell));
    }

    @Test
    void aMagicStillTidiesUp() throws Exception {
        var code = "%%tidy\n{ System.out.println(\"runs\"); Thread.sleep(1_000_000); }";
        var cell = session.execute(code).expect(busy(), input(code), streamed("stdout", "runs\n"));
        press();
        cell.expect(streamed("stdout", "tidied\n"));
        assertEquals(INTERRUPTED, ended(cell));
    }

    @Test
    void stopWithoutACellDoesNothing() throws Exception {
        press();
        session.execute("kept + 1")
                .expect(busy(), input("kept + 1"), result("8"), idle())
                .reply(ok());
    }
}
