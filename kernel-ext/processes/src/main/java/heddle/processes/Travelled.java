package heddle.processes;

import java.io.IOException;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * A task's lambda after its journey. The JDK would rebuild it by spinning a class, which takes a fresh JVM a millisecond or more;
 * a task runs once, so calling the method behind the lambda is enough.
 */
@SuppressWarnings({"rawtypes", "unchecked"}) // a lambda's type arguments are gone by the time it travels
final class Travelled implements Task, TaskOf, TaskOf2, TaskOf3 {
    private static final long serialVersionUID = 1;

    // no record: to read one back, the JDK spins method handles
    private final Class<?> owner;
    private final int kind;
    private final String implementor;
    private final String method;
    private final String descriptor;
    private final Object[] captured;

    private Travelled(SerializedLambda lambda, Class<?> owner) {
        this.owner = owner;
        kind = lambda.getImplMethodKind();
        implementor = lambda.getImplClass().replace('/', '.');
        method = lambda.getImplMethodName();
        descriptor = lambda.getImplMethodSignature();
        captured = Functions.captured(lambda);
    }

    private Travelled(Class<?> owner, Codec.Elements in, ClassLoader loader)
            throws IOException, ClassNotFoundException {
        this.owner = owner;
        kind = in.int32();
        implementor = in.string();
        method = in.string();
        descriptor = in.string();
        captured = new Object[in.count(1)];
        for (var i = 0; i < captured.length; i++) {
            captured[i] = in.int32() == 0 ? in.next() : read(in, loader);
        }
    }

    /** In place of the lambda, or null where it is not one of ours. */
    static Travelled of(SerializedLambda lambda, Class<?> owner) {
        var ours = switch (lambda.getFunctionalInterfaceClass()) {
            case "heddle/processes/Task",
                    "heddle/processes/TaskOf",
                    "heddle/processes/TaskOf2",
                    "heddle/processes/TaskOf3" -> true;
            default -> false;
        };
        return ours ? new Travelled(lambda, owner) : null;
    }

    // ---- without Java serialization, whose first use takes a fresh JVM longer than its own start

    /** Whether all that was captured could be written; else there is waste in the bytes. */
    static boolean write(Bytes out, Object task, Parcel.Finder finder) throws IOException {
        var lambda = Functions.lambda(task);
        var owner = lambda == null ? null : finder.capturing(lambda);
        var travelled = lambda == null ? null : of(lambda, owner);
        if (travelled == null) {
            return false;
        }
        finder.found(lambda, owner);
        Codec.element(out, owner.getName());
        out.put32(travelled.kind);
        Codec.element(out, travelled.implementor);
        Codec.element(out, travelled.method);
        Codec.element(out, travelled.descriptor);
        out.put32(travelled.captured.length);
        for (var value : travelled.captured) {
            var at = out.length;
            out.put32(0);
            if (!Codec.element(out, value)) {
                out.set32(at, 1);
                if (!write(out, value, finder)) {
                    return false;
                }
            }
        }
        return true;
    }

    static Travelled read(Codec.Elements in, ClassLoader loader) throws IOException, ClassNotFoundException {
        return new Travelled(Class.forName(in.string(), false, loader), in, loader);
    }

    @Override
    public void run() throws Exception {
        call();
    }

    @Override
    public void run(Object argument) throws Exception {
        call(argument);
    }

    @Override
    public void run(Object first, Object second) throws Exception {
        call(first, second);
    }

    @Override
    public void run(Object first, Object second, Object third) throws Exception {
        call(first, second, third);
    }

    private void call(Object... rest) throws Exception {
        var all = new Object[captured.length + rest.length];
        System.arraycopy(captured, 0, all, 0, captured.length);
        System.arraycopy(rest, 0, all, captured.length, rest.length);
        var loader = owner.getClassLoader();
        var type = Class.forName(implementor, true, loader);
        var parameters =
                MethodType.fromMethodDescriptorString(descriptor, loader).parameterArray();
        try {
            if (kind == MethodHandleInfo.REF_newInvokeSpecial) {
                var constructor = type.getDeclaredConstructor(parameters);
                open(constructor);
                constructor.newInstance(all);
                return;
            }
            var target = find(type, parameters);
            open(target);
            if (Modifier.isStatic(target.getModifiers())) {
                target.invoke(null, all);
            } else {
                var arguments = new Object[all.length - 1];
                System.arraycopy(all, 1, arguments, 0, arguments.length);
                target.invoke(all[0], arguments);
            }
        } catch (InvocationTargetException e) {
            switch (e.getCause()) {
                case Exception exception -> throw exception;
                case Error error -> throw error;
                default -> throw e;
            }
        }
    }

    /** What javac made is private; what a method reference names may be public in a closed module and then needs no opening. */
    private static void open(Executable target) {
        target.trySetAccessible();
    }

    private Method find(Class<?> type, Class<?>[] parameters) throws NoSuchMethodException {
        for (var in = type; in != null; in = in.getSuperclass()) {
            try {
                return in.getDeclaredMethod(method, parameters);
            } catch (NoSuchMethodException e) {
                // inherited, then
            }
        }
        return type.getMethod(method, parameters);
    }
}
