package heddle.processes;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** The tasks of a {@link ProcessPool}: hands them to the workers, takes in what became of them, and knows when there will be no more. */
final class PoolDispatcher implements PoolWorkers.Employer {
    /** Output may come so many tasks late and still be known. */
    private static final int REMEMBERED = 4096;

    private enum State {
        RUNNING,
        /** No more tasks are accepted. */
        SHUT_DOWN,
        /** No more tasks are run. */
        STOPPED
    }

    private final String name;
    private final PoolTasks shared = new PoolTasks();
    final PoolWorkers workers;
    final PoolLeader leader;
    final PoolCallbacks callbacks;

    /** All that have not ended, by id. */
    private final ConcurrentHashMap<Long, PoolTask> tasks = new ConcurrentHashMap<>();

    /** By the last bits of the id. */
    private final AtomicReferenceArray<Submitter> newest = new AtomicReferenceArray<>(REMEMBERED);

    /** Before that of the workers. */
    private final Object lock = new Object();
    // guarded by lock
    private final ArrayDeque<PoolTask> backlog = new ArrayDeque<>();
    private long lastId;
    private boolean ending;
    private volatile boolean hasBacklog;
    private volatile State state = State.RUNNING;
    private volatile BrokenPoolException broken;

    private final ReentrantLock draining = new ReentrantLock();
    private final Object killing = new Object();
    final CountDownLatch terminated = new CountDownLatch(1);

    PoolDispatcher(String name, ProcessPool.Builder options) {
        this.name = name;
        callbacks = new PoolCallbacks(name);
        leader = new PoolLeader(this, shared);
        workers = new PoolWorkers(name, shared, options, this);
        try {
            workers.fill(true);
        } catch (RuntimeException e) {
            stop(new CancellationException());
            finish();
            throw e;
        }
        Threads.start("heddle-" + name + "-results", () -> {
            leader.bringResults();
            finish();
        });
    }

    int unfinished() {
        return tasks.size();
    }

    // ---- tasks go

    void checkAccepting() {
        if (broken != null) {
            throw new BrokenPoolException(broken.getMessage(), broken.getCause());
        }
        if (state != State.RUNNING) {
            throw new RejectedExecutionException(name + " has been shut down and accepts no more tasks");
        }
    }

    PoolTask submit(Object function, PoolWork work, PoolTask.Owner owner) {
        PoolTask task;
        boolean more;
        synchronized (lock) {
            checkAccepting();
            task = new PoolTask(++lastId, function, work, owner);
            newest.set((int) task.id & REMEMBERED - 1, task.submitter);
            tasks.put(task.id, task);
            backlog.add(task);
            more = workers.isShort();
        }
        pump();
        if (more) {
            refill(false);
        }
        return task;
    }

    @Override
    public Submitter submitter(long id) {
        var newer = newest.get((int) id & REMEMBERED - 1);
        if (newer != null && newer.id == id) {
            return newer;
        }
        var waiting = tasks.get(id);
        return waiting == null ? null : waiting.submitter;
    }

    /** Hands tasks over as long as there is room. */
    private void pump() {
        var failed = new ArrayList<PoolTask>();
        IOException why = null;
        var put = 0;
        synchronized (lock) {
            while (!backlog.isEmpty() && state != State.STOPPED) {
                var task = backlog.peek();
                if (tasks.containsKey(task.id)) { // else it is cancelled
                    try {
                        var number = shared.put(task.id, task.work);
                        if (number == 0) {
                            break;
                        }
                        task.number = number;
                        put++;
                    } catch (IOException e) {
                        why = e;
                        failed.add(task);
                    }
                }
                backlog.remove();
            }
            hasBacklog = !backlog.isEmpty();
        }
        if (put > 0) {
            workers.wake(put);
        }
        if (!failed.isEmpty()) {
            for (var task : failed) {
                fail(task, PoolTasks.noRoom(why));
            }
            endIfDone();
        }
    }

    private void fail(PoolTask task, Throwable why) {
        task.owner.failed(why);
        tasks.remove(task.id);
    }

    // ---- results come

    boolean hasResults() {
        for (var worker : workers.all()) {
            if (worker.results().hasMore()) {
                return true;
            }
        }
        return false;
    }

    void drain() {
        draining.lock();
        try {
            for (var worker : workers.all()) {
                if (worker.results().hasMore()) {
                    worker.results().drainTo(this::came);
                }
            }
        } finally {
            draining.unlock();
        }
        if (hasBacklog) {
            pump();
        }
        if (state != State.RUNNING) {
            endIfDone();
        }
    }

    private void came(int kind, long id, Received value) {
        if (kind == PoolResultsDescriptor.INITIALIZER_FAILED) {
            breakFor("its initializer failed", (Throwable) value.value());
            return;
        }
        var task = tasks.get(id);
        if (task != null) {
            task.owner.came(value, kind == PoolResultsDescriptor.FAILURE);
            tasks.remove(id);
            task.work = null;
        }
    }

    // ---- tasks are cancelled

