package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which task printed what. */
@Timeout(60)
class TaskMarksTest {
    /** Gives its bytes in pieces of any length. */
    private static final class Pieces extends InputStream {
        private final InputStream all;
        private final Random random;

        Pieces(byte[] all, Random random) {
            this.all = new ByteArrayInputStream(all);
            this.random = random;
        }

        @Override
        public int read() throws IOException {
            return all.read();
        }

        @Override
        public int read(byte[] into, int offset, int most) throws IOException {
            return all.read(into, offset, Math.min(most, 1 + random.nextInt(40)));
        }
    }

    @Test
    @DisplayName("the marks are taken out, wherever the bytes are cut; text that looks like the beginning of one stays")
    void unmarked() throws Exception {
        var random = new Random(5);
        var token = TaskMarks.newToken();
        for (var round = 0; round < 200; round++) {
            var bytes = new ByteArrayOutputStream();
            var expected = new TreeMap<Long, String>();
            for (var id = 1L; id <= 20; id++) {
                bytes.write(token);
                bytes.write(ByteBuffer.allocate(8).putLong(id).array());
                for (var line = random.nextInt(4); line >= 0; line--) {
                    var text = switch (random.nextInt(4)) {
                        case 0 -> "\0";
                        case 1 -> "\n\0\0";
                        case 2 -> "x".repeat(random.nextInt(100));
                        default -> "";
                    };
                    bytes.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                    expected.merge(id, text + "\n", String::concat);
                }
            }
            var got = new TreeMap<Long, String>();
            var task = new long[1];
            try (var in = new TaskMarks.Unmarked(new Pieces(bytes.toByteArray(), random), token, id -> {
                task[0] = id;
                return null;
            })) {
                var piece = new byte[64];
                for (var count = in.read(piece, 0, 64); count >= 0; count = in.read(piece, 0, 64)) {
                    var text = new String(piece, 0, count, StandardCharsets.UTF_8);
                    in.execute(() -> got.merge(task[0], text, String::concat));
                }
            }
            assertEquals(expected, got);
        }
    }

    @Test
    @DisplayName("a mark that was cut off by the end is text")
    void cut() throws Exception {
        var token = TaskMarks.newToken();
        try (var in = new TaskMarks.Unmarked(new ByteArrayInputStream(token, 0, 10), token, _ -> null)) {
            assertEquals(10, in.readAllBytes().length);
        }
    }

    @Test
    @DisplayName(
            "what tasks print comes whole, without marks, also what their threads print; the lines before a death are told without them")
    void inAPool() throws Exception {
        try (var captured = new Captured();
                var pool = new ProcessPool(1)) {
            for (var i = 0; i < 20; i++) {
                var n = i;
                pool.submit(() -> {
                    System.out.print("task ");
                    System.out.println(n);
                    System.err.println("error " + n);
                    var thread = Thread.ofPlatform().start(() -> System.out.println("thread of " + n));
                    thread.join();
                    return n;
                });
            }
            pool.submit(() -> Runtime.getRuntime().halt(3))
                    .exceptionally(_ -> null)
                    .get(30, TimeUnit.SECONDS);
            captured.awaitLine("thread of 19");
            var expected = new StringBuilder();
            for (var i = 0; i < 20; i++) {
                expected.append("task ")
                        .append(i)
                        .append("\nthread of ")
                        .append(i)
                        .append('\n');
            }
            assertEquals(expected.toString(), captured.out());
            assertEquals(
                    20,
                    captured.err()
                            .lines()
                            .filter(line -> line.matches("error \\d+"))
                            .count(),
                    captured.err());
        }
    }
}
