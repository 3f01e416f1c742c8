package heddle.kernel;

import com.sun.source.tree.Tree;
import java.lang.classfile.ClassFile;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import jdk.jshell.Diag;
import jdk.jshell.ImportSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.Status;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;

/** The parts of JShell that {@link FastShell} works with, under the names that they have there. */
final class InsideShell {

    /** JShell is not what it is taken for. */
    static final class Different extends RuntimeException {
        Different(Throwable cause) {
            super("JShell is made differently: " + cause, cause);
        }
    }

    private static final String PACKAGE = "jdk.jshell.";

    private final JShell shell;
    private final Object eval;
    private final Object keys;
    private final Object maps;
    private final Object outerMap;
    private final Object tasks;
    private final Object tracker;
    private final Map<String, Object> classFiles;
    private final List<Snippet> byKey;

    private final Class<?> worker = type("TaskFactory$Worker");
    private final Constructor<?> masked = constructor("MaskCommentsAndModifiers", 2, boolean.class);
    private final Method cleared = method("MaskCommentsAndModifiers", "cleared");
    private final Method trimEnd = method("Util", "trimEnd", String.class);
    private final Method parse = method("TaskFactory", "parse", String.class, worker);
    private final Method compile = method("TaskFactory", "compile", Collection.class, worker);
    private final Method units = method("TaskFactory$ParseTask", "units");
    private final Method diagnostics = method("TaskFactory$BaseTask", "getDiagnostics");
    private final Method hasSyntaxErrors = method("DiagList", "hasOtherThanNotStatementErrors");
    private final Constructor<?> noDiagnostics = constructor("DiagList", 0, null);
    private final Method snippetOrNull = method("Diag", "snippetOrNull");
    private final Method doCompile = method("TaskFactory$CompileTask", "compile");
    private final Method classList = method("TaskFactory$CompileTask", "classList", type("OuterWrap"));
    private final Method sourceToSnippets = method("Eval", "sourceToSnippets", String.class);
    private final Field values = field("Eval", "varNumber");
    private final Method keyForStatement = method("KeyMap", "keyForStatement");
    private final Method keyForVariable = method("KeyMap", "keyForVariable", String.class);
    private final Field variableKeys = field("KeyMap", "varMap");
    private final Constructor<?> statement = constructor("StatementSnippet", 3, null);
    private final Constructor<?> variable = constructor("VarSnippet", 11, null);
    private final Field fullTypeName = field("VarSnippet", "fullTypeName");
    private final Method methodWrap = method("Wrap", "methodWrap", String.class);
    private final Method valueWrap =
            method("Wrap", "tempVarWrap", String.class, String.class, String.class, type("Wrap"));
    private final Method typeOf = method(
            "ExpressionToTypeInfo", "localVariableTypeForInitializer", String.class, JShell.class, boolean.class);
    private final Field declaredType = field("ExpressionToTypeInfo$ExpressionInfo", "declareTypeName");
    private final Field fullType = field("ExpressionToTypeInfo$ExpressionInfo", "fullTypeName");
    private final Field shownType = field("ExpressionToTypeInfo$ExpressionInfo", "displayTypeName");
    private final Field anonymous = field("ExpressionToTypeInfo$ExpressionInfo", "anonymousClasses");
    private final Method key = method("Snippet", "key");
    private final Method index = method("Key", "index");
    private final Method guts = method("Snippet", "guts");
    private final Field status = field("Snippet", "status");
    private final Method sequenceNumber = method("Snippet", "sequenceNumber");
    private final Method setSequenceNumber = method("Snippet", "setSequenceNumber", int.class);
    private final Method setOuterWrap = method("Snippet", "setOuterWrap", type("OuterWrap"));
    private final Method setCompilationStatus =
            method("Snippet", "setCompilationStatus", Status.class, List.class, type("DiagList"));
    private final Method setOverwritten = method("Snippet", "setOverwritten");
    private final Method getSnippet = method("SnippetMaps", "getSnippet", type("Key"));
    private final Method mapDependencies = method("SnippetMaps", "mapDependencies", Snippet.class);
    private final Method installSnippet = method("SnippetMaps", "installSnippet", Snippet.class);
    private final Method wrapInClass =
            method("OuterWrapMap", "wrapInClass", Set.class, Collection.class, List.class, List.class);
    private final Method expunge = method("Util", "expunge", String.class);
    private final Method setQualifiedParameterTypes =
            method("MethodSnippet", "setQualifiedParameterTypes", String.class);
    private final Method wrapImport = method("OuterWrapMap", "wrapImport", type("Wrap"), Snippet.class);
    private final Method classInfo = method("ClassTracker", "get", String.class);
    private final Method markLoaded = method("ClassTracker", "markLoaded", ClassBytecodes[].class);
    private final Method isLoaded = method("ClassTracker$ClassInfo", "isLoaded");
    private final Method isCurrent = method("ClassTracker$ClassInfo", "isCurrent");
    private final Method toClassBytecodes = method("ClassTracker$ClassInfo", "toClassBytecodes");

