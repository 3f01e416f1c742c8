package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows DM1 to DM5: what the end of a process means for its children. DM6 is about managers. */
class EndTest {
    @Test
    @DisplayName("DM1 main's normal end waits for a live child, and its output is complete")
    void dm1Returns() throws Exception {
        try (var program = new Program(Mains.class, "returns")) {
            var ended = program.ended();
            assertEquals(List.of("main ends", "slow ends"), ended.out());
            assertEquals(0, ended.exitCode());
            assertEquals("", ended.err());
        }
    }

    @Test
    @DisplayName("DM1 so does System.exit, and the exit code stays")
    void dm1Exits() throws Exception {
        try (var program = new Program(Mains.class, "exits")) {
            var ended = program.ended();
            assertEquals(List.of("main ends", "slow ends"), ended.out());
            assertEquals(3, ended.exitCode());
        }
    }

    @Test
    @DisplayName("DM1 so does main's exception: the trace first, then the waiting, exit code 1")
    void dm1Fails() throws Exception {
        try (var program = new Program(Mains.class, "fails")) {
            var ended = program.ended();
            assertEquals(List.of("slow ends"), ended.out());
            assertEquals(1, ended.exitCode());
            assertTrue(ended.err().contains("IllegalStateException: main fails"), ended.err());
        }
    }

    @ParameterizedTest(
            name =
                    "DM1 (*) a main that waits at its end for a child without end is ended by {0}, and the child with it")
    @ValueSource(strings = {"TERM", "INT"})
    void dm1Signalled(String signal) throws Exception {
        try (var program = new Program(Mains.class, "waits")) {
            var said = new ArrayList<>(List.of(program.nextLine(), program.nextLine())); // by two threads
            assertTrue(said.remove("main ends"), said.toString());
            var child = ProcessHandle.of(Long.parseLong(said.getFirst())).orElseThrow();
            TreeTest.signal(signal, program.process().pid());
            assertEquals(3, program.ended().exitCode());
            Gone.await(child);
        }
    }

    @Test
    @DisplayName("DM2 daemons are terminated first, then the others are waited for")
    void dm2() throws Exception {
        try (var program = new Program(Mains.class, "daemon")) {
            var ended = program.ended();
            assertEquals(List.of("daemon runs", "daemon ends", "slow ends"), ended.out());
            assertEquals(0, ended.exitCode());
        }
    }

    @Test
    @DisplayName("DM3 a daemon child may not start children")
    void dm3() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess(() -> {
                        var inner = new ChildProcess("inner", () -> System.out.println("never"));
                        System.out.println(assertThrows(IllegalStateException.class, inner::start)
                                .getMessage());
                    })
                    .daemon(true)
                    .start()
                    .join();
            assertEquals(
                    List.of("cannot start inner: a daemon process is not allowed to have children"), captured.lines());
        }
    }

    @Test
    @DisplayName("DM4 a child of a daemon is a daemon unless told otherwise")
    void dm4() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess(() -> {
                        System.out.println(new ChildProcess(() -> {}).isDaemon());
                        System.out.println(
                                new ChildProcess(() -> {}).daemon(false).isDaemon());
                    })
                    .daemon(true)
                    .start()
                    .join();
            new ChildProcess(() -> System.out.println(new ChildProcess(() -> {}).isDaemon()))
                    .start()
                    .join();
            assertEquals(List.of("true", "false", "false"), captured.lines());
        }
    }

    @ParameterizedTest(name = "DM5 (*) main dies by {0}: children, grandchildren, daemons and the reserve go too")
    @ValueSource(strings = {"KILL", "TERM", "INT"})
    void dm5(String signal) throws Exception {
        try (var program = new Program(Mains.class, "tree")) {
            var said = new HashSet<Long>();
            for (var i = 0; i < 3; i++) {
                said.add(Long.parseLong(program.nextLine()));
            }
            var below = new ArrayList<>(program.process().descendants().toList());
            for (var pid : said) {
                assertTrue(below.stream().anyMatch(handle -> handle.pid() == pid), below.toString());
            }
            new ProcessBuilder("kill", "-" + signal, "" + program.process().pid())
                    .start()
                    .waitFor();
            for (var handle : below) {
                Gone.await(handle);
            }
            assertNotEquals(0, program.ended().exitCode());
        }
    }

    @Test
    @DisplayName("DM5 (*) main halts: the same")
    void dm5Halts() throws Exception {
        try (var program = new Program(Mains.class, "halts")) {
            program.nextLine();
            var below = program.process().descendants().toList();
            assertTrue(below.size() >= 2, "one child and a reserve: " + below);
            program.process().outputWriter().append("now\n").close();
            for (var handle : below) {
                Gone.await(handle);
            }
            assertEquals(5, program.ended().exitCode());
        }
    }

    @Test
    @DisplayName(
            "the children of a main process that was killed remove its directories, and their own, when they notice")
    void sweptByChildren(@TempDir Path temporary, @TempDir Path memory) throws Exception {
        try (var program = new Program(
                List.of("-Djava.io.tmpdir=" + temporary, "-Dheddle.processes.memory=" + memory), Mains.class, "tree")) {
            for (var i = 0; i < 3; i++) {
                program.nextLine();
            }
            assertEquals(2, heddleDirectories(temporary).size(), "main's and that of the child which has a child");
            assertEquals(1, heddleDirectories(memory).size());
            var below = program.process().descendants().toList();
            program.process().toHandle().destroyForcibly();
            for (var handle : below) {
                Gone.await(handle);
            }
            assertEquals(List.of(), heddleDirectories(temporary));
            assertEquals(List.of(), heddleDirectories(memory));
        }
    }

    @Test
    @DisplayName(
            "what a process left that crashed without children is swept by the next program, what belongs to a live one is not")
    void sweep(@TempDir Path memory) throws Exception {
        try (var program = new Program(List.of("-Dheddle.processes.memory=" + memory), Mains.class, "shares")) {
            program.nextLine();
            var directory = heddleDirectories(memory).getFirst();
            RuntimeDirectory.sweep(memory);
            assertEquals(PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(directory));
            assertTrue(Files.exists(directory.resolve("owner")));
            program.process().toHandle().destroyForcibly();
            program.process().waitFor();
            assertEquals(List.of(directory), heddleDirectories(memory));
            // as a removal that was broken off leaves it
            Files.delete(directory.resolve("census"));
            RuntimeDirectory.sweep(memory);
            assertEquals(List.of(), heddleDirectories(memory));
        }
    }

    @Test
    @DisplayName("a process that ends by itself removes its directory")
    void removed(@TempDir Path temporary) throws Exception {
        try (var program = new Program(List.of("-Djava.io.tmpdir=" + temporary), Mains.class, "returns")) {
            assertEquals(0, program.ended().exitCode());
            assertEquals(List.of(), heddleDirectories(temporary));
        }
    }

    private static List<Path> heddleDirectories(Path in) throws Exception {
        try (var found = Files.list(in)) {
            return found.filter(path -> path.getFileName().toString().startsWith("heddle-"))
                    .toList();
        }
    }
}
