package heddle.processes;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * How functions travel to a process that is there already: with what they captured, and with the values of the static variables of shipped classes (a notebook's)
 * that they can reach, as they are at {@link #pack}. Classes are fetched when they are needed.
 *
 * <p>A value that a worker was told before is not told again: until this process changes a variable, what the worker's own code made of it stays.
 *
 * <pre>
 *   | tag | capturing class, or null for a function that is no lambda | description of the lambda: length (4), bytes |
 *   | number of variables (4) | owner, name, fingerprint of the value (8) ... |
 *   without variables: | captured values, as Codec has an array |
 *   with variables:    | Java serialization of the captured values and the variables' values, as one graph |
 * </pre>
 *
 * The description is the same bytes each time, so that the worker finds by it what it made of it before.
 */
final class Functions {
    private static final byte[] NO_DESCRIPTION = new byte[0];

    private Functions() {}

    /** The static variables that something can reach. */
    private record Variables(List<Field> read, List<Field> assigned) {
        static final Variables NONE = new Variables(List.of(), List.of());

        static Variables of(Reach reach) {
            var read = reach.variables();
            return read.isEmpty() && reach.assigned().isEmpty() ? NONE : new Variables(read, reach.assigned());
        }

        boolean none() {
            return read.isEmpty() && assigned.isEmpty();
        }
    }

    // ---- what is known of classes

    /** Of the class of a function. */
    private static final class Shape {
        /** Null where it is no lambda. */
        final Method writeReplace;

        // of a lambda, all the same for each of its objects
        volatile byte[] head;
        Variables variables;
        /** Of a lambda that captures and reaches nothing. */
        Encoded always;

        Shape(Method writeReplace) {
            this.writeReplace = writeReplace;
        }
    }

    private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
            if (type.isHidden() || type.isSynthetic()) {
                try {
                    var method = type.getDeclaredMethod("writeReplace");
                    return new Shape(method.trySetAccessible() ? method : null);
                } catch (NoSuchMethodException e) {
                    // no lambda that can travel, then
                }
            }
            return new Shape(null);
        }
    };

    /** What objects of a shipped class can reach. */
    private static final ClassValue<Variables> OF_INSTANCES = new ClassValue<>() {
        @Override
        protected Variables computeValue(Class<?> type) {
            var reach = new Reach();
            reach.instance(type);
            return Variables.of(reach);
        }
    };

    /** By capturing class and implementation. */
    private static final ClassValue<Map<String, Variables>> OF_LAMBDAS = new ClassValue<>() {
        @Override
        protected Map<String, Variables> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    private static Variables variables(SerializedLambda lambda, Class<?> capturing) {
        return OF_LAMBDAS
                .get(capturing)
                .computeIfAbsent(
                        lambda.getImplClass() + "." + lambda.getImplMethodName() + lambda.getImplMethodSignature(),
                        _ -> {
                            var reach = new Reach();
                            reach.lambda(lambda, capturing);
                            return Variables.of(reach);
                        });
    }

    // ---- there

    /**
     * A copy of the function for another process. All code of the user's that this needs has run when it returns.
     *
     * @throws IllegalArgumentException if something that it needs cannot travel; says what
     */
    static Encoded pack(Serializable function) {
        var shape = SHAPES.get(function.getClass());
        if (shape.always != null) {
            return shape.always;
        }
        Loaders.remember(function.getClass());
        var lambda = shape.writeReplace == null ? null : described(shape, function);
        if (lambda == null) {
            return packed(NO_DESCRIPTION, new Object[] {function}, Variables.NONE, function);
        }
        var captured = captured(lambda);
        if (shape.variables.none()) {
            var out = new Bytes(shape.head.length + 64);
            out.write(shape.head, 0, shape.head.length);
            out.put32(0);
            if (Codec.plain(out, Codec.OBJECT_ARRAY, captured) && reachesNothing(out.shipped)) {
                var encoded = Encoded.bytes(out.array, out.length);
                if (captured.length == 0) {
                    shape.always = encoded;
                }
                return encoded;
            }
        }
        return packed(shape.head, captured, shape.variables, function);
    }

    private static boolean reachesNothing(List<Class<?>> types) {
        if (types != null) {
            for (var type : types) {
                if (!OF_INSTANCES.get(type).none()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** What a lambda says of itself, or null of anything else, and where that is out of reach. */
    static SerializedLambda lambda(Object function) {
        var shape = SHAPES.get(function.getClass());
        try {
            return shape.writeReplace != null && shape.writeReplace.invoke(function) instanceof SerializedLambda lambda
                    ? lambda
                    : null;
        } catch (InvocationTargetException | IllegalAccessException e) {
            return null;
        }
    }

    static Object[] captured(SerializedLambda lambda) {
        var captured = new Object[lambda.getCapturedArgCount()];
        for (var i = 0; i < captured.length; i++) {
            captured[i] = lambda.getCapturedArg(i);
        }
        return captured;
    }

    /** The lambda's own description, or null where it has another idea of what is to travel. */
    private static SerializedLambda described(Shape shape, Serializable function) {
        try {
            if (!(shape.writeReplace.invoke(function) instanceof SerializedLambda lambda)) {
                return null;
            }
            if (shape.head == null) {
                var name = lambda.getCapturingClass().replace('/', '.');
                var capturing = Class.forName(name, false, function.getClass().getClassLoader());
                shape.variables = variables(lambda, capturing);
                shape.head = head(name, lambda);
            }
            return lambda;
        } catch (InvocationTargetException | IllegalAccessException | ClassNotFoundException e) {
            throw Refusal.FUNCTION.because("the function (" + Graph.name(function) + ")", e);
        }
    }

    private static byte[] head(String capturing, SerializedLambda lambda) {
        var description = new Bytes(256);
        Codec.element(description, lambda.getFunctionalInterfaceClass());
        Codec.element(description, lambda.getFunctionalInterfaceMethodName());
        Codec.element(description, lambda.getFunctionalInterfaceMethodSignature());
        description.put32(lambda.getImplMethodKind());
        Codec.element(description, lambda.getImplClass());
        Codec.element(description, lambda.getImplMethodName());
        Codec.element(description, lambda.getImplMethodSignature());
        Codec.element(description, lambda.getInstantiatedMethodType());
        var head = new Bytes(description.length + 64);
        head.write(Codec.FUNCTION);
        Codec.element(head, capturing);
        head.put32(description.length);
        head.write(description.array, 0, description.length);
        return Arrays.copyOf(head.array, head.length);
    }

    /** The long way: writes until no value brings in a class or lambda that reaches yet another variable. */
    private static Encoded packed(byte[] head, Object[] captured, Variables known, Serializable function) {
        Copies.look(captured);
        var wanted = new Wanted();
        wanted.add(known);
        while (true) {
            var out = new Bytes(512);
            if (head.length == 0) {
                out.write(Codec.FUNCTION);
                out.write(Codec.NULL);
                out.put32(0);
            } else {
                out.write(head, 0, head.length);
            }
            var values = wanted.write(out);
            try {
                Writer writer;
                if (values.length == 0) {
                    out.write(Codec.GRAPH);
                    writer = new Writer(out);
                    writer.writeObject(captured);
                } else {
                    writer = new Writer(out);
                    writer.writeObject(captured);
                    writer.writeObject(values);
                }
                writer.close();
                if (!wanted.add(writer.variables())) {
                    return Encoded.bytes(out.array, out.length);
                }
            } catch (IOException | RuntimeException | StackOverflowError e) {
                throw Refusal.FUNCTION.because(culprit(function), e);
            }
        }
    }

    /** The variables whose values go along. */
    private static final class Wanted {
        private final Set<Field> read = new LinkedHashSet<>();
        private final Set<Field> all = new LinkedHashSet<>();
        private final Set<Field> untold = new LinkedHashSet<>();

        /** Whether one of them is new. */
        boolean add(Variables found) {
            read.addAll(found.read());
            var more = all.addAll(found.read());
            for (var field : found.assigned()) {
                more |= !untold.contains(field) && all.add(field);
            }
            return more;
        }

        /** Writes names and fingerprints; the values are for the graph. */
        Object[] write(Bytes out) {
            var names = new Bytes(64);
            var values = new ArrayList<>();
            for (var field : List.copyOf(all)) {
                var value = Reach.value(field, null);
                long fingerprint;
                try {
                    fingerprint = fingerprint(value);
                } catch (IllegalArgumentException e) {
                    if (read.contains(field)) {
                        var what = "the variable " + field.getName() + " ("
                                + field.getType().getTypeName() + "), which the function uses,";
                        throw Refusal.FUNCTION.because(what, e.getCause());
                    }
                    all.remove(field); // what it held is nothing to a function that only assigns it
                    untold.add(field);
                    continue;
                }
                Codec.element(names, field.getDeclaringClass().getName());
                Codec.element(names, field.getName());
                names.put64(fingerprint);
                values.add(value);
            }
            out.put32(values.size());
            out.write(names.array, 0, names.length);
            return values.toArray();
        }
    }

    private static long fingerprint(Object value) {
        var bytes = Codec.encode(value).toBytes();
        var checksum = new CRC32C();
        checksum.update(bytes);
        return checksum.getValue() << 32 | Arrays.hashCode(bytes) & 0xFFFFFFFFL;
    }

    /** Finds out what the objects that are written can reach. */
    private static final class Writer extends Graph.Writer {
        private final Map<String, Class<?>> types = new HashMap<>();
        private final List<SerializedLambda> lambdas = new ArrayList<>();

        Writer(OutputStream out) throws IOException {
            super(out);
        }

        @Override
        protected void annotateClass(Class<?> type) {
            super.annotateClass(type);
            if (Reach.isShipped(type)) {
                types.put(type.getName(), type);
            }
        }

        @Override
        protected Object replaceObject(Object object) {
            if (object instanceof SerializedLambda lambda) {
                lambdas.add(lambda);
            }
            return super.replaceObject(object);
        }

        Variables variables() {
            var found = new Wanted();
            for (var type : types.values()) {
                found.add(OF_INSTANCES.get(type));
            }
            for (var lambda : lambdas) {
                // it was written with its lambda, if it is a shipped one
                var capturing = types.get(lambda.getCapturingClass().replace('/', '.'));
                if (capturing != null) {
                    found.add(Functions.variables(lambda, capturing));
                }
            }
            return new Variables(List.copyOf(found.read), List.copyOf(found.all));
        }
    }

    private static String culprit(Serializable function) {
        var part = Refusal.culprit(function, Functions::isValue);
        if (part != null && part.field() == null) {
            return "what the function captured (" + Graph.name(part.value()) + ")";
        }
        var of = part == null
                ? ""
                : "the field " + part.field().getName() + " ("
                        + part.field().getType().getTypeName() + ") of ";
        return of + "the function (" + Graph.name(function) + ")";
    }

    private static boolean isValue(Object object) {
        try {
            Codec.encode(object);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    // ---- here

    /** What a description was made into, by capturing class. */
    private static final ClassValue<Map<Description, Rebuilder>> REBUILDERS = new ClassValue<>() {
        @Override
        protected Map<Description, Rebuilder> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    /** The fingerprint of the value that each variable was last set to from afar. */
    private static final ClassValue<Map<String, Long>> TOLD = new ClassValue<>() {
        @Override
        protected Map<String, Long> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    private static final class Description {
        private final byte[] bytes;
        private final int hash;

        Description(byte[] bytes) {
            this.bytes = bytes;
            hash = Arrays.hashCode(bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Description that && Arrays.equals(bytes, that.bytes);
        }
    }

    /** Makes the lambda anew, as a real one: it will run at full speed however often it is called. */
    private static final class Rebuilder {
        private final Class<?> capturing;
        private final Method deserializeLambda;
        private final String face;
        private final String faceMethod;
        private final String faceType;
        private final int kind;
        private final String owner;
        private final String method;
        private final String type;
        private final String instantiated;

        Rebuilder(Class<?> capturing, byte[] description) throws IOException, ClassNotFoundException {
            this.capturing = capturing;
            var in = new Codec.Elements(description, 0);
            face = in.string();
            faceMethod = in.string();
            faceType = in.string();
            kind = in.int32();
            owner = in.string();
            method = in.string();
            type = in.string();
            instantiated = in.string();
            try {
                deserializeLambda = capturing.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
                deserializeLambda.setAccessible(true);
            } catch (NoSuchMethodException e) {
                throw (IOException) new InvalidObjectException(capturing + " has no lambdas that travel").initCause(e);
            }
        }

        Object rebuild(Object[] captured) throws IOException {
            var lambda = new SerializedLambda(
                    capturing, face, faceMethod, faceType, kind, owner, method, type, instantiated, captured);
            try {
                return deserializeLambda.invoke(null, lambda);
            } catch (InvocationTargetException e) {
                throw (IOException)
                        new InvalidObjectException("the lambda " + method + " is not in this process's " + capturing)
                                .initCause(e.getCause());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("the lambdas of " + capturing + " are out of reach", e);
            }
        }
    }

    /**
     * The function, when the variables that it needs have been set.
     *
     * @param bytes what {@link #pack} made, with its tag
     */
    static Object unpack(byte[] bytes) throws IOException, ClassNotFoundException {
        var in = new Codec.Elements(bytes, 1);
        var name = in.next();
        var description = in.bytes();
        var count = in.count(1);
        var told = new Told[count];
        for (var i = 0; i < count; i++) {
            told[i] = new Told(in.string(), in.string(), in.int64());
        }
        Object[] captured;
        if (count == 0) {
            captured = (Object[]) Codec.decode(in.rest());
        } else {
            try (var graph = Graph.reader(bytes, in.at())) {
                captured = (Object[]) graph.readObject();
                var values = (Object[]) graph.readObject();
                for (var i = 0; i < count; i++) {
                    told[i].set(values[i]);
                }
            }
        }
        if (name == null) {
            return captured[0];
        }
        var capturing = Loaders.find((String) name);
        var rebuilders = REBUILDERS.get(capturing);
        var key = new Description(description);
        var rebuilder = rebuilders.get(key);
        if (rebuilder == null) {
            rebuilder = new Rebuilder(capturing, description);
            rebuilders.put(key, rebuilder);
        }
        return rebuilder.rebuild(captured);
    }

    private record Told(String owner, String name, long fingerprint) {
        void set(Object value) throws IOException, ClassNotFoundException {
            var type = Loaders.find(owner);
            var before = TOLD.get(type).put(name, fingerprint);
            if (before != null && before == fingerprint) {
                return;
            }
            try {
                var field = type.getDeclaredField(name);
                field.setAccessible(true);
                field.set(null, value);
            } catch (NoSuchFieldException | IllegalAccessException e) {
                throw (IOException) new InvalidObjectException(
                                "the variable " + name + " that came with a function is not in " + type)
                        .initCause(e);
            }
        }
    }
}
