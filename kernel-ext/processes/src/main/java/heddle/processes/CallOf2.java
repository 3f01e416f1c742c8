package heddle.processes;

import java.io.Serializable;

/**
 * A function of two arguments that another process can call: the arguments and the result travel by value.
 *
 * {@snippet :
 * CallOf2<String, Integer, String> repeat = (text, times) -> text.repeat(times);
 * try (var pool = new ProcessPool(2)) {
 *     System.out.println(pool.starmap(repeat, List.of(Map.entry("la", 2), Map.entry("ho", 3)))); // [lala, hohoho]
 * }
 * }
 */
@FunctionalInterface
public interface CallOf2<A, B, R> extends Serializable {
    /** Runs in the other process; what it throws comes back to the caller. */
    R call(A first, B second) throws Exception;
}
