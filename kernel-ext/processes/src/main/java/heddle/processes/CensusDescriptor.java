package heddle.processes;

/**
 * Where the {@link Census} keeps what, in bytes from its beginning.
 *
 * <pre>
 *   30               10 9            0
 *  +-------------------+--------------+
 *  | use of the entry  |  its index   |     a number; 0 is nobody
 *  +-------------------+--------------+
 *
 *  entry, 128 bytes:
 *    0 number   4 state   8 pid   16 parent's number   20 exit code
 *   24 whether it touched shared memory   28 length of the name   32 name (UTF-8, at most 96 bytes)
 * </pre>
 */
final class CensusDescriptor {
    /** How many processes a tree may have at a time. */
    static final int ENTRIES = 1024;

    static final int INDEX_BITS = 10;
    static final int INDEX_MASK = ENTRIES - 1;
    static final int LARGEST_USE = (1 << 31 - INDEX_BITS) - 1;

    /** Where the next free entry is looked for: entries are used in turn, so that the dead are remembered for long. */
    static final int NEXT = 0;

    static final int HEAD_LENGTH = 128;
    static final int ENTRY_LENGTH = 128;
    static final long LENGTH = HEAD_LENGTH + (long) ENTRIES * ENTRY_LENGTH;

    static final int NUMBER = 0;
    static final int STATE = 4;
    static final int PID = 8;
    static final int PARENT = 16;
    static final int EXIT_CODE = 20;
    static final int TOUCHED = 24;
    static final int NAME_LENGTH = 28;
    static final int NAME = 32;

    static final int FREE = 0;
    static final int CLAIMED = 1;
    static final int ALIVE = 2;
    static final int DEAD = 3;
    /** Dead, and all is in order that it left: the entry may be used again. */
    static final int BURIED = 4;

    private CensusDescriptor() {}
}
