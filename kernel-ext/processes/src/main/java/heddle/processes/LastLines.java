package heddle.processes;

import java.util.ArrayDeque;
import java.util.List;

/** The last lines that a child printed, for whoever has to tell of its end. */
final class LastLines {
    private static final int KEPT = 20;
    private static final int LONGEST = 1000;

    private final ArrayDeque<String> lines = new ArrayDeque<>();

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
    }

    synchronized List<String> list() {
        return List.copyOf(lines);
    }
}
