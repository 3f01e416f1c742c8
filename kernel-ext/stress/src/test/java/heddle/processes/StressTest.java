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
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs all jcstress tests of this module, a few seconds each. {@code -Dheddle.stress="-m default"} tries longer, {@code "-m tough"} for
 * hours.
 */
class StressTest {
    private static final String SHORT = "-m sanity -iters 3 -time 100 -sc false";
    private static final int STRIDES = 10;
    private static final int MOST_LINES = 60;

    private static final String RESULTS = "RUN RESULTS:";
    private static final String VERDICT = "TEST FAILURES:";

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
        command.addAll(List.of("-strideCount", "" + STRIDES, "-strideSize", "" + Reused.STATES / STRIDES));
        command.addAll(List.of(System.getProperty("heddle.stress", SHORT).split(" ")));
        var harness = new ProcessBuilder(command)
                .directory(results.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(harness.waitFor(14, TimeUnit.MINUTES), () -> "still running: " + last(text(log)));
            assertEquals(0, harness.exitValue(), () -> essence(text(log)));
            var cores = Runtime.getRuntime().availableProcessors();
            for (var test : tests()) {
                assertTrue(
                        text(log).contains("[OK] " + test),
                        () -> test + " did not run (there are " + cores + " processors): " + last(text(log)));
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

    /** Of what jcstress says of a run that failed: which tests and why, in one line each, then their tables of outcomes. */
    static String essence(String log) {
        var verdict = log.lastIndexOf(VERDICT);
        var results = log.lastIndexOf(RESULTS);
        if (verdict < 0 || results < 0) {
            return last(log);
        }
        var tables = log.substring(results, verdict).split("All remaining tests:", 2)[0];
        return withoutFrames(log.substring(verdict + VERDICT.length())) + "\n" + withoutFrames(tables);
    }

    private static String last(String log) {
        var lines = log.strip().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - MOST_LINES / 2), lines.size()));
    }

    private static String withoutFrames(String text) {
        return text.lines()
                .filter(line -> !line.isBlank() && !line.strip().matches("at .*|\\.\\.\\. \\d+ more"))
                .limit(MOST_LINES)
                .collect(Collectors.joining("\n"));
    }

    @Test
    void ofAFailedRunTheEssenceIsSaid() {
        var log = """
                .......... [OK] heddle.processes.Good
                (ETA: now)

                RUN RESULTS:
                  Failed tests: 1 matching test results.

                ....... [FAILED] heddle.processes.Bad

                  RESULT  SAMPLES     FREQ      EXPECT  DESCRIPTION
                    1, 1       12    0.06%   Forbidden  both have it

                  All remaining tests: 1 matching test results.
                .......... [OK] heddle.processes.Good
                  HTML report generated
                Exception in thread "main" java.lang.AssertionError: TEST FAILURES:\s
                heddle.processes.Bad Observed forbidden state: 1, 1

                \tat org.openjdk.jcstress.Main.main(Main.java:60)
                """;
        assertEquals("""
                heddle.processes.Bad Observed forbidden state: 1, 1
                RUN RESULTS:
                  Failed tests: 1 matching test results.
                ....... [FAILED] heddle.processes.Bad
                  RESULT  SAMPLES     FREQ      EXPECT  DESCRIPTION
                    1, 1       12    0.06%   Forbidden  both have it""", essence(log));
        assertEquals("no harness", essence("\nno harness\n"));
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
