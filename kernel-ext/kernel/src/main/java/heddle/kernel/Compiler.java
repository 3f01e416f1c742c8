package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.io.File;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
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

        /** @return null, or why these loaded classes could not be changed in place */
        String redefine(List<Frame.ClassBytes> classes);

        /**
         * @param classes what is to be loaded before
         * @return {@link Frame.Returned}, {@link Frame.Threw} or {@link Frame.Unresolved}
         * @throws LoadException when the classes were not loaded
         */
        Frame.Report invoke(List<Frame.ClassBytes> classes, String className, String methodName, boolean show);

        Frame.Report variable(String className, String fieldName);

        void addToClassPath(List<String> paths);
    }

    /** The other process refuses compiled code: a fault of ours. */
    static final class LoadException extends IllegalStateException {
        LoadException(String problem) {
            super("The compiled code could not be loaded: " + problem);
        }
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
     * @param code javac's key of the message ("compiler.err.expected"); empty when it is not javac's
     * @param message the compiler's first line
     * @param details its other lines ("symbol: class Y")
     */
    record Problem(int position, int end, String code, String message, List<String> details) {}

    /** So many of the latest values can still be used by name ($7). */
    static final int VALUES_KEPT = 10;

    private static final Pattern OUTER_CLASS = Pattern.compile("REPL\\.\\$JShell\\$\\w+");
    private static final String MODIFIERS = "(?:(?:public|protected|private|static|final|transient)\\s+|@\\w+\\s+)*";
    private static final Pattern VOLATILE = Pattern.compile("\\s*" + MODIFIERS + "volatile\\b.*", Pattern.DOTALL);
    private static final Pattern ACCESS_MODIFIER = Pattern.compile("\\b(public|protected|private)\\s+$");
    /** What the compiler says of the value of a {@code var} whose class was declared again. */
    private static final Pattern SAME_NAME = Pattern.compile("incompatible types: (.+) cannot be converted to \\1");

    /** What is wrong here is an expression from its first letter on, not at the operator or dot where javac points. */
    private static final Set<String> WHOLE = Set.of(
            "compiler.err.doesnt.exist",
            "compiler.err.prob.found.req",
            "compiler.err.unreported.exception.need.to.catch.or.throw");

    private static final Pattern COMMENT = Pattern.compile("//.*|/\\*(?s:.*?)\\*/");

    private final Runner runner;

    private final JShell shell;
    private StandardJavaFileManager files;
    private String classPath;
    private final SourceCodeAnalysis analysis;
    private final LeanShell lean;
    private final Sources sources = Sources.ofThisJdk();
    private final FastShell fast;
    private final Deque<FastShell.Compiled> ahead = new ArrayDeque<>();

    /** Declared already; loaded with what runs next. */
    private final List<Frame.ClassBytes> late = new ArrayList<>();

    private final Map<Snippet, WrappedLines.Origin> origins = new IdentityHashMap<>();
    private final List<Snippet> waiting = new ArrayList<>();
    private final Finals finals = new Finals();
    private final Deque<Snippet> values = new ArrayDeque<>();
    private final List<ExecutionControl.ClassBytecodes> unsent = new ArrayList<>();
    private final List<ExecutionControl.ClassBytecodes> redefined = new ArrayList<>();
    private final Map<String, byte[]> typeClasses = new HashMap<>();
    private final Map<String, String> contents = new HashMap<>();

    /** The class that each declared type is now; a name that is declared again may get another. */
    private final Map<String, String> types = new HashMap<>();

    private WrappedLines.Origin origin = new WrappedLines.Origin(0, 1);
    private boolean show;

    /** How many snippets are being evaluated, each by code of the one before. */
    private int depth;

    private boolean checking;
    private Frame.Report answer;

    /** @param imports import declarations that every cell sees; one that does not compile is an error */
    Compiler(Runner runner, String classPath, List<String> imports) {
        this(runner, classPath, imports, List.of(), true);
    }

    /**
     * @param options for javac, besides the kernel's own
     * @param isLean false to leave JShell as it is: {@link LeanShell}, {@link FastShell}
     */
    Compiler(Runner runner, String classPath, List<String> imports, List<String> options, boolean isLean) {
        this.runner = runner;
        this.classPath = classPath;
        var builder = JShell.builder()
                .executionEngine(new Provider(), Map.of())
                .idGenerator((snippet, index) -> {
                    // JShell hands over each new snippet here, after its class file is made and before it runs: the one
                    // moment to learn which snippet the class file belongs to.
                    origins.put(snippet, origin);
                    return String.valueOf(index);
                })
                .fileManager(standard -> {
                    files = standard;
                    placeClassPath();
                    return standard;
                })
                .compilerOptions(Stream.concat(
                                Stream.of(
                                        "--enable-preview",
                                        "--source",
                                        String.valueOf(Runtime.version().feature())),
                                options.stream())
                        .toArray(String[]::new));
        shell = builder.build();
        analysis = shell.sourceCodeAnalysis();
        lean = isLean ? LeanShell.of(shell) : LeanShell.none();
        LeanShell.withoutSources(shell);
        sources.add(List.of(classPath.split(Pattern.quote(File.pathSeparator))));
        fast = isLean ? FastShell.of(shell, lean) : FastShell.none();
        try {
            if (!fast.declareImports(imports)) {
                for (var line : imports) {
                    if (evaluate(line, origin, false) instanceof Outcome.Refused refused) {
                        throw new IllegalArgumentException("The import \"" + line + "\" is refused: "
                                + refused.problems().getFirst().message());
                    }
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

    LeanShell lean() {
        return lean;
    }

    /** Where the source is of what code may name. */
    Sources sources() {
        return sources;
    }

    /** What was declared, of one name the latest. */
    Stream<Snippet> declared() {
        return shell.snippets().filter(snippet -> shell.status(snippet).isActive());
    }

    FastShell fast() {
        return fast;
    }

    void addToClassPath(List<String> paths) {
        forgetAhead(); // it was compiled without them
        var more = String.join(File.pathSeparator, paths);
        classPath += File.pathSeparator + more;
        shell.addToClasspath(more);
        runner.addToClassPath(paths);
        sources.add(paths);
    }

    /** JShell would begin with the kernel's own class path; as an option for the compiler it could not be added to. */
    private void placeClassPath() {
        files.handleOption("-classpath", List.of(classPath).iterator());
    }

    /**
     * Compiles and runs one snippet. Its code may have the kernel evaluate others: then this is called within itself, while the runner is asked to
     * invoke, when what JShell knows is at rest.
     *
     * @param origin where the text comes from
     * @param show whether the value of an expression is wanted
     */
    Outcome evaluate(String source, WrappedLines.Origin origin, boolean show) {
        var outcome = evaluate(List.of(new FastShell.Piece(source, origin)), show);
        forgetAhead();
        return outcome;
    }

    /**
     * Compiles and runs the first of these snippets.
     *
     * @param pieces those behind the first are likely to be evaluated next: they are compiled with it when that makes no difference but in time
     * @param show whether the value of the first one, an expression, is wanted
     */
    Outcome evaluate(List<FastShell.Piece> pieces, boolean show) {
        var piece = pieces.getFirst();
        var assigned = finals.assigned(piece.source());
        if (!assigned.isEmpty()) {
            return new Outcome.Refused(assigned);
        }
        if (!ahead.isEmpty() && !ahead.getFirst().piece().equals(piece)) {
            forgetAhead();
        }
        if (ahead.isEmpty()) {
            ahead.addAll(fast.compile(pieces));
        }
        return ahead.isEmpty() ? evaluateByShell(piece.source(), piece.origin(), show) : run(ahead.remove(), show);
    }

    /** What was compiled and has not run is not going to. */
    void forgetAhead() {
        fast.forget(List.copyOf(ahead));
        ahead.clear();
        fast.begin();
        loadLate();
    }

    private void loadLate() {
        var classes = List.copyOf(late);
        late.clear();
        load(classes);
    }

    private Outcome run(FastShell.Compiled compiled, boolean show) {
        var snippet = compiled.snippet();
        origin = compiled.piece().origin();
        answer = null;
        fast.declare(compiled);
        var className = analysis.wrapper(snippet).fullClassName();
        try {
            keep(compiled.classes());
            late.addAll(withLines(List.of(snippet), compiled.classes()));
            if (snippet.subKind().isExecutable()) {
                var classes = List.copyOf(late);
                late.clear();
                answer = runner.invoke(classes, className, FastShell.METHOD, show && hasValue(snippet));
            } else if (ahead.isEmpty()) {
                loadLate();
            }
        } finally {
            if (!snippet.kind().isPersistent()) {
                origins.remove(snippet);
                lean.forget(className);
            }
        }
        if (snippet instanceof VarSnippet || snippet instanceof MethodSnippet) {
            lean.isIn(snippet, className);
        } else if (snippet instanceof TypeDeclSnippet type) {
            types.put(type.name(), className);
        }
        if (snippet instanceof VarSnippet variable) {
            finals.declared(variable.name(), withoutComments(variable));
            if (snippet.subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND) {
                values.add(snippet);
                forgetValues(VALUES_KEPT);
            }
        }
        if (compiled.replaced() != null) {
            origins.remove(compiled.replaced());
            lean.isIn(compiled.replaced(), null);
        }
        return outcome(List.of());
    }

    private Outcome evaluateByShell(String source, WrappedLines.Origin origin, boolean show) {
        var outerOrigin = this.origin;
        boolean outerShow = this.show;
        this.origin = origin;
        this.show = show;
        this.answer = null;
        depth++;
        unsent.clear();
        redefined.clear();
        List<SnippetEvent> events;
        try {
            lean.evaluating(source);
            events = shell.eval(source);
            send();
        } finally {
            lean.evaluated();
            depth--;
            if (depth == 0) {
                origins.keySet().removeIf(snippet -> !snippet.kind().isPersistent());
            }
            this.origin = outerOrigin;
            this.show = outerShow;
        }
        for (var event : events) {
            var snippet = event.snippet();
            if (event.causeSnippet() != null) {
                continue;
            }
            if (event.status() == Status.REJECTED) {
                var problems = problems(snippet);
                origins.remove(snippet);
                lean.refused(snippet); // with its diagnostics goes the compiler that they name
                var mended = withPublicConstructor(source, problems);
                return mended == null ? new Outcome.Refused(problems) : evaluateByShell(mended, origin, show);
            }
        }
        forgetOldClasses(events);
        forgetOldValues(events);
        for (var event : events) {
            if (event.causeSnippet() == null && event.snippet() instanceof VarSnippet variable) {
                finals.declared(variable.name(), withoutComments(variable));
            }
        }
        return outcome(notes(events));
    }

    private Outcome outcome(List<String> notes) {
        return switch (answer) {
            case Frame.Returned(var value) -> new Outcome.Done(value, notes);
            case Frame.Threw(var failure) -> new Outcome.Threw(failure);
            case Frame.Unresolved(var id) -> new Outcome.Unready(unready(id));
            case null -> new Outcome.Done(null, notes);
            default -> throw new IllegalStateException("unexpected answer " + answer);
        };
    }

    /** What is wrong with a statement, which is not run: empty when nothing is. */
    List<Problem> check(String statement) {
        checking = true;
        try {
            var snippet = shell.eval(statement).getFirst().snippet();
            if (shell.status(snippet) != Status.REJECTED) {
                return List.of();
            }
            var problems = problems(snippet);
            origins.remove(snippet);
            lean.refused(snippet);
            return problems;
        } finally {
            checking = false;
            origins.keySet().removeIf(snippet -> !snippet.kind().isPersistent());
        }
    }

    private void forgetOldClasses(List<SnippetEvent> events) {
        for (var event : events) {
            var snippet = event.snippet();
            if (!snippet.kind().isPersistent()) {
                lean.forget(analysis.wrapper(snippet).fullClassName());
                contents.remove(analysis.wrapper(snippet).fullClassName());
            } else if (event.status() != Status.OVERWRITTEN
                    && (snippet instanceof VarSnippet || snippet instanceof MethodSnippet)) {
                lean.isIn(snippet, analysis.wrapper(snippet).fullClassName());
            }
        }
        for (var event : events) {
            if (event.status() == Status.OVERWRITTEN) {
                origins.remove(event.snippet());
                lean.isIn(event.snippet(), null);
            }
        }
    }

    /** JShell keeps each expression's value in a variable ($7), and each variable makes every later compilation dearer. */
    private void forgetOldValues(List<SnippetEvent> events) {
        for (var event : events) {
            if (event.snippet().subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND && event.status() == Status.VALID) {
                values.add(event.snippet());
            }
        }
        forgetValues(VALUES_KEPT);
    }

    /** None of the values so far can be used by name any more. */
    void forgetValues() {
        forgetValues(0);
    }

    private void forgetValues(int kept) {
        while (values.size() > kept) {
            var oldest = values.remove();
            origins.remove(oldest);
            if (shell.status(oldest).isActive()) {
                shell.drop(oldest);
            }
            lean.isIn(oldest, null);
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
                            (int) Math.max(
                                    0, WHOLE.contains(diag.getCode()) ? diag.getStartPosition() : diag.getPosition()),
                            (int) Math.max(0, diag.getEndPosition()),
                            diag.getCode(),
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
                ? List.of(new Problem(0, 0, "", "the compiler refuses this code and does not say why", List.of()))
                : problems;
    }

    private List<String> notes(List<SnippetEvent> events) {
        var notes = new ArrayList<String>();
        for (var event : events) {
            var snippet = event.snippet();
            if (event.causeSnippet() == null) {
                if (waits(event.status())) {
                    waiting.add(snippet);
                } else if (snippet instanceof TypeDeclSnippet type) {
                    var now = analysis.wrapper(type).fullClassName();
                    var before = types.put(type.name(), now);
                    if (before != null && !before.equals(now)) {
                        notes.add(say("type.new", named(type)));
                    }
                }
            } else if (snippet instanceof VarSnippet variable
                    && event.isSignatureChange()
                    && event.status() == Status.VALID) {
                boolean newType = event.causeSnippet() instanceof TypeDeclSnippet cause
                        && variable.typeName().contains(cause.name());
                notes.add(say(newType ? "reset.type" : "reset", named(variable), variable.typeName()));
            } else if (waits(event.status()) && event.previousStatus() == Status.VALID) {
                notes.add(say("waits.again", named(snippet), missing(snippet)));
            }
        }
        return notes;
    }

    /** What was created since this was last asked and still waits, in sentences: what it waits for may have come in the same cell. */
    List<String> takeWaiting() {
        var sentences = waiting.stream()
                .filter(snippet -> waits(shell.status(snippet)))
                .map(snippet -> say("waits", named(snippet), missing(snippet)))
                .toList();
        waiting.clear();
        return sentences;
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
                            ? say("missing.class")
                            : say("missing.mended", message))
                    .orElseGet(() -> say("missing.needs"));
        }
        var names = missing.stream()
                .map(name -> {
                    var kind = name.split(" ", 2);
                    return kind.length == 2 ? say("kind." + kind[0], kind[1]) : name;
                })
                .collect(Collectors.joining(Texts.ofThisNotebook().say("and")));
        return say(missing.size() == 1 ? "missing.one" : "missing.more", names);
    }

    /** Why what is called so cannot be used yet, in a sentence; null when nothing of this name waits. */
    String waiting(String name) {
        return shell.snippets()
                .filter(snippet -> waits(shell.status(snippet)))
                .filter(snippet -> snippet instanceof DeclarationSnippet declaration
                        && declaration.name().equals(name))
                .findFirst()
                .map(snippet -> say("waits.before", named(snippet), missing(snippet)))
                .orElse(null);
    }

    private String unready(int id) {
        return shell.snippets()
                .filter(snippet -> snippet.id().equals(String.valueOf(id)))
                .reduce((former, latter) -> latter)
                .map(snippet -> say("waits.before", named(snippet), missing(snippet)))
                .orElseGet(() -> say("waits.unknown"));
    }

    private static String named(Snippet snippet) {
        return switch (snippet) {
            case MethodSnippet method -> say("kind.method", method.name() + "(" + method.parameterTypes() + ")");
            case VarSnippet variable -> say("kind.variable", variable.name());
            case TypeDeclSnippet type ->
                say(
                        switch (type.subKind()) {
                            case INTERFACE_SUBKIND -> "kind.interface";
                            case ENUM_SUBKIND -> "kind.enum";
                            case RECORD_SUBKIND -> "kind.record";
                            case ANNOTATION_TYPE_SUBKIND -> "kind.annotation";
                            default -> "kind.class";
                        },
                        type.name());
            default -> say("kind.code");
        };
    }

    /** A sentence in the notebook's language. */
    private static String say(String key, Object... values) {
        var sentence = Texts.ofThisNotebook().say(key, values);
        return key.startsWith("kind.") || key.startsWith("missing.")
                ? sentence
                : sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }

    private static String withoutComments(Snippet snippet) {
        return COMMENT.matcher(snippet.source()).replaceAll(" ");
    }

    /** What a type's class files were when they were made: the notebook process has them with other lines. */
    private void keep(List<ExecutionControl.ClassBytecodes> classes) {
        for (var one : classes) {
            contents.put(one.name(), content(one));
            var outer = outer(one.name());
            if (!one.name().equals(outer)) {
                // $JShell$12B$A comes after $JShell$12$A
                var number = outer.replaceFirst("[A-Z]+$", "");
                typeClasses
                        .keySet()
                        .removeIf(name -> !outer(name).equals(outer)
                                && outer(name).replaceFirst("[A-Z]+$", "").equals(number));
                typeClasses.put(one.name(), one.bytecodes());
            }
        }
    }

    /** A digest of all but its lines, which move with the number of imports that JShell writes above a snippet. */
    private static String content(ExecutionControl.ClassBytecodes one) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(ClassLines.rewrite(one.bytecodes(), "", _ -> 1, Set.of())));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private boolean takesEffect(ExecutionControl.ClassBytecodes changed) {
        var before = typeClasses.get(changed.name());
        return changed.name().equals(outer(changed.name()))
                || before != null && Redefinition.takesEffect(before, changed.bytecodes());
    }

    /** Sends the class files that JShell has made, with the lines of their cells. */
    private void send() {
        load(withLines(unsent));
        if (!redefined.isEmpty()) {
            keep(redefined);
            runner.redefine(withLines(redefined)); // what differs now is the lines; without them it runs as well
        }
    }

    private void load(List<Frame.ClassBytes> classes) {
        var problem = classes.isEmpty() ? null : runner.load(classes);
        if (problem != null) {
            throw new LoadException(problem);
        }
    }

    /** @param made is empty afterwards */
    private List<Frame.ClassBytes> withLines(List<ExecutionControl.ClassBytecodes> made) {
        var byOuter = made.stream()
                .collect(Collectors.groupingBy(bytes -> outer(bytes.name()), TreeMap::new, Collectors.toList()));
        made.clear();
        var classes = new ArrayList<Frame.ClassBytes>();
        byOuter.forEach((outer, members) -> {
            var inside = origins.keySet().stream()
                    .filter(snippet -> shell.status(snippet).isActive()
                            && analysis.wrapper(snippet).fullClassName().equals(outer))
                    .toList();
            if (inside.isEmpty()) { // replaced again before it was ever used
                members.forEach(member -> classes.add(new Frame.ClassBytes(member.name(), member.bytecodes())));
                return;
            }
            classes.addAll(withLines(inside, members));
        });
        return classes;
    }

    /** @param inside the snippets that these classes hold, all in one outer class */
    private List<Frame.ClassBytes> withLines(List<Snippet> inside, List<ExecutionControl.ClassBytecodes> members) {
        var lines = new WrappedLines(inside.stream()
                .map(snippet -> new WrappedLines.Placed(analysis.wrapper(snippet), origins.get(snippet)))
                .toList());
        var volatiles = inside.stream()
                .filter(VarSnippet.class::isInstance)
                .filter(snippet -> VOLATILE.matcher(withoutComments(snippet)).matches())
                .map(snippet -> ((VarSnippet) snippet).name())
                .collect(Collectors.toSet());
        return members.stream()
                .map(member -> new Frame.ClassBytes(
                        member.name(),
                        ClassLines.rewrite(
                                member.bytecodes(),
                                lines.label(),
                                lines::cellLine,
                                member.name().equals(outer(member.name())) ? volatiles : Set.of())))
                .toList();
    }

    private static String outer(String className) {
        var matcher = OUTER_CLASS.matcher(className);
        return matcher.lookingAt() ? matcher.group() : className;
    }

    /** The value of a snippet that evaluates to one is wanted only for an expression; a declaration runs no {@code toString}. */
    private boolean isShown(String className) {
        return show
                && origins.keySet().stream()
                        .anyMatch(snippet -> hasValue(snippet)
                                && className.equals(analysis.wrapper(snippet).fullClassName()));
    }

    private static boolean hasValue(Snippet snippet) {
        return snippet.kind() == Kind.EXPRESSION && snippet.subKind() != SubKind.ASSIGNMENT_SUBKIND
                || snippet.subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }

    @Override
    public void close() {
        shell.close();
        sources.close();
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
            if (!checking) {
                unsent.addAll(List.of(classes));
                keep(List.of(classes));
            }
        }

        @Override
        public void redefine(ClassBytecodes[] classes) throws NotImplementedException {
            // Methods and variables get a new class each time: lambdas that use them have gone to other processes.
            if (Stream.of(classes).allMatch(one -> content(one).equals(contents.get(one.name())))) {
                return; // for an import with a star, JShell compiles all anew: nothing but lines has moved
            }
            var changed = List.of(classes);
            boolean declaresType = changed.stream().anyMatch(one -> !one.name().equals(outer(one.name())));
            if (checking
                    || !declaresType
                    || !changed.stream().allMatch(Compiler.this::takesEffect)
                    || runner.redefine(changed.stream()
                                    .map(one -> new Frame.ClassBytes(one.name(), one.bytecodes()))
                                    .toList())
                            != null) {
                throw new NotImplementedException("JShell makes a new class instead");
            }
            redefined.addAll(changed);
        }

        @Override
        public String invoke(String className, String methodName) throws RunException {
            if (checking) {
                return "";
            }
            if (!redefined.isEmpty()) {
                send();
            }
            var classes = withLines(unsent);
            lean.evaluated(); // while the code runs, others may ask what the compiler knows
            answer = runner.invoke(classes, className, methodName, isShown(className));
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
            placeClassPath(); // the compiler has been told, its index not yet
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
