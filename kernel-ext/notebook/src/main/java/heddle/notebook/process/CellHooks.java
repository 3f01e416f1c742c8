package heddle.notebook.process;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Queue;
import java.util.Set;
import java.util.TimerTask;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;

/**
 * What the JDK's task classes call once {@link CellAgent} has changed them. A cell is an opaque object here.
 *
 * <p>The agent defines a copy of this class in {@code java.lang}, where those classes can see it; so it uses nothing but {@code java.base},
 * and has no nested classes and no lambdas.
 */
public final class CellHooks {
    private CellHooks() {}

    /** The cell that the current thread works for. */
    public static final ThreadLocal<Object> CELL = new ThreadLocal<>();

    /** Stands for "no cell" where null says "nothing to restore". */
    private static final Object NONE = new Object();

    private static final int MANY = 1_024;

    /** Sends what the current thread has printed of a line; null until there is somebody to send it to. */
    public static volatile Runnable flush;

    /** The current thread is about to tell others that it has got somewhere: what it printed before comes before what they print after. */
    public static void publish() {
        var now = flush;
        if (now != null) {
            now.run();
        }
    }

    public static Object current() {
        return CELL.get();
    }

    /** The cell for a task that is submitted now: the submitter's, else the one it had. */
    public static Object submitted(Object had) {
        var cell = CELL.get();
        return cell == null ? had : cell;
    }

    /** From now on this thread works for {@code cell}; returns what {@link #exit} wants. */
    public static Object enter(Object cell) {
        if (cell == null) {
            return null;
        }
        var before = CELL.get();
        if (before == cell) {
            return null;
        }
        CELL.set(cell);
        return before == null ? NONE : before;
    }

    public static void exit(Object before) {
        if (before != null) {
            CELL.set(before == NONE ? null : before);
        }
    }

    // A ThreadPoolExecutor hands over a plain Runnable as it is, and the learner may look for it in the queue: so its
    // cell stands beside
    // it, in a record of the executor's. In the usual case, one cell submits everything, only that cell is noted.
    // record = {first cell, IdentityHashMap<Runnable, ArrayDeque<Object[]{cell, int[]{count}}>>, the executor's cell}

    public static Object[] newRecord() {
        return new Object[] {null, null, CELL.get()};
    }

    /** A plain task is handed to the executor whose record this is. */
    public static void submit(Object[] record, Runnable task, Queue<Runnable> queue) {
        var cell = CELL.get();
        if (cell == null || task == null) {
            return;
        }
        // Without the lock: the first cell is set once, and who sees no map yet is among the first to submit anything.
        if (record[0] == cell && record[1] == null) {
            return;
        }
        synchronized (record) {
            if (record[0] == null) {
                record[0] = cell;
            }
            var cells = cells(record);
            var runs = cells == null ? null : cells.get(task);
            if (runs == null && record[0] == cell) {
                return;
            }
            if (cells == null) {
                record[1] = cells = new IdentityHashMap<>();
            }
            if (runs == null) {
                if (cells.size() >= MANY && cells.size() > 2 * queue.size()) {
                    forgetRemoved(cells, queue);
                }
                cells.put(task, runs = new ArrayDeque<>());
            }
            var last = runs.peekLast();
            if (last != null && last[0] == cell) {
                ((int[]) last[1])[0]++;
            } else {
                runs.addLast(new Object[] {cell, new int[] {1}});
            }
        }
    }

    /** A worker is about to run this task: it works for the cell that submitted it. */
    public static void begin(Object[] record, Runnable task) {
        var cell = record[0]; // written before the task was queued
        if (record[1] != null) {
            cell = recorded(record, task);
        }
        if (cell != null) {
            CELL.set(cell);
        }
    }

    /** The cell of a task that waits in the executor's queue. */
    public static Object waiting(Object[] record, Runnable task) {
        synchronized (record) {
            var runs = record[1] == null ? null : cells(record).get(task);
            return runs == null ? record[0] : runs.peekFirst()[0];
        }
    }

    private static Object recorded(Object[] record, Runnable task) {
        synchronized (record) {
            var cell = record[0];
            var cells = cells(record);
            var runs = cells.get(task);
            if (runs != null) {
                var run = runs.peekFirst();
                cell = run[0];
                if (--((int[]) run[1])[0] == 0) {
                    runs.removeFirst();
                    if (runs.isEmpty()) {
                        cells.remove(task);
                    }
                }
            }
            return cell;
        }
    }

    /** A task that knows its cell is about to be run by a worker. */
    public static void begin(Object cell) {
        if (cell != null) {
            CELL.set(cell);
        }
    }

    @SuppressWarnings("unchecked")
    private static IdentityHashMap<Runnable, ArrayDeque<Object[]>> cells(Object[] record) {
        return (IdentityHashMap<Runnable, ArrayDeque<Object[]>>) record[1];
    }

    /** Tasks that were rejected, or removed from the queue, never begin. */
    private static void forgetRemoved(IdentityHashMap<Runnable, ArrayDeque<Object[]>> cells, Queue<Runnable> queue) {
        var waiting = Collections.newSetFromMap(new IdentityHashMap<Runnable, Boolean>());
        waiting.addAll(Arrays.asList(queue.toArray(new Runnable[0])));
        cells.keySet().retainAll(waiting);
    }

    // A cell that was stopped: what it submitted and is not begun yet never begins.

    /** The cells that were stopped; null until there is one. */
    public static volatile Set<Object> stopped;

    private static boolean isStopped(Object cell) {
        var all = stopped;
        return all != null && cell != null && all.contains(cell);
    }

    /** A worker is about to run this; whether it is to leave it. */
    public static boolean skips(Runnable task) {
        // A stage must complete what waits for it, and so begins: it fails by itself.
        if (!isStopped(CELL.get()) || task instanceof CompletableFuture.AsynchronousCompletionTask) {
            return false;
        }
        if (task instanceof FutureTask<?> future) {
            future.cancel(false);
        }
        return true;
    }

    /** A timer is about to run this; whether it is to leave it. */
    public static boolean skips(TimerTask task) {
        if (!isStopped(CELL.get())) {
            return false;
        }
        task.cancel();
        return true;
    }

    /**
     * A task of a fork-join pool begins. One that its own thread runs or helps with is that thread's matter; and what a carrier runs is a virtual thread, which has to
     * hear that it is interrupted.
     */
    public static void checkTask(Object task) {
        if (isStopped(CELL.get())
                && !(task instanceof CompletableFuture.AsynchronousCompletionTask)
                && Thread.currentThread() instanceof ForkJoinWorkerThread worker
                && !worker.getClass().getName().startsWith("jdk.internal.")) {
            checkStage();
        }
    }

    /** A stage begins. */
    public static void checkStage() {
        if (isStopped(CELL.get())) {
            throw new CancellationException("The cell was stopped.");
        }
    }

    /** Is told of each child process and its cell; null until there is somebody to tell. */
    public static volatile BiConsumer<ProcessHandle, Object> children;

    /** The current thread has started a child process. */
    public static void started(Process child) {
        var told = children;
        if (told != null && Thread.currentThread().getThreadGroup().getParent() != null) { // else a thread of ours
            told.accept(child.toHandle(), CELL.get());
        }
    }
}
