package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.Frame.CommMessage;
import heddle.notebook.channel.Frame.CommMessage.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** This process's end of a comm. Each message is handled on a thread of the learner's, for it is the learner's code that runs there. */
public final class CommLine {

    private static final int DEEPEST = 500;

    /** Messages that wait for a handler to be set; nobody misses older ones. */
    private static final int MOST_WAITING = 1_000;

    private static final Map<String, BiConsumer<CommLine, CommMessage>> TARGETS = new ConcurrentHashMap<>();
    private static final Map<String, CommLine> LINES = new ConcurrentHashMap<>();
    private static final Set<Thread> HANDLING = ConcurrentHashMap.newKeySet();

    private final String id;
    private final String target;
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile boolean closed;

    // Guarded by this.
    private Consumer<CommMessage> onMessage;
    private Consumer<CommMessage> onClose = message -> {};
    private final Deque<CommMessage> waiting = new ArrayDeque<>();

    private CommLine(String id, String target) {
        this.id = id;
        this.target = target;
    }

    // ---- what a cell calls

    public static void target(String name, BiConsumer<CommLine, CommMessage> opened) {
        TARGETS.put(name, opened);
    }

    public static CommLine open(String target, Map<String, ?> data, Map<String, ?> metadata, byte[]... buffers) {
        var line = new CommLine(UUID.randomUUID().toString(), target);
        var message = message(Kind.OPEN, line, data, metadata, buffers);
        LINES.put(line.id, line);
        try {
            send(message);
        } catch (RuntimeException e) {
            LINES.remove(line.id);
            throw e;
        }
        return line;
    }

    public String id() {
        return id;
    }

    public String target() {
        return target;
    }

    public boolean isOpen() {
        return !closed;
    }

    public void send(Kind kind, Map<String, ?> data, byte[]... buffers) {
        if (closed) {
            throw new IllegalStateException("The comm " + id + " to " + target + " is closed; open another.");
        }
        send(message(kind, this, data, Map.of(), buffers));
    }

    public void close(Map<String, ?> data, byte[]... buffers) {
        if (!closed) {
            send(Kind.CLOSE, data, buffers);
            closed = true;
            LINES.remove(id);
        }
    }

    public void onMessage(Consumer<CommMessage> handler) {
        synchronized (this) {
            onMessage = handler;
            if (waiting.isEmpty()) {
                return;
            }
        }
        start(Cell.current(), this::handle, () -> {});
    }

    public synchronized void onClose(Consumer<CommMessage> handler) {
        onClose = handler;
    }

    private static void send(CommMessage message) {
        var output = Screen.output();
        if (output == null) {
            throw new IllegalStateException("There is no front end here to open a comm to; comms work in a notebook.");
        }
        output.send(cell -> new Frame.FromComm(cell, message));
    }

    private static CommMessage message(
            Kind kind, CommLine line, Map<String, ?> data, Map<String, ?> metadata, byte[]... buffers) {
        return new CommMessage(
                kind, line.id, line.target, object(data, "data"), object(metadata, "metadata"), List.of(buffers));
    }

    private static Map<String, Object> object(Map<String, ?> map, String name) {
        return json(Objects.requireNonNull(map, name), name, 0) instanceof Map<?, ?> object ? texts(object) : Map.of();
    }

