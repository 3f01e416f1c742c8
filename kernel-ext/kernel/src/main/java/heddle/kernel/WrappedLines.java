package heddle.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jdk.jshell.SourceCodeAnalysis.SnippetWrapper;

/**
 * From the lines of one class that JShell wrapped around snippets to the lines of their cells.
 *
 * <p>JShell says where each character of a snippet went. Overloads that call each other share one class; for these JShell's answer is about
 * the first of them only, so they are found by their text, which the wrapping keeps (comments blanked).
 */
final class WrappedLines {

    /**
     * Where a snippet's text comes from.
     *
     * @param cell the number a learner sees; 0 for code that no cell shows
     * @param part the file that the cell has loaded, when the text is from there; else null
     * @param firstLine the cell's line that holds the first character of the snippet's text, from 1
     */
    record Origin(int cell, String part, int firstLine) {
        Origin(int cell, int firstLine) {
            this(cell, null, firstLine);
        }

        static String label(int cell, String part) {
            return part == null ? "cell " + cell : "cell " + cell + " " + part;
        }
    }

    record Placed(SnippetWrapper wrapper, Origin origin) {}

    private static final String MEMBER = "    public static\n    ";

    private final List<Placed> snippets;
    private final String wrapped;
    private final List<Integer> lineStarts = new ArrayList<>(List.of(0));
    private final Map<Integer, Integer> known = new HashMap<>();

    WrappedLines(List<Placed> snippets) {
        this.snippets = snippets;
        this.wrapped = snippets.getFirst().wrapper().wrapped();
        for (int i = wrapped.indexOf('\n'); i >= 0; i = wrapped.indexOf('\n', i + 1)) {
            lineStarts.add(i + 1);
        }
    }

    /** What stack traces name as the file: "cell 7", or "cell 3+7" for overloads of two cells in one class, or "cell 7 Loaded.java". */
    String label() {
        for (var placed : snippets) {
            if (placed.origin().part() != null) {
                return Origin.label(placed.origin().cell(), placed.origin().part());
            }
        }
        return snippets.stream()
                .map(placed -> placed.origin().cell())
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .map(String::valueOf)
                .collect(Collectors.joining("+", "cell ", ""));
    }

    int cellLine(int wrappedLine) {
        return known.computeIfAbsent(wrappedLine, this::find);
    }

    private int find(int line) {
        if (line < 1 || line > lineStarts.size()) {
            return snippets.getFirst().origin().firstLine();
        }
        int start = lineStarts.get(line - 1);
        int end = line < lineStarts.size() ? lineStarts.get(line) : wrapped.length();
        return snippets.size() == 1 ? byPosition(start, end) : byText(start, end);
    }

    private int byPosition(int start, int end) {
        var only = snippets.getFirst();
        var wrapper = only.wrapper();
        int fallback = -1;
        for (int i = start; i < end; i++) {
            int source = wrapper.wrappedToSourcePosition(i);
            if (source < wrapper.source().length() && wrapper.sourceToWrappedPosition(source) == i) {
                return lineAt(only, source);
            }
            // A piece that is repeated (a variable's type and name) still says where it belongs: of "int q" it is the
            // name.
            fallback = Math.max(fallback, source);
        }
        return lineAt(only, Math.max(fallback, 0));
    }

    private int byText(int start, int end) {
        for (int at = wrapped.indexOf(MEMBER); at >= 0; at = wrapped.indexOf(MEMBER, at + 1)) {
            int body = at + MEMBER.length();
            for (var placed : snippets) {
                int length = placed.wrapper().source().stripTrailing().length();
                if (body < end
                        && start < body + length
                        && isMasked(body, placed.wrapper().source(), length)) {
                    return lineAt(placed, Math.max(start - body, 0));
                }
            }
        }
        return snippets.getFirst().origin().firstLine();
    }

    private boolean isMasked(int at, String source, int length) {
        if (at + length > wrapped.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char here = wrapped.charAt(at + i);
            if (here != source.charAt(i) && here != ' ') {
                return false;
            }
        }
        return true;
    }

    private static int lineAt(Placed placed, int position) {
        var source = placed.wrapper().source();
        int line = placed.origin().firstLine();
        for (int i = 0; i < Math.min(position, source.length()); i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }
}
