package heddle.processes;

import java.io.Serializable;

/**
 * A {@link Runnable} that another process can run. A lambda will do: it is serializable because this interface is, and travels with what it captures.
 *
 * {@snippet :
 * Action greet = () -> System.out.println("hello"); // hello
 * try (var pool = new ProcessPool(1)) {
 *     pool.execute(greet);
 * }
 * }
 */
@FunctionalInterface
public interface Action extends Runnable, Serializable {}
