package heddle.benchmarks;

import static java.lang.Integer.parseInt;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/**
 * What no library can better on this machine, or what the same costs between the threads of one JVM: beside each row of {@link ProcessesBenchmark} stands one of these.
 * Obeys in the same way.
 */
public final class LimitsBenchmark {
    private static final int THREADS = 2;

    private LimitsBenchmark() {}

    public static void main(String[] words) throws Exception {
        switch (words[0]) {
            case "jvm" -> Sample.serve(LimitsBenchmark::jvm);
            case "jvms" -> Sample.serve(() -> jvms(parseInt(words[1])));
            case "jvm-end" -> Sample.serve(LimitsBenchmark::jvmEnd);
            case "jvm-memory" -> Sample.serve(LimitsBenchmark::jvmMemory);
            case "wake" -> wake(parseInt(words[1]));
            case "copy" -> copy(parseInt(words[1]), parseInt(words[2]));
            case "swap" -> swap(parseInt(words[1]));
            case "map" -> map(parseInt(words[1]), parseInt(words[2]));
            case "async" -> async(parseInt(words[1]));
            case "queue" -> queue(parseInt(words[1]), parseInt(words[2]));
            case "contended" -> contended(parseInt(words[1]), parseInt(words[2]));
            case "update" -> update(parseInt(words[1]));
            default -> throw new IllegalArgumentException("there is no limit " + words[0]);
        }
        System.exit(0); // some wait for turns that do not come any more
    }

    // ---- a JVM's own start, end and memory

