package heddle.processes;

import heddle.processes.memory.Mutex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Locks and queues without anybody else, warm, beside those of one JVM. Not among the tests:
 *
 * <pre>./mvnw -pl kernel-ext/benchmarks -am test -Dtest=MemoryBenchmark -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class MemoryBenchmark {
    private static final int WORD = 64;
    private static final int SELF = 1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(2 * WORD, WORD);
    private final ReentrantLock lockOfJvm = new ReentrantLock();
    private final Integer number = 7;
    private final byte[] block = new byte[1_000_000];
    private final byte[] room = new byte[block.length];
    private ProcessLock lock;
    private ProcessQueue<Integer> numbers;
    private ProcessQueue<byte[]> blocks;

    @Setup
    public void setUp() {
        lock = new ProcessLock();
        numbers = new ProcessQueue<>();
        blocks = new ProcessQueue<>();
    }

    @TearDown
    public void tearDown() {
        lock.close();
        numbers.close();
        blocks.close();
        arena.close();
    }

    @Benchmark
    public void reentrantLock() {
        lockOfJvm.lock();
        lockOfJvm.unlock();
    }

    @Benchmark
    public void mutex() {
        Mutex.lock(memory, WORD, SELF);
        Mutex.unlock(memory, WORD);
    }

    @Benchmark
    public void processLock() {
        lock.lock();
        lock.unlock();
    }

    @Benchmark
    public Integer queueOfNumbers() throws InterruptedException {
        numbers.put(number);
        return numbers.take();
    }

    @Benchmark
    public byte[] queueOfBlocks() throws InterruptedException {
        blocks.put(block);
        return blocks.take();
    }

    /** What {@link #queueOfBlocks} cannot do without: two copies and a new array. */
    @Benchmark
    public byte[] copyOfBlock() {
        System.arraycopy(block, 0, room, 0, block.length);
        return room.clone();
    }

    @Test
    void run() throws Exception {
        Jmh.run(MemoryBenchmark.class);
    }
}
