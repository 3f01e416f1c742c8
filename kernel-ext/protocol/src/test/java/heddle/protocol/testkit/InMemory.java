package heddle.protocol.testkit;

import heddle.protocol.Channel;
import heddle.protocol.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;

/** A transport without sockets: what is sent has arrived. */
final class InMemory implements Transport {

    private final Map<String, BiConsumer<Channel, List<byte[]>>> clients = new LinkedHashMap<>();
    private final Receiver receiver;
    private boolean closed;

    InMemory(Receiver receiver) {
        this.receiver = receiver;
    }

    Client connect(BiConsumer<Channel, List<byte[]>> listener) {
        var identity = UUID.randomUUID().toString();
        synchronized (this) {
            clients.put(identity, listener);
        }
        arrive(Channel.IOPUB, List.of(new byte[] {1}));
        return new Client() {
            @Override
            public void send(Channel channel, List<byte[]> frames) {
                var routed = new ArrayList<byte[]>();
                routed.add(identity.getBytes(StandardCharsets.US_ASCII));
                if (channel == Channel.HEARTBEAT) {
                    routed.add(new byte[0]); // as REQ does
                }
                routed.addAll(frames);
                arrive(channel, routed);
            }

            @Override
            public void close() {
                synchronized (InMemory.this) {
                    clients.remove(identity);
                }
                receiver.gone(identity.getBytes(StandardCharsets.US_ASCII));
            }
        };
    }

    private void arrive(Channel channel, List<byte[]> frames) {
        synchronized (receiver) { // one thread at a time, as the receiver may expect
            receiver.received(channel, frames);
        }
    }

    @Override
    public synchronized void send(Channel channel, List<byte[]> frames) {
        if (closed) {
            return;
        }
        if (channel == Channel.IOPUB) {
            clients.values().forEach(client -> client.accept(channel, frames));
            return;
        }
        var identity = frames.getFirst();
        var client = clients.get(new String(identity, StandardCharsets.US_ASCII));
        if (client != null) {
            client.accept(channel, frames.subList(channel == Channel.HEARTBEAT ? 2 : 1, frames.size()));
        } else if (channel == Channel.STDIN) {
            receiver.gone(identity);
        }
    }

    @Override
    public void drain() {}

    @Override
    public synchronized void close() {
        closed = true;
    }
}
