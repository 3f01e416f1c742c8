package heddle.processes;

import java.io.Serializable;

/**
 * A {@link Task} of two arguments, which travel to the child by value.
 *
 * {@snippet :
 * TaskOf2<String, Integer> report = (name, age) -> System.out.println(name + " " + age); // Ada 36
 * ChildProcess.of(report, "Ada", 36).start().join();
 * }
 */
@FunctionalInterface
public interface TaskOf2<A, B> extends Serializable {
    /** Runs in the child, as {@link Task#run}. */
    void run(A first, B second) throws Exception;
}
