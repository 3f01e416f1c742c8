package heddle.processes;

import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs benchmarks as tests that are only run by name, with the options of the system property {@code jmh}. */
final class Jmh {
    private Jmh() {}

    static void run(Class<?> benchmarks) throws RunnerException, CommandLineOptionException {
        var given = System.getProperty("jmh", "");
        var options = new CommandLineOptions(given.isBlank() ? new String[0] : given.split(" "));
        new Runner(new OptionsBuilder()
                        .parent(options)
                        .include(benchmarks.getName())
                        .build())
                .run();
    }
}
