package heddle.processes;

import java.io.Serializable;

/** A function of one argument that another process can call: the argument and the result travel by value. */
@FunctionalInterface
public interface CallOf<A, R> extends Serializable {
    /** Runs in the other process; what it throws comes back to the caller. */
    R call(A argument) throws Exception;
}
