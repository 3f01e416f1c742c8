package heddle.processes;

import java.io.Serializable;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What comes out of a shared collection is a copy: to change it would change nothing for anybody else. So the JDK's collections come out such that they
 * refuse, at any depth, and say what to do instead. All else comes out as it is.
 */
final class Copy {
    private static final String REFUSED =
            "this is a copy of what is shared, and changing it would change nothing there; change a copy of your own, "
                    + "such as new ArrayList<>(it), and put that, or do both in one step by compute or updateAndGet";

    private Copy() {}

    static Object of(Object value) {
        if (value == null || !isOfJdk(value)) {
            return value;
        }
        if (isCopy(value)) {
            return value;
        }
        // no pattern switch: a fresh JVM takes milliseconds to link one
        if (value instanceof List<?> list) {
            return new ListCopy<>(all(list, new ArrayList<>(list.size())));
        }
        if (value instanceof SortedSet<?> set) {
            return Collections.unmodifiableSortedSet(new TreeSet<>(set));
        }
        if (value instanceof Set<?> set) {
            return new SetCopy<>(all(set, LinkedHashSet.newLinkedHashSet(set.size())));
        }
        if (value instanceof SortedMap<?, ?> map) {
            return Collections.unmodifiableSortedMap(sorted(map));
        }
        return value instanceof Map<?, ?> map ? new MapCopy<>(all(map)) : value;
    }

    private static boolean isOfJdk(Object value) {
        return (value instanceof Collection<?> || value instanceof Map<?, ?>)
                && (isCopy(value) || value.getClass().getPackageName().equals("java.util"));
    }

    private static boolean isCopy(Object value) {
        return value instanceof ListCopy<?> || value instanceof SetCopy<?> || value instanceof MapCopy<?, ?>;
    }

    /** What travels instead of such a copy, for which there is a fast way. */
    static Object original(Object value) {
        if (value instanceof ListCopy<?> copy) {
            return copy.list;
        }
        if (value instanceof SetCopy<?> copy) {
            return copy.set;
        }
        return value instanceof MapCopy<?, ?> copy ? copy.map : value;
    }

    private static <C extends Collection<Object>> C all(Collection<?> from, C to) {
        for (var each : from) {
            to.add(of(each));
        }
        return to;
    }

    private static Map<Object, Object> all(Map<?, ?> from) {
        var to = LinkedHashMap.<Object, Object>newLinkedHashMap(from.size());
        from.forEach((key, value) -> to.put(of(key), of(value)));
        return to;
    }

    private static <K> SortedMap<K, Object> sorted(SortedMap<K, ?> from) {
        var to = new TreeMap<K, Object>(from);
        to.replaceAll((_, value) -> of(value));
        return to;
    }

    private static UnsupportedOperationException refused() {
        return new UnsupportedOperationException(REFUSED);
    }

    private static <E> Iterator<E> unmodifiable(Iterator<E> iterator) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public E next() {
                return iterator.next();
            }

            @Override
            public void remove() {
                throw refused();
            }
        };
    }

    private static final class ListCopy<E> extends AbstractList<E> implements RandomAccess, Serializable {
        private static final long serialVersionUID = 1;

        private final ArrayList<E> list;

        private ListCopy(ArrayList<E> list) {
            this.list = list;
        }

        @Override
        public E get(int index) {
            return list.get(index);
        }

        @Override
        public int size() {
            return list.size();
        }

        @Override
        public E set(int index, E element) {
            throw refused();
        }

        @Override
        public void add(int index, E element) {
            throw refused();
        }

        @Override
        public E remove(int index) {
            throw refused();
        }

        @Override
        public boolean remove(Object element) {
            throw refused();
        }

        @Override
        public void clear() {
            throw refused();
        }

        private Object writeReplace() {
            return list;
        }
    }

    private static final class SetCopy<E> extends AbstractSet<E> implements Serializable {
        private static final long serialVersionUID = 1;

        private final LinkedHashSet<E> set;

        private SetCopy(LinkedHashSet<E> set) {
            this.set = set;
        }

        @Override
        public Iterator<E> iterator() {
            return unmodifiable(set.iterator());
        }

        @Override
        public int size() {
            return set.size();
        }

        @Override
        public boolean contains(Object element) {
            return set.contains(element);
        }

        @Override
        public boolean add(E element) {
            throw refused();
        }

        @Override
        public boolean remove(Object element) {
            throw refused();
        }

        @Override
        public void clear() {
            throw refused();
        }

        private Object writeReplace() {
            return set;
        }
    }

    private static final class MapCopy<K, V> extends AbstractMap<K, V> implements Serializable {
        private static final long serialVersionUID = 1;

        private final Map<K, V> map;
        private transient Set<Entry<K, V>> entries;

        private MapCopy(Map<K, V> map) {
            this.map = map;
        }

        @Override
        public Set<Entry<K, V>> entrySet() {
            if (entries == null) {
                entries = Collections.unmodifiableMap(map).entrySet();
            }
            return entries;
        }

        @Override
        public V get(Object key) {
            return map.get(key);
        }

        @Override
        public boolean containsKey(Object key) {
            return map.containsKey(key);
        }

        @Override
        public V put(K key, V value) {
            throw refused();
        }

        @Override
        public V remove(Object key) {
            throw refused();
        }

        @Override
        public void clear() {
            throw refused();
        }

        private Object writeReplace() {
            return map;
        }
    }
}
