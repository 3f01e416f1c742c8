package heddle.notebook;

import heddle.notebook.process.Bar;
import heddle.notebook.process.CountedStreams;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A bar that shows how far long work is: how much is done, how long it took, how fast it goes and how long it will still take.
 *
 * <p>Around whatever a loop walks through, or in front of a stream:
 *
 * {@snippet :
 * for (var file : Progress.over(files)) {
 *     read(file);
 * }
 * var sum = Progress.over(IntStream.range(0, 1_000_000)).parallel().map(n -> n % 7).sum();
 * }
 *
 * <p>Where there is neither, the work says itself how far it is; from as many threads as it likes:
 *
 * {@snippet :
 * try (var progress = Progress.of("Copying", 500)) {
 *     for (int i = 0; i < 500; i += 10) {
 *         progress.step(10);
 *     }
 * }
 * }
 *
 * <p>The bar is drawn under the cell that began it, at most five times a second, by a thread that is none of the learner's: a step costs some
 * nanoseconds. A bar inside another one's work is drawn beneath that one while it goes on. The last state stays: done, failed, or where it
 * stopped. Outside a notebook nothing is drawn.
 */
public final class Progress implements AutoCloseable {

    private final Bar bar;

    private Progress(Bar bar) {
        this.bar = bar;
    }

    /** The same items, counted while they are walked through; each walk has a bar of its own. */
    public static <T> Iterable<T> over(Iterable<T> items) {
        return over("", items);
    }

    /** The same items, counted while they are walked through; each walk has a bar of its own. */
    public static <T> Iterable<T> over(String title, Iterable<T> items) {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(items, "items");
        return () -> new Counted<>(title, items instanceof Collection<?> all ? all.size() : -1, items.iterator());
    }

    /** The items of the array, counted while they are walked through. */
    public static <T> Iterable<T> over(T[] items) {
        return over("", items);
    }

    /** The items of the array, counted while they are walked through. */
    public static <T> Iterable<T> over(String title, T[] items) {
        return over(title, Arrays.asList(items));
    }

    /** The numbers of the array, counted while they are walked through. */
    public static Iterable<Integer> over(int[] items) {
        return over("", items);
    }

    /** The numbers of the array, counted while they are walked through. */
    public static Iterable<Integer> over(String title, int[] items) {
        Objects.requireNonNull(title, "title");
        return counted(title, items.length, () -> Arrays.stream(items).iterator());
    }

    /** The numbers from {@code from} (inclusive) to {@code to} (exclusive), counted while they are walked through. */
    public static Iterable<Integer> range(int from, int to) {
        return counted(
                "",
                Math.max(0, (long) to - from),
                () -> IntStream.range(from, to).iterator());
    }

    private static <T> Iterable<T> counted(String title, long total, Supplier<Iterator<T>> items) {
        return () -> new Counted<>(title, total, items.get());
    }

    /** The same stream, whose elements are counted as they pass; how many there will be is shown where the stream knows it. */
    public static <T> Stream<T> over(Stream<T> items) {
        return over("", items);
    }

    /** The same stream, whose elements are counted as they pass. */
    public static <T> Stream<T> over(String title, Stream<T> items) {
        return CountedStreams.of(Objects.requireNonNull(title, "title"), items);
    }

    /** The same stream, whose elements are counted as they pass. */
    public static IntStream over(IntStream items) {
        return over("", items);
    }

    /** The same stream, whose elements are counted as they pass. */
    public static IntStream over(String title, IntStream items) {
        return CountedStreams.of(Objects.requireNonNull(title, "title"), items);
    }

    /**
     * A bar for work that says itself how far it is.
     *
     * @param total how many steps there will be
     * @throws IllegalArgumentException when the total is negative
     */
    public static Progress of(String title, long total) {
        if (total < 0) {
            throw new IllegalArgumentException(
                    "There cannot be " + total + " steps; leave the total out when it is not known.");
        }
        return new Progress(Bar.begin(Objects.requireNonNull(title, "title"), total, false));
    }

    /** A count for work of which nobody knows how much there is. */
    public static Progress of(String title) {
        return new Progress(Bar.begin(Objects.requireNonNull(title, "title"), -1, false));
    }

    /** One step more is done. */
    public void step() {
        bar.step(1);
    }

    /** So many steps more are done. */
    public void step(long steps) {
        bar.step(steps);
    }

    /** The steps that are done. */
    public long count() {
        return bar.count();
    }

    /** The work is over: done when the total was reached or not known, else stopped where it is. Idempotent. */
    @Override
    public void close() {
        bar.end(bar.isComplete() ? Bar.State.DONE : Bar.State.STOPPED);
    }

    /** An item counts when the next one is asked for. */
    private static final class Counted<T> implements Iterator<T> {
        private final Bar bar;
        private final Iterator<T> items;
        private boolean begun;

        Counted(String title, long total, Iterator<T> items) {
            this.items = items;
            this.bar = Bar.begin(title, total, true);
        }

        private void done() {
            if (begun) {
                begun = false;
                bar.step(1);
            }
        }

        @Override
        public boolean hasNext() {
            done();
            boolean more = items.hasNext();
            if (!more) {
                bar.end(Bar.State.DONE);
            }
            return more;
        }

        @Override
        public T next() {
            done();
            var next = items.next();
            begun = true;
            return next;
        }

        @Override
        public void remove() {
            items.remove();
        }
    }
}
