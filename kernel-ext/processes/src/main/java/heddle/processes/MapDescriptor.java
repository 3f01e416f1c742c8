package heddle.processes;

/**
 * Where a {@link SharedMap} keeps what, in bytes from the beginning of its {@link Generation}.
 *
 * <pre>
 *    8 entries used (4)   12 of them present: the size (4)   16 entries there is room for (4)   20 slots, a power of two (4)
 *   64 slots, 4 bytes each:       0, or 1 + the index of an entry, which is that of its hash, or a slot somewhere behind
 *      entries, 24 bytes each:    0 hash (4)   8 word of the key   16 word of the value, or 0 where the key is absent
 *      keys and values that are longer than a word
 * </pre>
 *
 * A change is committed by the store of a value's word. Until then a new entry is absent, and its slot leads from one absent entry to
 * another. A slot is never empty again, so whoever looks for a key without the lock passes all that were there.
 */
final class MapDescriptor {
    static final int USED = 8;
    static final int SIZE = 12;
    static final int CAPACITY = 16;
    static final int SLOTS = 20;

    static final int FIRST_SLOT = Generation.HEAD_LENGTH;
    static final int SLOT_LENGTH = 4;

    static final int HASH = 0;
    static final int KEY = 8;
    static final int VALUE = 16;
    static final int ENTRY_LENGTH = 24;

    /** The word of no value: that of null, which is none of a map's. */
    static final long ABSENT = 0;

    private MapDescriptor() {}
}
