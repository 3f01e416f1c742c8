package heddle.kernel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compile errors as a learner reads them: each with its place marked in the cell, and advice where the mistake is a common one. */
final class Diagnostics {

    /** So many errors of one cell are shown; those behind them mostly follow from them. */
    static final int MOST = 10;

    private static final String INDENT = "    ";
    private static final Pattern QUALIFIED = Pattern.compile("\\b(?:[a-z]\\w*\\.)+([A-Z]\\w*)");

    /** Its details are all the methods of that name, each with why it does not fit. */
    private static final String MANY_METHODS = "compiler.err.cant.apply.symbols";

    private final Texts texts;
    private final Advice advice;

    Diagnostics(Texts texts, Advice advice) {
        this.texts = texts;
        this.advice = advice;
    }

    /** A cell as it is compiled: what its places are in the learner's own text. */
    record Cell(String label, String code, SourceForms.Form form, List<Integer> expandedLines) {}

    /** Errors of a piece of the cell, which starts there in the form. */
    record Refused(List<Compiler.Problem> problems, int start) {}

    /** @param refused not empty */
    Run.Result.Failed failed(Cell cell, List<Refused> refused) {
        var lines = new ArrayList<String>();
        var advised = new HashSet<String>();
        var seen = new HashSet<String>();
        String sentence = null;
        int errors = 0;
        for (var piece : refused) {
            for (var problem : piece.problems()) {
                int at = place(cell, piece.start() + problem.position());
                int end = place(cell, piece.start() + problem.end());
                if (at + 1 < end && cell.code().charAt(at) == '.') {
                    at++; // the name is what is wrong
                }
                int number = lineNumber(cell.code(), at);
                var message = simple(problem.message());
                var details = problem.details().isEmpty() || problem.code().equals(MANY_METHODS)
                        ? ""
                        : simple(" (" + String.join(", ", problem.details()) + ")");
                var where = cell.label() + ":" + number;
                var said = where + ": " + message + details;
                if (!seen.add(at + said) || ++errors > MOST) {
                    continue;
                }
                sentence = sentence == null ? said : sentence;
                lines.add(Ansi.cyan(where) + ": " + Ansi.boldRed(message) + details);
                if (!cell.expandedLines().contains(number)) {
                    mark(cell.code(), at, end, lines);
                    advice.on(problem, cell.code(), place(cell, piece.start()), at, end)
                            .filter(advised::add)
                            .ifPresent(words -> lines.add(INDENT + Ansi.green("→ " + words)));
                }
            }
        }
        if (errors > MOST) {
            lines.add(texts.say("more.errors", errors - MOST));
        }
        return new Run.Result.Failed("CompileError", sentence, lines);
    }

    /** A message with the types as they are written in a program, unless two of them would look the same. */
    static String simple(String message) {
        var types = QUALIFIED
                .matcher(message)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
        var simple = types.stream()
                .map(type -> type.substring(type.lastIndexOf('.') + 1))
                .distinct();
        return simple.count() < types.size()
                ? message
                : QUALIFIED.matcher(message).replaceAll("$1");
    }

    private static int place(Cell cell, int position) {
        return Math.clamp(cell.form().original(position), 0, cell.code().length());
    }

    static int lineNumber(String code, int at) {
        return 1 + (int) code.substring(0, at).chars().filter(c -> c == '\n').count();
    }

    /** The line, and under it the mark. */
    private static void mark(String code, int at, int end, List<String> lines) {
        int start = code.lastIndexOf('\n', at - 1) + 1;
        int stop = code.indexOf('\n', at);
        var line = code.substring(start, stop < 0 ? code.length() : stop);
        var marked = line.substring(at - start, Math.clamp(end - start, at - start, line.length()));
        lines.add(INDENT + line);
        lines.add(INDENT + blank(line.substring(0, at - start)) + Ansi.red("^".repeat(Math.max(1, width(marked)))));
    }

    /** As wide as the text: tabs stay, and a wide character leaves a wide blank. */
    private static String blank(String text) {
        return text.codePoints()
                .mapToObj(c -> c == '\t' ? "\t" : isWide(c) ? "\u3000" : " ")
                .collect(Collectors.joining());
    }

    private static int width(String text) {
        return text.codePoints().map(c -> isWide(c) ? 2 : 1).sum();
    }

    /** Takes two columns: East Asian scripts and emoji. */
    private static boolean isWide(int c) {
        return Character.isIdeographic(c)
                || c >= 0x3000 && c <= 0x30ff
                || c >= 0xac00 && c <= 0xd7a3
                || c >= 0xff01 && c <= 0xff60
                || c >= 0x1f300 && c <= 0x1faff;
    }
}
