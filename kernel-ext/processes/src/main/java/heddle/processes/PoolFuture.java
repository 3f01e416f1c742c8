package heddle.processes;

import heddle.processes.memory.KeptInterrupt;
import heddle.processes.memory.Waiting;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a {@link ProcessPool} will have to say of some tasks. Whoever asks for the result has it as soon as it is here, and decodes it himself; what depends on it, the
 * callbacks, runs in the pool's callback thread, which may come to it later.
 */
abstract class PoolFuture<R> extends CompletableFuture<R> {
    private record Outcome<R>(R value, Throwable failure) {}

    final PoolDispatcher pool;
    private final boolean fires;
    private volatile boolean settled;
    private volatile Outcome<R> outcome;

    /** @param fires whether anything may depend on it */
    PoolFuture(PoolDispatcher pool, boolean fires) {
        this.pool = pool;
        this.fires = fires;
    }

    /** The result, from what has come; called once, when all has come. */
    abstract R decode() throws Throwable;

    /** Takes the tasks back that no worker has begun; ends those that run, if that is wanted. Returns whether none is left. */
    abstract boolean withdraw(boolean endRunning);

    // ---- it gets settled

    /** All has come. */
    final void settled() {
        settle(null, fires);
    }

    final void fail(Throwable failure) {
        settle(new Outcome<>(null, failure), fires);
    }

    /**
     * @param as null for what is to be decoded
     * @param later whether what depends on it is to run
     * @return whether it was not settled before
     */
    private boolean settle(Outcome<R> as, boolean later) {
        synchronized (this) {
            if (settled) {
                return false;
            }
            outcome = as;
            settled = true;
            notifyAll();
        }
        if (later) {
            pool.callbacks.add(this::fire);
        }
        pool.leader.settled();
        return true;
    }

    final boolean isSettled() {
        return settled;
    }

    private Outcome<R> outcome() {
        if (outcome == null) {
            synchronized (this) {
                if (outcome == null) {
                    outcome = decoded();
                }
            }
        }
        return outcome;
    }

    private Outcome<R> decoded() {
        try {
            return new Outcome<>(decode(), null);
        } catch (Throwable e) {
            return new Outcome<>(null, e);
        }
    }

    /** Lets all that depends on this run. */
    private void fire() {
        var outcome = outcome();
        if (outcome.failure() == null) {
            super.complete(outcome.value());
        } else {
            super.completeExceptionally(outcome.failure());
        }
    }

    @Override
    public boolean complete(R value) {
        return settle(new Outcome<>(value, null), false) && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return settle(new Outcome<>(null, failure), false) && super.completeExceptionally(failure);
    }

    /**
     * Cancels what this stands for: if no worker has begun it, it never runs. If one runs it, that is left alone, unless {@code mayInterruptIfRunning}: then the
     * worker is killed, which always helps, and replaced.
     *
     * @return whether it is cancelled
     */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!settled && withdraw(mayInterruptIfRunning)) {
            completeExceptionally(new CancellationException());
            pool.endIfDone();
        }
        return isCancelled();
    }

    @Override
    public void obtrudeValue(R value) {
        settle(null, false);
        outcome = new Outcome<>(value, null);
        super.obtrudeValue(value);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        settle(null, false);
        outcome = new Outcome<>(null, failure);
        super.obtrudeException(failure);
    }

    // ---- somebody asks

    /** Returns false if the time is over. */
    final boolean await(long ns) throws InterruptedException {
        return pool.leader.await(this, ns);
    }

    @Override
    public R get() throws InterruptedException, ExecutionException {
        await(Waiting.FOREVER);
        return reported();
    }

    @Override
    public R get(long time, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!await(unit.toNanos(time))) {
            throw new TimeoutException();
        }
        return reported();
    }

    private R reported() throws ExecutionException {
        var outcome = outcome();
        if (outcome.failure() instanceof CancellationException cancelled) {
            throw cancelled;
        }
        if (outcome.failure() != null) {
            throw new ExecutionException(outcome.failure());
        }
        return outcome.value();
    }

    @Override
    public R join() {
        try (var interrupt = new KeptInterrupt()) {
            while (!settled) {
                try {
                    await(Waiting.FOREVER);
                } catch (InterruptedException e) {
                    interrupt.keep(e);
                }
            }
        }
        try {
            return reported();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CompletionException as ? as : new CompletionException(e.getCause());
        }
    }

    @Override
    public R getNow(R otherwise) {
        return settled ? join() : otherwise;
    }

    @Override
    public R resultNow() {
        return switch (state()) {
            case RUNNING -> throw new IllegalStateException("the task has not ended yet");
            case SUCCESS -> outcome().value();
            case FAILED ->
                throw new IllegalStateException("the task failed", outcome().failure());
            case CANCELLED -> throw new IllegalStateException("the task was cancelled");
        };
    }

    @Override
    public Throwable exceptionNow() {
        return switch (state()) {
            case RUNNING -> throw new IllegalStateException("the task has not ended yet");
            case SUCCESS -> throw new IllegalStateException("the task did not fail");
            case FAILED -> outcome().failure();
            case CANCELLED -> throw new IllegalStateException("the task was cancelled");
        };
    }

    @Override
    public State state() {
        if (!settled) {
            return State.RUNNING;
        }
        var failure = outcome().failure();
        return failure == null
                ? State.SUCCESS
                : failure instanceof CancellationException ? State.CANCELLED : State.FAILED;
    }

    @Override
    public boolean isDone() {
        return settled;
    }

    @Override
    public boolean isCancelled() {
        return state() == State.CANCELLED;
    }

    @Override
    public boolean isCompletedExceptionally() {
        var state = state();
        return state == State.FAILED || state == State.CANCELLED;
    }

    // ---- what it stands for

    /** One task. */
    static final class Single<R> extends PoolFuture<R> implements PoolTask.Owner {
        private PoolTask task;
        private Received received;
        private boolean failed;

        Single(PoolDispatcher pool, boolean fires) {
            super(pool, fires);
        }

        void is(PoolTask task) {
            this.task = task;
        }

        @Override
        public void came(Received received, boolean failed) {
            if (!isSettled()) {
                this.received = received;
                this.failed = failed;
                settled();
            }
        }

        @Override
        public void failed(Throwable why) {
            fail(why);
        }

        @Override
        @SuppressWarnings("unchecked") // the call says what it returns
        R decode() throws Throwable {
            var value = received.value();
            received = null;
            if (failed) {
                throw (Throwable) value;
            }
            return (R) value;
        }

        @Override
        boolean withdraw(boolean endRunning) {
            return pool.withdraw(task, endRunning);
        }

        @Override
        public String toString() {
            return task + "[" + state().name().toLowerCase(java.util.Locale.ROOT) + "]";
        }
    }
}
