package heddle.processes;

import static heddle.processes.PoolTasksDescriptor.*;

import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * The tasks of a {@link ProcessPool} on their way to its workers. The pool's process puts them in, any worker takes the next. A task is taken
 * by one compare-and-set that names the worker: so whoever dies, it is known what it had, and nobody ever waits for the dead.
 */
final class PoolTasks extends SharedObject {
    private static final long serialVersionUID = 1;

    // of the process that made it, guarded by the pool
    private transient int oldest = 1;
    private transient int last;
    private transient long begin;
    private transient long end;
    private final transient long[] ends = new long[SLOTS];
    private final transient SharedFile[] files = new SharedFile[SLOTS];

    PoolTasks() {
        this(Place.make(Kind.POOL_TASKS, BYTES - Place.HEAD_LENGTH + CAPACITY));
        begin(memory);
    }

    PoolTasks(Place place) {
        super(place);
    }

    private static long slot(int number) {
        return slot(number, SLOTS);
    }

    private static long slot(int number, int slots) {
        return SLOT + (long) (number & slots - 1) * SLOT_LENGTH;
    }

    private static long state(int number, int who) {
        return (long) number << 32 | who & 0xFFFFFFFFL;
    }

    private static int align(long length) {
        return (int) (length + 7) & ~7;
    }

    // ---- the steps that count, on any number of slots that is a power of two

    /** So much memory do they need. */
    static long length(int slots) {
        return SLOT + (long) slots * SLOT_LENGTH;
    }

    /** Before all else: the first task will be number 1. */
    static void begin(MemorySegment memory) {
        Words.setInt(memory, NEXT, 1);
    }

    /** Puts a task into its slot, which is free. */
    static void offer(MemorySegment memory, int slots, int number) {
        Words.setLong(memory, slot(number, slots), state(number, QUEUED));
        Words.setInt(memory, LAST, number);
    }

    static boolean cancel(MemorySegment memory, int slots, int number) {
        return Words.casLong(memory, slot(number, slots), state(number, QUEUED), state(number, FREE));
    }

    static int take(MemorySegment memory, int slots, int self) {
        while (true) {
            var next = Words.getInt(memory, NEXT);
            var at = slot(next, slots);
            var state = Words.getLong(memory, at);
            if ((int) (state >>> 32) - next < 0) {
                return 0; // not put in yet
            }
            if (state == state(next, QUEUED) && Words.casLong(memory, at, state, state(next, self))) {
                Words.casInt(memory, NEXT, next, next + 1);
                return next;
            }
            Words.casInt(memory, NEXT, next, next + 1); // whoever took this one may have died before this
        }
    }

    static void free(MemorySegment memory, int slots, int number) {
        Words.setLong(memory, slot(number, slots), state(number, FREE));
    }

    static boolean isFree(MemorySegment memory, int slots, int number) {
        return (int) Words.getLong(memory, slot(number, slots)) == FREE;
    }

    // ---- the pool's process

    /**
     * Puts a task in, if there is room.
     *
     * @return its number, or 0
     */
    int put(long id, PoolWork work) throws IOException {
        reclaim();
        if (last + 1 - oldest == SLOTS) {
            return 0;
        }
        var number = last + 1;
        var at = slot(number);
        var functionLength = work.function().length();
        var argumentAt = functionLength + 7 & ~7L;
        var length = argumentAt + work.argument().length();
        var index = number & SLOTS - 1;
        if (length > LONGEST) {
            var file = SharedFile.create(file(id), length);
            files[index] = file;
            work.function().writeTo(file.head(), 0);
            work.argument().writeTo(file.head(), argumentAt);
            memory.set(ValueLayout.JAVA_LONG, at + OFFSET, -1);
        } else {
            var position = end % CAPACITY;
            var start = position + length > CAPACITY ? end + CAPACITY - position : end; // in one piece
            if (start + length - begin > CAPACITY) {
                return 0;
            }
            var offset = BYTES + start % CAPACITY;
            work.function().writeTo(memory, offset);
            work.argument().writeTo(memory, offset + argumentAt);
            memory.set(ValueLayout.JAVA_LONG, at + OFFSET, offset);
            end = start + align(length);
        }
        ends[index] = end;
        memory.set(ValueLayout.JAVA_LONG, at + ID, id);
        memory.set(ValueLayout.JAVA_LONG, at + LENGTH, length);
        memory.set(ValueLayout.JAVA_LONG, at + FUNCTION_LENGTH, functionLength);
        memory.set(ValueLayout.JAVA_INT, at + KIND, work.kind());
        last = number;
        offer(memory, SLOTS, number);
        Words.fence(); // it is looked who sleeps, next
        return number;
    }

