package heddle.kernel;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;

/**
 * Keeps what a snippet costs from growing with all that was evaluated before it.
 *
 * <p>JShell writes an import of every variable and method of the session over each piece of code that it compiles, and has the compiler look
 * at every class that the session ever made: a thousand variables make a cell four times as slow. Here a snippet is given the variables and
 * methods that it, or what depends on it, can mention, and the compiler no longer sees the classes of what has run or was replaced. Both are
 * inside JShell, where nobody else may look: it needs {@code --add-opens jdk.jshell/jdk.jshell=ALL-UNNAMED} (and the same for
 * {@code jdk.compiler/com.sun.tools.javac.api}, to forget compilers), and without that, or with a JShell that is made differently, all goes on as JShell itself would do it.
 */
final class LeanShell {

    private static final Pattern NAME = Pattern.compile("[\\p{javaJavaIdentifierStart}][\\p{javaJavaIdentifierPart}]*");

    /** Imports and types may change what any name means; an escape may hide one. */
    private static final Pattern FAR_REACHING = Pattern.compile("\\\\u|\\b(?:import|class|interface|enum|record)\\b");

    /** What code can mean by its names, and by those that it does not say. */
    enum Needs {
        /** Also types that are only inferred. */
        TYPES,
        NAMES,
        /** No names but those of variables. */
        VARIABLES
    }

    /** The snippets by their number, as JShell keeps them; who walks through them finds those that matter now. */
    private static final class Snippets extends ArrayList<Snippet> {
        private transient Set<String> wanted;
        private transient Needs needs = Needs.TYPES;

        Snippets(Collection<Snippet> snippets) {
            super(snippets);
        }

        @Override
        public Iterator<Snippet> iterator() {
            return wanted == null
                    ? super.iterator()
                    : stream().filter(this::matters).iterator();
        }

        private boolean matters(Snippet snippet) {
            return switch (snippet) {
                case VarSnippet variable -> wanted.contains(variable.name());
                case MethodSnippet method -> wanted.contains(method.name());
                case TypeDeclSnippet type -> needs == Needs.TYPES || wanted.contains(type.name());
                case null, default -> needs != Needs.VARIABLES;
            };
        }
    }

    private final SourceCodeAnalysis analysis;
    private final Snippets snippets;
    private final NavigableMap<String, ?> classes;
    private final Map<?, ?> contexts;

    /** The bytes of all classes, for changes in place. */
    private final Map<?, ?> tracked;

    private final Map<Snippet, Set<String>> names = new WeakHashMap<>();
    private final Map<Snippet, String> wrappers = new HashMap<>();

    /** What JShell collects in the background; also its monitor. */
    private final Map<?, ?> classIndexes;

    private int evaluations;

    private LeanShell(
            SourceCodeAnalysis analysis,
            Snippets snippets,
            NavigableMap<String, ?> classes,
            Map<?, ?> contexts,
            Map<?, ?> tracked,
            Map<?, ?> classIndexes) {
        this.analysis = analysis;
        this.classIndexes = classIndexes;
        this.snippets = snippets;
        this.classes = classes;
        this.contexts = contexts;
        this.tracked = tracked;
    }

    static LeanShell none() {
        return new LeanShell(null, null, Collections.emptyNavigableMap(), new HashMap<>(), new HashMap<>(), Map.of());
    }

    /** @return what does nothing when JShell is closed to us */
    static LeanShell of(JShell shell) {
        try {
            var maps = field(shell, "maps").get(shell);
            var list = field(maps, "keyIndexToSnippet");
            var factory = field(shell, "taskFactory").get(shell);
            var files = field(factory, "fileManager").get(factory);
            @SuppressWarnings("unchecked") // only keys are looked at
            var classes = (NavigableMap<String, ?>) field(files, "classObjects").get(files);
            var snippets = new Snippets(
                    ((List<?>) list.get(maps)).stream().map(Snippet.class::cast).toList());
            list.set(maps, snippets);
            var analysis = shell.sourceCodeAnalysis();
            var indexes = (Map<?, ?>) field(analysis, "currentIndexes").get(analysis);
            var tracker = field(shell, "classTracker").get(shell);
            var tracked = (Map<?, ?>) field(tracker, "map").get(tracker);
            return new LeanShell(analysis, snippets, classes, contexts(factory), tracked, indexes);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return none();
        }
    }

    /** JShell looks up source code anew for each question, through the whole compiler; {@link Docs} is quicker. */
    static void withoutSources(JShell shell) {
        try {
            var analysis = shell.sourceCodeAnalysis();
            field(analysis, "availableSources").set(analysis, List.of());
        } catch (ReflectiveOperationException | RuntimeException e) {
            // then its answers are slower, and the same
        }
    }

    /** The full names of classes that begin so, as far as JShell has looked through modules and class path. */
    Stream<String> classNames(String prefix) {
        var names = new ArrayList<String>();
        synchronized (classIndexes) {
            for (var index : classIndexes.values()) {
                try {
                    ((Map<?, ?>) field(index, "classSimpleName2FQN").get(index)).forEach((simple, all) -> {
                        if (((String) simple).startsWith(prefix)) {
                            ((Collection<?>) all).forEach(name -> names.add((String) name));
                        }
                    });
                } catch (ReflectiveOperationException | RuntimeException e) {
                    return Stream.empty();
                }
            }
        }
        return names.stream().distinct();
    }

