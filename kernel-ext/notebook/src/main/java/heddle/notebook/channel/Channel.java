package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * An ordered two-way channel of {@link Frame}s.
 *
 * <p>Any thread may {@link #send}; the bytes are written by one thread of the channel's own, so that interrupting a sender never closes the
 * socket. One thread at a time may {@link #receive}; interrupting that one does close it.
 */
public final class Channel implements AutoCloseable {

    /** Bytes that may wait to be written before senders wait. Few: what lives at a collection is kept longer than it is needed. */
    private static final int QUEUE_LIMIT = 1 << 17;

    private final SocketChannel socket;
    private final ByteBuffer incoming = ByteBuffer.allocateDirect(1 << 16).limit(0);

    // A linked list of its own under a monitor, not a queue of the library's under a lock: a sender may be stopped by
    // an asynchronous
    // exception at any call or branch, and a monitor is then released by the JVM, while a list of two plain stores is
    // never half changed.
    private final Object monitor = new Object();
    private Waiting first = new Waiting(null);
    private Waiting last = first;
    private int waitingBytes;
    private boolean writing;
    private boolean closed;
    private IOException broken;

    private static final class Waiting {
        final ByteBuffer bytes;
        Waiting next;

        Waiting(ByteBuffer bytes) {
            this.bytes = bytes;
        }
    }

    Channel(SocketChannel socket) {
        this.socket = socket;
        SystemThreads.thread("channel-writer", this::write).start();
    }

    /**
     * Connects to a {@link ChannelListener} and shows it the token.
     *
     * @param address {@link ChannelListener#address()}
     * @param token {@link ChannelListener#token()}
     */
    public static Channel connect(String address, String token) throws IOException {
        var socket = SocketChannel.open(parse(address));
        try {
            var bytes = ByteBuffer.wrap(token.getBytes(US_ASCII));
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
            return new Channel(socket);
        } catch (IOException e) {
            try (socket) {
                throw e;
            }
        }
    }

    static SocketAddress parse(String address) throws IOException {
        if (address.startsWith("unix:")) {
            return UnixDomainSocketAddress.of(address.substring("unix:".length()));
        }
        if (address.startsWith("tcp:")) {
            try {
                return new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), Integer.parseInt(address.substring("tcp:".length())));
            } catch (IllegalArgumentException e) {
                throw new IOException("The channel address \"" + address + "\" has no valid port.", e);
            }
        }
        throw new IOException("The channel address \"" + address + "\" starts with neither \"unix:\" nor \"tcp:\".");
    }

    /**
     * Puts a frame on the channel; waits, deaf to interrupts (the interrupt status is kept), while too much is waiting to be written.
     *
     * @throws IOException when the channel is closed or broken
     * @throws IllegalArgumentException when the frame is too large
     */
    public void send(Frame frame) throws IOException {
        var waiting = new Waiting(Codec.encode(frame));
        int size = waiting.bytes.remaining();
        boolean interrupted = false;
        try {
            synchronized (monitor) {
                while (waitingBytes > QUEUE_LIMIT && !closed) {
                    try {
                        monitor.wait();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                if (closed) {
                    throw broken == null ? new ClosedChannelException() : new IOException("The channel broke.", broken);
                }
                monitor.notifyAll(); // before the list changes: from here on nothing can come between
                last.next = waiting;
                last = waiting;
                waitingBytes += size;
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write() {
        var outgoing = ByteBuffer.allocateDirect(1 << 16);
        try {
            for (var batch = nextBatch(); batch != null; batch = nextBatch()) {
                for (var frame = batch.next; frame != null; frame = frame.next) {
                    while (frame.bytes.hasRemaining()) {
                        int fits = Math.min(outgoing.remaining(), frame.bytes.remaining());
                        outgoing.put(outgoing.position(), frame.bytes, frame.bytes.position(), fits);
                        outgoing.position(outgoing.position() + fits);
                        frame.bytes.position(frame.bytes.position() + fits);
                        if (!outgoing.hasRemaining()) {
                            empty(outgoing);
                        }
                    }
                }
                empty(outgoing);
            }
        } catch (IOException e) {
            synchronized (monitor) {
                broken = e;
            }
        } finally {
            close();
        }
    }

    private void empty(ByteBuffer outgoing) throws IOException {
        outgoing.flip();
        while (outgoing.hasRemaining()) {
            socket.write(outgoing);
        }
        outgoing.clear();
    }

    /** The node before the first waiting frame; null when the channel was closed. */
    private Waiting nextBatch() {
        synchronized (monitor) {
            writing = false;
            monitor.notifyAll();
            while (first.next == null && !closed) {
                try {
                    monitor.wait();
                } catch (InterruptedException e) {
                    throw new AssertionError("Nobody interrupts a thread of the channel's own.", e);
                }
            }
            if (closed) {
                return null;
            }
            var batch = first;
            first = new Waiting(null);
            last = first;
            waitingBytes = 0;
            writing = true;
            return batch;
        }
    }

    /**
     * Waits until all that was sent before has been handed to the operating system.
     *
     * @return whether it was, within that time and before the channel closed
     */
    public boolean flush(Duration atMost) throws InterruptedException {
        long deadlineNs = System.nanoTime() + atMost.toNanos();
        synchronized (monitor) {
            while ((writing || first.next != null) && !closed) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    return false;
                }
                monitor.wait(leftMs);
            }
            return !closed;
        }
    }

    /**
     * The next frame; waits for it.
     *
     * @return null at the end: the other side closed the channel, or its process is gone, or this side closed it
     * @throws ProtocolException when what arrives is no frame
     * @throws EOFException when the other side went in the middle of a frame
     */
    public Frame receive() throws IOException {
        if (!fill(Codec.HEADER)) {
            return null;
        }
        int length = incoming.getInt();
        if (length < 1 || length > Codec.MAX_LENGTH) {
            throw new ProtocolException("A frame announces a length of " + length + " bytes.");
        }
        var body = ByteBuffer.allocate(length);
        while (body.hasRemaining()) {
            if (!incoming.hasRemaining() && !fill(1)) {
                throw new EOFException("The other side ended in the middle of a frame.");
            }
            int part = Math.min(body.remaining(), incoming.remaining());
            body.put(body.position(), incoming, incoming.position(), part);
            body.position(body.position() + part);
            incoming.position(incoming.position() + part);
        }
        return Codec.decode(body.flip());
    }

    /** @return false at the end of the stream, when it ends before the first of these bytes */
    private boolean fill(int bytes) throws IOException {
        if (incoming.remaining() >= bytes) {
            return true;
        }
        boolean within = incoming.hasRemaining();
        incoming.compact();
        try {
            while (incoming.position() < bytes) {
                if (read() < 0) {
                    if (within || incoming.position() > 0) {
                        throw new EOFException("The other side ended in the middle of a frame.");
                    }
                    return false;
                }
            }
            return true;
        } finally {
            incoming.flip();
        }
    }

    /** A connection that is reset (the other side went before it had read everything), or closed on this side, is at its end too. */
    private int read() {
        try {
            return socket.read(incoming);
        } catch (IOException e) {
            return -1;
        }
    }

    /** Ends the channel for both sides; what waits to be written is dropped, so {@link #flush} first. Idempotent. */
    @Override
    public void close() {
        synchronized (monitor) {
            if (closed) {
                return;
            }
            closed = true;
            monitor.notifyAll();
        }
        try {
            socket.close();
        } catch (IOException e) {
            synchronized (monitor) {
                broken = broken == null ? e : broken;
            }
        }
    }
}