    /** @throws ReflectiveOperationException when something is not there, or closed to us */
    InsideShell(JShell shell) throws ReflectiveOperationException {
        this.shell = shell;
        eval = field("JShell", "eval").get(shell);
        keys = field("JShell", "keyMap").get(shell);
        maps = field("JShell", "maps").get(shell);
        outerMap = field("JShell", "outerMap").get(shell);
        tasks = field("JShell", "taskFactory").get(shell);
        tracker = field("JShell", "classTracker").get(shell);
        byKey = list(field("SnippetMaps", "keyIndexToSnippet").get(maps));
        classFiles = map(field("MemoryFileManager", "classObjects")
                .get(field("TaskFactory", "fileManager").get(tasks)));
    }

    // ---- snippets

    /** Comments are blanks, and what ends the text is cut off. */
    String withoutComments(String source) {
        return (String) call(trimEnd, null, call(cleared, make(masked, source, false)));
    }

    /** The first statement or declaration; null when it is not Java. */
    Tree parse(String code) {
        return work(parse, code, task -> {
            var trees = (List<?>) call(units, task);
            return trees.isEmpty() || (boolean) call(hasSyntaxErrors, call(diagnostics, task))
                    ? null
                    : (Tree) trees.getFirst();
        });
    }

    List<Snippet> snippets(String source) {
        return list(call(sourceToSnippets, eval, source));
    }

    /** A statement, without JShell's look at whether it is right. */
    Snippet statement(String source, String code) {
        return (Snippet)
                make(statement, call(keyForStatement, keys), source, call(methodWrap, null, withoutModifiers(code)));
    }

    /** An expression whose value is kept in a variable of its own; null when it has none, or JShell has to do more. */
    Snippet value(String source, String code) {
        var plain = withoutModifiers(code);
        var type = call(typeOf, null, plain, shell, true);
        if (type == null || get(declaredType, type) == null || !((List<?>) get(anonymous, type)).isEmpty()) {
            return null;
        }
        int number = (int) get(values, eval);
        String name;
        do {
            name = "$" + ++number;
        } while (variableKeys().containsKey(name));
        set(values, eval, number);
        return (Snippet) make(
                variable,
                call(keyForVariable, keys, name),
                source,
                call(valueWrap, null, plain, get(declaredType, type), name, null),
                name,
                name,
                SubKind.TEMP_VAR_EXPRESSION_SUBKIND,
                get(shownType, type),
                get(fullType, type),
                Set.of(),
                null,
                null);
    }

    private String withoutModifiers(String code) {
        return (String) call(cleared, make(masked, code, true));
    }

    /** The name of this value, the latest one, is free again. */
    void forgetValue(VarSnippet value) {
        variableKeys().remove(value.name());
        set(values, eval, Integer.parseInt(value.name().substring(1)) - 1);
    }

    private Map<String, Object> variableKeys() {
        return map(get(variableKeys, keys));
    }

    /** Whether the compiler has to be told of a type that cannot be written. */
    boolean hasInferredType(Snippet snippet) {
        return snippet instanceof VarSnippet && get(fullTypeName, snippet) != null;
    }

    /** The active snippet that has the same key, or null. */
    Snippet known(Snippet snippet) {
        return (Snippet) call(getSnippet, maps, call(key, snippet));
    }

    int version(Snippet snippet) {
        return (int) call(sequenceNumber, snippet);
    }

    /** For what is compiled now it is as if this snippet had been evaluated. */
    void install(Snippet snippet, Snippet replaced) {
        if (replaced != null) {
            call(setOverwritten, replaced);
        }
        setValid(snippet);
        int at = (int) call(index, call(key, snippet));
        while (byKey.size() <= at) {
            byKey.add(null);
        }
        byKey.set(at, snippet);
    }

    void remove(Snippet snippet, Snippet replaced, Status before) {
        byKey.set((int) call(index, call(key, snippet)), replaced);
        if (replaced != null) {
            set(status, replaced, before);
        }
    }

    void declare(Snippet snippet, Snippet replaced, List<ClassBytecodes> loaded) {
        if (replaced != null) {
            call(setOverwritten, replaced);
        }
        call(markLoaded, tracker, (Object) loaded.toArray(ClassBytecodes[]::new));
        call(mapDependencies, maps, snippet);
        setValid(snippet);
        call(installSnippet, maps, snippet);
    }

    private void setValid(Snippet snippet) {
        call(setCompilationStatus, snippet, Status.VALID, List.of(), make(noDiagnostics));
    }

    // ---- compiling

    /** The snippet in its class, which is told apart from others of its name by a version. */
    Object wrap(Snippet snippet, int version) {
        call(setSequenceNumber, snippet, version);
        var wrap = call(
                wrapInClass,
                outerMap,
                Set.of(call(key, snippet)),
                List.of(),
                List.of(snippet),
                List.of(call(guts, snippet)));
        call(setOuterWrap, snippet, wrap);
        return wrap;
    }

