package heddle.notebook.extension;

import heddle.notebook.Cell;
import heddle.notebook.process.CellChildren;
import heddle.notebook.process.CellWork;

/**
 * What a library has running for a cell that neither threads, nor the JDK's tasks, nor plain child processes show, and how Stop ends it.
 *
 * {@snippet :
 * Extension library = new Extension() {
 *     public void install() {
 *         CellStopper.register((cell, itself) -> Downloads.cancelAllOf(cell));
 *     }
 * };
 * }
 */
public interface CellStopper {

    /**
     * Ends what this cell has running. Called on a thread of Heddle's; it must not wait for long.
     *
     * @param itself whether the cell itself was stopped: then what it made for later use (an executor, a pool) is closed too; false when the
     *     cell had ended, and only what still runs is meant
     * @return how many tasks that ended
     */
    int stop(Cell cell, boolean itself);

    /** Whether this cell has something running that {@link #stop} would end, although the cell has ended. */
    default boolean isRunning(Cell cell) {
        return false;
    }

    /** Has this stopper asked at every Stop from now on. */
    static void register(CellStopper stopper) {
        CellWork.register(stopper);
    }

    /**
     * This process was started for the current cell, and Stop ends it with that: for one that was started before, or by another thread. It must end by itself when its parent does.
     * {@code ProcessBuilder} tells of its own.
     *
     * @param name what a person is to read
     */
    static void belongs(ProcessHandle child, String name) {
        CellChildren.belongs(child, name);
    }

    /**
     * This process is no cell's alone, whoever started it.
     *
     * @param name what a person is to read when it is told what became of all children; null if it is not to be mentioned
     */
    static void belongsToNobody(ProcessHandle child, String name) {
        CellChildren.belongsToNobody(child, name);
    }
}
