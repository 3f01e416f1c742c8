package heddle.processes;

import static heddle.processes.RecordsDescriptor.*;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A stream of values in shared memory, first in first out, from any number of threads of any number of processes to any number of others. A
 * queue with two locks: producers exclude each other, and consumers do, but neither the other. It is part of a {@link SharedObject}, which buries
 * the dead here; see {@link RecordsDescriptor} for what lies where.
 *
 * <p>A value is whole or not there at all, wherever a process is killed. Waiting ends early when the thread is interrupted, whose flag stays set; an interrupted
 * thread may still put and take what needs no waiting.
 */
final class Records {
    /** What {@link #offer} returns when there was no room in time. */
    static final long FULL = 0;
    /** What it returns when nothing may be put any more. */
    static final long ENDED = -1;

    /**
     * How long a lock is waited for beyond the deadline: it is held for microseconds, unless its holder was stopped, and without it nobody can
     * say what is there.
     */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);
    /** How often something is looked for before the thread lets others have the processor. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;
    /**
     * How often it lets them before it sleeps: if there are more threads than processors, the other side then puts (or takes) many before this one runs again,
     * and need not wake it each time. Measured: a quarter of the processor time of sleeping at once.
     */
    private static final int TURNS = 20;
    /** An empty stream goes on at the front of its segment, if it is farther than this from it: there the caches are warm. */
    private static final long WARM = 1 << 13;
    /** At most every so many bytes it is looked whether the stream is empty, which costs a cache miss. */
    private static final long STEP = 1 << 12;

    private static final long TAKING = -1;

    final MemorySegment memory;
    private final Growth growth;
    private final Peers peers;
    private final int self;
    private final long capacity;
    private final long byteLimit;
    private final MemorySegment[] segments = new MemorySegment[MOST_SEGMENTS];
    /** As many were put, if not more; may be old. */
    private long knownPut;
    /** As many were taken, if not more; may be old. */
    private long knownTaken;

    /** Who else is there, for streams that end when nobody is. */
    interface Peers {
        /** @param producers whether those are asked for that could put more; else those that could take it */
        boolean areGone(boolean producers);
    }

    /** A number of what is about to be taken; called under the lock, directly before it is. */
    interface Claim {
        void take(long number);
    }

    /**
     * @param memory where {@link #format} was called
     * @param growth gives out more of the file that it is in
     * @param peers asked before a thread sleeps, which gives up when they are gone; who makes them go calls {@link #rouse}. Or null
     */
    Records(MemorySegment memory, Growth growth, int self, Peers peers) {
        this.peers = peers;
        this.memory = memory;
        this.growth = growth;
        this.self = self;
        capacity = Words.getLong(memory, CAPACITY);
        byteLimit = Words.getLong(memory, BYTE_LIMIT);
        segments[0] = memory.asSlice(FIRST, FIRST_LENGTH);
    }

    /**
     * Prepares memory that is all zeros.
     *
     * @param capacity how many records there may be, or 0 for any number
     * @param byteLimit how many bytes there may be, unless it is a single record; or 0 for any number
     * @return {@code memory}
     */
    static MemorySegment format(MemorySegment memory, long capacity, long byteLimit) {
        Words.setLong(memory, CAPACITY, capacity);
        Words.setLong(memory, BYTE_LIMIT, byteLimit);
        Words.setLong(memory, entry(0) + ENTRY_SIZE, FIRST_LENGTH);
        Words.setLong(memory, entry(0) + ENTRY_LAP, 1);
        Words.setLong(memory, slot(TAIL, 0) + SLOT_LIMIT, FIRST_LENGTH);
        Words.setInt(memory, SEGMENTS, 1);
        return memory;
    }

    // ---- what there is

    /** How many have ever been put. */
    long put() {
        return Words.getLong(memory, PUT) & ~CLOSED;
    }

    /** How many have ever been taken. */
    long taken() {
        return Words.getLong(memory, TAKEN);
    }

    /** How many there are at this moment. */
    long size() {
        while (true) {
            var taken = taken();
            var put = put();
            if (taken == taken()) {
                return put - taken;
            }
        }
    }

    boolean isEmpty() {
        return taken() == put();
    }

    /** How many may be there at a time, or 0. */
    long capacity() {
        return capacity;
    }

    boolean isClosed() {
        return Words.getLong(memory, PUT) < 0;
    }

    /** Whether all has been taken and nothing more will come. */
    boolean hasEnded() {
        return isClosed() && isEmpty();
    }

    /** Ends the stream behind what is in it. */
    void close() {
        var put = Words.getLong(memory, PUT);
        while (put >= 0 && !Words.casLong(memory, PUT, put, put | CLOSED)) {
            put = Words.getLong(memory, PUT);
        }
        rouse();
    }

    // ---- putting

    /**
     * Puts one, if there is room before the deadline.
     *
     * @return its number, which is how many have ever been put with it; or {@link #FULL} or {@link #ENDED}
     * @throws IOException if there is no memory; nothing has been put then
     */
    long offer(Encoded record, long deadlineNs) throws IOException {
        var length = record.length();
        while (true) {
            if (hasRoom(length)) {
                if (!lock(PUT_LOCK, deadlineNs)) {
                    return FULL;
                }
                long number;
                try {
                    number = put(record, length);
                } catch (IOException e) {
                    if (isClosed()) {
                        return ENDED; // and its file is gone
                    }
                    throw e;
                } finally {
                    Mutex.unlock(memory, PUT_LOCK);
                }
                if (number != FULL) {
                    Signal.changed(memory, ARRIVALS, byteLimit > 0 ? Waiting.ALL : 1);
                    return number;
                }
            }
            if (isClosed()) {
                return ENDED;
            }
            if (!await(DEPARTURES, length, deadlineNs)) {
                return FULL;
            }
        }
    }

    /** With the put lock. */
    private long put(Encoded record, long length) throws IOException {
        var put = Words.getLong(memory, PUT);
        if (put < 0) {
            return ENDED;
        }
        if (!hasRoom(length)) {
            return FULL;
        }
        var slot = slot(TAIL, put);
        var tail = Words.getLong(memory, slot + SLOT_POSITION);
        var limit = Words.getLong(memory, slot + SLOT_LIMIT);
        var since = Words.getLong(memory, slot + SLOT_SINCE);
        var index = segmentOf(tail);
        var offset = offsetOf(tail);
        var needed = aligned(length);
        var end = offset + needed;
        if (end + HEADER_LENGTH > limit && taken() > since) {
            limit = size(index);
        }
        var fits = end + HEADER_LENGTH <= limit;
        if (!fits || offset > WARM && (offset ^ end) >= STEP) {
            if (needed + HEADER_LENGTH <= offset && taken() == put) {
                limit = offset;
                since = put;
                offset = 0;
            } else if (!fits) {
                index = other(index, needed + HEADER_LENGTH);
                limit = size(index);
                offset = 0;
            }
        }
        var segment = segment(index);
        record.writeTo(segment, offset + HEADER_LENGTH);
        Words.setLong(segment, offset, length);
        var target = position(index, offset);
        if (target != tail) {
            Words.setLong(segment(segmentOf(tail)), offsetOf(tail), ~target);
        }
        var next = slot(TAIL, put + 1);
        Words.setLong(memory, next + SLOT_POSITION, target + needed);
        Words.setLong(memory, next + SLOT_BYTES, Words.getLong(memory, slot + SLOT_BYTES) + length);
        Words.setLong(memory, next + SLOT_LIMIT, limit);
        Words.setLong(memory, next + SLOT_SINCE, since);
        return Words.casLong(memory, PUT, put, put + 1) ? put + 1 : ENDED;
    }

    /** Another segment that long, which nobody needs any more or which is new. */
    private int other(int last, long needed) throws IOException {
        var lastLap = lap(last);
        var headLap = lap(segmentOf(head()));
        var count = Words.getInt(memory, SEGMENTS);
        var total = 0L;
        var best = -1;
        for (var each = 0; each < count; each++) {
            var size = size(each);
            var lap = lap(each);
            total += size;
            if (each != last
                    && size >= needed
                    && (lap < headLap || lap > lastLap)
                    && (best < 0 || lap > lap(best))) { // used last, so perhaps still in a cache
                best = each;
            }
        }
        if (best < 0) {
            best = add(count, Math.max(needed, total / 4));
        }
        Words.setLong(memory, entry(best) + ENTRY_LAP, lastLap + 1);
        return best;
    }

    private int add(int index, long needed) throws IOException {
        if (index == MOST_SEGMENTS) {
            throw new IOException("it consists of " + MOST_SEGMENTS + " pieces already");
        }
        var size = Growth.rounded(Math.max(needed, FIRST_LENGTH));
        Words.setLong(memory, entry(index) + ENTRY_OFFSET, growth.allocate(size));
        Words.setLong(memory, entry(index) + ENTRY_SIZE, size);
        Words.setInt(memory, SEGMENTS, index + 1);
        return index;
    }

    private long size(int segment) {
        return Words.getLong(memory, entry(segment) + ENTRY_SIZE);
    }

    private long lap(int segment) {
        return Words.getLong(memory, entry(segment) + ENTRY_LAP);
    }

    /** Where the next record is taken from; consumers may be ahead of that already. */
    private long head() {
        while (true) {
            var taken = taken();
            var head = Words.getLong(memory, slot(HEAD, taken) + SLOT_POSITION);
            if (taken == taken()) {
                return head;
            }
        }
    }

    private boolean hasRoom(long length) {
        if (capacity > 0) {
            var put = put();
            if (put - knownTaken >= capacity) {
                var taken = taken();
                knownTaken = taken;
                if (put - taken >= capacity) {
                    return false;
                }
            }
        }
        return byteLimit == 0 || unread() + length <= byteLimit || isEmpty();
    }

    /** How many bytes there are. */
    private long unread() {
        while (true) {
            var taken = taken();
            var bytesTaken = Words.getLong(memory, slot(HEAD, taken) + SLOT_BYTES);
            var put = put();
            var bytesPut = Words.getLong(memory, slot(TAIL, put) + SLOT_BYTES);
            if (taken == taken() && put == put()) {
                return bytesPut - bytesTaken;
            }
        }
    }

    private MemorySegment segment(int index) throws IOException {
        var segment = segments[index];
        if (segment == null) {
            segment = growth.map(Words.getLong(memory, entry(index) + ENTRY_OFFSET), size(index));
            segments[index] = segment;
        }
        return segment;
    }

    // ---- taking

    /**
     * Takes the first, if there is one before the deadline.
     *
     * @return null if there was none, which may be the end: see {@link #hasEnded}
     * @throws UnreadableValueException if its bytes are damaged; it has been taken then
     */
    Received poll(long deadlineNs) throws IOException {
        return poll(deadlineNs, Long.MAX_VALUE, null);
    }

    /**
     * The same, with more to say.
     *
     * @param longest in bytes; what is longer stays there
     * @param claim told the number before it is taken; see {@link #hasTaken}. Or null
     * @throws TooLongException if the first is longer
     */
    Received poll(long deadlineNs, long longest, Claim claim) throws IOException {
        while (true) {
            if (knownPut > taken() || !isEmpty()) {
                if (!lock(TAKE_LOCK, deadlineNs)) {
                    return null;
                }
                Received received;
                try {
                    received = take(longest, claim);
                } finally {
                    Mutex.unlock(memory, TAKE_LOCK);
                }
                if (received != null) {
                    wakeProducers();
                    return received;
                }
            }
            if (hasEnded() || !await(ARRIVALS, TAKING, deadlineNs)) {
                return null;
            }
        }
    }

    /** Waits until there is one to take, or the stream is closed. */
    boolean awaitArrival(long deadlineNs) {
        while (!isReady(TAKING)) {
            if (!await(ARRIVALS, TAKING, deadlineNs)) {
                return isReady(TAKING);
            }
        }
        return true;
    }

    /** The first is longer than was asked for. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        private final long length;

        private TooLongException(long length) {
            super(length + " bytes");
            this.length = length;
        }

        long length() {
            return length;
        }
    }

    /** With the take lock. */
    private Received take(long longest, Claim claim) throws IOException {
        var taken = taken();
        if (taken >= knownPut) {
            knownPut = put();
            if (taken == knownPut) {
                return null;
            }
        }
        var position = record(Words.getLong(memory, slot(HEAD, taken) + SLOT_POSITION));
        var segment = segment(segmentOf(position));
        var length = Words.getLong(segment, offsetOf(position));
        if (length > longest) {
            throw new TooLongException(length);
        }
        Received received = null;
        UnreadableValueException damaged = null;
        try {
            received = Codec.read(segment, offsetOf(position) + HEADER_LENGTH, length);
        } catch (UnreadableValueException e) {
            damaged = e;
        }
        if (claim != null) {
            claim.take(taken + 1);
        }
        passed(taken, position, length);
        if (damaged != null) {
            throw damaged;
        }
        return received;
    }

    private void passed(long taken, long position, long length) {
        var next = slot(HEAD, taken + 1);
        Words.setLong(memory, next + SLOT_POSITION, position + aligned(length));
        Words.setLong(memory, next + SLOT_BYTES, Words.getLong(memory, slot(HEAD, taken) + SLOT_BYTES) + length);
        Words.setLong(memory, TAKEN, taken + 1);
    }

    /** Behind the jump, if there is one. */
    private long record(long position) throws IOException {
        var found = position;
        var header = Words.getLong(segment(segmentOf(found)), offsetOf(found));
        while (header < 0) {
            found = ~header;
            header = Words.getLong(segment(segmentOf(found)), offsetOf(found));
        }
        return found;
    }

    /** Copies of all that is there, the first of them first; at most so many. */
    List<Received> peek(int atMost) throws IOException {
        var all = new ArrayList<Received>();
        if (lock(TAKE_LOCK, Waiting.deadline(0))) {
            try {
                var position = head();
                for (var rest = Math.min(size(), atMost); rest > 0; rest--) {
                    position = record(position);
                    var segment = segment(segmentOf(position));
                    var length = Words.getLong(segment, offsetOf(position));
                    all.add(Codec.read(segment, offsetOf(position) + HEADER_LENGTH, length));
                    position += aligned(length);
                }
            } finally {
                Mutex.unlock(memory, TAKE_LOCK);
            }
        }
        return all;
    }

    // ---- waiting

    private boolean lock(int at, long deadlineNs) {
        if (Mutex.tryLock(memory, at, self)) {
            return true;
        }
        var interrupted = Thread.interrupted();
        var locked = Mutex.lock(memory, at, self, Waiting.deadline(PATIENCE_NS));
        while (!locked) {
            var again = Thread.interrupted();
            if (!again && (interrupted || Waiting.remaining(deadlineNs) <= 0)) {
                break;
            }
            interrupted |= again;
            locked = Mutex.lock(memory, at, self, Waiting.deadline(PATIENCE_NS));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return locked;
    }

    /** Whether there is something to be done: to take, if {@code length} says so, else to put that much. */
    private boolean isReady(long length) {
        return isClosed() || (length == TAKING ? !isEmpty() : hasRoom(length));
    }

    /**
     * Waits until that is so.
     *
     * @return false if it is not worth looking again
     */
    private boolean await(int at, long length, long deadlineNs) {
        for (var look = 0; look < LOOKS; look++) {
            if (isReady(length)) {
                return true;
            }
            Thread.onSpinWait();
        }
        for (var turn = 0; turn < TURNS; turn++) {
            if (isReady(length)) {
                return true;
            }
            Thread.yield();
        }
        if (Waiting.remaining(deadlineNs) <= 0 || Thread.currentThread().isInterrupted()) {
            return isReady(length);
        }
        var announced = Signal.announce(memory, at);
        if (!isReady(length)) {
            if (peers != null && peers.areGone(length == TAKING)) {
                return false;
            }
            Signal.sleep(memory, at, announced, deadlineNs);
        }
        return true;
    }

    private void wakeProducers() {
        if (byteLimit > 0) {
            Signal.changed(memory, DEPARTURES, Waiting.ALL);
        } else if (capacity > 0) {
            Signal.changed(memory, DEPARTURES, 1);
        }
    }

    /** Wakes all, of both kinds. */
    void rouse() {
        Signal.rouse(memory, ARRIVALS);
        Signal.rouse(memory, DEPARTURES);
    }

    /** Gives back what that process held, which has died. */
    void bury(int dead) {
        Mutex.bury(memory, PUT_LOCK, dead);
        Mutex.bury(memory, TAKE_LOCK, dead);
        rouse();
    }

    /**
     * Whether a process, which has died, has really taken the record that it claimed last. To be asked before it is buried.
     *
     * @param number what its {@link Claim} was told
     */
    boolean hasTaken(int dead, long number) {
        return Mutex.holder(memory, TAKE_LOCK) != dead || number <= taken();
    }
}
