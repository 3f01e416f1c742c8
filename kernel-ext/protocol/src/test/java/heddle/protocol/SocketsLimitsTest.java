package heddle.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that do not what a front end does: the sockets lose nothing but them. */
class SocketsLimitsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MESSAGE = 1 << 20;
    private static final int UNREAD = 1 << 20;
    private static final byte[] ID = "front end".getBytes(US_ASCII);

    private record Arrived(Channel channel, List<byte[]> frames) {}

    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> gone = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();
    private ConnectionInfo at;
    private Sockets sockets;

    private final Transport.Receiver receiver = new Transport.Receiver() {
        @Override
        public void received(Channel channel, List<byte[]> frames) {
            arrived.add(new Arrived(channel, frames));
        }

        @Override
        public void gone(byte[] identity) {
            gone.add(identity);
        }
    };

    private void open() throws IOException {
        open(receiver);
    }

    private void open(Transport.Receiver told) throws IOException {
        open(ConnectionInfo.anyPort("k"), told, PATIENCE, 100);
    }

    private void open(Duration greeting, int peers) throws IOException {
        open(ConnectionInfo.anyPort("k"), receiver, greeting, peers);
    }

    private void open(ConnectionInfo where, Transport.Receiver told, Duration greeting, int peers) throws IOException {
        sockets = new Sockets(where, new Sockets.Limits(MESSAGE, UNREAD, greeting, peers), told, log::add);
        at = new ConnectionInfo(
                where.transport(),
                where.ip(),
                sockets.port(Channel.SHELL),
                sockets.port(Channel.CONTROL),
                sockets.port(Channel.STDIN),
                sockets.port(Channel.IOPUB),
                sockets.port(Channel.HEARTBEAT),
                "k",
                null);
    }

    @AfterEach
    void close() {
        if (sockets != null) {
            sockets.close();
        }
    }

    private FrontEnd connect(Channel channel) throws IOException {
        return new FrontEnd(at, channel, ID, PATIENCE);
    }

    private Arrived next() throws InterruptedException {
        var next = arrived.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(next != null, () -> "nothing arrived; log: " + log);
        return next;
    }

    private void logs(String words) throws InterruptedException {
        var line = log.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(line != null && line.contains(words), () -> "expected '" + words + "', the log has: " + line);
    }

    /** A message goes there and back on shell. */
    private void serves() throws Exception {
        try (var client = connect(Channel.SHELL)) {
            client.send(List.of(new byte[] {1}, new byte[300], new byte[0]));
            var message = next();
            assertEquals(Channel.SHELL, message.channel());
            assertEquals(
                    List.of(ID.length, 1, 300, 0),
                    message.frames().stream().map(frame -> frame.length).toList());
            sockets.send(Channel.SHELL, message.frames());
            assertArrayEquals(new byte[300], client.receive().get(1));
        }
    }

    @Test
    @DisplayName("WI1 a subscriber that never reads costs bounded memory, loses its messages alone, and is named once")
    void aSubscriberThatNeverReads() throws Exception {
        open();
        try (var sleeper = connect(Channel.IOPUB)) {
            assertArrayEquals(new byte[] {1}, next().frames().getFirst());
            try (var reader = connect(Channel.IOPUB)) {
                next();
                sockets.drain(); // a subscription counts when its report has been taken
                var count = 300;
                for (var i = 0; i < count; i++) {
                    sockets.send(Channel.IOPUB, List.of("stream".getBytes(US_ASCII), numbered(i)));
                    assertEquals(i, number(reader.receive()));
                }
                logs("does not read");
                assertEquals(0, log.size(), log.toString());
                assertTrue(sockets.unsentBytes() < UNREAD + 2 * (64 << 10), "waiting: " + sockets.unsentBytes());

                // It wakes up: what waited is in order and without a hole, then comes what is published after that.
                var woken = CompletableFuture.supplyAsync(() -> {
                    var numbers = new ArrayList<Integer>();
                    try {
                        do {
                            numbers.add(number(sleeper.receive()));
                        } while (numbers.getLast() != count);
                        return numbers;
                    } catch (IOException e) {
                        throw new AssertionError(e + " after " + numbers);
                    }
                });
                logs("reads again on IOPUB; messages that were dropped: ");
                sockets.send(Channel.IOPUB, List.of("stream".getBytes(US_ASCII), numbered(count)));
                var numbers = woken.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertTrue(numbers.size() <= count, "nothing was dropped");
                for (var i = 0; i < numbers.size() - 1; i++) {
                    assertEquals(i, numbers.get(i));
                }
                assertEquals(count, number(reader.receive()));
            }
        }
    }

    private static byte[] numbered(int number) {
        return ByteBuffer.allocate(64 << 10).putInt(number).array();
    }

    private static int number(List<byte[]> frames) {
        return ByteBuffer.wrap(frames.get(1)).getInt();
    }

    @Test
    @DisplayName(
            "WI2 a client that sends requests and reads no replies costs bounded memory, and stdin says it is gone")
    void aClientThatReadsNoReplies() throws Exception {
        open();
        try (var client = connect(Channel.STDIN)) {
            client.send(List.of(new byte[] {1}));
            var identity = next().frames().getFirst();
            while (gone.isEmpty()) {
                sockets.send(Channel.STDIN, List.of(identity, new byte[64 << 10]));
            }
            assertArrayEquals(ID, gone.remove());
            assertTrue(sockets.unsentBytes() < UNREAD + 2 * (64 << 10), "waiting: " + sockets.unsentBytes());
            logs("does not read");
        }
        assertArrayEquals(ID, gone.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        logs("is gone on STDIN; messages that were dropped: ");
        sockets.send(Channel.STDIN, List.of(ID, new byte[0]));
        assertArrayEquals(ID, gone.remove());
    }

    @Test
    @DisplayName("WI3 a connection that is cut anywhere in a message leaves nothing")
    void aConnectionCutAnywhere() throws Exception {
        open();
        var bytes = bytes(
                Zmtp.hello("DEALER", ID),
                bytes(Zmtp.message(List.of(new byte[3], new byte[300], new byte[1]))
                        .toArray(byte[][]::new)));
        for (var end = 0; end < bytes.length; end += end < 130 ? 1 : 13) {
            try (var cut = new Socket(at.ip(), at.shellPort())) {
                cut.getOutputStream().write(bytes, 0, end);
            }
        }
        serves();
        sockets.drain();
        assertEquals(0, sockets.peers());
        assertEquals(0, sockets.held());
        assertEquals(List.of(), List.copyOf(log));
        assertEquals(0, arrived.size());
    }

    private static byte[] bytes(byte[]... parts) {
        var all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (var part : parts) {
            all.put(part);
        }
        return all.array();
    }

    @Test
    @DisplayName("WI4 who connects and does not introduce himself is sent away after a while")
    void aSlowGreeting() throws Exception {
        open(Duration.ofMillis(50), 100);
        try (var silent = new Socket(at.ip(), at.shellPort());
                var half = new Socket(at.ip(), at.iopubPort())) {
            half.getOutputStream().write(Zmtp.hello("SUB", ID), 0, 63);
            logs("did not introduce itself within 50 ms");
            logs("did not introduce itself within 50 ms");
            assertEnds(silent);
            assertEnds(half);
        }
        assertEquals(0, sockets.peers());
    }

    private static void assertEnds(Socket socket) throws IOException {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the kernel does not hang up", e);
        } catch (SocketException e) {
            // a reset is an end as well
        }
    }

    @Test
    @DisplayName(
            "WI5 what is no ZMTP 3 with NULL, and no fitting socket, is refused with the reason, and at its first wrong byte")
    void whatIsRefused() throws Exception {
        open();
        var plain = Zmtp.hello("DEALER", ID);
        System.arraycopy("PLAIN".getBytes(US_ASCII), 0, plain, Zmtp.MECHANISM, 5);
        var old = Arrays.copyOf(Zmtp.hello("DEALER", ID), 11);
        old[Zmtp.MAJOR] = 1;
        var hello = Zmtp.hello("DEALER", ID);
        var zero = Zmtp.hello("DEALER", new byte[] {0, 1});
        var wide = Zmtp.hello("DEALER", new byte[256]);
        var greeting = Arrays.copyOf(hello, Zmtp.GREETING_BYTES);
        for (var refused : List.of(
                List.of("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII), "does not speak ZeroMQ's protocol"),
                List.of("G".getBytes(US_ASCII), "does not speak ZeroMQ's protocol"),
                List.of(new byte[] {-1, 0, 0, 0, 0, 0, 0, 0, 1, 1}, "does not speak ZeroMQ's protocol"),
                List.of(old, "older than ZMTP 3"),
                List.of(plain, "secured by PLAIN"),
                List.of(Zmtp.hello("SUB", ID), "type SUB"),
                List.of(zero, "begins with a zero"),
                List.of(wide, "longer than 255"),
                List.of(bytes(greeting, new byte[] {0, 1, 65}), "a message before it introduced itself"),
                List.of(bytes(greeting, Zmtp.command("PING", new byte[2])), "PING before it introduced itself"),
                List.of(bytes(hello, hello), "begins with the byte 255"),
                List.of(bytes(hello, Arrays.copyOfRange(hello, 64, hello.length)), "introduced itself twice"),
                List.of(bytes(hello, new byte[] {5, 1, 65}), "begins with the byte 5"),
                List.of(bytes(hello, new byte[] {4, 1, 65}), "shorter than it says"),
                List.of(bytes(hello, new byte[] {4, 0}), "shorter than it says"),
                List.of(
                        bytes(
                                hello,
                                new byte[] {2},
                                ByteBuffer.allocate(8).putLong(-1).array()),
                        "18446744073709551615 bytes"),
                List.of(
                        bytes(
                                hello,
                                new byte[] {2},
                                ByteBuffer.allocate(8).putLong(MESSAGE + 1).array()),
                        "a frame of 1048577 bytes, more than the 1048576 allowed"),
                List.of(
                        bytes(
                                hello,
                                new byte[] {6},
                                ByteBuffer.allocate(8).putLong(1 << 20).array()),
                        "a command of 1048576 bytes"))) {
            try (var stranger = new Socket(at.ip(), at.shellPort())) {
                stranger.getOutputStream().write((byte[]) refused.get(0));
                logs((String) refused.get(1));
                assertEnds(stranger);
            }
        }
        serves();
        assertEquals(0, log.size());
    }

    @Test
    @DisplayName("WI6 the log does not grow with the number of strangers")
    void theLogIsBounded() throws Exception {
        open();
        for (var i = 0; i < 50; i++) {
            try (var stranger = new Socket(at.ip(), at.hbPort())) {
                stranger.getOutputStream().write('G');
                assertEnds(stranger);
            }
        }
        serves();
        assertEquals(20, log.size());
        assertTrue(List.copyOf(log).getLast().endsWith("(no more of these will be mentioned)"));
    }

    @Test
    @DisplayName("WI7 unfinished messages of all peers together take bounded memory")
    void unfinishedMessages() throws Exception {
        open();
        var all = new ArrayList<Socket>();
        try {
            for (var i = 0; i < 3; i++) {
                var socket = new Socket(at.ip(), at.shellPort());
                all.add(socket);
                socket.getOutputStream().write(Zmtp.hello("DEALER", new byte[0]));
                socket.getOutputStream()
                        .write(bytes(
                                new byte[] {2},
                                ByteBuffer.allocate(8).putLong(MESSAGE).array()));
                try {
                    socket.getOutputStream().write(new byte[MESSAGE * 9 / 10]);
                } catch (SocketException e) {
                    // this one was too much
                }
            }
            logs("unfinished messages already take");
            assertEquals(2, sockets.peers());
            assertTrue(sockets.held() <= 2 * MESSAGE, "held: " + sockets.held());
            serves();
        } finally {
            for (var socket : all) {
                socket.close();
            }
        }
        sockets.drain();
        assertEquals(0, sockets.held());
    }

    @Test
    @DisplayName("WI8 a message of very many small frames is skipped, and what comes after it is taken")
    void manyFrames() throws Exception {
        open();
        try (var client = connect(Channel.SHELL)) {
            var frames = new ArrayList<byte[]>();
            for (var i = 0; i < 2 * MESSAGE / ZmtpReader.FRAME_OVERHEAD; i++) {
                frames.add(new byte[0]);
            }
            client.send(frames);
            client.send(List.of(new byte[] {7}));
            assertArrayEquals(new byte[] {7}, next().frames().get(1));
            logs("more than the 1048576 allowed");
            assertEquals(0, sockets.held());
        }
    }

    @Test
    @DisplayName("WI9 more connections than allowed are closed at once; when one ends, there is room again")
    void manyConnections() throws Exception {
        open(PATIENCE, 2);
        try (var first = connect(Channel.SHELL)) {
            var second = connect(Channel.CONTROL);
            second.send(List.of(new byte[1]));
            next();
            try (var third = new Socket(at.ip(), at.shellPort())) {
                assertEnds(third);
                logs("there are 2 already");
            }
            second.close();
            first.send(List.of(new byte[1]));
            next();
            sockets.drain();
            serves();
        }
    }

    @Test
    @DisplayName("WI10 a client that comes again under its name takes the name over")
    void takeover() throws Exception {
        open();
        try (var former = connect(Channel.STDIN)) {
            former.send(List.of(new byte[] {1}));
            next();
            try (var later = connect(Channel.STDIN)) {
                later.send(List.of(new byte[] {2}));
                next();
                assertThrows(EOFException.class, former::receive);
                sockets.send(Channel.STDIN, List.of(ID, new byte[] {3}));
                assertArrayEquals(new byte[] {3}, later.receive().getFirst());
                assertEquals(0, gone.size());
            }
            assertArrayEquals(ID, gone.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("WI11 subscriptions of ZMTP 3.1 and 3.0 choose topics, and a ping is answered")
    void subscriptions(boolean commands) throws Exception {
        open();
        try (var socket = new Socket(at.ip(), at.iopubPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            var out = socket.getOutputStream();
            out.write(Zmtp.hello("SUB", new byte[0]));
            out.write(subscription(commands, true, "sta"));
            out.write(subscription(commands, true, "err"));
            out.write(subscription(commands, true, "err"));
            out.write(subscription(commands, false, "err"));
            out.write(subscription(commands, false, "sta"));
            out.write(subscription(commands, true, "str"));
            for (var i = 0; i < 6; i++) {
                next();
            }
            sockets.drain();
            for (var topic : List.of("status", "stream", "error", "st", "")) {
                sockets.send(Channel.IOPUB, List.of(topic.getBytes(US_ASCII)));
            }
            out.write(Zmtp.command("PING", new byte[] {0, 9}, "abc".getBytes(US_ASCII)));
            out.flush();
            var expected = bytes(
                    Zmtp.hello("XPUB", new byte[0]),
                    "\0\6stream\0\5error".getBytes(US_ASCII),
                    Zmtp.command("PONG", "abc".getBytes(US_ASCII)));
            assertArrayEquals(expected, socket.getInputStream().readNBytes(expected.length));
        }
    }

    @Test
    @DisplayName("WI14 the answer to a subscription is the first that the subscriber gets, however much is published")
    void theWelcomeIsFirst() throws Exception {
        var welcome = List.of("welcome".getBytes(US_ASCII));
        var told = new CountDownLatch(1);
        var published = new CountDownLatch(1);
        var receiver = new Transport.Receiver() {
            @Override
            public void received(Channel channel, List<byte[]> frames) {
                told.countDown();
                try {
                    assertTrue(published.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                sockets.send(Channel.IOPUB, welcome);
            }

            @Override
            public void gone(byte[] identity) {}
        };
        open(receiver);
        try (var subscriber = connect(Channel.IOPUB)) {
            assertTrue(told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            sockets.send(Channel.IOPUB, List.of("early".getBytes(US_ASCII)));
            published.countDown();
            assertArrayEquals(welcome.getFirst(), subscriber.receive().getFirst());
        }
    }

    private static byte[] subscription(boolean command, boolean begins, String topic) {
        var bytes = topic.getBytes(US_ASCII);
        return command
                ? Zmtp.command(begins ? "SUBSCRIBE" : "CANCEL", bytes)
                : Zmtp.message(List.of(bytes(new byte[] {(byte) (begins ? 1 : 0)}, bytes)))
                        .getFirst();
    }

    @Test
    @DisplayName("WI12 large messages arrive whole, byte by byte and all at once")
    void largeMessages() throws Exception {
        open();
        try (var client = connect(Channel.SHELL)) {
            var large = new byte[MESSAGE / 2];
            new Random(1).nextBytes(large);
            client.send(List.of(new byte[0], large, new byte[1 << 16], new byte[] {1}));
            var message = next();
            sockets.send(Channel.SHELL, message.frames());
            var back = client.receive();
            assertEquals(4, back.size());
            assertArrayEquals(large, back.get(1));
        }
        try (var slow = new Socket(at.ip(), at.shellPort())) {
            slow.setTcpNoDelay(true);
            for (var b : bytes(
                    Zmtp.hello("DEALER", ID),
                    Zmtp.message(List.of(new byte[2], new byte[260])).getFirst())) {
                slow.getOutputStream().write(b);
            }
            assertEquals(260, next().frames().get(2).length);
        }
    }

    private static ConnectionInfo inFolder(Path folder) {
        return new ConnectionInfo("ipc", folder.resolve("kernel-ipc").toString(), 1, 2, 3, 4, 5, "k", null);
    }

    @Test
    @DisplayName("WI13 ipc: the sockets' names go when the kernel ends, stale ones are replaced, others' are not")
    void ipc(@TempDir Path folder) throws Exception {
        var where = inFolder(folder);
        open(where, receiver, PATIENCE, 10);
        for (var port = 1; port <= 5; port++) {
            assertTrue(folder.resolve("kernel-ipc-" + port).toFile().exists());
        }
        assertEquals(3, sockets.port(Channel.STDIN));
        var e = assertThrows(IOException.class, () -> new Sockets(where, MESSAGE, null, log::add));
        assertTrue(e.getMessage().contains("another program uses it"), e.getMessage());
        sockets.close();
        assertEquals(0, folder.toFile().list().length);

        // A server that was killed leaves the name of its socket.
        try (var stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(Sockets.address(where, Channel.SHELL));
        }
        open(where, receiver, PATIENCE, 10);
        sockets.close();
        var file = folder.resolve("kernel-ipc-1");
        Files.writeString(file, "mine");
        assertThrows(IOException.class, () -> new Sockets(where, MESSAGE, null, log::add));
        assertEquals("mine", Files.readString(file));
        assertFalse(folder.resolve("kernel-ipc-2").toFile().exists());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reads", "vanishes", "does not read", "is told that the sockets close"})
    @DisplayName("WI15 who publishes without end waits for a subscriber that reads slowly, and for no other")
    void room(String whatItDoes) throws Exception {
        open();
        assertTrue(sockets.room().isDone());
        var slow = connect(Channel.IOPUB);
        var reader = Thread.ofPlatform().unstarted(() -> {
            try {
                while (true) {
                    slow.receive();
                }
            } catch (IOException e) {
                // closed below
            }
        });
        try (slow) {
            next();
            var message = List.of("stream".getBytes(US_ASCII), new byte[64 << 10]);
            for (int sent = 0; sockets.room().isDone(); sent++) {
                assertTrue(sent < 10_000, "nothing waits");
                sockets.send(Channel.IOPUB, message);
            }
            assertTrue(sockets.unsentBytes() < UNREAD / 2, "waiting: " + sockets.unsentBytes());
            var room = sockets.room();
            switch (whatItDoes) {
                case "reads" -> reader.start();
                case "vanishes" -> slow.close();
                case "does not read" -> {}
                default -> sockets.close();
            }
            room.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (whatItDoes.equals("does not read")) {
                sockets.send(Channel.IOPUB, message);
                assertTrue(sockets.room().isDone(), "not waited for again");
            } else {
                assertTrue(sockets.unsentBytes() <= UNREAD / 16, "waiting: " + sockets.unsentBytes());
            }
        }
        reader.join();
    }
}
