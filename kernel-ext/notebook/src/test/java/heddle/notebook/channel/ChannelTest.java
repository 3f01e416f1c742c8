package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private record Pair(Channel kernel, Channel notebook) implements AutoCloseable {
        @Override
        public void close() {
            kernel.close();
            notebook.close();
        }
    }

    private static Pair pair() throws IOException {
        try (var listener = ChannelListener.open()) {
            var notebook = Channel.connect(listener.address(), listener.token());
            return new Pair(listener.accept(PATIENCE), notebook);
        }
    }

    private static Path folder(ChannelListener listener) {
        return Path.of(listener.address().substring("unix:".length())).getParent();
    }

    @AfterEach
    void unix() {
        System.clearProperty(ChannelListener.TRANSPORT_PROPERTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void framesArriveInOrderBothWaysOnBothTransports(String transport) throws Exception {
        System.setProperty(ChannelListener.TRANSPORT_PROPERTY, transport);
        try (var listener = ChannelListener.open()) {
            assertTrue(listener.address().startsWith(transport + ":"), listener.address());
            assertTrue(listener.address().length() < 105, listener.address());
            try (var notebook = Channel.connect(listener.address(), listener.token());
                    var kernel = listener.accept(PATIENCE)) {
                for (var frame : CodecTest.EVERY_FRAME) {
                    kernel.send(frame);
                    notebook.send(frame);
                }
                for (var frame : CodecTest.EVERY_FRAME) {
                    assertEquals(frame.getClass(), kernel.receive().getClass());
                    assertEquals(frame.getClass(), notebook.receive().getClass());
                }
                kernel.close();
                assertNull(notebook.receive());
                assertNull(kernel.receive());
            }
        }
    }

    @Test
    void theDirectoryIsTheUsersAloneAndGoesWithTheListener() throws Exception {
        Path folder;
        try (var listener = ChannelListener.open()) {
            folder = folder(listener);
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        }
        assertFalse(Files.exists(folder));
    }

    @Test
    void whatAKilledListenerLeftIsSweptAndALiveOneIsNot() throws Exception {
        try (var live = ChannelListener.open()) {
            var old = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
            Files.setLastModifiedTime(folder(live), old);
            var dead = Files.createTempDirectory(folder(live).getParent(), "heddle-channel-");
            Files.createFile(dead.resolve("socket"));
            Files.setLastModifiedTime(dead, old);
            try (var later = ChannelListener.open()) {
                assertFalse(Files.exists(dead));
                assertTrue(Files.exists(folder(live)));
                assertTrue(Files.exists(folder(later)));
            }
            try (var notebook = Channel.connect(live.address(), live.token());
                    var kernel = live.accept(PATIENCE)) { // the sweep's look at it did no harm
                notebook.send(new Frame.Ready(1));
                assertEquals(new Frame.Ready(1), kernel.receive());
            }
        }
    }

    @Test
    void whoDoesNotShowTheTokenGetsNoChannelAndStopsNobody() throws Exception {
        try (var listener = ChannelListener.open();
                var silent = SocketChannel.open(Channel.parse(listener.address()));
                var half = SocketChannel.open(Channel.parse(listener.address()));
                var wrong = Channel.connect(
                        listener.address(), "0".repeat(listener.token().length()))) {
            half.write(ByteBuffer.wrap(listener.token().substring(1).getBytes(US_ASCII)));
            try (var right = Channel.connect(listener.address(), listener.token());
                    var kernel = listener.accept(PATIENCE)) {
                right.send(new Frame.Ready(1));
                assertEquals(new Frame.Ready(1), kernel.receive());
                assertNull(wrong.receive());
                listener.close();
                assertEquals(-1, silent.read(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void waitingEndsInTimeAndWhenTheListenerIsClosed() throws Exception {
        try (var listener = ChannelListener.open()) {
            assertThrows(SocketTimeoutException.class, () -> listener.accept(Duration.ofMillis(20)));
            var waiting = new FutureTask<Channel>(() -> listener.accept(PATIENCE));
            var thread = Thread.ofPlatform().start(waiting);
            listener.close();
            thread.join();
            var e = assertThrows(java.util.concurrent.ExecutionException.class, waiting::get);
            assertTrue(e.getCause() instanceof ClosedChannelException, e.toString());
        }
    }

    @Test
    void aFloodWaitsForItsReaderAndAnInterruptedSenderLosesNothing() throws Exception {
        int frames = 3_000;
        var text = "x".repeat(1_000);
        try (var pair = pair()) {
            var kept = new boolean[1];
            var begun = new CountDownLatch(1);
            var sender = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < frames; i++) {
                        pair.notebook.send(new Frame.Output(i, Frame.Stream.STDOUT, text));
                        begun.countDown();
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                kept[0] = Thread.currentThread().isInterrupted();
            });
            begun.await();
            sender.interrupt();
            assertFalse(sender.join(Duration.ofMillis(100)), "3 MB went to nobody");
            for (int i = 0; i < frames; i++) {
                assertEquals(new Frame.Output(i, Frame.Stream.STDOUT, text), pair.kernel.receive());
            }
            sender.join();
            assertTrue(kept[0]);
        }
    }

    @Test
    void flushWaitsForTheWriter() throws Exception {
        try (var pair = pair()) {
            pair.notebook.send(new Frame.Ready(5));
            assertTrue(pair.notebook.flush(PATIENCE));
            pair.notebook.close();
            assertEquals(new Frame.Ready(5), pair.kernel.receive());
            assertNull(pair.kernel.receive());
            assertThrows(IOException.class, () -> pair.notebook.send(new Frame.Ready(6)));
        }
    }

    @Test
    void flushGivesUpWhenNobodyReads() throws Exception {
        try (var pair = pair()) {
            pair.notebook.send(new Frame.Output(1, Frame.Stream.STDOUT, "x".repeat(8 << 20)));
            assertFalse(pair.notebook.flush(Duration.ofMillis(50)));
        }
    }

    @Test
    void absurdLengthsAndEndsWithinAFrameAreRefused() throws Exception {
        for (int length : new int[] {-1, 0, Integer.MAX_VALUE, Codec.MAX_LENGTH + 1}) {
            assertThrows(
                    ProtocolException.class,
                    () -> receiveFrom(ByteBuffer.allocate(4).putInt(length)));
        }
        assertThrows(EOFException.class, () -> receiveFrom(ByteBuffer.allocate(3)));
        assertThrows(
                EOFException.class, () -> receiveFrom(ByteBuffer.allocate(6).putInt(3)));
    }

    private static void receiveFrom(ByteBuffer raw) throws IOException {
        try (var listener = ChannelListener.open();
                var socket = SocketChannel.open(Channel.parse(listener.address()))) {
            socket.write(ByteBuffer.wrap(listener.token().getBytes(US_ASCII)));
            try (var kernel = listener.accept(PATIENCE)) {
                socket.write(raw.clear());
                socket.shutdownOutput();
                kernel.receive();
            }
        }
    }
}
