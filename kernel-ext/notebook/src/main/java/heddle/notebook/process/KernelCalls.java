package heddle.notebook.process;

import heddle.notebook.MagicException;
import heddle.notebook.MimeBundle;
import heddle.notebook.channel.Channel;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.RawOutput;
import heddle.notebook.channel.SystemThreads;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.function.BiConsumer;

/**
 * Orders for {@code main}, and what its code asks of the kernel: magics as methods, and code to be evaluated.
 *
 * <p>Code that calls the kernel is an order that {@code main} is at; until the call has ended main takes further orders from a desk of the call's
 * own, and a thread of the call's hands them out. Whoever hands out an order sends its answer after the calls made within it have ended, so
 * answers keep their order, also when a {@link Stop} takes main out of a call.
 */
public final class KernelCalls {

    private static volatile KernelCalls connected;

    /** A desk that {@code main} works at, within the order that it was at before. */
    private static final class Level {
        final Desk desk = new Desk();
        Thread thread;
        volatile Frame.CallEnded end;

        /** The latest call that was made by an order of this desk. */
        volatile Level inner;
    }

    private final Channel channel;
    private final BlockingQueue<Frame.Order> orders;
    private final BiConsumer<Desk, Desk.Job> worker;
    private final Thread main;
    private final Level outermost = new Level();

    // Main's alone.
    private Level current = outermost;
    private int calls;
    private Object value;
    private Throwable failure;

    /** @param worker does a job that lies on a desk */
    KernelCalls(Channel channel, BlockingQueue<Frame.Order> orders, BiConsumer<Desk, Desk.Job> worker, Thread main) {
        this.channel = channel;
        this.orders = orders;
        this.worker = worker;
        this.main = main;
    }

    static void connect(KernelCalls calls) {
        connected = calls;
    }

    /**
     * As {@link Frame.Call} says.
     *
     * @return what the magic gives, or the value of the code
     */
    public static Object call(String magic, List<String> arguments, String body) {
        var calls = connected;
        if (calls == null || Thread.currentThread() != calls.main) {
            throw new IllegalStateException("Magics and eval can be called on the notebook's main thread only"
                    + (calls == null ? "; this is another program." : ", not in " + Thread.currentThread() + "."));
        }
        return calls.ask(magic, arguments, body);
    }

    /** The value of a cell's code, or of what is evaluated for it. */
    void evaluated(Object value) {
        this.value = value;
    }

    /** What such code threw. */
    void failed(Throwable failure) {
        this.failure = failure;
    }

    /** For {@code main}: works until there are no more orders, which is never. */
    void work() {
        while (true) {
            current = outermost;
            worker.accept(outermost.desk, outermost.desk.next());
        }
    }

    /** A Stop has come outside of an order. */
    void stop() {
        outermost.desk.stop();
    }

    /** For the thread that hands out. */
    void handOut() throws InterruptedException, IOException {
        while (true) {
            handOut(outermost, orders.take());
        }
    }

    private void handOut(Level level, Frame.Order order) throws InterruptedException, IOException {
        var job = level.desk.hand(order);
        if (level.inner != null) {
            leave(level.inner); // main is back from it
        }
        if (!job.isDone()) { // a Stop has taken main out of this call
            job.begun = true;
            worker.accept(level.desk, job);
        }
        if (job.answer() instanceof Frame.Ended ended) {
            send(new Frame.Ended(ended.cell(), RawOutput.mark()));
        } else if (job.answer() != null) {
            send(job.answer());
        }
    }

    private void send(Frame.Report answer) throws IOException {
        try {
            channel.send(answer);
        } catch (IllegalArgumentException tooLarge) {
            channel.send(new Frame.Returned(Screen.frame(MimeBundle.text(tooLarge.getMessage()))));
        }
    }

    /** Waits for the end of a call that main is not in any more; its orders are answered without main. */
    private static void leave(Level level) throws InterruptedException {
        level.desk.close();
        level.thread.join();
    }

    private Object ask(String magic, List<String> arguments, String body) {
        var outer = current;
        var level = new Level();
        var call = new Frame.Call(++calls, magic, List.copyOf(arguments), body);
        level.thread = SystemThreads.thread("call", () -> run(level, call));
        try {
            if (outer.inner != null) {
                leave(outer.inner);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted before the kernel could be asked.", e);
        }
        var outerValue = value;
        var outerFailure = failure;
        value = null;
        failure = null;
        outer.inner = level;
        level.thread.start();
        try {
            for (var job = level.desk.next(); job != null; job = level.desk.next()) {
                current = level;
                worker.accept(level.desk, job);
            }
            return result(level.end);
        } finally {
            current = outer;
            value = outerValue;
            failure = outerFailure;
        }
    }

    private Object result(Frame.CallEnded end) {
        if (end.problem() == null) {
            return end.evaluated() ? value : end.value();
        }
        if (end.evaluated() && failure != null) {
            throw KernelCalls.<RuntimeException>asItIs(failure);
        }
        throw new MagicException(end.problem());
    }

    @SuppressWarnings("unchecked") // nothing is cast: what was thrown in a cell is thrown on, whatever it is
    private static <T extends Throwable> T asItIs(Throwable failure) throws T {
        throw (T) failure;
    }

    private void run(Level level, Frame.Call call) {
        try {
            channel.send(call);
            while (level.end == null) {
                switch (orders.take()) {
                    case Frame.CallEnded ended -> level.end = ended;
                    case Frame.Order order -> handOut(level, order);
                }
            }
        } catch (IllegalArgumentException tooLarge) {
            level.end = new Frame.CallEnded(call.number(), tooLarge.getMessage(), false, List.of());
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts a thread of ours.", e);
        } catch (IOException e) {
            return; // the kernel is gone; the reader ends this process
        }
        level.desk.close();
    }
}
