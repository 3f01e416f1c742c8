package heddle.notebook.process;

/**
 * What the kernel throws into {@code main}, and into other threads of the cell, through the debugger interface, when an interrupt did not end a cell.
 *
 * <p>Made in advance: it may arrive at any instant, also when no memory is left.
 */
public final class Stop extends Error {

    public static final Stop CELL_STOPPED = new Stop();

    /** Whom it is thrown into. Kept, for a learner may give the thread that runs the cells another name. */
    public static volatile Thread main;

    /** The cell's other threads that do not listen, {@code null}s among them; {@link Sweep} says which. */
    public static volatile Thread[] others = {};

    /** How it is reported. */
    static final String TYPE = "CellStopped";

    private Stop() {
        super("The cell was stopped.", null, false, false);
    }
}
