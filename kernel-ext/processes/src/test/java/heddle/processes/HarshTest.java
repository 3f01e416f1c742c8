package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Children that come to grief, and what is left of the others. */
@Timeout(120)
class HarshTest {
    static void signal(ChildProcess child, String signal) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + signal, "" + child.pid())
                        .start()
                        .waitFor());
    }

    /** Blocks in the child until the parent says more, which it never does. */
    private static final Task SAYS_AND_STAYS = () -> {
        System.out.println("here");
        ProcessTest.forever();
    };

    @Test
    @DisplayName("a child that runs out of memory, or of stack, ends with exit code 1 and says so; its sibling goes on")
    void exhausted() throws Exception {
        try (var captured = new Captured()) {
            var sibling = new ChildProcess("sibling", SAYS_AND_STAYS).start();
            assertTrue(sibling.awaitLine("here"));

            var memory = new ChildProcess("hungry", () -> {
                        var kept = new ArrayList<long[]>();
                        while (true) {
                            kept.add(new long[1 << 17]);
                        }
                    })
                    .jvmOptions("-Xmx32m")
                    .start();
            memory.join();
            assertEquals(1, memory.exitCode(), captured.err());
            assertEquals("Process hungry:", memory.lastLines().get(0));
            assertEquals(
                    "java.lang.OutOfMemoryError: Java heap space",
                    memory.lastLines().get(1));

            var stack = new ChildProcess("deep", HarshTest::deeper).start();
            stack.join();
            assertEquals(1, stack.exitCode(), captured.err());
            assertTrue(captured.err().contains("Process deep:"), captured.err());
            assertTrue(captured.err().contains("java.lang.StackOverflowError"), captured.err());
            assertTrue(
                    stack.lastLines().getLast().contains("HarshTest.deeper"),
                    stack.lastLines().toString());

            assertTrue(sibling.isAlive());
            sibling.kill();
            sibling.join();
            assertEquals(-9, sibling.exitCode());
        }
    }

    static void deeper() {
        deeper();
    }

    @Test
    @DisplayName("a child that is stopped and then killed ends; its output until then arrives; its siblings go on")
    void stoppedThenKilled() throws Exception {
        try (var captured = new Captured()) {
            var stopped = new ChildProcess("stopped", SAYS_AND_STAYS).start();
            var other = new ChildProcess("other", SAYS_AND_STAYS).start();
            assertTrue(stopped.awaitLine("here"));
            assertTrue(other.awaitLine("here"));
            signal(stopped, "STOP");
            stopped.terminate();
            assertEquals(false, stopped.join(Duration.ofMillis(200)));
            assertEquals(false, stopped.terminate(Duration.ofMillis(50)));
            assertEquals(-9, stopped.exitCode());
            assertEquals(List.of("here"), stopped.lastLines());
            assertEquals(List.of(other), ChildProcess.activeChildren());
            new ChildProcess(() -> System.out.println("one more")).start().join();
            assertTrue(captured.lines().contains("one more"), captured.out());
            other.kill();
            other.join();
        }
    }

    @Test
    @DisplayName("a child that is stopped while a big task is on its way to it can be asked about and killed")
    void stoppedWhileTaskIsSent() throws Exception {
        try (var captured = new Captured()) {
            var big = new byte[50_000_000];
            var child = ChildProcess.of(bytes -> System.out.println(bytes.length), big);
            child.start();
            signal(child, "STOP");
            assertEquals(false, child.join(Duration.ofMillis(300)));
            assertTrue(child.isAlive());
            child.kill();
            child.join();
            assertEquals(-9, child.exitCode());
            assertEquals(List.of(), captured.lines());
        }
    }

    @Test
    @DisplayName(
            "threads that start and join side by side, without a reserve, do not take the directory from each other")
    void sideBySide() throws Exception {
        try (var captured = new Captured();
                var pool = Executors.newFixedThreadPool(4)) {
            Callable<Integer> several = () -> {
                var failed = 0;
                for (var i = 0; i < 5; i++) {
                    var child = new ChildProcess(() -> {}).start();
                    child.join();
                    failed += child.exitCode() == 0 ? 0 : 1;
                }
                return failed;
            };
            for (var failed : pool.invokeAll(List.of(several, several, several, several))) {
                assertEquals(0, failed.get(60, TimeUnit.SECONDS), captured.err());
            }
            assertEquals("", captured.err());
        }
    }

    @Test
    @DisplayName(
            "a join that is interrupted says so and leaves the child alone; a start is not disturbed by an interrupt")
    void interrupted() throws Exception {
        try (var captured = new Captured()) {
            Thread.currentThread().interrupt();
            var child = new ChildProcess(SAYS_AND_STAYS).start();
            assertTrue(Thread.interrupted());
            assertTrue(child.awaitLine("here"));
            Thread.currentThread().interrupt();
            var thrown = false;
            try {
                child.join();
            } catch (InterruptedException e) {
                thrown = true;
            }
            assertTrue(thrown);
            assertTrue(child.isAlive());
            child.kill();
            child.join();
            assertEquals(List.of("here"), captured.lines());
        }
    }

    @Test
    @DisplayName("a child whose task interrupts its own thread, or leaves threads that end first or last, ends as ever")
    void ends() throws Exception {
        try (var captured = new Captured()) {
            var itself = new ChildProcess(() -> Thread.currentThread().interrupt()).start();
            itself.join();
            assertEquals(0, itself.exitCode());

            var daemon = new ChildProcess(() -> {
                        Thread.ofPlatform().daemon().start(() -> {
                            try {
                                ProcessTest.forever();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
                        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
                    })
                    .start();
            daemon.join();
            assertEquals(0, daemon.exitCode());

            var later = new ChildProcess(() -> Thread.ofPlatform().start(() -> {
                        System.out.println("later");
                        System.exit(7);
                    }))
                    .start();
            later.join();
            assertEquals(7, later.exitCode());
            assertEquals(List.of("hook", "later"), captured.lines());
            assertEquals("", captured.err());
        }
    }

    @Test
    @DisplayName("a child prints UTF-8 and ends by EOF on its input in any locale, also on threads of its own")
    void anyLocale() throws Exception {
        var command = new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Dheddle.processes.reserve=0",
                "-Dstdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                Mains.class.getName(),
                "speaks");
        command.environment().put("LANG", "C");
        command.environment().put("LC_ALL", "C");
        var process = command.start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), "UTF-8"))) {
            assertEquals(List.of("线程 é -1"), out.lines().toList());
        }
        assertEquals(0, process.waitFor());
    }

    @Test
    @DisplayName(
            "with no directory for temporary files a start is refused in one sentence; with a very long one it works")
    void temporaryDirectories(@TempDir Path temporary) throws ExecutionException, Exception {
        var missing = temporary.resolve("missing");
        try (var program = new Program(List.of("-Djava.io.tmpdir=" + missing), Mains.class, "starts")) {
            var ended = program.ended();
            assertEquals(1, ended.out().size(), ended.err());
            assertEquals(
                    "cannot start me: cannot write in " + missing
                            + " (there is no such directory); name another directory with -Djava.io.tmpdir",
                    ended.out().getFirst());
        }
        try (var program = new Program(List.of("-Dheddle.processes.memory=" + missing), Mains.class, "starts")) {
            assertEquals(
                    List.of("cannot share memory with other processes: cannot write in " + missing
                            + " (there is no such directory); name another directory with -Dheddle.processes.memory"),
                    program.ended().out());
        }
        var longest = Files.createDirectories(temporary.resolve("long".repeat(40)));
        try (var program = new Program(List.of("-Djava.io.tmpdir=" + longest), Mains.class, "starts")) {
            assertEquals(List.of("started"), program.ended().out());
        }
    }

    @Test
    @DisplayName("the main process's --enable-preview is handed on to the children, and to theirs")
    void preview() throws Exception {
        try (var program = new Program(List.of("--enable-preview"), Mains.class, "options")) {
            assertEquals(
                    List.of("child [--enable-preview]", "grandchild [--enable-preview]"),
                    program.ended().out());
        }
        try (var program = new Program(List.of(), Mains.class, "options")) {
            assertEquals(List.of("child []", "grandchild []"), program.ended().out());
        }
    }

    @Test
    @DisplayName(
            "no home, 64 open files, a class path of 80,000 characters with spaces and letters of all kinds: all works")
    void poorly(@TempDir Path temporary) throws Exception {
        var wide = System.getProperty("sun.jnu.encoding").startsWith("UTF");
        var strange = Files.createDirectory(temporary.resolve(wide ? "a b 'é\" 目录" : "a b 'e\" ms"));
        var links = new StringBuilder();
        for (var part : System.getProperty("java.class.path").split(File.pathSeparator)) {
            var link = strange.resolve("" + links.length());
            Files.createSymbolicLink(link, Path.of(part).toAbsolutePath());
            links.append(link).append(part.endsWith(".jar") ? "" : "/").append(File.pathSeparator);
        }
        var nothing = (strange.resolve("nothing") + File.pathSeparator)
                .repeat(80_000 / strange.toString().length());
        var jvm = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 64; exec \"$0\" \"$@\"",
                jvm,
                "--enable-native-access=ALL-UNNAMED",
                "-Duser.home=" + strange.resolve("nobody"),
                "-cp",
                nothing + links,
                Mains.class.getName(),
                "works");
        command.environment().keySet().removeAll(List.of("HOME", "XDG_CACHE_HOME"));
        if (wide) {
            command.environment().put("LC_ALL", "C.UTF-8");
        }
        var process = command.redirectErrorStream(true).start();
        try (var out = process.inputReader()) {
            assertEquals(List.of("put [1, 4, 9]"), out.lines().toList());
        }
        assertEquals(0, process.waitFor());
        try (var all = Files.newDirectoryStream(strange)) {
            for (var link : all) {
                Files.delete(link); // JUnit warns of links that lead out of its directory
            }
        }
    }
}
