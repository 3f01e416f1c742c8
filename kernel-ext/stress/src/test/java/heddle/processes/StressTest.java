package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs all jcstress tests of this module, a few seconds each. {@code -Dheddle.stress="-m default"} tries longer, {@code "-m tough"} for
 * hours.
 */
class StressTest {
    private static final String SHORT = "-m sanity -iters 3 -time 100 -strideSize 100 -strideCount 20 -sc false";

    @TempDir
    Path results;

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void noForbiddenOutcomeIsSeen() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var log = results.resolve("log");
        var command = new ArrayList<>(List.of(java, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("org.openjdk.jcstress.Main", "-v", "-r", results.toString()));
        command.addAll(List.of("-jvmArgs", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(System.getProperty("heddle.stress", SHORT).split(" ")));
        var harness = new ProcessBuilder(command)
                .directory(results.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(harness.waitFor(14, TimeUnit.MINUTES), () -> "still running: " + text(log));
            assertEquals(0, harness.exitValue(), () -> text(log));
            for (var test : tests()) {
                assertTrue(text(log).contains("[OK] " + test), () -> test + " did not run: " + text(log));
            }
        } finally {
            harness.descendants().forEach(ProcessHandle::destroyForcibly);
            harness.destroyForcibly().waitFor();
        }
    }

    /** What jcstress's annotation processor has found. */
    private static List<String> tests() throws IOException {
        try (var list = StressTest.class.getResourceAsStream("/META-INF/TestList")) {
            var text = new String(list.readAllBytes());
            var tests = Pattern.compile("heddle\\.processes\\.\\w+Stress\\.[A-Za-z]+")
                    .matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .distinct()
                    .toList();
            assertTrue(tests.size() >= 3, text);
            return tests;
        }
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
