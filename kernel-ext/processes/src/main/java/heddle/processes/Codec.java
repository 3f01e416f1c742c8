package heddle.processes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectStreamException;
import java.io.StreamCorruptedException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * How values become bytes and values again. The first byte is a tag.
 *
 * <pre>
 *   boxed number of up to 4 bytes   | tag | value ... 0 |               8 bytes, little-endian like all that is not an array
 *   Long, Double                    | tag | value (8) |                 9
 *   primitive array, String         | tag | 0 (7) | elements |          8 + their size; in the machine's own order, for a single copy
 *   record                          | tag | class | fingerprint (4) | tag value ... | when all in it is simple
 *   enum constant                   | tag | class | name |
 *   ArrayList, HashMap, Object[]    | tag | count (4) | tag value ... | likewise
 *   anything else                   | tag | Java serialization |
 *   Functions, Failure              | tag | see there |
 * </pre>
 *
 * Simple are null, boxed numbers, Strings, enum constants and records of simple values: which of two equal ones it was does not travel. In whatever else lies inside another value, what is one object here is one object there.
 */
final class Codec {
    static final int WORD = 8;

    static final byte NULL = 0;
    static final byte FALSE = 1;
    static final byte TRUE = 2;
    static final byte BYTE = 3;
    static final byte SHORT = 4;
    static final byte CHAR = 5;
    static final byte INT = 6;
    static final byte FLOAT = 7;
    static final byte LONG = 8;
    static final byte DOUBLE = 9;
    static final byte LATIN1 = 10;
    static final byte UTF16 = 11;
    static final byte BOOLEAN_ARRAY = 12;
    static final byte BYTE_ARRAY = 13;
    static final byte SHORT_ARRAY = 14;
    static final byte CHAR_ARRAY = 15;
    static final byte INT_ARRAY = 16;
    static final byte LONG_ARRAY = 17;
    static final byte FLOAT_ARRAY = 18;
    static final byte DOUBLE_ARRAY = 19;
    static final byte OBJECT_ARRAY = 20;
    static final byte LIST = 21;
    static final byte MAP = 22;
    static final byte GRAPH = 23;
    static final byte RECORD = 24;
    static final byte ENUM = 25;
    static final byte FUNCTION = 26;
    static final byte FAILURE = 27;
    /** Within other values only: another record of the class of the last one. */
    static final byte SAME_RECORD = 28;
    /** In this process only: bytes that begin with a tag of their own. */
    static final byte BYTES = 29;

    private static final int DEEPEST = 32;

    static final ValueLayout.OfLong LITTLE = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED;
    static final ValueLayout.OfChar CHARS = ValueLayout.JAVA_CHAR_UNALIGNED;
    static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;
    static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED;
    static final ValueLayout.OfDouble DOUBLES = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private static final Encoded NOTHING = Encoded.small(NULL, 0);
    private static final Encoded NO = Encoded.small(FALSE, 0);
    private static final Encoded YES = Encoded.small(TRUE, 0);

    private Codec() {}

    /**
     * Takes a copy of a value, null included, except that a primitive array is copied when it is written. All code of the user's that this needs has run when it returns.
     *
     * @throws IllegalArgumentException if the value cannot travel; says what of it
     */
    static Encoded encode(Object value) {
        if (value == null) {
            return NOTHING;
        }
        var type = value.getClass();
        if (type == Integer.class) {
            return Encoded.small(INT, (Integer) value & 0xFFFFFFFFL);
        }
        if (type == String.class) {
            return string((String) value);
        }
        if (type == Long.class) {
            return Encoded.word(LONG, (Long) value);
        }
        if (type == Double.class) {
            return Encoded.word(DOUBLE, Double.doubleToRawLongBits((Double) value));
        }
        if (type.isArray()) {
            return array(value, type);
        }
        if (type == Boolean.class) {
            return (Boolean) value ? YES : NO;
        }
        if (type == Byte.class) {
            return Encoded.small(BYTE, (Byte) value & 0xFF);
        }
        if (type == Short.class) {
            return Encoded.small(SHORT, (Short) value & 0xFFFF);
        }
        if (type == Character.class) {
            return Encoded.small(CHAR, (Character) value);
        }
        if (type == Float.class) {
            return Encoded.small(FLOAT, Float.floatToRawIntBits((Float) value) & 0xFFFFFFFFL);
        }
        if (type == ArrayList.class) {
            var list = (ArrayList<?>) value;
            return plain(LIST, list.toArray(), value);
        }
        if (type == HashMap.class) {
            return map((HashMap<?, ?>) value);
        }
        if (value instanceof Record || value instanceof Enum) {
            var out = new Bytes(128);
            return element(out, value) ? Encoded.bytes(out.array, out.length) : graph(value);
        }
        return graph(value);
    }

