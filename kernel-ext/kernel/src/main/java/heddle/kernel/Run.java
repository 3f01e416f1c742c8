package heddle.kernel;

import heddle.notebook.MagicException;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
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

        /** As the Stop button does. */
        default void press() {
            throw new UnsupportedOperationException();
        }

        /** Does this when it is raised; at once when it is already. */
        default void onRaise(Runnable action) {}
    }

    /** Code that the cell has asked for did not end well. */
    static final class EvaluatedBadlyException extends Exception {
        private final transient Result.Failed failed;

        EvaluatedBadlyException(Result.Failed failed) {
            super(failed.evalue());
            this.failed = failed;
        }

        Result.Failed failed() {
            return failed;
        }
    }

    /** Comes with text that is pasted from a file; no character of Java. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private static final String MAGIC_FAILED = MagicException.class.getName();

    private final Session.Tools tools;
    private final int number;
    private final Outputs outputs;
    private final int cell;
    private final StopSign stop;

    /** What became of the latest thing that the cell's code asked of the kernel, when that went wrong. */
    private Result.Failed asked;

    /** The name of what is being run on the cell's behalf; null for the cell itself. */
    private String part;

    /**
     * @param cell the kernel's number of this run
     * @param number the number a learner sees
     */
    Run(Session.Tools tools, Outputs outputs, int cell, int number, StopSign stop) {
        this.tools = tools;
        this.outputs = outputs;
        this.cell = cell;
        this.number = number;
        this.stop = stop;
    }

    /** As stack traces name it. */
    String label() {
        return WrappedLines.Origin.label(number, part);
    }

    /**
     * Runs the cell between its magics.
     *
     * @param afterBody told when the cell's own code has ended; what a magic does after it is to be stopped anew
     */
    Result run(String code, StopSign stop, Runnable afterBody) {
        tools.sources().add(label(), code);
        Magics.Expanded expanded;
        try {
            expanded = tools.magics().expand(plain(code));
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
            tools.compiler().takeWaiting().forEach(this::note);
        } finally {
            afterBody.run();
        }
        if (!expanded.after().isBlank()) {
            var after = body(expanded.after(), List.of(), 0, false, () -> false);
            return after instanceof Result.Value || !(result instanceof Result.Value) ? result : after;
        }
        return result;
    }

    /**
     * Runs other code on behalf of this cell, whose own code waits for it or has not begun.
     *
     * @param name what the code is from
     */
    void runPart(String code, String name) throws EvaluatedBadlyException {
        var outer = part;
        part = name;
        try {
            switch (run(code, stop, () -> {})) {
                case Result.Value _ -> {}
                case Result.Failed failed -> throw new EvaluatedBadlyException(failed);
                case Result.Stopped _ ->
                    throw new EvaluatedBadlyException(Result.Failed.of(Stop.STOPPED, "The cell was stopped."));
            }
        } finally {
            part = outer;
        }
    }

    /** The first cell of a session: what the settings want to be there before it. What fails is said, and the rest goes on. */
    void startUp() {
        tools.problems().forEach(this::warn);
        var settings = tools.settings();
        if (!settings.classPath().isEmpty()) {
            try {
                new KernelCall(this, tools).classPath(settings.classPath());
            } catch (KernelCall.RefusedException e) {
                warn(e.getMessage());
            }
        }
        for (var script : settings.startup()) {
            try {
                runPart(script.code(), script.name());
            } catch (EvaluatedBadlyException e) {
                warn(Texts.ofThisNotebook().say("settings.script", script.name()));
                e.failed().traceback().forEach(this::warn);
            }
        }
    }

    private static String plain(String code) {
        var text = code.replace("\r\n", "\n");
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private Result body(String text, List<Integer> expandedLines, int origin, boolean show, StopSign stop) {
        var form = SourceForms.of(text, tools.splitter());
        var cell = new Diagnostics.Cell(label(), text, form, expandedLines);
        var code = form.code();
        var snippets = tools.splitter().split(code);
        var misfit = snippets.isEmpty() ? null : Splitter.misfit(snippets.getLast());
        if (misfit != null) {
            return refusal(
                    List.of(new Diagnostics.Refused(
                            List.of(misfit), snippets.getLast().start())),
                    cell);
        }
        if (!snippets.isEmpty() && tools.splitter().isNoJava(snippets.getLast())) {
            // Said before anything runs: a cell that is not Java does not run by halves.
            snippets = List.of(snippets.getLast());
        }
        Result result;
        try {
            result = pieces(snippets, code, origin, show, stop, cell);
        } finally {
            tools.compiler().forgetAhead();
        }
        if (!(result instanceof Result.Value)) {
            return result;
        }
        if (form.isLaunched()) {
            return result(evaluate(List.of(piece(form.launch(), 0, form.launch(), 0)), false, stop), cell, 0);
        }
        if (form.launch() != null) {
            note(Texts.ofThisNotebook().say("program", form.runnable(), form.launch()));
        }
        return result;
    }

    private Result pieces(
            List<Splitter.Snippet> snippets,
            String code,
            int origin,
            boolean show,
            StopSign stop,
            Diagnostics.Cell cell) {
        Result result = new Result.Value(null);
        var groups = tools.splitter().groups(snippets);
        var pieces = groups.stream().map(group -> piece(group, code, origin)).toList();
        for (int i = 0; i < groups.size(); i++) {
            var group = groups.get(i);
            var run = group.snippets();
            var ahead = pieces.subList(i, pieces.size());
            if (group.isBlock()) {
                var outcome = evaluate(ahead, false, stop);
                if (!(outcome instanceof Compiler.Outcome.Refused)) {
                    result = result(outcome, cell, run.getFirst().start() - 1);
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
                        && snippet == snippets.getLast()
                        && !snippet.text().stripTrailing().endsWith(";");
                var outcome = evaluate(group.isBlock() ? List.of(piece(snippet, code, origin)) : ahead, shown, stop);
                if (outcome instanceof Compiler.Outcome.Refused(var problems)) {
                    var refused = new ArrayList<>(List.of(new Diagnostics.Refused(problems, snippet.start())));
                    refused.addAll(LaterErrors.of(tools.compiler(), snippets, snippet, code));
                    return refusal(refused, cell);
                }
                result = result(outcome, cell, snippet.start());
                if (!(result instanceof Result.Value)) {
                    return result;
                }
            }
        }
        return result;
    }

    private FastShell.Piece piece(Splitter.Group group, String code, int origin) {
        var first = group.snippets().getFirst();
        return group.isBlock()
                ? piece(
                        "{"
                                + code.substring(
                                        first.start(),
                                        group.snippets().getLast().end()) + "}",
                        first.start(),
                        code,
                        origin)
                : piece(first, code, origin);
    }

    private FastShell.Piece piece(Splitter.Snippet snippet, String code, int origin) {
        // On a line of its own, for a comment may end the text.
        var text = snippet.lacksSemicolon() ? snippet.text() + "\n;" : snippet.text();
        return piece(text, snippet.start(), code, origin);
    }

    private FastShell.Piece piece(String text, int start, String code, int origin) {
        return new FastShell.Piece(
                text, new WrappedLines.Origin(origin, origin == 0 ? null : part, Diagnostics.lineNumber(code, start)));
    }

    private Compiler.Outcome evaluate(List<FastShell.Piece> pieces, boolean show, StopSign stop) {
        if (stop.isRaised()) {
            return null;
        }
        var limit = tools.settings().timeout();
        if (limit == null) {
            return tools.compiler().evaluate(pieces, show);
        }
        var timer = SystemThreads.thread("timeout", () -> {
            try {
                Thread.sleep(limit);
            } catch (InterruptedException e) {
                return;
            }
            warn(Texts.ofThisNotebook().say("settings.timeout", limit.toMillis() / 1e3));
            stop.press();
        });
        timer.start();
        try {
            return tools.compiler().evaluate(pieces, show);
        } finally {
            timer.interrupt();
        }
    }

    /** @param start where the snippet's text starts in the form of the cell */
    private Result result(Compiler.Outcome outcome, Diagnostics.Cell cell, int start) {
        return switch (outcome) {
            case null -> new Result.Stopped();
            case Compiler.Outcome.Done(var value, var notes) -> {
                notes.forEach(this::note);
                yield new Result.Value(value);
            }
            case Compiler.Outcome.Threw(var failure)
            when asked != null
                    && failure.type().equals(MAGIC_FAILED)
                    && failure.message().equals(asked.evalue()) -> asked;
            case Compiler.Outcome.Threw(var failure) ->
                new Result.Failed(
                        failure.type(), failure.message(), tools.sources().marked(failure.type(), failure.traceback()));
            case Compiler.Outcome.Unready(var sentence) -> Result.Failed.of("NotDeclaredYet", sentence);
            case Compiler.Outcome.Refused(var problems) ->
                refusal(List.of(new Diagnostics.Refused(problems, start)), cell);
        };
    }

    private Result.Failed refusal(List<Diagnostics.Refused> refused, Diagnostics.Cell cell) {
        return new Diagnostics(Texts.ofThisNotebook(), advice()).failed(cell, refused);
    }

    private Advice advice() {
        var compiler = tools.compiler();
        return new Advice(Texts.ofThisNotebook(), compiler.analysis(), compiler::waiting);
    }

    void note(String sentence) {
        outputs.text(cell, Frame.Stream.STDOUT, sentence + "\n");
    }

    void warn(String sentence) {
        outputs.text(cell, Frame.Stream.STDERR, sentence + "\n");
    }

    void display(boolean update, String id, Frame.Bundle bundle) {
        outputs.display(new Frame.Display(cell, update, id, bundle));
    }

    void onStop(Runnable action) {
        stop.onRaise(action);
    }

    /** What is shown of the cell when its code does not catch the {@link MagicException} that it gets. */
    void remember(Result.Failed failed) {
        asked = failed;
    }

    /** The value of each expression, or why there is none. */
    Map<String, Result> expressions(Map<String, String> expressions, StopSign stop) {
        var results = new LinkedHashMap<String, Result>();
        expressions.forEach((name, expression) -> results.put(name, body(expression, List.of(), number, true, stop)));
        return results;
    }
}