    /** See {@link PoolFuture#withdraw}. */
    boolean withdraw(PoolTask task, boolean endRunning) {
        int taker;
        synchronized (lock) {
            if (!tasks.containsKey(task.id)) {
                return false;
            }
            if (takeBack(task)) {
                tasks.remove(task.id);
                return true;
            }
            taker = shared.taker(task.number);
        }
        return endRunning && killWorkerOf(task, taker);
    }

    /** See {@link ProcessPool#cancelIf}. */
    int cancelIf(BooleanSupplier ofSubmitter) {
        int cancelled = 0;
        for (var task : new TreeMap<>(tasks).values()) {
            var holds = new AtomicBoolean();
            task.submitter.run(() -> holds.set(ofSubmitter.getAsBoolean()));
            if (holds.get() && withdraw(task, true)) {
                task.owner.failed(new CancellationException());
                cancelled++;
            }
        }
        endIfDone();
        return cancelled;
    }

    /** Under the lock. Returns whether no worker has begun it, nor will. */
    private boolean takeBack(PoolTask task) {
        return task.number == 0 || shared.cancel(task.number);
    }

    /** One at a time: who is held back is held back for one reason. */
    private boolean killWorkerOf(PoolTask task, int taker) {
        synchronized (killing) {
            for (var worker : workers.all()) {
                var results = worker.results();
                if (has(results, task, taker)) {
                    results.holdBack();
                    if (has(results, task, taker)) {
                        tasks.remove(task.id);
                        worker.child().kill();
                        return true;
                    }
                    results.letGo();
                }
            }
        }
        return false;
    }

    private boolean has(PoolResults worker, PoolTask task, int taker) {
        return worker.taken() == task.id || taker > 0 && worker.worker() == taker && shared.taker(task.number) == taker;
    }

    // ---- workers

    void resize(int size) {
        synchronized (lock) {
            checkAccepting();
            workers.resize(size);
        }
        workers.wakeAll();
        refill(workers.areKept());
    }

    @Override
    public int wanted(boolean all) {
        return all && state == State.RUNNING ? Integer.MAX_VALUE : tasks.size();
    }

    private void refill(boolean all) {
        try {
            workers.fill(all);
        } catch (RuntimeException e) {
            if (workers.all().isEmpty()) {
                breakFor("no worker can be started", e);
            }
        }
    }

    @Override
    public void ended(PoolWorkers.Worker worker) {
        drain();
        var results = worker.results();
        PoolTask lost = null;
        boolean hopeless;
        synchronized (lock) {
            hopeless = workers.remove(worker);
            if (results.worker() != 0) {
                lost = tasks.get(results.running());
                again(results.taken() == results.running() ? 0 : results.taken());
                again(shared.takenBy(results.worker()));
            }
        }
        if (lost != null) {
            fail(lost, worker.died("while running " + lost));
        }
        if (hopeless) {
            breakFor("its workers die before they can run anything", worker.died("before it could run anything"));
        }
        results.close();
        refill(results.leaving() != PoolResultsDescriptor.IDLE);
        pump();
        workers.wakeAll(); // the dead may have been the one that was woken
        endIfDone();
        shared.wake(PoolTasksDescriptor.RESULTS);
    }

    /** A task that no worker has begun is for another. */
    private void again(long id) {
        var task = tasks.get(id);
        if (task != null && task.number != 0) {
            task.number = 0;
            backlog.addFirst(task);
        }
    }

    // ---- its end

    boolean isShutdown() {
        return state != State.RUNNING;
    }

    /** Whether all workers have ended, and no others will begin. */
    boolean isDone() {
        synchronized (lock) {
            return ending && workers.isEmpty();
        }
    }

    /** Accepts no more. */
    void shutdown() {
        synchronized (lock) {
            if (state == State.RUNNING) {
                state = State.SHUT_DOWN;
            }
        }
        endIfDone();
    }

    /** Takes back those that no worker has begun, in the order in which they were submitted. */
    List<Runnable> takeBackAll() {
        var waiting = new ArrayList<Runnable>();
        synchronized (lock) {
            for (var task : new TreeMap<>(tasks).values()) {
                if (takeBack(task)) {
                    waiting.add(task);
                }
            }
        }
        return waiting;
    }

    /** No task runs any more: those that have not ended fail in that way. */
    void stop(Throwable why) {
        synchronized (lock) {
            if (state == State.STOPPED) {
                return;
            }
            state = State.STOPPED;
            backlog.clear();
        }
        for (var task : tasks.values()) {
            fail(task, why);
        }
        workers.stop();
        endIfDone();
    }

    private void breakFor(String because, Throwable why) {
        synchronized (lock) {
            if (broken == null && state != State.STOPPED) {
                broken = new BrokenPoolException(
                        name + " is broken: " + because + " (" + why + "); make a new one", why);
            }
        }
        if (broken != null) {
            stop(broken);
        }
    }

    void endIfDone() {
        synchronized (lock) {
            if (ending || state == State.RUNNING || !tasks.isEmpty()) {
                return;
            }
            ending = true;
            shared.end();
        }
        workers.wakeAll();
        shared.wake(PoolTasksDescriptor.RESULTS);
    }

    private void finish() {
        synchronized (lock) {
            workers.close();
            shared.deleteFiles();
            shared.close();
        }
        callbacks.end();
        terminated.countDown();
    }
}
