package heddle.processes;

import java.io.Serializable;

/**
 * What a child process runs. A lambda will do: it is serializable because this interface is, and travels with what it captures.
 *
 * {@snippet :
 * Task hello = () -> System.out.println("hello from process " + ChildProcess.current().name());
 * new ChildProcess(hello).start().join();
 * }
 */
@FunctionalInterface
public interface Task extends Serializable {
    /** Runs in the child. An exception ends the child with exit code 1 and is printed on its standard error. */
    void run() throws Exception;
}
