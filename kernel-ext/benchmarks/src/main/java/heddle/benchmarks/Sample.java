package heddle.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;

/** One measurement of a row, as often as the harness asks for it. */
@FunctionalInterface
interface Sample {
    /** Measures; what is cleared up afterwards does not count. */
    double take() throws Exception;

    /** Says that all is prepared, then takes one sample for each line of standard input, until that ends. */
    static void serve(Sample sample) throws Exception {
        var orders = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        while (orders.readLine() != null) {
            System.out.println(sample.take());
        }
    }

    /** Something that is done again and again within one sample. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    /** Nanoseconds that it takes to do that work once. */
    static double nsEach(int times, Work work) throws Exception {
        var beganNs = System.nanoTime();
        for (var time = 0; time < times; time++) {
            work.run();
        }
        return (double) (System.nanoTime() - beganNs) / times;
    }

    static double msSince(long beganNs) {
        return (System.nanoTime() - beganNs) / 1e6;
    }

    /** Resident memory of a process, what is shared divided by the sharers, in MB. */
    static double pssMb(long pid) throws IOException {
        var kib = Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")).stream()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                .sum();
        return kib * 1024 / 1e6;
    }
}
