package heddle.processes;

import java.io.Serializable;

/** A {@link Task} of two arguments, which travel to the child by value. */
@FunctionalInterface
public interface TaskOf2<A, B> extends Serializable {
    void run(A first, B second) throws Exception;
}
