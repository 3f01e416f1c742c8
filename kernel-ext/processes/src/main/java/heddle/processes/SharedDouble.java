package heddle.processes;

import heddle.processes.memory.Words;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * A {@code double} that several processes share. Every method is atomic, for all threads of all processes, and none takes a lock: no process
 * that stops or dies can be in the way of another.
 *
 * {@snippet :
 * try (var total = new SharedDouble()) {
 *     var child = new ChildProcess(() -> total.addAndGet(0.5)).start();
 *     total.addAndGet(0.25);
 *     child.join();
 *     System.out.println(total.get()); // 0.75
 * }
 * }
 *
 * <p>Follows Python's {@code multiprocessing.Value("d")}; otherwise as {@link SharedLong}.
 */
public final class SharedDouble extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     * behind the head:   0 value (bits)   8 id of its lock
     */
    private static final int VALUE = Place.HEAD_LENGTH;
    private static final int LOCK = VALUE + 8;
    static final int LENGTH = 8 + OwnLock.LENGTH;

    private final transient OwnLock lock = new OwnLock(this, LOCK);

    /** One that is 0. */
    public SharedDouble() {
        this(0);
    }

    /** One that begins with that value. */
    public SharedDouble(double initial) {
        this(Place.make(Kind.DOUBLE, LENGTH));
        set(initial);
    }

    SharedDouble(Place place) {
        super(place);
    }

    public double get() {
        checkOpen();
        return Double.longBitsToDouble(Words.getLong(memory, VALUE));
    }

    public void set(double value) {
        checkOpen();
        Words.setLong(memory, VALUE, Double.doubleToRawLongBits(value));
        Words.fence();
    }

    /** Sets it to {@code value} if it is {@code expected}, bit by bit: -0.0 is not 0.0, and NaN is itself. Says whether it was. */
    public boolean compareAndSet(double expected, double value) {
        checkOpen();
        return Words.casLong(memory, VALUE, Double.doubleToRawLongBits(expected), Double.doubleToRawLongBits(value));
    }

    public double getAndSet(double value) {
        return getAndUpdate(_ -> value);
    }

    public double getAndAdd(double change) {
        return getAndUpdate(value -> value + change);
    }

    public double addAndGet(double change) {
        return updateAndGet(value -> value + change);
    }

    /**
     * Sets it to what {@code change} makes of it, and returns the value before.
     *
     * @param change without side effects: applied again where another process was quicker
     */
    public double getAndUpdate(DoubleUnaryOperator change) {
        Objects.requireNonNull(change);
        while (true) {
            var before = get();
            if (compareAndSet(before, change.applyAsDouble(before))) {
                return before;
            }
        }
    }

    /**
     * Sets it to what {@code change} makes of it, and returns that.
     *
     * @param change without side effects: applied again where another process was quicker
     */
    public double updateAndGet(DoubleUnaryOperator change) {
        Objects.requireNonNull(change);
        while (true) {
            var before = get();
            var after = change.applyAsDouble(before);
            if (compareAndSet(before, after)) {
                return after;
            }
        }
    }

    /** Sets it to what {@code function} makes of it and {@code other}, and returns that; see {@link #updateAndGet}. */
    public double accumulateAndGet(double other, DoubleBinaryOperator function) {
        Objects.requireNonNull(function);
        return updateAndGet(value -> function.applyAsDouble(value, other));
    }

    /** As {@link SharedLong#lock}. */
    public ProcessReentrantLock lock() {
        return lock.get();
    }

    @Override
    void bury(int dead) {}

    @Override
    void closing() {
        lock.closing();
    }

    /** The value, as {@link Double#toString(double)} writes it. */
    @Override
    public String toString() {
        return isClosed() ? super.toString() : Double.toString(get());
    }
}
