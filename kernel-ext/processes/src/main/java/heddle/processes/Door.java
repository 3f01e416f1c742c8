package heddle.processes;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Where the children of this process connect: a listening socket in a private directory, and the thread that opens. */
final class Door implements Closeable {
    private static final String TEMPORARY = "java.io.tmpdir";
    /** Systems differ; the shortest limit is 104 bytes. */
    private static final int LONGEST_SOCKET_PATH = 100;
    /** A hundred children may knock at once. */
    private static final int BACKLOG = 1024;

    private final boolean tcp;
    private final RuntimeDirectory directory;
    private final ServerSocketChannel server;
    private final String address;
    private final Set<SocketChannel> strangers = ConcurrentHashMap.newKeySet();

    /**
     * @param options the JVM options of the children
     * @param guest is given each connection, on a thread of its own, and closes it
     */
    Door(Launcher.Options options, Consumer<Wire> guest) throws IOException {
        directory = RuntimeDirectory.create(RuntimeDirectory.temporary(), TEMPORARY);
        try {
            options(options);
            var socket = directory.path().resolve("door");
            tcp = Settings.tcp() || socket.toString().length() > LONGEST_SOCKET_PATH;
            if (tcp) {
                server = ServerSocketChannel.open();
                server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
                address = "tcp:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
            } else {
                server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
                address = "unix:" + socket;
            }
        } catch (IOException e) {
            directory.close();
            throw RuntimeDirectory.unusable(RuntimeDirectory.temporary(), TEMPORARY, e);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
        Threads.start("heddle-door", () -> open(guest));
    }

    /** What a child is told to connect to. */
    String address() {
        return address;
    }

    /** The file of JVM options. */
    Path options(Launcher.Use use) {
        return directory.path().resolve(use.name());
    }

    /** Replaces the JVM options, for children launched from now on. */
    void options(Launcher.Options options) throws IOException {
        for (var each : options.texts().entrySet()) {
            var next = Files.writeString(directory.path().resolve("next"), each.getValue());
            Files.move(next, options(each.getKey()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private void open(Consumer<Wire> guest) {
        try {
            while (true) {
                var channel = server.accept();
                if (tcp) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                strangers.add(channel);
                Threads.start("heddle-child", () -> {
                    try {
                        guest.accept(new Wire(channel));
                    } finally {
                        strangers.remove(channel);
                    }
                });
            }
        } catch (IOException e) {
            // closed: that is how this ends
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var channel : strangers) {
            channel.close();
        }
        directory.close();
    }
}
