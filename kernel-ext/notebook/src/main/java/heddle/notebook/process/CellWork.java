package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.extension.CellStopper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Collectors;

/** What a cell has started and is still there: its threads, its tasks in executors and timers of whichever cell. Its child processes are {@link CellChildren}. */
public final class CellWork {

    private static final List<CellStopper> STOPPERS = new CopyOnWriteArrayList<>();

    /** Cells that were stopped: what they submitted does not begin any more. */
    private static final Set<Object> STOPPED = ConcurrentHashMap.newKeySet();

    private final JdkWork jdk;
    private final Thread main;

    /** @param main whose group, with those below it, holds the learner's threads */
    CellWork(JdkWork jdk, Thread main) {
        this.jdk = jdk;
        this.main = main;
    }

    /** @see CellStopper#register */
    public static void register(CellStopper stopper) {
        STOPPERS.add(stopper);
    }

    /** Of these cells no task begins any more. */
    static void markStopped(Collection<Cell> cells) {
        STOPPED.addAll(cells);
        CellAgent.stopped(STOPPED);
    }

    // ---- threads

    /** The threads that work for one of these cells, without those of a pool that wait for their next task. */
    List<Thread> threads(Collection<Cell> cells) {
        return jdk.threads()
                .filter(thread -> isLearners(thread) && worksFor(thread, cells) && !isIdle(thread))
                .toList();
    }

    private boolean worksFor(Thread thread, Collection<Cell> cells) {
        var cell = jdk.cell(thread);
        return cell != null && cells.contains(cell);
    }

    private boolean isLearners(Thread thread) {
        if (thread == main || !thread.isAlive()) {
            return false;
        }
        if (thread.isVirtual()) {
            return true;
        }
        if (thread instanceof ForkJoinWorkerThread) {
            return !thread.getClass().getName().startsWith("jdk.internal."); // a carrier of virtual threads
        }
        return main.getThreadGroup().parentOf(thread.getThreadGroup());
    }

    /** A pool's thread, or a timer's, that is not running a task. */
    private boolean isIdle(Thread thread) {
        if (thread.isVirtual()) {
            return false;
        }
        return switch (jdk.executor(thread)) {
            case ForkJoinPool _ -> calledBy(thread, "java.util.concurrent.ForkJoinTask", "doExec") == null;
            case ThreadPoolExecutor _ ->
                switch (calledBy(thread, "java.util.concurrent.ThreadPoolExecutor", "runWorker")) {
                    case null -> true;
                    case StackTraceElement called ->
                        called.getClassName().startsWith("java.util.concurrent.ThreadPoolExecutor");
                };
            case null, default ->
                jdk.timers().isTimer(thread)
                        && switch (calledBy(thread, "java.util.TimerThread", "mainLoop")) {
                            case null -> true;
                            case StackTraceElement called ->
                                called.getClassName().equals("java.lang.Object");
                        };
        };
    }

    /** What the method has called and is not back from; null where it has not, or is not running. */
    private static StackTraceElement calledBy(Thread thread, String type, String method) {
        StackTraceElement called = null;
        for (var frame : thread.getStackTrace()) {
            if (frame.getClassName().equals(type) && frame.getMethodName().equals(method)) {
                return called;
            }
            called = frame;
        }
        return null;
    }

    /** Whether the thread is an executor's that these cells have not made. */
    boolean isWorkerOfOthers(Thread thread, Collection<Cell> cells) {
        var executor = jdk.executor(thread);
        return executor != null && !isOneOf(jdk.maker(executor), cells);
    }

    /**
     * Whether an exception may be thrown into the thread wherever it is: in the middle of an executor's own code that might cost the executor, so its workers must be in
     * code of a cell.
     */
    boolean mayBeForced(Thread thread) {
        return jdk.executor(thread) == null
                || Arrays.stream(thread.getStackTrace()).anyMatch(frame -> Attribution.isLabel(frame.getFileName()));
    }

    // ---- tasks

    /**
     * Cancels what the cells have submitted and nobody has begun.
     *
     * @param itself whether executors and timers that the cells made are to be shut down
     * @return how many tasks
     */
    int cancelTasks(Collection<Cell> cells, boolean itself) {
        int cancelled = 0;
        var workers = jdk.threads().filter(thread -> !thread.isVirtual()).toList();
        for (var pool : workers.stream()
                .map(jdk::executor)
                .filter(executor -> executor != null)
                .collect(Collectors.toSet())) {
            cancelled += cancelTasks(pool, cells);
            if (itself && isOneOf(jdk.maker(pool), cells)) {
                cancelled += pool.shutdownNow().size();
            }
        }
        for (var timer : workers) {
            if (jdk.timers().isTimer(timer)) {
                for (var cell : cells) {
                    cancelled += jdk.timers().cancel(timer, cell);
                }
                if (itself && worksFor(timer, cells)) {
                    jdk.timers().end(timer);
                }
            }
        }
        for (var stopper : STOPPERS) {
            for (var cell : cells) {
                cancelled += stopper.stop(cell, itself);
            }
        }
        return cancelled;
    }

    private static boolean isOneOf(Cell cell, Collection<Cell> cells) {
        return cell != null && cells.contains(cell);
    }

    private int cancelTasks(ExecutorService executor, Collection<Cell> cells) {
        int cancelled = 0;
        if (executor instanceof ThreadPoolExecutor pool) {
            for (var waiting : List.copyOf(pool.getQueue())) {
                if (isOneOf(jdk.cell(pool, waiting), cells) && pool.remove(waiting)) {
                    if (waiting instanceof Future<?> future) {
                        future.cancel(false);
                    }
                    cancelled++;
                }
            }
        }
        return cancelled;
    }

    /** The cell that began last among those that have something running, or null. */
    Cell latestWithWork(Collection<Cell> cells) {
        var busy = new ArrayList<Cell>();
        jdk.threads()
                .filter(thread -> isLearners(thread) && !isIdle(thread))
                .map(jdk::cell)
                .filter(cell -> isOneOf(cell, cells))
                .forEach(busy::add);
        for (var cell : cells) {
            if (!CellChildren.of(List.of(cell)).isEmpty()
                    || STOPPERS.stream().anyMatch(stopper -> stopper.isRunning(cell))) {
                busy.add(cell);
            }
        }
        jdk.threads().filter(thread -> !thread.isVirtual()).forEach(thread -> {
            if (jdk.timers().isTimer(thread)) {
                busy.addAll(jdk.timers().cells(thread));
            } else if (jdk.executor(thread) instanceof ThreadPoolExecutor pool) {
                for (var waiting : List.copyOf(pool.getQueue())) {
                    busy.add(jdk.cell(pool, waiting));
                }
            }
        });
        return busy.stream()
                .filter(cell -> isOneOf(cell, cells))
                .max(Comparator.comparingInt(Cell::number))
                .orElse(null);
    }
}
