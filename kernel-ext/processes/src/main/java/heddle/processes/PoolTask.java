package heddle.processes;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;

/** A piece of work that a {@link ProcessPool} gives to one worker. */
final class PoolTask implements Runnable {
    /** Who made it, and is told how it ended. */
    interface Owner {
        /** @param failed whether it is a Throwable */
        void came(Received received, boolean failed);

        /** It never had a result. */
        void failed(Throwable why);
    }

    final long id;
    /** Null when it has ended. */
    PoolWork work;

    final Owner owner;
    /** What the worker prints belongs to the thread that makes this. */
    final Submitter submitter;

    private final Object function;
    /** In {@link PoolTasks}, or 0 while it waits to be put there. Guarded by the pool. */
    int number;

    PoolTask(long id, Object function, PoolWork work, Owner owner) {
        this.id = id;
        this.function = function;
        this.work = work;
        this.owner = owner;
        submitter = new Submitter(id);
    }

    /** In this process, for whoever was given it back by {@link ProcessPool#shutdownNow}. */
    @Override
    public void run() {
        switch (function) {
            case Runnable action -> action.run();
            case Callable<?> call -> {
                try {
                    call.call();
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            }
            default -> throw new IllegalStateException(this + " can be run by a pool only");
        }
    }

    /** Such as {@code task #3 (SquareTask)}. */
    @Override
    public String toString() {
        return "task #" + id + " (" + name() + ")";
    }

    private String name() {
        var type = function.getClass();
        if (!type.isHidden()) {
            return type.getSimpleName().isEmpty() ? type.getName() : type.getSimpleName();
        }
        var name = type.getName();
        var lambda = name.indexOf("$$Lambda");
        var owner = name.substring(name.lastIndexOf('.', Math.max(lambda, 0)) + 1, Math.max(lambda, 0));
        return owner.startsWith("$")
                ? "a lambda"
                : "a lambda of " + owner; // whoever wrote a cell has not named its class
    }
}
