package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Started JVMs that wait for a task. */
class ReserveTest {
    @BeforeEach
    void two() {
        System.setProperty("heddle.processes.reserve", "2");
    }

    @AfterEach
    void none() {
        ChildProcess.releaseReserve();
        System.setProperty("heddle.processes.reserve", "0");
    }

    private static Set<Long> idle() throws Exception {
        ChildProcess.prepare().get(30, TimeUnit.SECONDS);
        return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    @Test
    @DisplayName("a child is taken from the reserve, each JVM is used once, and the reserve is filled again")
    void usedOnce() throws Exception {
        var idle = idle();
        assertEquals(2, idle.size());
        for (var i = 0; i < 5; i++) {
            var child = new ChildProcess(() -> {}).start();
            assertTrue(idle.contains(child.pid()), idle + " " + child.pid());
            child.join();
            var next = idle();
            assertEquals(2, next.size());
            assertFalse(next.contains(child.pid()));
            idle = next;
        }
    }

    @Test
    @DisplayName("a child from the reserve starts from scratch: its name, statics, arguments, environment are its own")
    void fromScratch() throws Exception {
        try (var captured = new Captured()) {
            idle();
            var child = new ChildProcess(
                    "fresh",
                    () -> System.out.println(ChildProcess.current().name() + " " + IsolationTest.global + " "
                            + new ChildProcess(() -> {}).name() + " " + System.in.read()));
            child.start().join();
            assertEquals(1, captured.lines().size(), captured.err());
            assertTrue(captured.lines().getFirst().matches("fresh 10 Process-\\d+:1 -1"), captured.out());
        }
    }

    private static final class Speaking {
        static {
            System.out.println("initialized");
        }

        private static Task task() {
            return () -> System.out.println("ran");
        }
    }

    @Test
    @DisplayName("the reserve has loaded the classes of the last task, but it is the task that initializes them")
    void initializesNothing() throws Exception {
        System.setProperty("heddle.processes.reserve", "1");
        try (var captured = new Captured()) {
            idle();
            var other = new ChildProcess(() -> System.out.println("other"));
            new ChildProcess(Speaking.task()).start().join();
            var knowing = idle();
            other.start().join();
            assertEquals(Set.of(other.pid()), knowing);
            assertEquals(List.of("initialized", "initialized", "ran", "other"), captured.lines(), captured.err());
        }
    }

    @Test
    @DisplayName(
            "children that take JVMs which are not ready yet, and end at once, do not keep the reserve from being filled")
    void takenEarly() throws Exception {
        for (var i = 0; i < 5; i++) {
            var children =
                    Stream.generate(() -> new ChildProcess(() -> {})).limit(6).toList();
            for (var child : children) {
                child.start();
                ChildProcess.prepare();
            }
            for (var child : children) {
                child.join();
            }
            assertEquals(2, idle().size());
        }
    }

    @Test
    @DisplayName("a task too large for a socket's buffer may come while a JVM still rehearses")
    void largeTaskEarly() throws Exception {
        var large = new byte[10_000_000];
        for (var i = 0; i < 5; i++) {
            ChildProcess.releaseReserve();
            ChildProcess.prepare();
            var child = new ChildProcess(() -> System.exit(large.length == 10_000_000 ? 0 : 1)).start();
            assertTrue(child.join(Duration.ofSeconds(50)));
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("an idle JVM that was killed is not handed out")
    void killedIdle() throws Exception {
        for (var pid : idle()) {
            var handle = ProcessHandle.of(pid).orElseThrow();
            handle.destroyForcibly();
            handle.onExit().get(30, TimeUnit.SECONDS);
        }
        var child = new ChildProcess(() -> {}).start();
        child.join();
        assertEquals(0, child.exitCode());
    }

    @Test
    @DisplayName("a refused task leaves the reserve as it was")
    void refused() throws Exception {
        var idle = idle();
        var lock = new Object();
        assertThrows(
                IllegalArgumentException.class,
                () -> ChildProcess.of(x -> {}, lock).start());
        assertEquals(idle, idle());
        assertEquals(List.of(), ChildProcess.activeChildren());
    }

    @Test
    @DisplayName("more children than the reserve holds: all run")
    void moreThanThere() throws Exception {
        var idle = idle();
        var children = java.util.stream.IntStream.range(0, 5)
                .mapToObj(_ -> new ChildProcess(() -> {}).start())
                .toList();
        for (var child : children) {
            child.join();
            assertEquals(0, child.exitCode());
        }
        assertTrue(children.stream().map(ChildProcess::pid).toList().containsAll(idle));
    }

    @Test
    @DisplayName("released, it is gone; a later start begins a new one")
    void released() throws Exception {
        var idle = idle();
        ChildProcess.releaseReserve();
        for (var pid : idle) {
            assertTrue(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        }
        ChildProcess.releaseReserve();
        new ChildProcess(() -> {}).start().join();
        assertEquals(2, idle().size());
    }
}
