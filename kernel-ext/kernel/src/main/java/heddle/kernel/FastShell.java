package heddle.kernel;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.ImportSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Kind;
import jdk.jshell.Snippet.Status;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;

/**
 * Compiles snippets as JShell would, but neighbours at once, and each only once.
 *
 * <p>JShell asks the compiler two to four times about one snippet: what type it has, whether it is right, and then for its class file. Nearly
 * all snippets are right, and the class file alone says so. Here each is wrapped exactly as if those before it had been evaluated, all are
 * compiled in one go, and each becomes known to JShell when it runs. So JShell knows afterwards what it would know anyway, the class files are
 * the same, and a snippet that is not reached was never there. Whatever is unusual (an error, a declaration on which others depend, a kind of
 * snippet that is not looked after here) is left to JShell, and nothing has happened. It works inside JShell as {@link LeanShell} does, and
 * does nothing where that is closed or made differently.
 */
final class FastShell {

    /** In which a snippet's class has its code. */
    static final String METHOD = "do_it$";

    /** Each costs a run of the compiler; a cell with more of them goes JShell's way. */
    private static final int MAX_FAILURES = 2;

    /** Versions of one name that are tried: a class that is there already has one, and cannot be loaded anew. */
    private static final int MAX_VERSIONS = 4;

    private static final Pattern NAME = Pattern.compile("[\\p{javaJavaIdentifierStart}][\\p{javaJavaIdentifierPart}]*");

    private static final Set<String> PLAIN_WORDS = Set.of(
            "boolean", "byte", "char", "double", "false", "final", "float", "int", "long", "private", "public", "short",
            "static", "true");

    private static final Pattern VAR = Pattern.compile("\\bvar\\b");

    /** What needs no parser to be told from all else: a variable of a type that everybody knows. */
    private static final Pattern DECLARATION = Pattern.compile(
            "\\s*(?:final\\s+)?(?:boolean|byte|char|double|float|int|long|short|String)(?:\\s*\\[\\s*])*\\s+" + NAME
                    + "\\s*[=;]");

    /** A snippet's text and where it comes from. */
    record Piece(String source, WrappedLines.Origin origin) {}

    /** A compiled snippet of which JShell does not know yet. */
    static final class Compiled {
        private final Piece piece;
        private final Snippet snippet;
        private final Snippet replaced;
        private final Status replacedStatus;
        /** Its class files' names, and what the compiler saw there before. */
        private final Map<String, Object> files = new HashMap<>();

        private LeanShell.Needs needs;
        private int version;
        private Object wrap;
        private List<ClassBytecodes> classes = List.of();

        private Compiled(Piece piece, Snippet snippet, Snippet replaced, Status replacedStatus, int version) {
            this.piece = piece;
            this.snippet = snippet;
            this.replaced = replaced;
            this.replacedStatus = replacedStatus;
            this.version = version;
        }

        Piece piece() {
            return piece;
        }

        Snippet snippet() {
            return snippet;
        }

        /** The declaration whose place it takes; null when there is none. */
        Snippet replaced() {
            return replaced;
        }

        /** What is to be loaded: none of its classes that are there already. */
        List<ClassBytecodes> classes() {
            return classes;
        }
    }

    private final JShell shell;
    private final LeanShell lean;
    private final InsideShell inside;
    private int failures;

    private FastShell(JShell shell, LeanShell lean, InsideShell inside) {
        this.shell = shell;
        this.lean = lean;
        this.inside = inside;
    }

    static FastShell none() {
        return new FastShell(null, null, null);
    }

    /** @return what does nothing when JShell is closed to us */
    static FastShell of(JShell shell, LeanShell lean) {
        try {
            return new FastShell(shell, lean, new InsideShell(shell));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return none();
        }
    }

    boolean works() {
        return inside != null;
    }

    /** From here on another cell is compiled. */
    void begin() {
        failures = 0;
    }

    /**
     * Makes these import declarations known, and has the compiler look at all of them at once.
     *
     * @return whether that was done; else nothing has happened, and one is wrong perhaps
     */
    boolean declareImports(List<String> imports) {
        if (!works()) {
            return false;
        }
        var declared = new ArrayList<Snippet>();
        try {
            for (var line : imports) {
                if (!(only(inside.snippets(line)) instanceof ImportSnippet one)) {
                    break;
                }
                inside.wrapImport(one);
                inside.declare(one, null, List.of());
                declared.add(one);
            }
            var nothing = inside.wrap(inside.statement("{}", "{}"), 0);
            if (declared.size() == imports.size()
                    && inside.compile(List.of(nothing)).isRight()) {
                return true;
            }
        } catch (RuntimeException e) {
            // Then JShell's own way tells.
        }
        declared.forEach(shell::drop);
        return false;
    }

