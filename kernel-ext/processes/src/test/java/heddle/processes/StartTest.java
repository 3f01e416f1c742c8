package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** How a task reaches a fresh child, and what a child does without. */
class StartTest {
    enum Colour {
        RED
    }

    record Point(int x, Colour colour) implements Serializable {}

    private static void run(Task task) throws Exception {
        var child = new ChildProcess(task).start();
        child.join();
        assertEquals(0, child.exitCode(), child.lastLines().toString());
    }

    @Test
    @DisplayName(
            "all that a lambda captured arrives: by the short way, with one thing more by the long way, and when it is big")
    void captured() throws Exception {
        var yes = true;
        var small = (byte) -3;
        var letter = '織';
        var half = 0.5f;
        var most = Long.MAX_VALUE;
        var least = Double.MIN_VALUE;
        var text = "heddle 綜絖";
        var nothing = (String) null;
        var point = new Point(7, Colour.RED);
        try (var captured = new Captured()) {
            Task inner = () -> System.out.println(
                    yes + " " + small + letter + half + " " + most + " " + least + text + nothing + point);
            run(inner);
            run(inner::run);
            var array = new int[] {1};
            run(() -> {
                array[0]++;
                inner.run();
            });
            var big = "x".repeat(300_000);
            run(() -> System.out.println(big.length()));
            var line = "true -3織0.5 " + most + " " + least + text + "null" + point;
            assertEquals(List.of(line, line, line, "300000"), captured.lines());
            assertEquals(1, array[0]);
        }
    }

    @Test
    @DisplayName("a child that ends soon makes no connection; one that goes on does, to notice the parent's end")
    @EnabledOnOs(OS.LINUX)
    void connects() throws Exception {
        run(() -> {
            if (sockets() != 0) {
                throw new IllegalStateException(sockets() + " sockets at once");
            }
            var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (sockets() == 0 && System.nanoTime() < deadlineNs) {
                Thread.sleep(10);
            }
            if (sockets() == 0) {
                throw new IllegalStateException("no socket later");
            }
        });
    }

    static long sockets() throws IOException {
        try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            var count = 0;
            for (var descriptor : open) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().startsWith("socket:")) {
                        count++;
                    }
                } catch (IOException e) {
                    // the directory's own, or one that was closed
                }
            }
            return count;
        }
    }

    /** Ends before its child is old enough to connect. */
    static final class DiesYoung {
        public static void main(String[] arguments) {
            var child = new ChildProcess(() -> Thread.sleep(600_000)).start();
            System.out.println(child.pid());
            Runtime.getRuntime().halt(5);
        }
    }

    @Test
    @DisplayName("a child ends when its parent died before the child connected")
    void young() throws Exception {
        try (var program = new Program(DiesYoung.class)) {
            var pid = Long.parseLong(program.nextLine());
            assertEquals(5, program.ended().exitCode());
            var child = ProcessHandle.of(pid);
            if (child.isPresent()) {
                Gone.await(child.get());
            }
            assertTrue(ProcessHandle.of(pid).isEmpty());
        }
    }
}
