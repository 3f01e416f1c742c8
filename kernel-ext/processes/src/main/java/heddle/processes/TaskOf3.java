package heddle.processes;

import java.io.Serializable;

/**
 * A {@link Task} of three arguments, which travel to the child by value.
 *
 * {@snippet :
 * TaskOf3<String, Integer, String> report = (name, age, town) -> System.out.println(name + " " + age + " " + town); // Ada 36 London
 * ChildProcess.of(report, "Ada", 36, "London").start().join();
 * }
 */
@FunctionalInterface
public interface TaskOf3<A, B, C> extends Serializable {
    /** Runs in the child, as {@link Task#run}. */
    void run(A first, B second, C third) throws Exception;
}
