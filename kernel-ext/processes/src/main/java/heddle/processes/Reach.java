package heddle.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;

/**
 * Which static variables can a task read, once it runs in a child?
 *
 * <p>Followed are the instructions of shipped classes, those that a child cannot find on its class path. Of an object that travels or that
 * reached code makes, every instance method counts as reached (so overriding needs no thought); of a class that is touched, its initializer;
 * of static methods, those that are called or named by a method handle. What is found by reflection alone is not seen. Final
 * variables are not among the answers: the child's own class initializer sets them.
 */
final class Reach {
    private static final String INITIALIZER = "<clinit>()V";

    /** One thing that a method's code does, by the names that stand in the class file. */
    private sealed interface Use {
        record Call(String owner, String name, String descriptor) implements Use {}

        record Read(String owner, String name) implements Use {}

        record Assign(String owner, String name) implements Use {}

        record Make(String owner) implements Use {}

        record Touch(String owner) implements Use {}
    }

    /** A class file and what its methods (by name and descriptor) do. */
    private record Scan(byte[] classFile, Map<String, List<Use>> methods) {}

    private record Reached(Class<?> in, String method) {}

    private static final Map<Class<?>, Scan> SCANS = Collections.synchronizedMap(new WeakHashMap<>());

    private final Map<String, byte[]> classFiles = new LinkedHashMap<>();
    private final Map<Class<?>, Scan> scans = new HashMap<>();
    private final Set<Class<?>> touched = new HashSet<>();
    private final Set<Class<?>> made = new HashSet<>();
    private final Set<Reached> seen = new HashSet<>();
    private final ArrayDeque<Reached> todo = new ArrayDeque<>();
    private final Set<Field> variables = new LinkedHashSet<>();
    private final Set<Field> assigned = new LinkedHashSet<>();

    /** Whether a child has to be sent this class, because no class path of a JVM leads to it. */
    static boolean isShipped(Class<?> type) {
        var loader = type.getClassLoader();
        if (loader == null || type.isHidden()) {
            return false;
        }
        for (var known = ClassLoader.getSystemClassLoader(); known != null; known = known.getParent()) {
            if (loader == known) {
                return false;
            }
        }
        return !ClassPath.leadsTo(type);
    }

    /** An object of this class travels. */
    void instance(Class<?> type) {
        for (var in = type; in != null && made.add(in); in = in.getSuperclass()) {
            if (isShipped(in)) {
                touch(in);
                var scan = scan(in);
                for (var method : scan.methods().keySet()) {
                    reached(in, method);
                }
            }
            for (var face : in.getInterfaces()) {
                instance(face);
            }
        }
    }

    /** A lambda travels. */
    void lambda(SerializedLambda lambda, Class<?> capturing) {
        call(capturing, lambda.getImplClass(), lambda.getImplMethodName(), lambda.getImplMethodSignature());
    }

    /** The value of a static variable, or of a field of that object. */
    static Object value(Field field, Object in) {
        try {
            field.setAccessible(true);
            return field.get(in);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("cannot read " + field, e);
        }
    }

    /** The non-final static variables within reach of all that was named so far, in the order in which they were found. */
    List<Field> variables() {
        while (!todo.isEmpty()) {
            var next = todo.poll();
            for (var use : scan(next.in()).methods().get(next.method())) {
                switch (use) {
                    case Use.Call(var owner, var name, var descriptor) -> call(next.in(), owner, name, descriptor);
                    case Use.Read(var owner, var name) -> variable(next.in(), owner, name, variables);
                    case Use.Assign(var owner, var name) -> {
                        if (next.method().equals(INITIALIZER)) {
                            ifShipped(next.in(), owner, this::touch); // the child's own will do so too
                        } else {
                            variable(next.in(), owner, name, assigned);
                        }
                    }
                    case Use.Make(var owner) -> ifShipped(next.in(), owner, this::instance);
                    case Use.Touch(var owner) -> ifShipped(next.in(), owner, this::touch);
                }
            }
        }
        return List.copyOf(variables);
    }

    /** The non-final static variables that code within reach assigns, as far as {@link #variables} has looked. */
    List<Field> assigned() {
        return List.copyOf(assigned);
    }

    /** The class files seen on the way, by class name. */
    Map<String, byte[]> classFiles() {
        return classFiles;
    }

    private void call(Class<?> from, String owner, String name, String descriptor) {
        ifShipped(from, owner, type -> {
            touch(type);
            if (name.equals("<init>")) {
                instance(type);
            }
            declaring(type, name + descriptor, new HashSet<>());
        });
    }

    /** Every shipped class or interface from {@code type} upwards that has the method. */
    private void declaring(Class<?> type, String method, Set<Class<?>> visited) {
        if (type == null || !visited.add(type)) {
            return;
        }
        if (isShipped(type) && scan(type).methods().containsKey(method)) {
            reached(type, method);
        }
        declaring(type.getSuperclass(), method, visited);
        for (var face : type.getInterfaces()) {
            declaring(face, method, visited);
        }
    }

