package heddle.notebook.process;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.SequencedCollection;

/**
 * The first elements of something long and, where they can be had without walking through all, its last ones.
 *
 * @param size how many there are
 * @param torn whether others changed it so fast that there was no moment to look at it
 */
record Sample(List<Object> first, List<Object> last, int size, boolean torn) {

    private static final int TRIES = 10;

    /** A few more than the first are shown rather than cut. */
    private static final int SPARED = 5;

    int left() {
        return Math.max(0, size - first.size() - last.size());
    }

    static Sample of(Object many, int first, int last) {
        return switch (many) {
            case Map<?, ?> map -> of(map.entrySet(), first, last);
            case Collection<?> collection -> ofCollection(collection, first, last);
            default -> {
                int size = Array.getLength(many);
                yield byIndex(index -> Array.get(many, index), size, first, last);
            }
        };
    }

    private static Sample ofCollection(Collection<?> collection, int first, int last) {
        var best = new Sample(List.of(), List.of(), 0, true);
        for (int tries = 0; tries < TRIES; tries++) {
            int size = collection.size();
            var head = new ArrayList<Object>();
            try {
                if (collection instanceof List<?> list && collection instanceof RandomAccess) {
                    return byIndex(list::get, size, first, last);
                }
                int wanted = size > first + last + SPARED ? first : Integer.MAX_VALUE;
                take(collection.iterator(), Math.min(wanted, first + last + SPARED), head);
                var tail = new ArrayList<Object>();
                if (wanted == first && collection instanceof SequencedCollection<?> sequenced) {
                    take(sequenced.reversed().iterator(), last, tail);
                }
                return new Sample(head, tail.reversed(), Math.max(size, head.size() + tail.size()), false);
            } catch (RuntimeException e) {
                if (!collection.getClass().getName().startsWith("java.")) {
                    throw e; // it is whoever wrote it that fails, not a moment of change
                }
                if (head.size() >= best.first.size()) {
                    best = new Sample(head, List.of(), Math.max(size, head.size()), true);
                }
            }
        }
        return best;
    }

    private interface ByIndex {
        Object get(int index);
    }

    private static Sample byIndex(ByIndex elements, int size, int first, int last) {
        int end = size > first + last + SPARED ? first : size;
        var head = new ArrayList<Object>();
        for (int i = 0; i < end; i++) {
            head.add(elements.get(i));
        }
        var tail = new ArrayList<Object>();
        for (int i = Math.max(end, size - last); i < size; i++) {
            tail.add(elements.get(i));
        }
        return new Sample(head, tail, size, false);
    }

    private static void take(Iterator<?> elements, int most, List<Object> taken) {
        while (taken.size() < most && elements.hasNext()) {
            taken.add(elements.next());
        }
    }
}
