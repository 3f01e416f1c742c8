package heddle.processes;

/**
 * Where {@link Records} keep what, in bytes from their beginning. What producers write, what consumers write, and what the one reads of the
 * other have cache lines of their own.
 *
 * <pre>
 *      0  capacity, byte limit, count of segments                     hardly ever written
 *    128  put lock; 160 tail slot 0, tail slot 1                      producers only
 *    256  put:   | closed (1 bit) | records ever put (63) |           read by consumers
 *    384  take lock; 416 head slot 0, head slot 1                     consumers only
 *    512  taken: | records ever taken |                               read by producers
 *    640  arrivals, departures: two signals                         written only when somebody sleeps
 *    768  128 segments: | offset in the file | length | lap |
 *   4864  the first segment
 *
 *  slot n mod 2, valid while n records have been put (taken):
 *    | position behind the last | bytes ever put (taken) | tail only: limit | tail only: since |
 *
 *  position:  | segment (16) | offset in it (48) |
 *
 *  segment:   | record | record | ... | jump to a position in this or another segment |
 *  record:    | length (8) | bytes | up to 7 unused |
 *  jump:      | the position, inverted, thus negative (8) |
 * </pre>
 *
 * A put writes its record, and the slot that is not valid yet, and is committed by the store of {@code put}; a take likewise by {@code taken}. A segment
 * is in use if its lap lies between those of the segments of head and tail; any other may be written to, which needs no list that a killed process
 * could leave torn. When a segment is begun again because nothing is left to be read, the jump to its front stands at {@code limit}, which must not be
 * overwritten before it has been followed: before more than {@code since} records have been taken.
 */
final class RecordsDescriptor {
    static final int CAPACITY = 0;
    static final int BYTE_LIMIT = 8;
    static final int SEGMENTS = 16;

    static final int PUT_LOCK = 128;
    static final int TAIL = 160;
    static final int PUT = 256;

    static final int TAKE_LOCK = 384;
    static final int HEAD = 416;
    static final int TAKEN = 512;

    static final int ARRIVALS = 640;
    static final int DEPARTURES = 644;

    static final int TABLE = 768;
    static final int FIRST = 4864;
    static final int FIRST_LENGTH = 1 << 16;
    static final long LENGTH = FIRST + FIRST_LENGTH;

    static final long CLOSED = Long.MIN_VALUE;

    static final int SLOT_LENGTH = 32;
    static final int SLOT_POSITION = 0;
    static final int SLOT_BYTES = 8;
    static final int SLOT_LIMIT = 16;
    static final int SLOT_SINCE = 24;

    static final int MOST_SEGMENTS = 128;
    static final int ENTRY_LENGTH = 32;
    static final int ENTRY_OFFSET = 0;
    static final int ENTRY_SIZE = 8;
    static final int ENTRY_LAP = 16;

    static final int OFFSET_BITS = 48;
    static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

    static final int HEADER_LENGTH = 8;

    private RecordsDescriptor() {}

    /** Where the slot lies that is valid while {@code count} records have been put (or taken). */
    static long slot(int slots, long count) {
        return slots + (count & 1) * SLOT_LENGTH;
    }

    static long entry(int segment) {
        return TABLE + (long) segment * ENTRY_LENGTH;
    }

    static int segmentOf(long position) {
        return (int) (position >>> OFFSET_BITS);
    }

    static long offsetOf(long position) {
        return position & OFFSET_MASK;
    }

    static long position(int segment, long offset) {
        return (long) segment << OFFSET_BITS | offset;
    }

    /** What a record of that many bytes takes up. */
    static long aligned(long length) {
        return HEADER_LENGTH + (length + 7 & -8);
    }
}
