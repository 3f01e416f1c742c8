package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Kind;
import jdk.jshell.Snippet.Status;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/**
 * The compile side: JShell knows what was declared and makes class files; they run elsewhere ({@link Runner}).
 *
 * <p>Used by one thread at a time. What a {@link Runner} throws comes out of {@link #evaluate} as it is.
 */
final class Compiler implements AutoCloseable {

    /** The other process, as the compiler sees it. */
    interface Runner {
        /** @return null, or what was wrong with the classes */
        String load(List<Frame.ClassBytes> classes);

        /** @return {@link Frame.Returned}, {@link Frame.Threw} or {@link Frame.Unresolved} */
        Frame.Report invoke(String className, String methodName, boolean show);

        Frame.Report variable(String className, String fieldName);

        void addToClassPath(List<String> paths);
    }

    /** How one snippet ended. */
    sealed interface Outcome {
        /**
         * @param value null when there is nothing to show
         * @param notes sentences for the learner: what waits for what, what was reset
         */
        record Done(Frame.Bundle value, List<String> notes) implements Outcome {}

        record Threw(Frame.Failure failure) implements Outcome {}

        /** The compiler refused the snippet; nothing of it ran. */
        record Refused(List<Problem> problems) implements Outcome {}

        /** Something was called that waits for a declaration. */
        record Unready(String sentence) implements Outcome {}
    }

    /**
     * A compile error.
     *
     * @param position in the snippet's text, UTF-16 units
     * @param end exclusive
     * @param message the compiler's first line
     * @param details its other lines ("symbol: class Y")
     */
    record Problem(int position, int end, String message, List<String> details) {}

    /** So many of the latest values can still be used by name ($7). */
    static final int VALUES_KEPT = 10;

    private static final Pattern OUTER_CLASS = Pattern.compile("REPL\\.\\$JShell\\$\\w+");
    private static final String MODIFIERS = "(?:(?:public|protected|private|static|final|transient)\\s+|@\\w+\\s+)*";
    private static final Pattern VOLATILE = Pattern.compile("\\s*" + MODIFIERS + "volatile\\b.*", Pattern.DOTALL);
    private static final Pattern ACCESS_MODIFIER = Pattern.compile("\\b(public|protected|private)\\s+$");
    /** What the compiler says of the value of a {@code var} whose class was declared again. */
    private static final Pattern SAME_NAME = Pattern.compile("incompatible types: (.+) cannot be converted to \\1");

    private static final Pattern COMMENT = Pattern.compile("//.*|/\\*(?s:.*?)\\*/");

    private final Runner runner;
    private final JShell shell;
    private final SourceCodeAnalysis analysis;
    private final Map<Snippet, WrappedLines.Origin> origins = new IdentityHashMap<>();
    private final Deque<Snippet> values = new ArrayDeque<>();
    private final List<ExecutionControl.ClassBytecodes> unsent = new ArrayList<>();

    private WrappedLines.Origin origin = new WrappedLines.Origin(0, 1);
    private boolean show;
    private Frame.Report answer;

    /** @param imports import declarations that every cell sees; one that does not compile is an error */
    Compiler(Runner runner, String classPath, List<String> imports) {
        this.runner = runner;
        var builder = JShell.builder()
                .executionEngine(new Provider(), Map.of())
                .idGenerator((snippet, index) -> {
                    // JShell hands over each new snippet here, after its class file is made and before it runs: the one
                    // moment to learn which snippet the class file belongs to.
                    origins.put(snippet, origin);
                    return String.valueOf(index);
                })
                .compilerOptions(
                        "--enable-preview",
                        "--source",
                        String.valueOf(Runtime.version().feature()),
                        "-classpath",
                        classPath);
        shell = builder.build();
        analysis = shell.sourceCodeAnalysis();
        try {
            for (var line : imports) {
                if (evaluate(line, origin, false) instanceof Outcome.Refused refused) {
                    throw new IllegalArgumentException("The import \"" + line + "\" is refused: "
                            + refused.problems().getFirst().message());
                }
            }
        } catch (RuntimeException | Error e) {
            shell.close();
            throw e;
        }
    }

    SourceCodeAnalysis analysis() {
        return analysis;
    }

    void addToClassPath(List<String> paths) {
        paths.forEach(shell::addToClasspath);
    }

    /**
     * Compiles and runs one snippet.
     *
     * @param origin where the text comes from
     * @param show whether the value of an expression is wanted
     */
    Outcome evaluate(String source, WrappedLines.Origin origin, boolean show) {
        this.origin = origin;
        this.show = show;
        this.answer = null;
        unsent.clear();
        List<SnippetEvent> events;
        try {
            events = shell.eval(source);
            send();
        } finally {
            origins.keySet().removeIf(snippet -> !snippet.kind().isPersistent());
        }
        for (var event : events) {
            var snippet = event.snippet();
            if (event.causeSnippet() != null) {
                continue;
            }
            if (event.status() == Status.REJECTED) {
                var problems = problems(snippet);
                var mended = withPublicConstructor(source, problems);
                return mended == null ? new Outcome.Refused(problems) : evaluate(mended, origin, show);
            }
        }
        forgetOldValues(events);
        var notes = notes(events);
        return switch (answer) {
            case Frame.Returned(var value) -> new Outcome.Done(value, notes);
            case Frame.Threw(var failure) -> new Outcome.Threw(failure);
            case Frame.Unresolved(var id) -> new Outcome.Unready(unready(id));
            case null -> new Outcome.Done(null, notes);
            default -> throw new IllegalStateException("unexpected answer " + answer);
        };
    }

