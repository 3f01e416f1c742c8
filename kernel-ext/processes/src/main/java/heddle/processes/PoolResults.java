package heddle.processes;

import static heddle.processes.PoolResultsDescriptor.*;

import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What one worker of a {@link ProcessPool} tells the pool's process: results, in a stream of its own, so that no worker can hold up another; and, in words, what it is
 * at.
 */
final class PoolResults extends SharedObject {
    private static final long serialVersionUID = 1;

    /** What of a long value has come so far. Guarded by the pool. */
    private transient byte[] partial;

    /** Of the worker alone. */
    private transient long written;

    PoolResults() {
        this(Place.make(Kind.POOL_RESULTS, STREAM - Place.HEAD_LENGTH + CAPACITY));
    }

    PoolResults(Place place) {
        super(place);
    }

    // ---- the worker

    void born() {
        Words.setInt(memory, NUMBER, self());
    }

    void ready() {
        Words.setInt(memory, READY, 1);
    }

    void leaves(int why) {
        Words.setInt(memory, LEAVING, why);
    }

    void taken(long id) {
        Words.setLong(memory, TAKEN, id);
    }

    /** From here on the task counts as begun. Waits while this worker may not begin any: most likely it is about to be killed. */
    void begins(long id) {
        while (true) {
            Words.setLong(memory, RUNNING, id);
            Words.fence();
            if (Words.getInt(memory, HELD_BACK) == 0) {
                return;
            }
            Words.setLong(memory, RUNNING, 0);
            Waiting.chosen().sleep(memory, HELD_BACK, 1, Waiting.FOREVER);
        }
    }

    void ended() {
        Words.setLong(memory, RUNNING, 0);
        Words.setLong(memory, TAKEN, 0);
    }

    /** After this the worker has to look once more before it sleeps. */
    void mayBeWoken() {
        Words.setInt(memory, SLEEPING, 1);
        Words.fence();
    }

    void sleep(long deadlineNs) {
        Waiting.chosen().sleep(memory, SLEEPING, 1, deadlineNs);
    }

    void isUp() {
        Words.setInt(memory, SLEEPING, 0);
    }

    void send(int kind, long id, Encoded value, PoolTasks tasks) {
        if (value.length() <= LONGEST) {
            var at = room(value.length());
            value.writeTo(memory, at + HEAD_LENGTH);
            commit(at, kind, id, value.length(), 0, value.length());
            tasks.ring();
            return;
        }
        var bytes = value.toBytes();
        for (var offset = 0; offset < bytes.length; offset += LONGEST) {
            var count = Math.min(LONGEST, bytes.length - offset);
            var at = room(count);
            MemorySegment.copy(bytes, offset, memory, ValueLayout.JAVA_BYTE, at + HEAD_LENGTH, count);
            commit(at, kind, id, bytes.length, offset, count);
            tasks.ring();
        }
    }

    private static long recordLength(long count) {
        return HEAD_LENGTH + (count + 7 & ~7L);
    }

    /** Where a record of so many bytes may be written; waits until that is free. */
    private long room(long count) {
        var length = recordLength(count);
        var rest = CAPACITY - written % CAPACITY;
        await(rest < length ? rest + length : length);
        if (rest < length) {
            var at = STREAM + written % CAPACITY;
            memory.set(ValueLayout.JAVA_INT, at, (int) rest);
            memory.set(ValueLayout.JAVA_INT, at + 4, PAD);
            written += rest;
        }
        return STREAM + written % CAPACITY;
    }

    private void await(long length) {
        while (CAPACITY - (written - Words.getLong(memory, READ)) < length) {
            Words.setInt(memory, FULL, 1);
            Words.fence();
            if (CAPACITY - (written - Words.getLong(memory, READ)) < length) {
                Waiting.chosen().sleep(memory, FULL, 1, Waiting.FOREVER);
                Thread.interrupted(); // the task's affair, and the task is over
            }
            Words.setInt(memory, FULL, 0);
        }
    }

