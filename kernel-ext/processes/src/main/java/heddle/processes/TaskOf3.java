package heddle.processes;

import java.io.Serializable;

/** A {@link Task} of three arguments, which travel to the child by value. */
@FunctionalInterface
public interface TaskOf3<A, B, C> extends Serializable {
    void run(A first, B second, C third) throws Exception;
}