    private static Map<String, Object> texts(Map<?, ?> map) {
        var texts = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> texts.put((String) key, value));
        return texts;
    }

    /** The value as JSON can say it, copied, so that it may change while it waits to be sent. */
    private static Object json(Object value, String where, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException(
                    "A comm's data is nested deeper than " + DEEPEST + "; it may contain itself.");
        }
        return switch (value) {
            case null -> null;
            case Boolean flag -> flag;
            case Byte _, Short _, Integer _, Long _ -> ((Number) value).longValue();
            case Float _, Double _ -> {
                double number = ((Number) value).doubleValue();
                if (!Double.isFinite(number)) {
                    throw new IllegalArgumentException(where + " is " + number + ", which JSON has no number for.");
                }
                yield number;
            }
            case BigInteger number -> number;
            case BigDecimal number -> number;
            case CharSequence text -> text.toString();
            case Character character -> character.toString();
            case Enum<?> constant -> constant.name();
            case Map<?, ?> map -> {
                var object = new LinkedHashMap<String, Object>();
                map.forEach((key, member) -> {
                    if (!(key instanceof String name)) {
                        throw new IllegalArgumentException("A key of " + where + " is not a String: " + key);
                    }
                    object.put(name, json(member, where + "." + name, depth + 1));
                });
                yield object;
            }
            case Iterable<?> elements -> {
                var array = new ArrayList<>();
                elements.forEach(element -> array.add(json(element, where + "[]", depth + 1)));
                yield array;
            }
            case Object[] elements -> json(Arrays.asList(elements), where, depth);
            case int[] elements -> json(Arrays.stream(elements).boxed().toList(), where, depth);
            case long[] elements -> json(Arrays.stream(elements).boxed().toList(), where, depth);
            case double[] elements -> json(Arrays.stream(elements).boxed().toList(), where, depth);
            default ->
                throw new IllegalArgumentException(
                        where + " is a " + value.getClass().getName()
                                + ", which JSON cannot say; make a text, number, list or map of it.");
        };
    }

    // ---- what a front end says

    /**
     * A message from the kernel, which is told when it has been handled. Called by the thread that reads the channel, so that messages are
     * taken in the order in which they come.
     */
    static void receive(Frame.ToComm order) {
        var message = order.message();
        var known = LINES.get(message.id()); // null where this side has closed it, and the message was on its way
        Runnable work = () -> {};
        switch (message.kind()) {
            case OPEN -> {
                var line = new CommLine(message.id(), message.target());
                LINES.put(line.id, line);
                work = () -> line.opened(message);
            }
            case MESSAGE -> {
                if (known != null) {
                    known.wait(message);
                    work = known::handle;
                }
            }
            case CLOSE -> {
                if (known != null) {
                    LINES.remove(known.id);
                    known.closed = true;
                    work = () -> known.closed(message);
                }
            }
        }
        start(new Cell(order.cell(), "comm"), work, () -> Screen.output().sendBehind(new Frame.Handled(order.cell())));
    }

    private static void start(Cell cell, Runnable work, Runnable afterwards) {
        try {
            var thread = new Thread(Stop.main.getThreadGroup(), () -> run(cell, work, afterwards), "comm", 0, false);
            thread.setContextClassLoader(Stop.main.getContextClassLoader());
            thread.start();
        } catch (Throwable e) { // most likely no memory for a thread
            Screen.output().err.println("A message of a comm could not be handled: " + e);
            afterwards.run();
        }
    }

    private static void run(Cell cell, Runnable work, Runnable afterwards) {
        var output = Screen.output();
        HANDLING.add(Thread.currentThread());
        var before = Attribution.enter(cell);
        try {
            work.run();
        } catch (Throwable failure) {
            var text = new StringBuilder("Exception in a handler of a comm: ");
            Traceback.of(failure).traceback().forEach(said -> text.append(said).append('\n'));
            output.err.print(text);
        } finally {
            HANDLING.remove(Thread.currentThread());
            output.flushOwn();
            Attribution.exit(before);
            afterwards.run();
        }
    }

    /** Stop: for all handlers that run. */
    static void interruptHandlers() {
        HANDLING.forEach(Thread::interrupt);
    }

    private void opened(CommMessage message) {
        var opened = TARGETS.get(target);
        if (opened == null) {
            close(Map.of());
            return;
        }
        inTurn(() -> {
            try {
                opened.accept(this, message);
            } catch (Throwable e) {
                close(Map.of());
                throw e;
            }
        });
    }

    private synchronized void wait(CommMessage message) {
        waiting.add(message);
        if (waiting.size() > MOST_WAITING) {
            waiting.remove();
        }
    }

    /** What has come, if there is a handler for it. */
    private void handle() {
        inTurn(() -> {
            while (true) {
                Consumer<CommMessage> handler;
                CommMessage message;
                synchronized (this) {
                    handler = onMessage;
                    message = handler == null ? null : waiting.poll();
                }
                if (message == null) {
                    return;
                }
                handler.accept(message);
            }
        });
    }

    private void closed(CommMessage message) {
        Consumer<CommMessage> handler;
        synchronized (this) {
            handler = onClose;
        }
        inTurn(() -> handler.accept(message));
    }

    private void inTurn(Runnable work) {
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            return; // Stop, while the handler before it hangs; what waits goes on waiting
        }
        try {
            work.run();
        } finally {
            turn.unlock();
        }
    }
}
