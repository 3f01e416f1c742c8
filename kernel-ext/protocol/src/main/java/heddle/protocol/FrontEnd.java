package heddle.protocol;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/** A front end's connection to one of a kernel's sockets, over TCP: DEALER, or SUB to everything. For one thread. */
public final class FrontEnd implements AutoCloseable {

    private final Socket socket;
    private final ZmtpReader reader;
    private final Queue<List<byte[]>> received = new ArrayDeque<>();
    private final byte[] buffer = new byte[1 << 16];

    /** @param patience how long {@link #receive} waits at most */
    public FrontEnd(ConnectionInfo kernel, Channel channel, byte[] identity, Duration patience) throws IOException {
        reader = new ZmtpReader(KernelServer.MAX_MESSAGE_BYTES, new ZmtpReader.Listener() {
            @Override
            public void ready(String socketType, byte[] kernelsIdentity) {}

            @Override
            public void message(List<byte[]> frames) {
                received.add(frames);
            }

            @Override
            public void tooLarge() {}

            @Override
            public void subscription(boolean begins, byte[] topic) {}

            @Override
            public void ping(byte[] context) {}
        });
        socket = new Socket(kernel.ip(), kernel.port(channel));
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) patience.toMillis());
            var out = socket.getOutputStream();
            out.write(Zmtp.hello(channel == Channel.IOPUB ? "SUB" : "DEALER", identity));
            if (channel == Channel.IOPUB) {
                out.write(Zmtp.command("SUBSCRIBE"));
            }
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    public void send(List<byte[]> frames) throws IOException {
        for (var piece : Zmtp.message(frames)) {
            socket.getOutputStream().write(piece);
        }
    }

    /**
     * The next message.
     *
     * @throws SocketTimeoutException when none comes in time
     * @throws EOFException when the kernel hung up
     * @throws ProtocolException when it is not ZeroMQ that the kernel speaks
     */
    public List<byte[]> receive() throws IOException {
        while (received.isEmpty()) {
            var count = socket.getInputStream().read(buffer);
            if (count < 0) {
                throw new EOFException("the kernel closed the connection");
            }
            reader.read(ByteBuffer.wrap(buffer, 0, count));
        }
        return received.remove();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
