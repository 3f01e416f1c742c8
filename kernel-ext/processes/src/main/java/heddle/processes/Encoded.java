package heddle.processes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;

/**
 * A value on its way to another process, see {@link Codec#encode}. No code of the user's runs here any more.
 *
 * <p>Of a primitive array this holds the array itself, which is copied only by {@link #writeTo}.
 */
final class Encoded {
    private final byte tag;
    private final long word;
    private final Object body;
    private final long length;

    private Encoded(byte tag, long word, Object body, long length) {
        this.tag = tag;
        this.word = word;
        this.body = body;
        this.length = length;
    }

    /** A value of up to seven bytes, that shares a word with its tag. */
    static Encoded small(byte tag, long value) {
        return new Encoded(tag, value << 8 | tag & 0xFF, null, Codec.WORD);
    }

    static Encoded word(byte tag, long value) {
        return new Encoded(tag, value, null, 1 + Codec.WORD);
    }

    /** @param length of the array, in bytes */
    static Encoded array(byte tag, Object array, long length) {
        return new Encoded(tag, 0, array, Codec.WORD + length);
    }

    /** @param bytes with the tag; theirs is the beginning of the array, up to {@code length} */
    static Encoded bytes(byte[] bytes, int length) {
        return new Encoded(Codec.BYTES, 0, bytes, length);
    }

    /** Whether it is a number of up to 4 bytes, a boolean or null: then it is no more than its {@link #word}. */
    boolean isSmall() {
        return tag <= Codec.FLOAT;
    }

    /** See {@link Codec#small(long)}. */
    long word() {
        return word;
    }

    /** The same with no array in it that somebody may change before it is written. */
    Encoded kept() {
        if (tag < Codec.BOOLEAN_ARRAY || tag > Codec.DOUBLE_ARRAY) {
            return this;
        }
        var count = Array.getLength(body);
        var copy = Array.newInstance(body.getClass().getComponentType(), count);
        System.arraycopy(body, 0, copy, 0, count);
        return new Encoded(tag, word, copy, length);
    }

    /** In bytes. */
    long length() {
        return length;
    }

    /** Writes {@link #length()} bytes; any offset will do, a multiple of 8 is best. */
    void writeTo(MemorySegment target, long offset) {
        if (body == null) {
            if (length == Codec.WORD) {
                target.set(Codec.LITTLE, offset, word);
            } else {
                target.set(JAVA_BYTE, offset, tag);
                target.set(Codec.LITTLE, offset + 1, word);
            }
            return;
        }
        if (tag == Codec.BYTES) {
            MemorySegment.copy((byte[]) body, 0, target, JAVA_BYTE, offset, (int) length);
            return;
        }
        target.set(Codec.LITTLE, offset, tag & 0xFFL);
        var at = offset + Codec.WORD;
        switch (tag) {
            case Codec.BYTE_ARRAY, Codec.LATIN1 -> {
                var array = (byte[]) body;
                MemorySegment.copy(array, 0, target, JAVA_BYTE, at, array.length);
            }
            case Codec.SHORT_ARRAY -> {
                var array = (short[]) body;
                MemorySegment.copy(array, 0, target, Codec.SHORTS, at, array.length);
            }
            case Codec.CHAR_ARRAY, Codec.UTF16 -> {
                var array = (char[]) body;
                MemorySegment.copy(array, 0, target, Codec.CHARS, at, array.length);
            }
            case Codec.INT_ARRAY -> {
                var array = (int[]) body;
                MemorySegment.copy(array, 0, target, Codec.INTS, at, array.length);
            }
            case Codec.LONG_ARRAY -> {
                var array = (long[]) body;
                MemorySegment.copy(array, 0, target, Codec.LONGS, at, array.length);
            }
            case Codec.FLOAT_ARRAY -> {
                var array = (float[]) body;
                MemorySegment.copy(array, 0, target, Codec.FLOATS, at, array.length);
            }
            case Codec.DOUBLE_ARRAY -> {
                var array = (double[]) body;
                MemorySegment.copy(array, 0, target, Codec.DOUBLES, at, array.length);
            }
            case Codec.BOOLEAN_ARRAY -> {
                var array = (boolean[]) body;
                for (var i = 0; i < array.length; i++) {
                    target.set(JAVA_BYTE, at + i, (byte) (array[i] ? 1 : 0));
                }
            }
            default -> throw new AssertionError(tag);
        }
    }

    /** The same for a socket. */
    byte[] toBytes() {
        var bytes = new byte[Math.toIntExact(length)];
        writeTo(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