    private static Encoded string(String string) {
        var latin1 = latin1(string);
        return latin1 != null
                ? Encoded.array(LATIN1, latin1, latin1.length)
                : Encoded.array(UTF16, string.toCharArray(), 2L * string.length());
    }

    /** One byte for each character, or null where that cannot be. Both calls are loops of the JDK's own over the String's bytes. */
    private static byte[] latin1(String string) {
        var bytes = string.getBytes(ISO_8859_1);
        return bytes.length == string.length() && new String(bytes, ISO_8859_1).equals(string) ? bytes : null;
    }

    private static Encoded array(Object value, Class<?> type) {
        if (type == byte[].class) {
            return Encoded.array(BYTE_ARRAY, value, ((byte[]) value).length);
        }
        if (type == int[].class) {
            return Encoded.array(INT_ARRAY, value, 4L * ((int[]) value).length);
        }
        if (type == long[].class) {
            return Encoded.array(LONG_ARRAY, value, 8L * ((long[]) value).length);
        }
        if (type == double[].class) {
            return Encoded.array(DOUBLE_ARRAY, value, 8L * ((double[]) value).length);
        }
        if (type == float[].class) {
            return Encoded.array(FLOAT_ARRAY, value, 4L * ((float[]) value).length);
        }
        if (type == char[].class) {
            return Encoded.array(CHAR_ARRAY, value, 2L * ((char[]) value).length);
        }
        if (type == short[].class) {
            return Encoded.array(SHORT_ARRAY, value, 2L * ((short[]) value).length);
        }
        if (type == boolean[].class) {
            return Encoded.array(BOOLEAN_ARRAY, value, ((boolean[]) value).length);
        }
        return type == Object[].class ? plain(OBJECT_ARRAY, (Object[]) value, value) : graph(value);
    }

    private static Encoded plain(byte tag, Object[] all, Object value) {
        var out = new Bytes(16 + 6 * all.length);
        return plain(out, tag, all) ? Encoded.bytes(out.array, out.length) : graph(value);
    }

    /** Whether that could be done; else there is waste in the bytes. */
    static boolean plain(Bytes out, byte tag, Object[] all) {
        out.write(tag);
        out.put32(all.length);
        for (var each : all) {
            if (!element(out, each)) {
                return false;
            }
        }
        return true;
    }

    private static Encoded map(HashMap<?, ?> map) {
        var out = new Bytes(16 + 16 * map.size());
        out.write(MAP);
        out.put32(map.size());
        for (var entry : map.entrySet()) {
            if (!element(out, entry.getKey()) || !element(out, entry.getValue())) {
                return graph(map);
            }
        }
        return Encoded.bytes(out.array, out.length);
    }

    static boolean element(Bytes out, Object value) {
        if (value == null) {
            out.write(NULL);
            return true;
        }
        var type = value.getClass();
        if (type == Integer.class) {
            out.room(5);
            out.array[out.length++] = INT;
            out.put32((Integer) value);
        } else if (type == String.class) {
            element(out, (String) value);
        } else if (type == Long.class) {
            out.write(LONG);
            out.put64((Long) value);
        } else if (type == Double.class) {
            out.write(DOUBLE);
            out.put64(Double.doubleToRawLongBits((Double) value));
        } else if (type == Boolean.class) {
            out.write((Boolean) value ? TRUE : FALSE);
        } else if (type == Byte.class) {
            out.write(BYTE);
            out.write((Byte) value);
        } else if (type == Short.class) {
            out.write(SHORT);
            out.put16((Short) value);
        } else if (type == Character.class) {
            out.write(CHAR);
            out.put16((Character) value);
        } else if (type == Float.class) {
            out.write(FLOAT);
            out.put32(Float.floatToRawIntBits((Float) value));
        } else if (value instanceof Record) {
            return record(out, value, type);
        } else if (value instanceof Enum<?> constant) {
            note(out, constant.getDeclaringClass());
            out.write(ENUM);
            element(out, constant.getDeclaringClass().getName());
            element(out, constant.name());
        } else {
            return false;
        }
        return true;
    }

