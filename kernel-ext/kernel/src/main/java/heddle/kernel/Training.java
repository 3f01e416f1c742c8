package heddle.kernel;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Content;
import heddle.protocol.Content.Reply;
import heddle.protocol.KernelServer;
import heddle.protocol.MalformedMessageException;
import heddle.protocol.Sockets;
import heddle.protocol.Transport;
import heddle.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/**
 * A short life of a kernel with a client of its own, over real sockets: run with {@code -XX:AOTCacheOutput=...}, it leaves a cache that holds
 * what a kernel needs.
 */
final class Training {
    private Training() {}

    private static final long PATIENCE_S = 60;

    private static final List<String> CELLS = List.of(
            "1 + 1",
            "int x = 5;",
            "x + 1",
            "String text = \"a\" + x;",
            "System.out.println(text);",
            "var list = new ArrayList<String>();\nlist.add(\"b\");\nlist.add(text);\nlist",
            "for (int i = 0; i < 3; i++) {\n    System.out.println(i);\n}",
            "int twice(int n) {\n    return 2 * n;\n}",
            "twice(21)",
            "int twice(int n) {\n    return n + n;\n}",
            "class Account {\n    private int balance;\n    synchronized void add(int n) { balance += n; }\n}\nrecord Point(int x, int y) {}",
            "new Point(1, 2)",
            "var worker = new Thread(() -> System.out.println(\"from a thread\"));\nworker.start();\nworker.join();",
            "try (var pool = Executors.newFixedThreadPool(2)) {\n    pool.submit(() -> twice(3)).get();\n}",
            "Stream.of(1, 2, 3).map(n -> n * n).collect(Collectors.toList())",
            "display(\"shown\");",
            // waits for the cache that child processes start from; where there are none, it is one more error
            "ChildProcess.prepare().join();",
            "throw new IllegalStateException(\"wrong\");",
            "int y = unknown;",
            "int z = ;",
            "%magics");

    /** @return whether every request was answered */
    static boolean run() throws InterruptedException {
        try (var kernel = new JavaKernel(Magics.found());
                var server = KernelServer.start(
                        ConnectionInfo.anyPort(UUID.randomUUID().toString()), kernel);
                var client = new Client(server.connection())) {
            boolean answered = client.ask(Channel.SHELL, new Content.KernelInfoRequest());
            for (var cell : CELLS) {
                answered &= client.ask(Channel.SHELL, new Content.ExecuteRequest(cell, null, null, null, null, false));
            }
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("text.le", 7));
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("Sys", 3));
            answered &= client.ask(Channel.SHELL, new Content.InspectRequest("list.add(", 8, 0));
            answered &= client.ask(Channel.SHELL, new Content.IsCompleteRequest("for (int i = 0; i < 3; i++) {"));
            answered &= client.ask(Channel.CONTROL, new Content.ShutdownRequest(false));
            server.awaitShutdown();
            return answered;
        } catch (IOException e) {
            System.err.println("heddle: " + e.getMessage());
            return false;
        }
    }

    private static final class Client implements AutoCloseable {
        private final Wire wire;
        private final Sockets sockets;
        private final LinkedBlockingQueue<Content> replies = new LinkedBlockingQueue<>();

        Client(ConnectionInfo kernel) throws IOException {
            wire = new Wire(kernel, KernelServer.MAX_MESSAGE_BYTES);
            sockets = new Sockets(
                    "training",
                    (context, opened) -> connect(context, opened, kernel),
                    new Transport.Receiver() {
                        @Override
                        public void received(Channel channel, List<byte[]> frames) {
                            try {
                                if (wire.decode(frames).content() instanceof Reply reply) {
                                    replies.add(reply);
                                }
                            } catch (MalformedMessageException e) {
                                throw new IllegalStateException(e);
                            }
                        }

                        @Override
                        public void gone(byte[] identity) {}
                    },
                    System.err::println);
        }

        private static void connect(ZMQ.Context context, Map<Channel, ZMQ.Socket> sockets, ConnectionInfo kernel) {
            var identity = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
            for (var channel : List.of(Channel.SHELL, Channel.CONTROL, Channel.IOPUB)) {
                var socket = context.socket(channel == Channel.IOPUB ? SocketType.SUB : SocketType.DEALER);
                sockets.put(channel, socket);
                if (channel == Channel.IOPUB) {
                    socket.subscribe("");
                } else {
                    socket.setIdentity(identity);
                }
                int port = switch (channel) {
                    case SHELL -> kernel.shellPort();
                    case CONTROL -> kernel.controlPort();
                    default -> kernel.iopubPort();
                };
                socket.connect("tcp://" + kernel.ip() + ":" + port);
            }
        }

        boolean ask(Channel channel, Content request) throws InterruptedException {
            var message = wire.message(List.of(), null, Map.of(), request, List.of());
            sockets.send(channel, wire.encode(message));
            return replies.poll(PATIENCE_S, TimeUnit.SECONDS) != null;
        }

        @Override
        public void close() {
            sockets.close();
        }
    }
}
