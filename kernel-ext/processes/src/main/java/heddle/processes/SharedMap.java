package heddle.processes;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A map that several processes share. It lies in memory that all of them have, so that there is no server to ask, and none to die.
 *
 * {@snippet :
 * try (var counts = new SharedMap<String, Integer>()) {
 *     var child = new ChildProcess(() -> counts.merge("apple", 1, Integer::sum)).start();
 *     counts.merge("apple", 1, Integer::sum);
 *     child.join();
 *     System.out.println(counts); // {apple=2}
 * }
 * }
 *
 * <p><b>Atomic.</b> Every method that concerns one key is atomic for all threads of all processes, {@link #compute}, {@link #merge} and their like included: their
 * function is called once, in the calling process, while no other can change this map. So let it be short; and it must not change
 * the same map ({@link IllegalStateException}). If it throws, or its process is killed, nothing has changed. Reading never waits.
 *
 * <p><b>Copies.</b> Keys and values go in and come out as copies. Lists, sets and maps among the values come out unmodifiable, at any depth, so that
 * {@code map.get("list").add(1)}, which could not change what is shared, is an {@link UnsupportedOperationException}: declare them as {@code List}, not {@code
 * ArrayList}. Arrays and objects of your own come out as copies that know nothing of the map. Handles, such as another
 * SharedMap or a {@link ProcessLock}, come out as handles of the same object.
 *
 * <p><b>Keys</b> are found by {@code equals}, among keys of all processes. Strings, numbers, enum constants, records and collections of these are
 * found by hash; objects of other classes are compared one by one. What has no {@code equals} of its own is refused. Neither keys nor values may be
 * null.
 *
 * <p><b>Order.</b> Iteration follows the order of insertion, over a snapshot: the entries of one moment, however the map changes meanwhile. {@link #clear}
 * is atomic; {@link #putAll} and {@link #replaceAll} are so for each entry.
 *
 * <p>A process that is killed while it changes the map leaves it as it was before or as it is after that change. When there is no memory for a
 * change, it throws an {@link java.io.UncheckedIOException}, and the map stays as it was. Follows the {@code dict} of Python's {@code multiprocessing.Manager}.
 */
public final class SharedMap<K, V> extends SharedObject implements ConcurrentMap<K, V> {
    private static final long serialVersionUID = 1;

    private final transient Heap heap = new Heap(this);
    private final transient View view = new View();

    /**
     * An empty map.
     *
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public SharedMap() {
        this(Place.make(Kind.MAP, Heap.HEAD_LENGTH));
        try {
            clear();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * One that begins with those entries.
     *
     * @throws IllegalArgumentException if one of them cannot travel; says which
     */
    public SharedMap(Map<? extends K, ? extends V> entries) {
        this();
        try {
            putAll(entries);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    SharedMap(Place place) {
        super(place);
    }

    private static Encoded encode(Object value) {
        return Generation.encode(Objects.requireNonNull(value, "a value of a SharedMap must not be null"));
    }

    private static final Received ABSENT = Received.value(null);

    private static Received received(Generation in, long word) {
        return word == MapDescriptor.ABSENT ? ABSENT : in.received(word);
    }

    private static Received received(Generation in, Key key) {
        return received(in, MapTable.get(in, key));
    }

    // ---- one key

    @Override
    public V get(Object key) {
        return get(new Key(key));
    }

    private V get(Key key) {
        return Generation.value(heap.read(in -> received(in, key)));
    }

    @Override
    public boolean containsKey(Object key) {
        var wanted = new Key(key);
        return heap.read(in -> MapTable.get(in, wanted) != MapDescriptor.ABSENT);
    }

    @Override
    public V put(K key, V value) {
        return put(new Key(key), encode(value), true);
    }

    @Override
    public V putIfAbsent(K key, V value) {
        return put(new Key(key), encode(value), false);
    }

    private V put(Key key, Encoded value, boolean replace) {
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in, key);
            if (replace || before == ABSENT) {
                MapTable.put(heap, in, key, value);
            }
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    @Override
    public V remove(Object key) {
        var wanted = new Key(key);
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in, MapTable.remove(in, wanted));
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    @Override
    public boolean remove(Object key, Object value) {
        return value != null && replaceIfEqual(new Key(key), value, null);
    }

    @Override
    public boolean replace(K key, V before, V after) {
        Objects.requireNonNull(before, "a value of a SharedMap must not be null");
        return replaceIfEqual(new Key(key), before, encode(after));
    }

    private boolean replaceIfEqual(Key key, Object before, Encoded after) {
        heap.lock();
        try {
            var in = heap.now();
            var present = Generation.<Object>value(received(in, key));
            if (present == null || !present.equals(before)) {
                return false;
            }
            change(in, key, after);
            return true;
        } finally {
            heap.unlock();
        }
    }

    private void change(Generation in, Key key, Encoded after) {
        if (after == null) {
            MapTable.remove(in, key);
        } else {
            MapTable.put(heap, in, key, after);
        }
    }

    @Override
    public V replace(K key, V value) {
        var wanted = new Key(key);
        var after = encode(value);
        Received before;
        heap.lock();
        try {
            var in = heap.now();
            before = received(in, wanted);
            if (before != ABSENT) {
                MapTable.put(heap, in, wanted, after);
            }
        } finally {
            heap.unlock();
        }
        return Generation.value(before);
    }

    /** What one of the methods that call a function makes of the value before, which is null where there is none; null removes it. */
    private interface Change<V> {
        V apply(V before);
    }

    @SuppressWarnings("unchecked")
    private V change(Key key, Change<V> change) {
        heap.lock();
        try {
            var in = heap.now();
            var after = change.apply(Generation.value(received(in, key)));
            change(in, key, after == null ? null : encode(after));
            return (V) Copy.of(after);
        } finally {
            heap.unlock();
        }
    }

    @Override
    public V compute(K key, BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function);
        return change(new Key(key), before -> function.apply(key, before));
    }

    @Override
    public V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function);
        return change(new Key(key), before -> before == null ? null : function.apply(key, before));
    }

    /** {@inheritDoc} Does not wait where there is a value already. */
    @Override
    public V computeIfAbsent(K key, Function<? super K, ? extends V> function) {
        Objects.requireNonNull(function);
        var wanted = new Key(key);
        var present = get(wanted);
        return present != null ? present : change(wanted, before -> before == null ? function.apply(key) : before);
    }

    @Override
    public V merge(K key, V value, BiFunction<? super V, ? super V, ? extends V> function) {
        Objects.requireNonNull(value, "a value of a SharedMap must not be null");
        Objects.requireNonNull(function);
        return change(new Key(key), before -> before == null ? value : function.apply(before, value));
    }

    // ---- many keys

    @Override
    public int size() {
        return heap.read(MapTable::size);
    }

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    @Override
    public boolean containsValue(Object value) {
        return value != null && view.containsValue(value);
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        entries.forEach(this::put);
    }

    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function);
        for (var key : keySet()) {
            computeIfPresent(key, (same, value) -> Objects.requireNonNull(function.apply(same, value)));
        }
    }

    @Override
    public void clear() {
        heap.lock();
        try {
            heap.commit(MapTable.first(heap));
        } finally {
            heap.unlock();
        }
    }

    @Override
    public Set<K> keySet() {
        return view.keySet();
    }

    @Override
    public Collection<V> values() {
        return view.values();
    }

    @Override
    public Set<Entry<K, V>> entrySet() {
        return view.entrySet();
    }

    /** Keys and values of one moment, by turns. */
    private Received[] snapshot() {
        if (heap.isHeld()) {
            return entries(); // for the function that is making a change
        }
        heap.lock();
        try {
            return entries();
        } finally {
            heap.unlock();
        }
    }

    /** Locked by the caller. */
    private Received[] entries() {
        var in = heap.now();
        var words = MapTable.words(in);
        var entries = new Received[words.length];
        for (var i = 0; i < words.length; i++) {
            entries[i] = in.received(words[i]);
        }
        return entries;
    }

    private final class Entries implements Iterator<Entry<K, V>> {
        private final Received[] snapshot = snapshot();
        private int next;
        private K last;

        @Override
        public boolean hasNext() {
            return next < snapshot.length;
        }

        @Override
        public Entry<K, V> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            last = Generation.value(snapshot[next]);
            var entry = new AbstractMap.SimpleEntry<K, V>(last, Generation.value(snapshot[next + 1])) {
                private static final long serialVersionUID = 1;

                @Override
                public V setValue(V value) {
                    put(getKey(), value);
                    return super.setValue(value);
                }
            };
            next += 2;
            return entry;
        }

        @Override
        public void remove() {
            if (last == null) {
                throw new IllegalStateException("there is no entry to be removed: call next() first");
            }
            SharedMap.this.remove(last);
            last = null;
        }
    }

    /** What a map is that can say its entries. */
    private final class View extends AbstractMap<K, V> {
        private final Set<Entry<K, V>> entries = new AbstractSet<>() {
            @Override
            public Iterator<Entry<K, V>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return SharedMap.this.size();
            }

            @Override
            public boolean contains(Object entry) {
                return entry instanceof Entry<?, ?> wanted
                        && wanted.getKey() != null
                        && wanted.getValue() != null
                        && wanted.getValue().equals(SharedMap.this.get(wanted.getKey()));
            }

            @Override
            public boolean remove(Object entry) {
                return entry instanceof Entry<?, ?> wanted && SharedMap.this.remove(wanted.getKey(), wanted.getValue());
            }

            @Override
            public void clear() {
                SharedMap.this.clear();
            }
        };

        @Override
        public Set<Entry<K, V>> entrySet() {
            return entries;
        }

        @Override
        public boolean containsKey(Object key) {
            return SharedMap.this.containsKey(key);
        }

        @Override
        public V get(Object key) {
            return SharedMap.this.get(key);
        }
    }

    // ---- the rest

    /** Whether that is a map with the same entries, as of one moment. */
    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Map<?, ?> && new LinkedHashMap<>(this).equals(other);
    }

    @Override
    public int hashCode() {
        return new LinkedHashMap<>(this).hashCode();
    }

    /** The entries of one moment, as those of any map. */
    @Override
    public String toString() {
        return isClosed() ? super.toString() : view.toString();
    }

    @Override
    void bury(int dead) {
        if (heap.isLeftBy(dead)) {
            MapTable.count(heap.now());
            heap.deleteOthers();
        }
        heap.bury(dead);
    }
}