    private static void note(Bytes out, Class<?> type) {
        if (Reach.isShipped(type)) {
            Loaders.remember(type);
            out.shipped(type);
        }
    }

    private static boolean record(Bytes out, Object value, Class<?> type) {
        var shape = out.record;
        if (shape != null && shape.type() == type) {
            out.write(SAME_RECORD);
        } else {
            shape = RecordShape.of(type);
            if (shape == null) {
                return false;
            }
            note(out, type);
            out.record = shape;
            out.write(RECORD);
            element(out, type.getName());
            out.put32(shape.fingerprint());
        }
        if (++out.depth > DEEPEST) {
            return false; // the graph's own limit is farther away
        }
        for (var i = 0; i < shape.size(); i++) {
            if (!element(out, shape.component(i, value))) {
                return false;
            }
        }
        out.depth--;
        return true;
    }

    static void element(Bytes out, String string) {
        var latin1 = latin1(string);
        if (latin1 != null) {
            out.write(LATIN1);
            out.put32(latin1.length);
            out.write(latin1, 0, latin1.length);
            return;
        }
        out.write(UTF16);
        out.put32(string.length());
        for (var i = 0; i < string.length(); i++) {
            out.put16(string.charAt(i));
        }
    }

    private static Encoded graph(Object value) {
        var out = new Bytes(256);
        out.write(GRAPH);
        try (var graph = new Graph.Writer(out)) {
            graph.writeObject(value);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw Refusal.VALUE.because("the value (" + Graph.name(value) + ")", e);
        }
        return Encoded.bytes(out.array, out.length);
    }

    // ---- and back

    /**
     * Takes a value out of shared memory. Runs no code of the user's.
     *
     * @throws UnreadableValueException if these bytes cannot be a value
     */
    static Received read(MemorySegment from, long offset, long length) {
        if (length == WORD) {
            var word = from.get(LITTLE, offset);
            var tag = (byte) word;
            if (tag <= FLOAT) {
                return small(tag, word >>> 8);
            }
        }
        if (length <= 0 || length > from.byteSize() - offset) {
            throw damaged("a value of " + length + " bytes");
        }
        var tag = from.get(JAVA_BYTE, offset);
        if (tag == LONG && length == 1 + WORD) {
            return Received.value(from.get(LITTLE, offset + 1));
        }
        if (tag == DOUBLE && length == 1 + WORD) {
            return Received.value(Double.longBitsToDouble(from.get(LITTLE, offset + 1)));
        }
        if (tag >= LATIN1 && tag <= DOUBLE_ARRAY) {
            if (length < WORD) {
                throw damaged("an array of " + length + " bytes");
            }
            return array(tag, from, offset + WORD, length - WORD);
        }
        if (tag < OBJECT_ARRAY || tag > FAILURE) {
            throw damaged("a value of unknown kind " + tag);
        }
        var bytes = new byte[count(length, 1)];
        MemorySegment.copy(from, JAVA_BYTE, offset, bytes, 0, bytes.length);
        return Received.later(BYTES, bytes);
    }

