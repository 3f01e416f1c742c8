package heddle.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import heddle.notebook.channel.SystemThreads;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A debugger's connection to the notebook process, for one thing: to throw an exception into threads that do not listen.
 *
 * <p>It speaks the Java Debug Wire Protocol directly: the few commands it needs cost nothing until they are used, while {@code com.sun.jdi}
 * asks for events, and those slow the learner's code. The kernel listens and the notebook process connects, so that process has no open port.
 *
 * <p>Source: "Java Debug Wire Protocol", JDK documentation.
 */
final class Debugger implements AutoCloseable {

    private static final byte[] HANDSHAKE = "JDWP-Handshake".getBytes(UTF_8);
    private static final int REPLY_FLAG = 0x80;
    private static final int HEADER = 11;
    private static final int STATIC = 0x0008;
    private static final int HANDSHAKE_TIMEOUT_MS = 2_000;
    private static final int THREAD_NOT_SUSPENDED = 13;

    private final ServerSocket listener;
    private final CompletableFuture<Connection> connection = new CompletableFuture<>();

    private Debugger(ServerSocket listener) {
        this.listener = listener;
    }

    /** Waits, in the background, for the one connection that comes; then nobody listens any more. */
    static Debugger listen() throws IOException {
        var debugger = new Debugger(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        SystemThreads.thread("debugger", debugger::accept).start();
        return debugger;
    }

    /** The option that makes a JVM connect. */
    String jvmOption() {
        return "-agentlib:jdwp=transport=dt_socket,server=n,suspend=n,address="
                + InetAddress.getLoopbackAddress().getHostAddress() + ":" + listener.getLocalPort();
    }

    private void accept() {
        try (listener) {
            while (!connection.isDone()) {
                var socket = listener.accept();
                try {
                    var made = connect(socket);
                    if (!connection.complete(made)) {
                        socket.close();
                    }
                } catch (IOException e) {
                    close(socket); // a stranger; the JVM is still to come
                }
            }
        } catch (IOException e) {
            connection.completeExceptionally(e);
        }
    }

    private static Connection connect(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(HANDSHAKE_TIMEOUT_MS);
        socket.getOutputStream().write(HANDSHAKE); // the debugger speaks first
        var in = new DataInputStream(socket.getInputStream());
        if (!Arrays.equals(in.readNBytes(HANDSHAKE.length), HANDSHAKE)) {
            throw new IOException("what connected is no JVM");
        }
        return new Connection(socket, in, new DataOutputStream(socket.getOutputStream()));
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It was to go anyway.
        }
    }

    /**
     * Throws an exception into a thread, whatever it is doing; it comes when the thread next runs Java code.
     *
     * @param className the class that holds the thread and the exception
     * @param thread the static field of that class whose value is the thread
     * @param exception the static field of that class whose value is thrown
     * @throws IOException when the JVM is not connected, does not answer in time, or says no
     */
    void stop(String className, String thread, String exception, int timeoutMs) throws IOException {
        connection(timeoutMs).stop(className, thread, exception, timeoutMs);
    }

    /** As {@link #stop}, for all threads in an array; those that have ended meanwhile, or cannot be stopped, are left out. */
    void stopAll(String className, String threads, String exception, int timeoutMs) throws IOException {
        connection(timeoutMs).stopAll(className, threads, exception, timeoutMs);
    }

