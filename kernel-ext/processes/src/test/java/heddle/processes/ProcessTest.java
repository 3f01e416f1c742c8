package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows PR1 to PR25 of the behaviour table. */
class ProcessTest {
    /** Ends by a signal only. */
    static void forever() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** A child that has said that it runs. */
    private static ChildProcess running(Captured captured, ChildProcess child) throws InterruptedException {
        child.start();
        assertTrue(child.awaitLine(""), captured.err());
        return child;
    }

    private static final Task SAYS_AND_STAYS = () -> {
        System.out.println("here");
        forever();
    };

    private static int exitCodeOf(Task task) throws InterruptedException {
        var child = new ChildProcess(task).start();
        child.join();
        return child.exitCode();
    }

    @Test
    @DisplayName("PR1 before the start: no pid, no exit code, not alive, numbered names")
    void pr1() throws Exception {
        var first = new ChildProcess(() -> {});
        var second = new ChildProcess(() -> {
            System.out.println(new ChildProcess(() -> {}).name());
            System.out.println(new ChildProcess("own", () -> {}).name());
            System.out.println(new ChildProcess(() -> {}).name());
        });
        assertNull(first.pid());
        assertNull(first.exitCode());
        assertFalse(first.isAlive());
        var number = Integer.parseInt(first.name().substring("Process-".length()));
        assertEquals("Process-" + (number + 1), second.name());
        try (var captured = new Captured()) {
            second.start().join();
            assertEquals(List.of(second.name() + ":1", "own", second.name() + ":3"), captured.lines());
        }
    }

    @Test
    @DisplayName(
            "its text tells its state, in its own process and in others; its handle is the system's, also when it has ended")
    void text() throws Exception {
        try (var captured = new Captured()) {
            var child = new ChildProcess("kid", SAYS_AND_STAYS);
            assertEquals("ChildProcess[kid, not started]", child.toString());
            assertThrows(IllegalStateException.class, child::toHandle);
            running(captured, child);
            assertEquals("ChildProcess[kid (pid " + child.pid() + ") runs]", child.toString());
            var handle = child.toHandle();
            assertEquals(ProcessHandle.of(child.pid()).orElseThrow(), handle);
            var other = new ChildProcess(() -> {
                System.out.println(child);
                try {
                    child.toHandle();
                } catch (IllegalStateException e) {
                    System.out.println(e.getMessage());
                }
            });
            other.start().join();
            assertEquals(
                    List.of(
                            "ChildProcess[kid (pid " + child.pid() + ")]",
                            "cannot get a handle of kid in " + other.name() + ": only the process that made it can"),
                    other.lastLines());
            child.kill();
            child.join();
            assertEquals("ChildProcess[kid (pid " + handle.pid() + ") was killed by SIGKILL]", child.toString());
            assertEquals(handle, child.toHandle());
            assertFalse(handle.isAlive());
        }
    }

    @Test
    @DisplayName("a task may capture a path")
    void path() throws Exception {
        var path = Path.of("a", "b");
        try (var captured = new Captured()) {
            new ChildProcess(() -> System.out.println(path.getFileName()))
                    .start()
                    .join();
            assertEquals(List.of("b"), captured.lines());
        }
    }