    /** JShell keeps each expression's value in a variable ($7), and each variable makes every later compilation dearer. */
    private void forgetOldValues(List<SnippetEvent> events) {
        for (var event : events) {
            if (event.snippet().subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND && event.status() == Status.VALID) {
                values.add(event.snippet());
            }
        }
        while (values.size() > VALUES_KEPT) {
            var oldest = values.remove();
            origins.remove(oldest);
            if (shell.status(oldest).isActive()) {
                shell.drop(oldest);
            }
        }
    }

    /**
     * JShell makes every top-level record public, and then Java wants its canonical constructor to be public too, which in the cell it need
     * not be.
     *
     * @return the source with the modifier, or null when this was not the problem
     */
    private static String withPublicConstructor(String source, List<Problem> problems) {
        var problem = problems.getFirst();
        var before = source.substring(0, Math.min(problem.position(), source.length()));
        return problem.message().startsWith("invalid canonical constructor in record")
                        && problem.details().toString().contains("was public")
                        && !ACCESS_MODIFIER.matcher(before).find()
                ? before + "public " + source.substring(problem.position())
                : null;
    }

    private List<Problem> problems(Snippet snippet) {
        var problems = shell.diagnostics(snippet)
                .filter(Diag::isError)
                .map(diag -> {
                    var lines = diag.getMessage(Locale.ENGLISH).lines().toList();
                    return new Problem(
                            (int) Math.max(0, diag.getPosition()),
                            (int) Math.max(0, diag.getEndPosition()),
                            lines.getFirst().strip(),
                            lines.stream()
                                    .skip(1)
                                    .map(String::strip)
                                    .filter(line -> !line.startsWith("location:") && !line.isEmpty())
                                    .map(line -> line.replaceAll("\\s+", " "))
                                    .toList());
                })
                .toList();
        return problems.isEmpty()
                ? List.of(new Problem(0, 0, "the compiler refuses this code and does not say why", List.of()))
                : problems;
    }

    private List<String> notes(List<SnippetEvent> events) {
        var notes = new ArrayList<String>();
        for (var event : events) {
            var snippet = event.snippet();
            if (event.causeSnippet() == null) {
                if (waits(event.status())) {
                    notes.add(upper(named(snippet)) + " is created; it can be used once " + missing(snippet) + ".");
                }
            } else if (snippet instanceof VarSnippet variable
                    && event.isSignatureChange()
                    && event.status() == Status.VALID) {
                boolean newType = event.causeSnippet() instanceof TypeDeclSnippet cause
                        && variable.typeName().contains(cause.name());
                notes.add("Variable " + variable.name()
                        + (newType
                                ? " has the new " + variable.typeName() + " as its type now and was reset."
                                : " was reset, because something that its declaration uses has changed."));
            } else if (waits(event.status()) && event.previousStatus() == Status.VALID) {
                notes.add(upper(named(snippet)) + " can be used again once " + missing(snippet) + ".");
            }
        }
        return notes;
    }

    private static boolean waits(Status status) {
        return status == Status.RECOVERABLE_DEFINED || status == Status.RECOVERABLE_NOT_DEFINED;
    }

    private String missing(Snippet snippet) {
        var missing = shell.unresolvedDependencies((DeclarationSnippet) snippet).toList();
        if (missing.isEmpty()) {
            return shell.diagnostics(snippet)
                    .filter(Diag::isError)
                    .findFirst()
                    .map(diag ->
                            diag.getMessage(Locale.ENGLISH).lines().findFirst().orElse(""))
                    .map(message -> SAME_NAME.matcher(message).matches()
                            ? "it is declared anew, because its class is a new one now"
                            : "this is mended: " + message)
                    .orElse("what it needs is declared");
        }
        return String.join(" and ", missing) + (missing.size() == 1 ? " is declared" : " are declared");
    }

    private String unready(int id) {
        return shell.snippets()
                .filter(snippet -> snippet.id().equals(String.valueOf(id)))
                .reduce((former, latter) -> latter)
                .map(snippet -> upper(named(snippet)) + " cannot be used before " + missing(snippet) + ".")
                .orElse("Something that is not declared yet was used.");
    }

