package heddle.benchmarks;

import heddle.processes.ChildProcess;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;

/** What starting and joining children takes. A class of its own, and a small one, because each child loads the class of its task. */
final class Starts {
    private Starts() {}

    static void prepare() throws InterruptedException, ExecutionException {
        ChildProcess.prepare().get();
    }

    static double fromReserve() throws Exception {
        var ms = one();
        prepare(); // or the reserve would be filled while others are measured
        return ms;
    }

    static double one() throws InterruptedException {
        var beganNs = System.nanoTime();
        var child = new ChildProcess(() -> {}).start();
        child.join();
        var ms = Sample.msSince(beganNs);
        check(child);
        return ms;
    }

    static double many(int count) throws Exception {
        var beganNs = System.nanoTime();
        var children = new ArrayList<ChildProcess>();
        for (var i = 0; i < count; i++) {
            children.add(new ChildProcess(() -> {}).start());
        }
        for (var child : children) {
            child.join();
        }
        var ms = Sample.msSince(beganNs);
        children.forEach(Starts::check);
        prepare();
        return ms;
    }

    private static void check(ChildProcess child) {
        if (child.exitCode() != 0) {
            throw new IllegalStateException(
                    child.name() + " ended with " + child.exitCode() + ": " + child.lastLines());
        }
    }
}
