package heddle.protocol;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A kernel's five ZeroMQ sockets, over TCP or Unix-domain sockets (ipc): XPUB for iopub, ROUTER for the others.
 *
 * <p>One thread accepts and reads. What is sent is written by the thread that sends it, as far as the system takes it at once, and the rest by
 * that one thread; so a request costs two changes of threads, to the reader and to the one that handles it. A channel that does not block is
 * not closed when a thread with its interrupt flag set writes to it, and cells are interrupted.
 */
public final class Sockets implements Transport {

    /** How long unsent messages are kept for slow clients after {@link #close}. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    /** How long nobody is let in when the system has no file descriptors left. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** A subscriber that took nothing for so long does not read, and nobody is slowed for it. */
    private static final Duration NOT_READING = Duration.ofSeconds(2);

    /** Which part of what may wait for a peer that does not read may wait for one that does before those who publish are slowed. */
    private static final int ROOM_PART = 16;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_SUBSCRIPTIONS = 1000;
    private static final int MAX_REFUSALS_SAID = 20;
    private static final int LAST_READS = 64;
    private static final int BACKLOG = 100;
    private static final byte[] NO_IDENTITY = {};

    /**
     * What peers may take.
     *
     * @param messageBytes the largest frame or message
     * @param unreadBytes while more than this waits for a peer that does not read, messages to it are dropped
     * @param greeting how long it may take until a peer has introduced itself
     * @param peers how many connections there may be
     */
    record Limits(int messageBytes, long unreadBytes, Duration greeting, int peers) {
        static Limits of(int messageBytes) {
            var unreadBytes = Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8);
            return new Limits(messageBytes, unreadBytes, Duration.ofSeconds(30), 1000);
        }
    }

    /** A subscription that the receiver is being told of. */
    private record Beginning(Peer peer, byte[] topic) {}

    private final Receiver receiver;
    private final Consumer<String> log;
    private final ConnectionInfo connection;
    private final Limits limits;
    private final Map<Channel, ServerSocketChannel> listeners = new EnumMap<>(Channel.class);
    private final Selector selector = Selector.open();
    private final Thread thread = Threads.daemon("sockets", this::run);
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER_BYTES);

    // Touched by the thread alone.
    private final SequencedSet<Peer> greeting = new LinkedHashSet<>();
    private long resumeNs;
    private boolean paused;
    private volatile long held;
    private int refusals;
    private int lastIdentity;
    private Beginning beginning; // null when there is none

    /** Guards what follows, and what of a peer is to be sent. */
    private final Object lock = new Object();

    private final Set<Peer> peers = new HashSet<>();
    private final ByteBuffer output = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Map<Channel, Map<ByteBuffer, Peer>> routes = new EnumMap<>(Channel.class);
    private List<CompletableFuture<Void>> drains = new ArrayList<>();
    private List<String> notes = new ArrayList<>();
    private CompletableFuture<Void> room; // null while nobody waits for it
    private boolean closing;

    /**
     * Listens.
     *
     * @param maxMessageBytes a peer that sends a larger frame is disconnected before the frame is stored, a larger message is skipped
     * @param log is told, in one line each, what went wrong and was survived
     * @throws IOException with one sentence, when a socket cannot be opened; nothing is left open then
     */
    public Sockets(ConnectionInfo connection, int maxMessageBytes, Receiver receiver, Consumer<String> log)
            throws IOException {
        this(connection, Limits.of(maxMessageBytes), receiver, log);
    }

    Sockets(ConnectionInfo connection, Limits limits, Receiver receiver, Consumer<String> log) throws IOException {
        this.receiver = receiver;
        this.log = log;
        this.connection = connection;
        this.limits = limits;
        try {
            for (var channel : Channel.values()) {
                routes.put(channel, new HashMap<>());
                var listener = listen(connection, channel);
                listeners.put(channel, listener);
                listener.configureBlocking(false);
                listener.register(selector, SelectionKey.OP_ACCEPT, channel);
            }
        } catch (IOException | RuntimeException | Error e) {
            end();
            throw e;
        }
        thread.start();
    }

    private static ServerSocketChannel listen(ConnectionInfo connection, Channel channel) throws IOException {
        var address = address(connection, channel);
        ServerSocketChannel listener = null;
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                removeStale(unix.getPath());
                listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            } else {
                listener = ServerSocketChannel.open();
            }
            return listener.bind(address, BACKLOG);
        } catch (IOException | RuntimeException e) {
            if (listener != null) {
                listener.close();
            }
            var name = address instanceof UnixDomainSocketAddress unix
                    ? "ipc://" + unix.getPath()
                    : "tcp://" + connection.ip() + ":" + connection.port(channel);
            throw new IOException(
                    "Cannot listen on " + name + " for " + channel.name().toLowerCase(Locale.ROOT) + ": "
                            + (e instanceof BindException
                                            && String.valueOf(e.getMessage()).contains("in use")
                                    ? "another program uses " + (name.startsWith("ipc") ? "it." : "this port.")
                                    : e.getMessage()),
                    e);
        }
    }

    static SocketAddress address(ConnectionInfo connection, Channel channel) {
        var port = connection.port(channel);
        if (connection.transport().equals("ipc")) {
            return UnixDomainSocketAddress.of(connection.ip() + "-" + port);
        }
        return connection.ip().equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(connection.ip(), port);
    }

    /** A kernel that was killed leaves its sockets' names, and Jupyter starts the next with the same ones. */
    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new BindException("Address already in use");
        }
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            Files.delete(path); // nobody listens
            return;
        }
        throw new BindException("Address already in use");
    }

    /** The port each socket has in fact. */
    int port(Channel channel) {
        try {
            return listeners.get(channel).getLocalAddress() instanceof InetSocketAddress tcp
                    ? tcp.getPort()
                    : connection.port(channel);
        } catch (IOException e) {
            throw new IllegalStateException("the sockets are closed", e);
        }
    }

    // ---- any thread

    /** Bytes that wait until peers read. */
    long unsentBytes() {
        synchronized (lock) {
            return peers.stream().mapToLong(peer -> peer.unsentBytes).sum();
        }
    }

    /** How many connections there are. */
    int peers() {
        synchronized (lock) {
            return peers.size();
        }
    }

    /** Bytes that wait for the rest of their messages. */
    long held() {
        return held;
    }

    @Override
    public void send(Channel channel, List<byte[]> frames) {
        if (channel == Channel.IOPUB) {
            var pieces = Zmtp.message(frames);
            synchronized (lock) {
                if (!closing) {
                    if (Thread.currentThread() == thread) {
                        begin();
                    }
                    for (var peer : routes.get(Channel.IOPUB).values()) {
                        if (peer.subscribes(frames.getFirst())) {
                            peer.send(pieces);
                        }
                    }
                }
            }
            return;
        }
        var pieces = Zmtp.message(frames.subList(1, frames.size()));
        var sent = false;
        synchronized (lock) {
            var peer = routes.get(channel).get(ByteBuffer.wrap(frames.getFirst()));
            sent = closing || peer != null && peer.send(pieces);
        }
        if (!sent && channel == Channel.STDIN) {
            receiver.gone(frames.getFirst());
        }
    }

    @Override
    public CompletableFuture<Void> room() {
        synchronized (lock) {
            if (room == null) {
                if (closing || roomInNs(System.nanoTime()) <= 0) {
                    return CompletableFuture.completedFuture(null);
                }
                room = new CompletableFuture<>();
                selector.wakeup(); // the thread watches those who do not read
            }
            return room;
        }
    }

    /** Under the lock: nanoseconds until none is waited for, should nobody read; 0 when there is room. */
    private long roomInNs(long nowNs) {
        long inNs = 0;
        for (var peer : routes.get(Channel.IOPUB).values()) {
            if (peer.unsentBytes > limits.unreadBytes() / ROOM_PART) {
                inNs = Math.max(inNs, peer.tookNs + NOT_READING.toNanos() - nowNs);
            }
        }
        return inNs;
    }

    @Override
    public void drain() throws InterruptedException {
        var done = new CompletableFuture<Void>();
        synchronized (lock) {
            if (closing) {
                return;
            }
            drains.add(done);
        }
        selector.wakeup();
        try {
            done.get(DRAIN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.accept("the sockets did not come to rest within " + DRAIN_TIMEOUT.toSeconds() + " s");
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closing = true;
            if (room != null) {
                room.complete(null);
            }
        }
        selector.wakeup();
        if (Thread.currentThread() == thread) {
            return;
        }
        var interrupted = false;
        var deadlineNs = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
        while (true) {
            try {
                if (!thread.join(Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime())))) {
                    log.accept(thread.getName() + " did not end within " + CLOSE_TIMEOUT.toSeconds() + " s, it is at "
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

    // ---- the thread

    /** Makes a subscription count: just before its welcome is sent, so that this is the first the subscriber gets. */
    private void begin() {
        if (beginning != null) {
            beginning.peer().topics.add(beginning.topic());
            beginning = null;
        }
    }

    /** Under the lock, where nobody may wait, and a log may be a pipe that is full: the thread writes it. */
    private void say(String line) {
        notes.add(line);
        selector.wakeup();
    }

    private void writeNotes() {
        List<String> written;
        synchronized (lock) {
            if (notes.isEmpty()) {
                return;
            }
            written = notes;
            notes = new ArrayList<>();
        }
        written.forEach(log);
    }

    private void run() {
        try {
            while (true) {
                writeNotes();
                List<CompletableFuture<Void>> draining;
                synchronized (lock) {
                    if (closing) {
                        break;
                    }
                    draining = drains;
                    drains = draining.isEmpty() ? draining : new ArrayList<>();
                }
                if (draining.isEmpty()) {
                    selector.select(this::handle, untilDueMs());
                } else {
                    var deadlineNs = System.nanoTime() + DRAIN_TIMEOUT.toNanos();
                    while (selector.selectNow(this::handle) > 0 && System.nanoTime() - deadlineNs < 0) {
                        // What had arrived is now being handed over.
                    }
                    draining.forEach(done -> done.complete(null));
                }
            }
            linger();
        } catch (Throwable e) {
            log.accept("the sockets' thread ended: " + e);
        } finally {
            end();
        }
    }

    private void handle(SelectionKey key) {
        try {
            if (key.attachment() instanceof Peer peer) {
                handle(peer);
            } else if (key.isAcceptable()) {
                accept((Channel) key.attachment(), (ServerSocketChannel) key.channel());
            }
        } catch (RuntimeException | Error e) {
            log.accept("a socket's event could not be handled: " + e);
        }
    }

    private void handle(Peer peer) {
        try {
            if (peer.key.isValid() && peer.key.isWritable()) {
                synchronized (lock) {
                    peer.flush();
                }
            }
            if (peer.key.isValid() && peer.key.isReadable()) {
                read(peer);
            }
        } catch (ProtocolException e) {
            drop(peer);
            refused(peer.channel, e.getMessage());
        } catch (IOException e) {
            drop(peer); // reset by the peer
        } catch (RuntimeException | Error e) {
            drop(peer); // an OutOfMemoryError, say: where in the stream one is is not known any more
            refused(peer.channel, "what it sent could not be read: " + e);
        }
    }

    private void read(Peer peer) throws IOException {
        input.clear();
        if (peer.socket.read(input) < 0) {
            drop(peer);
            return;
        }
        var before = peer.reader.held();
        try {
            peer.reader.read(input.flip());
        } finally {
            held += peer.reader.held() - before;
        }
        // Each peer has one message under way, and only all together may have more than two.
        if (held > 2L * limits.messageBytes()) {
            throw new ProtocolException("unfinished messages already take " + held + " bytes");
        }
    }

    private void accept(Channel channel, ServerSocketChannel listener) {
        try {
            var socket = listener.accept();
            if (socket == null) {
                return;
            }
            try {
                if (peers.size() >= limits.peers()) {
                    throw new ProtocolException("there are " + limits.peers() + " already");
                }
                greet(new Peer(channel, socket));
            } catch (IOException | RuntimeException | Error e) {
                socket.close();
                refused(channel, String.valueOf(e.getMessage()));
            }
        } catch (IOException e) {
            refused(channel, e.getMessage());
            pause(true);
        }
    }

    private void greet(Peer peer) throws IOException {
        greeting.add(peer);
        synchronized (lock) {
            peers.add(peer);
            peer.send(List.of(Zmtp.hello(peer.channel == Channel.IOPUB ? "XPUB" : "ROUTER", NO_IDENTITY)));
        }
    }

    /** The listening sockets stay ready while nobody can be accepted: without a pause the thread would spin. */
    private void pause(boolean on) {
        paused = on;
        resumeNs = System.nanoTime() + PAUSE.toNanos();
        for (var listener : listeners.values()) {
            listener.keyFor(selector).interestOps(on ? 0 : SelectionKey.OP_ACCEPT);
        }
    }

    private void refused(Channel channel, String why) {
        if (refusals++ < MAX_REFUSALS_SAID) {
            log.accept("refused a connection to " + channel + ": " + why
                    + (refusals == MAX_REFUSALS_SAID ? " (no more of these will be mentioned)" : ""));
        }
    }

    /** Does what is due; milliseconds until the next is, 0 for never. */
    private long untilDueMs() {
        var nowNs = System.nanoTime();
        var roomInNs = awaitedRoomInNs(nowNs);
        if (paused && nowNs - resumeNs >= 0) {
            pause(false);
        }
        while (!greeting.isEmpty() && nowNs - greeting.getFirst().deadlineNs >= 0) {
            var slow = greeting.getFirst();
            drop(slow);
            refused(
                    slow.channel,
                    "it did not introduce itself within " + limits.greeting().toMillis() + " ms");
        }
        var dueNs = greeting.isEmpty() ? Long.MAX_VALUE : greeting.getFirst().deadlineNs - nowNs;
        if (paused) {
            dueNs = Math.min(dueNs, resumeNs - nowNs);
        }
        if (roomInNs > 0) {
            dueNs = Math.min(dueNs, roomInNs);
        }
        return dueNs == Long.MAX_VALUE ? 0 : TimeUnit.NANOSECONDS.toMillis(dueNs) + 1;
    }

    /** Tells those who wait for room when there is some; else nanoseconds until there will be, 0 when nobody waits. */
    private long awaitedRoomInNs(long nowNs) {
        CompletableFuture<Void> there;
        synchronized (lock) {
            long inNs = room == null ? 0 : roomInNs(nowNs);
            if (room == null || inNs > 0) {
                return inNs;
            }
            there = room;
            room = null;
        }
        there.complete(null);
        return 0;
    }

    private void drop(Peer peer) {
        greeting.remove(peer);
        var routed = false;
        synchronized (lock) {
            if (!peers.remove(peer)) {
                return;
            }
            held -= peer.reader.held();
            peer.end();
            routed = routes.get(peer.channel).remove(peer.route, peer);
        }
        if (routed && peer.channel == Channel.STDIN) {
            receiver.gone(peer.route.array());
        }
    }

    /** Writes what is still to be written, for a bounded time. */
    private void linger() throws IOException {
        var deadlineNs = System.nanoTime() + LINGER.toNanos();
        for (long leftMs; unsent() && (leftMs = (deadlineNs - System.nanoTime()) / 1_000_000) > 0; ) {
            selector.select(this::handle, leftMs);
        }
    }

    private boolean unsent() {
        synchronized (lock) {
            return peers.stream().anyMatch(peer -> !peer.unsent.isEmpty());
        }
    }

    private void end() {
        synchronized (lock) {
            closing = true;
            drains.forEach(done -> done.complete(null));
            peers.forEach(Peer::end);
        }
        var steps = new ArrayList<AutoCloseable>();
        for (var listener : listeners.values()) {
            steps.add(() -> {
                var address = listener.getLocalAddress();
                listener.close();
                if (address instanceof UnixDomainSocketAddress unix) {
                    Files.deleteIfExists(unix.getPath());
                }
            });
        }
        steps.add(this::writeNotes);
        steps.add(selector);
        for (var step : steps) {
            try {
                step.close();
            } catch (Exception e) {
                log.accept("while closing the sockets: " + e);
            }
        }
    }

    /** One connection. */
    private final class Peer implements ZmtpReader.Listener {

        final Channel channel;
        final SocketChannel socket;
        final SelectionKey key;
        final ZmtpReader reader = new ZmtpReader(limits.messageBytes(), this);
        final long deadlineNs = System.nanoTime() + limits.greeting().toNanos();

        // Guarded by the lock.
        final Queue<byte[]> unsent = new ArrayDeque<>();
        final List<byte[]> topics = new ArrayList<>();
        ByteBuffer route;
        int sentOfFirst;
        long unsentBytes;
        long tookNs; // when the system last took something of what waits for it
        long dropped;
        boolean broken;

        Peer(Channel channel, SocketChannel socket) throws IOException {
            this.channel = channel;
            this.socket = socket;
            socket.configureBlocking(false);
            if (socket.getLocalAddress() instanceof InetSocketAddress) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true); // for a machine that is gone
            }
            this.key = socket.register(selector, SelectionKey.OP_READ, this);
        }

        // ---- what arrives

        @Override
        public void ready(String socketType, byte[] identity) throws ProtocolException {
            var fits = switch (channel) {
                case IOPUB -> socketType.equals("SUB") || socketType.equals("XSUB");
                default -> socketType.equals("DEALER") || socketType.equals("REQ") || socketType.equals("ROUTER");
            };
            if (!fits) {
                throw new ProtocolException("a socket of type " + socketType + " cannot be connected to this one");
            }
            if (identity.length > 255 || identity.length > 0 && identity[0] == 0) {
                throw new ProtocolException("its identity is longer than 255 bytes or begins with a zero");
            }
            greeting.remove(this);
            // A published message has no addressee, so the identities of subscribers need not differ.
            var own = identity.length == 0 || channel == Channel.IOPUB;
            route = own ? ByteBuffer.allocate(5).putInt(1, ++lastIdentity) : ByteBuffer.wrap(identity);
            Peer former;
            synchronized (lock) {
                former = routes.get(channel).put(route, this);
            }
            if (former != null) {
                drop(former); // a client that reconnects keeps its identity
            }
        }

        @Override
        public void message(List<byte[]> frames) throws ProtocolException {
            if (channel == Channel.IOPUB) {
                var frame = frames.getFirst();
                if (frames.size() == 1 && frame.length > 0 && (frame[0] == 0 || frame[0] == 1)) {
                    subscription(frame[0] == 1, Arrays.copyOfRange(frame, 1, frame.length));
                }
                return;
            }
            frames.addFirst(route.array());
            received(frames);
        }

        private void received(List<byte[]> frames) {
            try {
                receiver.received(channel, frames);
            } catch (RuntimeException | Error e) {
                log.accept("a message on " + channel + " could not be taken: " + e);
            }
        }

        @Override
        public void tooLarge() {
            log.accept("refused a message on " + channel + ": its frames have more than the " + limits.messageBytes()
                    + " allowed bytes in all");
        }

        @Override
        public void subscription(boolean begins, byte[] topic) throws ProtocolException {
            if (channel != Channel.IOPUB) {
                return;
            }
            synchronized (lock) {
                if (begins && topics.size() == MAX_SUBSCRIPTIONS) {
                    throw new ProtocolException("it has " + topics.size() + " subscriptions, more are too many");
                }
                for (var i = 0; !begins && i < topics.size(); i++) {
                    if (Arrays.equals(topics.get(i), topic)) {
                        topics.remove(i);
                        break;
                    }
                }
            }
            beginning = begins ? new Beginning(this, topic) : null;
            var report = new byte[1 + topic.length];
            report[0] = (byte) (begins ? 1 : 0);
            System.arraycopy(topic, 0, report, 1, topic.length);
            received(List.of(report));
            synchronized (lock) {
                begin();
            }
        }

        @Override
        public void ping(byte[] context) {
            synchronized (lock) {
                send(List.of(Zmtp.command("PONG", context)));
            }
        }

        // ---- what is sent, under the lock

        boolean subscribes(byte[] topic) {
            for (var prefix : topics) {
                if (topic.length >= prefix.length && Arrays.equals(topic, 0, prefix.length, prefix, 0, prefix.length)) {
                    return true;
                }
            }
            return false;
        }

        /** @return false when the peer is gone or reads too slowly, and the message is dropped */
        boolean send(List<byte[]> pieces) {
            if (broken) {
                return false;
            }
            if (unsentBytes > limits.unreadBytes()) {
                if (dropped++ == 0) {
                    say("a front end does not read what is sent to it on " + channel + ": " + unsentBytes
                            + " bytes wait for it, further messages to it are dropped");
                }
                return false;
            }
            var idle = unsent.isEmpty();
            tookNs = idle ? System.nanoTime() : tookNs;
            for (var piece : pieces) {
                if (piece.length > 0) {
                    unsent.add(piece);
                    unsentBytes += piece.length;
                }
            }
            if (idle) {
                flush();
            }
            return true;
        }

        /** Writes what the system takes without waiting; for the rest the thread is told when it takes more. */
        void flush() {
            try {
                var full = false;
                while (!unsent.isEmpty() && !full) {
                    output.clear();
                    var from = sentOfFirst;
                    for (var piece : unsent) {
                        var count = Math.min(piece.length - from, output.remaining());
                        output.put(piece, from, count);
                        from = 0;
                        if (!output.hasRemaining()) {
                            break;
                        }
                    }
                    var written = socket.write(output.flip());
                    full = output.hasRemaining();
                    tookNs = written > 0 ? System.nanoTime() : tookNs;
                    unsentBytes -= written;
                    sentOfFirst += written;
                    while (!unsent.isEmpty() && sentOfFirst >= unsent.peek().length) {
                        sentOfFirst -= unsent.remove().length;
                    }
                }
                wantToWrite(full);
                if (!full && dropped > 0) {
                    sayDropped("reads again");
                }
            } catch (IOException e) {
                // Reading will end too, and then the thread drops the peer.
                forget();
            }
        }

        private void wantToWrite(boolean on) {
            var wanted = on ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.isValid() && key.interestOps() != wanted) {
                key.interestOps(wanted);
                if (on && Thread.currentThread() != thread) {
                    selector.wakeup();
                }
            }
        }

        private void sayDropped(String what) {
            say("a front end " + what + " on " + channel + "; messages that were dropped: " + dropped);
            dropped = 0;
        }

        private void forget() {
            broken = true;
            unsent.clear();
            unsentBytes = 0;
            sentOfFirst = 0;
        }

        void end() {
            forget();
            if (dropped > 0) {
                sayDropped("that did not read is gone");
            }
            try {
                if (socket.isOpen() && socket.isConnected()) {
                    socket.shutdownOutput();
                    // A connection that is closed before all was read is reset, and with it goes what the peer has not
                    // read.
                    for (var reads = 0; reads < LAST_READS && socket.read(output.clear()) > 0; reads++) {
                        // not looked at
                    }
                }
            } catch (IOException e) {
                // The peer was quicker.
            }
            try {
                socket.close();
            } catch (IOException e) {
                say("while closing a connection to " + channel + ": " + e);
            }
        }
    }
}
