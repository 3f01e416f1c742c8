package heddle.notebook.process;

import heddle.notebook.channel.Frame;

/** Where {@code main} finds its next order, and leaves its answer. */
final class Desk {

    static final class Job {
        final Frame.Order order;

        /** A learner's code was begun for it, so that it is never begun again. */
        boolean begun;

        private boolean done;
        private Frame.Report answer;

        private Job(Frame.Order order) {
            this.order = order;
        }

        boolean runsLearnersCode() {
            return order instanceof Frame.Invoke || order instanceof Frame.Variable;
        }

        boolean isDone() {
            return done;
        }

        /** Null where none is due. */
        Frame.Report answer() {
            return answer;
        }
    }

    private Job job;
    private boolean closed;

    /** For the thread that hands out: waits until {@code main} is done with the order, or the desk is closed. */
    synchronized Job hand(Frame.Order order) throws InterruptedException {
        var handed = new Job(order);
        job = handed;
        notifyAll();
        while (!handed.done && !closed) {
            wait();
        }
        return handed;
    }

    /** For {@code main}: the order that has no answer yet; null when the desk is closed. An interrupt that comes meanwhile is for the cell, and kept. */
    Job next() {
        boolean interrupted = false;
        boolean found = false;
        Job next = null;
        while (!found) {
            synchronized (this) {
                try {
                    while ((job == null || job.done) && !closed) {
                        wait();
                    }
                    next = closed ? null : job;
                    found = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return next;
    }

    synchronized void done(Job answered, Frame.Report answer) {
        notifyAll(); // first: from here on nothing can come between
        answered.answer = answer;
        answered.done = true;
    }

    /** A Stop has come: what of a learner's code has no answer yet is not run. */
    synchronized void stop() {
        if (job != null && !job.done && job.runsLearnersCode()) {
            job.begun = true;
        }
    }

    /** From here on {@code main} takes nothing from it. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
