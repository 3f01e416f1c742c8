package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a child is sent: who it is, the classes it needs, and one object graph of the {@link ChildProcess} with its task and the
 * values of the static variables that the task can reach. One graph, so that what is one object here is one object there.
 *
 * @param identity who the child is
 * @param settings the system properties of this library
 * @param classFiles by class name
 * @param variables the variables whose values are in the graph
 * @param plain whether the graph is but a {@link Travelled} task, without variables
 */
record Parcel(
        Self.Identity identity,
        Map<String, String> settings,
        Map<String, byte[]> classFiles,
        List<Variable> variables,
        boolean plain,
        byte[] graph) {

    record Variable(String owner, String name) {}

    private record Contents(
            boolean plain, byte[] bytes, List<Field> variables, Map<String, byte[]> classFiles, Finder finder) {}

    /**
     * A parcel and where what it forgot can be found.
     *
     * @param bytes the parcel
     * @param loaders the class loaders that its classes come from
     * @param types names of classes on the class path that the task needs
     * @param isSimple whether Java serialization is not needed
     */
    record Packed(byte[] bytes, List<ClassLoader> loaders, List<String> types, boolean isSimple) {
        /** The class file of that name, or null where no loader has it. */
        byte[] classFile(String name) {
            var resource = name.replace('.', '/') + ".class";
            for (var loader : loaders) {
                var found = Loaders.classFile(loader, resource);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
    }

    /**
     * Packs a child that is about to be started.
     *
     * @throws IllegalArgumentException if something that it needs cannot travel; says what
     */
    static Packed of(ChildProcess child, Self.Identity identity) {
        Contents graph;
        Destination.set(identity.number());
        try {
            graph = plain(child);
            if (graph == null) {
                graph = graph(child);
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw Refusal.CHILD.because(culprit(child), e);
        } finally {
            Destination.set(0);
        }
        var variables = new ArrayList<Variable>();
        for (var field : graph.variables()) {
            variables.add(new Variable(field.getDeclaringClass().getName(), field.getName()));
        }
        graph.finder().loaders.forEach(Loaders::remember);
        var parcel = new Parcel(identity, Settings.all(), graph.classFiles(), variables, graph.plain(), graph.bytes());
        return new Packed(
                parcel.toBytes(),
                List.copyOf(graph.finder().loaders),
                List.copyOf(graph.finder().types),
                graph.plain());
    }

    /** What a lambda can be that captured only numbers, Strings, records of those and such lambdas, and reaches no variable; or null. */
    private static Contents plain(ChildProcess child) throws IOException {
        if (child.getClass() != ChildProcess.class) {
            return null;
        }
        var finder = new Finder(child.origin());
        var bytes = new Bytes(256);
        if (!Travelled.write(bytes, child.task(), finder)) {
            return null;
        }
        if (bytes.shipped != null) {
            for (var type : bytes.shipped) {
                finder.type(type);
            }
        }
        return finder.reach.variables().isEmpty()
                ? new Contents(
                        true, Arrays.copyOf(bytes.array, bytes.length), List.of(), finder.reach.classFiles(), finder)
                : null;
    }

    /** Writes until no value brings in a class or lambda that reaches yet another variable. */
    private static Contents graph(ChildProcess child) throws IOException {
        var reach = new Reach();
        var variables = List.<Field>of();
        while (true) {
            var bytes = new ByteArrayOutputStream(1024);
            var out = new Writer(bytes, child, reach);
            try (out) {
                out.writeObject(child);
                for (var variable : variables) {
                    out.writeObject(Reach.value(variable, null));
                }
            }
            var reached = reach.variables();
            if (reached.size() == variables.size()) {
                return new Contents(false, bytes.toByteArray(), variables, reach.classFiles(), out.finder);
            }
            variables = reached;
        }
    }

    // ---- refusing by name, which may take its time

    private static String culprit(ChildProcess child) {
        var theTask = "the task of " + child.name();
        if (child.task() != null && !travels(child, child.task())) {
            var part = Refusal.culprit(child.task(), value -> travels(child, value));
            return part == null ? theTask : "an argument (" + Graph.name(part.value()) + ") of " + theTask;
        }
        for (var part : Refusal.fields(child, ChildProcess.class)) {
            if (!travels(child, part.value())) {
                return "the field " + part.field().getName() + " (" + Graph.name(part.value()) + ") of " + child.name();
            }
        }
        var reach = new Reach();
        travels(child, child, reach);
        var variables = reach.variables();
        for (var i = 0; i < variables.size(); i++) {
            var variable = variables.get(i);
            if (!travels(child, Reach.value(variable, null), reach)) {
                return "the variable " + variable.getName() + " ("
                        + variable.getType().getTypeName() + "), which " + theTask + " uses,";
            }
            variables = reach.variables(); // those of the value too
        }
        return theTask;
    }

    private static boolean travels(ChildProcess child, Object value) {
        return travels(child, value, new Reach());
    }

    private static boolean travels(ChildProcess child, Object value, Reach reach) {
        try (var out = new Writer(OutputStream.nullOutputStream(), child, reach)) {
            out.writeObject(value);
            return true;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            return false;
        }
    }

    // ---- bytes

    byte[] toBytes() {
        var bytes = new ByteArrayOutputStream(graph.length + 512);
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(identity.name());
            out.writeUTF(identity.numbers());
            out.writeBoolean(identity.daemon());
            out.writeInt(identity.handedOn().size());
            for (var option : identity.handedOn()) {
                out.writeUTF(option);
            }
            out.writeInt(identity.number());
            out.writeUTF(identity.tree());
            out.writeInt(settings.size());
            for (var setting : settings.entrySet()) {
                out.writeUTF(setting.getKey());
                out.writeUTF(setting.getValue());
            }
            out.writeInt(classFiles.size());
            for (var entry : classFiles.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeInt(entry.getValue().length);
                out.write(entry.getValue());
            }
            out.writeInt(variables.size());
            for (var variable : variables) {
                out.writeUTF(variable.owner());
                out.writeUTF(variable.name());
            }
            out.writeBoolean(plain);
            out.writeInt(graph.length);
            out.write(graph);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Parcel fromBytes(byte[] bytes) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(bytes));
        var name = in.readUTF();
        var numbers = in.readUTF();
        var daemon = in.readBoolean();
        var handedOn = new ArrayList<String>();
        for (var i = in.readInt(); i > 0; i--) {
            handedOn.add(in.readUTF());
        }
        var number = in.readInt();
        var tree = in.readUTF();
        var settings = new TreeMap<String, String>();
        for (var i = in.readInt(); i > 0; i--) {
            settings.put(in.readUTF(), in.readUTF());
        }
        var classFiles = new LinkedHashMap<String, byte[]>();
        for (var i = in.readInt(); i > 0; i--) {
            classFiles.put(in.readUTF(), in.readNBytes(in.readInt()));
        }
        var variables = new ArrayList<Variable>();
        for (var i = in.readInt(); i > 0; i--) {
            variables.add(new Variable(in.readUTF(), in.readUTF()));
        }
        var plain = in.readBoolean();
        var graph = in.readNBytes(in.readInt());
        var identity = new Self.Identity(name, numbers, daemon, handedOn, number, tree);
        return new Parcel(identity, settings, classFiles, variables, plain, graph);
    }

    /**
     * In the child: rebuilds the graph and sets the variables.
     *
     * @param parent asks the parent for a class file; null if it has none
     */
    ChildProcess unpack(ShippedClasses.Source parent) throws IOException, ClassNotFoundException {
        var loader = new ShippedClasses(classFiles, parent);
        Thread.currentThread().setContextClassLoader(loader);
        Loaders.shipped(loader);
        if (plain) {
            return ChildProcess.here(identity, Travelled.read(new Codec.Elements(graph, 0), loader));
        }
        try (var in = new Reader(new ByteArrayInputStream(graph), loader)) {
            var child = (ChildProcess) in.readObject();
            for (var variable : variables) {
                var field = Class.forName(variable.owner(), true, loader).getDeclaredField(variable.name());
                field.setAccessible(true);
                field.set(null, in.readObject());
            }
            return child;
        } catch (NoSuchFieldException | IllegalAccessException e) {
            throw new IllegalStateException("a variable that came with the task is not in its class", e);
        }
    }

    /** Tells {@link Reach} of the lambdas that travel. */
    static final class Finder {
        private static final int MOST_TYPES = 32;

        private final Reach reach;
        private final Set<ClassLoader> loaders = new LinkedHashSet<>();
        /** Names of classes on the class path, those of the task first. */
        private final Set<String> types = new LinkedHashSet<>();

        Finder(ClassLoader origin) {
            this(origin, new Reach());
        }

        private Finder(ClassLoader origin, Reach reach) {
            this.reach = reach;
            loaders.add(origin);
        }

        Class<?> capturing(SerializedLambda lambda) throws IOException {
            var name = lambda.getCapturingClass().replace('/', '.');
            for (var loader : loaders) {
                try {
                    return Class.forName(name, false, loader);
                } catch (ClassNotFoundException e) {
                    // the next one, then
                }
            }
            throw new IOException("the class " + name + " of a lambda is not to be found");
        }

        void found(SerializedLambda lambda, Class<?> capturing) {
            reach.lambda(lambda, capturing);
            type(capturing);
        }

        /** An object of this class travels, or the class itself. */
        void type(Class<?> type) {
            if (Reach.isShipped(type)) {
                loaders.add(type.getClassLoader());
                reach.instance(type);
            } else if (types.size() < MOST_TYPES && type.getClassLoader() == ClassLoader.getSystemClassLoader()) {
                types.add(type.getName());
            }
        }
    }

    /** Tells {@link Reach} what travels, and lets the task travel with this child only. */
    static final class Writer extends ObjectOutputStream {
        private final ChildProcess child;
        private final Finder finder;

        Writer(OutputStream out, ChildProcess child, Reach reach) throws IOException {
            super(out);
            this.child = child;
            finder = new Finder(child.origin(), reach);
            enableReplaceObject(true);
        }

        boolean isFor(ChildProcess process) {
            return child == process;
        }

        @Override
        protected void annotateClass(Class<?> type) {
            finder.type(type);
        }

        @Override
        protected Object replaceObject(Object object) throws IOException {
            if (!(object instanceof SerializedLambda lambda)) {
                return PathName.orSame(object);
            }
            Copies.look(Functions.captured(lambda));
            var capturing = finder.capturing(lambda);
            finder.reach.lambda(lambda, capturing);
            var travelled = Travelled.of(lambda, capturing);
            return travelled == null ? lambda : travelled;
        }
    }

    private static final class Reader extends ObjectInputStream {
        private final ClassLoader loader;

        Reader(ByteArrayInputStream in, ClassLoader loader) throws IOException {
            super(in);
            this.loader = loader;
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass described) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(described.getName(), false, loader);
            } catch (ClassNotFoundException e) {
                return super.resolveClass(described); // primitive types
            }
        }

        @Override
        protected Class<?> resolveProxyClass(String[] interfaces) throws ClassNotFoundException {
            var types = new Class<?>[interfaces.length];
            for (var i = 0; i < types.length; i++) {
                types[i] = Class.forName(interfaces[i], false, loader);
            }
            return Proxy.newProxyInstance(loader, types, (_, _, _) -> null).getClass();
        }
    }
}
