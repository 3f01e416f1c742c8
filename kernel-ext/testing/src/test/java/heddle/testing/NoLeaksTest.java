package heddle.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.testing.NoLeaks.Held;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The proof itself is proved: each kind of leak is seen, and what ends in time is none. */
class NoLeaksTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void aThreadIsSeenUntilItEnds() throws Exception {
        var before = Held.now();
        var end = new CountDownLatch(1);
        var thread = Thread.ofPlatform().name("leaky").start(() -> await(end));
        assertTrue(only(NoLeaks.leaksSince(before, SHORT)).startsWith("thread leaky at "));
        end.countDown();
        thread.join();
        assertEquals(List.of(), NoLeaks.leaksSince(before, SHORT));
    }

    @Test
    void aChildIsSeenUntilItEnds() throws Exception {
        var before = Held.now();
        var child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndsAtEof.class.getName())
                .start();
        try {
            assertTrue(NoLeaks.leaksSince(before, SHORT).stream()
                    .anyMatch(leak -> leak.startsWith("child process " + child.pid())));
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertEquals(List.of(), NoLeaks.leaksSince(before, NoLeaks.PATIENCE));
    }

    @Test
    void aSocketIsSeenUntilItIsClosed() throws Exception {
        Held before;
        try (var first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            before = Held.now();
            try (var second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                assertTrue(only(NoLeaks.leaksSince(before, SHORT)).startsWith("open socket:"));
            }
            assertEquals(List.of(), NoLeaks.leaksSince(before, SHORT));
        }
    }

    /** A child that lives until its input ends. */
    static final class EndsAtEof {
        public static void main(String[] args) throws IOException {
            System.in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static String only(List<String> leaks) {
        assertEquals(1, leaks.size(), leaks::toString);
        return leaks.getFirst();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
