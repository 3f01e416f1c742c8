package heddle.notebook.process;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The platform threads that begin while a cell runs. Stop is meant for them too: they are interrupted, and a person is told of those that go on,
 * for a thread that spins unnoticed makes every later measurement wrong. Nothing is thrown into them: they may be in the middle of
 * something that others rely on.
 */
final class CellThreads {

    /** How long interrupted threads may take to end before they are said to go on. */
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private static final int MOST_NAMED = 10;

    private final ThreadGroup group;
    private Set<Long> before = Set.of();

    /** @param main whose group, with those below it, holds the learner's threads */
    CellThreads(Thread main) {
        this.group = main.getThreadGroup();
    }

    void begin() {
        before = alive().stream().map(Thread::threadId).collect(Collectors.toCollection(HashSet::new));
    }

    private List<Thread> alive() {
        while (true) {
            var threads = new Thread[2 * group.activeCount() + 16];
            int count = group.enumerate(threads, true);
            if (count < threads.length) { // else some may have been left out
                return Arrays.asList(threads).subList(0, count);
            }
        }
    }

    /** Interrupts what has begun since {@link #begin}; returns one sentence about those that go on, or null. Bounded in time. */
    String stop() throws InterruptedException {
        var started = alive().stream()
                .filter(thread -> !before.contains(thread.threadId()))
                .toList();
        started.forEach(Thread::interrupt);
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        for (var thread : started) {
            long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (leftMs > 0 && !isIdleWorker(thread)) {
                thread.join(leftMs);
            }
        }
        var on = started.stream()
                .filter(thread -> thread.isAlive() && !isIdleWorker(thread))
                .toList();
        if (on.isEmpty()) {
            return null;
        }
        var names = on.stream()
                .limit(MOST_NAMED)
                .map(thread -> thread.getName() + " (" + thread.getState() + ")")
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%s begun by the cell did not react to an interrupt and %s on: %s%s. A restart of the kernel ends %s.",
                on.size() == 1 ? "A thread" : on.size() + " threads",
                on.size() == 1 ? "goes" : "go",
                names,
                on.size() > MOST_NAMED ? ", ..." : "",
                on.size() == 1 ? "it" : "them");
    }

    /** A pool's thread that waits for its next task. */
    private static boolean isIdleWorker(Thread thread) {
        return thread.getState() != Thread.State.RUNNABLE
                && Arrays.stream(thread.getStackTrace())
                        .map(StackTraceElement::toString)
                        .anyMatch(frame -> frame.contains("ThreadPoolExecutor.getTask(")
                                || frame.contains("ForkJoinPool.awaitWork("));
    }
}