    private void commit(long at, int kind, long id, long whole, long offset, long count) {
        var length = recordLength(count);
        memory.set(ValueLayout.JAVA_INT, at, (int) length);
        memory.set(ValueLayout.JAVA_INT, at + 4, kind);
        memory.set(ValueLayout.JAVA_LONG, at + ID, id);
        memory.set(ValueLayout.JAVA_LONG, at + WHOLE, whole);
        memory.set(ValueLayout.JAVA_LONG, at + OFFSET, offset);
        written += length;
        Words.setLong(memory, WRITTEN, written);
    }

    // ---- the pool's process

    /** Gets what comes. */
    interface Reader {
        /** @param value of a {@link #VALUE}; of the others a Throwable */
        void read(int kind, long id, Received value);
    }

    boolean hasMore() {
        return Words.getLong(memory, WRITTEN) != Words.getLong(memory, READ);
    }

    /** Gives all that is there to the reader; what it was given once it may be given again, if this thread is stopped in between. */
    void drainTo(Reader reader) {
        var read = Words.getLong(memory, READ);
        var before = read;
        for (var end = Words.getLong(memory, WRITTEN); read != end; end = Words.getLong(memory, WRITTEN)) {
            var at = STREAM + read % CAPACITY;
            var kind = memory.get(ValueLayout.JAVA_INT, at + 4);
            if (kind != PAD) {
                read(reader, at, kind);
            }
            read += memory.get(ValueLayout.JAVA_INT, at);
            Words.setLong(memory, READ, read);
        }
        if (read != before) {
            Words.fence();
            if (Words.casInt(memory, FULL, 1, 0)) {
                Waiting.chosen().wake(memory, FULL, Waiting.ALL);
            }
        }
    }

    private void read(Reader reader, long at, int kind) {
        var id = memory.get(ValueLayout.JAVA_LONG, at + ID);
        var whole = memory.get(ValueLayout.JAVA_LONG, at + WHOLE);
        Received value;
        try {
            value = whole <= LONGEST ? Codec.read(memory, at + HEAD_LENGTH, whole) : piece(at, whole);
        } catch (OutOfMemoryError e) {
            partial = null;
            // it fails its own task, and nobody else's who happens to read it
            var why = new OutOfMemoryError("this process has no memory for a result of " + whole
                    + " bytes; return less, or give it more with -Xmx");
            reader.read(FAILURE, id, Received.value(why));
            return;
        }
        if (value != null) {
            reader.read(kind, id, value);
            partial = null;
        }
    }

    /** Null before the last piece, and of a value that there was no memory for. */
    private Received piece(long at, long whole) {
        var offset = (int) memory.get(ValueLayout.JAVA_LONG, at + OFFSET);
        if (offset == 0) {
            partial = new byte[(int) whole];
        }
        if (partial == null) {
            return null;
        }
        var count = (int) Math.min(LONGEST, whole - offset);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + HEAD_LENGTH, partial, offset, count);
        return offset + count == whole ? Codec.read(partial) : null;
    }

    /** Wakes the worker if it sleeps. */
    boolean wake() {
        if (Words.getInt(memory, SLEEPING) == 1 && Words.casInt(memory, SLEEPING, 1, 0)) {
            Waiting.chosen().wake(memory, SLEEPING, Waiting.ALL);
            return true;
        }
        return false;
    }

    boolean isReady() {
        return Words.getInt(memory, READY) != 0;
    }

    /** 0 if it did not leave by itself. */
    int leaving() {
        return Words.getInt(memory, LEAVING);
    }

    /** Its number in the census; 0 as long as it cannot have taken anything. */
    int worker() {
        return Words.getInt(memory, NUMBER);
    }

    long taken() {
        return Words.getLong(memory, TAKEN);
    }

    long running() {
        return Words.getLong(memory, RUNNING);
    }

    /** From now on it begins no other task than the one that it may be running. */
    void holdBack() {
        Words.setInt(memory, HELD_BACK, 1);
        Words.fence();
    }

    void letGo() {
        Words.setInt(memory, HELD_BACK, 0);
        Waiting.chosen().wake(memory, HELD_BACK, Waiting.ALL);
    }

    @Override
    void bury(int dead) {
        // see PoolTasks
    }
}
