package heddle.processes;

import java.nio.ByteOrder;

/**
 * Where a {@link ProcessBarrier} keeps what, in bytes behind the head of a {@link SharedObject}.
 *
 * <pre>
 *   0  63           32 31                  2 1     0
 *     +---------------+---------------------+-------+
 *     | have arrived  | generation          | phase |     the state, one long; who waits sleeps at its lower half
 *     +---------------+---------------------+-------+
 *   8 parties   12 how many slots have ever been used
 *  64 slots, one for each thread that is in await
 *      63                  34 33    32 31                           0
 *     +----------------------+--------+------------------------------+
 *     | generation           | phase  | number of the thread's process |     one long, 0: the slot is free
 *     +----------------------+--------+------------------------------+
 * </pre>
 *
 * A generation is OPEN, until the last who arrived makes it PASSED, or anybody BROKEN; each is one change of the state. The next one
 * begins when this has been noted in all slots of the old one, by whoever needs the next: so a thread that comes late to see how its
 * generation ended finds it there. A slot names its generation from just before its arrival is counted: if the process dies between the
 * two, the generation breaks, as it does if the process dies after.
 */
final class BarrierDescriptor {
    static final int STATE = SharedObject.Place.HEAD_LENGTH;
    static final int LOW = STATE + (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0 : Integer.BYTES);
    static final int PARTIES = STATE + 8;
    static final int USED = STATE + 12;
    static final int SLOTS = STATE + 64;

    static final int CAPACITY = 1024;
    static final int LENGTH = SLOTS - SharedObject.Place.HEAD_LENGTH + CAPACITY * Long.BYTES;

    static final int OPEN = 0;
    static final int PASSED = 1;
    static final int BROKEN = 2;
    /** Of a slot whose thread waits for the next generation. */
    static final int EARLY = 3;

    static final int PHASE = 3;

    private BarrierDescriptor() {}
}
