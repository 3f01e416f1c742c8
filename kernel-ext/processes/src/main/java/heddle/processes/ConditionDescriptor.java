package heddle.processes;

/**
 * Where a {@link ProcessCondition} keeps what, in bytes behind the head of a {@link SharedObject}.
 *
 * <pre>
 *   0 kind of the lock   4 how many slots have ever been used   8 id of the lock   16 next ticket
 *  64 slots of 16 bytes, one for each thread that waits
 *       0 ticket: the oldest is signalled first
 *       8  31          30                          0
 *         +-----------+-----------------------------+
 *         | signalled | process whose thread waits  |     0: the slot is free
 *         +-----------+-----------------------------+
 * </pre>
 *
 * A thread enters under the lock, and leaves by itself; a signal is one change of one word. A slot that is signalled is given up
 * only by a thread that has the lock again: until then, the death of its process passes the signal on.
 */
final class ConditionDescriptor {
    static final int LOCK_KIND = SharedObject.Place.HEAD_LENGTH;
    static final int USED = LOCK_KIND + 4;
    static final int LOCK_ID = LOCK_KIND + 8;
    static final int TICKETS = LOCK_KIND + 16;
    static final int SLOTS = LOCK_KIND + 64;

    static final int CAPACITY = 1024;
    static final int SLOT_LENGTH = 16;
    static final int WORD = 8;
    static final int SIGNALLED = Integer.MIN_VALUE;

    static final int LENGTH = SLOTS - SharedObject.Place.HEAD_LENGTH + CAPACITY * SLOT_LENGTH;

    private ConditionDescriptor() {}
}
