package heddle.processes;

import java.util.concurrent.Callable;

/** Actors declare no exceptions, and nobody interrupts them. */
final class Uninterrupted {
    private Uninterrupted() {}

    static <R> R call(Callable<R> work) {
        try {
            return work.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static void run(Task work) {
        call(() -> {
            work.run();
            return null;
        });
    }
}
