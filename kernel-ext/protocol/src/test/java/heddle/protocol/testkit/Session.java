package heddle.protocol.testkit;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Content;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Header;
import heddle.protocol.KernelServer;
import heddle.protocol.MalformedMessageException;
import heddle.protocol.Message;
import heddle.protocol.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A front end in a test: {@code session.execute("x").expect(busy(), input("x"), stream("x"), idle()).reply(ok())}.
 *
 * <p>Messages are kept apart by the request they name as parent, and per request their order is asserted exactly: what was
 * not expected makes {@link #close} fail. Every message, in either direction, is held against the protocol's schema.
 */
public final class Session implements AutoCloseable {

    /** How long a message may take that must come; a test that passes never waits so long. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Wire wire;
    private final Client client;
    private final Map<String, Asked> byMsgId = new ConcurrentHashMap<>();
    private final List<String> ours = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Message> orphans = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> heartbeats = new LinkedBlockingQueue<>();
    private boolean closed;

    private Session(ConnectionInfo connection, Client.Connector connector) throws IOException {
        this.wire = new Wire(connection, KernelServer.MAX_MESSAGE_BYTES);
        this.client = connector.connect(this::received);
    }

    /** Connects to a running kernel over its sockets and waits for the welcome on iopub: from then on nothing is missed. */
    public static Session connect(ConnectionInfo kernel) throws IOException, InterruptedException {
        return connect(kernel, Client.overSockets(kernel));
    }

    static Session connect(ConnectionInfo kernel, Client.Connector connector) throws IOException, InterruptedException {
        var session = new Session(kernel, connector);
        while (!(session.orphan().content() instanceof Content.IopubWelcome)) {
            // The starting status may come before.
        }
        return session;
    }

    private void received(Channel channel, List<byte[]> frames) {
        if (channel == Channel.HEARTBEAT) {
            heartbeats.add(frames.getLast());
            return;
        }
        try {
            var message = wire.decode(frames);
            violations.addAll(Spec.violations(channel, frames));
            if (message.parentHeader() == null) {
                orphans.add(message);
            } else {
                asked(message.parentHeader().msgId()).queue(channel).add(message);
            }
        } catch (MalformedMessageException e) {
            violations.add(e.toString());
        }
    }

    private Asked asked(String msgId) {
        return byMsgId.computeIfAbsent(msgId, Asked::new);
    }

    // ---- requests

    public Asked execute(String code) {
        return execute(new ExecuteRequest(code));
    }

    /** As {@link #execute(String)}, and input may be asked for. */
    public Asked executeWithInput(String code) {
        return execute(new ExecuteRequest(code, null, null, null, true, null));
    }

    public Asked execute(ExecuteRequest request) {
        return send(Channel.SHELL, request);
    }

    public Asked kernelInfo() {
        return send(Channel.SHELL, new Content.KernelInfoRequest());
    }

    public Asked interrupt() {
        return send(Channel.CONTROL, new Content.InterruptRequest());
    }

    public Asked shutdown(boolean restart) {
        return send(Channel.CONTROL, new Content.ShutdownRequest(restart));
    }

    public Asked send(Channel channel, Content content) {
        return send(channel, content, null, List.of());
    }

    /**
     * A request with what only some have.
     *
     * @param subshellId null for the main shell
     */
    public Asked send(Channel channel, Content content, String subshellId, List<byte[]> buffers) {
        var message = wire.message(List.of(), null, Map.of(), content, buffers);
        if (subshellId != null) {
            var header = message.header();
            message = new Message(
                    List.of(),
                    new Header(
                            header.msgId(),
                            header.session(),
                            header.username(),
                            header.date(),
                            header.msgType(),
                            header.version(),
                            Map.of("subshell_id", TextNode.valueOf(subshellId))),
                    null,
                    Map.of(),
                    content,
                    buffers);
        }
        if (!(content instanceof Content.Unknown)) {
            violations.addAll(Spec.violations(null, wire.encode(message))); // a test may choose the wrong channel
        }
        return send(channel, message);
    }

    /** A request that a subshell is to serve. */
    public Asked send(String subshellId, Content content) {
        return send(Channel.SHELL, content, subshellId, List.of());
    }

    /** Makes a subshell and gives its id. */
    public String subshell() throws InterruptedException {
        var asked = send(Channel.CONTROL, new Content.CreateSubshellRequest());
        var reply = asked.reply(Expectation.any(Content.CreateSubshellReply.class));
        asked.expect(Expectation.busy(), Expectation.idle());
        return ((Content.CreateSubshellReply) reply.content()).subshellId();
    }

    public Asked send(Channel channel, Message message) {
        return sendRaw(channel, message.header().msgId(), wire.encode(message));
    }

    /** Sends frames as they are, be they a message or not. */
    public Asked sendRaw(Channel channel, String msgId, List<byte[]> frames) {
        ours.add(msgId);
        client.send(channel, frames);
        return asked(msgId);
    }

    public Wire wire() {
        return wire;
    }

    /** What this session sees of a request that another session made. */
    public Asked watch(Asked others) {
        return asked(others.msgId);
    }

    /** The next message that names no request. */
    public Message orphan() throws InterruptedException {
        var message = orphans.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return message != null ? message : fail("no message without a parent came");
    }

    /** Sends a heartbeat and waits for its echo. */
    public String heartbeat(String text) throws InterruptedException {
        client.send(Channel.HEARTBEAT, List.of(text.getBytes(StandardCharsets.UTF_8)));
        var echo = heartbeats.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return echo == null ? fail("the heart does not beat") : new String(echo, StandardCharsets.UTF_8);
    }

    private void assertNoViolations() {
        if (!violations.isEmpty()) {
            fail("messages that are not as the protocol says:\n  " + String.join("\n  ", violations));
        }
    }

    /** @throws AssertionError when messages came that nobody expected, or that were not as the protocol says */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        client.close();
        assertNoViolations();
        var left = new LinkedHashMap<String, List<Content>>();
        for (var msgId : ours) {
            asked(msgId)
                    .queues
                    .forEach((channel, queue) -> queue.forEach(
                            message -> left.computeIfAbsent(msgId + " on " + channel, any -> new ArrayList<>())
                                    .add(message.content())));
        }
        if (!left.isEmpty()) {
            fail("messages that nobody expected: " + left);
        }
    }

    /** One request and, channel by channel, what came because of it. */
    public final class Asked {

        private final String msgId;
        private final Map<Channel, BlockingQueue<Message>> queues = new ConcurrentHashMap<>();
        private final List<Content> seen = new ArrayList<>();

        private Asked(String msgId) {
            this.msgId = msgId;
        }

        private BlockingQueue<Message> queue(Channel channel) {
            // Shell's and control's replies: a request has been sent on one of them alone.
            return queues.computeIfAbsent(
                    channel == Channel.CONTROL ? Channel.SHELL : channel, any -> new LinkedBlockingQueue<>());
        }

        /** The next messages on iopub are exactly these. */
        public Asked expect(Expectation... expectations) throws InterruptedException {
            for (var expectation : expectations) {
                expect(Channel.IOPUB, expectation);
            }
            return this;
        }

        /** The reply is this. */
        public Message reply(Expectation expectation) throws InterruptedException {
            return expect(Channel.SHELL, expectation);
        }

        /** The next message on iopub, whatever it is. */
        public Message next() throws InterruptedException {
            return take(Channel.IOPUB, "any message");
        }

        /** Whether there is a message on iopub that nobody has looked at. */
        public boolean hasMore() {
            return !queue(Channel.IOPUB).isEmpty();
        }

        /** The kernel asks for input, and gets it. */
        public Asked answers(String prompt, String value) throws InterruptedException {
            var request = asks(prompt, false);
            send(
                    Channel.STDIN,
                    wire.message(List.of(), request.header(), Map.of(), new Content.InputReply(value), List.of()));
            return this;
        }

        /** The kernel asks for input. */
        public Message asks(String prompt, boolean password) throws InterruptedException {
            return expect(Channel.STDIN, Expectation.is(new Content.InputRequest(prompt, password)));
        }

        private Message expect(Channel channel, Expectation expectation) throws InterruptedException {
            var message = take(channel, expectation.toString());
            switch (expectation) {
                case Expectation.One one -> {
                    if (!one.test().test(message.content())) {
                        fail("expected " + expectation + " but came " + message.content() + ", before that " + seen);
                    }
                }
                case Expectation.Streamed(var name, var text) -> {
                    var sofar = text(message, name, expectation);
                    while (text.startsWith(sofar) && !text.equals(sofar)) {
                        message = take(channel, expectation + " after \"" + sofar + "\"");
                        sofar += text(message, name, expectation);
                    }
                    if (!text.equals(sofar)) {
                        fail("expected " + expectation + " but came \"" + sofar + "\"");
                    }
                }
            }
            seen.add(message.content());
            assertNoViolations();
            return message;
        }

        private String text(Message message, String name, Expectation expectation) {
            return message.content() instanceof Content.Stream stream
                            && stream.name().equals(name)
                    ? stream.text()
                    : fail("expected " + expectation + " but came " + message.content() + ", before that " + seen);
        }

        private Message take(Channel channel, String what) throws InterruptedException {
            var message = queue(channel).poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            assertNoViolations();
            return message != null
                    ? message
                    : fail("expected " + what + " on " + channel + " but nothing came, after " + seen);
        }
    }
}
