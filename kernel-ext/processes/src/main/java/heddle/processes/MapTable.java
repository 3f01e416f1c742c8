package heddle.processes;

import static heddle.processes.MapDescriptor.*;

/**
 * A {@link SharedMap}'s {@link Generation}: a table of hashes with open addressing, and the entries in the order in which they came.
 */
final class MapTable {
    private static final int LEAST_ENTRIES = 16;
    private static final int FIRST_VALUES = 2048;
    /** What is worth a new generation. In bytes, as {@link #MOST_SLACK}: beyond it a map does not take twice what it needs. */
    private static final int LEAST_SLACK = 1 << 15;

    private static final int MOST_SLACK = 1 << 26;

    private MapTable() {}

    static Generation first(Heap heap) {
        var length = length(LEAST_ENTRIES, FIRST_VALUES);
        return make(heap, LEAST_ENTRIES, length, length);
    }

    private static long length(int capacity, long values) {
        return FIRST_SLOT + (long) slots(capacity) * SLOT_LENGTH + (long) capacity * ENTRY_LENGTH + values;
    }

    /** At most half of them are in use, so that looking for an absent key soon meets an empty one. */
    private static int slots(int capacity) {
        return Integer.highestOneBit(capacity - 1) << 2;
    }

    private static Generation make(Heap heap, int capacity, long wanted, long least) {
        var made = heap.next(wanted, least);
        made.setInt(CAPACITY, capacity);
        made.setInt(SLOTS, slots(capacity));
        made.take((long) slots(capacity) * SLOT_LENGTH + (long) capacity * ENTRY_LENGTH);
        return made;
    }

    private static long entry(Generation in, int index) {
        return FIRST_SLOT + (long) in.getInt(SLOTS) * SLOT_LENGTH + (long) index * ENTRY_LENGTH;
    }

    // ---- by anybody

    static int size(Generation in) {
        return in.getInt(SIZE);
    }

    /** The word of that key's value. */
    static long get(Generation in, Key key) {
        var index = in.getInt(slot(in, key));
        return index == 0 ? ABSENT : in.getLong(entry(in, index - 1) + VALUE);
    }

    /** The slot of that key, or the empty one where it would be. */
    private static long slot(Generation in, Key key) {
        var mask = in.getInt(SLOTS) - 1;
        for (var i = key.hash; ; i++) {
            var slot = FIRST_SLOT + (long) (i & mask) * SLOT_LENGTH;
            var index = in.getInt(slot);
            if (index == 0) {
                return slot;
            }
            var entry = entry(in, index - 1);
            if (in.getInt(entry + HASH) == key.hash && key.isAt(in, in.getLong(entry + KEY))) {
                return slot;
            }
        }
    }

    // ---- by the one who holds the lock

    /** The words of all keys and their values, by turns. */
    static long[] words(Generation in) {
        var words = new long[2 * size(in)];
        var used = in.getInt(USED);
        var next = 0;
        for (var i = 0; i < used && next < words.length; i++) {
            var entry = entry(in, i);
            var value = in.getLong(entry + VALUE);
            if (value != ABSENT) {
                words[next++] = in.getLong(entry + KEY);
                words[next++] = value;
            }
        }
        return words;
    }

    /** Counts what is present, after a change that was broken off. */
    static void count(Generation in) {
        var size = 0;
        for (var i = 0; i < in.getInt(USED); i++) {
            if (in.getLong(entry(in, i) + VALUE) != ABSENT) {
                size++;
            }
        }
        in.setInt(SIZE, size);
    }

    /** Returns the word of the value before. */
    static long remove(Generation in, Key key) {
        var index = in.getInt(slot(in, key));
        var at = index == 0 ? 0 : entry(in, index - 1) + VALUE;
        var before = index == 0 ? ABSENT : in.getLong(at);
        if (before != ABSENT) {
            try {
                in.setLong(at, ABSENT);
                in.setInt(SIZE, size(in) - 1);
            } catch (Throwable e) { // that another thread sent
                count(in);
                throw e;
            }
        }
        return before;
    }

    static void put(Heap heap, Generation in, Key key, Encoded value) {
        var slot = slot(in, key);
        var index = in.getInt(slot);
        var need = Generation.need(value);
        if (index == 0 || in.getLong(entry(in, index - 1) + VALUE) == ABSENT) {
            need += Generation.need(key.encoded);
            if (in.room() < need || in.getInt(USED) == in.getInt(CAPACITY)) {
                in = grow(heap, in, need);
                slot = slot(in, key);
            }
            insert(in, slot, key, value);
            return;
        }
        if (in.room() < need) {
            in = grow(heap, in, need);
            index = in.getInt(slot(in, key));
        }
        in.setLong(entry(in, index - 1) + VALUE, in.put(value));
    }

    private static void insert(Generation in, long slot, Key key, Encoded value) {
        try {
            var keyWord = in.put(key.encoded);
            var word = in.put(value);
            var index = in.getInt(USED);
            var entry = entry(in, index);
            in.setInt(entry + HASH, key.hash);
            in.setLong(entry + KEY, keyWord);
            in.setLong(entry + VALUE, ABSENT); // a killed process may have come as far as here before
            in.setInt(USED, index + 1);
            in.setInt(slot, index + 1);
            in.setLong(entry + VALUE, word);
            in.setInt(SIZE, size(in) + 1);
        } catch (Throwable e) { // that another thread sent
            count(in);
            throw e;
        }
    }

    /** A new generation with room for that much more, and another entry. */
    private static Generation grow(Heap heap, Generation old, long need) {
        var size = size(old);
        var values = need;
        for (var i = 0; i < old.getInt(USED); i++) {
            var entry = entry(old, i);
            var value = old.getLong(entry + VALUE);
            if (value != ABSENT) {
                values += old.need(value) + old.need(old.getLong(entry + KEY));
            }
        }
        var capacity = Math.max(LEAST_ENTRIES, Math.multiplyExact(2, size + 1));
        var slack = Math.clamp(values, LEAST_SLACK, MOST_SLACK);
        var next = make(heap, capacity, length(capacity, values + slack), length(capacity, values));
        var mask = next.getInt(SLOTS) - 1;
        var index = 0;
        for (var i = 0; i < old.getInt(USED); i++) {
            var entry = entry(old, i);
            var value = old.getLong(entry + VALUE);
            if (value != ABSENT) {
                var hash = old.getInt(entry + HASH);
                var copy = entry(next, index);
                next.setInt(copy + HASH, hash);
                next.setLong(copy + KEY, next.put(old, old.getLong(entry + KEY)));
                next.setLong(copy + VALUE, next.put(old, value));
                var slot = hash & mask;
                while (next.getInt(FIRST_SLOT + (long) slot * SLOT_LENGTH) != 0) {
                    slot = slot + 1 & mask;
                }
                next.setInt(FIRST_SLOT + (long) slot * SLOT_LENGTH, ++index);
            }
        }
        next.setInt(USED, index);
        next.setInt(SIZE, index);
        heap.commit(next);
        return next;
    }
}