    private void reclaim() {
        while (oldest - last <= 0 && isFree(memory, SLOTS, oldest)) {
            var index = oldest & SLOTS - 1;
            begin = ends[index];
            delete(index);
            oldest++;
        }
    }

    private void delete(int index) {
        if (files[index] != null) {
            try {
                files[index].delete();
            } catch (IOException e) {
                // it goes with the directory
            }
            files[index] = null;
        }
    }

    private Path file(long id) {
        return tree().path().resolve("task-" + Long.toHexString(id()) + "-" + id);
    }

    /** Takes a task out again, if no worker has taken it. */
    boolean cancel(int number) {
        return cancel(memory, SLOTS, number);
    }

    /** Takes out what a worker that has died was about to take; returns its id, or 0. */
    long takenBy(int worker) {
        var id = 0L;
        for (var number = oldest; number - last <= 0; number++) {
            var at = slot(number);
            if ((int) Words.getLong(memory, at) == worker) {
                id = memory.get(ValueLayout.JAVA_LONG, at + ID);
                Words.setLong(memory, at, state(number, FREE));
            }
        }
        return id;
    }

    /** The number of the worker that is taking the task; 0 or less if none is. */
    int taker(int number) {
        var state = Words.getLong(memory, slot(number));
        return (int) (state >>> 32) == number ? (int) state : 0;
    }

    /** Tells the workers to end when they have nothing to do. */
    void end() {
        Words.setInt(memory, ENDING, 1);
        Words.fence();
    }

    /** Tells so many workers to end. */
    void retire(int workers) {
        Words.addInt(memory, RETIRING, workers);
    }

    /** Removes the files of tasks that nobody took. */
    void deleteFiles() {
        for (var index = 0; index < SLOTS; index++) {
            delete(index);
        }
    }

    void is(int waiter, int what) {
        Words.setInt(memory, waiter, what);
        Words.fence();
    }

    void sleep(int waiter, long deadlineNs) {
        Waiting.chosen().sleep(memory, waiter, ASLEEP, deadlineNs);
    }

    void wake(int waiter) {
        if (Words.casInt(memory, waiter, ASLEEP, AWAKE)) {
            Waiting.chosen().wake(memory, waiter, Waiting.ALL);
        }
    }

    // ---- the workers

    /** Whether there may be something to take, or this worker may have to end. */
    boolean mayHaveNews() {
        return Words.getInt(memory, LAST) - Words.getInt(memory, NEXT) >= 0
                || isEnding()
                || Words.getInt(memory, RETIRING) > 0;
    }

    boolean isEnding() {
        return Words.getInt(memory, ENDING) != 0;
    }

    /** Whether this worker is one of those that were told to end. */
    boolean retires() {
        while (true) {
            var retiring = Words.getInt(memory, RETIRING);
            if (retiring <= 0) {
                return false;
            }
            if (Words.casInt(memory, RETIRING, retiring, retiring - 1)) {
                return true;
            }
        }
    }

    /** The number of a task that now is this worker's, or 0. */
    int take() {
        return take(memory, SLOTS, self());
    }

    /** What has been taken. */
    record Taken(long id, int kind, Received function, Received argument) {}

    Taken read(int number) throws IOException {
        var at = slot(number);
        var id = memory.get(ValueLayout.JAVA_LONG, at + ID);
        var length = memory.get(ValueLayout.JAVA_LONG, at + LENGTH);
        var functionLength = memory.get(ValueLayout.JAVA_LONG, at + FUNCTION_LENGTH);
        var offset = memory.get(ValueLayout.JAVA_LONG, at + OFFSET);
        var from = offset < 0 ? SharedFile.open(file(id), length).head() : memory;
        var begin = Math.max(0, offset);
        var argumentAt = functionLength + 7 & ~7L;
        return new Taken(
                id,
                memory.get(ValueLayout.JAVA_INT, at + KIND),
                Codec.read(from, begin, functionLength),
                Codec.read(from, begin + argumentAt, length - argumentAt));
    }

    /** This worker has copied the task. */
    void hasCopied(int number) {
        free(memory, SLOTS, number);
    }

    /** Tells the pool's process that there is a result. */
    void ring() {
        Words.fence();
        var leader = Words.getInt(memory, LEADER);
        if (leader == ASLEEP) {
            wake(LEADER);
        } else if (leader == ABSENT && Words.getInt(memory, RESULTS) == ASLEEP) {
            wake(RESULTS);
        }
    }

    @Override
    void bury(int dead) {
        // nobody waits for a worker here; what it had is the pool's affair, which knows when its last result has come
        // in
    }

    static UncheckedIOException noRoom(IOException e) {
        return new UncheckedIOException("cannot hand a task to a worker: " + e.getMessage(), e);
    }
}
