package heddle.processes;

/**
 * Where a {@link ProcessSemaphore} keeps what, in bytes behind the head of a {@link SharedObject}.
 *
 * <pre>
 *   0 mutex, for what follows   4 free permits   8 permits in the beginning   12 whether it is bounded
 *  16 whether somebody waits   20 releases: a word to wait at, which every change that may help changes
 *  24 undo: index of the account that is being changed + 1, or 0   28 its permits   32 its account
 *  64 accounts: for each entry of the census
 *       31                        0 31                0
 *      +---------------------------+-------------------+
 *      | number of the process     | permits it holds  |     one long
 *      +---------------------------+-------------------+
 * </pre>
 *
 * A change of two words, under the mutex: what they were is noted, and the note is committed, before, and wiped, which commits the
 * change, after. Whoever finds the note with the mutex held by a dead process undoes the change.
 */
final class SemaphoreDescriptor {
    static final int MUTEX = SharedObject.Place.HEAD_LENGTH;
    static final int PERMITS = MUTEX + 4;
    static final int INITIAL = MUTEX + 8;
    static final int BOUNDED = MUTEX + 12;
    static final int AWAITED = MUTEX + 16;
    static final int RELEASES = MUTEX + 20;
    static final int UNDO = MUTEX + 24;
    static final int UNDO_PERMITS = MUTEX + 28;
    static final int UNDO_ACCOUNT = MUTEX + 32;
    static final int ACCOUNTS = MUTEX + 64;

    static final int LENGTH = ACCOUNTS - SharedObject.Place.HEAD_LENGTH + CensusDescriptor.ENTRIES * Long.BYTES;

    private SemaphoreDescriptor() {}
}
