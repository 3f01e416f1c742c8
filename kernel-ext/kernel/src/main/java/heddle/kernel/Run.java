package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One run of one cell on the session's thread: from its text to what it ended with. */
final class Run {

    /** How a cell, or one expression, ended. */
    sealed interface Result {
        /** @param value null when there is nothing to show */
        record Value(Frame.Bundle value) implements Result {}

        record Failed(String ename, String evalue, List<String> traceback) implements Result {
            static Failed of(String ename, String sentence) {
                return new Failed(ename, sentence, List.of(ename + ": " + sentence));
            }
        }

        /** Stop was pressed before this cell had run to its end. */
        record Stopped() implements Result {}
    }

    /** Where the kernel can tell the cell that it is to stop. */
    interface StopSign {
        boolean isRaised();
    }

    /** Comes with text that is pasted from a file; no character of Java. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final Session.Tools tools;
    private final Magics magics;
    private final int number;
    private final Outputs outputs;
    private final int cell;

    /**
     * @param cell the kernel's number of this run
     * @param number the number a learner sees
     */
    Run(Session.Tools tools, Magics magics, Outputs outputs, int cell, int number) {
        this.tools = tools;
        this.magics = magics;
        this.outputs = outputs;
        this.cell = cell;
        this.number = number;
    }

    String label() {
        return "cell " + number;
    }

    /**
     * Runs the cell between its magics.
     *
     * @param afterBody told when the cell's own code has ended; what a magic does after it is to be stopped anew
     */
    Result run(String code, StopSign stop, Runnable afterBody) {
        Magics.Expanded expanded;
        try {
            expanded = magics.expand(plain(code));
        } catch (Magics.BadMagicException e) {
            return Result.Failed.of("MagicError", e.getMessage());
        }
        if (!expanded.before().isBlank()) {
            var before = body(expanded.before(), List.of(), 0, false, stop);
            if (!(before instanceof Result.Value)) {
                return before;
            }
        }
        Result result;
        try {
            result = body(expanded.code(), expanded.expandedLines(), number, true, stop);
        } finally {
            afterBody.run();
        }
        if (!expanded.after().isBlank()) {
            var after = body(expanded.after(), List.of(), 0, false, () -> false);
            return after instanceof Result.Value || !(result instanceof Result.Value) ? result : after;
        }
        return result;
    }

    private static String plain(String code) {
        var text = code.replace("\r\n", "\n");
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private Result body(String code, List<Integer> expandedLines, int origin, boolean show, StopSign stop) {
        var snippets = tools.splitter().split(code);
        var misfit = snippets.isEmpty() ? null : Splitter.misfit(snippets.getLast());
        if (misfit != null) {
            return refusal(List.of(misfit), code, snippets.getLast().start(), expandedLines);
        }
        if (!snippets.isEmpty() && tools.splitter().isNoJava(snippets.getLast())) {
            // Said before anything runs: a cell that is not Java does not run by halves.
            snippets = List.of(snippets.getLast());
        }
        Result result = new Result.Value(null);
        var runs = tools.splitter().runs(snippets);
        for (var run : runs) {
            boolean last = run == runs.getLast();
            if (run.size() > 1) {
                int start = run.getFirst().start();
                var block = "{" + code.substring(start, run.getLast().end()) + "}";
                var outcome = evaluate(block, code, start, origin, false, stop);
                if (!(outcome instanceof Compiler.Outcome.Refused)) {
                    result = result(outcome, code, start - 1, expandedLines);
                    if (!(result instanceof Result.Value)) {
                        return result;
                    }
                    continue;
                }
                // One of them is wrong, or they make no block (code after an endless loop): one by one tells, and runs
                // what can be run.
            }
            for (var snippet : run) {
                boolean shown = show
                        && last
                        && snippet == run.getLast()
                        && !snippet.text().stripTrailing().endsWith(";");
                // On a line of its own, for a comment may end the text.
                var text = snippet.lacksSemicolon() ? snippet.text() + "\n;" : snippet.text();
                var outcome = evaluate(text, code, snippet.start(), origin, shown, stop);
                result = result(outcome, code, snippet.start(), expandedLines);
                if (!(result instanceof Result.Value)) {
                    return result;
                }
            }
        }
        return result;
    }

    private Compiler.Outcome evaluate(String text, String code, int start, int origin, boolean show, StopSign stop) {
        if (stop.isRaised()) {
            return null;
        }
        int line = 1
                + (int) code.substring(0, start).chars().filter(c -> c == '\n').count();
        return tools.compiler().evaluate(text, new WrappedLines.Origin(origin, line), show);
    }

    /** @param start where the snippet's text starts in the cell */
    private Result result(Compiler.Outcome outcome, String code, int start, List<Integer> expandedLines) {
        return switch (outcome) {
            case null -> new Result.Stopped();
            case Compiler.Outcome.Done(var value, var notes) -> {
                for (var note : notes) {
                    outputs.text(cell, Frame.Stream.STDOUT, note + "\n");
                }
                yield new Result.Value(value);
            }
            case Compiler.Outcome.Threw(var failure) ->
                new Result.Failed(failure.type(), failure.message(), failure.traceback());
            case Compiler.Outcome.Unready(var sentence) -> Result.Failed.of("NotDeclaredYet", sentence);
            case Compiler.Outcome.Refused(var problems) -> refusal(problems, code, start, expandedLines);
        };
    }

    private Result.Failed refusal(
            List<Compiler.Problem> problems, String code, int start, List<Integer> expandedLines) {
        var lines = new ArrayList<String>();
        String sentence = null;
        for (var problem : problems) {
            int at = Math.clamp((long) start + problem.position(), 0, code.length());
            int lineStart = code.lastIndexOf('\n', at - 1) + 1;
            int number = 1
                    + (int) code.substring(0, lineStart)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            int lineEnd = code.indexOf('\n', at);
            var line = code.substring(lineStart, lineEnd < 0 ? code.length() : lineEnd);
            var details = problem.details().isEmpty() ? "" : " (" + String.join(", ", problem.details()) + ")";
            var said = label() + ":" + number + ": " + problem.message() + details;
            sentence = sentence == null ? said : sentence;
            lines.add(said);
            if (!expandedLines.contains(number)) {
                lines.add("    " + line);
                int stop = Math.max(at, Math.min(start + problem.end(), lineStart + line.length()));
                int width = Math.max(1, code.codePointCount(at, stop));
                lines.add("    " + blank(line.substring(0, at - lineStart)) + "^".repeat(width));
            }
        }
        return new Result.Failed("CompileError", sentence, lines);
    }

    /** As wide as the text: tabs stay. */
    private static String blank(String text) {
        return text.codePoints().mapToObj(c -> c == '\t' ? "\t" : " ").collect(java.util.stream.Collectors.joining());
    }

    /** The value of each expression, or why there is none. */
    Map<String, Result> expressions(Map<String, String> expressions, StopSign stop) {
        var results = new LinkedHashMap<String, Result>();
        expressions.forEach((name, expression) -> results.put(name, body(expression, List.of(), number, true, stop)));
        return results;
    }
}
