package heddle.processes;

import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Words;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory in which values of any length are written one behind the other, and never again: what can be read here stays as it is, so reading
 * needs no lock. When it is full, what still lives is copied to the next generation, and this one never changes again.
 *
 * <pre>
 *    0 end of what is used (8)   8 ... 63 the owner's fields   64 the owner's tables and the values
 *
 *   a value of more than a word, at a multiple of 8:   0 its length   8 its bytes, see {@link Codec}
 * </pre>
 *
 * A <i>word</i> stands for a value: one of up to 7 bytes is the word itself, as {@link Codec} writes it; of a longer one the word is
 * the offset, and its lowest byte is {@link #REFERENCE}. So whatever the value, one store changes it.
 */
final class Generation {
    static final int HEAD_LENGTH = 64;

    /** What a word is that refers to no value, not even to null; the owner may store it, a value never has it. */
    static final long NOTHING = 0xFE;

    private static final int REFERENCE = 0xFF;
    private static final int END = 0;
    private static final int BYTES = 8;

    final long number;
    final SharedFile file;
    final MemorySegment memory;

    /** @param number which generation of its owner it is, from 1 on */
    Generation(long number, SharedFile file) {
        this.number = number;
        this.file = file;
        memory = file.head();
    }

    // ---- by the one who holds the owner's lock, or whom nobody knows yet

    /** Takes some memory, which is then all zeros, or what a killed process left there. The caller knows that there is {@link #room}. */
    long take(long length) {
        var at = end();
        memory.set(ValueLayout.JAVA_LONG, END, at + aligned(length));
        return at;
    }

    private long end() {
        return Math.max(HEAD_LENGTH, memory.get(ValueLayout.JAVA_LONG, END));
    }

    /** In bytes. */
    long room() {
        return memory.byteSize() - end();
    }

    /** How much of that a value takes. */
    static long need(Encoded value) {
        return value.isSmall() ? 0 : BYTES + aligned(value.length());
    }

    private static long aligned(long length) {
        return length + Long.BYTES - 1 & -Long.BYTES;
    }

    /** Writes a value, and returns its word. The caller knows that there is {@link #room}. */
    long put(Encoded value) {
        if (value.isSmall()) {
            return value.word();
        }
        var at = take(BYTES + value.length());
        memory.set(ValueLayout.JAVA_LONG, at, value.length());
        value.writeTo(memory, at + BYTES);
        return reference(at);
    }

    /** Copies a value from an older generation, and returns its word here. */
    long put(Generation older, long word) {
        if (!isReference(word)) {
            return word;
        }
        var length = older.need(word);
        var at = take(length);
        MemorySegment.copy(older.memory, word >>> 8, memory, at, length);
        return reference(at);
    }

    private static long reference(long at) {
        return at << 8 | REFERENCE;
    }

    // ---- by anybody

    private static boolean isReference(long word) {
        return (word & 0xFF) == REFERENCE;
    }

    private long length(long word) {
        return memory.get(ValueLayout.JAVA_LONG, word >>> 8);
    }

    /** How much room the value of that word takes. */
    long need(long word) {
        return isReference(word) ? BYTES + aligned(length(word)) : 0;
    }

    /** The value of that word, which was read from this generation: a copy, and if it is a collection one that cannot be changed. */
    Object value(long word) {
        if (!isReference(word)) {
            return Codec.small(word);
        }
        return Copy.of(Codec.read(memory, (word >>> 8) + BYTES, length(word)).value());
    }

    /** Whether the value of that word has exactly this encoding. */
    boolean isEncoded(long word, Encoded value, MemorySegment bytes) {
        if (value.isSmall() || !isReference(word)) {
            return value.isSmall() && value.word() == word;
        }
        var at = (word >>> 8) + BYTES;
        return length(word) == bytes.byteSize()
                && MemorySegment.mismatch(memory, at, at + bytes.byteSize(), bytes, 0, bytes.byteSize()) < 0;
    }

    int getInt(long at) {
        return Words.getInt(memory, at);
    }

    void setInt(long at, int value) {
        Words.setInt(memory, at, value);
    }

    long getLong(long at) {
        return Words.getLong(memory, at);
    }

    void setLong(long at, long value) {
        Words.setLong(memory, at, value);
    }
}