    private static Map<?, ?> contexts(Object factory) {
        try {
            var pool = field(factory, "javacTaskPool").get(factory);
            return (Map<?, ?>) field(pool, "options2Contexts").get(pool);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return new HashMap<>();
        }
    }

    private static Field field(Object object, String name) throws ReflectiveOperationException {
        var field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    boolean works() {
        return snippets != null;
    }

    /** The classes that the compiler looks at for each snippet. */
    int classes() {
        return classes.size();
    }

    /** From here to {@link #evaluated} JShell works for this text alone. */
    void evaluating(String source) {
        if (works()) {
            evaluations++;
            snippets.wanted = FAR_REACHING.matcher(source).find() ? null : wanted(source);
        }
    }

    /** As {@link #evaluating} for what nothing else depends on. */
    void evaluatingAlone(String source, Needs needs) {
        if (works()) {
            evaluations++;
            snippets.wanted = source.contains("\\u") ? null : names(source);
            snippets.needs = needs;
        }
    }

    private Set<String> wanted(String source) {
        var wanted = new HashSet<>(names(source));
        var changing = declarable(source);
        if (changing.isEmpty()) {
            return wanted;
        }
        var others = snippets.stream()
                .filter(other -> other != null && other.kind().isPersistent())
                .collect(Collectors.toCollection(LinkedList::new));
        // What mentions a name that changes is compiled again, and what once did; it may change in turn.
        var dependents = new HashSet<Snippet>();
        others.stream()
                .filter(other ->
                        other instanceof DeclarationSnippet declaration && changing.contains(declaration.name()))
                .forEach(other -> dependents.addAll(analysis.dependents(other)));
        for (boolean more = true; more; ) {
            more = false;
            for (var all = others.iterator(); all.hasNext(); ) {
                var other = all.next();
                var mentioned = names.computeIfAbsent(other, snippet -> names(snippet.source()));
                if (dependents.contains(other) || !Collections.disjoint(mentioned, changing)) {
                    all.remove();
                    wanted.addAll(mentioned);
                    if (other instanceof DeclarationSnippet declaration && changing.add(declaration.name())) {
                        dependents.addAll(analysis.dependents(other));
                        more = true;
                    }
                }
            }
        }
        return wanted;
    }

    /** The names before which something stands that can end a type, or a comment. Too many rather than too few. */
    private static Set<String> declarable(String source) {
        var declarable = new HashSet<String>();
        int end = 0;
        for (var name = NAME.matcher(source); name.find(); end = name.end()) {
            var before = source.substring(end, name.start()).strip();
            if (before.isEmpty()
                    ? end > 0
                    : before.contains("//") || ">],/".indexOf(before.charAt(before.length() - 1)) >= 0) {
                declarable.add(name.group());
            }
        }
        return declarable;
    }

    private static Set<String> names(String source) {
        return NAME.matcher(source).results().map(MatchResult::group).collect(Collectors.toSet());
    }

    /** From here on JShell knows all again. */
    void evaluated() {
        if (works()) {
            snippets.wanted = null;
            snippets.needs = Needs.TYPES;
        }
    }

    /**
     * The class in which a snippet is now; the one before it is forgotten.
     *
     * @param wrapper null when the snippet is gone
     */
    void isIn(Snippet snippet, String wrapper) {
        if (works()) {
            var before = wrapper == null ? wrappers.remove(snippet) : wrappers.put(snippet, wrapper);
            // Overloads share a class, and what is changed in place stays in the class of what it replaces.
            if (before != null && !wrappers.containsValue(before)) {
                forget(before);
            }
        }
    }

    /** The compiler need not look at this class any more. One that has classes inside is kept: values may be of their types. */
    void forget(String wrapper) {
        if (works()) {
            var inside = classes.ceilingKey(wrapper + "$");
            if (inside == null || !inside.startsWith(wrapper + "$")) {
                classes.remove(wrapper);
                tracked.remove(wrapper);
            }
        }
    }

    /**
     * The compilers that JShell uses again and again remember something of all that they ever compiled, syntax trees included: with these goes what
     * they remember. The next evaluation makes a new one.
     *
     * @param most how many evaluations it may have been since the last time; after fewer nothing is done
     * @return whether it was done
     */
    boolean forgetCompilers(int most) {
        boolean due = evaluations > most && !contexts.isEmpty();
        if (due) {
            contexts.clear();
            snippets.stream().filter(Objects::nonNull).forEach(LeanShell::forgetDiagnostics);
            evaluations = 0;
        }
        return due;
    }

    /** JShell keeps what it has refused; what was said of it has been taken down. */
    void refused(Snippet snippet) {
        if (works()) {
            forgetDiagnostics(snippet);
        }
    }

    /** What was said of a snippet names the compiler that said it. Of one that waits it is still asked for. */
    private static void forgetDiagnostics(Snippet snippet) {
        try {
            var status = (Snippet.Status) inSnippet("status").get(snippet);
            if (status != Snippet.Status.RECOVERABLE_DEFINED && status != Snippet.Status.RECOVERABLE_NOT_DEFINED) {
                for (var name : List.of("diagnostics", "syntheticDiags")) {
                    var diagnostics = (Collection<?>) inSnippet(name).get(snippet);
                    if (diagnostics != null) {
                        diagnostics.clear();
                    }
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Then they stay.
        }
    }

    private static Field inSnippet(String name) throws ReflectiveOperationException {
        var field = Snippet.class.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
