package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.concurrent.Callable;

/** What a worker of a {@link ProcessPool} does. */
final class PoolWorker implements Task {
    private static final long serialVersionUID = 1;

    /** A task that comes soon is taken without the system's help. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 500 : 0;

    private final PoolTasks tasks;
    private final PoolResults results;
    /** Null where there is none. */
    private final byte[] initializer;
    /** 0 for no limit. */
    private final int mostTasks;

    private final long idleNs;
    private final byte[] token;

    PoolWorker(PoolTasks tasks, PoolResults results, byte[] initializer, int mostTasks, long idleNs, byte[] token) {
        this.tasks = tasks;
        this.results = results;
        this.initializer = initializer;
        this.mostTasks = mostTasks;
        this.idleNs = idleNs;
        this.token = token;
    }

    /** In place of the result of one element, which has none. */
    static final class Failed implements Serializable {
        private static final long serialVersionUID = 1;

        private final byte[] failure;

        private Failed(Throwable failure) {
            this.failure = Failure.pack(failure).toBytes();
        }

        Throwable failure() {
            return (Throwable) Codec.read(failure).value();
        }
    }

    @Override
    public void run() {
        results.born();
        TaskMarks.printWith(token);
        if (initializer != null) {
            try {
                ((Runnable) Codec.read(initializer).value()).run();
            } catch (Throwable e) {
                results.send(PoolResultsDescriptor.INITIALIZER_FAILED, 0, Failure.pack(e), tasks);
                leave(PoolResultsDescriptor.TOLD);
            }
        }
        results.ready();
        var done = 0;
        while (mostTasks == 0 || done < mostTasks) {
            var number = next();
            if (!work(number)) {
                break;
            }
            done++;
        }
        leave(PoolResultsDescriptor.ENOUGH);
    }

    /** Waits for a task; leaves if there is none and none is to be expected. */
    private int next() {
        var deadlineNs = Waiting.deadline(idleNs);
        while (true) {
            if (tasks.retires()) {
                leave(PoolResultsDescriptor.TOLD);
            }
            var number = tasks.take();
            if (number != 0) {
                return number;
            }
            if (tasks.isEnding()) {
                leave(PoolResultsDescriptor.TOLD);
            }
            for (var look = 0; look < LOOKS && !tasks.mayHaveNews(); look++) {
                Thread.onSpinWait();
            }
            if (tasks.mayHaveNews()) {
                continue;
            }
            if (Waiting.remaining(deadlineNs) <= 0) {
                leave(PoolResultsDescriptor.IDLE);
            }
            results.mayBeWoken();
            if (!tasks.mayHaveNews()) {
                results.sleep(deadlineNs);
                Thread.interrupted(); // some thread that a task left behind
            }
            results.isUp();
        }
    }

    /** Not by returning: a thread that a task left behind would keep the process alive. */
    private void leave(int why) {
        results.leaves(why);
        System.exit(0);
    }

    /** Returns whether this process is good for more. */
    private boolean work(int number) {
        PoolTasks.Taken task = null;
        var goesOn = true;
        try {
            task = tasks.read(number);
        } catch (IOException e) {
            throw PoolTasks.noRoom(e); // its file is gone: the pool is
        }
        results.taken(task.id());
        tasks.hasCopied(number);
        results.begins(task.id());
        TaskMarks.begin(task.id());
        try {
            send(PoolResultsDescriptor.VALUE, task.id(), result(task));
        } catch (Throwable e) {
            goesOn = !(e instanceof VirtualMachineError) || e instanceof StackOverflowError;
            send(PoolResultsDescriptor.FAILURE, task.id(), Failure.pack(e));
        }
        results.ended();
        return goesOn;
    }

    private void send(int kind, long id, Encoded value) {
        System.out.flush();
        System.err.flush();
        results.send(kind, id, value, tasks);
        Thread.interrupted(); // meant for the task that is over
    }

    @SuppressWarnings("unchecked") // the pool sent function and argument of one task
    private static Encoded result(PoolTasks.Taken task) throws Exception {
        var function = task.function().value();
        switch (task.kind()) {
            case PoolWork.CALL -> {
                return Codec.encode(((Callable<?>) function).call());
            }
            case PoolWork.RUN -> {
                ((Runnable) function).run();
                return Codec.encode(null);
            }
            case PoolWork.APPLY -> {
                return Codec.encode(
                        ((CallOf<Object, ?>) function).call(task.argument().value()));
            }
            default -> {
                var items = (Object[]) task.argument().value();
                return encode(
                        task.kind() == PoolWork.MAP
                                ? each((CallOf<Object, ?>) function, items)
                                : eachTwo((CallOf2<Object, Object, ?>) function, items));
            }
        }
    }

    private static Object[] each(CallOf<Object, ?> function, Object[] items) {
        for (var i = 0; i < items.length; i++) {
            try {
                items[i] = function.call(items[i]);
            } catch (Throwable e) {
                items[i] = new Failed(e);
            }
        }
        return items;
    }

    private static Object[] eachTwo(CallOf2<Object, Object, ?> function, Object[] items) {
        for (var i = 0; i < items.length / 2; i++) {
            try {
                items[i] = function.call(items[2 * i], items[2 * i + 1]);
            } catch (Throwable e) {
                items[i] = new Failed(e);
            }
        }
        return Arrays.copyOf(items, items.length / 2);
    }

    /** What cannot travel fails alone. */
    private static Encoded encode(Object[] items) {
        try {
            return Codec.encode(items);
        } catch (IllegalArgumentException e) {
            for (var i = 0; i < items.length; i++) {
                try {
                    Codec.encode(items[i]);
                } catch (IllegalArgumentException cannotTravel) {
                    items[i] = new Failed(cannotTravel);
                }
            }
            return Codec.encode(items);
        }
    }
}
