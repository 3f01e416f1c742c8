package heddle.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The text of the latest cells, so that a traceback can show the lines it names. */
final class CellSources {

    private static final int CELLS_KEPT = 500;
    private static final int LONGEST_CELL = 100_000;
    private static final int LONGEST_LINE = 160;

    /** Of one exception; below them the place alone must do. */
    private static final int LINES_SHOWN = 8;

    private static final Pattern FRAME = Pattern.compile("(\\s*)(at (?:.* \\()?)((cell \\d+(?: [^:]+)?):(\\d+))(\\)?)");
    private static final Pattern EXCEPTION = Pattern.compile("(\\s*)(Caused by: |Suppressed: )([\\w.$]+)(.*)");

    private final Map<String, String> cells = new LinkedHashMap<>();

    /** @param label as stack traces name it, such as {@code cell 7} */
    synchronized void add(String label, String code) {
        cells.remove(label);
        cells.put(label, code.length() <= LONGEST_CELL ? code : "");
        if (cells.size() > CELLS_KEPT) {
            cells.remove(cells.keySet().iterator().next());
        }
    }

    /**
     * The traceback with colours, and under each frame the line of its cell; where the exception came from, that line is marked.
     *
     * @param type of the exception in the first line
     */
    synchronized List<String> marked(String type, List<String> traceback) {
        var out = new ArrayList<String>();
        int shown = 0;
        for (var line : traceback) {
            var frame = FRAME.matcher(line);
            var exception = EXCEPTION.matcher(line);
            if (out.isEmpty() && line.startsWith(type)) {
                out.add(Ansi.boldRed(type) + line.substring(type.length()));
            } else if (frame.matches()) {
                out.add(frame.group(1) + frame.group(2) + Ansi.cyan(frame.group(3)) + frame.group(6));
                var source = line(frame.group(4), Integer.parseInt(frame.group(5)));
                if (source != null && shown++ < LINES_SHOWN) {
                    out.add(frame.group(1) + (shown == 1 ? Ansi.red("  → " + source) : "    " + source));
                }
            } else if (exception.matches()) {
                shown = 0;
                out.add(exception.group(1)
                        + exception.group(2)
                        + Ansi.boldRed(exception.group(3))
                        + exception.group(4));
            } else {
                out.add(line);
            }
        }
        return out;
    }

    /** The line without what indents it, or null when it is not known or empty. */
    private String line(String cell, int number) {
        var line = cells.getOrDefault(cell, "")
                .lines()
                .skip(Math.max(0, number - 1))
                .findFirst()
                .map(String::strip)
                .orElse("");
        if (line.isEmpty()) {
            return null;
        }
        return line.length() <= LONGEST_LINE
                ? line
                : line.substring(
                                0,
                                line.offsetByCodePoints(
                                        0, Math.min(LONGEST_LINE, line.codePointCount(0, line.length()))))
                        + " ...";
    }
}