    /**
     * Compiles the first of these pieces, and as many more as can be compiled before it has run.
     *
     * @return empty when the first is to be evaluated by JShell
     */
    List<Compiled> compile(List<Piece> pieces) {
        if (!works() || failures >= MAX_FAILURES) {
            return List.of();
        }
        var batch = new ArrayList<Compiled>();
        try {
            collect(pieces, batch);
            while (!batch.isEmpty()) {
                int wrong = firstWrong(batch);
                if (wrong < 0) {
                    return batch;
                }
                failures++;
                forget(batch.subList(wrong, batch.size()));
                batch.subList(wrong, batch.size()).clear();
            }
        } catch (RuntimeException e) { // JShell's own way tells, should it be more than a difference between versions
            failures = MAX_FAILURES;
            forget(batch);
        } finally {
            lean.evaluated();
        }
        return List.of();
    }

    // ---- which, and in what form

    private void collect(List<Piece> pieces, List<Compiled> batch) {
        var declared = new HashSet<String>();
        var variables = new HashSet<String>();
        for (var piece : pieces) {
            lean.evaluatingAlone(piece.source(), LeanShell.Needs.TYPES);
            var snippet = snippet(piece.source(), declared);
            if (snippet == null) {
                return;
            }
            if (!isFree(snippet)
                    || !declared.add(snippet instanceof DeclarationSnippet one ? one.name() : "#" + batch.size())) {
                forgetValue(snippet);
                return;
            }
            var replaced = inside.known(snippet);
            batch.add(
                    replaced == null
                            ? new Compiled(piece, snippet, null, null, 0)
                            : new Compiled(piece, snippet, replaced, shell.status(replaced), inside.version(replaced)));
            if (snippet instanceof VarSnippet variable) {
                variables.add(variable.name());
            }
            batch.getLast().needs = needs(snippet, variables);
            if (inside.hasInferredType(snippet)) {
                return; // the compiler is told of it by JShell, which does not know it yet
            }
        }
    }

    private LeanShell.Needs needs(Snippet snippet, Set<String> variables) {
        boolean isInferred = snippet.kind() == Kind.EXPRESSION
                || snippet instanceof VarSnippet
                        && (inside.hasInferredType(snippet)
                                || VAR.matcher(snippet.source()).find());
        if (isInferred) {
            return LeanShell.Needs.TYPES; // one that the text does not name
        }
        boolean isPlain = snippet instanceof VarSnippet
                && NAME.matcher(snippet.source())
                        .results()
                        .map(MatchResult::group)
                        .allMatch(name -> PLAIN_WORDS.contains(name) || variables.contains(name));
        return isPlain ? LeanShell.Needs.VARIABLES : LeanShell.Needs.NAMES;
    }

    /** Nothing has to be compiled anew because of it, and it hides nothing. */
    private boolean isFree(Snippet snippet) {
        boolean isAlone = switch (snippet) {
            case MethodSnippet method ->
                shell.methods()
                        .noneMatch(other -> other.name().equals(method.name())
                                && !other.parameterTypes().equals(method.parameterTypes()));
            case TypeDeclSnippet type -> inside.known(type) == null;
            default -> true;
        };
        return isAlone
                && shell.sourceCodeAnalysis().dependents(snippet).stream()
                        .noneMatch(
                                other -> other != snippet && shell.status(other).isActive());
    }

    /**
     * @param declared by pieces that have not run: what is made for such a name has to be asked for its type first
     * @return null for what is left to JShell
     */
    private Snippet snippet(String source, Set<String> declared) {
        var code = inside.withoutComments(source);
        if (code.stripLeading().startsWith("{")) {
            return inside.statement(source, code);
        }
        if (DECLARATION.matcher(code).lookingAt()) {
            return only(inside.snippets(source));
        }
        var tree = inside.parse(code);
        return switch (tree) {
            case null -> null;
            case VariableTree variable ->
                variable.getType() != null || !mentions(code, declared) ? only(inside.snippets(source)) : null;
            case ExpressionStatementTree expression ->
                mentions(code, declared) ? null : value(source, code, expression);
            case MethodTree method -> method.getBody() == null ? null : only(inside.snippets(source));
            case ClassTree _ -> only(inside.snippets(source));
            default ->
                switch (tree.getKind()) {
                    case IF,
                            FOR_LOOP,
                            ENHANCED_FOR_LOOP,
                            WHILE_LOOP,
                            DO_WHILE_LOOP,
                            SWITCH,
                            TRY,
                            SYNCHRONIZED,
                            ASSERT -> inside.statement(source, code);
                    default -> null;
                };
        };
    }

