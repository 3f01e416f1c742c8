package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stream of records in one thread: what is put is taken, in its order, wherever in the memory it comes to lie. */
@Timeout(120)
class RecordsTest {
    /** Says what the array is by its length and its ends. */
    private static byte[] marked(int length, int mark) {
        var bytes = new byte[length];
        if (length > 0) {
            bytes[0] = (byte) mark;
            bytes[length - 1] = (byte) (mark >>> 8);
        }
        return bytes;
    }

    private static void check(byte[] expected, byte[] taken) {
        assertEquals(expected.length, taken.length);
        if (taken.length > 0) {
            assertEquals(expected[0], taken[0]);
            assertEquals(expected[expected.length - 1], taken[taken.length - 1]);
        }
    }

    /** @param deepest so many are there at most */
    private static void random(int seed, int steps, int deepest, int longest) throws Exception {
        var random = new Random(seed);
        try (var queue = new ProcessQueue<byte[]>()) {
            var model = new ArrayDeque<byte[]>();
            for (var step = 0; step < steps; step++) {
                if (model.size() < deepest && random.nextInt(deepest + 1) > model.size()) {
                    var bytes = marked(random.nextInt(1 << random.nextInt(longest)), step);
                    queue.put(bytes);
                    model.add(bytes);
                } else if (model.isEmpty()) {
                    assertNull(queue.poll());
                } else {
                    check(model.remove(), queue.take());
                }
                assertEquals(model.size(), queue.size());
            }
            while (!model.isEmpty()) {
                check(model.remove(), queue.take());
            }
            assertNull(queue.poll());
        }
    }

    @Test
    @DisplayName("a queue that is nearly empty begins its segment again and again")
    void shallow() throws Exception {
        for (var seed = 0; seed < 20; seed++) {
            random(seed, 10_000, 1 + seed % 4, 13);
        }
    }

    @Test
    @DisplayName("a deep queue uses many segments, and those that have been read again")
    void deep() throws Exception {
        for (var seed = 0; seed < 10; seed++) {
            random(seed, 10_000, 20 + 50 * seed, 16);
        }
    }

    @Test
    @DisplayName("records larger than any segment so far")
    void large() throws Exception {
        for (var seed = 0; seed < 5; seed++) {
            random(seed, 500, 1 + 2 * seed, 22);
        }
    }

    @Test
    @DisplayName(
            "records of one size, each of which takes up a half or a whole of what a segment has, or a little more or less")
    void equal() throws Exception {
        for (var part = 1; part <= 8; part++) {
            for (var length = (1 << 16) / part - 48; length <= (1 << 16) / part + 8; length += 8) {
                try (var queue = new ProcessQueue<byte[]>()) {
                    var model = new ArrayDeque<byte[]>();
                    for (var step = 0; step < 60; step++) {
                        var depth = step / 3 % 4; // fills up and empties
                        while (model.size() <= depth) {
                            var bytes = marked(length, step);
                            queue.put(bytes);
                            model.add(bytes);
                        }
                        while (model.size() > depth / 2) {
                            check(model.remove(), queue.take());
                        }
                    }
                    while (!model.isEmpty()) {
                        check(model.remove(), queue.take());
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("a queue that is never longer than a little does not grow")
    void doesNotGrow() throws Exception {
        try (var queue = new ProcessQueue<byte[]>()) {
            queue.put(new byte[100_000]);
            queue.put(new byte[100_000]);
            for (var i = 0; i < 3; i++) {
                queue.put(new byte[100_000]);
                queue.take();
            }
            var before = java.nio.file.Files.size(queue.file().path());
            for (var i = 0; i < 1000; i++) {
                queue.put(new byte[100_000]);
                queue.take();
            }
            assertEquals(before, java.nio.file.Files.size(queue.file().path()));
        }
    }
}
