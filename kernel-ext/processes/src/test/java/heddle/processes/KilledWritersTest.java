package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that are killed, or find no memory, while they change a shared map, list or value. */
@Timeout(300)
class KilledWritersTest {
    private static final int ROUNDS = 40;
    private static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(30);

    /** One change: of the map or of the list, the same for that step whoever makes it. */
    static void change(Map<String, Object> map, List<Object> list, long step) {
        var random = new Random(step * 0x9E3779B97F4A7C15L);
        var key = "key " + random.nextInt(60);
        var value = MapTest.value(random);
        var size = list.size();
        switch (random.nextInt(9)) {
            case 0, 1 -> map.put(key, value);
            case 2 -> map.remove(key);
            case 3 -> map.merge("count", 1L, (a, b) -> (Long) a + (Long) b);
            case 4 -> map.compute(key, (_, before) -> before == null ? value : null);
            case 5 -> {
                if (size < 200) {
                    list.add(value);
                } else {
                    list.removeIf(element -> element.hashCode() % 2 == 0);
                }
            }
            case 6 -> list.add(random.nextInt(size + 1), value);
            case 7 -> {
                if (size > 0) {
                    list.remove(random.nextInt(size));
                }
            }
            default -> {
                if (step % 10 == 0) {
                    list.sort(Comparator.comparing(String::valueOf));
                } else if (size > 0) {
                    list.set(random.nextInt(size), value);
                }
            }
        }
    }

    @Test
    @DisplayName(
            "killed at any moment, stopped before or not, a process leaves a map and a list as they were before its change or after it")
    void killed() throws Exception {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var mapModel = new LinkedHashMap<String, Object>();
        var listModel = new ArrayList<>();
        var inTheMiddle = 0;
        try (var map = new SharedMap<String, Object>();
                var list = new SharedList<Object>();
                var begun = new SharedLong();
                var done = new SharedLong()) {
            var directory = Tree.current().path();
            for (var round = 0; round < ROUNDS; round++) {
                var message = "seed " + seed + " round " + round;
                var from = done.get();
                var child = new ChildProcess(() -> {
                            while (true) {
                                change(map, list, begun.incrementAndGet());
                                done.incrementAndGet();
                            }
                        })
                        .start();
                while (done.get() == from) {
                    assertTrue(child.isAlive(), message);
                    LockSupport.parkNanos(100_000);
                }
                LockSupport.parkNanos(random.nextLong(LONGEST_NS));
                if (round % 2 == 0) {
                    assertEquals(
                            0,
                            new ProcessBuilder("kill", "-STOP", "" + child.pid())
                                    .start()
                                    .waitFor());
                }
                child.kill();
                child.join();
                assertEquals(-9, child.exitCode(), message);
                for (var step = from + 1; step <= done.get(); step++) {
                    change(mapModel, listModel, step);
                }
                if (begun.get() > done.get()) {
                    assertEquals(begun.get(), done.get() + 1);
                    inTheMiddle++;
                    if (!isEqual(mapModel, map) || !listModel.equals(list)) {
                        change(mapModel, listModel, begun.get());
                        done.set(begun.get());
                    } else {
                        begun.set(done.get());
                    }
                }
                assertEquals(List.copyOf(mapModel.entrySet()), List.copyOf(map.entrySet()), message);
                assertEquals(mapModel.size(), map.size(), message);
                assertEquals(listModel, list, message);
                try (var files = Files.list(directory)) {
                    assertEquals(
                            2,
                            files.filter(file -> file.getFileName().toString().startsWith("generation"))
                                    .count(),
                            message);
                }
                child.close();
            }
            assertTrue(inTheMiddle > ROUNDS / 4, "only " + inTheMiddle + " were killed within a change");
        }
    }

    private static boolean isEqual(Map<String, Object> model, SharedMap<String, Object> map) {
        return List.copyOf(model.entrySet()).equals(List.copyOf(map.entrySet())) && model.size() == map.size();
    }

    /** Files of this process may not grow beyond that many bytes. */
    static void limit(String bytes) {
        try {
            var process = new ProcessBuilder(
                            "prlimit", "--pid", "" + ProcessHandle.current().pid(), "--fsize=" + bytes + ":")
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("prlimit failed");
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void refused(Runnable change) {
        try {
            change.run();
        } catch (UncheckedIOException e) {
            if (e.getMessage().startsWith("there is no memory for what this Shared")
                    && e.getMessage().contains(" should hold, which stays as it was")) {
                return;
            }
            throw e;
        }
        throw new AssertionError("there was memory enough");
    }

    private static void check(boolean condition) {
        if (!condition) {
            throw new AssertionError();
        }
    }

    @Test
    @DisplayName(
            "where there is no memory for a change it says so and loses nothing; smaller changes go on, and all do when there is memory again")
    void full() throws Exception {
        try (var map = new SharedMap<String, Object>(Map.of("a", 1));
                var list = new SharedList<Object>(List.of(1, "two"));
                var value = new SharedValue<Object>("v")) {
            var child = new ChildProcess(() -> {
                limit("200000");
                var big = new byte[150_000];
                map.put("big", big);
                list.add(big);
                value.set(big);
                refused(() -> map.put("second", big));
                refused(() -> map.compute("a", (_, _) -> big));
                refused(() -> list.add(big));
                refused(() -> list.add(0, big));
                refused(() -> list.replaceAll(_ -> big));
                check(map.size() == 2 && Objects.equals(map.get("a"), 1) && !map.containsKey("second"));
                check(list.size() == 3 && list.get(1).equals("two"));
                map.merge("a", 1, (a, b) -> (Integer) a + (Integer) b);
                list.set(0, 2);
                list.removeLast();
                map.remove("big");
                map.put("second", big);
                value.set("small");
                limit("unlimited");
                map.put("third", big);
                list.addAll(List.of(big, big));
            });
            child.start().join();
            assertEquals(0, child.exitCode(), child.lastLines().toString());
            assertEquals(List.of("a", "second", "third"), List.copyOf(map.keySet()));
            assertEquals(2, map.get("a"));
            assertEquals(List.of(2, "two"), list.subList(0, 2));
            assertEquals(4, list.size());
            assertEquals("small", value.get());
        }
    }

    @Test
    @DisplayName(
            "what a map, list or value has outgrown goes back to the system at once, also in a process that only reads")
    void outgrown() throws Exception {
        try (var map = new SharedMap<String, byte[]>();
                var list = new SharedList<byte[]>(List.of(new byte[0]));
                var value = new SharedValue<>(new byte[0])) {
            var child = new ChildProcess(() -> {
                for (var i = 0; i < 200; i++) {
                    if (map.get("a") != null && list.get(0).length == value.get().length) {
                        check(generationsMapped() <= 3);
                    }
                }
            });
            child.start();
            for (var i = 0; i < 200 || child.isAlive(); i++) {
                map.put("a", new byte[100_000]);
                list.set(0, new byte[100_000]);
                value.set(new byte[100_000]);
            }
            assertEquals(3, generationsMapped());
            child.join();
            assertEquals(0, child.exitCode(), child.lastLines().toString());
        }
    }

    private static long generationsMapped() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/generation-")).count();
        }
    }
}
