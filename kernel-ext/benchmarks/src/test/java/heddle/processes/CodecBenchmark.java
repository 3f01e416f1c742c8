package heddle.processes;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Values to bytes and back, warm. Not among the tests:
 *
 * <pre>./mvnw -pl kernel-ext/benchmarks -am test -Dtest=CodecBenchmark -Dsurefire.failIfNoSpecifiedTests=false -Djmh="-p payload=POJO"</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class CodecBenchmark {
    @Param({"HEDDLE", "JAVA", "FORY"})
    public Serializer serializer;

    @Param
    public Payload payload;

    private Object value;
    private byte[] bytes;

    @Setup
    public void setUp() {
        value = payload.value();
        bytes = serializer.encode(value);
    }

    @Benchmark
    public byte[] there() {
        return serializer.encode(value);
    }

    @Benchmark
    public Object back() {
        return serializer.decode(bytes);
    }

    @Test
    void run() throws Exception {
        Jmh.run(CodecBenchmark.class);
    }
}
