package heddle.processes;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Small functions to bytes and back, warm, with the JVM option of child processes. Not among the tests:
 *
 * <pre>./mvnw -pl kernel-ext/benchmarks -am test -Dtest=FunctionsBenchmark -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Djdk.reflect.useNativeAccessorOnly=true")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class FunctionsBenchmark {
    private int i;
    private final byte[] plain = packPlain().toBytes();
    private final byte[] graph = packGraph().toBytes();

    private static int twice(int n) {
        return 2 * n;
    }

    private Encoded packPlain() {
        var n = i++;
        return Functions.pack((Call<Integer>) () -> twice(n));
    }

    private Encoded packGraph() {
        var point = new Payload.Point(i++, 1.5, "p");
        return Functions.pack((Call<Payload.Point>) () -> point);
    }

    @Benchmark
    public Object packNumber() {
        return packPlain();
    }

    @Benchmark
    public Object packRecord() {
        return packGraph();
    }

    @Benchmark
    public Object unpackNumber() {
        return Codec.read(plain).value();
    }

    @Benchmark
    public Object unpackRecord() {
        return Codec.read(graph).value();
    }

    @Test
    void run() throws Exception {
        Jmh.run(FunctionsBenchmark.class);
    }
}
