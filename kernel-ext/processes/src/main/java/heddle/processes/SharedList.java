package heddle.processes;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.Spliterator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A list that several processes share. It lies in memory that all of them have, so that there is no server to ask, and none to die.
 *
 * {@snippet :
 * try (var names = new SharedList<String>()) {
 *     var child = new ChildProcess(() -> names.add("Grace")).start();
 *     child.join();
 *     names.add("Ada");
 *     System.out.println(names); // [Grace, Ada]
 * }
 * }
 *
 * <p><b>Atomic.</b> Every method is atomic for all threads of all processes, those that change many elements included ({@link #addAll(Collection)},
 * {@link #sort}, {@link #removeIf}, {@link #replaceAll}); except those of a {@link #subList}, which are as many steps as they change elements. A
 * function is called while no other process can change this list: let it be short, and not change the same list ({@link IllegalStateException}). If it
 * throws, nothing has changed. {@link #get} and {@link #size} never wait. A loop that reads an element and then sets it is two steps; {@link #updateAndGet} is one.
 *
 * <p><b>Copies.</b> Elements go in and come out as copies, as those of a {@link SharedMap} do; null is allowed. Iterators run over a snapshot, the elements of one
 * moment, and cannot change the list.
 *
 * <p>To add and remove at the end takes constant time; elsewhere, time in proportion to the size. A process that is killed while it changes the list leaves it as
 * it was before or as it is after that change. When there is no memory for a change, it throws an {@link java.io.UncheckedIOException}, and the
 * list stays as it was. Follows the {@code list} of Python's {@code multiprocessing.Manager}.
 */
public final class SharedList<E> extends SharedObject implements List<E>, RandomAccess {
    private static final long serialVersionUID = 1;

    private static final Encoded[] NONE = {};

    private final transient Heap heap = new Heap(this);

    /**
     * An empty list.
     *
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public SharedList() {
        this(Place.make(Kind.LIST, Heap.HEAD_LENGTH));
        try {
            clear();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * One that begins with those elements.
     *
     * @throws IllegalArgumentException if one of them cannot travel; says which
     */
    public SharedList(Collection<? extends E> elements) {
        this();
        try {
            addAll(elements);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    SharedList(Place place) {
        super(place);
    }

    private static Encoded[] encodeAll(Object[] values) {
        var encoded = new Encoded[values.length];
        for (var i = 0; i < encoded.length; i++) {
            encoded[i] = Generation.encode(values[i]);
        }
        return encoded;
    }

    // ---- one element

    @Override
    public E get(int index) {
        return Generation.value(heap.read(in -> {
            while (true) {
                var root = in.getLong(ListTable.ROOT);
                Objects.checkIndex(index, ListTable.size(root));
                var word = in.getLong(ListTable.at(root, index));
                if (in.getLong(ListTable.ROOT) == root) {
                    return in.received(word); // else it may be an element that is not yet in the list
                }
            }
        }));
    }

    @Override
    public int size() {
        return heap.read(in -> ListTable.size(in.getLong(ListTable.ROOT)));
    }

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    /** Locked by the caller. */
    private static Received received(Generation in, int index) {
        var root = in.getLong(ListTable.ROOT);
        return in.received(in.getLong(ListTable.at(root, Objects.checkIndex(index, ListTable.size(root)))));
    }

    @Override
    public E set(int index, E element) {
        var after = Generation.encode(element);
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in, index);
            ListTable.set(heap, in, index, after);
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    /** Sets an element to what {@code function} makes of it, and returns that. If the function throws, nothing has changed. */
    @SuppressWarnings("unchecked")
    public E updateAndGet(int index, UnaryOperator<E> function) {
        Objects.requireNonNull(function);
        heap.lock();
        try {
            var in = heap.now();
            var after = function.apply(Generation.value(received(in, index)));
            ListTable.set(heap, in, index, Generation.encode(after));
            return (E) Copy.of(after);
        } finally {
            heap.unlock();
        }
    }

    @Override
    public boolean add(E element) {
        var encoded = Generation.encode(element);
        heap.lock();
        try {
            ListTable.add(heap, heap.now(), encoded);
        } finally {
            heap.unlock();
        }
        return true;
    }

    @Override
    public void add(int index, E element) {
        addAll(index, Arrays.asList(element));
    }

    @Override
    public void addFirst(E element) {
        add(0, element);
    }

    @Override
    public void addLast(E element) {
        add(element);
    }

    @Override
    public E remove(int index) {
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in, index);
            remove(in, index);
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    /** Locked by the caller. */
    private void remove(Generation in, int index) {
        if (index == size() - 1) {
            ListTable.removeLast(in);
        } else {
            ListTable.replace(heap, in, index, index + 1, NONE);
        }
    }

    @Override
    public E removeFirst() {
        return removeEnd(true);
    }

    @Override
    public E removeLast() {
        return removeEnd(false);
    }

    private E removeEnd(boolean first) {
        Received before;
        heap.lock();
        try {
            if (isEmpty()) {
                throw new NoSuchElementException("this SharedList is empty");
            }
            var in = heap.now();
            var index = first ? 0 : size() - 1;
            before = received(in, index);
            remove(in, index);
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    @Override
    public E getFirst() {
        return getEnd(true);
    }

    @Override
    public E getLast() {
        return getEnd(false);
    }

    private E getEnd(boolean first) {
        while (true) {
            var size = size();
            if (size == 0) {
                throw new NoSuchElementException("this SharedList is empty");
            }
            try {
                return get(first ? 0 : size - 1);
            } catch (IndexOutOfBoundsException e) {
                // another process has just removed it
            }
        }
    }

    @Override
    public boolean remove(Object element) {
        heap.lock();
        try {
            var index = elements().indexOf(element);
            if (index >= 0) {
                remove(heap.now(), index);
            }
            return index >= 0;
        } finally {
            heap.unlock();
        }
    }

    // ---- many elements

    @Override
    public boolean addAll(Collection<? extends E> elements) {
        return addAll(elements.toArray(), -1);
    }

    @Override
    public boolean addAll(int index, Collection<? extends E> elements) {
        if (index < 0) {
            throw new IndexOutOfBoundsException("an element cannot be inserted at " + index);
        }
        return addAll(elements.toArray(), index);
    }

    /** @param index -1 for the end, wherever that is by then */
    private boolean addAll(Object[] elements, int index) {
        var encoded = encodeAll(elements);
        heap.lock();
        try {
            var size = size();
            var at = index < 0 ? size : Objects.checkIndex(index, size + 1);
            if (encoded.length > 0) {
                ListTable.replace(heap, heap.now(), at, at, encoded);
            }
        } finally {
            heap.unlock();
        }
        return encoded.length > 0;
    }

    @Override
    public boolean removeIf(Predicate<? super E> condition) {
        Objects.requireNonNull(condition);
        heap.lock();
        try {
            var elements = elements();
            var kept = new int[elements.size()];
            var count = 0;
            for (var i = 0; i < kept.length; i++) {
                if (!condition.test(elements.get(i))) {
                    kept[count++] = i;
                }
            }
            if (count < kept.length) {
                ListTable.rearrange(heap, heap.now(), Arrays.copyOf(kept, count));
            }
            return count < kept.length;
        } finally {
            heap.unlock();
        }
    }

    @Override
    public boolean removeAll(Collection<?> elements) {
        Objects.requireNonNull(elements);
        return removeIf(elements::contains);
    }

    @Override
    public boolean retainAll(Collection<?> elements) {
        Objects.requireNonNull(elements);
        return removeIf(element -> !elements.contains(element));
    }

    @Override
    public void replaceAll(UnaryOperator<E> function) {
        Objects.requireNonNull(function);
        heap.lock();
        try {
            var elements = elements().toArray();
            for (var i = 0; i < elements.length; i++) {
                @SuppressWarnings("unchecked")
                var element = (E) elements[i];
                elements[i] = function.apply(element);
            }
            ListTable.replace(heap, heap.now(), 0, elements.length, encodeAll(elements));
        } finally {
            heap.unlock();
        }
    }

    @Override
    public void sort(Comparator<? super E> order) {
        heap.lock();
        try {
            var elements = elements();
            var indexes = new ArrayList<Integer>(elements.size());
            for (var i = 0; i < elements.size(); i++) {
                indexes.add(i);
            }
            indexes.sort(Comparator.comparing(elements::get, order == null ? natural() : order));
            var sorted = new int[indexes.size()];
            for (var i = 0; i < sorted.length; i++) {
                sorted[i] = indexes.get(i);
            }
            ListTable.rearrange(heap, heap.now(), sorted);
        } finally {
            heap.unlock();
        }
    }

    @SuppressWarnings("unchecked")
    private Comparator<E> natural() {
        return (one, other) -> ((Comparable<? super E>) one).compareTo(other);
    }

    @Override
    public void clear() {
        heap.lock();
        try {
            heap.commit(ListTable.first(heap));
        } finally {
            heap.unlock();
        }
    }

    // ---- reading all of it

    /** The elements of one moment. Locked by the caller. */
    private List<E> elements() {
        return values(received());
    }

    private Received[] received() {
        var in = heap.now();
        var words = ListTable.words(in);
        var received = new Received[words.length];
        for (var i = 0; i < words.length; i++) {
            received[i] = in.received(words[i]);
        }
        return received;
    }

    private static <T> List<T> values(Received[] received) {
        var values = new ArrayList<T>(received.length);
        for (var each : received) {
            values.add(Generation.value(each));
        }
        return Collections.unmodifiableList(values);
    }

    /** The elements of one moment. */
    private List<E> snapshot() {
        if (heap.isHeld()) {
            return elements(); // for the function that is making a change
        }
        Received[] received;
        heap.lock();
        try {
            received = received();
        } finally {
            heap.unlock();
        }
        return values(received);
    }

    @Override
    public boolean contains(Object element) {
        return indexOf(element) >= 0;
    }

    @Override
    public boolean containsAll(Collection<?> elements) {
        return snapshot().containsAll(elements);
    }

    @Override
    public int indexOf(Object element) {
        return snapshot().indexOf(element);
    }

    @Override
    public int lastIndexOf(Object element) {
        return snapshot().lastIndexOf(element);
    }

    @Override
    public Iterator<E> iterator() {
        return snapshot().iterator();
    }

    @Override
    public ListIterator<E> listIterator() {
        return snapshot().listIterator();
    }

    @Override
    public ListIterator<E> listIterator(int index) {
        return snapshot().listIterator(index);
    }

    @Override
    public Spliterator<E> spliterator() {
        return snapshot().spliterator();
    }

    @Override
    public Object[] toArray() {
        return snapshot().toArray();
    }

    @Override
    public <T> T[] toArray(T[] array) {
        return snapshot().toArray(array);
    }

    /** A view of a part: what is set there is set here. Where another process removes what it shows, it throws {@link IndexOutOfBoundsException}. */
    @Override
    public List<E> subList(int from, int to) {
        return new View().subList(from, to);
    }

    private final class View extends AbstractList<E> implements RandomAccess {
        @Override
        public E get(int index) {
            return SharedList.this.get(index);
        }

        @Override
        public int size() {
            return SharedList.this.size();
        }

        @Override
        public E set(int index, E element) {
            return SharedList.this.set(index, element);
        }

        @Override
        public void add(int index, E element) {
            modCount++;
            SharedList.this.add(index, element);
        }

        @Override
        public E remove(int index) {
            modCount++;
            return SharedList.this.remove(index);
        }
    }

    /** Whether that is a list with equal elements, as of one moment. */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof List<?> && snapshot().equals(other);
    }

    @Override
    public int hashCode() {
        return snapshot().hashCode();
    }

    /** The elements of one moment, as those of any list. */
    @Override
    public String toString() {
        return isClosed() ? super.toString() : snapshot().toString();
    }

    @Override
    void bury(int dead) {
        if (heap.isLeftBy(dead)) {
            heap.deleteOthers();
        }
        heap.bury(dead);
    }
}