    @Test
    @DisplayName("PR2 a second start is refused, while it runs and afterwards")
    void pr2() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(SAYS_AND_STAYS));
            assertThrows(IllegalStateException.class, child::start);
            child.kill();
            child.join();
            var e = assertThrows(IllegalStateException.class, child::start);
            assertTrue(e.getMessage().contains("twice"), e.getMessage());
        }
    }

    @Test
    @DisplayName("PR3 join before the start is refused")
    void pr3() {
        var child = new ChildProcess(() -> {});
        assertThrows(IllegalStateException.class, child::join);
        assertThrows(IllegalStateException.class, () -> child.join(Duration.ZERO));
    }

    @Test
    @DisplayName("PR4 terminate and kill before the start are refused")
    void pr4() {
        var child = new ChildProcess(() -> {});
        assertThrows(IllegalStateException.class, child::terminate);
        assertThrows(IllegalStateException.class, child::kill);
    }

    @Test
    @DisplayName("PR5 join with a time returns false while the child runs; a negative time counts as zero")
    void pr5() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(SAYS_AND_STAYS));
            for (var time : List.of(Duration.ofMillis(100), Duration.ZERO, Duration.ofSeconds(-1))) {
                assertFalse(child.join(time));
                assertNull(child.exitCode());
            }
            child.kill();
            assertTrue(child.join(Duration.ofSeconds(30)));
        }
    }

    @Test
    @DisplayName("PR6 after the end join and terminate do nothing, pid and exit code stay")
    void pr6() throws Exception {
        var child = new ChildProcess(() -> System.exit(3)).start();
        var pid = child.pid();
        child.join();
        child.join();
        child.terminate();
        child.kill();
        assertTrue(child.join(Duration.ZERO));
        assertEquals(3, child.exitCode());
        assertEquals(pid, child.pid());
    }

    @Test
    @DisplayName("PR7 exit code 0 after a return; 1 after an exception, which the child prints under its name")
    void pr7() throws Exception {
        assertEquals(0, exitCodeOf(() -> {}));
        try (var captured = new Captured()) {
            var child = new ChildProcess("waiter", () -> {
                throw new IllegalStateException("no more plates", new IOException("shelf empty"));
            });
            child.start().join();
            assertEquals(1, child.exitCode());
            var lines = captured.err().lines().toList();
            assertEquals("Process waiter:", lines.get(0));
            assertEquals("java.lang.IllegalStateException: no more plates", lines.get(1));
            assertTrue(lines.get(2).contains("ProcessTest.java:"), lines.toString());
            assertTrue(lines.contains("Caused by: java.io.IOException: shelf empty"), lines.toString());
            assertFalse(captured.err().contains("ChildMain"), captured.err());
            assertEquals(lines, child.lastLines());
            assertEquals("", captured.out());
        }
    }

    @ParameterizedTest(name = "PR8 System.exit({0}) is exit code {1}")
    @CsvSource({"0, 0", "3, 3", "300, 44", "-1, 255"})
    void pr8(int given, int expected) throws Exception {
        var child = ChildProcess.of(System::exit, given).start();
        child.join();
        assertEquals(expected, child.exitCode());
    }

    @Test
    @DisplayName("PR9 halt(7) is exit code 7 and runs no hooks")
    void pr9() throws Exception {
        try (var captured = new Captured()) {
            assertEquals(7, exitCodeOf(() -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
                Runtime.getRuntime().halt(7);
            }));
            assertEquals("", captured.out());
        }
    }

    @Test
    @DisplayName("PR10 non-daemon threads of the child are waited for, and their exceptions leave its exit code alone")
    void pr10() throws Exception {
        try (var captured = new Captured()) {
            assertEquals(0, exitCodeOf(ProcessTest::threadThatPrintsLater));
            assertEquals(1, exitCodeOf(() -> {
                threadThatPrintsLater();
                throw new IllegalStateException("main has failed");
            }));
            assertEquals(List.of("later", "later"), captured.lines());
            assertEquals(
                    0,
                    exitCodeOf(() -> new Thread(() -> {
                                throw new IllegalStateException("a thread has failed");
                            })
                            .start()));
            assertTrue(captured.err().contains("a thread has failed"), captured.err());
        }
    }

    private static void threadThatPrintsLater() {
        var main = Thread.currentThread();
        new Thread(() -> {
                    try {
                        main.join(Duration.ofMillis(300));
                        System.out.println("later");
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .start();
    }

    @Test
    @DisplayName("PR11 death by signal n is exit code -n")
    void pr11() throws Exception {
        try (var captured = new Captured()) {
            var terminated = running(captured, new ChildProcess(SAYS_AND_STAYS));
            terminated.terminate();
            terminated.join();
            assertEquals(-15, terminated.exitCode());

            var killed = running(captured, new ChildProcess(SAYS_AND_STAYS));
            killed.kill();
            killed.join();
            assertEquals(-9, killed.exitCode());

            var aborted = running(captured, new ChildProcess(SAYS_AND_STAYS));
            new ProcessBuilder("kill", "-ABRT", aborted.pid().toString())
                    .start()
                    .waitFor();
            aborted.join();
            assertEquals(-6, aborted.exitCode());
        }
    }

    @Test
    @DisplayName("PR12 terminate returns at once; the child is alive until it has ended")
    void pr12() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(() -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook " + System.nanoTime())));
                SAYS_AND_STAYS.run();
            }));
            child.terminate();
            assertTrue(child.isAlive());
            assertNull(child.exitCode());
            child.join();
            assertFalse(child.isAlive());
        }
    }

    @Test
    @DisplayName("PR13 a child that does not heed SIGTERM lives on; terminate with a grace kills it then")
    void pr13() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(() -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> assertDoesNotThrow(ProcessTest::forever)));
                SAYS_AND_STAYS.run();
            }));
            child.terminate();
            assertFalse(child.join(Duration.ofMillis(500)));
            assertFalse(child.terminate(Duration.ofMillis(100)));
            assertEquals(-9, child.exitCode());

            var heeding = running(captured, new ChildProcess(SAYS_AND_STAYS));
            assertTrue(heeding.terminate(Duration.ofSeconds(30)));
            assertEquals(-15, heeding.exitCode());
        }
    }

    @Test
    @DisplayName("PR14 (*) shutdown hooks run at terminate and at a normal end; finally blocks do not run at terminate")
    void pr14() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(() -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
                try {
                    SAYS_AND_STAYS.run();
                } finally {
                    System.out.println("finally");
                }
            }));
            child.terminate();
            child.join();
            assertEquals(List.of("here", "hook"), captured.lines());
            exitCodeOf(() -> Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook"))));
            assertEquals(List.of("here", "hook", "hook"), captured.lines());
        }
    }

    @ParameterizedTest(name = "PR15 (*) the whole tree goes with the child, kill: {0}")
    @CsvSource({"false", "true"})
    void pr15(boolean kill) throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(() -> {
                var foreign = new ProcessBuilder("sleep", "1000").start();
                var pid = foreign.pid();
                new ChildProcess(() -> {
                            System.out.println(
                                    pid + " " + ProcessHandle.current().pid());
                            forever();
                        })
                        .start()
                        .join();
            }));
            var below = new ArrayList<ProcessHandle>();
            for (var pid : child.lastLines().getFirst().split(" ")) {
                below.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
            }
            if (kill) {
                child.kill();
            } else {
                child.terminate();
            }
            child.join();
            for (var handle : below) {
                Gone.await(handle);
            }
            assertEquals(kill ? -9 : -15, child.exitCode());
        }
    }

    @Test
    @DisplayName("PR16 a running child cannot be closed")
    void pr16() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(SAYS_AND_STAYS));
            assertThrows(IllegalStateException.class, child::close);
            child.kill();
            child.join();
            child.close();
        }
    }

    @Test
    @DisplayName("PR17 on a closed child everything but name and close is refused")
    void pr17() throws Exception {
        ChildProcess closed;
        try (var child = new ChildProcess("brief", () -> {}).start()) {
            child.join();
            closed = child;
        }
        assertThrows(IllegalStateException.class, closed::start);
        assertThrows(IllegalStateException.class, closed::join);
        assertThrows(IllegalStateException.class, closed::isAlive);
        assertThrows(IllegalStateException.class, closed::pid);
        assertThrows(IllegalStateException.class, closed::exitCode);
        assertThrows(IllegalStateException.class, closed::terminate);
        closed.close();
        assertEquals("brief", closed.name());
    }

    @Test
    @DisplayName("PR18 after the start the daemon flag cannot be set")
    void pr18() throws Exception {
        var child = new ChildProcess(() -> {}).daemon(true).start();
        assertThrows(IllegalStateException.class, () -> child.daemon(false));
        child.join();
        assertTrue(child.isDaemon());
    }

    @Test
    @DisplayName("PR19 only the process that made a child can start, join and test it")
    void pr19() throws Exception {
        try (var captured = new Captured()) {
            var sibling = running(captured, new ChildProcess("sibling", SAYS_AND_STAYS));
            var unstarted = new ChildProcess("unstarted", () -> {});
            ChildProcess.of(
                            (other, fresh) -> {
                                System.out.println(other.name() + " " + other.pid());
                                for (var refused : List.<Task>of(
                                        other::join, other::isAlive, other::terminate, fresh::start, fresh::exitCode)) {
                                    System.out.println(assertThrows(IllegalStateException.class, refused::run)
                                            .getMessage());
                                }
                            },
                            sibling,
                            unstarted)
                    .name("asker")
                    .start()
                    .join();
            assertEquals(
                    List.of(
                            "here",
                            "sibling " + sibling.pid(),
                            "cannot join sibling in asker: only the process that made it can",
                            "cannot test sibling in asker: only the process that made it can",
                            "cannot terminate sibling in asker: only the process that made it can",
                            "cannot start unstarted in asker: only the process that made it can",
                            "cannot ask for the exit code of unstarted in asker: only the process that made it can"),
                    captured.lines());
            assertEquals("", captured.err());
            sibling.kill();
            sibling.join();
        }
    }

    static final class Counter extends ChildProcess {
        private int count;

        Counter(int count) {
            this.count = count;
        }

        @Override
        public void run() {
            count++;
            System.out.println(
                    name() + " " + count + " " + ProcessHandle.current().pid() + " " + pid());
        }
    }

    @Test
    @DisplayName("PR20 a subclass: run() called directly runs here; what the child sets stays there")
    void pr20() throws Exception {
        try (var captured = new Captured()) {
            var counter = new Counter(5);
            counter.run();
            assertEquals(6, counter.count);
            counter.start().join();
            assertEquals(6, counter.count);
            var me = ProcessHandle.current().pid();
            assertEquals(
                    List.of(
                            counter.name() + " 6 " + me + " null",
                            counter.name() + " 7 " + counter.pid() + " " + counter.pid()),
                    captured.lines());
        }
    }

    @Test
    @DisplayName(
            "PR21 (*) arguments are typed: a string stays one argument, and what cannot be a task does not compile")
    void pr21() throws Exception {
        try (var captured = new Captured()) {
            ChildProcess.of(text -> System.out.println(text), "abc").start().join();
            ChildProcess.of((a, b) -> System.out.println(a + b), 1, 2).start().join();
            ChildProcess.of((a, b, c) -> System.out.println(a + b.size() + c), "x", List.of(1), 'y')
                    .start()
                    .join();
            assertEquals(List.of("abc", "3", "x1y"), captured.lines());
        }
        assertThrows(NullPointerException.class, () -> new ChildProcess((Task) null));
    }

    @Test
    @DisplayName("PR22 onExit is completed by the end; before the start it is refused")
    void pr22() throws Exception {
        try (var captured = new Captured()) {
            var child = new ChildProcess(SAYS_AND_STAYS);
            assertThrows(IllegalStateException.class, child::onExit);
            running(captured, child);
            var exit = child.onExit();
            assertFalse(exit.isDone());
            child.terminate();
            assertSame(child, exit.get(30, TimeUnit.SECONDS));
            assertEquals(-15, child.exitCode());
        }
    }

    @Test
    @DisplayName("PR23 main and child know who they are and who their parent is")
    void pr23() throws Exception {
        var me = ProcessHandle.current().pid();
        assertEquals(new ChildProcess.Current("MainProcess", me, true, false), ChildProcess.current());
        try (var captured = new Captured()) {
            var child = new ChildProcess("kid", () -> {
                System.out.println(ChildProcess.current());
                System.out.println(ChildProcess.parentPid());
            });
            child.start().join();
            assertEquals(
                    List.of(new ChildProcess.Current("kid", child.pid(), false, false).toString(), String.valueOf(me)),
                    captured.lines());
        }
    }

    @Test
    @DisplayName("PR24 a child's standard input is empty; what it prints appears on the parent's streams")
    void pr24() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess(() -> {
                        System.out.println("read " + System.in.read());
                        System.err.println("oops");
                    })
                    .start()
                    .join();
            assertEquals("read -1\n", captured.out());
            assertEquals("oops\n", captured.err());
        }
    }

    @Test
    @DisplayName("PR25 activeChildren are those that run; nobody has to be joined to be gone")
    void pr25() throws Exception {
        try (var captured = new Captured()) {
            var stays = running(captured, new ChildProcess(SAYS_AND_STAYS));
            var ends = new ChildProcess(() -> {}).start();
            ends.onExit().get(30, TimeUnit.SECONDS);
            assertEquals(List.of(stays), ChildProcess.activeChildren());
            assertFalse(ends.isAlive());
            stays.kill();
            stays.join();
            assertEquals(List.of(), ChildProcess.activeChildren());
        }
    }

    @Test
    @DisplayName("JVM options are for one child alone")
    void jvmOptions() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess(() -> System.out.println(Runtime.getRuntime().maxMemory() >> 20))
                    .jvmOptions("-Xmx64m")
                    .start()
                    .join();
            assertTrue(Integer.parseInt(captured.lines().getFirst()) <= 64, captured.out());
            var wrong = new ChildProcess(() -> {}).jvmOptions("-XX:+NoSuchOption");
            wrong.start().join();
            assertNotEquals(0, wrong.exitCode());
            assertTrue(captured.err().contains("NoSuchOption") || captured.out().contains("NoSuchOption"));
        }
    }

    @Test
    @DisplayName("the secrets are not in the arguments nor in the environment; the arguments are an address")
    void secrets() throws Exception {
        try (var captured = new Captured()) {
            var child = running(captured, new ChildProcess(SAYS_AND_STAYS));
            var arguments = List.of(ProcessHandle.of(child.pid())
                    .orElseThrow()
                    .info()
                    .arguments()
                    .orElseThrow());
            assertEquals(3, arguments.size(), arguments.toString());
            assertTrue(arguments.get(0).startsWith("@"), arguments.toString());
            assertEquals(ChildMain.class.getName(), arguments.get(1));
            assertTrue(arguments.get(2).matches(Settings.tcp() ? "tcp:\\d+" : "unix:/.*"), arguments.toString());
            child.kill();
            child.join();
        }
    }
}
