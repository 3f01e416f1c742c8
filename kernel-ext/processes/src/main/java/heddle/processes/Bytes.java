package heddle.processes;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes that grow, without the locks of a ByteArrayOutputStream. Numbers are little-endian. */
final class Bytes extends OutputStream {
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    byte[] array;
    int length;
    /** The class of the record that was written last. */
    RecordShape record;
    /** The shipped classes of the records and enum constants in it; null while there is none. */
    List<Class<?>> shipped;
    /** How many records the one that is being written lies in. */
    int depth;

    Bytes(int capacity) {
        array = new byte[capacity];
    }

    private void grow(int more) {
        var needed = (long) length + more;
        if (needed > LARGEST) {
            throw new IllegalArgumentException("a value of more than 2 GB cannot travel to another process");
        }
        array = Arrays.copyOf(array, (int) Math.min(LARGEST, Math.max(needed, 2L * array.length)));
    }

    void room(int more) {
        if (array.length - length < more) {
            grow(more);
        }
    }

    void shipped(Class<?> type) {
        if (shipped == null) {
            shipped = new ArrayList<>();
        }
        shipped.add(type);
    }

    @Override
    public void write(int one) {
        room(1);
        array[length++] = (byte) one;
    }

    @Override
    public void write(byte[] from, int offset, int count) {
        room(count);
        System.arraycopy(from, offset, array, length, count);
        length += count;
    }

    void put16(int value) {
        room(2);
        array[length] = (byte) value;
        array[length + 1] = (byte) (value >>> 8);
        length += 2;
    }

    void put32(int value) {
        room(4);
        set32(length, value);
        length += 4;
    }

    void set32(int at, int value) {
        array[at] = (byte) value;
        array[at + 1] = (byte) (value >>> 8);
        array[at + 2] = (byte) (value >>> 16);
        array[at + 3] = (byte) (value >>> 24);
    }

    void put64(long value) {
        put32((int) value);
        put32((int) (value >>> 32));
    }
}
