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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Where the children of this process connect: a listening socket in a private directory, and the thread that opens. */
final class Door implements Closeable {
    private final RuntimeDirectory directory;
    private final ServerSocketChannel server;
    private final String address;
    private final Path options;
    private final Set<SocketChannel> strangers = ConcurrentHashMap.newKeySet();
    private final Thread opener;

    /**
     * @param options the JVM options of the children, one a line
     * @param guest is given each connection, on a thread of its own
     */
    Door(String options, Consumer<Wire> guest) throws IOException {
        directory = RuntimeDirectory.create();
        try {
            this.options = Files.writeString(directory.path().resolve("jvm"), options);
            if (Settings.tcp()) {
                server = ServerSocketChannel.open();
                server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
                address = "tcp:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
            } else {
                var socket = directory.path().resolve("door");
                server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                server.bind(UnixDomainSocketAddress.of(socket), 1024);
                address = "unix:" + socket;
            }
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
        opener = Threads.start("heddle-door", () -> open(guest));
    }

    /** What a child is told to connect to. */
    String address() {
        return address;
    }

    /** The file of JVM options. */
    Path options() {
        return options;
    }

    private void open(Consumer<Wire> guest) {
        try {
            while (true) {
                var channel = server.accept();
                if (Settings.tcp()) {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                strangers.add(channel);
                Threads.start("heddle-child", () -> {
                    try (channel) {
                        guest.accept(new Wire(channel));
                    } catch (IOException e) {
                        // closing is all that was wanted of it
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
