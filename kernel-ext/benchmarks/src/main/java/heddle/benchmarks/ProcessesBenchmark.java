package heddle.benchmarks;

import static java.lang.Integer.parseInt;
import static java.util.Collections.nCopies;

import heddle.processes.ChildProcess;
import heddle.processes.ProcessLock;
import heddle.processes.ProcessPipe;
import heddle.processes.ProcessPool;
import heddle.processes.ProcessQueue;
import heddle.processes.SharedMap;
import heddle.processes.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * This library's side of {@code processes.py}: measures the row that the arguments name, whenever a line on standard input says so. CPython's side, {@code cpython.py}, has
 * the same rows and does the same with the same items.
 */
public final class ProcessesBenchmark {
    /** Of a pool, there and here. */
    private static final int WORKERS = 2;

    private ProcessesBenchmark() {}

    public static void main(String[] words) throws Exception {
        Starts.prepare();
        switch (words[0]) {
            case "start" -> Sample.serve(Starts::fromReserve);
            case "cold" -> {
                ChildProcess.releaseReserve();
                System.setProperty("heddle.processes.reserve", "0");
                Sample.serve(Starts::one);
            }
            case "many" -> Sample.serve(() -> Starts.many(parseInt(words[1])));
            case "map" -> map(parseInt(words[1]), parseInt(words[2]));
            case "async" -> async(parseInt(words[1]));
            case "apply" -> apply(parseInt(words[1]));
            case "queue" -> queue(parseInt(words[1]), parseInt(words[2]));
            case "bytes" -> bytes(parseInt(words[1]), parseInt(words[2]));
            case "pipe" -> pipe(parseInt(words[1]));
            case "lock" -> lock(parseInt(words[1]));
            case "contended" -> contended(parseInt(words[1]), parseInt(words[2]));
            case "update" -> update(parseInt(words[1]));
            case "idle" -> Sample.serve(ProcessesBenchmark::idle);
            default -> throw new IllegalArgumentException("there is no row " + words[0]);
        }
        ChildProcess.releaseReserve();
    }

    // ---- pools

    private static int tiny(int number) {
        return number + 1;
    }

    private static void map(int count, int times) throws Exception {
        var numbers = IntStream.range(0, count).boxed().toList();
        try (var pool = new ProcessPool(WORKERS)) {
            expect(count, pool.map(ProcessesBenchmark::tiny, numbers));
            Sample.serve(() -> Sample.nsEach(times, () -> pool.map(ProcessesBenchmark::tiny, numbers)) / 1e6);
        }
    }

    private static void async(int count) throws Exception {
        try (var pool = new ProcessPool(WORKERS)) {
            Sample.serve(() -> {
                var beganNs = System.nanoTime();
                var results = new ArrayList<CompletableFuture<Integer>>();
                for (var number = 0; number < count; number++) {
                    results.add(pool.applyAsync(ProcessesBenchmark::tiny, number));
                }
                var values = new ArrayList<Integer>();
                for (var result : results) {
                    values.add(result.get());
                }
                var ms = Sample.msSince(beganNs);
                expect(count, values);
                return ms;
            });
        }
    }

    private static void expect(int count, List<Integer> values) {
        if (!values.equals(IntStream.rangeClosed(1, count).boxed().toList())) {
            throw new IllegalStateException("the pool gave wrong results: " + values);
        }
    }

    private static void apply(int times) throws Exception {
        try (var pool = new ProcessPool(WORKERS)) {
            Sample.serve(() -> Sample.nsEach(times, () -> pool.apply(ProcessesBenchmark::tiny, 1)) / 1e3);
        }
    }

    // ---- queues

    private static void queue(int pairs, int count) throws Exception {
        var each = count / pairs;
        try (var queue = new ProcessQueue<Integer>();
                var team = new Team(pairs(pairs, () -> putNumbers(queue, each), () -> take(queue, each)))) {
            Sample.serve(() -> each * pairs / (team.turnNs() / 1e9));
        }
    }

    private static void bytes(int length, int count) throws Exception {
        try (var queue = new ProcessQueue<byte[]>();
                var team = new Team(pairs(1, () -> putBytes(queue, length, count), () -> take(queue, count)))) {
            Sample.serve(() -> (double) length * count / team.turnNs());
        }
    }

    private static List<Task> pairs(int count, Task producer, Task consumer) {
        var works = new ArrayList<>(nCopies(count, producer));
        works.addAll(nCopies(count, consumer));
        return works;
    }

    private static void putNumbers(ProcessQueue<Integer> queue, int count) throws InterruptedException {
        for (var number = 0; number < count; number++) {
            queue.put(number);
        }
    }

    private static void putBytes(ProcessQueue<byte[]> queue, int length, int count) throws InterruptedException {
        var block = new byte[length];
        for (var number = 0; number < count; number++) {
            queue.put(block);
        }
    }

    private static void take(ProcessQueue<?> queue, int count) throws InterruptedException {
        for (var number = 0; number < count; number++) {
            queue.take();
        }
    }

    // ---- pipe

    private static void pipe(int times) throws Exception {
        try (var pipe = new ProcessPipe()) {
            var here = pipe.first();
            var there = pipe.second();
            var child = new ChildProcess(() -> {
                        while (true) {
                            there.send(there.receive());
                        }
                    })
                    .start();
            Sample.serve(() -> Sample.nsEach(times, () -> {
                        here.send(7);
                        here.receive();
                    })
                    / 1e3);
            child.kill();
            child.join();
        }
    }

    // ---- locks

    private static void lock(int times) throws Exception {
        try (var lock = new ProcessLock()) {
            Sample.serve(() -> {
                var beganNs = System.nanoTime();
                lockAndUnlock(lock, times);
                return (double) (System.nanoTime() - beganNs) / times;
            });
        }
    }

    private static void contended(int processes, int count) throws Exception {
        var each = count / processes;
        try (var lock = new ProcessLock();
                var team = new Team(nCopies(processes, (Task) () -> lockAndUnlock(lock, each)))) {
            Sample.serve(() -> team.turnNs() / (each * processes));
        }
    }

    private static void lockAndUnlock(ProcessLock lock, int times) {
        for (var time = 0; time < times; time++) {
            lock.lock();
            lock.unlock();
        }
    }

    // ---- collections

    private static void update(int times) throws Exception {
        try (var map = new SharedMap<String, Integer>()) {
            Sample.serve(() -> Sample.nsEach(times, () -> map.merge("c", 1, Integer::sum)) / 1e3);
        }
    }

    // ---- memory

    private static double idle() throws Exception {
        try (var ready = new ProcessLock();
                var end = new ProcessLock()) {
            ready.lock();
            end.lock();
            var child = new ChildProcess(() -> {
                        ready.unlock();
                        end.lock();
                    })
                    .start();
            ready.lock();
            var mb = Sample.pssMb(child.pid());
            child.kill();
            child.join();
            Starts.prepare();
            return mb;
        }
    }
}
