package heddle.protocol.testkit;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;

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

    /** A client over ZeroMQ's own sockets (JeroMQ): DEALER thrice with one identity, SUB to everything, REQ for the heartbeat. */
    static Connector overSockets(ConnectionInfo kernel) {
        return listener -> new ZeroMq(kernel, listener);
    }
}
