package heddle.protocol.testkit;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/** A front end's five sockets as JeroMQ makes them, all owned by one thread. */
final class ZeroMq implements Client {

    private record Send(Channel channel, List<byte[]> frames) {}

    private final ZMQ.Context context = ZMQ.context(1);
    private final Map<Channel, ZMQ.Socket> sockets = new EnumMap<>(Channel.class);
    private final Queue<Send> sends = new ConcurrentLinkedQueue<>();
    private final Selector selector = Selector.open();
    private final BiConsumer<Channel, List<byte[]>> listener;
    private final Thread thread = new Thread(this::run, "test-client");
    private volatile boolean closing;

    ZeroMq(ConnectionInfo kernel, BiConsumer<Channel, List<byte[]>> listener) throws IOException {
        this.listener = listener;
        var identity = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        for (var channel : Channel.values()) {
            var socket = context.socket(
                    switch (channel) {
                        case SHELL, CONTROL, STDIN -> SocketType.DEALER;
                        case IOPUB -> SocketType.SUB;
                        case HEARTBEAT -> SocketType.REQ;
                    });
            sockets.put(channel, socket);
            socket.setHWM(0);
            socket.setLinger(0);
            if (channel == Channel.IOPUB) {
                socket.subscribe("");
            } else if (channel != Channel.HEARTBEAT) {
                socket.setIdentity(identity);
            }
            var port = switch (channel) {
                case SHELL -> kernel.shellPort();
                case CONTROL -> kernel.controlPort();
                case STDIN -> kernel.stdinPort();
                case IOPUB -> kernel.iopubPort();
                case HEARTBEAT -> kernel.hbPort();
            };
            socket.connect("tcp://" + kernel.ip() + ":" + port);
            socket.getFD().register(selector, SelectionKey.OP_READ);
        }
        thread.start();
    }

    @Override
    public void send(Channel channel, List<byte[]> frames) {
        sends.add(new Send(channel, frames));
        selector.wakeup();
    }

    private void run() {
        try {
            while (!closing) {
                var quiet = true;
                for (Send send; (send = sends.poll()) != null; ) {
                    var last = send.frames().size() - 1;
                    for (var i = 0; i <= last; i++) {
                        sockets.get(send.channel()).send(send.frames().get(i), i < last ? ZMQ.SNDMORE : 0);
                    }
                }
                // The notification channel speaks of changes, not of states: one may sleep only when every socket has
                // been asked, after the last send, and had nothing.
                for (var entry : sockets.entrySet()) {
                    quiet &= !receive(entry.getKey(), entry.getValue());
                }
                if (quiet && sends.isEmpty()) {
                    selector.select();
                    selector.selectedKeys().clear();
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            sockets.values().forEach(ZMQ.Socket::close);
            context.term();
        }
    }

    private boolean receive(Channel channel, ZMQ.Socket socket) {
        if ((socket.getEvents() & ZMQ.Poller.POLLIN) == 0) {
            return false;
        }
        var frames = new ArrayList<byte[]>();
        do {
            frames.add(socket.recv(ZMQ.DONTWAIT));
        } while (socket.hasReceiveMore());
        listener.accept(channel, frames);
        return true;
    }

    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        try {
            thread.join();
            selector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