    private Connection connection(int timeoutMs) throws IOException {
        try {
            return connection.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("The notebook process has not connected for debugging.", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("The notebook process has not connected for debugging.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        connection.completeExceptionally(new IOException("closed"));
        try {
            listener.close();
        } catch (IOException e) {
            // Nobody waits for it any more.
        }
        if (!connection.isCompletedExceptionally()) {
            close(connection.join().socket);
        }
    }

    private static final class RefusedException extends IOException {
        final int error;

        RefusedException(int commandSet, int command, int error) {
            super("The notebook process refuses debugger command " + commandSet + "." + command + " with error " + error
                    + ".");
            this.error = error;
        }
    }

    private static final class Connection {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;
        private int lastId;
        private int fieldIdSize;
        private int objectIdSize;
        private int referenceTypeIdSize;

        Connection(Socket socket, DataInputStream in, DataOutputStream out) {
            this.socket = socket;
            this.in = in;
            this.out = out;
        }

        synchronized void stop(String className, String thread, String exception, int timeoutMs) throws IOException {
            prepare(timeoutMs);
            long type = type(className);
            stop(value(type, thread), value(type, exception));
        }

        synchronized void stopAll(String className, String threads, String exception, int timeoutMs)
                throws IOException {
            prepare(timeoutMs);
            long type = type(className);
            long array = value(type, threads);
            long thrown = value(type, exception);
            int length = ask(13, 1, object(array)).getInt(); // ArrayReference.Length
            if (length == 0) {
                return;
            }
            var all = ByteBuffer.allocate(objectIdSize + 2 * Integer.BYTES);
            put(all, array, objectIdSize);
            var values = ask(13, 2, all.putInt(0).putInt(length).array()); // ArrayReference.GetValues
            values.get(); // objects
            values.getInt(); // as many as were asked for
            for (int i = 0; i < length; i++) {
                values.get(); // a thread
                long thread = id(values, objectIdSize);
                if (thread != 0) {
                    stopOneOfMany(thread, thrown);
                }
            }
        }

        private void stopOneOfMany(long thread, long thrown) throws IOException {
            try {
                stop(thread, thrown);
                return;
            } catch (RefusedException e) {
                if (e.error != THREAD_NOT_SUSPENDED) {
                    return; // it has ended
                }
            }
            try { // a virtual thread
                ask(11, 2, object(thread)); // ThreadReference.Suspend
                try {
                    stop(thread, thrown);
                } finally {
                    ask(11, 3, object(thread)); // ThreadReference.Resume
                }
            } catch (RefusedException e) {
                // It has ended, or waits where nothing can be thrown into it; who asked looks again.
            }
        }

        private byte[] object(long id) {
            var bytes = ByteBuffer.allocate(objectIdSize);
            put(bytes, id, objectIdSize);
            return bytes.array();
        }

        private void stop(long thread, long thrown) throws IOException {
            var stop = ByteBuffer.allocate(2 * objectIdSize);
            put(stop, thread, objectIdSize);
            put(stop, thrown, objectIdSize);
            ask(11, 10, stop.array()); // ThreadReference.Stop
        }

        private void prepare(int timeoutMs) throws IOException {
            socket.setSoTimeout(timeoutMs);
            if (objectIdSize == 0) {
                var sizes = ask(1, 7, new byte[0]); // VirtualMachine.IDSizes
                fieldIdSize = sizes.getInt();
                sizes.getInt(); // methods
                objectIdSize = sizes.getInt();
                referenceTypeIdSize = sizes.getInt();
            }
        }

        private long type(String className) throws IOException {
            var signature = ("L" + className.replace('.', '/') + ";").getBytes(UTF_8);
            // VirtualMachine.ClassesBySignature
            var types = ask(
                    1,
                    2,
                    ByteBuffer.allocate(4 + signature.length)
                            .putInt(signature.length)
                            .put(signature)
                            .array());
            if (types.getInt() == 0) {
                throw new IOException(className + " is not loaded in the notebook process.");
            }
            types.get(); // kind of type
            return id(types, referenceTypeIdSize);
        }

        /** The object in a static field. */
        private long value(long type, String fieldName) throws IOException {
            var asked = ByteBuffer.allocate(referenceTypeIdSize);
            put(asked, type, referenceTypeIdSize);
            var fields = ask(2, 4, asked.array()); // ReferenceType.Fields
            for (int left = fields.getInt(); left > 0; left--) {
                long field = id(fields, fieldIdSize);
                var name = string(fields);
                string(fields); // signature
                boolean isStatic = (fields.getInt() & STATIC) != 0;
                if (name.equals(fieldName) && isStatic) {
                    var request = ByteBuffer.allocate(referenceTypeIdSize + 4 + fieldIdSize);
                    put(request, type, referenceTypeIdSize);
                    request.putInt(1);
                    put(request, field, fieldIdSize);
                    var values = ask(2, 6, request.array()); // ReferenceType.GetValues
                    values.getInt(); // one
                    values.get(); // an object
                    return id(values, objectIdSize);
                }
            }
            throw new IOException("There is no static field " + fieldName + ".");
        }

        private ByteBuffer ask(int commandSet, int command, byte[] data) throws IOException {
            int id = ++lastId;
            var packet = new ByteArrayOutputStream();
            var writer = new DataOutputStream(packet);
            writer.writeInt(HEADER + data.length);
            writer.writeInt(id);
            writer.write(0);
            writer.write(commandSet);
            writer.write(command);
            writer.write(data);
            out.write(packet.toByteArray());
            while (true) {
                int length = in.readInt() - HEADER;
                int answered = in.readInt();
                int flags = in.read();
                int error = in.readUnsignedShort(); // in an event: its command
                var body = in.readNBytes(length);
                if (body.length < length) {
                    throw new EOFException("The notebook process has gone.");
                }
                if ((flags & REPLY_FLAG) == 0 || answered != id) {
                    continue; // an event, such as the JVM's start
                }
                if (error != 0) {
                    throw new RefusedException(commandSet, command, error);
                }
                return ByteBuffer.wrap(body);
            }
        }

        private static String string(ByteBuffer in) {
            var bytes = new byte[in.getInt()];
            in.get(bytes);
            return new String(bytes, UTF_8);
        }

        private static long id(ByteBuffer in, int size) {
            return size == 8 ? in.getLong() : in.getInt();
        }

        private static void put(ByteBuffer out, long id, int size) {
            if (size == 8) {
                out.putLong(id);
            } else {
                out.putInt((int) id);
            }
        }
    }
}
