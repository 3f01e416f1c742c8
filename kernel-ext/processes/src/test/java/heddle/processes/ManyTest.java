package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ManyTest {
    @Test
    @Timeout(180) // a hundred JVMs, on the cores there are
    @DisplayName("100 children at once: each runs once, as a process of its own")
    void hundred() throws Exception {
        try (var captured = new Captured()) {
            var children = new ArrayList<ChildProcess>();
            for (var i = 0; i < 100; i++) {
                children.add(ChildProcess.of(n -> System.out.println(n), i).start());
            }
            var pids = new HashSet<Long>();
            for (var child : children) {
                child.join();
                assertEquals(0, child.exitCode(), child.name());
                pids.add(child.pid());
            }
            assertEquals(100, pids.size());
            assertEquals(
                    IntStream.range(0, 100).mapToObj(String::valueOf).sorted().toList(),
                    captured.lines().stream().sorted().toList());
            assertEquals("", captured.err());
        }
    }

    @Test
    @DisplayName("children of children of children: names, parents, and the end from the top")
    void nested() throws Exception {
        try (var captured = new Captured()) {
            var top = new ChildProcess("top", () -> {
                new ChildProcess(() -> {
                            new ChildProcess(() -> System.out.println(
                                            ChildProcess.current().name() + " " + ChildProcess.parentPid()))
                                    .start()
                                    .join();
                            System.out.println(ChildProcess.current().name() + " "
                                    + ProcessHandle.current().pid());
                        })
                        .start();
                // not joined: the end of top waits for it
            });
            top.start().join();
            assertEquals(0, top.exitCode());
            var lines = captured.lines();
            assertEquals(2, lines.size(), captured.err());
            assertTrue(lines.get(0).matches("Process-\\d+:1:1 \\d+"), lines.get(0));
            assertTrue(lines.get(1).matches("Process-\\d+:1 \\d+"), lines.get(1));
            assertEquals(lines.get(0).split(" ")[1], lines.get(1).split(" ")[1]);
        }
    }

    @Test
    @DisplayName("a big argument travels, and threads may start children side by side")
    void bigAndConcurrent() throws Exception {
        try (var captured = new Captured()) {
            var big = new byte[50_000_000];
            big[big.length - 1] = 7;
            var starters = new ArrayList<Thread>();
            for (var i = 0; i < 4; i++) {
                starters.add(Thread.ofVirtual().start(() -> {
                    try {
                        ChildProcess.of(bytes -> System.out.println(bytes.length + bytes[bytes.length - 1]), big)
                                .start()
                                .join();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }));
            }
            for (var starter : starters) {
                starter.join();
            }
            assertEquals(List.of("50000007", "50000007", "50000007", "50000007"), captured.lines());
        }
    }
}
