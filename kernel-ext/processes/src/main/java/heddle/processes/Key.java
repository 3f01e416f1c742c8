package heddle.processes;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * A key of a shared map, as the process that looks for it has it. Its hash is the same in every process, which that of many an object is not: an enum
 * constant's, for one.
 */
final class Key {
    /** Of all keys whose hash code might be another in another process: they are looked for one by one. */
    private static final int UNKNOWN = 1;

    private static final ClassValue<Boolean> HAS_EQUALS = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
        }
    };

    /** Null of a record that lets nobody ask it, or that says itself which others it is equal to: what the compiler writes is final. */
    private static final ClassValue<RecordComponent[]> COMPONENTS = new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
            try {
                if (!Modifier.isFinal(type.getMethod("equals", Object.class).getModifiers())
                        || !Modifier.isFinal(type.getMethod("hashCode").getModifiers())) {
                    return null;
                }
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
            var components = type.getRecordComponents();
            for (var component : components) {
                if (!component.getAccessor().trySetAccessible()) {
                    return null;
                }
            }
            return components;
        }
    };

    final Object value;
    final int hash;
    final Encoded encoded;
    private final MemorySegment bytes;
    /** Whether a key that is encoded otherwise cannot be equal. */
    private final boolean oneEncoding;

    /** @throws IllegalArgumentException if it cannot be a key, or cannot travel */
    Key(Object value) {
        this.value = Objects.requireNonNull(value, "a key of a SharedMap must not be null");
        var hash = hash(value);
        this.hash = hash ^ hash >>> 16;
        encoded = Generation.encode(value);
        bytes = encoded.isSmall() ? null : MemorySegment.ofArray(encoded.toBytes());
        var type = value.getClass();
        oneEncoding = type == String.class || type == Integer.class || type == Long.class || type == Character.class;
    }

    /** Whether that word of that generation is an equal key. */
    boolean isAt(Generation generation, long word) {
        return generation.isEncoded(word, encoded, bytes) || !oneEncoding && isEqualTo(generation, word);
    }

    private boolean isEqualTo(Generation generation, long word) {
        try {
            return value.equals(generation.value(word));
        } catch (UnreadableValueException e) {
            return false; // of a class that this process does not have
        }
    }

    private static int hash(Object value) {
        if (value instanceof String || value instanceof Number && isOfJdk(value) || value instanceof Character) {
            return value.hashCode();
        }
        if (value == null) {
            return 0;
        }
        if (value instanceof SharedObject handle) {
            return Long.hashCode(handle.id());
        }
        if (value instanceof Enum<?> constant) {
            return constant.name().hashCode();
        }
        if (value instanceof Boolean || value instanceof UUID) {
            return value.hashCode();
        }
        if (value instanceof Record record) {
            return hash(record);
        }
        if (value instanceof List<?> list) {
            var hash = 1;
            for (var each : list) {
                hash = 31 * hash + hash(each);
            }
            return hash;
        }
        if (value instanceof Set<?> set) {
            var hash = 0;
            for (var each : set) {
                hash += hash(each);
            }
            return hash;
        }
        if (value instanceof Map<?, ?> map) {
            var hash = 0;
            for (var each : map.entrySet()) {
                hash += hash(each.getKey()) ^ hash(each.getValue());
            }
            return hash;
        }
        if (!HAS_EQUALS.get(value.getClass())) {
            throw new IllegalArgumentException("the value (" + value.getClass().getTypeName()
                    + ") cannot be a key of a SharedMap, because a copy of it is not equal to it: "
                    + (value.getClass().isArray() ? "use a List" : "its class has no equals method"));
        }
        return value.getClass().getPackageName().equals("java.time") ? value.hashCode() : UNKNOWN;
    }

    private static boolean isOfJdk(Object number) {
        return number.getClass().getPackageName().equals("java.lang")
                || number instanceof BigInteger
                || number instanceof BigDecimal;
    }

    private static int hash(Record record) {
        var components = COMPONENTS.get(record.getClass());
        if (components == null) {
            return UNKNOWN;
        }
        var hash = 0;
        try {
            for (var component : components) {
                hash = 31 * hash + hash(component.getAccessor().invoke(record));
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("a component of the key " + record + " cannot be read: " + e, e);
        }
        return hash;
    }
}
