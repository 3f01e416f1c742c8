package heddle.processes;

import heddle.processes.memory.Words;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * An array that several processes share. Every method that concerns one element is atomic, for all threads of all processes, and none takes a
 * lock; those that concern many do one after the other.
 *
 * {@snippet :
 * try (var squares = SharedArray.ofInts(4)) {
 *     var child = new ChildProcess(() -> {
 *                 for (var i = 0; i < squares.length(); i++) {
 *                     squares.set(i, i * i);
 *                 }
 *             })
 *             .start();
 *     child.join();
 *     System.out.println(squares); // [0, 1, 4, 9]
 * }
 * }
 *
 * <p>Its methods have the names and memory effects of {@link java.util.concurrent.atomic.AtomicIntegerArray}'s. Follows Python's
 * {@code multiprocessing.Array}.
 */
public abstract sealed class SharedArray extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     * behind the head:   0 length, in the upper half, and kind of the elements   8 id of its lock   16 ... 63 unused   64 elements
     */
    private static final int SHAPE = Place.HEAD_LENGTH;
    private static final int LOCK = SHAPE + 8;
    private static final int ELEMENTS_BEHIND_HEAD = 64;
    private static final int ELEMENTS = Place.HEAD_LENGTH + ELEMENTS_BEHIND_HEAD;

    private static final int INTS = 1;
    private static final int LONGS = 2;
    private static final int DOUBLES = 3;
    private static final int BYTES = 4;

    private final transient int length = (int) (memory.get(ValueLayout.JAVA_LONG, SHAPE) >>> 32);
    private final transient OwnLock lock = new OwnLock(this, LOCK);

    private SharedArray(Place place) {
        super(place);
    }

    private static Place make(int kind, int length, int elementLength) {
        if (length < 0) {
            throw new IllegalArgumentException("the length of a SharedArray must not be negative: " + length);
        }
        var whole = ((long) length * elementLength + Long.BYTES - 1) & -Long.BYTES; // a byte is changed with its word
        return Place.make(Kind.ARRAY, ELEMENTS_BEHIND_HEAD + whole, (long) length << 32 | kind);
    }

    static SharedArray at(Place place) {
        return switch ((int) place.memory().get(ValueLayout.JAVA_LONG, SHAPE)) {
            case INTS -> new OfInt(place);
            case LONGS -> new OfLong(place);
            case DOUBLES -> new OfDouble(place);
            default -> new OfByte(place);
        };
    }

    /**
     * An array of ints, all 0.
     *
     * @throws IllegalArgumentException if the length is negative
     * @throws java.io.UncheckedIOException if there is not that much memory
     */
    public static OfInt ofInts(int length) {
        return new OfInt(make(INTS, length, 4));
    }

    /** An array that begins with those values. */
    public static OfInt copyOf(int... values) {
        var array = ofInts(values.length);
        array.setRange(0, values);
        return array;
    }

    /**
     * An array of longs, all 0.
     *
     * @throws IllegalArgumentException if the length is negative
     * @throws java.io.UncheckedIOException if there is not that much memory
     */
    public static OfLong ofLongs(int length) {
        return new OfLong(make(LONGS, length, 8));
    }

    /** An array that begins with those values. */
    public static OfLong copyOf(long... values) {
        var array = ofLongs(values.length);
        array.setRange(0, values);
        return array;
    }

    /**
     * An array of doubles, all 0.
     *
     * @throws IllegalArgumentException if the length is negative
     * @throws java.io.UncheckedIOException if there is not that much memory
     */
    public static OfDouble ofDoubles(int length) {
        return new OfDouble(make(DOUBLES, length, 8));
    }

    /** An array that begins with those values. */
    public static OfDouble copyOf(double... values) {
        var array = ofDoubles(values.length);
        array.setRange(0, values);
        return array;
    }

    /**
     * An array of bytes, all 0.
     *
     * @throws IllegalArgumentException if the length is negative
     * @throws java.io.UncheckedIOException if there is not that much memory
     */
    public static OfByte ofBytes(int length) {
        return new OfByte(make(BYTES, length, 1));
    }

    /** An array that begins with those values. */
    public static OfByte copyOf(byte... values) {
        var array = ofBytes(values.length);
        array.setRange(0, values);
        return array;
    }

    /** How many elements it has. */
    public final int length() {
        return length;
    }

    /** As {@link SharedLong#lock}. */
    public final ProcessReentrantLock lock() {
        return lock.get();
    }

    final int checkIndex(int index) {
        checkOpen();
        return Objects.checkIndex(index, length);
    }

    /** @throws IndexOutOfBoundsException if not all of the range lies in the array */
    final int checkRange(int from, int to) {
        checkOpen();
        return Objects.checkFromToIndex(from, to, length);
    }

    final int checkSize(int from, int size) {
        checkOpen();
        return Objects.checkFromIndexSize(from, size, length);
    }

    @Override
    final void bury(int dead) {}

    @Override
    final void closing() {
        lock.closing();
    }

    /** Of ints. An index that is not in the array is an {@link IndexOutOfBoundsException} everywhere. */
    public static final class OfInt extends SharedArray {
        private static final long serialVersionUID = 1;

        private OfInt(Place place) {
            super(place);
        }

        private long at(int index) {
            return ELEMENTS + 4L * checkIndex(index);
        }

        public int get(int index) {
            return Words.getInt(memory, at(index));
        }

        public void set(int index, int value) {
            Words.setInt(memory, at(index), value);
            Words.fence();
        }

        /** As {@link SharedLong#compareAndSet}. */
        public boolean compareAndSet(int index, int expected, int value) {
            return Words.casInt(memory, at(index), expected, value);
        }

        public int getAndSet(int index, int value) {
            return getAndUpdate(index, _ -> value);
        }

        public int getAndAdd(int index, int change) {
            return Words.addInt(memory, at(index), change);
        }

        public int addAndGet(int index, int change) {
            return getAndAdd(index, change) + change;
        }

        public int incrementAndGet(int index) {
            return addAndGet(index, 1);
        }

        public int decrementAndGet(int index) {
            return addAndGet(index, -1);
        }

        public int getAndIncrement(int index) {
            return getAndAdd(index, 1);
        }

        public int getAndDecrement(int index) {
            return getAndAdd(index, -1);
        }

        /** As {@link SharedLong#getAndUpdate}. */
        public int getAndUpdate(int index, IntUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                if (compareAndSet(index, before, change.applyAsInt(before))) {
                    return before;
                }
            }
        }

        /** As {@link SharedLong#updateAndGet}. */
        public int updateAndGet(int index, IntUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                var after = change.applyAsInt(before);
                if (compareAndSet(index, before, after)) {
                    return after;
                }
            }
        }

        /** As {@link SharedLong#accumulateAndGet}. */
        public int accumulateAndGet(int index, int other, IntBinaryOperator function) {
            Objects.requireNonNull(function);
            return updateAndGet(index, value -> function.applyAsInt(value, other));
        }

        /** Sets all elements to {@code value}, one after the other. */
        public void fill(int value) {
            for (var i = 0; i < length(); i++) {
                set(i, value);
            }
        }

        /** Sets the elements from {@code from} on to those values, one after the other. */
        public void setRange(int from, int... values) {
            checkSize(from, values.length);
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, ELEMENTS + 4L * from, values.length);
            Words.fence();
        }

        /**
         * A copy of some elements, read one after the other.
         *
         * @param from the first, inclusive
         * @param to the last, exclusive
         */
        public int[] copyOfRange(int from, int to) {
            var copy = new int[to - checkRange(from, to)];
            Words.fence();
            MemorySegment.copy(memory, ValueLayout.JAVA_INT, ELEMENTS + 4L * from, copy, 0, copy.length);
            return copy;
        }

        /** A copy of all elements, read one after the other. */
        public int[] toArray() {
            return copyOfRange(0, length());
        }

        /** A stream of a copy of all elements. */
        public IntStream stream() {
            return Arrays.stream(toArray());
        }

        /** The elements, as {@link Arrays#toString(int[])} writes them. */
        @Override
        public String toString() {
            return isClosed() ? super.toString() : Arrays.toString(toArray());
        }
    }

    /** Of longs. An index that is not in the array is an {@link IndexOutOfBoundsException} everywhere. */
    public static final class OfLong extends SharedArray {
        private static final long serialVersionUID = 1;

        private OfLong(Place place) {
            super(place);
        }

        private long at(int index) {
            return ELEMENTS + 8L * checkIndex(index);
        }

        public long get(int index) {
            return Words.getLong(memory, at(index));
        }

        public void set(int index, long value) {
            Words.setLong(memory, at(index), value);
            Words.fence();
        }

        /** As {@link SharedLong#compareAndSet}. */
        public boolean compareAndSet(int index, long expected, long value) {
            return Words.casLong(memory, at(index), expected, value);
        }

        public long getAndSet(int index, long value) {
            return getAndUpdate(index, _ -> value);
        }

        public long getAndAdd(int index, long change) {
            return Words.addLong(memory, at(index), change);
        }

        public long addAndGet(int index, long change) {
            return getAndAdd(index, change) + change;
        }

        public long incrementAndGet(int index) {
            return addAndGet(index, 1);
        }

        public long decrementAndGet(int index) {
            return addAndGet(index, -1);
        }

        public long getAndIncrement(int index) {
            return getAndAdd(index, 1);
        }

        public long getAndDecrement(int index) {
            return getAndAdd(index, -1);
        }

        /** As {@link SharedLong#getAndUpdate}. */
        public long getAndUpdate(int index, LongUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                if (compareAndSet(index, before, change.applyAsLong(before))) {
                    return before;
                }
            }
        }

        /** As {@link SharedLong#updateAndGet}. */
        public long updateAndGet(int index, LongUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                var after = change.applyAsLong(before);
                if (compareAndSet(index, before, after)) {
                    return after;
                }
            }
        }

        /** As {@link SharedLong#accumulateAndGet}. */
        public long accumulateAndGet(int index, long other, LongBinaryOperator function) {
            Objects.requireNonNull(function);
            return updateAndGet(index, value -> function.applyAsLong(value, other));
        }

        /** Sets all elements to {@code value}, one after the other. */
        public void fill(long value) {
            for (var i = 0; i < length(); i++) {
                set(i, value);
            }
        }

        /** Sets the elements from {@code from} on to those values, one after the other. */
        public void setRange(int from, long... values) {
            checkSize(from, values.length);
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_LONG, ELEMENTS + 8L * from, values.length);
            Words.fence();
        }

        /**
         * A copy of some elements, read one after the other.
         *
         * @param from the first, inclusive
         * @param to the last, exclusive
         */
        public long[] copyOfRange(int from, int to) {
            var copy = new long[to - checkRange(from, to)];
            Words.fence();
            MemorySegment.copy(memory, ValueLayout.JAVA_LONG, ELEMENTS + 8L * from, copy, 0, copy.length);
            return copy;
        }

        /** A copy of all elements, read one after the other. */
        public long[] toArray() {
            return copyOfRange(0, length());
        }

        /** A stream of a copy of all elements. */
        public LongStream stream() {
            return Arrays.stream(toArray());
        }

        /** The elements, as {@link Arrays#toString(long[])} writes them. */
        @Override
        public String toString() {
            return isClosed() ? super.toString() : Arrays.toString(toArray());
        }
    }

    /** Of doubles. An index that is not in the array is an {@link IndexOutOfBoundsException} everywhere. */
    public static final class OfDouble extends SharedArray {
        private static final long serialVersionUID = 1;

        private OfDouble(Place place) {
            super(place);
        }

        private long at(int index) {
            return ELEMENTS + 8L * checkIndex(index);
        }

        public double get(int index) {
            return Double.longBitsToDouble(Words.getLong(memory, at(index)));
        }

        public void set(int index, double value) {
            Words.setLong(memory, at(index), Double.doubleToRawLongBits(value));
            Words.fence();
        }

        /** As {@link SharedDouble#compareAndSet}. */
        public boolean compareAndSet(int index, double expected, double value) {
            return Words.casLong(
                    memory, at(index), Double.doubleToRawLongBits(expected), Double.doubleToRawLongBits(value));
        }

        public double getAndSet(int index, double value) {
            return getAndUpdate(index, _ -> value);
        }

        public double getAndAdd(int index, double change) {
            return getAndUpdate(index, value -> value + change);
        }

        public double addAndGet(int index, double change) {
            return updateAndGet(index, value -> value + change);
        }

        /** As {@link SharedDouble#getAndUpdate}. */
        public double getAndUpdate(int index, DoubleUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                if (compareAndSet(index, before, change.applyAsDouble(before))) {
                    return before;
                }
            }
        }

        /** As {@link SharedDouble#updateAndGet}. */
        public double updateAndGet(int index, DoubleUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                var after = change.applyAsDouble(before);
                if (compareAndSet(index, before, after)) {
                    return after;
                }
            }
        }

        /** As {@link SharedDouble#accumulateAndGet}. */
        public double accumulateAndGet(int index, double other, DoubleBinaryOperator function) {
            Objects.requireNonNull(function);
            return updateAndGet(index, value -> function.applyAsDouble(value, other));
        }

        /** Sets all elements to {@code value}, one after the other. */
        public void fill(double value) {
            for (var i = 0; i < length(); i++) {
                set(i, value);
            }
        }

        /** Sets the elements from {@code from} on to those values, one after the other. */
        public void setRange(int from, double... values) {
            checkSize(from, values.length);
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_DOUBLE, ELEMENTS + 8L * from, values.length);
            Words.fence();
        }

        /**
         * A copy of some elements, read one after the other.
         *
         * @param from the first, inclusive
         * @param to the last, exclusive
         */
        public double[] copyOfRange(int from, int to) {
            var copy = new double[to - checkRange(from, to)];
            Words.fence();
            MemorySegment.copy(memory, ValueLayout.JAVA_DOUBLE, ELEMENTS + 8L * from, copy, 0, copy.length);
            return copy;
        }

        /** A copy of all elements, read one after the other. */
        public double[] toArray() {
            return copyOfRange(0, length());
        }

        /** A stream of a copy of all elements. */
        public DoubleStream stream() {
            return Arrays.stream(toArray());
        }

        /** The elements, as {@link Arrays#toString(double[])} writes them. */
        @Override
        public String toString() {
            return isClosed() ? super.toString() : Arrays.toString(toArray());
        }
    }

    /**
     * Of bytes. An index that is not in the array is an {@link IndexOutOfBoundsException} everywhere; what does not fit a byte
     * is cut to its lowest 8 bits by the cast that Java asks for.
     */
    public static final class OfByte extends SharedArray {
        private static final long serialVersionUID = 1;

        private OfByte(Place place) {
            super(place);
        }

        private long at(int index) {
            return ELEMENTS + checkIndex(index);
        }

        /** The int that the byte at {@code at} lies in: a processor exchanges whole words. */
        private static long word(long at) {
            return at & -Integer.BYTES;
        }

        /** Where in that int it lies, in bits. */
        private static int shift(long at) {
            var inWord = (int) at & Integer.BYTES - 1;
            var fromLowest = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? inWord : Integer.BYTES - 1 - inWord;
            return fromLowest * Byte.SIZE;
        }

        public byte get(int index) {
            var at = at(index);
            return (byte) (Words.getInt(memory, word(at)) >>> shift(at));
        }

        public void set(int index, byte value) {
            getAndUpdate(index, _ -> value);
        }

        /** Sets it to {@code value} if it is {@code expected}, and says whether it was. */
        public boolean compareAndSet(int index, byte expected, byte value) {
            var at = at(index);
            var shift = shift(at);
            while (true) {
                var word = Words.getInt(memory, word(at));
                if ((byte) (word >>> shift) != expected) {
                    return false;
                }
                var changed = word & ~(0xFF << shift) | (value & 0xFF) << shift;
                if (Words.casInt(memory, word(at), word, changed)) {
                    return true;
                }
            }
        }

        public byte getAndSet(int index, byte value) {
            return getAndUpdate(index, _ -> value);
        }

        public byte getAndAdd(int index, int change) {
            return getAndUpdate(index, value -> value + change);
        }

        public byte addAndGet(int index, int change) {
            return (byte) (getAndAdd(index, change) + change);
        }

        /** As {@link SharedLong#getAndUpdate}; of the result the lowest 8 bits count. */
        public byte getAndUpdate(int index, IntUnaryOperator change) {
            Objects.requireNonNull(change);
            while (true) {
                var before = get(index);
                if (compareAndSet(index, before, (byte) change.applyAsInt(before))) {
                    return before;
                }
            }
        }

        /** Sets all elements to {@code value}, one after the other. */
        public void fill(byte value) {
            for (var i = 0; i < length(); i++) {
                set(i, value);
            }
        }

        /** Sets the elements from {@code from} on to those values, one after the other. */
        public void setRange(int from, byte... values) {
            checkSize(from, values.length);
            MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_BYTE, ELEMENTS + 1L * from, values.length);
            Words.fence();
        }

        /**
         * A copy of some elements, read one after the other.
         *
         * @param from the first, inclusive
         * @param to the last, exclusive
         */
        public byte[] copyOfRange(int from, int to) {
            var copy = new byte[to - checkRange(from, to)];
            Words.fence();
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, ELEMENTS + 1L * from, copy, 0, copy.length);
            return copy;
        }

        /** A copy of all elements, read one after the other. */
        public byte[] toArray() {
            return copyOfRange(0, length());
        }

        /** The elements, as {@link Arrays#toString(byte[])} writes them. */
        @Override
        public String toString() {
            return isClosed() ? super.toString() : Arrays.toString(toArray());
        }
    }
}
