package heddle.processes;

/**
 * Where a {@link JoinableProcessQueue} keeps what it has beyond a {@link ProcessQueue}, in bytes behind that.
 *
 * <pre>
 *    0 lock   4 signal   8 tasks done, the lost among them   16 tasks lost
 *   24 whose tasks are being counted as lost, 0 for nobody   32 tasks done then   40 tasks lost then
 *   64 for each process of the census, by its index, what it takes and what it reports:
 *      | tasks taken (24) | number of the last of them (40) | tasks reported (24) | the last made so many done (40) |
 * </pre>
 *
 * Tasks become lost by several stores, under the lock; before the first is written what they will be, so whoever has the lock next can make them.
 * The right half of each entry is written with the left one before what it speaks of is committed, so that the process's death in between can be told.
 */
final class JoinableQueueDescriptor {
    static final long BASE = ProcessQueue.END;
    static final long LOCK = BASE;
    static final long SIGNAL = BASE + 4;
    static final long DONE = BASE + 8;
    static final long LOST = BASE + 16;
    static final long LOSING = BASE + 24;
    static final long DONE_THEN = BASE + 32;
    static final long LOST_THEN = BASE + 40;
    static final long ENTRIES = BASE + 64;
    static final long ENTRY_LENGTH = 16;
    static final long TAKEN = 0;
    static final long REPORTED = 8;

    static final int COUNT_SHIFT = 40;
    static final long ONE = 1L << COUNT_SHIFT;
    static final long NUMBER_MASK = ONE - 1;

    static final long LENGTH = ENTRIES + CensusDescriptor.ENTRIES * ENTRY_LENGTH - SharedObject.Place.HEAD_LENGTH;

    private JoinableQueueDescriptor() {}
}
