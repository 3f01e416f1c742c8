package heddle.processes;

import heddle.processes.memory.Waiting;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The last lines that a child printed, for whoever waits for one or has to tell of the child's end. */
final class LastLines {
    private static final int KEPT = 20;
    private static final int LONGEST = 1000;

    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private boolean ended;

    /** @param text whole lines, the last perhaps without its end */
    synchronized void add(String text) {
        // only the end of a flood is worth splitting
        var start = text.length();
        for (var found = 0; start > 0 && found <= KEPT; found++) {
            start = text.lastIndexOf('\n', start - 1);
        }
        for (var line : text.substring(start + 1).lines().toList()) {
            lines.add(line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...");
            if (lines.size() > KEPT) {
                lines.remove();
            }
        }
        notifyAll();
    }

    /** No more will come. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Waits for a line that begins so, until the end or the deadline; returns whether there is one. */
    synchronized boolean await(String beginning, long deadlineNs) throws InterruptedException {
        while (lines.stream().noneMatch(line -> line.startsWith(beginning))) {
            if (ended || Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, Waiting.remaining(deadlineNs));
        }
        return true;
    }

    synchronized List<String> list() {
        return List.copyOf(lines);
    }
}
