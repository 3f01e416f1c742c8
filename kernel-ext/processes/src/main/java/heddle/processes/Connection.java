package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.EOFException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One end of a {@link ProcessPipe}. It can be captured by a task and sent through queues and other connections.
 *
 * {@snippet :
 * var pipe = ProcessPipe.oneWay();
 * var reader = pipe.first();
 * var writer = pipe.second();
 * new ChildProcess(() -> {
 *             writer.send("done");
 *             writer.close();
 *         })
 *         .start();
 * System.out.println(reader.receive()); // done
 * pipe.close();
 * }
 *
 * <p>Threads of several processes may use the same end; each message goes to one of them, whole. Follows Python's {@code multiprocessing.connection.Connection}.
 */
public final class Connection implements AutoCloseable, Serializable {
    private static final long serialVersionUID = 1;

    /** What an array of bytes takes up beside its elements. */
    private static final int TAG_LENGTH = Codec.WORD;

    private final transient ProcessPipe pipe;
    private final transient int end;
    private transient volatile boolean closed;

    Connection(ProcessPipe pipe, int end) {
        this.pipe = pipe;
        this.end = end;
    }

    /** On the way: which end of which pipe it is. */
    private static final class Ticket implements Serializable {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("serial") // the stand-in of a pipe, which is
        private final Object pipe;

        private final int end;
        private final int sender;

        private Ticket(Object pipe, int end, int sender) {
            this.pipe = pipe;
            this.end = end;
            this.sender = sender;
        }

        private Object readResolve() {
            return ((ProcessPipe) pipe).arrived(end, sender);
        }
    }

    private Object writeReplace() throws ObjectStreamException {
        if (closed) {
            throw new NotSerializableException("a closed Connection");
        }
        return new Ticket(pipe.pack(end), end, pipe.self());
    }

    // ---- sending

