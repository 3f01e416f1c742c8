package heddle.benchmarks;

import heddle.processes.ChildProcess;
import heddle.processes.ProcessLock;
import heddle.processes.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Children that each do their work once in every turn. */
final class Team implements AutoCloseable {
    private final List<ProcessLock> go = new ArrayList<>();
    private final List<ProcessLock> done = new ArrayList<>();
    private final List<ChildProcess> children = new ArrayList<>();

    Team(List<Task> works) {
        for (var work : works) {
            var mayGo = locked(go);
            var hasDone = locked(done);
            children.add(new ChildProcess(() -> inTurns(mayGo, hasDone, work)).start());
        }
    }

    private static ProcessLock locked(List<ProcessLock> gates) {
        var gate = new ProcessLock();
        gate.lock();
        gates.add(gate);
        return gate;
    }

    private static void inTurns(ProcessLock go, ProcessLock done, Task work) throws Exception {
        while (true) {
            go.lock();
            work.run();
            done.unlock();
        }
    }

    /** Nanoseconds that it takes all of them. */
    double turnNs() throws InterruptedException {
        var beganNs = System.nanoTime();
        go.forEach(ProcessLock::unlock);
        for (var number = 0; number < children.size(); number++) {
            while (!done.get(number).tryLock(1, TimeUnit.SECONDS)) {
                var child = children.get(number);
                if (!child.isAlive()) {
                    throw new IllegalStateException(
                            child.name() + " ended with " + child.exitCode() + ": " + child.lastLines());
                }
            }
        }
        return System.nanoTime() - beganNs;
    }

    @Override
    public void close() throws InterruptedException {
        children.forEach(ChildProcess::kill);
        for (var child : children) {
            child.join();
        }
        go.forEach(ProcessLock::close);
        done.forEach(ProcessLock::close);
    }
}
