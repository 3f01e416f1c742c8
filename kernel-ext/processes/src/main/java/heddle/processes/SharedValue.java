package heddle.processes;

import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * A value of any type that several processes share.
 *
 * {@snippet :
 * try (var best = new SharedValue<>("nobody")) {
 *     var child = new ChildProcess(() -> best.set("Ada")).start();
 *     child.join();
 *     System.out.println(best.get()); // Ada
 * }
 * }
 *
 * <p>Every method is atomic, for all threads of all processes; {@link #updateAndGet} and its like call their function once, while no other process can change this
 * value: let it be short, and not change the same value ({@link IllegalStateException}). Reading never waits. What goes in and comes out is a copy, as in a
 * {@link SharedMap}. A process that is killed while it changes the value leaves the old one or the new one.
 *
 * <p>Its methods have the names of {@link java.util.concurrent.atomic.AtomicReference}'s, but {@link #compareAndSet} compares by {@code equals}. Follows the {@code Value}
 * of Python's {@code multiprocessing.Manager}. For numbers that are counted see {@link SharedLong}.
 */
public final class SharedValue<T> extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     * a generation:   8 word of the value
     */
    private static final int WORD = 8;
    private static final int LEAST_SLACK = 1 << 15;
    private static final int MOST_SLACK = 1 << 26;

    private final transient Heap heap = new Heap(this);

    /**
     * One that begins with that value.
     *
     * @param initial may be null
     * @throws IllegalArgumentException if it cannot travel
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public SharedValue(T initial) {
        this(Generation.encode(initial));
    }

    private SharedValue(Encoded initial) {
        this(Place.make(Kind.VALUE, Heap.HEAD_LENGTH));
        try {
            next(initial, 0);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    SharedValue(Place place) {
        super(place);
    }

    private void next(Encoded value, long slack) {
        var least = Generation.HEAD_LENGTH + Generation.need(value);
        var next = heap.next(least + slack, least);
        next.setLong(WORD, next.put(value));
        heap.commit(next);
    }

    private static Received received(Generation in) {
        return in.received(in.getLong(WORD));
    }

    private void set(Generation in, Encoded value) {
        var need = Generation.need(value);
        if (need <= in.room()) {
            in.setLong(WORD, in.put(value));
        } else {
            next(value, Math.clamp(need, LEAST_SLACK, MOST_SLACK));
        }
    }

    public T get() {
        return Generation.value(heap.read(SharedValue::received));
    }

    public void set(T value) {
        getAndSet(value);
    }

    public T getAndSet(T value) {
        var after = Generation.encode(value);
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in);
            set(in, after);
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    /** Sets it to {@code value} if it is equal to {@code expected}, and says whether it was. */
    public boolean compareAndSet(T expected, T value) {
        var after = Generation.encode(value);
        heap.lock();
        try {
            var in = heap.now();
            if (!Objects.equals(Generation.value(received(in)), expected)) {
                return false;
            }
            set(in, after);
            return true;
        } finally {
            heap.unlock();
        }
    }

    /** Sets it to what {@code function} makes of it, and returns that. If the function throws, nothing has changed. */
    @SuppressWarnings("unchecked")
    public T updateAndGet(UnaryOperator<T> function) {
        Objects.requireNonNull(function);
        heap.lock();
        try {
            var in = heap.now();
            var after = function.apply(Generation.value(received(in)));
            set(in, Generation.encode(after));
            return (T) Copy.of(after);
        } finally {
            heap.unlock();
        }
    }

    /** Sets it to what {@code function} makes of it, and returns the value before. If the function throws, nothing has changed. */
    public T getAndUpdate(UnaryOperator<T> function) {
        Objects.requireNonNull(function);
        heap.lock();
        try {
            var in = heap.now();
            var before = Generation.<T>value(received(in));
            set(in, Generation.encode(function.apply(before)));
            return before;
        } finally {
            heap.unlock();
        }
    }

    /** Sets it to what {@code function} makes of it and {@code other}, and returns that. If the function throws, nothing has changed. */
    public T accumulateAndGet(T other, BinaryOperator<T> function) {
        Objects.requireNonNull(function);
        return updateAndGet(value -> function.apply(value, other));
    }

    @Override
    void bury(int dead) {
        if (heap.isLeftBy(dead)) {
            heap.deleteOthers();
        }
        heap.bury(dead);
    }

    /** The value's own. */
    @Override
    public String toString() {
        return isClosed() ? super.toString() : String.valueOf(get());
    }
}
