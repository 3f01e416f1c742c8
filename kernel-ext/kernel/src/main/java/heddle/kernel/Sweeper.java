package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends what a cell has started besides its code on {@code main}: threads, tasks, child processes; and tells under the cell what became of them.
 *
 * <p>Who does not hear an interrupt gets the exception thrown into it that {@code main} gets: a thread that spins on unnoticed makes every later measurement wrong. It may
 * hold a lock; {@code synchronized} and {@code finally} release theirs on the way.
 */
final class Sweeper {

    /** More than the process takes for it, see its {@code Sweep}. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration AROUND_PATIENCE = Duration.ofSeconds(1);
    private static final Duration FORCE_PATIENCE = Duration.ofMillis(1500);
    private static final int MOST_NAMED = 5;

    private final Outputs outputs;
    private final AtomicBoolean sweeping = new AtomicBoolean();

    Sweeper(Outputs outputs) {
        this.outputs = outputs;
    }

    /** {@code main} hears nothing, perhaps because another thread of its cell holds what it waits for. */
    void around(NotebookProcess process, int cell) {
        var swept = process.sweep(cell, Frame.Phase.AROUND, AROUND_PATIENCE);
        if (swept != null) {
            force(process, swept);
        }
    }

    /** The cell's code was stopped and has ended. */
    void end(NotebookProcess process, int cell) {
        sweep(process, cell, Frame.Phase.END, "stop.ended");
    }

    /**
     * Stop was pressed while no cell runs.
     *
     * @param latest the cell that began last
     */
    void idle(NotebookProcess process, int latest) {
        if (sweeping.compareAndSet(false, true)) {
            try {
                sweep(process, latest, Frame.Phase.IDLE, "stop.idle");
            } finally {
                sweeping.set(false);
            }
        }
    }

    private void sweep(NotebookProcess process, int cell, Frame.Phase phase, String text) {
        var texts = Texts.ofThisNotebook();
        var swept = process.sweep(cell, phase, PATIENCE);
        if (swept != null && (swept.unhearing() > 0 || !swept.processesLeft().isEmpty())) {
            force(process, swept);
            var forced = process.sweep(cell, Frame.Phase.FORCE, PATIENCE);
            swept = forced == null ? swept : forced;
        }
        if (swept == null) {
            if (process.end() == null) {
                say(cell, texts.say("stop.silent"));
            }
            return;
        }
        if (swept.problem() != null) {
            say(cell, texts.say("stop.blind", swept.problem()));
        }
        var ended = things(texts, swept.threads(), swept.virtualThreads(), swept.tasks(), swept.processes());
        if (!ended.isEmpty()) {
            say(swept.cell(), texts.say(text, ended));
        }
        var left = new ArrayList<>(swept.threadsLeft());
        var others = things(texts, 0, swept.virtualThreadsLeft(), 0, swept.processesLeft());
        if (!others.isEmpty()) {
            left.add(others);
        }
        if (!left.isEmpty()) {
            say(swept.cell(), texts.say("stop.left", String.join(texts.say("comma"), left)));
        }
        if (swept.more()) {
            say(swept.cell(), texts.say("stop.more"));
        }
    }

    private static void force(NotebookProcess process, Frame.Swept swept) {
        if (swept.unhearing() > 0) {
            try {
                process.stopOthers(FORCE_PATIENCE);
            } catch (IOException | RuntimeException e) {
                // Who goes on is named in any case.
            }
        }
    }

    private static String things(Texts texts, int threads, int virtualThreads, int tasks, List<String> processes) {
        var things = new ArrayList<String>();
        add(things, texts, "stop.thread", threads);
        add(things, texts, "stop.virtual", virtualThreads);
        add(things, texts, "stop.task", tasks);
        if (!processes.isEmpty()) {
            var names = String.join(texts.say("comma"), processes.subList(0, Math.min(MOST_NAMED, processes.size())));
            things.add(texts.say(
                    processes.size() == 1
                            ? "stop.process.one"
                            : processes.size() > MOST_NAMED ? "stop.process.many" : "stop.process.more",
                    processes.size(),
                    names));
        }
        return String.join(texts.say("comma"), things);
    }

    private static void add(List<String> things, Texts texts, String key, int count) {
        if (count > 0) {
            things.add(texts.say(key + (count == 1 ? ".one" : ".more"), "%,d".formatted(count)));
        }
    }

    private void say(int cell, String sentence) {
        outputs.text(cell, Frame.Stream.STDERR, sentence + "\n");
    }
}
