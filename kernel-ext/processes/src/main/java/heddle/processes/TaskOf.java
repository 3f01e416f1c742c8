package heddle.processes;

import java.io.Serializable;

/** A {@link Task} of one argument, which travel to the child by value. */
@FunctionalInterface
public interface TaskOf<A> extends Serializable {
    void run(A argument) throws Exception;
}
