package heddle.processes;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * {@link Message}s over the private socket between a process and its child: kind (1 byte), length (4), body.
 * Any thread may send; one thread receives.
 */
final class Wire implements Closeable {
    static final int SECRET_LENGTH = 32;
    private static final int HEAD_LENGTH = 5;

    private final SocketChannel channel;
    private final ByteBuffer head = ByteBuffer.allocateDirect(HEAD_LENGTH);
    private final Object sending = new Object();

    Wire(SocketChannel channel) {
        this.channel = channel;
    }

    /** @param address {@code unix:PATH} or {@code tcp:PORT} on the loopback interface */
    static Wire connect(String address) throws IOException {
        if (address.startsWith("unix:")) {
            var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(Path.of(address.substring("unix:".length()))));
            return new Wire(channel);
        }
        var port = Integer.parseInt(address.substring("tcp:".length()));
        var channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new Wire(channel);
    }

    void send(Message message) throws IOException {
        var body = message.body();
        var bytes = ByteBuffer.allocate(HEAD_LENGTH + body.length);
        bytes.put((byte) message.kind().ordinal()).putInt(body.length).put(body).flip();
        synchronized (sending) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /** The next message, or null when the other side has ended. */
    Message receive() throws IOException {
        return receive(Integer.MAX_VALUE);
    }

    /** @param limit the longest body that is believed, in bytes */
    Message receive(int limit) throws IOException {
        head.clear();
        if (!fill(head)) {
            return null;
        }
        head.flip();
        var kind = Message.Kind.of(head.get());
        var length = head.getInt();
        if (length < 0 || length > limit) {
            throw new IOException("a message of " + length + " bytes on a child's socket");
        }
        var body = ByteBuffer.allocate(length);
        return fill(body) ? new Message(kind, body.array()) : null;
    }

    private boolean fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // closing is all that was wanted of it
        }
    }
}
