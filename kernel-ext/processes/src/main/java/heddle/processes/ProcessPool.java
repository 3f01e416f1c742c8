package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Processes that work off tasks: an {@link ExecutorService} whose workers are {@link ChildProcess child processes}.
 *
 * {@snippet :
 * try (var pool = new ProcessPool(4)) {
 *     var squares = pool.map(n -> n * n, List.of(1, 2, 3)); // [1, 4, 9]
 *     var future = pool.submit(() -> ProcessHandle.current().pid());
 *     System.out.println(squares + " by process " + future.get());
 * }
 * }
 *
 * <p><b>What travels.</b> Tasks and items to a worker, results and exceptions back, by value. A lambda written in the call travels with what it captured, and with the
 * variables of a notebook that it can reach, as they are at the call; one that has not changed here since an earlier task keeps the value that the worker gave it. What cannot travel is refused at the call, by name ({@link IllegalArgumentException}); a
 * result that cannot travel fails its own task. A variable for a task is a {@link Call} or an {@link Action}, not a Callable or a Runnable, whose lambdas cannot travel; nor
 * can what wraps a task in an object of this process, as {@link CompletableFuture#supplyAsync} and {@link java.util.concurrent.ExecutorCompletionService} do: see {@link #submit(Call)}
 * and {@link #imapUnordered(CallOf, Iterable)}. What workers print appears on this process's output, as that of a ChildProcess, and belongs to the thread that submitted the task.
 *
 * <p><b>Failures.</b> What a task throws is the cause of the {@link ExecutionException}, with the worker's stack trace; a {@link RemoteException} stands for what
 * cannot be rebuilt here. If a worker dies, the task that it was running, and only that, fails with a {@link ChildDiedException}; another worker takes
 * its place. After an {@link OutOfMemoryError} the worker is replaced. If workers die before they can run anything, the pool breaks, and says so: {@link BrokenPoolException}.
 *
 * <p><b>Cancelling.</b> A future's {@code cancel(false)} succeeds while no worker has begun the task, which then never runs; {@code cancel(true)} also ends one that runs, by
 * killing its worker, which is replaced. A task cannot wait for another task of its pool: the pool and its futures do not travel.
 *
 * <p><b>Callbacks</b>, all that depends on one of the futures, run in one thread of the pool's, one after the other; results do not wait for it, and a callback may use the
 * pool.
 *
 * <p><b>Its end.</b> {@link #close} waits for all tasks; {@link #terminate} does not. If neither is called, workers and tasks, also those that wait, end with this process, which
 * does not wait for them: they are daemons. So a worker cannot have a pool of its own; a child that is no daemon can.
 *
 * <p>Follows Python's {@code multiprocessing.Pool} and {@code concurrent.futures.ProcessPoolExecutor}.
 */
public final class ProcessPool implements ExecutorService {
    /** Python's too: enough chunks that no worker is idle for long at the end. */
    private static final int CHUNKS_PER_WORKER = 4;

    private static final AtomicInteger pools = new AtomicInteger();
    private static final System.Logger LOG = System.getLogger("heddle.processes");

    private final String name;
    private final PoolDispatcher tasks;
    private final PoolWorkers workers;

    /** As many workers as there are processors. */
    public ProcessPool() {
        this(new Builder());
    }

    /**
     * A pool of so many workers.
     *
     * @throws IllegalArgumentException if that is less than one
     */
    public ProcessPool(int workers) {
        this(new Builder().workers(workers));
    }

    private ProcessPool(Builder options) {
        if (Self.identity().daemon()) {
            throw new IllegalStateException(
                    "cannot make a ProcessPool in " + Self.identity().name()
                            + ": a daemon process, such as a worker of a pool, is not allowed to have children; make the pool in the main process");
        }
        var number = pools.incrementAndGet();
        name = options.name == null ? "Pool-" + number : options.name;
        tasks = new PoolDispatcher(name, options);
        workers = tasks.workers;
        Nursery.get().observer().made(this);
    }

    /** For a pool with options. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a pool is to be like. */
    public static final class Builder {
        int workers = Runtime.getRuntime().availableProcessors();
        private String name;
        /** Null where there is none. */
        byte[] initializer;
        /** 0 for no limit. */
        int tasksPerWorker;

        long idleNs = Waiting.FOREVER;
        String[] jvmOptions = {};

        private Builder() {}

        /** How many; as many as there are processors unless told. */
        public Builder workers(int workers) {
            this.workers = atLeastOne(workers, "a pool needs at least one worker");
            return this;
        }

        /** What the names of the workers begin with, {@code Pool-1} for the first pool unless told. */
        public Builder name(String name) {
            this.name = Objects.requireNonNull(name, "the name of a pool must not be null");
            return this;
        }

        /** What each worker runs first. It travels now, as a task does. */
        public Builder initializer(Action initializer) {
            Objects.requireNonNull(initializer, "the initializer must not be null");
            this.initializer = Functions.pack(initializer).toBytes();
            return this;
        }

        /** After so many tasks, or chunks of {@link ProcessPool#map}, a worker ends and another takes its place. */
        public Builder tasksPerWorker(int tasks) {
            tasksPerWorker = atLeastOne(tasks, "a worker needs at least one task");
            return this;
        }

        /** Workers without a task for so long end; others start when they are needed. */
        public Builder idleTimeout(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("the idle time-out must be more than nothing: " + time);
            }
            idleNs = time.compareTo(Duration.ofDays(365)) > 0 ? Waiting.FOREVER : time.toNanos();
            return this;
        }

        /** JVM options for the workers, see {@link ChildProcess#jvmOptions}. */
        public Builder jvmOptions(String... options) {
            jvmOptions = options.clone();
            return this;
        }

        /** Makes the pool and starts its workers. */
        public ProcessPool build() {
            return new ProcessPool(this);
        }
    }

    private static int atLeastOne(int number, String why) {
        if (number < 1) {
            throw new IllegalArgumentException(why + ", not " + number);
        }
        return number;
    }

    // ---- one task

    /** A task whose result is wanted. */
    public <R> CompletableFuture<R> submit(Call<R> call) {
        return single(call, PoolWork.CALL, null, true);
    }

    /** A task that has no result: its future gives null. */
    public CompletableFuture<?> submit(Action action) {
        return single(action, PoolWork.RUN, null, true);
    }

    /** As {@link #submit(Call)}, for an object that is {@link Serializable}. */
    @Override
    public <R> CompletableFuture<R> submit(Callable<R> call) {
        return single(call, PoolWork.CALL, null, true);
    }

    /** As {@link #submit(Action)}, for an object that is {@link Serializable}. */
    @Override
    public CompletableFuture<?> submit(Runnable action) {
        return single(action, PoolWork.RUN, null, true);
    }

    @Override
    public <R> CompletableFuture<R> submit(Runnable action, R result) {
        return single(action, PoolWork.RUN, null, true).thenApply(_ -> result);
    }

    /** Has a worker run that; if it fails, the failure is printed. */
    public void execute(Action action) {
        execute((Runnable) action);
    }

    /** As {@link #execute(Action)}, for an object that is {@link Serializable}. */
    @Override
    public void execute(Runnable action) {
        single(action, PoolWork.RUN, null, true).whenComplete((_, failure) -> {
            if (failure != null && !(failure instanceof CancellationException)) {
                failure.printStackTrace();
            }
        });
    }

    /** Has a worker call that, and waits for the result. Follows Python's {@code Pool.apply}. */
    public <R> R apply(Call<R> call) throws InterruptedException, ExecutionException {
        return this.<R>single(call, PoolWork.CALL, null, false).get();
    }

    /** Has a worker call that with a copy of the argument, and waits for the result. */
    public <A, R> R apply(CallOf<A, R> function, A argument) throws InterruptedException, ExecutionException {
        return this.<R>single(function, PoolWork.APPLY, Codec.encode(argument).kept(), false)
                .get();
    }

    /** Follows Python's {@code Pool.apply_async}; the same as {@link #submit(Call)}. */
    public <R> CompletableFuture<R> applyAsync(Call<R> call) {
        return single(call, PoolWork.CALL, null, true);
    }

    /** Has a worker call that with a copy of the argument. */
    public <A, R> CompletableFuture<R> applyAsync(CallOf<A, R> function, A argument) {
        return single(function, PoolWork.APPLY, Codec.encode(argument).kept(), true);
    }

    /** As {@link #applyAsync(Call)}; the callback gets the result. If the task fails, so that there is none, or the callback, that is logged. */
    public <R> CompletableFuture<R> applyAsync(Call<R> call, Consumer<? super R> callback) {
        return applyAsync(call, callback, ProcessPool::calledInVain);
    }

    /** As {@link #applyAsync(Call)}; one callback gets the result, or the other what the task threw. If a callback fails, that is logged. */
    public <R> CompletableFuture<R> applyAsync(
            Call<R> call, Consumer<? super R> callback, Consumer<? super Throwable> errorCallback) {
        return start(call, PoolWork.CALL, null, withCallbacks(callback, errorCallback));
    }

    /** As {@link #applyAsync(CallOf, Object)}, with a callback as {@link #applyAsync(Call, Consumer)}. */
    public <A, R> CompletableFuture<R> applyAsync(CallOf<A, R> function, A argument, Consumer<? super R> callback) {
        return applyAsync(function, argument, callback, ProcessPool::calledInVain);
    }

    /** As {@link #applyAsync(CallOf, Object)}, with callbacks as {@link #applyAsync(Call, Consumer, Consumer)}. */
    public <A, R> CompletableFuture<R> applyAsync(
            CallOf<A, R> function,
            A argument,
            Consumer<? super R> callback,
            Consumer<? super Throwable> errorCallback) {
        var encoded = Codec.encode(argument).kept();
        return start(function, PoolWork.APPLY, encoded, withCallbacks(callback, errorCallback));
    }

    private static void calledInVain(Throwable failure) {
        if (!(failure instanceof CancellationException)) {
            LOG.log(System.Logger.Level.WARNING, "a task failed, so its callback was not called", failure);
        }
    }

    private <R> PoolFuture.Single<R> withCallbacks(
            Consumer<? super R> callback, Consumer<? super Throwable> errorCallback) {
        Objects.requireNonNull(callback, "the callback must not be null");
        Objects.requireNonNull(errorCallback, "the callback for errors must not be null");
        var future = new PoolFuture.Single<R>(tasks, true);
        future.whenComplete((result, failure) -> {
            try {
                if (failure == null) {
                    callback.accept(result);
                } else {
                    errorCallback.accept(failure);
                }
            } catch (Throwable e) {
                LOG.log(System.Logger.Level.WARNING, "a callback failed", e);
            }
        });
        return future;
    }

    private <R> PoolFuture<R> single(Object function, int kind, Encoded argument, boolean fires) {
        return start(function, kind, argument, new PoolFuture.Single<R>(tasks, fires));
    }

    private <R> PoolFuture<R> start(Object function, int kind, Encoded argument, PoolFuture.Single<R> future) {
        var packed = pack(function);
        var work = argument == null ? PoolWork.of(kind, packed) : new PoolWork(kind, packed, argument);
        future.is(tasks.submit(function, work, future));
        return future;
    }

    private Encoded pack(Object function) {
        Objects.requireNonNull(function, "a pool needs something to run, not null");
        if (function instanceof CompletableFuture.AsynchronousCompletionTask) {
            throw new IllegalArgumentException(
                    "what completes a CompletableFuture (supplyAsync, runAsync and the methods whose names end in Async) cannot travel to another process;"
                            + " use the pool's submit, which gives a CompletableFuture, and another executor for what depends on it");
        }
        if (function instanceof Serializable serializable) {
            return Functions.pack(serializable);
        }
        throw new IllegalArgumentException(
                "the task (" + function.getClass().getTypeName()
                        + ") cannot travel to another process, because it is not Serializable; write it as a lambda in the call of the pool's method, declare it as a Call or an Action, or let its class implement one of these");
    }

    // ---- many tasks

    /**
     * Calls the function with each item, and waits for the results, which are in the order of the items. The items go to the workers in chunks, about four
     * for each worker. All of them are worked off even if some fail; then this throws the first failure. Follows Python's {@code Pool.map}.
     */
    public <A, R> List<R> map(CallOf<? super A, ? extends R> function, Iterable<? extends A> items)
            throws InterruptedException, ExecutionException {
        return this.<A, R>mapAsync(function, items).get();
    }

    /**
     * As {@link #map(CallOf, Iterable)}, with chunks of that size.
     *
     * @throws IllegalArgumentException if it is less than one
     */
    public <A, R> List<R> map(CallOf<? super A, ? extends R> function, Iterable<? extends A> items, int chunkSize)
            throws InterruptedException, ExecutionException {
        return this.<A, R>mapAsync(function, items, chunkSize).get();
    }

    /** As {@link #map(CallOf, Iterable)}, without waiting. */
    public <A, R> CompletableFuture<List<R>> mapAsync(
            CallOf<? super A, ? extends R> function, Iterable<? extends A> items) {
        var array = array(items);
        return many(function, PoolWork.MAP, array, 1, chunkSize(array.length));
    }

    /** As {@link #map(CallOf, Iterable, int)}, without waiting. */
    public <A, R> CompletableFuture<List<R>> mapAsync(
            CallOf<? super A, ? extends R> function, Iterable<? extends A> items, int chunkSize) {
        return many(function, PoolWork.MAP, array(items), 1, chunk(chunkSize));
    }

    /** As {@link #map(CallOf, Iterable)}, for a function of two arguments: those of each entry. Follows Python's {@code Pool.starmap}. */
    public <A, B, R> List<R> starmap(
            CallOf2<? super A, ? super B, ? extends R> function,
            Iterable<? extends Map.Entry<? extends A, ? extends B>> pairs)
            throws InterruptedException, ExecutionException {
        return this.<A, B, R>starmapAsync(function, pairs).get();
    }

    /** As {@link #starmap}, without waiting. */
    public <A, B, R> CompletableFuture<List<R>> starmapAsync(
            CallOf2<? super A, ? super B, ? extends R> function,
            Iterable<? extends Map.Entry<? extends A, ? extends B>> pairs) {
        var both = new ArrayList<>();
        for (var pair : pairs) {
            both.add(pair.getKey());
            both.add(pair.getValue());
        }
        return many(function, PoolWork.STARMAP, both.toArray(), 2, chunkSize(both.size() / 2));
    }

    /**
     * Calls the function with each item. The results come in the order of the items, each when it is asked for or earlier; the items are taken when they are
     * needed, so there may be any number. Follows Python's {@code Pool.imap}.
     */
    public <A, R> Results<R> imap(CallOf<? super A, ? extends R> function, Iterable<? extends A> items) {
        return imap(function, items, 1);
    }

    /** As {@link #imap(CallOf, Iterable)}, in chunks of that size. */
    public <A, R> Results<R> imap(CallOf<? super A, ? extends R> function, Iterable<? extends A> items, int chunkSize) {
        return results(function, items, chunkSize, new PoolOrder.InOrder());
    }

    /** As {@link #imap(CallOf, Iterable)}, but in the order in which the results come. Follows Python's {@code Pool.imap_unordered}. */
    public <A, R> Results<R> imapUnordered(CallOf<? super A, ? extends R> function, Iterable<? extends A> items) {
        return imapUnordered(function, items, 1);
    }

    /** As {@link #imapUnordered(CallOf, Iterable)}, in chunks of that size. */
    public <A, R> Results<R> imapUnordered(
            CallOf<? super A, ? extends R> function, Iterable<? extends A> items, int chunkSize) {
        return results(function, items, chunkSize, new PoolOrder.AsTheyCome());
    }

    private <R> Results<R> results(CallOf<?, ?> function, Iterable<?> items, int chunkSize, PoolOrder order) {
        chunk(chunkSize);
        var packed = pack(function);
        var all = items.iterator();
        tasks.checkAccepting();
        var chunks = new Iterator<PoolFuture<Object[]>>() {
            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public PoolFuture<Object[]> next() {
                var chunk = new ArrayList<>();
                while (chunk.size() < chunkSize && all.hasNext()) {
                    chunk.add(all.next());
                }
                var work = new PoolWork(PoolWork.MAP, packed, encode(chunk.toArray()));
                var future = new PoolFuture.Single<Object[]>(tasks, false);
                future.is(tasks.submit(function, work, order.owner(future)));
                return future;
            }
        };
        return new Results<>(chunks, CHUNKS_PER_WORKER * size());
    }

    private static Object[] array(Iterable<?> items) {
        if (items instanceof Collection<?> collection) {
            return collection.toArray();
        }
        var all = new ArrayList<>();
        items.forEach(all::add);
        return all.toArray();
    }

    private static Encoded encode(Object[] chunk) {
        try {
            return Codec.encode(chunk);
        } catch (IllegalArgumentException e) {
            for (var item : chunk) {
                Codec.encode(item); // refuses by name what the caller knows, which is not the chunk
            }
            throw e;
        }
    }

    private static int chunk(int size) {
        return atLeastOne(size, "a chunk needs at least one item");
    }

    private int chunkSize(int items) {
        return Math.max(1, Math.ceilDiv(items, CHUNKS_PER_WORKER * size()));
    }

    /** @param width so many elements of the array are one item */
    private <R> PoolFuture<List<R>> many(Object function, int kind, Object[] items, int width, int chunkSize) {
        var packed = pack(function);
        var step = chunkSize * width;
        var future = new MapFuture<R>(tasks, Math.ceilDiv(items.length, step));
        var works = new ArrayList<PoolWork>();
        for (var from = 0; from < items.length; from += step) {
            var chunk = Arrays.copyOfRange(items, from, Math.min(items.length, from + step), Object[].class);
            works.add(new PoolWork(kind, packed, encode(chunk)));
        }
        tasks.checkAccepting();
        for (var i = 0; i < works.size(); i++) {
            future.is(i, tasks.submit(function, works.get(i), future.owner(i)));
        }
        if (works.isEmpty()) {
            future.complete(List.of());
        }
        return future;
    }

    /** Waits for all; they are objects that are {@link Serializable}, such as each {@link Call}. */
    @Override
    public <R> List<Future<R>> invokeAll(Collection<? extends Callable<R>> calls) throws InterruptedException {
        return invokeAll(calls, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }

    /** Waits for all; kills the workers of those that have not ended by then. */
    @Override
    public <R> List<Future<R>> invokeAll(Collection<? extends Callable<R>> calls, long time, TimeUnit unit)
            throws InterruptedException {
        var deadlineNs = Waiting.deadline(unit.toNanos(time));
        var futures = new ArrayList<PoolFuture<R>>();
        try {
            for (var call : calls) {
                futures.add(single(call, PoolWork.CALL, null, true));
            }
            for (var future : futures) {
                future.await(Math.max(0, Waiting.remaining(deadlineNs)));
            }
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
        return new ArrayList<>(futures);
    }

    /** As {@link #invokeAny(Collection, long, TimeUnit)}, however long it takes. */
    @Override
    public <R> R invokeAny(Collection<? extends Callable<R>> calls) throws InterruptedException, ExecutionException {
        try {
            return invokeAny(calls, Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("nobody waits for centuries", e);
        }
    }

    /** The first result of one that does not fail; kills the workers of those that have not ended by then. */
    @Override
    public <R> R invokeAny(Collection<? extends Callable<R>> calls, long time, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (calls.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to run");
        }
        if (tasks.callbacks.isItsThread()) {
            throw new IllegalStateException(
                    "a callback cannot wait in invokeAny, which needs the callback thread; submit the tasks one by one");
        }
        var first = new CompletableFuture<R>();
        var left = new AtomicInteger(calls.size());
        var futures = new ArrayList<CompletableFuture<R>>();
        try {
            for (var call : calls) {
                var future = this.<R>single(call, PoolWork.CALL, null, true);
                futures.add(future);
                future.whenComplete((result, failure) -> {
                    if (failure == null) {
                        first.complete(result);
                    } else if (left.decrementAndGet() == 0) {
                        first.completeExceptionally(failure);
                    }
                });
            }
            return first.get(time, unit);
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    // ---- workers

    /** How many workers it is to have. */
    public int size() {
        return workers.size();
    }

    /** The workers that live. They may be killed: the pool bears it. */
    public List<ChildProcess> workers() {
        return workers.all().stream()
                .map(PoolWorkers.Worker::child)
                .filter(ChildProcess::isAlive)
                .toList();
    }

    /**
     * Gives it more workers, or less: those who are too many end when they have done the task that they are at.
     *
     * @throws IllegalArgumentException if that is less than one
     */
    public void resize(int workers) {
        tasks.resize(atLeastOne(workers, "a pool needs at least one worker"));
    }

    // ---- its end

    /** Accepts no more tasks ({@link RejectedExecutionException}); those that it has are worked off. Follows Python's {@code Pool.close}. */
    @Override
    public void shutdown() {
        tasks.shutdown();
    }

    /**
     * Kills the workers at once; the futures of tasks that have not ended give {@link CancellationException}.
     *
     * @return the tasks that no worker had begun
     */
    @Override
    public List<Runnable> shutdownNow() {
        var waiting = tasks.takeBackAll();
        terminate();
        return waiting;
    }

    /** Kills the workers at once; the futures of tasks that have not ended give {@link CancellationException}. Follows Python's {@code Pool.terminate}. */
    public void terminate() {
        tasks.stop(new CancellationException(name + " was terminated"));
    }

    /**
     * Cancels tasks as {@code cancel(true)} of their futures does: all for which this holds. It is asked once for each task that has not ended, in the way in which that task's
     * output is printed: as a task of the thread that submitted it. For those who tell tasks apart by who submitted them, as a notebook does.
     *
     * @return how many were cancelled; one {@code map} counts as often as it has chunks
     */
    public int cancelIf(BooleanSupplier ofSubmitter) {
        return tasks.cancelIf(Objects.requireNonNull(ofSubmitter, "the condition must not be null"));
    }

    /**
     * Waits until it has terminated.
     *
     * @throws IllegalStateException if it was not told to: call {@link #shutdown} or {@link #terminate} first
     */
    public void join() throws InterruptedException {
        if (!isShutdown()) {
            throw new IllegalStateException(
                    "cannot join " + name + " while it is running; call shutdown() or terminate() first");
        }
        awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    }

    @Override
    public boolean isShutdown() {
        return tasks.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return tasks.terminated.getCount() == 0 && tasks.callbacks.hasEnded();
    }

    /** Waits until all tasks have ended after a shutdown, and all workers, and all callbacks. */
    @Override
    public boolean awaitTermination(long time, TimeUnit unit) throws InterruptedException {
        var deadlineNs = Waiting.deadline(unit.toNanos(time));
        return tasks.terminated.await(time, unit) && tasks.callbacks.awaitEnd(Waiting.remaining(deadlineNs));
    }

    @Override
    public String toString() {
        return "ProcessPool[" + name + ", " + workers.all().size() + " workers, " + tasks.unfinished() + " tasks]";
    }
}
