package heddle.kernel;

import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * The Stop button of one running cell.
 *
 * <p>Three levels, each bounded and each said: interrupt; an exception thrown into {@code main} wherever it is; the end of the process.
 * A press while one level is being waited for goes one level up at once.
 *
 * <p>What else the cell has started ends with it, see {@link Sweeper}: when its code has ended; or at the second level already, for {@code main} may be waiting for it.
 */
final class Stop implements Run.StopSign {

    static final String STOPPED = "CellStopped";

    static final Duration INTERRUPT_PATIENCE = Duration.ofSeconds(1);
    static final Duration FORCE_PATIENCE = Duration.ofMillis(1500);

    /** After this main is taken to wait for another thread, rather than to be about to end. */
    private static final Duration ALONE = Duration.ofMillis(200);

    /** What can be stopped as one: the cell's own code, or what a magic runs after it. */
    private static final class Phase {
        int presses;
        final List<Runnable> actions = new ArrayList<>();
    }

    private final Outputs outputs;
    private final Sweeper sweeper;
    private final int cell;
    private final Supplier<NotebookProcess> process;
    private final CompletableFuture<Run.Result> killed = new CompletableFuture<>();

    // Guarded by this.
    private Phase phase = new Phase();
    private int highestLevel;
    private boolean over;

    /** An exception is on its way to {@code main}; what runs next there must not be hit by it. */
    private boolean forcing;

    /** @param process where the process is found; it gives null while the process starts */
    Stop(Outputs outputs, Sweeper sweeper, int cell, Supplier<NotebookProcess> process) {
        this.outputs = outputs;
        this.sweeper = sweeper;
        this.cell = cell;
        this.process = process;
    }

    /** Waits for the cell, or for the end of its process. */
    Run.Result await(CompletableFuture<Run.Result> cell) throws InterruptedException, ExecutionException {
        return (Run.Result) CompletableFuture.anyOf(cell, killed).get();
    }

    @Override
    public synchronized boolean isRaised() {
        return phase.presses > 0;
    }

    /** The level that was reached, 0 when Stop was not pressed. */
    synchronized int highestLevel() {
        return highestLevel;
    }

    /** From here on something else runs, to be stopped anew. */
    synchronized void next() {
        awaitForce();
        phase = new Phase();
        notifyAll();
    }

    synchronized void end() {
        awaitForce();
        over = true;
        notifyAll();
    }

    /** Bounded, as the force is. */
    private void awaitForce() {
        boolean interrupted = false;
        while (forcing) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void press() {
        if (over) {
            return;
        }
        phase.presses++;
        notifyAll();
        outputs.stop(cell);
        if (phase.presses == 1) {
            highestLevel = Math.max(highestLevel, 1);
            var stopping = phase;
            SystemThreads.thread("stop", () -> stop(stopping)).start();
        }
    }

    @Override
    public synchronized void onRaise(Runnable action) {
        if (isRaised()) {
            action.run();
        } else {
            phase.actions.add(action);
        }
    }

    private void stop(Phase stopping) {
        stopping.actions.forEach(Runnable::run); // none comes after the first press
        var target = process.get();
        if (target != null) {
            target.interrupt();
        }
        if (isOver(stopping, 1, INTERRUPT_PATIENCE) || !raise(stopping, 2)) {
            return;
        }
        boolean forced;
        try {
            forced = force(process.get());
        } finally {
            synchronized (this) {
                forcing = false;
                notifyAll();
            }
        }
        if (forced && isOverByForce(stopping) || !raise(stopping, 3)) {
            return;
        }
        say("stop.kill");
        target = process.get();
        if (target != null) {
            target.kill();
            target.killChildrenOf(cell);
        }
        killed.complete(new Run.Result.Stopped());
    }

    private boolean isOverByForce(Phase stopping) {
        if (isOver(stopping, 2, ALONE)) {
            return true;
        }
        var target = process.get();
        if (target != null && target.runsCode()) {
            sweeper.around(target, cell);
        }
        return isOver(stopping, 2, FORCE_PATIENCE);
    }

    /** @return false when that is not possible, so that there is nothing to wait for */
    private boolean force(NotebookProcess target) {
        if (target == null || !target.runsCode()) {
            return true; // the compiler is at work
        }
        say("stop.force");
        try {
            target.stopMain(FORCE_PATIENCE);
            return true;
        } catch (SocketTimeoutException e) {
            say("stop.frozen");
        } catch (IOException | RuntimeException e) { // whatever went wrong, there is a level left
            say("stop.unforced", e.getMessage());
        }
        return false;
    }

    private void say(String key, Object... values) {
        outputs.text(cell, Frame.Stream.STDERR, Texts.ofThisNotebook().say(key, values) + "\n");
    }

    /** @return false when there is nothing left to stop */
    private synchronized boolean raise(Phase stopping, int level) {
        if (over || stopping != phase) {
            return false;
        }
        highestLevel = Math.max(highestLevel, level);
        forcing = level == 2;
        return true;
    }

    /** Waits until the phase is over: at most so long, and less when Stop was pressed more often than there were levels. */
    private synchronized boolean isOver(Phase stopping, int level, Duration atMost) {
        long deadlineNs = System.nanoTime() + atMost.toNanos();
        try {
            while (!over && stopping == phase && stopping.presses <= level) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    break;
                }
                wait(leftMs);
            }
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts this thread.", e);
        }
        return over || stopping != phase;
    }
}