    void wrapImport(ImportSnippet snippet) {
        call(setOuterWrap, snippet, call(wrapImport, outerMap, call(guts, snippet), snippet));
    }

    /**
     * What became of some wraps.
     *
     * @param isRight whether all were compiled
     * @param wrong the snippets that were not, as far as that is known
     * @param classNames of each wrap
     */
    record Result(boolean isRight, Set<Snippet> wrong, Map<Object, List<String>> classNames) {}

    Result compile(List<Object> wraps) {
        return work(compile, wraps, task -> {
            boolean isRight = (boolean) call(doCompile, task);
            var wrong = new HashSet<Snippet>();
            if (!isRight) {
                for (Diag diag : InsideShell.<Diag>list(call(diagnostics, task))) {
                    if (diag.isError()) {
                        wrong.add((Snippet) call(snippetOrNull, diag));
                    }
                }
            }
            var names = new HashMap<Object, List<String>>();
            wraps.forEach(wrap -> names.put(wrap, list(call(classList, task, wrap))));
            return new Result(isRight, wrong, names);
        });
    }

    /** JShell tells overloads apart by their erased parameter types, as the class file has them. */
    void findParameterTypes(MethodSnippet method, String className) {
        var file = (ClassBytecodes) call(toClassBytecodes, call(classInfo, tracker, className));
        ClassFile.of().parse(file.bytecodes()).methods().stream()
                .filter(member -> member.methodName().equalsString(method.name()))
                .map(member -> (String) call(expunge, null, member.methodType().stringValue()))
                .forEach(
                        type -> call(setQualifiedParameterTypes, method, type.substring(0, type.lastIndexOf(')') + 1)));
    }

    /** What the compiler sees, by name. */
    Map<String, Object> classFiles() {
        return classFiles;
    }

    /** Whether another class of such a name was loaded. */
    boolean isOutdated(Collection<String> classNames) {
        return infos(classNames).anyMatch(info -> (boolean) call(isLoaded, info) && !(boolean) call(isCurrent, info));
    }

    List<ClassBytecodes> notLoaded(Collection<String> classNames) {
        return infos(classNames)
                .filter(info -> !(boolean) call(isLoaded, info))
                .map(info -> (ClassBytecodes) call(toClassBytecodes, info))
                .toList();
    }

    private Stream<Object> infos(Collection<String> classNames) {
        return classNames.stream().map(name -> call(classInfo, tracker, name));
    }

    // ---- reflection

    private <R> R work(Method method, Object subject, Function<Object, R> work) {
        var proxy = Proxy.newProxyInstance(
                worker.getClassLoader(), new Class<?>[] {worker}, (_, _, arguments) -> work.apply(arguments[0]));
        @SuppressWarnings("unchecked") // it gives what the work gave
        var result = (R) call(method, tasks, subject, proxy);
        return result;
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }

    private static <M extends AccessibleObject> M open(M member) {
        member.setAccessible(true);
        return member;
    }

    private static Method method(String type, String name, Class<?>... parameters) throws ReflectiveOperationException {
        return open(type(type).getDeclaredMethod(name, parameters));
    }

    private static Field field(String type, String name) throws ReflectiveOperationException {
        return open(type(type).getDeclaredField(name));
    }

    private static Constructor<?> constructor(String type, int parameters, Class<?> last)
            throws ReflectiveOperationException {
        return open(Arrays.stream(type(type).getDeclaredConstructors())
                .filter(one -> one.getParameterCount() == parameters
                        && (last == null || one.getParameterTypes()[parameters - 1] == last))
                .findFirst()
                .orElseThrow(() -> new NoSuchMethodException(type)));
    }

    private static Object call(Method method, Object target, Object... arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw unchecked(e.getCause());
        } catch (IllegalAccessException | IllegalArgumentException | ClassCastException e) {
            throw new Different(e);
        }
    }

    private static Object make(Constructor<?> constructor, Object... arguments) {
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw unchecked(e.getCause());
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new Different(e);
        }
    }

    /** The compiler's own errors come as they are. */
    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException runtime ? runtime : new IllegalStateException(thrown);
    }

    private static Object get(Field field, Object of) {
        try {
            return field.get(of);
        } catch (IllegalAccessException e) {
            throw new Different(e);
        }
    }

    private static void set(Field field, Object of, Object value) {
        try {
            field.set(of, value);
        } catch (IllegalAccessException | IllegalArgumentException e) {
            throw new Different(e);
        }
    }

    @SuppressWarnings("unchecked") // JShell's own declarations say so
    private static <T> List<T> list(Object list) {
        return (List<T>) list;
    }

    @SuppressWarnings("unchecked") // JShell's own declarations say so
    private static Map<String, Object> map(Object map) {
        return (Map<String, Object>) map;
    }
}
