package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.extension.CellStopper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a cell has started and is still there: its threads, its tasks in executors and timers of whichever cell, its child processes. */
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

    /** @see CellStopper#belongs */
    public static void belongs(ProcessHandle child, String name) {
        belongsToNobody(child);
        var cell = Attribution.current();
        if (cell != null) {
            var children = CellAgent.children();
            synchronized (children) {
                children.removeIf(known -> !((ProcessHandle) known[0]).isAlive());
                children.add(new Object[] {child, cell, name});
            }
        }
    }

    /** @see CellStopper#belongsToNobody */
    public static void belongsToNobody(ProcessHandle child) {
        var children = CellAgent.children();
        synchronized (children) {
            children.removeIf(known -> known[0].equals(child));
        }
    }

    static boolean isStopped(Cell cell) {
        return cell != null && STOPPED.contains(cell);
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

    /** A pool's thread that waits for its next task, or a timer's. */
    private boolean isIdle(Thread thread) {
        if (thread.isVirtual() || thread.getState() == Thread.State.RUNNABLE) {
            return false;
        }
        if (jdk.executor(thread) == null && !jdk.timers().isTimer(thread)) {
            return false;
        }
        var stack = thread.getStackTrace();
        return Arrays.stream(stack)
                .map(frame -> frame.getClassName() + "." + frame.getMethodName())
                .anyMatch(frame -> frame.equals("java.util.concurrent.ThreadPoolExecutor.getTask")
                        || frame.equals("java.util.concurrent.ForkJoinPool.awaitWork")
                        || frame.equals("java.util.TimerThread.mainLoop")
                                && stack[0].getMethodName().startsWith("wait"));
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

    // ---- child processes

    /** The live child processes that these cells have started, and how a person calls them. */
    static Map<ProcessHandle, String> children(Collection<Cell> cells) {
        List<Object[]> all;
        synchronized (CellAgent.children()) {
            all = List.copyOf(CellAgent.children());
        }
        var children = new LinkedHashMap<ProcessHandle, String>();
        for (var child : all) {
            var handle = (ProcessHandle) child[0];
            if (cells.contains(child[1]) && handle.isAlive()) {
                children.put(handle, name(handle, (String) child[2]));
            }
        }
        return children;
    }

    private static String name(ProcessHandle child, String given) {
        var name = given != null
                ? given
                : child.info()
                        .command()
                        .map(command -> Path.of(command).getFileName().toString())
                        .orElse("?");
        return name + " (pid " + child.pid() + ")";
    }

    /** The process and all below it. */
    static List<ProcessHandle> tree(ProcessHandle child) {
        return Stream.concat(Stream.of(child), child.descendants()).toList();
    }

    /** What is dead, and only not asked how it ended (a zombie), has no program any more. */
    static boolean lives(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
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
            if (!children(List.of(cell)).isEmpty() || STOPPERS.stream().anyMatch(stopper -> stopper.isRunning(cell))) {
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
