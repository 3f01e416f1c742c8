package heddle.processes;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The results of one function for many items, in the order of the items. */
final class MapFuture<R> extends PoolFuture<List<R>> {
    private final List<Chunk> chunks = new ArrayList<>();
    private final AtomicInteger left;

    /** @param chunks how many tasks there will be */
    MapFuture(PoolDispatcher pool, int chunks) {
        super(pool, true);
        for (var i = 0; i < chunks; i++) {
            this.chunks.add(new Chunk());
        }
        left = new AtomicInteger(chunks);
    }

    private final class Chunk implements PoolTask.Owner {
        private PoolTask task;
        private Received received;
        private Throwable failure;
        private boolean failed;
        private boolean here;

        @Override
        public synchronized void came(Received received, boolean failed) {
            if (!here) {
                this.received = received;
                this.failed = failed;
                here();
            }
        }

        @Override
        public synchronized void failed(Throwable why) {
            if (!here) {
                failure = why;
                here();
            }
        }

        private void here() {
            here = true;
            if (left.decrementAndGet() == 0) {
                settled();
            }
        }

        private synchronized Object value() {
            var value = failure != null ? failure : received.value();
            received = null;
            return value;
        }
    }

    PoolTask.Owner owner(int chunk) {
        return chunks.get(chunk);
    }

    void is(int chunk, PoolTask task) {
        chunks.get(chunk).task = task;
    }

    @Override
    @SuppressWarnings("unchecked") // the function says what it returns
    List<R> decode() throws Throwable {
        var results = new ArrayList<R>();
        Throwable first = null;
        for (var chunk : chunks) {
            var value = chunk.value();
            if (chunk.failure != null || chunk.failed) {
                first = first == null ? (Throwable) value : first;
                continue;
            }
            for (var each : (Object[]) value) {
                if (each instanceof PoolWorker.Failed failed) {
                    first = first == null ? failed.failure() : first;
                } else {
                    results.add((R) each);
                }
            }
        }
        if (first != null) {
            throw first;
        }
        return results;
    }

    @Override
    boolean withdraw(boolean endRunning) {
        for (var chunk : chunks) {
            if (chunk.task != null) {
                pool.withdraw(chunk.task, endRunning);
            }
        }
        return true;
    }
}
