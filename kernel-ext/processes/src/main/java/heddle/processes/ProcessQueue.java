package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A queue that the threads of all processes put into and take from, first in first out.
 *
 * {@snippet :
 * var orders = new ProcessQueue<String>();
 * var cook = new ChildProcess(() -> {
 *             for (var order : orders.untilClosed()) {
 *                 System.out.println("cooking " + order);
 *             }
 *         })
 *         .start();
 * orders.put("noodles");
 * orders.put("dumplings");
 * orders.close(); // no more orders: the cook finishes these and goes home
 * cook.join();
 * }
 *
 * <p>Putting takes a copy: what happens to the object afterwards is not seen on the other side. When {@code put} has returned, the element is there for
 * everybody, whatever becomes of the process that put it. What cannot travel to another process is refused with an {@link IllegalArgumentException} that
 * names it; as in every {@link BlockingQueue}, {@code null} is refused too: the end is told by {@link #close}, or by an element that means it.
 *
 * <p>{@link #close} ends the queue for everybody, from any process. What is in it can still be taken; then {@link #take} throws, {@link #poll()} returns null,
 * {@link #takeOrEnd} is empty and the loop over {@link #untilClosed} is over; who was waiting is woken. Its memory is given back when it is closed and empty.
 *
 * <p>A process that dies in the middle of putting has put nothing, one that dies in the middle of taking has taken nothing, and the others go on.
 *
 * <p>Follows Python's {@code multiprocessing.Queue} and {@code SimpleQueue}; there is no feeder thread here, so nothing is to be joined or cancelled.
 *
 * @param <E> the type of the elements
 */
public sealed class ProcessQueue<E> extends SharedObject implements BlockingQueue<E> permits JoinableProcessQueue {
    private static final long serialVersionUID = 1;

    private static final int GROWTH = Place.HEAD_LENGTH;
    private static final int RECORDS = GROWTH + 64;
    static final long END = RECORDS + RecordsDescriptor.LENGTH;
    static final long LENGTH = END - Place.HEAD_LENGTH;

    private final transient Growth growth;
    final transient Records records;

    /** A queue that holds as many elements as there is memory for. */
    public ProcessQueue() {
        this(Kind.QUEUE, LENGTH, 0);
    }

    /**
     * A queue in which putting waits while it is full.
     *
     * @param capacity the number of elements it can hold, at least 1
     */
    public ProcessQueue(int capacity) {
        this(Kind.QUEUE, LENGTH, positive(Kind.QUEUE, capacity));
    }

    ProcessQueue(Kind kind, long length, int capacity) {
        super(Place.make(kind, length));
        growth = new Growth(file(), GROWTH, self());
        records = new Records(Records.format(recordsMemory(), capacity, 0), growth, self(), null);
    }

    ProcessQueue(Place place) {
        super(place);
        growth = new Growth(file(), GROWTH, self());
        records = new Records(recordsMemory(), growth, self(), null);
    }

    private MemorySegment recordsMemory() {
        return memory.asSlice(RECORDS, RecordsDescriptor.LENGTH);
    }

    static int positive(Kind kind, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("the capacity of a " + kind.type() + " must be at least 1, not "
                    + capacity + "; for one without limit leave it out");
        }
        return capacity;
    }

    // ---- putting

    /**
     * Puts an element, waiting for room as long as need be.
     *
     * @throws IllegalStateException if the queue is closed
     * @throws IllegalArgumentException if the element cannot travel; says what of it
     * @throws UncheckedIOException if there is no memory for it; nothing else is lost
     */
    @Override
    public void put(E element) throws InterruptedException {
        offer(element, Waiting.FOREVER, TimeUnit.NANOSECONDS);
    }

    /** Puts an element if there is room at once; other failures as in {@link #put}. */
    @Override
    public boolean offer(E element) {
        return offer(encoded(element), Waiting.deadline(0));
    }

    /**
     * Puts an element if there is room in time; other failures as in {@link #put}.
     *
     * @throws IllegalArgumentException also if the time is negative
     */
    @Override
    public boolean offer(E element, long time, TimeUnit unit) throws InterruptedException {
        var deadlineNs = Waiting.deadline(nanos(time, unit));
        var encoded = encoded(element);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var put = offer(encoded, deadlineNs);
        if (!put && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return put;
    }

    /** @throws IllegalStateException also if it is full */
    @Override
    public boolean add(E element) {
        if (!offer(element)) {
            throw new IllegalStateException("this " + type() + " is full: its capacity is " + records.capacity());
        }
        return true;
    }

    private static Encoded encoded(Object element) {
        return Codec.encode(Objects.requireNonNull(
                element, "null cannot be put into a ProcessQueue; to tell the end, close it or put a constant"));
    }

    private boolean offer(Encoded element, long deadlineNs) {
        long number;
        try {
            number = records.offer(element, deadlineNs);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "there is no memory for " + element.length() + " bytes more in this " + type() + ", which holds "
                            + size() + " elements; take some first: " + e.getMessage(),
                    e);
        }
        if (number == Records.ENDED) {
            throw new IllegalStateException("this " + type() + " is closed: nothing more can be put into it");
        }
        return number != Records.FULL;
    }

    // ---- taking

    /**
     * Takes the first element, waiting for it as long as need be.
     *
     * @throws IllegalStateException if the queue is closed and empty, or becomes so; see {@link #untilClosed} and {@link #takeOrEnd}
     * @throws UnreadableValueException if the element cannot be rebuilt in this process; it is lost, the queue goes on
     */
    @Override
    public E take() throws InterruptedException {
        var received = pollOrInterrupted(Waiting.FOREVER);
        if (received == null) {
            throw new IllegalStateException("this " + type() + " is closed and empty: nothing more will come");
        }
        return value(received);
    }

    /**
     * Takes the first element, waiting for it as long as need be, or finds that the queue is closed and empty.
     *
     * @return empty at the end
     */
    public Optional<E> takeOrEnd() throws InterruptedException {
        var received = pollOrInterrupted(Waiting.FOREVER);
        return received == null ? Optional.empty() : Optional.of(value(received));
    }

    /**
     * Takes elements one by one, waiting for each, until the queue is closed and empty. For a {@code for} statement; the elements that several such loops get,
     * in any processes, are different ones.
     *
     * @return whose iterator takes; it throws {@link CancellationException} when its thread is interrupted, whose flag stays set
     */
    public Iterable<E> untilClosed() {
        return Taking::new;
    }

    /** Takes the first element, or null if there is none. */
    @Override
    public E poll() {
        var received = poll(Waiting.deadline(0));
        return received == null ? null : value(received);
    }

    /**
     * Takes the first element if there is one in time, else null; null at once if the queue is closed and empty.
     *
     * @throws IllegalArgumentException if the time is negative
     */
    @Override
    public E poll(long time, TimeUnit unit) throws InterruptedException {
        var received = pollOrInterrupted(Waiting.deadline(nanos(time, unit)));
        return received == null ? null : value(received);
    }

    private Received pollOrInterrupted(long deadlineNs) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        while (true) {
            var received = poll(deadlineNs);
            if (received != null || hasEnded()) {
                return received;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (Waiting.remaining(deadlineNs) <= 0) {
                return null;
            }
        }
    }

    private Received poll(long deadlineNs) {
        try {
            var received = records.poll(deadlineNs, Long.MAX_VALUE, this::claim);
            if (records.isClosed()) {
                releaseIfEnded();
            }
            return received;
        } catch (IOException e) {
            throw new UncheckedIOException("this " + type() + " cannot be read: " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("unchecked") // as in every collection that was made for E
    private E value(Received received) {
        return (E) received.value();
    }

    @Override
    public E remove() {
        return orNone(poll());
    }

    @Override
    public E element() {
        return orNone(peek());
    }

    private E orNone(E element) {
        if (element == null) {
            throw new NoSuchElementException("this " + type() + " is empty");
        }
        return element;
    }

    /** A copy of the first element, which stays, or null if there is none. */
    @Override
    public E peek() {
        var first = copies(1);
        return first.isEmpty() ? null : value(first.getFirst());
    }

    @Override
    public int drainTo(Collection<? super E> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    @Override
    public int drainTo(Collection<? super E> target, int most) {
        if (Objects.requireNonNull(target) == this) {
            throw new IllegalArgumentException("a ProcessQueue cannot be drained to itself");
        }
        for (var count = 0; count < most; count++) {
            var received = poll(Waiting.deadline(0));
            if (received == null) {
                return count;
            }
            target.add(value(received));
        }
        return Math.max(0, most);
    }

    /** Takes what there is, and forgets it. */
    @Override
    public void clear() {
        for (var rest = records.size(); rest > 0 && poll(Waiting.deadline(0)) != null; rest--) {}
    }

    /** What {@link #untilClosed} gives. */
    private final class Taking implements Iterator<E> {
        private E next;

        @Override
        public boolean hasNext() {
            try {
                if (next == null) {
                    next = takeOrEnd().orElse(null);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (CancellationException)
                        new CancellationException("interrupted while waiting for an element of a ProcessQueue")
                                .initCause(e);
            }
            return next != null;
        }

        @Override
        public E next() {
            if (!hasNext()) {
                throw new NoSuchElementException("this " + type() + " is closed and empty: nothing more will come");
            }
            var taken = next;
            next = null;
            return taken;
        }
    }

    // ---- the end

    /**
     * Ends the queue for everybody: nothing more can be put into it; what is in it can still be taken. Any process may do so. Again, it does nothing.
     */
    @Override
    public void close() {
        records.close();
        releaseIfEnded();
    }

    /** Whether {@link #close} was called, in any process. */
    public boolean hasBeenClosed() {
        return records.isClosed();
    }

    /** Whether it is closed and all has been taken. */
    public boolean hasEnded() {
        return records.hasEnded();
    }

    /** Called with the number of an element directly before it is taken. */
    void claim(long number) {}

    /** Whether nobody needs its memory any more. */
    boolean isOver() {
        return records.hasEnded();
    }

    /** A process that comes to know it after this gets one that has ended. */
    final void releaseIfEnded() {
        if (isOver()) {
            try {
                file().delete();
            } catch (IOException e) {
                // a system that does not remove what is in use: it goes with the directory
            }
            super.close();
        }
    }

    @Override
    void bury(int dead) {
        growth.bury(dead);
        records.bury(dead);
    }

    // ---- how much there is

    /** The number of elements at this moment; others may change it at once. */
    @Override
    public int size() {
        return (int) Math.min(records.size(), Integer.MAX_VALUE);
    }

    @Override
    public boolean isEmpty() {
        return records.isEmpty();
    }

    /** {@link Integer#MAX_VALUE} for a queue without limit. */
    @Override
    public int remainingCapacity() {
        return records.capacity() == 0 ? Integer.MAX_VALUE : (int) (records.capacity() - records.size());
    }

    // ---- as a collection

    private List<Received> copies(int most) {
        try {
            return records.peek(most);
        } catch (IOException e) {
            throw new UncheckedIOException("this " + type() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private List<E> copy() {
        var all = new ArrayList<E>();
        for (var received : copies(Integer.MAX_VALUE)) {
            all.add(value(received));
        }
        return all;
    }

    /** Over copies of the elements that are there now; takes nothing. To take them all, see {@link #untilClosed}. */
    @Override
    public Iterator<E> iterator() {
        return Collections.unmodifiableList(copy()).iterator();
    }

    @Override
    public Object[] toArray() {
        return copy().toArray();
    }

    @Override
    public <T> T[] toArray(T[] array) {
        return copy().toArray(array);
    }

    /** The elements that are there now, as {@link java.util.AbstractCollection#toString} writes them; at the end, that it is closed. */
    @Override
    public String toString() {
        return hasEnded() ? super.toString() : copy().toString();
    }

    /** Looks at copies of all elements that are there now. */
    @Override
    public boolean contains(Object object) {
        return copy().contains(object);
    }

    @Override
    public boolean containsAll(Collection<?> objects) {
        return copy().containsAll(objects);
    }

    /** Adds one after the other, as {@link #add}; if one of them is refused, those before it have been put. */
    @Override
    public boolean addAll(Collection<? extends E> elements) {
        if (Objects.requireNonNull(elements) == this) {
            throw new IllegalArgumentException("a ProcessQueue cannot be added to itself");
        }
        for (var element : elements) {
            add(element);
        }
        return !elements.isEmpty();
    }

    /** Refused: other processes take from the front meanwhile, and what was found could not be taken out of the middle. */
    @Override
    public boolean remove(Object object) {
        throw onlyTheFirst();
    }

    /** Refused as {@link #remove(Object)}. */
    @Override
    public boolean removeAll(Collection<?> objects) {
        throw onlyTheFirst();
    }

    /** Refused as {@link #remove(Object)}. */
    @Override
    public boolean retainAll(Collection<?> objects) {
        throw onlyTheFirst();
    }

    /** Refused as {@link #remove(Object)}. */
    @Override
    public boolean removeIf(Predicate<? super E> filter) {
        throw onlyTheFirst();
    }

    private static UnsupportedOperationException onlyTheFirst() {
        return new UnsupportedOperationException(
                "only the first element of a ProcessQueue can be removed; take elements, and put back those to keep");
    }
}
