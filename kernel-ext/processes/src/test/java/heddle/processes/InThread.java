package heddle.processes;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Something that another thread of this process does meanwhile, and what became of it. */
final class InThread<T> {
    private static final long PATIENCE_S = 30;

    private final FutureTask<T> task;
    private final Thread thread;

    private InThread(Callable<T> what, Thread.Builder builder) {
        task = new FutureTask<>(what);
        thread = builder.start(task);
    }

    static <T> InThread<T> start(Callable<T> what) {
        return new InThread<>(what, Thread.ofPlatform());
    }

    static <T> InThread<T> startVirtual(Callable<T> what) {
        return new InThread<>(what, Thread.ofVirtual());
    }

    boolean isDone() {
        return task.isDone();
    }

    void interrupt() {
        thread.interrupt();
    }

    /** What it gave; throws an ExecutionException with what it threw. */
    T get() throws Exception {
        return task.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    /** Waits for something that nobody announces. */
    static void awaitUntil(BooleanSupplier condition) {
        var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("it did not become so in " + PATIENCE_S + " s");
            }
            Thread.yield();
        }
    }
}