    private Snippet value(String source, String code, ExpressionStatementTree statement) {
        var expression = statement.getExpression();
        boolean isNamed = expression instanceof IdentifierTree
                || expression instanceof AssignmentTree assignment
                        && assignment.getVariable() instanceof IdentifierTree;
        // A call with a semicolon mostly is of a method that gives nothing, which JShell finds out first.
        boolean mayBeVoid = expression instanceof MethodInvocationTree
                && source.stripTrailing().endsWith(";");
        var value = isNamed || mayBeVoid ? null : inside.value(source, code);
        return value != null ? value : only(inside.snippets(source));
    }

    private static Snippet only(List<Snippet> snippets) {
        return snippets.size() == 1 && snippets.getFirst().kind() != Kind.ERRONEOUS ? snippets.getFirst() : null;
    }

    private static boolean mentions(String code, Set<String> names) {
        return !names.isEmpty()
                && (code.contains("\\u")
                        || NAME.matcher(code).results().map(MatchResult::group).anyMatch(names::contains));
    }

    // ---- compiling

    /** @return the index of the first one that is not right; negative when all are compiled */
    private int firstWrong(List<Compiled> batch) {
        for (int tries = 0; tries < MAX_VERSIONS; tries++) {
            int wrong = compileOnce(batch);
            if (wrong >= 0) {
                return wrong;
            }
            var outdated = batch.stream()
                    .filter(one -> inside.isOutdated(one.files.keySet()))
                    .toList();
            if (outdated.isEmpty()) {
                batch.forEach(one -> one.classes = inside.notLoaded(one.files.keySet()));
                return -1;
            }
            for (var one : outdated) {
                if (one.files.size() > 1) {
                    return batch.indexOf(one); // what is inside may be changed in place, for its objects
                }
            }
            for (var one : outdated) { // as JShell does where a class cannot be changed in place
                putBack(one);
                one.version++;
            }
        }
        return 0;
    }

    private int compileOnce(List<Compiled> batch) {
        int installed = 0;
        try {
            for (var one : batch) {
                inside.install(one.snippet, one.replaced);
                installed++;
                lean.evaluatingAlone(one.piece.source(), one.needs);
                one.wrap = inside.wrap(one.snippet, one.version);
            }
            var files = new HashMap<>(inside.classFiles());
            var compiled = inside.compile(batch.stream().map(one -> one.wrap).toList());
            for (var one : batch) {
                for (var name : compiled.classNames().get(one.wrap)) {
                    if (!one.files.containsKey(name)) { // else the first attempt knows
                        one.files.put(name, files.get(name));
                    }
                }
            }
            if (!compiled.isRight()) {
                return indexOfFirst(compiled.wrong(), batch);
            }
            findParameterTypes(batch);
            return -1;
        } finally {
            lean.evaluated();
            for (var one : batch.subList(0, installed).reversed()) {
                inside.remove(one.snippet, one.replaced, one.replacedStatus);
            }
        }
    }

    private void findParameterTypes(List<Compiled> batch) {
        for (var one : batch) {
            if (one.snippet instanceof MethodSnippet method) {
                inside.findParameterTypes(
                        method, shell.sourceCodeAnalysis().wrapper(method).fullClassName());
            }
        }
    }

    private static int indexOfFirst(Set<Snippet> wrong, List<Compiled> batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (wrong.contains(batch.get(i).snippet)) {
                return i;
            }
        }
        return 0;
    }

    /** Makes it known to JShell, now that it is to run. */
    void declare(Compiled one) {
        inside.declare(one.snippet, one.replaced, one.classes);
    }

    /** These are not going to run. */
    void forget(List<Compiled> batch) {
        for (var one : batch.reversed()) {
            putBack(one);
            forgetValue(one.snippet);
        }
    }

    private void forgetValue(Snippet snippet) {
        if (snippet.subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND) {
            inside.forgetValue((VarSnippet) snippet);
        }
    }

    private void putBack(Compiled one) {
        one.files.forEach((name, file) -> {
            if (file == null) {
                inside.classFiles().remove(name);
            } else {
                inside.classFiles().put(name, file);
            }
        });
        one.files.clear();
    }
}
