package heddle.processes;

import java.io.Serializable;

/** A {@link Runnable} that another process can run. A lambda will do: it is serializable because this interface is, and travels with what it captures. */
@FunctionalInterface
public interface Action extends Runnable, Serializable {}