    /** The same from a socket. */
    static Received read(byte[] bytes) {
        return read(MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    /** The value whose encoding {@link Encoded#isSmall}. */
    static Object small(long word) {
        return small((byte) word, word >>> 8).value();
    }

    private static Received small(byte tag, long value) {
        return Received.value(
                switch (tag) {
                    case NULL -> null;
                    case FALSE -> false;
                    case TRUE -> true;
                    case BYTE -> (byte) value;
                    case SHORT -> (short) value;
                    case CHAR -> (char) value;
                    case INT -> (int) value;
                    case FLOAT -> Float.intBitsToFloat((int) value);
                    default -> throw damaged("a value of unknown kind " + tag);
                });
    }

    private static int count(long length, int size) {
        var count = length / size;
        if (count * size != length || count > Integer.MAX_VALUE - 8) {
            throw damaged("an array of " + length + " bytes");
        }
        return (int) count;
    }

    private static Received array(byte tag, MemorySegment from, long at, long length) {
        switch (tag) {
            case BYTE_ARRAY, LATIN1 -> {
                var array = new byte[count(length, 1)];
                MemorySegment.copy(from, JAVA_BYTE, at, array, 0, array.length);
                return Received.later(tag, array);
            }
            case SHORT_ARRAY -> {
                var array = new short[count(length, 2)];
                MemorySegment.copy(from, SHORTS, at, array, 0, array.length);
                return Received.value(array);
            }
            case CHAR_ARRAY, UTF16 -> {
                var array = new char[count(length, 2)];
                MemorySegment.copy(from, CHARS, at, array, 0, array.length);
                return Received.later(tag, array);
            }
            case INT_ARRAY -> {
                var array = new int[count(length, 4)];
                MemorySegment.copy(from, INTS, at, array, 0, array.length);
                return Received.value(array);
            }
            case LONG_ARRAY -> {
                var array = new long[count(length, 8)];
                MemorySegment.copy(from, LONGS, at, array, 0, array.length);
                return Received.value(array);
            }
            case FLOAT_ARRAY -> {
                var array = new float[count(length, 4)];
                MemorySegment.copy(from, FLOATS, at, array, 0, array.length);
                return Received.value(array);
            }
            case DOUBLE_ARRAY -> {
                var array = new double[count(length, 8)];
                MemorySegment.copy(from, DOUBLES, at, array, 0, array.length);
                return Received.value(array);
            }
            default -> {
                var array = new boolean[count(length, 1)];
                for (var i = 0; i < array.length; i++) {
                    array[i] = from.get(JAVA_BYTE, at + i) != 0;
                }
                return Received.value(array);
            }
        }
    }

    /** @param bytes a container or graph, with its tag */
    static Object decode(byte[] bytes) {
        try {
            if (bytes[0] == GRAPH) {
                return Graph.read(bytes, 1);
            }
            if (bytes[0] == FUNCTION) {
                return Functions.unpack(bytes);
            }
            if (bytes[0] == FAILURE) {
                return Failure.unpack(bytes);
            }
            if (bytes[0] == RECORD || bytes[0] == ENUM) {
                return new Elements(bytes, 0).only();
            }
            var in = new Elements(bytes, 1);
            return switch (bytes[0]) {
                case OBJECT_ARRAY -> in.array();
                case LIST -> in.list();
                default -> in.map();
            };
        } catch (IOException | RuntimeException | ClassNotFoundException | LinkageError | StackOverflowError e) {
            throw new UnreadableValueException(whyUnreadable(e), e);
        }
    }

    private static String whyUnreadable(Throwable failure) {
        var begin = "a value came from another process but cannot be read here";
        return switch (failure) {
            case ClassNotFoundException e ->
                begin + ", because no class loader of this process or its parents has the class " + e.getMessage();
            case ObjectStreamException e -> begin + ": " + e;
            case EOFException _ -> begin + ", because its bytes are damaged";
            case StackOverflowError _ -> begin + ", because its objects are nested too deeply";
            default -> begin + ", because reading it failed: " + failure;
        };
    }

    private static UnreadableValueException damaged(String what) {
        return new UnreadableValueException("the bytes of a value are damaged: " + what, null);
    }

    /** The elements of a container. */
    static final class Elements {
        private final byte[] bytes;
        private int at;
        private RecordShape record;
        private int depth;

        Elements(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        Object only() throws IOException, ClassNotFoundException {
            var value = next();
            end();
            return value;
        }

        ArrayList<Object> list() throws IOException, ClassNotFoundException {
            var count = count(1);
            var list = new ArrayList<>(count);
            for (var i = 0; i < count; i++) {
                list.add(next());
            }
            end();
            return list;
        }

        Object[] array() throws IOException, ClassNotFoundException {
            var all = new Object[count(1)];
            for (var i = 0; i < all.length; i++) {
                all[i] = next();
            }
            end();
            return all;
        }

        Map<Object, Object> map() throws IOException, ClassNotFoundException {
            var count = count(2);
            var map = HashMap.<Object, Object>newHashMap(count);
            for (var i = 0; i < count; i++) {
                var key = next();
                map.put(key, next());
            }
            end();
            return map;
        }

        byte[] bytes() throws IOException {
            var count = count(1);
            at += count;
            return Arrays.copyOfRange(bytes, at - count, at);
        }

        String string() throws IOException, ClassNotFoundException {
            if (next() instanceof String string) {
                return string;
            }
            throw new StreamCorruptedException("a String is missing");
        }

        int at() {
            return at;
        }

        byte[] rest() {
            return Arrays.copyOfRange(bytes, at, bytes.length);
        }

        int int32() throws IOException {
            need(4);
            return get32();
        }

        long int64() throws IOException {
            need(8);
            return get64();
        }

        private void end() throws IOException {
            if (at != bytes.length) {
                throw new StreamCorruptedException("more bytes than elements");
            }
        }

        /** @param size the least that one of them takes, in bytes */
        int count(int size) throws IOException {
            var count = int32();
            if (count < 0 || (long) count * size > bytes.length - at) {
                throw new StreamCorruptedException(count + " elements in " + bytes.length + " bytes");
            }
            return count;
        }

        private void need(int count) throws IOException {
            if (count < 0 || bytes.length - at < count) {
                throw new EOFException();
            }
        }

        Object next() throws IOException, ClassNotFoundException {
            need(1);
            var tag = bytes[at++];
            switch (tag) {
                case NULL -> {
                    return null;
                }
                case FALSE -> {
                    return false;
                }
                case TRUE -> {
                    return true;
                }
                case BYTE -> {
                    need(1);
                    return bytes[at++];
                }
                case SHORT -> {
                    need(2);
                    return (short) get16();
                }
                case CHAR -> {
                    need(2);
                    return (char) get16();
                }
                case INT -> {
                    return int32();
                }
                case FLOAT -> {
                    return Float.intBitsToFloat(int32());
                }
                case LONG -> {
                    return int64();
                }
                case DOUBLE -> {
                    return Double.longBitsToDouble(int64());
                }
                case LATIN1 -> {
                    var count = count(1);
                    var string = new String(bytes, at, count, ISO_8859_1);
                    at += count;
                    return string;
                }
                case UTF16 -> {
                    var chars = new char[count(2)];
                    for (var i = 0; i < chars.length; i++) {
                        chars[i] = (char) get16();
                    }
                    return new String(chars);
                }
                case RECORD -> {
                    record = RecordShape.of(string(), int32());
                    return record();
                }
                case SAME_RECORD -> {
                    return record();
                }
                case ENUM -> {
                    return constant(string(), string());
                }
                default -> throw new StreamCorruptedException("an element of unknown kind " + tag);
            }
        }

        private Object record() throws IOException, ClassNotFoundException {
            var shape = record;
            if (shape == null || ++depth > DEEPEST) {
                throw new StreamCorruptedException("a record that cannot be here");
            }
            var components = new Object[shape.size()];
            for (var i = 0; i < components.length; i++) {
                components[i] = next();
            }
            depth--;
            return shape.make(components);
        }

        @SuppressWarnings({"unchecked", "rawtypes"})
        private static Object constant(String type, String name) throws IOException, ClassNotFoundException {
            var found = Loaders.find(type);
            if (!found.isEnum()) {
                throw new InvalidClassException(type, "its class here is not the one that it had there");
            }
            return Enum.valueOf((Class<Enum>) found, name);
        }

        private int get16() {
            var value = bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
            at += 2;
            return value;
        }

        private int get32() {
            var value =
                    bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF) << 16 | bytes[at + 3] << 24;
            at += 4;
            return value;
        }

        private long get64() {
            return get32() & 0xFFFFFFFFL | (long) get32() << 32;
        }
    }
}
