package heddle.processes;

import java.io.Serializable;

/** A function of two arguments that another process can call: the arguments and the result travel by value. */
@FunctionalInterface
public interface CallOf2<A, B, R> extends Serializable {
    /** Runs in the other process; what it throws comes back to the caller. */
    R call(A first, B second) throws Exception;
}
