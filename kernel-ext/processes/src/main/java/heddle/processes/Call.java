package heddle.processes;

import java.io.Serializable;
import java.util.concurrent.Callable;

/**
 * A {@link Callable} that another process can call. A lambda will do: it is serializable because this interface is, and travels with what it captures.
 *
 * {@snippet :
 * var n = 6;
 * Call<Integer> call = () -> n * 7;
 * try (var pool = new ProcessPool(1)) {
 *     System.out.println(pool.submit(call).get()); // 42
 * }
 * }
 */
@FunctionalInterface
public interface Call<R> extends Callable<R>, Serializable {}
