package heddle.processes;

import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory in which values of any length are written one behind the other, and never again: what can be read here stays as it is, so reading
 * needs no lock. When it is full, what still lives is copied to the next generation, and this one never changes again: each process closes it when it sees that.
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

    private static final int REFERENCE = 0xFF;
    private static final int END = 0;
    private static final int BYTES = 8;

    final long number;
    final MemorySegment memory;
    /** Large values would fill the memory of the system long before the garbage collector has any reason to look at their mappings. */
    private final Cleaner.Cleanable mapping;

    private Generation(long number, SharedFile file, Arena arena) {
        this.number = number;
        memory = file.head();
        mapping = SharedObject.CLEANER.register(this, arena::close);
    }

    /** @param number which generation of its owner it is, from 1 on */
    static Generation create(long number, Path path, long length) throws IOException {
        var arena = Arena.ofShared();
        try {
            return new Generation(number, SharedFile.create(path, length, arena), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    static Generation open(long number, Path path) throws IOException {
        var arena = Arena.ofShared();
        try {
            return new Generation(number, SharedFile.open(path, Files.size(path), arena), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Gives the mapping back; whoever just reads here gets an {@link IllegalStateException}. */
    void close() {
        mapping.clean();
    }

    boolean isClosed() {
        return !memory.scope().isAlive();
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

    /** The value of that word, which was read from this generation. */
    Received received(long word) {
        return isReference(word)
                ? Codec.read(memory, (word >>> 8) + BYTES, length(word))
                : Received.value(Codec.small(word));
    }

    /** The same, if nobody can close this generation meanwhile. */
    Object value(long word) {
        return value(received(word));
    }

    /** If it is a collection, one that cannot be changed. */
    @SuppressWarnings("unchecked") // the owner's type says what was put there
    static <T> T value(Received received) {
        return (T) Copy.of(received.value());
    }

    /** For {@link #put}; the reverse of {@link #value(Received)}. */
    static Encoded encode(Object value) {
        return Codec.encode(Copy.original(value));
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