    private static Process bareJvm(String... arguments) throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = Path.of(Nothing.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        var command = new ArrayList<>(List.of(java, "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp", classes.toString()));
        command.add(Nothing.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static double jvm() throws Exception {
        return jvms(1);
    }

    private static double jvms(int count) throws Exception {
        var beganNs = System.nanoTime();
        var jvms = new ArrayList<Process>();
        for (var i = 0; i < count; i++) {
            jvms.add(bareJvm());
        }
        for (var jvm : jvms) {
            jvm.waitFor();
        }
        return Sample.msSince(beganNs);
    }

    private static double jvmEnd() throws Exception {
        var jvm = bareJvm("wait");
        jvm.getInputStream().read(); // it is up
        var beganNs = System.nanoTime();
        jvm.getOutputStream().close();
        jvm.waitFor();
        return Sample.msSince(beganNs);
    }

    private static double jvmMemory() throws Exception {
        var jvm = bareJvm("wait");
        jvm.getInputStream().read();
        var mb = Sample.pssMb(jvm.pid());
        jvm.getOutputStream().close();
        jvm.waitFor();
        return mb;
    }

    /** What a bare JVM runs. */
    static final class Nothing {
        public static void main(String[] arguments) throws Exception {
            if (arguments.length > 0) {
                System.out.write('.');
                System.out.flush();
                System.in.read();
            }
        }
    }

    // ---- waking, copying, swapping

    /** Microseconds that it takes to wake another thread and to be woken by it. */
    private static void wake(int times) throws Exception {
        var turn = new AtomicInteger();
        var here = Thread.currentThread();
        var other = Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                handOver(turn, 1, here);
            }
        });
        Sample.serve(() -> Sample.nsEach(times, () -> {
                    turn.set(1);
                    LockSupport.unpark(other);
                    while (turn.get() != 0) {
                        LockSupport.park();
                    }
                })
                / 1e3);
    }

    private static void handOver(AtomicInteger turn, int mine, Thread to) {
        while (turn.get() != mine) {
            LockSupport.park();
        }
        turn.set(0);
        LockSupport.unpark(to);
    }

    /** GB/s that one thread copies from an array to memory outside the heap, too much of it for the caches nearest to a core. */
    private static void copy(int length, int times) throws Exception {
        var blocks = 64;
        var from = new byte[length];
        try (var arena = Arena.ofConfined()) {
            var to = arena.allocate((long) length * blocks);
            Sample.serve(() -> {
                var beganNs = System.nanoTime();
                for (var time = 0; time < times; time++) {
                    MemorySegment.copy(from, 0, to, ValueLayout.JAVA_BYTE, (long) length * (time % blocks), length);
                }
                return (double) length * times / (System.nanoTime() - beganNs);
            });
        }
    }

    /** Nanoseconds of one compare-and-swap and one ordered store, the least that lock and unlock can be. */
    private static void swap(int times) throws Exception {
        var word = new AtomicInteger();
        Sample.serve(() -> {
            var beganNs = System.nanoTime();
            for (var time = 0; time < times; time++) {
                word.compareAndSet(0, 1);
                word.setRelease(0);
            }
            return (double) (System.nanoTime() - beganNs) / times;
        });
    }

    // ---- the same between threads

    private static void map(int count, int times) throws Exception {
        var numbers = IntStream.range(0, count).boxed().toList();
        try (var pool = Executors.newFixedThreadPool(THREADS)) {
            Sample.serve(() -> Sample.nsEach(times, () -> {
                        var parts = new ArrayList<Callable<List<Integer>>>();
                        var chunk = Math.max(1, count / (4 * THREADS));
                        for (var from = 0; from < count; from += chunk) {
                            var part = numbers.subList(from, Math.min(count, from + chunk));
                            parts.add(() -> part.stream().map(n -> n + 1).toList());
                        }
                        var results = new ArrayList<Integer>(count);
                        for (var part : pool.invokeAll(parts)) {
                            results.addAll(part.get());
                        }
                    })
                    / 1e6);
        }
    }

    private static void async(int count) throws Exception {
        try (var pool = Executors.newFixedThreadPool(THREADS)) {
            Sample.serve(() -> {
                var beganNs = System.nanoTime();
                var results = new ArrayList<Future<Integer>>();
                for (var i = 0; i < count; i++) {
                    var number = i;
                    results.add(pool.submit(() -> number + 1));
                }
                for (var result : results) {
                    result.get();
                }
                return Sample.msSince(beganNs);
            });
        }
    }

    private static void queue(int pairs, int count) throws Exception {
        var each = count / pairs;
        var queue = new LinkedBlockingQueue<Integer>();
        Sample.Work put = () -> {
            for (var i = 0; i < each; i++) {
                queue.put(i);
            }
        };
        Sample.Work take = () -> {
            for (var i = 0; i < each; i++) {
                queue.take();
            }
        };
        Sample.serve(() -> {
            var works = new ArrayList<Sample.Work>();
            for (var pair = 0; pair < pairs; pair++) {
                works.add(put);
                works.add(take);
            }
            return each * pairs / (nsOfThreads(works) / 1e9);
        });
    }

    private static void contended(int threads, int count) throws Exception {
        var each = count / threads;
        var lock = new ReentrantLock();
        Sample.Work work = () -> {
            for (var i = 0; i < each; i++) {
                lock.lock();
                lock.unlock();
            }
        };
        Sample.serve(() -> nsOfThreads(java.util.Collections.nCopies(threads, work)) / (each * threads));
    }

    private static double nsOfThreads(List<Sample.Work> works) throws Exception {
        try (var pool = Executors.newFixedThreadPool(works.size())) {
            var beganNs = System.nanoTime();
            var tasks = new ArrayList<Callable<Void>>();
            for (var work : works) {
                tasks.add(() -> {
                    work.run();
                    return null;
                });
            }
            for (var done : pool.invokeAll(tasks)) {
                done.get();
            }
            return System.nanoTime() - beganNs;
        }
    }

    private static void update(int times) throws Exception {
        var map = new ConcurrentHashMap<String, Integer>();
        Sample.serve(() -> Sample.nsEach(times, () -> map.merge("c", 1, Integer::sum)) / 1e3);
    }
}
