package heddle.protocol;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/**
 * ZeroMQ sockets, all owned by one thread that sleeps until a socket has something or somebody has something to send.
 *
 * <p>It sleeps in a selector of its own over the sockets' notification channels. Other threads wake it with
 * {@link Selector#wakeup}: unlike a pipe, a selector survives that a thread with its interrupt flag set calls it, and cells are interrupted.
 */
public final class Sockets implements Transport {

    /** How long unsent messages are kept for slow clients after {@link #close}. */
    private static final int LINGER_MS = 1000;

    private static final int CLOSE_TIMEOUT_S = 10;
    private static final byte[] GONE = "heddle: gone".getBytes(StandardCharsets.US_ASCII);
    /** So many messages of one socket are taken before the others have their turn. */
    private static final int TURN = 64;

    /** Makes the sockets, in the thread that will own them; what was made before a failure is in the map and will be closed. */
    @FunctionalInterface
    public interface Maker {
        void make(ZMQ.Context context, Map<Channel, ZMQ.Socket> sockets) throws IOException;
    }

    private sealed interface Order {}

    private record Send(Channel channel, List<byte[]> frames) implements Order {}

    private record Drain(CompletableFuture<Void> done) implements Order {}

    private final Receiver receiver;
    private final Consumer<String> log;
    private final Queue<Order> orders = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final Selector selector = Selector.open();
    private final Map<Channel, ZMQ.Socket> sockets = new EnumMap<>(Channel.class);
    private final CompletableFuture<Map<Channel, String>> opened = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean closing;

    /**
     * @param log is told, in one line each, what went wrong and was survived
     * @throws IOException when a socket cannot be opened; nothing is left open then
     */
    public Sockets(String threadName, Maker maker, Receiver receiver, Consumer<String> log) throws IOException {
        this.receiver = receiver;
        this.log = log;
        this.thread = Threads.daemon(threadName, () -> run(maker));
        thread.start();
        try {
            opened.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while opening sockets", e);
        }
    }

    /**
     * A kernel's five sockets, listening.
     *
     * @param maxFrameBytes a client that sends a larger frame is disconnected before the frame is stored
     */
    public static Maker kernel(ConnectionInfo connection, int maxFrameBytes) {
        return (context, sockets) -> {
            for (var channel : Channel.values()) {
                var socket = context.socket(channel == Channel.IOPUB ? SocketType.XPUB : SocketType.ROUTER);
                sockets.put(channel, socket);
                socket.setHWM(0);
                socket.setLinger(LINGER_MS);
                socket.setMaxMsgSize(maxFrameBytes);
                socket.setIPv6(connection.ip().contains(":"));
                if (channel == Channel.IOPUB) {
                    socket.setXpubVerbose(true); // each subscriber is welcomed, not just the first
                } else {
                    socket.setRouterHandover(true); // a client that reconnects keeps its identity
                }
                if (channel == Channel.STDIN) {
                    socket.setRouterMandatory(true);
                    socket.base().setSocketOpt(zmq.ZMQ.ZMQ_DISCONNECT_MSG, GONE);
                }
                bind(socket, channel, connection);
            }
        };
    }

    private static void bind(ZMQ.Socket socket, Channel channel, ConnectionInfo connection) throws IOException {
        var host = connection.ip().contains(":") ? "[" + connection.ip() + "]" : connection.ip();
        var port = connection.port(channel);
        var address = "tcp://" + host + ":" + (port == 0 ? "*" : port);
        try {
            socket.bind(address);
        } catch (ZMQException e) {
            throw new IOException(
                    "Cannot listen on " + address + " for " + channel.name().toLowerCase(Locale.ROOT) + ": "
                            + (e.getErrorCode() == ZMQ.Error.EADDRINUSE.getCode()
                                    ? "another program uses this port."
                                    : e.getMessage()),
                    e);
        }
    }

