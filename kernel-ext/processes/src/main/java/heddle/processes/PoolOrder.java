package heddle.processes;

import java.util.ArrayDeque;

/** Which of the chunks of {@link ProcessPool#imap} or {@link ProcessPool#imapUnordered} gets a result that has come. */
sealed interface PoolOrder {
    PoolTask.Owner owner(PoolFuture.Single<Object[]> next);

    record InOrder() implements PoolOrder {
        @Override
        public PoolTask.Owner owner(PoolFuture.Single<Object[]> next) {
            return next;
        }
    }

    /** Of the futures that wait, the first gets the result that comes first. */
    final class AsTheyCome implements PoolOrder, PoolTask.Owner {
        private final ArrayDeque<PoolFuture.Single<Object[]>> waiting = new ArrayDeque<>();

        @Override
        public synchronized PoolTask.Owner owner(PoolFuture.Single<Object[]> next) {
            waiting.add(next);
            return this;
        }

        @Override
        public synchronized void came(Received received, boolean failed) {
            waiting.remove().came(received, failed);
        }

        @Override
        public synchronized void failed(Throwable why) {
            waiting.remove().failed(why);
        }
    }
}
