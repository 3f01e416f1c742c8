package heddle.processes;

/**
 * Where {@link PoolResults} keep what, in bytes from their beginning.
 *
 * <pre>
 *    64 1 while it sleeps   68 1 when it waits for tasks for the first time   72 why it leaves   76 1 while it may not begin a task
 *    80 its number in the census
 *   128 id of the task that it has taken, or 0   136 id of the task that it runs, or 0
 *   192 bytes read   200 1 while it waits for room
 *   256 bytes written
 *   320 the stream: records, each a multiple of 8 bytes and in one piece
 *         0 length of the record   4 kind (PAD: nothing until the end of the memory)   8 id of the task
 *        16 length of the whole value   24 where in it these bytes belong   32 bytes
 * </pre>
 *
 * A value that is longer than a quarter of the stream comes in several records.
 */
final class PoolResultsDescriptor {
    static final int SLEEPING = 64;
    static final int READY = 68;
    static final int LEAVING = 72;
    static final int HELD_BACK = 76;
    static final int NUMBER = 80;
    static final int TAKEN = 128;
    static final int RUNNING = 136;
    static final int READ = 192;
    static final int FULL = 200;
    static final int WRITTEN = 256;
    static final int STREAM = 320;
    static final int CAPACITY = 1 << 18;

    static final int ID = 8;
    static final int WHOLE = 16;
    static final int OFFSET = 24;
    static final int HEAD_LENGTH = 32;
    static final int LONGEST = CAPACITY / 4;

    static final int VALUE = 1;
    static final int FAILURE = 2;
    static final int INITIALIZER_FAILED = 3;
    static final int PAD = 0;

    /** Why a worker leaves. */
    static final int IDLE = 1;

    static final int TOLD = 2;
    static final int ENOUGH = 3;

    private PoolResultsDescriptor() {}
}
