package heddle.processes;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;

/**
 * How a record class travels: component by component, its fields read and its canonical constructor called, as Java serialization does it, but without method handles,
 * which a fresh JVM would have to spin.
 */
final class RecordShape {
    private static final ClassValue<RecordShape> SHAPES = new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
            return new RecordShape(type);
        }
    };

    private final Class<?> type;
    private final Field[] fields;
    private final Constructor<?> constructor;
    /** Of the names and types of the components: the same there, or the classes are not the same. */
    private final int fingerprint;

    private RecordShape(Class<?> type) {
        this.type = type;
        var components = type.getRecordComponents();
        var types = new Class<?>[components.length];
        var all = new Field[components.length];
        var text = new StringBuilder();
        Constructor<?> canonical = null;
        try {
            for (var i = 0; i < all.length; i++) {
                types[i] = components[i].getType();
                all[i] = type.getDeclaredField(components[i].getName());
                all[i].setAccessible(true);
                text.append(components[i].getName()).append(types[i].getName()).append(' ');
            }
            if (isPlain(type)) {
                canonical = type.getDeclaredConstructor(types);
                canonical.setAccessible(true);
            }
        } catch (InaccessibleObjectException e) {
            canonical = null; // of a closed module; the JDK itself can do more
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " is not a record as the language has it", e);
        }
        fields = all;
        constructor = canonical;
        fingerprint = text.toString().hashCode();
    }

    private static boolean isPlain(Class<?> type) {
        return Serializable.class.isAssignableFrom(type)
                && !Externalizable.class.isAssignableFrom(type)
                && !declares(type, "writeReplace")
                && !declares(type, "readResolve");
    }

    private static boolean declares(Class<?> type, String method) {
        try {
            type.getDeclaredMethod(method);
            return true;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    /** Null where records of this class are an affair of Java serialization. */
    static RecordShape of(Class<?> type) {
        var shape = SHAPES.get(type);
        return shape.constructor == null ? null : shape;
    }

    static RecordShape of(String name, int fingerprint) throws IOException, ClassNotFoundException {
        var type = Loaders.find(name);
        var shape = type.isRecord() ? of(type) : null;
        if (shape == null || shape.fingerprint != fingerprint) {
            throw new InvalidClassException(name, "its class here is not the one that it had there");
        }
        return shape;
    }

    Class<?> type() {
        return type;
    }

    int fingerprint() {
        return fingerprint;
    }

    int size() {
        return fields.length;
    }

    Object component(int number, Object of) {
        try {
            return fields[number].get(of);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("cannot read " + fields[number], e);
        }
    }

    Object make(Object[] components) throws IOException {
        try {
            return constructor.newInstance(components);
        } catch (InvocationTargetException e) {
            throw (IOException)
                    new InvalidObjectException(type.getTypeName() + ": " + e.getCause()).initCause(e.getCause());
        } catch (InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException("cannot make a " + type, e);
        }
    }
}
