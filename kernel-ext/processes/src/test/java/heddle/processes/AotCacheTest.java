package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a jar, as users have it, children share caches, a smaller one for simple tasks. */
class AotCacheTest {
    private static Program.Ended run(Path jar, Path cache) throws Exception {
        var tests = Path.of(
                Mains.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        var options = List.of("-Dheddle.processes.cache=" + cache, "-cp", tests + File.pathSeparator + jar);
        try (var program = new Program(options, Mains.class, "prepares")) {
            return program.ended();
        }
    }

    private static List<Path> files(Path in) throws Exception {
        try (var found = Files.list(in)) {
            return new ArrayList<>(found.toList());
        }
    }

    @Test
    @DisplayName(
            "prepare makes the caches, whole and once, and removes those that nobody has used for long; broken ones do no harm, and neither does a place that cannot be written")
    void cache(@TempDir Path temporary) throws Exception {
        var classes = Path.of(ChildMain.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        var jar = temporary.resolve("with a space.jar");
        assertEquals(
                0,
                ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(
                                System.out,
                                System.err,
                                "--create",
                                "--file",
                                jar.toString(),
                                "-C",
                                classes.toString(),
                                "."));
        var expected = new Program.Ended(0, List.of("child", "fresh child"), "");
        var cache = Files.createDirectories(temporary.resolve("cache"));
        var recent = Files.createFile(cache.resolve("children-recent.aot"));
        var unused = Files.createFile(cache.resolve("children-unused.aot"));
        Files.setLastModifiedTime(unused, FileTime.from(Instant.now().minus(Duration.ofDays(31))));

        assertEquals(expected, run(jar, cache));
        var made = files(cache);
        assertEquals(3, made.size(), made.toString());
        made.removeIf(file -> file.equals(recent));
        assertEquals(2, made.size(), made.toString());
        var contents = new HashMap<Path, byte[]>();
        var before = FileTime.from(Instant.now().minus(Duration.ofDays(20)));
        for (var file : made) {
            contents.put(file, Files.readAllBytes(file));
            Files.setLastModifiedTime(file, before);
        }
        made.sort(Comparator.comparing(file -> file.toString().length()));
        assertTrue(Files.size(made.getFirst()) > Files.size(made.getLast()), made.toString());
        assertTrue(Files.size(made.getLast()) > 1_000_000, made.toString());
        Files.delete(recent);

        assertEquals(expected, run(jar, cache));
        assertEquals(Set.copyOf(made), Set.copyOf(files(cache)));
        for (var file : made) {
            assertArrayEquals(contents.get(file), Files.readAllBytes(file));
            assertTrue(Files.getLastModifiedTime(file).compareTo(before) > 0);
        }

        for (var file : made) {
            Files.write(file, new byte[1000]);
        }
        assertEquals(expected, run(jar, cache));

        var noDirectory = Files.createFile(temporary.resolve("file"));
        assertEquals(expected, run(jar, noDirectory.resolve("cache")));
    }
}
