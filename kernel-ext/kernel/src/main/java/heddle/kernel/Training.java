package heddle.kernel;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Content;
import heddle.protocol.Content.Reply;
import heddle.protocol.FrontEnd;
import heddle.protocol.KernelServer;
import heddle.protocol.MalformedMessageException;
import heddle.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A short life of a kernel with a client of its own, over real sockets: run with {@code -XX:AOTCacheOutput=...}, it leaves a cache that holds
 * what a kernel needs.
 */
final class Training {
    private Training() {}

    private static final Duration PATIENCE = Duration.ofSeconds(60);

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
        try (var kernel = new JavaKernel(Magics.found(), Settings.NONE);
                var server = KernelServer.start(
                        ConnectionInfo.anyPort(UUID.randomUUID().toString()), kernel);
                var client = new Client(server.connection())) {
            boolean answered = client.ask(Channel.SHELL, new Content.KernelInfoRequest());
            for (var cell : CELLS) {
                answered &= client.ask(Channel.SHELL, new Content.ExecuteRequest(cell, null, null, null, null, false));
            }
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("text.le", 7));
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("Sys", 3));
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("new nPE", 7));
            answered &= client.ask(Channel.SHELL, new Content.CompleteRequest("Path.of(\"", 9));
            answered &= client.ask(Channel.SHELL, new Content.InspectRequest("list.add(", 9, 0));
            answered &= client.ask(Channel.SHELL, new Content.InspectRequest("display(1)", 3, 0));
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
        private final Map<Channel, FrontEnd> connections = new EnumMap<>(Channel.class);

        Client(ConnectionInfo kernel) throws IOException {
            wire = new Wire(kernel, KernelServer.MAX_MESSAGE_BYTES);
            var identity = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
            // What is published is not read, but it is sent.
            for (var channel : List.of(Channel.SHELL, Channel.CONTROL, Channel.IOPUB)) {
                connections.put(channel, new FrontEnd(kernel, channel, identity, PATIENCE));
            }
        }

        boolean ask(Channel channel, Content request) throws IOException {
            var connection = connections.get(channel);
            connection.send(wire.encode(wire.message(List.of(), null, Map.of(), request, List.of())));
            try {
                while (!(wire.decode(connection.receive()).content() instanceof Reply)) {
                    // Replies are all that is said on shell and control so far.
                }
                return true;
            } catch (MalformedMessageException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws IOException {
            for (var connection : connections.values()) {
                connection.close();
            }
        }
    }
}
