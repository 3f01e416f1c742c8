package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a jar, as users have it, children share a cache. */
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
            return found.toList();
        }
    }

    @Test
    @DisplayName(
            "prepare makes the cache, whole and once; a broken cache does no harm, and neither does a place that cannot be written")
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
        var cache = temporary.resolve("cache");

        assertEquals(expected, run(jar, cache));
        var made = files(cache);
        assertEquals(1, made.size(), made.toString());
        assertTrue(Files.size(made.getFirst()) > 1_000_000, made.toString());
        var modified = Files.getLastModifiedTime(made.getFirst());

        assertEquals(expected, run(jar, cache));
        assertEquals(made, files(cache));
        assertEquals(modified, Files.getLastModifiedTime(made.getFirst()));

        Files.write(made.getFirst(), new byte[1000]);
        assertEquals(expected, run(jar, cache));

        var noDirectory = Files.createFile(temporary.resolve("file"));
        assertEquals(expected, run(jar, noDirectory.resolve("cache")));
    }
}
