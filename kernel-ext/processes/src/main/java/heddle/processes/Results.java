package heddle.processes;

import heddle.processes.memory.Waiting;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Results of {@link ProcessPool#imap} and {@link ProcessPool#imapUnordered}, to be gone through once.
 *
 * {@snippet :
 * try (var pool = new ProcessPool(2)) {
 *     for (var square : pool.imap(n -> n * n, List.of(1, 2, 3))) {
 *         System.out.println(square);
 *     }
 * }
 * }
 *
 * <p>Some chunks more than are asked for, four for each worker, are worked off ahead. For one thread at a time.
 */
public final class Results<R> implements Iterator<R>, Iterable<R> {
    private static final Object[] NOTHING = {};

    private final Iterator<PoolFuture<Object[]>> chunks;
    private final int ahead;
    private final ArrayDeque<PoolFuture<Object[]>> begun = new ArrayDeque<>();
    private Object[] chunk = NOTHING;
    private int next;

    /** @param chunks gives the future of a chunk that it has begun to work off */
    Results(Iterator<PoolFuture<Object[]>> chunks, int ahead) {
        this.chunks = chunks;
        this.ahead = ahead;
        begin();
    }

    private void begin() {
        while (begun.size() < ahead && chunks.hasNext()) {
            begun.add(chunks.next());
        }
    }

    @Override
    public boolean hasNext() {
        return next < chunk.length || !begun.isEmpty() || chunks.hasNext();
    }

    /**
     * The next result; waits for it.
     *
     * @throws CompletionException if that item failed, with what the function threw as its cause; the next call goes on with the next item. If a worker
     *     died, once for all items of its chunk. If this thread is interrupted, with an {@link InterruptedException}; the result is not lost
     */
    @Override
    public R next() {
        while (next == chunk.length) {
            begin();
            if (begun.isEmpty()) {
                throw new NoSuchElementException();
            }
            take();
        }
        @SuppressWarnings("unchecked") // the function says what it returns
        var result = (R) chunk[next++];
        if (result instanceof PoolWorker.Failed failed) {
            throw new CompletionException(failed.failure());
        }
        return result;
    }

    private void take() {
        var future = begun.element();
        try {
            future.await(Waiting.FOREVER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
        begun.remove();
        begin();
        next = 0;
        chunk = NOTHING;
        try {
            chunk = future.get();
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError("it is here already", e);
        }
    }

    /** This, which can be gone through once. */
    @Override
    public Iterator<R> iterator() {
        return this;
    }

    /** The rest, as a stream; the first failure ends it. */
    public Stream<R> stream() {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED), false);
    }
}
