package heddle.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Content.ExecutionState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Serves a {@link Kernel} to Jupyter's clients: requests in, status around each, replies out.
 *
 * <p>Shell requests are handled one at a time in the order of their arrival, on the thread {@code heddle-shell}; control
 * requests likewise on {@code heddle-control}, so that they are answered while a cell runs; and those of each subshell on a thread of its own.
 */
public final class KernelServer implements AutoCloseable {

    /** The largest message taken, and so the largest cell or comm message. */
    public static final int MAX_MESSAGE_BYTES = 256 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int TRACEBACK_LINES = 40;

    private final Kernel kernel;
    private final Wire wire;
    private final Consumer<String> log;
    private final Transport transport;
    private final ConnectionInfo connection;
    private final Lane shell = new Lane(Channel.SHELL, "shell");
    private final Lane control = new Lane(Channel.CONTROL, "control");
    private final Map<String, Lane> subshells = new ConcurrentSkipListMap<>();
    private final ReentrantLock inputTurn = new ReentrantLock(true);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Boolean> shutdown = new CompletableFuture<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private volatile Question question;

    /** The number of the latest cell. */
    private volatile int executionCount;

    /** The one input request that waits for its answer. */
    private record Question(byte[] client, String msgId, CompletableFuture<String> answer) {}

    private KernelServer(
            ConnectionInfo connection,
            Kernel kernel,
            Transport.Opener opener,
            long maxMessageBytes,
            Consumer<String> log)
            throws IOException {
        this.kernel = kernel;
        this.log = oneLine(log);
        this.wire = new Wire(connection, maxMessageBytes);
        this.transport = opener.open(new Incoming());
        this.connection = transport instanceof Sockets sockets ? withPorts(connection, sockets) : connection;
        try {
            publish(null, new Content.Status(ExecutionState.STARTING), Map.of(), List.of());
            shell.thread.start();
            control.thread.start();
            ready.complete(null);
        } catch (Throwable e) {
            ready.completeExceptionally(e);
            close();
            throw e;
        }
    }

    /** Whatever a message holds, it cannot write a second line into the log. */
    private static Consumer<String> oneLine(Consumer<String> log) {
        return line -> log.accept("heddle: " + line.replaceAll("\\p{Cntrl}+", " "));
    }

    /**
     * Opens the sockets and begins to serve.
     *
     * @throws IOException with one sentence, when a socket cannot be opened
     */
    public static KernelServer start(ConnectionInfo connection, Kernel kernel) throws IOException {
        return start(connection, kernel, MAX_MESSAGE_BYTES, System.err::println);
    }

    /** @param log is told what was refused or survived, one line each */
    public static KernelServer start(
            ConnectionInfo connection, Kernel kernel, int maxMessageBytes, Consumer<String> log) throws IOException {
        return start(
                connection,
                kernel,
                receiver -> new Sockets(connection, maxMessageBytes, receiver, oneLine(log)),
                maxMessageBytes,
                log);
    }

    /** Serves over another transport than sockets; {@code connection} then gives the key alone. */
    public static KernelServer start(
            ConnectionInfo connection,
            Kernel kernel,
            Transport.Opener opener,
            int maxMessageBytes,
            Consumer<String> log)
            throws IOException {
        return new KernelServer(connection, kernel, opener, maxMessageBytes, log);
    }

    /** Where it listens in fact: ports given as 0 have been chosen. */
    public ConnectionInfo connection() {
        return connection;
    }

