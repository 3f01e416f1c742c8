package heddle.processes;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.Callable;

/** A child that gives back what it is sent, and calls the {@link Callable}s and {@link Runnable}s among it. */
final class Worker implements AutoCloseable {
    private final ChildProcess child;
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    Worker() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(30_000);
            var port = server.getLocalPort();
            child = new ChildProcess("worker", () -> serve(port)).start();
            socket = server.accept();
        }
        socket.setSoTimeout(30_000);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    private static void serve(int port) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var in = new DataInputStream(socket.getInputStream());
            var out = new DataOutputStream(socket.getOutputStream());
            for (var length = in.readInt(); length >= 0; length = in.readInt()) {
                var request = in.readNBytes(length);
                byte[] bytes;
                try {
                    bytes = answer(request).toBytes();
                    out.writeBoolean(true);
                } catch (Throwable e) {
                    bytes = Failure.pack(e).toBytes();
                    out.writeBoolean(false);
                }
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }

    private static Encoded answer(byte[] bytes) throws Exception {
        return Codec.encode(
                switch (Codec.read(bytes).value()) {
                    case Callable<?> callable -> callable.call();
                    case Runnable runnable -> {
                        runnable.run();
                        yield null;
                    }
                    case null -> null;
                    case Object value -> value;
                });
    }

    Object send(Object value) throws Exception {
        return send(Codec.encode(value));
    }

    Object call(Call<?> call) throws Exception {
        return send(Functions.pack(call));
    }

    void run(Action action) throws Exception {
        send(Functions.pack(action));
    }

    Object send(Encoded encoded) throws Exception {
        var bytes = encoded.toBytes();
        out.writeInt(bytes.length);
        out.write(bytes);
        var went = in.readBoolean();
        var value = Codec.read(in.readNBytes(in.readInt())).value();
        if (went) {
            return value;
        }
        switch (value) {
            case Exception e -> throw e;
            case Error e -> throw e;
            case Object other -> throw new AssertionError(other);
        }
    }

    @Override
    public void close() throws Exception {
        try (socket) {
            out.writeInt(-1);
            if (!child.join(Duration.ofSeconds(30))) {
                child.kill();
                child.join();
            }
        }
    }
}
