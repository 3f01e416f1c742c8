package heddle.protocol.testkit;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Kernel;
import heddle.protocol.KernelServer;
import heddle.protocol.Sockets;
import heddle.protocol.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A kernel's server in this JVM and the sessions connected to it; the same tests run over both kinds. */
public final class World implements AutoCloseable {

    public enum Kind {
        IN_MEMORY,
        SOCKETS
    }

    public static final String KEY = "not so secret 9b1f";

    private final Kind kind;
    private final KernelServer server;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<Session> sessions = new ArrayList<>();
    private final Map<Channel, Integer> arrived = new EnumMap<>(Channel.class);
    private InMemory memory;

    private World(Kind kind, Kernel kernel, int maxMessageBytes) throws IOException {
        this.kind = kind;
        var asked = ConnectionInfo.anyPort(KEY);
        this.server = KernelServer.start(
                asked,
                kernel,
                receiver -> switch (kind) {
                    case IN_MEMORY -> memory = new InMemory(counting(receiver));
                    case SOCKETS -> new Sockets(asked, maxMessageBytes, counting(receiver), log::add);
                },
                maxMessageBytes,
                log::add);
    }

    public static World start(Kind kind, Kernel kernel) throws IOException {
        return start(kind, kernel, KernelServer.MAX_MESSAGE_BYTES);
    }

    public static World start(Kind kind, Kernel kernel, int maxMessageBytes) throws IOException {
        return new World(kind, kernel, maxMessageBytes);
    }

    /** Another front end, connected: its iopub subscription is known to be live. */
    public Session session() throws IOException, InterruptedException {
        var session = Session.connect(
                server.connection(), kind == Kind.SOCKETS ? Client.overSockets(server.connection()) : memory::connect);
        sessions.add(session);
        return session;
    }

    public KernelServer server() {
        return server;
    }

    /** What the server told stderr. */
    public List<String> log() {
        return log;
    }

    /** Waits until so many messages have arrived on the kernel's side of a channel since the start. */
    public synchronized void awaitArrived(Channel channel, int count) throws InterruptedException {
        var deadlineNs = System.nanoTime() + Session.PATIENCE.toNanos();
        while (arrived.getOrDefault(channel, 0) < count) {
            var leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new AssertionError("only " + arrived + " messages arrived, not " + count + " on " + channel);
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        }
    }

    private Transport.Receiver counting(Transport.Receiver receiver) {
        return new Transport.Receiver() {
            @Override
            public void received(Channel channel, List<byte[]> frames) {
                receiver.received(channel, frames);
                synchronized (World.this) {
                    arrived.merge(channel, 1, Integer::sum);
                    World.this.notifyAll();
                }
            }

            @Override
            public void gone(byte[] identity) {
                receiver.gone(identity);
            }
        };
    }

    /** Ends sessions, which complain about unexpected messages, and the server. */
    @Override
    public void close() {
        AssertionError unexpected = null;
        for (var session : sessions) {
            try {
                session.close();
            } catch (AssertionError e) {
                unexpected = e;
            }
        }
        server.close();
        if (unexpected != null) {
            throw unexpected;
        }
    }
}
