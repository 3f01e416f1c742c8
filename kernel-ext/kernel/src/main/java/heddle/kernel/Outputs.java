package heddle.kernel;

import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import heddle.protocol.Exchange;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Brings output to the front end under the cell that it belongs to, whenever it comes.
 *
 * <p>A cell's outputs keep their order. What comes in quick succession is joined. A cell that puts out more than anybody can read is cut, see
 * {@link OutputOfCell}.
 */
final class Outputs implements AutoCloseable {

    private final Map<Integer, OutputOfCell> cells = new HashMap<>();
    private final Set<OutputOfCell> waiting = new LinkedHashSet<>();
    private OutputOfCell latest;
    private boolean closed;

    /** When the thread looks next; of no meaning while it sleeps for as long as nothing comes. */
    private long wakeNs;

    private boolean asleep = true;

    /** Completed while a cell is being stopped: nobody is slowed then, for the answer of its process is behind its output. */
    private CompletableFuture<Void> hurry = new CompletableFuture<>();

    Outputs() {
        SystemThreads.thread("output", this::publishWhenDue).start();
    }

    /** From now on output of this cell goes to this exchange; output that names no known cell goes to the cell opened last. */
    synchronized void open(int cell, Exchange exchange, boolean silent) {
        var lobby = cells.remove(null);
        latest = lobby != null && !cells.containsKey(cell) ? lobby : new OutputOfCell();
        latest.open(exchange, silent);
        cells.put(cell, latest);
        if (hurry.isDone()) {
            hurry = new CompletableFuture<>();
        }
        schedule(latest);
    }

    /** As {@link #open}, for what is no cell: a message of a comm. */
    synchronized void openAside(int number, Exchange exchange) {
        var output = new OutputOfCell();
        output.open(exchange, false);
        cells.put(number, output);
    }

    /** Nothing is to come for this number any more; what comes all the same goes to the latest cell. */
    synchronized void forget(int number) {
        flush(number);
        cells.remove(number);
    }

    /** The output of this cell, of the latest, or before any cell a place where it waits for the first. */
    private OutputOfCell of(int cell) {
        var output = cells.get(cell);
        if (output == null) {
            output = latest != null ? latest : cells.computeIfAbsent(null, _ -> new OutputOfCell());
        }
        return output;
    }

    /** Text that no cell is known for: what the process writes past {@code System.out}. */
    void text(Frame.Stream stream, String text) {
        text(-1, stream, text);
    }

    synchronized void text(int cell, Frame.Stream stream, String text) {
        if (!text.isEmpty()) {
            var output = of(cell);
            output.text(stream, text);
            schedule(output);
        }
    }

    synchronized void display(Frame.Display display) {
        var output = of(display.cell());
        output.show(OutputOfCell.Picture.of(display));
        schedule(output);
    }

    synchronized void clear(Frame.ClearOutput clear) {
        var output = of(clear.cell());
        output.clear(clear.untilNextOutput());
        schedule(output);
    }

    /** Publishes all that this cell has put out so far. */
    synchronized void flush(int cell) {
        var output = of(cell);
        output.flush();
        schedule(output);
    }

    /**
     * Waits while front ends have much to read yet: called where output comes from, so that whoever prints is slowed and no memory filled. Bounded
     * for front ends that do not read at all; ends when the cell that runs is stopped.
     */
    void awaitReaders(int cell) {
        Exchange exchange;
        CompletableFuture<Void> hurry;
        synchronized (this) {
            exchange = of(cell).exchange();
            hurry = this.hurry;
        }
        var room = exchange == null ? hurry : exchange.room();
        if (exchange != null && !room.isDone()) {
            CompletableFuture.anyOf(room, hurry).join();
        }
    }

    /** What this cell still puts out is its end, and nobody is slowed until the next cell begins. */
    synchronized void stop(int cell) {
        of(cell).cut();
        hurry.complete(null);
    }

    private void schedule(OutputOfCell output) {
        long nowNs = System.nanoTime();
        output.publishDue(nowNs);
        long dueInNs = output.dueInNs(nowNs);
        if (dueInNs == OutputOfCell.NEVER) {
            waiting.remove(output);
            return;
        }
        waiting.add(output);
        if (asleep || nowNs + dueInNs - wakeNs < 0) {
            notifyAll();
        }
    }

    private synchronized void publishWhenDue() {
        try {
            while (!closed) {
                long nowNs = System.nanoTime();
                long nextInNs = OutputOfCell.NEVER;
                for (var output : List.copyOf(waiting)) {
                    output.publishDue(nowNs);
                    long dueInNs = output.dueInNs(nowNs);
                    if (dueInNs == OutputOfCell.NEVER) {
                        waiting.remove(output);
                    }
                    nextInNs = Math.min(nextInNs, dueInNs);
                }
                asleep = nextInNs == OutputOfCell.NEVER;
                if (asleep) {
                    wait();
                } else {
                    wakeNs = nowNs + nextInNs;
                    wait(Math.max(1, nextInNs / 1_000_000));
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts this thread.", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        hurry.complete(null);
        notifyAll();
    }
}
