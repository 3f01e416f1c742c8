package heddle.processes;

import java.io.Serializable;

/**
 * A {@link Task} of one argument, which travels to the child by value.
 *
 * {@snippet :
 * TaskOf<String> report = name -> System.out.println("hello " + name); // hello Ada
 * ChildProcess.of(report, "Ada").start().join();
 * }
 */
@FunctionalInterface
public interface TaskOf<A> extends Serializable {
    /** Runs in the child, as {@link Task#run}. */
    void run(A argument) throws Exception;
}
