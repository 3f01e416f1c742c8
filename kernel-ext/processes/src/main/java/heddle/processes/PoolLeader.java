package heddle.processes;

import static heddle.processes.PoolTasksDescriptor.*;

import heddle.processes.memory.Waiting;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who brings in the results of a {@link ProcessPool}: the first thread that waits for one, the leader, brings in those of all, so that its own does not have to be handed
 * from thread to thread; when nobody waits, the results thread does.
 */
final class PoolLeader {
    /** A result that comes soon is taken without the system's help. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 500 : 0;

    /** Others may have freed memory by then. */
    private static final long SHORTAGE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final PoolDispatcher pool;
    private final PoolTasks tasks;
    private final ReentrantLock leading = new ReentrantLock();
    private volatile Thread leader;

    PoolLeader(PoolDispatcher pool, PoolTasks tasks) {
        this.pool = pool;
        this.tasks = tasks;
    }

    /** It may be what the leader waits for. */
    void settled() {
        var leader = this.leader;
        if (leader != null && leader != Thread.currentThread()) {
            tasks.wake(LEADER);
        }
    }

    /**
     * Waits until the future is settled.
     *
     * @return false if the time is over
     */
    boolean await(PoolFuture<?> future, long ns) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var deadlineNs = Waiting.deadline(ns);
        while (!future.isSettled()) {
            if (Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            if (!leading.isHeldByCurrentThread() && leading.tryLock()) {
                try {
                    lead(future, deadlineNs);
                } finally {
                    leading.unlock();
                }
            } else {
                synchronized (future) {
                    while (!future.isSettled() && Waiting.remaining(deadlineNs) > 0) {
                        TimeUnit.NANOSECONDS.timedWait(future, Waiting.remaining(deadlineNs));
                    }
                }
            }
        }
        return true;
    }

    private void lead(PoolFuture<?> future, long deadlineNs) throws InterruptedException {
        leader = Thread.currentThread();
        tasks.is(LEADER, AWAKE);
        try {
            while (true) {
                pool.drain();
                for (var look = 0; look < LOOKS && !pool.hasResults() && !future.isSettled(); look++) {
                    Thread.onSpinWait();
                }
                if (future.isSettled() || Waiting.remaining(deadlineNs) <= 0) {
                    return;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                tasks.is(LEADER, ASLEEP);
                if (!pool.hasResults() && !future.isSettled()) {
                    tasks.sleep(LEADER, deadlineNs);
                }
                tasks.is(LEADER, AWAKE);
            }
        } finally {
            leader = null;
            tasks.is(LEADER, ABSENT);
            if (pool.hasResults()) {
                pool.drain();
            }
        }
    }

    /** The results thread: until nothing can come any more. */
    void bringResults() {
        while (!pool.isDone()) {
            try {
                pool.drain();
                tasks.is(RESULTS, ASLEEP);
                if (!pool.hasResults() && !pool.isDone()) {
                    tasks.sleep(RESULTS, Waiting.FOREVER);
                }
                tasks.is(RESULTS, AWAKE);
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(SHORTAGE_NS); // what was not read is still there
            }
        }
    }
}