    /** The port each socket has in fact. */
    int port(Channel channel) {
        var endpoint = opened.join().get(channel);
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    @Override
    public void send(Channel channel, List<byte[]> frames) {
        order(new Send(channel, frames));
    }

    @Override
    public void drain() throws InterruptedException {
        var done = new CompletableFuture<Void>();
        order(new Drain(done));
        try {
            done.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.accept("the sockets did not come to rest within 1 s");
        }
    }

    private void order(Order order) {
        if (closing) {
            if (order instanceof Drain(var done)) {
                done.complete(null);
            }
            return;
        }
        orders.add(order);
        wake();
    }

    private void wake() {
        if (asleep.getAndSet(false)) {
            selector.wakeup();
        }
    }

    private void run(Maker maker) {
        var context = ZMQ.context(1);
        try {
            context.setThreadFactor((task, name) -> Threads.daemon("zmq-" + name, task));
            context.setNotificationExceptionHandler((where, e) -> log.accept("ZeroMQ survived: " + e));
            context.setUncaughtExceptionHandler((where, e) -> log.accept("ZeroMQ's thread ended: " + e));
            try {
                open(maker, context);
            } catch (Throwable e) {
                opened.completeExceptionally(e);
                return;
            }
            loop();
        } catch (Throwable e) {
            log.accept("the sockets' thread ended: " + e);
        } finally {
            closing = true;
            end(context);
        }
    }

    private void open(Maker maker, ZMQ.Context context) throws IOException {
        maker.make(context, sockets);
        var endpoints = new EnumMap<Channel, String>(Channel.class);
        for (var entry : sockets.entrySet()) {
            var socket = entry.getValue();
            socket.getFD().register(selector, SelectionKey.OP_READ);
            endpoints.put(entry.getKey(), socket.getLastEndpoint());
        }
        opened.complete(endpoints);
    }

    /**
     * A socket's notification channel speaks of changes, not of states: one may sleep only when every socket has been
     * asked, after the last send, and had nothing.
     */
    private void loop() throws IOException {
        var drains = new ArrayList<Drain>();
        var slept = false;
        while (true) {
            // Asked before the orders are looked at: what was sent before close() is then among them.
            var last = closing;
            var quiet = true;
            Order order;
            while ((order = orders.poll()) != null) {
                slept = false;
                switch (order) {
                    case Send send -> perform(send);
                    case Drain drain -> drains.add(drain);
                }
            }
            for (var entry : sockets.entrySet()) {
                quiet &= !receive(entry.getKey(), entry.getValue());
            }
            if (!quiet || !orders.isEmpty()) {
                slept = false;
                continue;
            }
            if (slept) {
                // Woken for nothing: JeroMQ's other thread has written to the notification channel and not yet counted
                // that it did. On a busy machine it does not get the CPU back while this loop spins.
                Thread.yield();
            }
            drains.forEach(drain -> drain.done().complete(null));
            drains.clear();
            if (last) {
                return;
            }
            asleep.set(true);
            if (orders.isEmpty() && !closing) {
                selector.select();
                selector.selectedKeys().clear();
                slept = true;
            }
            asleep.set(false);
        }
    }

    private void perform(Send send) {
        try {
            var socket = sockets.get(send.channel());
            var last = send.frames().size() - 1;
            for (var i = 0; i <= last; i++) {
                if (!socket.send(send.frames().get(i), i < last ? ZMQ.SNDMORE : 0)) {
                    throw new ZMQException(socket.errno());
                }
            }
        } catch (ZMQException e) {
            if (send.channel() == Channel.STDIN && e.getErrorCode() == ZMQ.Error.EHOSTUNREACH.getCode()) {
                receiver.gone(send.frames().getFirst());
            } else {
                log.accept("a message on " + send.channel() + " could not be sent: " + e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            log.accept("a message on " + send.channel() + " could not be sent: " + e);
        }
    }

    /** Takes what has arrived; whether there was anything. */
    private boolean receive(Channel channel, ZMQ.Socket socket) {
        var turn = 0;
        while (turn < TURN && (socket.getEvents() & ZMQ.Poller.POLLIN) != 0) {
            turn++;
            try {
                var frames = new ArrayList<byte[]>();
                do {
                    frames.add(socket.recv(ZMQ.DONTWAIT));
                } while (socket.hasReceiveMore());
                if (frames.contains(null)) {
                    continue;
                }
                if (channel == Channel.STDIN && frames.size() == 2 && Arrays.equals(frames.get(1), GONE)) {
                    receiver.gone(frames.getFirst());
                } else {
                    receiver.received(channel, frames);
                }
            } catch (RuntimeException | Error e) {
                log.accept("a message on " + channel + " could not be taken: " + e);
            }
        }
        return turn > 0;
    }

    private void end(ZMQ.Context context) {
        for (var step : List.<AutoCloseable>of(
                selector::close, () -> sockets.values().forEach(ZMQ.Socket::close), context::term)) {
            try {
                step.close();
            } catch (Exception | Error e) {
                log.accept("while closing the sockets: " + e);
            }
        }
        for (Order order; (order = orders.poll()) != null; ) {
            if (order instanceof Drain(var done)) {
                done.complete(null);
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        asleep.set(false);
        selector.wakeup();
        if (Thread.currentThread() == thread) {
            return;
        }
        var interrupted = false;
        var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_TIMEOUT_S);
        while (true) {
            try {
                if (!thread.join(Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime())))) {
                    log.accept(thread.getName() + " did not end within " + CLOSE_TIMEOUT_S + " s, it is at "
                            + Arrays.stream(thread.getStackTrace())
                                    .findFirst()
                                    .map(Object::toString)
                                    .orElse("?"));
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