    private void variable(Class<?> from, String owner, String name, Set<Field> into) {
        ifShipped(from, owner, type -> {
            touch(type);
            var field = declared(type, name);
            if (field == null || !isShipped(field.getDeclaringClass())) {
                return;
            }
            touch(field.getDeclaringClass());
            if (!Modifier.isFinal(field.getModifiers())) {
                into.add(field);
            }
        });
    }

    private static Field declared(Class<?> type, String name) {
        if (type == null) {
            return null;
        }
        for (var field : type.getDeclaredFields()) {
            if (field.getName().equals(name) && Modifier.isStatic(field.getModifiers())) {
                return field;
            }
        }
        for (var face : type.getInterfaces()) {
            var field = declared(face, name);
            if (field != null) {
                return field;
            }
        }
        return declared(type.getSuperclass(), name);
    }

    private void touch(Class<?> type) {
        if (!isShipped(type) || !touched.add(type)) {
            return;
        }
        var scan = scan(type);
        if (scan.methods().containsKey(INITIALIZER)) {
            reached(type, INITIALIZER);
        }
        // what linking it will load anyway goes along, to save the child the question
        if (type.getSuperclass() != null) {
            touch(type.getSuperclass());
        }
        for (var face : type.getInterfaces()) {
            touch(face);
        }
        if (type.getNestHost() != type && isShipped(type.getNestHost())) {
            scan(type.getNestHost());
        }
    }

    private void reached(Class<?> in, String method) {
        var reached = new Reached(in, method);
        if (seen.add(reached)) {
            todo.add(reached);
        }
    }

    private static void ifShipped(Class<?> from, String owner, Consumer<Class<?>> then) {
        if (owner.startsWith("java/") || owner.startsWith("[")) {
            return;
        }
        Class<?> type;
        try {
            type = Class.forName(owner.replace('/', '.'), false, from.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return; // the child will say so itself, if its code ever comes that far
        }
        if (isShipped(type)) {
            then.accept(type);
        }
    }

    private Scan scan(Class<?> type) {
        return scans.computeIfAbsent(type, _ -> {
            var classFile = classFile(type);
            var scan = SCANS.get(type);
            // a debugger may have redefined the class since
            if (scan == null || !Arrays.equals(scan.classFile(), classFile)) {
                scan = new Scan(classFile, methods(classFile));
                SCANS.put(type, scan);
            }
            classFiles.put(type.getName(), classFile);
            return scan;
        });
    }

    private static byte[] classFile(Class<?> type) {
        var name = type.getName().replace('.', '/') + ".class";
        try (var in = type.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException(type + " cannot travel to a child process, because its class loader "
                        + type.getClassLoader() + " does not give " + name + " as a resource");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the class file of " + type, e);
        }
    }

    private static Map<String, List<Use>> methods(byte[] classFile) {
        var methods = new HashMap<String, List<Use>>();
        for (var method : ClassFile.of().parse(classFile).methods()) {
            methods.put(method.methodName().stringValue() + method.methodType().stringValue(), uses(method));
        }
        return methods;
    }

    private static List<Use> uses(MethodModel method) {
        var uses = new ArrayList<Use>();
        method.code().ifPresent(code -> {
            for (CodeElement element : code) {
                switch (element) {
                    case InvokeInstruction call ->
                        uses.add(new Use.Call(
                                call.owner().asInternalName(),
                                call.name().stringValue(),
                                call.type().stringValue()));
                    case FieldInstruction field
                    when field.opcode() == Opcode.GETSTATIC ->
                        uses.add(new Use.Read(
                                field.owner().asInternalName(), field.name().stringValue()));
                    case FieldInstruction field
                    when field.opcode() == Opcode.PUTSTATIC ->
                        uses.add(new Use.Assign(
                                field.owner().asInternalName(), field.name().stringValue()));
                    case NewObjectInstruction made ->
                        uses.add(new Use.Make(made.className().asInternalName()));
                    case InvokeDynamicInstruction call -> {
                        constant(call.bootstrapMethod(), uses);
                        call.bootstrapArgs().forEach(argument -> constant(argument, uses));
                    }
                    case LoadConstantInstruction load -> constant(load.constantValue(), uses);
                    default -> {}
                }
            }
        });
        return uses;
    }

    private static void constant(ConstantDesc constant, List<Use> uses) {
        switch (constant) {
            case DirectMethodHandleDesc handle -> {
                switch (handle.kind()) {
                    case GETTER, SETTER -> {}
                    case STATIC_GETTER -> uses.add(new Use.Read(internalName(handle.owner()), handle.methodName()));
                    case STATIC_SETTER -> uses.add(new Use.Assign(internalName(handle.owner()), handle.methodName()));
                    default ->
                        uses.add(new Use.Call(
                                internalName(handle.owner()), handle.methodName(), handle.lookupDescriptor()));
                }
            }
            case ClassDesc type when type.isClassOrInterface() -> uses.add(new Use.Touch(internalName(type)));
            case DynamicConstantDesc<?> dynamic -> {
                constant(dynamic.bootstrapMethod(), uses);
                dynamic.bootstrapArgsList().forEach(argument -> constant(argument, uses));
            }
            default -> {}
        }
    }

    private static String internalName(ClassDesc type) {
        var descriptor = type.descriptorString();
        return descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
    }
}
