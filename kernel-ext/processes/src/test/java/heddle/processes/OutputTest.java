package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutputTest {
    private static final int MANY = 100_000;

    @Test
    @DisplayName("100,000 lines arrive, in order, before join returns")
    void flood() throws Exception {
        try (var captured = new Captured()) {
            var child = new ChildProcess(() -> {
                for (var i = 0; i < MANY; i++) {
                    System.out.println("line " + i);
                }
            });
            child.start().join();
            assertEquals(IntStream.range(0, MANY).mapToObj(i -> "line " + i).toList(), captured.lines());
            assertEquals(20, child.lastLines().size());
            assertEquals("line 99999", child.lastLines().getLast());
            assertEquals("line 99980", child.lastLines().getFirst());
        }
    }

    @Test
    @DisplayName("lines of several children mix, but each stays whole")
    void wholeLines() throws Exception {
        try (var captured = new Captured()) {
            var children = new ArrayList<ChildProcess>();
            for (var letter : List.of("a", "b", "c")) {
                children.add(ChildProcess.of(
                                part -> {
                                    for (var i = 0; i < 2000; i++) {
                                        // in pieces on purpose
                                        System.out.print(part.repeat(20));
                                        System.out.print(part.repeat(20));
                                        System.out.println();
                                    }
                                },
                                letter)
                        .start());
            }
            for (var child : children) {
                child.join();
            }
            var lines = captured.lines();
            assertEquals(6000, lines.size());
            for (var line : lines) {
                assertTrue(line.matches("a{40}|b{40}|c{40}"), line);
            }
        }
    }

    @Test
    @DisplayName("the last line needs no end; characters of several bytes stay whole; an endless line passes")
    void pieces() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess(() -> System.out.print("线程 ☕")).start().join();
            assertEquals("线程 ☕", captured.out());
        }
        try (var captured = new Captured()) {
            new ChildProcess(() -> System.out.print("线".repeat(1_000_000)))
                    .start()
                    .join();
            assertEquals("线".repeat(1_000_000), captured.out());
        }
    }

    @Test
    @DisplayName("who waits for a line finds it printed; the end, the time and an interrupt end the waiting")
    void awaitLine() throws Exception {
        try (var captured = new Captured();
                var goOn = new ProcessEvent()) {
            var child = new ChildProcess(() -> {
                System.out.println("one");
                goOn.await();
                System.err.println("two or more");
            });
            assertThrows(IllegalStateException.class, () -> child.awaitLine("one"));
            child.start();
            assertTrue(child.awaitLine("on"));
            assertEquals("one\n", captured.out());
            assertFalse(child.awaitLine("two", Duration.ZERO));
            assertFalse(child.awaitLine("two", Duration.ofMillis(20)));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> child.awaitLine("two"));
            var two = InThread.start(() -> child.awaitLine("two"));
            var three = InThread.start(() -> child.awaitLine("three"));
            goOn.set();
            assertTrue(two.get());
            assertFalse(three.get());
            assertTrue(child.awaitLine("two", Duration.ofDays(-1)));
            child.join();
        }
    }

    @Test
    @DisplayName("what was printed before a kill arrives")
    void killed() throws Exception {
        try (var captured = new Captured()) {
            var child = new ChildProcess(() -> {
                System.out.println("last words");
                Runtime.getRuntime().halt(0);
            });
            child.start().join();
            assertEquals("last words\n", captured.out());
        }
    }

    @Test
    @DisplayName(
            "a foreign program that outlives the child and keeps its pipes does not keep join waiting, and no line of the child is lost")
    void grandchildHoldsThePipe() throws Exception {
        try (var captured = new Captured()) {
            var child = new ChildProcess(() -> {
                var sleeper = new ProcessBuilder("sleep", "1000").inheritIO().start();
                for (var i = 0; i < 1000; i++) {
                    System.out.println("line " + i);
                }
                System.out.println(sleeper.pid());
            });
            child.start().join();
            var lines = captured.lines();
            assertEquals(1001, lines.size());
            var sleeper = ProcessHandle.of(Long.parseLong(lines.getLast())).orElseThrow();
            assertTrue(sleeper.isAlive());
            sleeper.destroyForcibly();
            Gone.await(sleeper);
        }
    }

    @Test
    @DisplayName("a child's output is its starter's: the printing threads inherit the starter's thread locals")
    void belongsToStarter() throws Exception {
        var cell = new InheritableThreadLocal<String>();
        var seen = new ConcurrentLinkedQueue<String>();
        var old = System.out;
        System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void print(String text) {
                seen.add(cell.get() + ": " + text);
            }
        });
        try {
            var starters = new ArrayList<Thread>();
            for (var name : List.of("cell 1", "cell 2")) {
                starters.add(Thread.ofPlatform().start(() -> {
                    cell.set(name);
                    try {
                        ChildProcess.of(text -> System.out.println(text), "from " + name)
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
        } finally {
            System.setOut(old);
        }
        assertEquals(
                List.of("cell 1: from cell 1\n", "cell 2: from cell 2\n"),
                seen.stream().sorted().toList());
    }

    @Test
    @DisplayName("a stream of the parent that fails does not stop the child")
    void failingStream() throws Exception {
        var old = System.out;
        System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void print(String text) {
                throw new IllegalStateException("no paper");
            }
        });
        try {
            var child = new ChildProcess(() -> {
                for (var i = 0; i < MANY; i++) {
                    System.out.println("line " + i);
                }
            });
            child.start().join();
            assertEquals(0, child.exitCode());
        } finally {
            System.setOut(old);
        }
    }
}