    private static String named(Snippet snippet) {
        return switch (snippet) {
            case MethodSnippet method -> "method " + method.name() + "(" + method.parameterTypes() + ")";
            case VarSnippet variable -> "variable " + variable.name();
            case TypeDeclSnippet type ->
                switch (type.subKind()) {
                            case INTERFACE_SUBKIND -> "interface ";
                            case ENUM_SUBKIND -> "enum ";
                            case RECORD_SUBKIND -> "record ";
                            case ANNOTATION_TYPE_SUBKIND -> "annotation ";
                            default -> "class ";
                        }
                        + type.name();
            default -> "this code";
        };
    }

    private static String upper(String sentence) {
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    private static String withoutComments(Snippet snippet) {
        return COMMENT.matcher(snippet.source()).replaceAll(" ");
    }

    /** Sends the class files that JShell has made, with the lines of their cells. */
    private void send() {
        if (unsent.isEmpty()) {
            return;
        }
        var byOuter = unsent.stream()
                .collect(Collectors.groupingBy(bytes -> outer(bytes.name()), TreeMap::new, Collectors.toList()));
        unsent.clear();
        var classes = new ArrayList<Frame.ClassBytes>();
        byOuter.forEach((outer, members) -> {
            var placed = origins.entrySet().stream()
                    .filter(entry -> shell.status(entry.getKey()).isActive())
                    .map(entry -> new WrappedLines.Placed(analysis.wrapper(entry.getKey()), entry.getValue()))
                    .filter(snippet -> snippet.wrapper().fullClassName().equals(outer))
                    .toList();
            if (placed.isEmpty()) { // replaced again before it was ever used
                members.forEach(member -> classes.add(new Frame.ClassBytes(member.name(), member.bytecodes())));
                return;
            }
            var lines = new WrappedLines(placed);
            var volatiles = origins.keySet().stream()
                    .filter(VarSnippet.class::isInstance)
                    .filter(snippet ->
                            VOLATILE.matcher(withoutComments(snippet)).matches())
                    .map(snippet -> ((VarSnippet) snippet).name())
                    .collect(Collectors.toSet());
            for (var member : members) {
                classes.add(new Frame.ClassBytes(
                        member.name(),
                        ClassLines.rewrite(
                                member.bytecodes(),
                                lines.label(),
                                lines::cellLine,
                                member.name().equals(outer) ? volatiles : Collections.emptySet())));
            }
        });
        var problem = runner.load(classes);
        if (problem != null) {
            throw new IllegalStateException("The compiled code could not be loaded: " + problem);
        }
    }

    private static String outer(String className) {
        var matcher = OUTER_CLASS.matcher(className);
        return matcher.lookingAt() ? matcher.group() : className;
    }

    /** The value of a snippet that evaluates to one is wanted only for an expression; a declaration runs no {@code toString}. */
    private boolean isShown(String className) {
        return show
                && origins.keySet().stream()
                        .anyMatch(snippet -> snippet.kind() == Kind.EXPRESSION
                                        && snippet.subKind() != SubKind.ASSIGNMENT_SUBKIND
                                        && className.equals(
                                                analysis.wrapper(snippet).fullClassName())
                                || snippet.subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND
                                        && className.equals(
                                                analysis.wrapper(snippet).fullClassName()));
    }

    @Override
    public void close() {
        shell.close();
    }

    private final class Provider implements ExecutionControlProvider {
        @Override
        public String name() {
            return "heddle";
        }

        @Override
        public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
            return new Control();
        }
    }

    /** JShell's view of the notebook process. */
    private final class Control implements ExecutionControl {

        @Override
        public void load(ClassBytecodes[] classes) {
            // Kept back until JShell has settled: only then it is known which snippets they hold.
            unsent.addAll(List.of(classes));
        }

        @Override
        public void redefine(ClassBytecodes[] classes) throws NotImplementedException {
            throw new NotImplementedException("JShell makes a new class instead");
        }

        @Override
        public String invoke(String className, String methodName) throws RunException {
            send();
            answer = runner.invoke(className, methodName, isShown(className));
            return switch (answer) {
                case Frame.Returned _ -> "";
                case Frame.Threw(var failure) ->
                    throw new UserException(failure.message(), failure.type(), new StackTraceElement[0]);
                case Frame.Unresolved(var id) -> throw new ResolutionException(id, new StackTraceElement[0]);
                default -> throw new IllegalStateException("unexpected answer " + answer);
            };
        }

        @Override
        public String varValue(String className, String varName) throws RunException {
            return switch (runner.variable(className, varName)) {
                case Frame.Returned(var bundle) ->
                    bundle == null ? "" : bundle.data().getOrDefault("text/plain", "");
                case Frame.Threw(var failure) ->
                    throw new UserException(failure.message(), failure.type(), new StackTraceElement[0]);
                case Frame.Report other -> throw new IllegalStateException("unexpected answer " + other);
            };
        }

        @Override
        public void addToClasspath(String path) {
            runner.addToClassPath(List.of(path));
        }

        @Override
        public void stop() {}

        @Override
        public Object extensionCommand(String command, Object arg) throws NotImplementedException {
            throw new NotImplementedException(command);
        }

        @Override
        public void close() {}
    }
}
