package heddle.benchmarks;

import heddle.processes.ChildProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;

/**
 * What starting and joining children takes. Obeys one order a line, so that {@code start.py} can measure by turns here and in CPython: {@code reserve},
 * {@code cold} and {@code many N} answer with milliseconds, {@code end} ends.
 */
public final class StartBenchmark {
    private StartBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        var orders = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        for (var order = orders.readLine(); order != null; order = orders.readLine()) {
            var words = order.split(" ");
            switch (words[0]) {
                case "warm" -> {
                    prepare();
                    one();
                    prepare();
                    System.out.println("warm");
                }
                case "reserve" -> {
                    prepare();
                    System.out.println(one());
                }
                case "cold" -> {
                    ChildProcess.releaseReserve();
                    System.setProperty("heddle.processes.reserve", "0");
                    System.out.println(one());
                    System.clearProperty("heddle.processes.reserve");
                }
                case "many" -> {
                    prepare();
                    System.out.println(many(Integer.parseInt(words[1])));
                }
                case "end" -> {
                    ChildProcess.releaseReserve();
                    return;
                }
                default -> throw new IllegalArgumentException("no such order: " + order);
            }
        }
    }

    private static void prepare() throws InterruptedException, ExecutionException {
        ChildProcess.prepare().get();
    }

    private static double one() throws InterruptedException {
        var beganNs = System.nanoTime();
        var child = new ChildProcess(() -> {}).start();
        child.join();
        return checked(child, beganNs);
    }

    private static double many(int count) throws InterruptedException {
        var beganNs = System.nanoTime();
        var children = new ArrayList<ChildProcess>();
        for (var i = 0; i < count; i++) {
            children.add(new ChildProcess(() -> {}).start());
        }
        for (var child : children) {
            child.join();
        }
        var ms = (System.nanoTime() - beganNs) / 1e6;
        children.forEach(child -> checked(child, beganNs));
        return ms;
    }

    private static double checked(ChildProcess child, long beganNs) {
        var ms = (System.nanoTime() - beganNs) / 1e6;
        if (child.exitCode() != 0) {
            throw new IllegalStateException(
                    child.name() + " ended with " + child.exitCode() + ": " + child.lastLines());
        }
        return ms;
    }
}
