package heddle.processes;

import java.util.concurrent.RecursiveAction;

/**
 * Runs code for the thread that made this, whose task it is: what it prints is that thread's. Java itself knows no such thing; but whoever tells the output of tasks apart (a
 * notebook does) tells it by who submitted them, and so a ForkJoinTask made by the one thread and executed by another is all that it takes.
 */
final class Submitter extends RecursiveAction {
    private static final long serialVersionUID = 1;

    /** Of the task. */
    final long id;

    private transient Runnable work;

    Submitter(long id) {
        this.id = id;
    }

    synchronized void run(Runnable work) {
        this.work = work;
        try {
            reinitialize();
            invoke();
        } finally {
            this.work = null;
        }
    }

    @Override
    protected void compute() {
        work.run();
    }
}
