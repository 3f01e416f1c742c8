package heddle.protocol;

import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.is;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.stderr;
import static heddle.protocol.testkit.Expectation.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Content.KernelInfoReply;
import heddle.protocol.testkit.Session;
import heddle.protocol.testkit.World;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What only real sockets can show. */
class SocketsTest {

    private static final int THREADS = 8;
    private static final int LINES = 2000;

    /** Each cell lets eight threads publish at once. */
    private static final class Crowd implements Kernel {
        @Override
        public KernelInfoReply kernelInfo(Exchange exchange) {
            return new EchoKernel().kernelInfo(exchange);
        }

        @Override
        public ExecuteReply execute(ExecuteRequest request, Exchange exchange) throws InterruptedException {
            var threads = new Thread[THREADS];
            for (var t = 0; t < THREADS; t++) {
                var name = "t" + t;
                threads[t] = Thread.ofVirtual().start(() -> {
                    for (var i = 0; i < LINES; i++) {
                        exchange.publish(Content.Stream.stdout(name + " " + i));
                    }
                });
            }
            for (var thread : threads) {
                thread.join();
            }
            return new ExecuteReply.Ok(1);
        }

        @Override
        public void interrupt(Exchange exchange) {}

        @Override
        public void shutdown(boolean restart, Exchange exchange) {}
    }

    @Test
    void whatManyThreadsPublishAtOnceAllArrivesEachInItsOrder() throws Exception {
        try (var world = World.start(World.Kind.SOCKETS, new Crowd())) {
            var asked = world.session().execute("go").expect(busy());
            var next = new int[THREADS];
            for (var i = 0; i < THREADS * LINES; i++) {
                var words = ((Content.Stream) asked.next().content()).text().split(" ");
                var thread = Integer.parseInt(words[0].substring(1));
                assertEquals(next[thread]++, Integer.parseInt(words[1]));
            }
            asked.expect(idle()).reply(ok());
        }
    }

    @Test
    void whoeverSpeaksNoZeroMqDoesNotHarmTheOthers() throws Exception {
        try (var world = World.start(World.Kind.SOCKETS, new EchoKernel())) {
            var session = world.session();
            var to = world.server().connection();
            for (var port : List.of(to.shellPort(), to.controlPort(), to.stdinPort(), to.iopubPort(), to.hbPort())) {
                for (var junk : List.of(
                        "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                        new byte[100],
                        new byte[0],
                        // a ZeroMQ greeting, then a frame with a length of 2^63 - 1
                        HexFormat.of()
                                .parseHex("ff00000000000000017f0300" + "4e554c4c" + "00".repeat(48)
                                        + "027fffffffffffffff41"))) {
                    try (var stranger = new Socket(to.ip(), port)) {
                        stranger.getOutputStream().write(junk);
                        stranger.shutdownOutput();
                        stranger.setSoTimeout(10_000);
                        stranger.getInputStream().readAllBytes(); // until the kernel hangs up
                    } catch (SocketException e) {
                        assertTrue(
                                e.getMessage().contains("reset")
                                        || e.getMessage().contains("Broken"),
                                e.getMessage());
                    }
                }
            }
            session.kernelInfo().expect(busy(), idle()).reply(ok());
            assertEquals("beat", session.heartbeat("beat"));
            session.send(Channel.CONTROL, new Content.KernelInfoRequest())
                    .expect(busy(), idle())
                    .reply(ok());
        }
    }

    @Test
    void anOccupiedPortIsSaidAndNothingStaysOpen() throws Exception {
        var log = new CopyOnWriteArrayList<String>();
        try (var first = KernelServer.start(ConnectionInfo.anyPort("k"), new EchoKernel())) {
            var e = assertThrows(
                    IOException.class,
                    () -> KernelServer.start(first.connection(), new EchoKernel(), 1 << 20, log::add));
            assertTrue(e.getMessage().contains("another program uses this port"), e.getMessage());
        }
        assertEquals(List.of(), log);
    }

    @Test
    void closeSendsWhatWasPublishedAndIsQuick() throws Exception {
        var server = KernelServer.start(ConnectionInfo.anyPort("k"), new EchoKernel());
        try (var session = Session.connect(server.connection())) {
            var asked = session.execute("flood 5000");
            asked.reply(ok());
            var beganNs = System.nanoTime();
            server.close();
            assertTrue(System.nanoTime() - beganNs < TimeUnit.SECONDS.toNanos(3), "close took too long");
            asked.expect(busy(), input("flood 5000"));
            for (var i = 0; i < 5000; i++) {
                asked.expect(stream("line " + i + "\n"));
            }
            asked.expect(idle());
        }
    }

    /** The last words of a cell that the close ends come from the cell's thread, at the very moment the sockets are told to end. */
    @RepeatedTest(40)
    void theLastWordsOfACellThatTheCloseEndsArrive() throws Exception {
        var server = KernelServer.start(ConnectionInfo.anyPort("k"), new EchoKernel());
        try (var session = Session.connect(server.connection())) {
            var asked = session.executeWithInput("ask name?").expect(busy(), input("ask name?"));
            asked.asks("name?", false);
            server.close();
            asked.expect(stderr("The kernel is shutting down; nobody can be asked for input."), idle())
                    .reply(ok());
        }
    }

    @Test
    void aHandlerMayCloseItsServer() throws Exception {
        var server = new KernelServer[1];
        var kernel = new EchoKernel() {
            @Override
            public void shutdown(boolean restart, Exchange exchange) {
                server[0].close();
            }
        };
        server[0] = KernelServer.start(ConnectionInfo.anyPort("k"), kernel);
        try (var session = Session.connect(server[0].connection())) {
            session.shutdown(false)
                    .expect(busy(), is(new Content.ShutdownReply(false)), idle())
                    .reply(ok());
            server[0].awaitShutdown();
            server[0].close();
        }
    }

    @Test
    void ipv6LoopbackWorks() throws Exception {
        var any = new ConnectionInfo("tcp", "::1", 0, 0, 0, 0, 0, "k", null);
        try (var server = KernelServer.start(any, new EchoKernel())) {
            assertTrue(server.connection().shellPort() > 0);
        }
    }
}
