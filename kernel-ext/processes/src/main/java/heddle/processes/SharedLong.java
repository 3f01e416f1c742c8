package heddle.processes;

import heddle.processes.memory.Words;
import java.util.Objects;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * A {@code long} that several processes share. Every method is atomic, for all threads of all processes, and none takes a lock: no process that
 * stops or dies can be in the way of another.
 *
 * {@snippet :
 * try (var counter = new SharedLong()) {
 *     var child = new ChildProcess(() -> counter.incrementAndGet()).start();
 *     counter.incrementAndGet();
 *     child.join();
 *     System.out.println(counter.get()); // 2
 * }
 * }
 *
 * <p>A change that takes several steps ({@code set(get() + 1)}) is as many steps for the others too. Make it one, by {@link #addAndGet} or
 * {@link #updateAndGet}, or hold the {@link #lock} meanwhile, as all who change it must then.
 *
 * <p>Its methods have the names and memory effects of {@link java.util.concurrent.atomic.AtomicLong}'s. Follows Python's
 * {@code multiprocessing.Value("q")}.
 */
public final class SharedLong extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     * behind the head:   0 value   8 id of its lock
     */
    private static final int VALUE = Place.HEAD_LENGTH;
    private static final int LOCK = VALUE + 8;
    static final int LENGTH = 8 + OwnLock.LENGTH;

    private final transient OwnLock lock = new OwnLock(this, LOCK);

    /** One that is 0. */
    public SharedLong() {
        this(0);
    }

    /** One that begins with that value. */
    public SharedLong(long initial) {
        this(Place.make(Kind.LONG, LENGTH));
        set(initial);
    }

    SharedLong(Place place) {
        super(place);
    }

    public long get() {
        checkOpen();
        return Words.getLong(memory, VALUE);
    }

    public void set(long value) {
        checkOpen();
        Words.setLong(memory, VALUE, value);
        Words.fence();
    }

    /** Sets it to {@code value} if it is {@code expected}, and says whether it was. */
    public boolean compareAndSet(long expected, long value) {
        checkOpen();
        return Words.casLong(memory, VALUE, expected, value);
    }

    public long getAndSet(long value) {
        return getAndUpdate(_ -> value);
    }

    public long getAndAdd(long change) {
        checkOpen();
        return Words.addLong(memory, VALUE, change);
    }

    public long addAndGet(long change) {
        return getAndAdd(change) + change;
    }

    public long incrementAndGet() {
        return addAndGet(1);
    }

    public long decrementAndGet() {
        return addAndGet(-1);
    }

    public long getAndIncrement() {
        return getAndAdd(1);
    }

    public long getAndDecrement() {
        return getAndAdd(-1);
    }

    /**
     * Sets it to what {@code change} makes of it, and returns the value before.
     *
     * @param change without side effects: applied again where another process was quicker
     */
    public long getAndUpdate(LongUnaryOperator change) {
        Objects.requireNonNull(change);
        while (true) {
            var before = get();
            if (compareAndSet(before, change.applyAsLong(before))) {
                return before;
            }
        }
    }

    /**
     * Sets it to what {@code change} makes of it, and returns that.
     *
     * @param change without side effects: applied again where another process was quicker
     */
    public long updateAndGet(LongUnaryOperator change) {
        Objects.requireNonNull(change);
        while (true) {
            var before = get();
            var after = change.applyAsLong(before);
            if (compareAndSet(before, after)) {
                return after;
            }
        }
    }

    /** Sets it to what {@code function} makes of it and {@code other}, and returns that; see {@link #updateAndGet}. */
    public long accumulateAndGet(long other, LongBinaryOperator function) {
        Objects.requireNonNull(function);
        return updateAndGet(value -> function.applyAsLong(value, other));
    }

    /**
     * The lock that belongs to it, for changes that take several steps. No method of this class waits for it or needs it. It is closed
     * with this SharedLong.
     */
    public ProcessReentrantLock lock() {
        return lock.get();
    }

    @Override
    void bury(int dead) {}

    @Override
    void closing() {
        lock.closing();
    }

    /** The value, in decimal. */
    @Override
    public String toString() {
        return isClosed() ? super.toString() : Long.toString(get());
    }
}
