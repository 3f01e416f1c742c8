package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where one process waits for another that it starts to connect.
 *
 * <p>A Unix-domain socket in a fresh directory that only the user may enter; loopback TCP where there is no such socket, or with the system
 * property {@value #TRANSPORT_PROPERTY} set to {@code tcp}. Either way nobody gets a channel without the token.
 */
public final class ChannelListener implements AutoCloseable {

    static final String TRANSPORT_PROPERTY = "heddle.channel";
    private static final String FOLDER_PREFIX = "heddle-channel-";
    private static final String SOCKET = "socket";

    /** The shortest limit of any operating system for a socket's path is 104 bytes (macOS). */
    private static final int LONGEST_PATH = 100;

    /** A directory this young may belong to a listener that is just opening. */
    private static final Duration OPENING = Duration.ofMinutes(1);

    private final ServerSocketChannel server;
    private final Selector selector;
    private final Path folder;
    private final String address;
    private final String token;
    private final Set<SocketChannel> strangers = ConcurrentHashMap.newKeySet();
    private boolean closed;

    private ChannelListener(ServerSocketChannel server, Path folder, String address) throws IOException {
        this.server = server;
        this.folder = folder;
        this.address = address;
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        this.token = HexFormat.of().formatHex(bytes);
        this.selector = Selector.open();
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static ChannelListener open() throws IOException {
        var base = base();
        if ("tcp".equals(System.getProperty(TRANSPORT_PROPERTY)) || tooLong(base)) {
            return openTcp();
        }
        ServerSocketChannel server;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (UnsupportedOperationException e) {
            return openTcp();
        }
        Path folder = null;
        try {
            sweep(base);
            folder = Files.createTempDirectory(base, FOLDER_PREFIX); // 0700 where the file system knows permissions
            var path = folder.resolve(SOCKET);
            server.bind(UnixDomainSocketAddress.of(path));
            return new ChannelListener(server, folder, "unix:" + path);
        } catch (IOException | RuntimeException e) {
            try (server) {
                remove(folder);
                throw e;
            }
        }
    }

    private static ChannelListener openTcp() throws IOException {
        var server = ServerSocketChannel.open();
        try {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return new ChannelListener(server, null, "tcp:" + ((InetSocketAddress) server.getLocalAddress()).getPort());
        } catch (IOException | RuntimeException e) {
            try (server) {
                throw e;
            }
        }
    }

    private static Path base() {
        var runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime != null && !tooLong(Path.of(runtime)) && Files.isWritable(Path.of(runtime))
                ? Path.of(runtime)
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static boolean tooLong(Path base) {
        var longest = base.toAbsolutePath() + "/" + FOLDER_PREFIX + Long.MAX_VALUE + "x/" + SOCKET;
        return longest.getBytes(Charset.defaultCharset()).length > LONGEST_PATH;
    }

    /** Removes what listeners left whose process was killed: their sockets refuse connections. */
    private static void sweep(Path base) throws IOException {
        try (var folders = Files.newDirectoryStream(base, FOLDER_PREFIX + "*")) {
            for (var folder : folders) {
                if (leftBehind(folder)) {
                    remove(folder);
                }
            }
        }
    }

    private static boolean leftBehind(Path folder) {
        try {
            return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && Files.isWritable(folder)
                    && Files.getLastModifiedTime(folder)
                            .toInstant()
                            .isBefore(Instant.now().minus(OPENING))
                    && refuses(folder.resolve(SOCKET));
        } catch (IOException e) {
            return false; // somebody else has just removed it
        }
    }

    private static boolean refuses(Path socket) {
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return !Files.exists(socket, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static void remove(Path folder) throws IOException {
        if (folder != null) {
            Files.deleteIfExists(folder.resolve(SOCKET));
            Files.deleteIfExists(folder);
        }
    }

    /** What the other process is to be told, for {@link Channel#connect}. Not secret. */
    public String address() {
        return address;
    }

    /** What the other process must show. Secret: hand it over in a way that no list of processes shows. */
    public String token() {
        return token;
    }

    /**
     * Waits for the first connection that shows the token; others are closed.
     *
     * @throws SocketTimeoutException when none came in time
     * @throws ClosedChannelException when this listener was closed, for example because the other process died
     */
    public Channel accept(Duration atMost) throws IOException {
        long deadlineNs = System.nanoTime() + atMost.toNanos();
        try {
            while (true) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new SocketTimeoutException("The process that was started did not connect within "
                            + atMost.toSeconds() + " s; its own messages may say why.");
                }
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("Waiting for the started process was interrupted.");
                }
                selector.select(leftMs);
                var ready = selector.selectedKeys().iterator();
                while (ready.hasNext()) {
                    var key = ready.next();
                    ready.remove();
                    if (key.attachment() instanceof ByteBuffer shown) {
                        if (shows(key, shown)) {
                            var socket = (SocketChannel) key.channel();
                            strangers.remove(socket);
                            key.cancel();
                            selector.selectNow(); // a channel may be made blocking only after its key has left the
                            // selector
                            socket.configureBlocking(true);
                            return new Channel(socket);
                        }
                    } else {
                        var socket = server.accept();
                        if (socket != null) {
                            strangers.add(socket);
                            socket.configureBlocking(false);
                            socket.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(token.length()));
                        }
                    }
                }
            }
        } catch (ClosedSelectorException | CancelledKeyException e) {
            var end = new ClosedChannelException();
            end.initCause(e);
            throw end;
        }
    }

    /** Whether this connection has now shown the token; one that shows something else is closed. */
    private boolean shows(SelectionKey key, ByteBuffer shown) throws IOException {
        var socket = (SocketChannel) key.channel();
        boolean ended;
        try {
            ended = socket.read(shown) < 0;
        } catch (IOException e) {
            ended = true; // a stranger's broken connection is no reason to stop waiting
        }
        if (!shown.hasRemaining() && MessageDigest.isEqual(shown.array(), token.getBytes(US_ASCII))) {
            return true;
        }
        if (ended || !shown.hasRemaining()) {
            strangers.remove(socket);
            socket.close();
        }
        return false;
    }

    /** Ends waiting and removes the directory; a channel that was accepted lives on. Idempotent. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (server;
                selector) {
            for (var socket : strangers) {
                socket.close();
            }
        } finally {
            remove(folder);
        }
    }
}
