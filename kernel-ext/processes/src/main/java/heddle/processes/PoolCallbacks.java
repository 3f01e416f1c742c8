package heddle.processes;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Runs what depends on the futures of a {@link ProcessPool}, one after the other, in one thread, which begins when there is something to run. */
final class PoolCallbacks {
    private static final System.Logger LOG = System.getLogger("heddle.processes");

    private final String pool;
    private final LinkedBlockingQueue<Runnable> callbacks = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Thread thread;

    /** @param pool its name */
    PoolCallbacks(String pool) {
        this.pool = pool;
    }

    void add(Runnable callback) {
        callbacks.add(callback);
        if (thread == null) {
            synchronized (this) {
                if (thread == null) {
                    thread = Threads.start("heddle-" + pool + "-callbacks", this::run);
                }
            }
        }
    }

    private void run() {
        try {
            while (ended.getCount() > 0) {
                try {
                    callbacks.take().run();
                } catch (Throwable e) {
                    LOG.log(System.Logger.Level.WARNING, "a callback failed", e);
                }
            }
        } finally {
            ended.countDown();
        }
    }

    /** Ends it after what it has. */
    synchronized void end() {
        if (thread == null) {
            ended.countDown();
        } else {
            callbacks.add(ended::countDown);
        }
    }

    boolean isItsThread() {
        return Thread.currentThread() == thread;
    }

    /** Whether nothing more will run; or this is the last that does, which cannot wait for itself. */
    boolean hasEnded() {
        return ended.getCount() == 0 || isItsThread();
    }

    /** Waits until {@link #hasEnded}; returns whether that is so. */
    boolean awaitEnd(long ns) throws InterruptedException {
        return isItsThread() || ended.await(ns, TimeUnit.NANOSECONDS);
    }
}
