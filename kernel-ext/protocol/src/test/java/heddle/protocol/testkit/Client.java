package heddle.protocol.testkit;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Sockets;
import heddle.protocol.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/** A front end's five connections: frames to a kernel, and the kernel's frames to a listener. */
public interface Client extends AutoCloseable {

    void send(Channel channel, List<byte[]> frames);

    @Override
    void close();

    /** Makes a client that gives what arrives to a listener, with the routing identities removed on all channels but iopub. */
    @FunctionalInterface
    interface Connector {
        Client connect(BiConsumer<Channel, List<byte[]>> listener) throws IOException;
    }

    /** A client over real sockets: DEALER thrice with one identity, SUB to everything, REQ for the heartbeat. */
    static Connector overSockets(ConnectionInfo kernel) {
        return listener -> {
            var identity = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
            var receiver = new Transport.Receiver() {
                @Override
                public void received(Channel channel, List<byte[]> frames) {
                    listener.accept(channel, frames);
                }

                @Override
                public void gone(byte[] client) {}
            };
            var sockets = new Sockets(
                    "test-client",
                    (context, made) -> connect(context, kernel, identity, made),
                    receiver,
                    System.err::println);
            return new Client() {
                @Override
                public void send(Channel channel, List<byte[]> frames) {
                    sockets.send(channel, frames);
                }

                @Override
                public void close() {
                    sockets.close();
                }
            };
        };
    }

    private static void connect(
            ZMQ.Context context, ConnectionInfo kernel, byte[] identity, Map<Channel, ZMQ.Socket> sockets) {
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
        }
    }
}
