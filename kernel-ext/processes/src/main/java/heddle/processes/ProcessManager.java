package heddle.processes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Makes what processes share, and ends all of it together.
 *
 * {@snippet :
 * try (var manager = new ProcessManager()) {
 *     var counts = manager.<String, Integer>map();
 *     var child = new ChildProcess(() -> counts.put("apple", 3)).start();
 *     child.join();
 *     System.out.println(counts); // {apple=3}
 * }
 * }
 *
 * <p>Closing it closes all that it made: whoever uses or waits for one of these in any process gets an {@link IllegalStateException}. So first join the children that use them.
 * What a manager makes is what its class's constructor makes, and lives in memory that all processes have: there is no server process
 * to be asked, or to die. If the process that made the manager ends without closing it, what has travelled lives on for the others, until the main process ends, which waits for its
 * children first.
 *
 * <p>A manager itself stays where it was made; what it made travels. Follows Python's {@code multiprocessing.Manager}.
 */
public final class ProcessManager implements AutoCloseable {
    /** Guarded by this. */
    private final List<SharedObject> made = new ArrayList<>();

    private boolean closed;

    private synchronized <S extends SharedObject> S own(S object) {
        if (closed) {
            object.close();
            throw new IllegalStateException("this ProcessManager is closed; make a new one");
        }
        made.add(object);
        return object;
    }

    /** An empty map. */
    public <K, V> SharedMap<K, V> map() {
        return own(new SharedMap<>());
    }

    /** A map that begins with those entries. */
    public <K, V> SharedMap<K, V> map(Map<? extends K, ? extends V> entries) {
        return own(new SharedMap<>(entries));
    }

    /** An empty list. */
    public <E> SharedList<E> list() {
        return own(new SharedList<>());
    }

    /** A list that begins with those elements. */
    public <E> SharedList<E> list(Collection<? extends E> elements) {
        return own(new SharedList<>(elements));
    }

    /** A value of any type, to begin with. */
    public <T> SharedValue<T> value(T initial) {
        return own(new SharedValue<>(initial));
    }

    /** Values that have names. */
    public SharedNamespace namespace() {
        return new SharedNamespace(map());
    }

    /** A lock that nobody holds. */
    public ProcessLock lock() {
        return own(new ProcessLock());
    }

    /** A reentrant lock that nobody holds. */
    public ProcessReentrantLock reentrantLock() {
        return own(new ProcessReentrantLock());
    }

    /** A semaphore with so many permits to begin with. */
    public ProcessSemaphore semaphore(int permits) {
        return own(new ProcessSemaphore(permits));
    }

    /** A semaphore that never has more permits than at the beginning. */
    public ProcessSemaphore boundedSemaphore(int permits) {
        return own(ProcessSemaphore.bounded(permits));
    }

    /** An event that is not set. */
    public ProcessEvent event() {
        return own(new ProcessEvent());
    }

    /** A barrier for so many threads. */
    public ProcessBarrier barrier(int parties) {
        return own(new ProcessBarrier(parties));
    }

    /** A queue without limit. */
    public <E> ProcessQueue<E> queue() {
        return own(new ProcessQueue<>());
    }

    /** A queue that knows when all that was put into it is done. */
    public <E> JoinableProcessQueue<E> joinableQueue() {
        return own(new JoinableProcessQueue<>());
    }

    /** A queue of so many elements at most. */
    public <E> ProcessQueue<E> queue(int capacity) {
        return own(new ProcessQueue<>(capacity));
    }

    /** Closes all that it made. Again, it does nothing. */
    @Override
    public void close() {
        List<SharedObject> last;
        synchronized (this) {
            closed = true;
            last = List.copyOf(made).reversed();
            made.clear();
        }
        RuntimeException failure = null;
        for (var object : last) {
            try {
                object.close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
