package heddle.processes;

import java.io.Serializable;

/**
 * A function of one argument that another process can call: the argument and the result travel by value.
 *
 * {@snippet :
 * CallOf<Integer, Integer> square = n -> n * n;
 * try (var pool = new ProcessPool(2)) {
 *     System.out.println(pool.map(square, List.of(1, 2, 3))); // [1, 4, 9]
 * }
 * }
 */
@FunctionalInterface
public interface CallOf<A, R> extends Serializable {
    /** Runs in the other process; what it throws comes back to the caller. */
    R call(A argument) throws Exception;
}
