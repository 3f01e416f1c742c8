package heddle.processes;

import java.io.Serializable;

/** What a child process runs. A lambda will do: it is serializable because this interface is, and travels with what it captures. */
@FunctionalInterface
public interface Task extends Serializable {
    /** Runs in the child. An exception ends the child with exit code 1 and is printed on its standard error. */
    void run() throws Exception;
}
