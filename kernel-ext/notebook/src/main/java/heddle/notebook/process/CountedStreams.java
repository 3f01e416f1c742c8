package heddle.notebook.process;

import java.util.Comparator;
import java.util.Spliterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Streams whose elements are counted as they pass, in whatever threads. */
public final class CountedStreams {
    private CountedStreams() {}

    public static <T> Stream<T> of(String title, Stream<T> items) {
        var parts = items.spliterator();
        return StreamSupport.stream(new Counted<>(new Walk(title, parts), parts), items.isParallel())
                .onClose(items::close);
    }

    public static IntStream of(String title, IntStream items) {
        var parts = items.spliterator();
        return StreamSupport.intStream(new CountedInts(new Walk(title, parts), parts), items.isParallel())
                .onClose(items::close);
    }

    /** One walk through a stream, that begins with its first element and is done when every part of it is. */
    private static final class Walk {
        private final String title;
        private final long total;
        private final Thread owner = Thread.currentThread();
        private final AtomicInteger parts = new AtomicInteger(1);
        private Bar bar;

        Walk(String title, Spliterator<?> items) {
            this.title = title;
            this.total = items.getExactSizeIfKnown();
        }

        synchronized Bar begin() {
            if (bar == null) {
                bar = Bar.begin(title, total, true, owner);
            }
            return bar;
        }

        void split() {
            parts.incrementAndGet();
        }

        void partDone() {
            if (parts.decrementAndGet() == 0) {
                begin().end(Bar.State.DONE);
            }
        }
    }

    private abstract static class Part<T, S extends Spliterator<T>> implements Spliterator<T> {
        final Walk walk;
        final S items;
        private Bar bar;
        private boolean done;

        Part(Walk walk, S items) {
            this.walk = walk;
            this.items = items;
        }

        final Bar bar() {
            if (bar == null) {
                bar = walk.begin();
            }
            return bar;
        }

        final boolean counted(boolean more) {
            if (more) {
                bar().step(1);
            } else {
                done();
            }
            return more;
        }

        final void done() {
            if (!done) {
                done = true;
                walk.partDone();
            }
        }

        /** The other half, when there is one. */
        final S split(S half) {
            if (half != null) {
                walk.split();
            }
            return half;
        }

        @Override
        public long estimateSize() {
            return items.estimateSize();
        }

        @Override
        public int characteristics() {
            return items.characteristics();
        }

        @Override
        public Comparator<? super T> getComparator() {
            return items.getComparator();
        }
    }

    private static final class Counted<T> extends Part<T, Spliterator<T>> {
        Counted(Walk walk, Spliterator<T> items) {
            super(walk, items);
        }

        @Override
        public boolean tryAdvance(Consumer<? super T> action) {
            bar();
            return counted(items.tryAdvance(action));
        }

        @Override
        public void forEachRemaining(Consumer<? super T> action) {
            var bar = bar();
            items.forEachRemaining(item -> {
                action.accept(item);
                bar.step(1);
            });
            done();
        }

        @Override
        public Spliterator<T> trySplit() {
            var half = items.trySplit();
            return half == null ? null : new Counted<>(walk, split(half));
        }
    }

    private static final class CountedInts extends Part<Integer, Spliterator.OfInt> implements Spliterator.OfInt {
        CountedInts(Walk walk, Spliterator.OfInt items) {
            super(walk, items);
        }

        @Override
        public boolean tryAdvance(IntConsumer action) {
            bar();
            return counted(items.tryAdvance(action));
        }

        @Override
        public void forEachRemaining(IntConsumer action) {
            var bar = bar();
            items.forEachRemaining((IntConsumer) item -> {
                action.accept(item);
                bar.step(1);
            });
            done();
        }

        @Override
        public Spliterator.OfInt trySplit() {
            var half = items.trySplit();
            return half == null ? null : new CountedInts(walk, split(half));
        }
    }
}
