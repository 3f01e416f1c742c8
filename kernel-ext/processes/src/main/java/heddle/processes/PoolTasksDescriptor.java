package heddle.processes;

/**
 * Where {@link PoolTasks} keep what, in bytes from their beginning.
 *
 * <pre>
 *    64 number of the last task that was put in        128 number of the next to be taken, or an earlier one
 *   192 the leader   196 the results thread (see below) 256 the workers are to end   260 so many of them are to end
 *   320 slots, 64 bytes each, the task of number n in slot n mod 1024:
 *         0 state: the number of the task (upper half) and QUEUED, FREE or the worker that takes it (lower half)
 *         8 id   16 where its bytes begin, or -1: in a file of their own   24 how many there are   32 of these, the function   40 kind
 *   then the bytes, in the order of the tasks
 *
 *   QUEUED -> worker -> FREE      the worker has copied what it needs and has noted the id in its PoolResults
 *   QUEUED -> FREE                cancelled
 * </pre>
 *
 * The leader is the thread that waits for a result and brings in all that come meanwhile; the results thread does when nobody waits. Each is 0 absent,
 * 1 awake (and will look before it sleeps or leaves), 2 asleep (and whoever makes it 1 wakes it).
 */
final class PoolTasksDescriptor {
    static final int LAST = 64;
    static final int NEXT = 128;
    static final int LEADER = 192;
    static final int RESULTS = 196;
    static final int ENDING = 256;
    static final int RETIRING = 260;
    static final int SLOT = 320;

    /** How many tasks there may be in it. */
    static final int SLOTS = 1024;

    static final int SLOT_LENGTH = 64;
    static final int ID = 8;
    static final int OFFSET = 16;
    static final int LENGTH = 24;
    static final int FUNCTION_LENGTH = 32;
    static final int KIND = 40;

    static final int QUEUED = 0;
    static final int FREE = -1;

    static final int ABSENT = 0;
    static final int AWAKE = 1;
    static final int ASLEEP = 2;

    static final int BYTES = SLOT + SLOTS * SLOT_LENGTH;
    static final int CAPACITY = 1 << 20;
    /** What is longer has a file of its own. */
    static final int LONGEST = CAPACITY / 4;

    private PoolTasksDescriptor() {}
}