    /**
     * Sends a value, null included. Waits while more than about a megabyte is there that the other side has not received yet.
     *
     * @throws IllegalArgumentException if the value cannot travel; says what of it
     * @throws IllegalStateException if this is the receiving end of a one-way pipe
     * @throws IOException if this end is closed, if nobody is left at the other end, or if there is no memory for the value
     */
    public void send(Object value) throws IOException, InterruptedException {
        checkOpen();
        if (pipe.isOneWay() && end == 0) {
            throw new IllegalStateException("this end of a one-way pipe can only receive; send into the second()");
        }
        var encoded = Codec.encode(value);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        use();
        while (true) {
            if (pipe.areGone(1 - end)) {
                throw new IOException(
                        "nobody is left at the other end of this pipe: it was closed there, or its processes ended");
            }
            if (pipe.from(end).offer(encoded, Waiting.FOREVER) > 0) {
                return;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            checkOpen();
        }
    }

    /** Sends all these bytes as one message, as {@link #send}. */
    public void sendBytes(byte[] bytes) throws IOException, InterruptedException {
        send(Objects.requireNonNull(bytes));
    }

    /**
     * Sends some of these bytes as one message, as {@link #send}.
     *
     * @throws IndexOutOfBoundsException if they are not all in the array
     */
    public void sendBytes(byte[] bytes, int offset, int length) throws IOException, InterruptedException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        send(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    // ---- receiving

    /**
     * Receives the next value, waiting for it as long as need be. Anything may come through a pipe, so whoever receives it casts it to what he expects.
     *
     * @throws EOFException if everything has been received and nobody is left at the other end
     * @throws IllegalStateException if this is the sending end of a one-way pipe
     * @throws IOException if this end is closed
     * @throws UnreadableValueException if the value cannot be rebuilt in this process; it is lost, the connection goes on
     */
    public Object receive() throws IOException, InterruptedException {
        return receive(Long.MAX_VALUE);
    }

    private Object receive(long longest) throws IOException, InterruptedException {
        checkReceives();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        use();
        while (true) {
            var received = pipe.from(1 - end).poll(Waiting.FOREVER, longest, null);
            if (received != null) {
                return received.value();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            checkOpen();
            if (isAtEnd()) {
                throw new EOFException(
                        "nobody is left at the other end of this pipe, and everything that was sent has been received");
            }
        }
    }

    /** Receives the next message, which must be bytes, as {@link #receive}. */
    public byte[] receiveBytes() throws IOException, InterruptedException {
        return bytes(receive());
    }

    /**
     * Receives the next message, which must be bytes, as {@link #receive}.
     *
     * @param most how many bytes may be in it
     * @throws IOException also if it is longer; it stays then
     */
    public byte[] receiveBytes(int most) throws IOException, InterruptedException {
        if (most < 0) {
            throw new IllegalArgumentException("the number of bytes to receive must not be negative: " + most);
        }
        try {
            return bytes(receive(TAG_LENGTH + (long) most));
        } catch (Records.TooLongException e) {
            throw new IOException(
                    "the next message has " + (e.length() - TAG_LENGTH) + " bytes, which is more than " + most
                            + "; it can still be received",
                    e);
        }
    }

    /**
     * Receives the next message, which must be bytes, into an array.
     *
     * @return how many bytes it had
     * @throws IOException also if it is longer than the rest of the array; it stays then
     * @throws IndexOutOfBoundsException if the offset is not in the array, nor at its end
     */
    public int receiveBytes(byte[] target, int offset) throws IOException, InterruptedException {
        Objects.checkFromToIndex(offset, target.length, target.length);
        var bytes = receiveBytes(target.length - offset);
        System.arraycopy(bytes, 0, target, offset, bytes.length);
        return bytes.length;
    }

    private static byte[] bytes(Object message) throws IOException {
        if (message instanceof byte[] bytes) {
            return bytes;
        }
        throw new IOException("the message was a value (" + Graph.name(message)
                + "), not bytes, and is lost; what was sent with send is to be received with receive");
    }

    // ---- looking

    /** Whether {@link #receive} would return or fail at once. */
    public boolean poll() throws IOException {
        checkReceives();
        use();
        return !pipe.from(1 - end).isEmpty() || isAtEnd();
    }

    /**
     * Waits until that is so, but not longer than that.
     *
     * @throws IllegalArgumentException if the time is negative
     */
    public boolean poll(Duration time) throws IOException, InterruptedException {
        return pollUntil(Waiting.deadline(SharedObject.nanos(time)));
    }

    private boolean pollUntil(long deadlineNs) throws IOException, InterruptedException {
        while (!poll()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            pipe.from(1 - end).awaitArrival(deadlineNs);
        }
        return true;
    }

    /**
     * Waits until something can be received from one of them at least, but not longer than that.
     *
     * @return those from which {@link #receive} would return or fail at once, in the order given; empty when the time is over
     * @throws IllegalArgumentException if the time is negative
     */
    public static List<Connection> await(List<Connection> connections, Duration time)
            throws IOException, InterruptedException {
        var deadlineNs = Waiting.deadline(SharedObject.nanos(time));
        var ready = ready(connections);
        if (!ready.isEmpty() || connections.isEmpty() || Waiting.remaining(deadlineNs) <= 0) {
            return ready;
        }
        // a thread can sleep for one word of memory only
        var some = new CountDownLatch(1);
        var watchers = new ArrayList<Thread>();
        for (var connection : connections) {
            watchers.add(Threads.start("heddle-await", () -> connection.watch(deadlineNs, some)));
        }
        try {
            if (deadlineNs == Waiting.FOREVER) {
                some.await();
            } else {
                some.await(Waiting.remaining(deadlineNs), TimeUnit.NANOSECONDS);
            }
        } finally {
            for (var watcher : watchers) {
                watcher.interrupt();
            }
        }
        return ready(connections);
    }

    private void watch(long deadlineNs, CountDownLatch some) {
        try {
            pollUntil(deadlineNs);
            some.countDown();
        } catch (IOException | RuntimeException e) {
            some.countDown(); // who waits for it finds the same
        } catch (InterruptedException e) {
            // another one was ready
        }
    }

    private static List<Connection> ready(List<Connection> connections) throws IOException {
        var ready = new ArrayList<Connection>();
        for (var connection : connections) {
            if (connection.poll()) {
                ready.add(connection);
            }
        }
        return ready;
    }

    private void use() throws IOException {
        pipe.use(end);
        if (closed) { // meanwhile
            pipe.giveUp(end);
            checkOpen();
        }
    }

    private boolean isAtEnd() {
        return pipe.areGone(1 - end) && pipe.from(1 - end).isEmpty();
    }

    private void checkReceives() throws IOException {
        checkOpen();
        if (pipe.isOneWay() && end == 1) {
            throw new IllegalStateException("this end of a one-way pipe can only send; receive from the first()");
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("this Connection is closed");
        }
    }

    // ---- the end

    /** Gives this end up, in this process. Again, it does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        pipe.giveUp(end);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public String toString() {
        return (end == 0 ? "first" : "second") + " end of " + pipe + (closed ? " (closed)" : "");
    }
}
