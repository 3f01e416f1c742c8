package heddle.notebook;

import heddle.notebook.process.Attribution;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * One run of one notebook cell: the one that started the current work, whose output therefore appears under it.
 *
 * <p>Threads and tasks know their cell by themselves; what is here is for code that hands work on in a way of its own.
 */
public final class Cell {
    private final int number;
    private final String label;

    /** For the notebook process, which is told of each cell that begins. */
    public Cell(int number, String label) {
        this.number = number;
        this.label = Objects.requireNonNull(label, "label");
    }

    /** The kernel's number for this run, never used again. */
    public int number() {
        return number;
    }

    /** What a stack trace calls it, such as {@code cell 7}. */
    public String label() {
        return label;
    }

    /**
     * The cell that started the work the calling thread is doing; where that is not known the one whose code is outermost on its stack, else
     * the one that began last.
     *
     * @return null when there was no cell yet
     */
    public static Cell current() {
        return Attribution.current();
    }

    /** Runs the task for {@code cell}, on the calling thread. */
    public static void run(Cell cell, Runnable task) {
        var before = Attribution.enter(cell);
        try {
            task.run();
        } finally {
            Attribution.exit(before);
        }
    }

    /** Runs the task for {@code cell}, on the calling thread, and returns what it returns. */
    public static <T> T call(Cell cell, Callable<T> task) throws Exception {
        var before = Attribution.enter(cell);
        try {
            return task.call();
        } finally {
            Attribution.exit(before);
        }
    }

    /** The task, to be run for the current cell whenever and by whomever it is run. */
    public static Runnable bind(Runnable task) {
        Objects.requireNonNull(task, "task");
        var cell = current();
        return () -> run(cell, task);
    }

    /** The task, to be run for the current cell whenever and by whomever it is run. */
    public static <T> Callable<T> bind(Callable<T> task) {
        Objects.requireNonNull(task, "task");
        var cell = current();
        return () -> call(cell, task);
    }

    @Override
    public String toString() {
        return label;
    }
}
