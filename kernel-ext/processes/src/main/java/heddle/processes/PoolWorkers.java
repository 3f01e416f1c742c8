package heddle.processes;

import heddle.processes.memory.Waiting;
import java.util.ArrayList;
import java.util.List;

/** The processes of a {@link ProcessPool}: how many there are to be, how they begin and end. Knows no tasks. */
final class PoolWorkers {
    /** So many workers, one after the other, that end before they can do anything are enough. */
    private static final int EARLY_ENDS = 3;
    /** Who is killed from outside may have been unlucky; so many are not. */
    private static final int EARLY_KILLS = 12;

    /** Whom they work for. */
    interface Employer {
        /**
         * How many workers it could do with just now.
         *
         * @param all whether it wants some without work too
         */
        int wanted(boolean all);

        /** A worker has ended, and all that it printed has been printed: to be {@link PoolWorkers#remove removed}. */
        void ended(Worker worker);

        /** Who submitted that task, which a worker is printing for; null where that is forgotten. */
        Submitter submitter(long task);
    }

    record Worker(ChildProcess child, PoolResults results) {
        ChildDiedException died(String when) {
            var end = new ProcessEnd(child.name(), child.pid(), child.exitCode());
            return new ChildDiedException(end, when, child.lastLines());
        }
    }

    private final String pool;
    private final PoolTasks tasks;
    private final byte[] initializer;
    private final int tasksPerWorker;
    private final long idleNs;
    private final String[] jvmOptions;
    private final Employer employer;

    /** Changed under the monitor. */
    private volatile List<Worker> workers = List.of();

    // guarded by this
    private int size;
    private int born;
    private int starting;
    private int earlyEnds;
    private int earlyKills;
    private boolean stopped;

    PoolWorkers(String pool, PoolTasks tasks, ProcessPool.Builder options, Employer employer) {
        this.pool = pool;
        this.tasks = tasks;
        this.employer = employer;
        initializer = options.initializer;
        tasksPerWorker = options.tasksPerWorker;
        idleNs = options.idleNs;
        jvmOptions = options.jvmOptions;
        size = options.workers;
    }

    /** Those that have not been {@link #remove removed}. */
    List<Worker> all() {
        return workers;
    }

    /** How many there are to be. */
    synchronized int size() {
        return size;
    }

    /** Whether they stay when they have no work. */
    boolean areKept() {
        return idleNs == Waiting.FOREVER;
    }

    /** Those who are too many will end; {@link #fill} starts those who are missing. */
    synchronized void resize(int size) {
        var tooMany = workers.size() + starting - size;
        if (size < this.size && tooMany > 0) {
            tasks.retire(tooMany);
        }
        this.size = size;
    }

    synchronized boolean isShort() {
        return workers.size() + starting < size;
    }

    synchronized boolean isEmpty() {
        return workers.isEmpty() && starting == 0;
    }

    // ---- they begin

    /** Starts workers, as many as are wanted. */
    void fill(boolean all) {
        while (true) {
            int index;
            synchronized (this) {
                if (stopped || workers.size() + starting >= Math.min(size, employer.wanted(all))) {
                    return;
                }
                starting++;
                index = ++born;
            }
            Worker worker = null;
            boolean tooLate;
            try {
                worker = start(pool + "-worker-" + index);
            } finally {
                synchronized (this) {
                    starting--;
                    tooLate = stopped;
                    if (worker != null) {
                        var more = new ArrayList<>(workers);
                        more.add(worker);
                        workers = List.copyOf(more);
                    }
                }
            }
            if (tooLate) {
                worker.child().kill();
            }
            var started = worker;
            started.child().onExit().whenComplete((_, _) -> employer.ended(started));
        }
    }

    private Worker start(String name) {
        var results = new PoolResults();
        try {
            var token = TaskMarks.newToken();
            var task = new PoolWorker(tasks, results, initializer, tasksPerWorker, idleNs, token);
            var child = new ChildProcess(name, task)
                    .daemon(true)
                    .jvmOptions(jvmOptions)
                    .marks(token, employer::submitter);
            return new Worker(child.start(), results);
        } catch (RuntimeException e) {
            results.close();
            throw e;
        }
    }

    // ---- they end

    /** Wakes so many of those that sleep. */
    void wake(int most) {
        var woken = 0;
        for (var worker : workers) {
            if (woken < most && worker.results().wake()) {
                woken++;
            }
        }
    }

    void wakeAll() {
        wake(Integer.MAX_VALUE);
    }

    /**
     * One that has ended is none any more.
     *
     * @return whether there is no hope for others: too many end before they can do anything
     */
    synchronized boolean remove(Worker worker) {
        var others = new ArrayList<>(workers);
        others.remove(worker);
        workers = List.copyOf(others);
        if (worker.results().isReady()) {
            earlyEnds = 0;
            earlyKills = 0;
        } else if (worker.child().exitCode() < 0) {
            earlyKills++;
        } else {
            earlyEnds++;
        }
        return (earlyEnds >= EARLY_ENDS || earlyKills >= EARLY_KILLS)
                && workers.stream().noneMatch(other -> other.results().isReady());
    }

    /** Kills all; no more will be started. */
    void stop() {
        synchronized (this) {
            stopped = true;
        }
        for (var worker : workers) {
            worker.child().kill();
        }
    }

    /** When all have ended. */
    void close() {
        for (var worker : workers) {
            worker.results().close();
        }
    }
}
