package heddle.processes;

/**
 * The layout of a {@link SharedList}'s {@link Generation}: an index of words, which is replaced as a whole where more than one of them changes.
 *
 * <pre>
 *    8 root: offset of the index, in words, in the upper half; size of the list in the lower
 *   64 an index:   0 how many words it has room for   8 word of element 0   16 of element 1 ...
 *      elements that are longer than a word, and further indexes
 * </pre>
 *
 * A change is committed by the store of an element's word, or of the root.
 */
final class ListTable {
    static final int ROOT = 8;

    private static final int FIRST_CAPACITY = 16;
    private static final int FIRST_VALUES = 2048;
    private static final int LEAST_SLACK = 1 << 15;
    private static final int MOST_SLACK = 1 << 26;

    private ListTable() {}

    static Generation first(Heap heap) {
        var length = Generation.HEAD_LENGTH + indexLength(FIRST_CAPACITY) + FIRST_VALUES;
        var made = heap.next(length, length);
        commit(made, index(made, new long[0], 0, FIRST_CAPACITY), 0);
        return made;
    }

    private static long indexLength(int capacity) {
        return 8 + 8L * capacity;
    }

    // ---- by anybody

    static int size(long root) {
        return (int) root;
    }

    static long at(long root, int index) {
        return (root >>> 32) * 8 + 8 + 8L * index;
    }

    // ---- by the one who holds the lock

    static long[] words(Generation in) {
        var root = in.getLong(ROOT);
        var words = new long[size(root)];
        for (var i = 0; i < words.length; i++) {
            words[i] = in.getLong(at(root, i));
        }
        return words;
    }

    private static long index(Generation in, long[] words, int size, int capacity) {
        var at = in.take(indexLength(capacity));
        in.setLong(at, capacity);
        for (var i = 0; i < size; i++) {
            in.setLong(at + 8 + 8L * i, words[i]);
        }
        return at;
    }

    private static void commit(Generation in, long index, int size) {
        in.setLong(ROOT, index / 8 << 32 | size);
    }

    private static int capacity(Generation in, long root) {
        return (int) in.getLong((root >>> 32) * 8);
    }

    static void set(Heap heap, Generation in, int index, Encoded value) {
        var need = Generation.need(value);
        if (in.room() < need) {
            in = grow(heap, in, words(in), need);
        }
        in.setLong(at(in.getLong(ROOT), index), in.put(value));
    }

    static void add(Heap heap, Generation in, Encoded value) {
        var need = Generation.need(value);
        var root = in.getLong(ROOT);
        var size = size(root);
        if (in.room() < need || size == capacity(in, root)) {
            in = grow(heap, in, words(in), need);
            root = in.getLong(ROOT);
        }
        in.setLong(at(root, size), in.put(value));
        in.setLong(ROOT, root + 1);
    }

    static void removeLast(Generation in) {
        in.setLong(ROOT, in.getLong(ROOT) - 1);
    }

    /** New elements take the place of those from {@code from} to {@code to}; all in one step. */
    static void replace(Heap heap, Generation in, int from, int to, Encoded[] values) {
        var need = 0L;
        for (var value : values) {
            need += Generation.need(value);
        }
        var before = words(in);
        var size = Math.addExact(before.length - (to - from), values.length);
        var capacity = capacity(size);
        if (in.room() < need + indexLength(capacity)) {
            in = grow(heap, in, before, need + indexLength(capacity));
            before = words(in);
        }
        var after = new long[size];
        System.arraycopy(before, 0, after, 0, from);
        for (var i = 0; i < values.length; i++) {
            after[from + i] = in.put(values[i]);
        }
        System.arraycopy(before, to, after, from + values.length, before.length - to);
        commit(in, index(in, after, size, capacity), size);
    }

    /** The elements in another order, or fewer of them; in one step. */
    static void rearrange(Heap heap, Generation in, int[] indexes) {
        var capacity = capacity(indexes.length);
        if (in.room() < indexLength(capacity)) {
            in = grow(heap, in, words(in), indexLength(capacity));
        }
        var before = words(in);
        var after = new long[indexes.length];
        for (var i = 0; i < after.length; i++) {
            after[i] = before[indexes[i]];
        }
        commit(in, index(in, after, after.length, capacity), after.length);
    }

    private static int capacity(int size) {
        return Math.max(FIRST_CAPACITY, Math.addExact(size, size >> 1) + 1);
    }

    /** A new generation with the same elements and room for that much more. */
    private static Generation grow(Heap heap, Generation old, long[] words, long need) {
        var capacity = capacity(words.length);
        var values = need + indexLength(capacity);
        for (var word : words) {
            values += old.need(word);
        }
        var least = Generation.HEAD_LENGTH + values;
        var next = heap.next(least + Math.clamp(values, LEAST_SLACK, MOST_SLACK), least);
        var copies = new long[words.length];
        for (var i = 0; i < words.length; i++) {
            copies[i] = next.put(old, words[i]);
        }
        commit(next, index(next, copies, copies.length, capacity), copies.length);
        heap.commit(next);
        return next;
    }
}