    /**
     * Waits until a client's shutdown request has been answered, or the server was closed. The caller then closes.
     *
     * @return whether the client announced a restart
     */
    public boolean awaitShutdown() throws InterruptedException {
        try {
            return shutdown.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Interrupts what runs, sends what was published, closes the sockets; bounded in time. Idempotent. Called by a
     * handler itself, it returns at once and happens when the handler's request is done.
     */
    @Override
    public void close() {
        var mayWait = lanes().noneMatch(lane -> lane.thread == Thread.currentThread());
        if (!closed.compareAndSet(false, true)) {
            if (mayWait) {
                ended.join();
            }
        } else if (mayWait) {
            end();
        } else {
            Threads.daemon("close", this::end).start();
        }
    }

    private void end() {
        try {
            var asked = question;
            if (asked != null) {
                asked.answer().completeExceptionally(closing());
            }
            lanes().forEach(Lane::end);
            transport.close();
        } finally {
            shutdown.complete(false);
            ended.complete(null);
        }
    }

    private Stream<Lane> lanes() {
        return Stream.concat(Stream.of(shell, control), subshells.values().stream());
    }

    private static Exchange.InputUnavailableException closing() {
        return new Exchange.InputUnavailableException("The kernel is shutting down; nobody can be asked for input.");
    }

    private static ConnectionInfo withPorts(ConnectionInfo asked, Sockets sockets) {
        return new ConnectionInfo(
                asked.transport(),
                asked.ip(),
                sockets.port(Channel.SHELL),
                sockets.port(Channel.CONTROL),
                sockets.port(Channel.STDIN),
                sockets.port(Channel.IOPUB),
                sockets.port(Channel.HEARTBEAT),
                asked.key(),
                asked.signatureScheme());
    }

    private void publish(Header parent, Content content, Map<String, JsonNode> metadata, List<byte[]> buffers) {
        var topic = content instanceof Content.IopubWelcome(var subscription) ? subscription : content.msgType();
        var identities = List.of(topic.getBytes(StandardCharsets.UTF_8));
        transport.send(Channel.IOPUB, wire.encode(wire.message(identities, parent, metadata, content, buffers)));
    }

    // ---- what arrives, on the transport's thread

    private final class Incoming implements Transport.Receiver {

        @Override
        public void received(Channel channel, List<byte[]> frames) {
            ready.join(); // a client may be quicker than the constructor
            switch (channel) {
                case HEARTBEAT -> transport.send(channel, frames);
                case IOPUB -> subscribed(frames.getFirst());
                case SHELL, CONTROL, STDIN -> {
                    try {
                        var message = wire.decode(frames);
                        switch (channel) {
                            case SHELL -> asked(message);
                            case CONTROL -> control.add(message);
                            default -> answered(message);
                        }
                    } catch (MalformedMessageException e) {
                        log.accept("refused a message on " + channel + ": " + e.getMessage());
                    }
                }
            }
        }

        @Override
        public void gone(byte[] identity) {
            var asked = question;
            if (asked != null && Arrays.equals(asked.client(), identity)) {
                asked.answer()
                        .completeExceptionally(new Exchange.InputUnavailableException(
                                "The front end that was asked for input has no connection to stdin (any more)."));
            }
        }
    }

    private void asked(Message message) {
        var id = message.header().subshellId();
        var lane = id == null ? shell : subshells.get(id);
        if (lane == null || !lane.add(message)) {
            control.requests.add(new Request(control, Channel.SHELL, message, noSubshell(id)));
        }
    }

    private static String noSubshell(String id) {
        return "There is no subshell " + id + " (any more).";
    }

    /** XPUB reports a subscription as a byte 1 and the topic, its end as a byte 0 and the topic. */
    private void subscribed(byte[] report) {
        if (report.length > 0 && report[0] == 1) {
            var topic = new String(report, 1, report.length - 1, StandardCharsets.UTF_8);
            publish(null, new Content.IopubWelcome(topic), Map.of(), List.of());
        }
    }

    /** Clients differ in whether an input_reply names its request; where it does, a late answer to an earlier question is told apart. */
    private void answered(Message message) {
        var asked = question;
        var parent = message.parentHeader();
        if (!(message.content() instanceof Content.InputReply(var value))) {
            log.accept("ignored a " + message.header().msgType() + " on STDIN, where only input_reply belongs");
        } else if (asked == null
                || !Arrays.equals(asked.client(), message.identities().getFirst())
                || parent != null
                        && parent.msgType().equals("input_request")
                        && !parent.msgId().equals(asked.msgId())) {
            log.accept("ignored an input_reply that nobody waits for");
        } else {
            asked.answer().complete(value);
        }
    }

    // ---- one thread for shell, one for control, one for each subshell

    private final class Lane {

        private final Channel channel;
        private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
        private final Thread thread;
        private final Request last = new Request(this, null, null, null);
        private boolean deleted;

        Lane(Channel channel, String name) {
            this.channel = channel;
            this.thread = Threads.daemon(name, this::run);
        }

        /** @return false when it takes no more */
        synchronized boolean add(Message message) {
            return !deleted && requests.add(new Request(this, channel, message, null));
        }

        /** What it was sent before is still answered, then its thread ends. */
        synchronized void delete() {
            deleted = true;
            requests.add(last);
        }

        private void run() {
            while (!closed.get()) {
                try {
                    var request = requests.take();
                    if (request == last) {
                        return;
                    }
                    request.handle();
                } catch (InterruptedException e) {
                    // Meant for a cell that had just ended, or the server closes.
                } catch (Throwable e) {
                    survived(e);
                }
                Thread.interrupted();
            }
        }

        private void survived(Throwable e) {
            try {
                log.accept("a request on " + channel + " was left unfinished: " + e);
            } catch (Throwable again) {
                // Not even memory for a line: the next request may fare better.
            }
        }

        /** Every execute request that has reached this machine's sockets by now is not to run. */
        void abortQueued() {
            Thread.interrupted(); // the interrupt that ended the cell must not end the draining
            try {
                transport.drain();
            } catch (InterruptedException e) {
                // A second one: then what has been taken from the sockets so far is what was queued.
            }
            for (var request : requests) {
                request.aborted = request != last && request.message.content() instanceof ExecuteRequest;
            }
        }

        void end() {
            if (!thread.isAlive()) {
                return;
            }
            thread.interrupt();
            try {
                if (!thread.join(PATIENCE)) {
                    log.accept(thread.getName() + " is still at work and was left behind, at "
                            + Arrays.stream(thread.getStackTrace())
                                    .findFirst()
                                    .map(Object::toString)
                                    .orElse("?"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ---- one request

    private final class Request implements Exchange {

        private final Lane lane;
        private final Channel channel;
        private final Message message;
        private final String refusal;
        private boolean aborted; // touched by the lane's thread alone

        /**
         * @param channel where it came from
         * @param refusal why it will not be served, or null
         */
        Request(Lane lane, Channel channel, Message message, String refusal) {
            this.lane = lane;
            this.channel = channel;
            this.message = message;
            this.refusal = refusal;
        }

        @Override
        public Message request() {
            return message;
        }

        @Override
        public void publish(Content content, Map<String, JsonNode> metadata, List<byte[]> buffers) {
            if (content instanceof Content.ExecuteInput(var code, var count)) {
                executionCount = count;
            }
            KernelServer.this.publish(message.header(), content, metadata, buffers);
        }

        @Override
        public CompletableFuture<Void> room() {
            return transport.room();
        }

        void handle() {
            try {
                publish(new Content.Status(ExecutionState.BUSY));
                var started = wire.header("").date();
                var reply = aborted ? new ExecuteReply.Aborted(executionCount) : answer();
                if (reply instanceof ExecuteReply.Error
                        && message.content() instanceof ExecuteRequest execute
                        && execute.stopOnError()) {
                    lane.abortQueued();
                }
                if (reply != null) {
                    reply(reply, started);
                }
                if (reply instanceof Content.ShutdownReply) {
                    publish(reply); // the other clients want to know as well
                }
            } finally {
                publish(new Content.Status(ExecutionState.IDLE));
                if (message.content() instanceof Content.ShutdownRequest(var restart)) {
                    shutdown.complete(restart);
                }
            }
        }

        private void reply(Content reply, String started) {
            List<byte[]> frames;
            try {
                frames = encode(reply, started);
            } catch (Throwable e) {
                frames = encode(failure(e), started);
            }
            transport.send(channel, frames);
        }

        private List<byte[]> encode(Content reply, String started) {
            Map<String, JsonNode> metadata =
                    reply instanceof ExecuteReply ? Map.of("started", TextNode.valueOf(started)) : Map.of();
            return wire.encode(wire.message(message.identities(), message.header(), metadata, reply, List.of()));
        }

        /** The reply, or null where none is due. */
        private Content answer() {
            try {
                return switch (message.content()) {
                    case Content content when refusal != null -> refusal(refusal);
                    case Content.KernelInfoRequest info -> Objects.requireNonNull(kernel.kernelInfo(this));
                    case Content.InterruptRequest interrupt -> {
                        kernel.interrupt(this);
                        yield new Content.InterruptReply();
                    }
                    case Content.ShutdownRequest(var restart) -> {
                        kernel.shutdown(restart, this);
                        yield new Content.ShutdownReply(restart);
                    }
                    case Content.Unknown unknown -> {
                        log.accept("did not understand a message on " + channel + ": " + unknown.problem());
                        yield refusal(unknown.problem());
                    }
                    case Content.CreateSubshellRequest create when channel == Channel.CONTROL -> createSubshell();
                    case Content.DeleteSubshellRequest(var id)
                    when channel == Channel.CONTROL -> {
                        var deleted = subshells.remove(id);
                        if (deleted == null) {
                            yield refusal(noSubshell(id));
                        }
                        deleted.delete();
                        yield new Content.DeleteSubshellReply();
                    }
                    case Content.ListSubshellRequest list
                    when channel == Channel.CONTROL -> new Content.ListSubshellReply(List.copyOf(subshells.keySet()));
                    case Content.CreateSubshellRequest _,
                            Content.DeleteSubshellRequest _,
                            Content.ListSubshellRequest _ ->
                        refusal(message.header().msgType() + " belongs on control");
                    case Content content
                    when channel == Channel.CONTROL -> refusal(content.msgType() + " belongs on shell");
                    case Content.ConnectRequest connect ->
                        new Content.ConnectReply(
                                connection.shellPort(),
                                connection.iopubPort(),
                                connection.stdinPort(),
                                connection.hbPort(),
                                connection.controlPort());
                    case ExecuteRequest request -> Objects.requireNonNull(kernel.execute(request, this));
                    case Content.CompleteRequest request -> Objects.requireNonNull(kernel.complete(request, this));
                    case Content.InspectRequest request -> Objects.requireNonNull(kernel.inspect(request, this));
                    case Content.IsCompleteRequest request -> Objects.requireNonNull(kernel.isComplete(request, this));
                    case Content.HistoryRequest request -> Objects.requireNonNull(kernel.history(request, this));
                    case Content.CommInfoRequest request -> Objects.requireNonNull(kernel.commInfo(request, this));
                    case Content.CommOpen open -> {
                        kernel.commOpen(open, this);
                        yield null;
                    }
                    case Content.CommMsg comm -> {
                        kernel.commMsg(comm, this);
                        yield null;
                    }
                    case Content.CommClose close -> {
                        kernel.commClose(close, this);
                        yield null;
                    }
                    default -> {
                        log.accept("ignored a " + message.header().msgType() + ", which is not a request");
                        yield null;
                    }
                };
            } catch (Throwable e) {
                try {
                    if (!(e instanceof InterruptedException)) {
                        log.accept("the kernel failed to answer "
                                + message.header().msgType() + ": " + e
                                + Stream.of(e.getStackTrace())
                                        .findFirst()
                                        .map(at -> " at " + at)
                                        .orElse(""));
                    }
                    return failure(e);
                } catch (Throwable again) {
                    // Out of memory even for the report, or an exception whose message throws: a bare reply, but a
                    // reply.
                    return failed(e.getClass().getSimpleName(), "", List.of());
                }
            }
        }

        private Content createSubshell() {
            if (!kernel.kernelInfo(this).supportedFeatures().contains(Kernel.SUBSHELLS)) {
                return refusal("This kernel has no subshells.");
            }
            var id = UUID.randomUUID().toString();
            var subshell = new Lane(Channel.SHELL, "subshell-" + id);
            subshells.put(id, subshell);
            subshell.thread.start();
            if (closed.get()) {
                subshell.thread.interrupt(); // whoever closes may have counted the subshells before
            }
            return new Content.CreateSubshellReply(id);
        }

        private Content refusal(String why) {
            return failed("RequestRefused", why, List.of(why));
        }

        /** What a thrown error is to the clients: for a cell also a message that everybody sees. */
        private Content failure(Throwable e) {
            var traceback = Stream.concat(
                            Stream.of(e.toString()),
                            Stream.of(e.getStackTrace()).map(frame -> "    at " + frame))
                    .limit(TRACEBACK_LINES)
                    .toList();
            var ename = e.getClass().getSimpleName();
            var evalue = Objects.toString(e.getMessage(), "");
            if (message.content() instanceof ExecuteRequest execute && !execute.silent()) {
                publish(new Content.Error(ename, evalue, traceback));
            }
            return failed(ename, evalue, traceback);
        }

        /** The reply to a request; null to what expects none. */
        private Content failed(String ename, String evalue, List<String> traceback) {
            var type = message.header().msgType();
            if (!type.endsWith("_request")) {
                return null;
            }
            return type.equals("execute_request")
                    ? new ExecuteReply.Error(executionCount, ename, evalue, traceback)
                    : new Content.ErrorReply(type.replaceFirst("_request$", "_reply"), ename, evalue, traceback);
        }

        @Override
        public String input(String prompt, boolean password) throws InterruptedException, InputUnavailableException {
            if (!(message.content() instanceof ExecuteRequest execute && execute.allowStdin())) {
                throw new InputUnavailableException(
                        "The front end does not answer requests for input (allow_stdin is false).");
            }
            inputTurn.lockInterruptibly();
            try {
                var request = wire.message(
                        message.identities(),
                        message.header(),
                        Map.of(),
                        new Content.InputRequest(prompt, password),
                        List.of());
                var asked = new Question(
                        message.identities().getFirst(), request.header().msgId(), new CompletableFuture<>());
                question = asked;
                if (closed.get()) {
                    throw closing();
                }
                transport.send(Channel.STDIN, wire.encode(request));
                return asked.answer().get();
            } catch (ExecutionException e) {
                // A new exception, so that the stack trace is the asker's.
                throw new InputUnavailableException(e.getCause().getMessage());
            } finally {
                question = null;
                inputTurn.unlock();
            }
        }
    }
}
