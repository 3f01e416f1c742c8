package heddle.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.CodecFuzz;
import heddle.protocol.PeerFuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the fuzz targets of this module, a few seconds each; {@code -Dheddle.fuzz=600} tries for that many seconds. Inputs that reached new
 * code are kept in {@code target/fuzz} and tried first the next time.
 */
class FuzzTest {

    private static final long SECONDS = Long.getLong("heddle.fuzz", 3);
    private static final int PATIENCE_S = 60;
    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs");

    static Stream<Arguments> targets() {
        return Stream.of(
                Arguments.of(PeerFuzz.class, PeerFuzz.seeds()), Arguments.of(CodecFuzz.class, CodecFuzz.seeds()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("targets")
    @Timeout(value = 1, unit = TimeUnit.DAYS) // bounded below, by what was asked for
    void nothingElseThanItsOwnRefusal(Class<?> target, List<byte[]> seeds) throws Exception {
        var folder = Path.of("target", "fuzz", target.getSimpleName()).toAbsolutePath();
        var corpus = Files.createDirectories(folder.resolve("corpus"));
        for (var i = 0; i < seeds.size(); i++) {
            Files.write(corpus.resolve("seed" + i), seeds.get(i));
        }
        var log = folder.resolve("log");
        var fuzzer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + target.getName(),
                        "--instrumentation_includes=heddle.**",
                        "--reproducer_path=" + folder,
                        "-artifact_prefix=" + folder + "/",
                        "-max_total_time=" + SECONDS,
                        "-max_len=4096",
                        "-timeout=10",
                        corpus.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(fuzzer.waitFor(SECONDS + PATIENCE_S, TimeUnit.SECONDS), () -> "still running: " + text(log));
            assertEquals(0, fuzzer.exitValue(), () -> text(log));
            var done = DONE.matcher(text(log));
            assertTrue(done.find() && Long.parseLong(done.group(1)) > seeds.size(), () -> text(log));
        } finally {
            fuzzer.descendants().forEach(ProcessHandle::destroyForcibly);
            fuzzer.destroyForcibly().waitFor();
        }
    }

    /** The end of the log, where a finding stands. */
    private static String text(Path log) {
        try {
            var text = Files.readString(log, StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - 4000));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
