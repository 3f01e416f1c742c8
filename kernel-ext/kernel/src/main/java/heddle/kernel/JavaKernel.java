package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import heddle.protocol.Content;
import heddle.protocol.Content.CommClose;
import heddle.protocol.Content.CommInfoReply;
import heddle.protocol.Content.CommInfoRequest;
import heddle.protocol.Content.CommMsg;
import heddle.protocol.Content.CommOpen;
import heddle.protocol.Content.CompleteReply;
import heddle.protocol.Content.CompleteRequest;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Content.HelpLink;
import heddle.protocol.Content.HistoryReply;
import heddle.protocol.Content.HistoryRequest;
import heddle.protocol.Content.InspectReply;
import heddle.protocol.Content.InspectRequest;
import heddle.protocol.Content.IsCompleteReply;
import heddle.protocol.Content.IsCompleteRequest;
import heddle.protocol.Content.KernelInfoReply;
import heddle.protocol.Content.LanguageInfo;
import heddle.protocol.Exchange;
import heddle.protocol.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** The Java kernel: cells in, outputs and replies out, whatever happens to the process that runs them. */
final class JavaKernel implements Kernel, AutoCloseable {

    private static final int LOGGED_FRAMES = 20;
    private static final int HANDLED_REMEMBERED = 100;
    private static final String BUSY =
            "A cell is running, and cells run one at a time on the main thread, whichever subshell they come from;"
                    + " wait for it or stop it, or let it start a thread.";
    private static final String ENDED = "MainProcessEnded";
    private static final String SHUT_DOWN = "The kernel was shut down while the cell ran.";

    private static final String VERSION = version();

    private final Texts texts = Texts.ofThisNotebook();
    private final Magics magics;
    private final Settings settings;
    private final Outputs outputs = new Outputs();
    private final Sweeper sweeper = new Sweeper(outputs);
    private final History history = new History();
    private final Comms comms = new Comms(outputs);
    private final Map<Integer, Exchange> exchanges = new ConcurrentHashMap<>();

    /** Numbers of comms' messages whose output may still come, from threads that their handlers started. */
    private final BlockingQueue<Integer> handled = new ArrayBlockingQueue<>(HANDLED_REMEMBERED);

    private final AtomicInteger cells = new AtomicInteger();

    /** Held while a cell runs: a subshell's waits for nobody. */
    private final ReentrantLock main = new ReentrantLock(true);

    private volatile int executionCount; // changed by who holds main
    private final FromProcess fromProcess = new FromProcess();
    private final CountDownLatch greeted = new CountDownLatch(1);

    /** By which the latest cell came. */
    private volatile Exchange latest;

    // Guarded by this.
    private KernelFolder folder;
    private Session session;
    private Stop running;
    private String notice;
    private boolean closed;

    /** Nothing is started before it is needed, or {@link #warmUp} is called. */
    JavaKernel(Magics magics, Settings settings) {
        this.magics = magics;
        this.settings = settings;
        var problems = new ArrayList<>(magics.problems());
        problems.addAll(settings.problems());
        if (!problems.isEmpty()) {
            notice = String.join("\n", problems);
        }
    }

    /** Starts the compiler and the notebook process in the background; the former when a front end has been greeted. */
    synchronized void warmUp() {
        session = fresh();
    }

    private synchronized Session session() {
        greeted.countDown();
        if (session == null) {
            session = fresh();
        }
        return session;
    }

    private synchronized Session fresh() {
        try {
            if (folder == null) {
                folder = KernelFolder.create();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The folder for temporary files cannot be used: " + e.getMessage(), e);
        }
        return new Session(fromProcess, magics, settings, folder.path(), greeted);
    }

    private static String version() {
        try (var in = JavaKernel.class.getResourceAsStream("/META-INF/maven/heddle/heddle-kernel/pom.properties")) {
            var properties = new Properties();
            if (in != null) { // absent before it is packaged
                properties.load(in);
            }
            return properties.getProperty("version", "development");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public KernelInfoReply kernelInfo(Exchange exchange) {
        var version = Runtime.version();
        greeted.countDown();
        return new KernelInfoReply(
                "heddle",
                VERSION,
                new LanguageInfo(
                        "java",
                        version.toString(),
                        "text/x-java",
                        ".java",
                        "java",
                        TextNode.valueOf("text/x-java"),
                        "script"),
                "Heddle " + VERSION + ", Java " + version,
                List.of(
                        new HelpLink(
                                "Java API",
                                "https://docs.oracle.com/en/java/javase/" + version.feature() + "/docs/api/index.html"),
                        new HelpLink("Java language", "https://docs.oracle.com/javase/specs/")),
                List.of(SUBSHELLS));
    }

    // ---- execute

    @Override
    public ExecuteReply execute(ExecuteRequest request, Exchange exchange) throws InterruptedException {
        if (exchange.request().header().subshellId() == null) {
            main.lockInterruptibly();
        } else if (!main.tryLock()) {
            return busy(request, exchange);
        }
        try {
            return executeOnMain(request, exchange);
        } finally {
            main.unlock();
        }
    }

    /** To a subshell, while a cell runs: front ends ask for the count in this way, and get it. */
    private ExecuteReply busy(ExecuteRequest request, Exchange exchange) {
        if (request.code().isBlank() && request.userExpressions().isEmpty()) {
            return new ExecuteReply.Ok(executionCount);
        }
        if (!request.silent()) {
            exchange.publish(new Content.Error("MainThreadBusy", BUSY, List.of(BUSY)));
        }
        return new ExecuteReply.Error(executionCount, "MainThreadBusy", BUSY, List.of(BUSY));
    }

    private ExecuteReply executeOnMain(ExecuteRequest request, Exchange exchange) {
        int cell = cells.incrementAndGet();
        int number = executionCount + 1;
        if (request.storeHistory()) {
            executionCount = number;
        }
        if (!request.silent()) {
            exchange.publish(new Content.ExecuteInput(request.code(), number));
        }
        exchanges.put(cell, exchange);
        latest = exchange;
        outputs.open(cell, exchange, request.silent());

        Session current;
        Stop stop;
        synchronized (this) {
            current = session();
            stop = new Stop(outputs, sweeper, cell, current::process);
            running = stop;
            if (notice != null) {
                outputs.text(cell, Frame.Stream.STDERR, notice + "\n");
                notice = null;
            }
        }
        var expressions = new LinkedHashMap<String, JsonNode>();
        var payload = new ArrayList<JsonNode>();
        Run.Result result;
        try {
            result = stop.await(current.run(tools -> {
                var question = Assistant.question(request.code());
                if (question != null) {
                    return help(tools.assistant().inspect(question, Integer.MAX_VALUE), question, payload);
                }
                var run = new Run(tools, outputs, cell, number, stop);
                tools.process()
                        .begin(
                                cell,
                                run.label(),
                                request.allowStdin(),
                                call -> new KernelCall(run, tools).answer(call));
                if (current.begins()) {
                    run.startUp();
                }
                var ended = run.run(request.code(), stop, stop::next);
                if (ended instanceof Run.Result.Value) {
                    run.expressions(request.userExpressions(), stop)
                            .forEach((name, value) -> expressions.put(name, expression(value)));
                }
                if (stop.highestLevel() > 0) {
                    stop.end();
                    sweeper.end(tools.process(), cell);
                }
                tools.process().end(cell);
                return ended;
            }));
        } catch (ExecutionException e) {
            result = failure(e.getCause());
        } catch (InterruptedException e) { // the server closes
            result = Run.Result.Failed.of(Stop.STOPPED, SHUT_DOWN);
        } finally {
            stop.end();
            synchronized (this) {
                running = null;
            }
        }
        result = afterwards(current, stop, result);
        outputs.flush(cell);
        return reply(request, exchange, number, result, payload, expressions);
    }

    /** {@code Math.abs?} opens what is known about it in a pane of the front end, as in IPython. */
    private static Run.Result help(InspectReply answer, String question, List<JsonNode> payload) {
        if (!answer.found()) {
            return Run.Result.Failed.of("NotFound", "Nothing is known about " + question + ".");
        }
        var page = JsonNodeFactory.instance.objectNode().put("source", "page").put("start", 0);
        page.putObject("data").setAll(answer.data());
        payload.add(page);
        return new Run.Result.Value(null);
    }

    private static Run.Result.Failed failure(Throwable cause) {
        if (cause instanceof NotebookProcess.EndedException || cause instanceof IOException) {
            return Run.Result.Failed.of(ENDED, cause.getMessage());
        }
        // For the server's log: this is a fault of ours or of the compiler's.
        System.err.println("heddle: " + cause);
        Arrays.stream(cause.getStackTrace())
                .limit(LOGGED_FRAMES)
                .forEach(frame -> System.err.println("    at " + frame));
        return Run.Result.Failed.of(
                "CompilerFailure", "The compiler failed on this cell (" + cause + "); try it written another way.");
    }

    /** What is to be said of the cell, now that it is known whether it was stopped and whether its process lives. */
    private Run.Result afterwards(Session current, Stop stop, Run.Result result) {
        int level = stop.highestLevel();
        synchronized (this) {
            if (closed) {
                return Run.Result.Failed.of(Stop.STOPPED, SHUT_DOWN);
            }
        }
        var end = replaceIfLost(current, level == 3);
        if (end == null) {
            end = replacedAlready(current);
        }
        if (level > 0) {
            var sentence = texts.say("stop.level" + level);
            return Run.Result.Failed.of(
                    Stop.STOPPED,
                    end == null ? sentence : sentence + " " + texts.say("lost.fresh") + current.childrensFate());
        }
        if (end == null) {
            return result;
        }
        if (result instanceof Run.Result.Failed failed && failed.ename().equals(ENDED)) {
            return Run.Result.Failed.of(
                    ENDED, failed.evalue() + " " + texts.say("lost.fresh") + current.childrensFate());
        }
        synchronized (this) {
            notice = end + " " + texts.say("lost.fresh") + current.childrensFate(); // it ended just after the cell
        }
        return result;
    }

    private ExecuteReply reply(
            ExecuteRequest request,
            Exchange exchange,
            int number,
            Run.Result result,
            List<JsonNode> payload,
            Map<String, JsonNode> expressions) {
        var value = result instanceof Run.Result.Value(var bundle) ? bundle : null;
        if (request.storeHistory()) {
            history.add(
                    number, request.code(), value == null ? "" : value.data().getOrDefault("text/plain", ""));
        }
        return switch (result) {
            case Run.Result.Failed(var ename, var evalue, var traceback) -> {
                if (!request.silent()) {
                    exchange.publish(new Content.Error(ename, evalue, traceback));
                }
                yield new ExecuteReply.Error(number, ename, evalue, traceback);
            }
            case Run.Result.Stopped() -> throw new IllegalStateException("stopped by nobody");
            case Run.Result.Value _ -> {
                if (value != null && !request.silent()) {
                    exchange.publish(new Content.ExecuteResult(
                            number, Bundles.json(value.data()), Bundles.metadata(value.metadata()), null));
                }
                yield new ExecuteReply.Ok(number, payload, expressions);
            }
        };
    }

    private static JsonNode expression(Run.Result result) {
        var json = JsonNodeFactory.instance.objectNode();
        switch (result) {
            case Run.Result.Value(var bundle) -> {
                json.put("status", "ok");
                var data = json.putObject("data");
                var metadata = json.putObject("metadata");
                if (bundle != null) {
                    data.setAll(Bundles.json(bundle.data()));
                    metadata.setAll(Bundles.metadata(bundle.metadata()));
                }
            }
            case Run.Result.Failed(var ename, var evalue, var traceback) -> {
                json.put("status", "error").put("ename", ename).put("evalue", evalue);
                var lines = json.putArray("traceback");
                traceback.forEach(lines::add);
            }
            case Run.Result.Stopped() ->
                json.put("status", "error")
                        .put("ename", Stop.STOPPED)
                        .put("evalue", "")
                        .putArray("traceback");
        }
        return json;
    }

    // ---- losing the process

    /**
     * Starts afresh when the session's process is gone, or never came.
     *
     * @return how the process ended, or null when it lives
     */
    private synchronized String replaceIfLost(Session lost, boolean killed) {
        var end = lost.end();
        if (lost != session || closed || end == null && !killed) {
            return null;
        }
        session = fresh();
        SystemThreads.thread("close", lost::close).start();
        return end == null ? texts.say("lost.killed") : end;
    }

    /** Whoever reads what the process says may have noticed its end first, and left a notice for the next cell. */
    private synchronized String replacedAlready(Session lost) {
        if (lost == session || closed || notice == null) {
            return null;
        }
        notice = null;
        return lost.end();
    }

    private final class FromProcess implements NotebookProcess.Listener {
        @Override
        public void output(int cell, Frame.Stream stream, String text) {
            outputs.awaitReaders(cell);
            outputs.text(cell, stream, text);
        }

        @Override
        public void raw(Frame.Stream stream, String text) {
            outputs.awaitReaders(-1);
            outputs.text(stream, text);
        }

        @Override
        public void display(Frame.Display display) {
            outputs.awaitReaders(display.cell());
            outputs.display(display);
        }

        @Override
        public void clear(Frame.ClearOutput clear) {
            outputs.clear(clear);
        }

        @Override
        public void comm(NotebookProcess process, Frame.FromComm comm) {
            outputs.awaitReaders(comm.cell());
            var exchange = exchanges.getOrDefault(comm.cell(), latest);
            if (exchange == null) {
                outputs.text(
                        Frame.Stream.STDERR,
                        "A comm was used before there was a cell that it could belong to, and not sent.\n");
                return;
            }
            outputs.flush(comm.cell()); // what was printed before
            comms.said(comm.message(), exchange, process);
        }

        @Override
        public void handled(Frame.Handled handled) {
            comms.handled(handled);
        }

        @Override
        public void uncaught(Frame.Uncaught uncaught) {
            CellSources sources;
            synchronized (JavaKernel.this) {
                sources = session.sources();
            }
            var failure = uncaught.failure();
            outputs.text(
                    uncaught.cell(),
                    Frame.Stream.STDERR,
                    "Exception in thread \"" + uncaught.thread() + "\" "
                            + String.join("\n", sources.marked(failure.type(), failure.traceback())) + "\n");
        }

        @Override
        public String input(Frame.InputRequest request) throws InterruptedException {
            var exchange = exchanges.get(request.cell());
            if (exchange == null) {
                return null;
            }
            outputs.flush(request.cell());
            try {
                return exchange.input(request.prompt(), request.password());
            } catch (Exchange.InputUnavailableException e) {
                outputs.text(request.cell(), Frame.Stream.STDERR, e.getMessage() + "\n");
                return null;
            }
        }

        @Override
        public void ended(NotebookProcess process) {
            comms.lost(process);
            synchronized (JavaKernel.this) {
                if (running != null || session == null || session.process() != process) {
                    return; // whoever waits for the cell sees it
                }
                var lost = session;
                var end = replaceIfLost(lost, false);
                if (end != null) {
                    notice = end + " " + texts.say("lost.fresh") + lost.childrensFate();
                    JavaKernel.this.notifyAll();
                }
            }
        }
    }

    /** For tests: waits until there is something to tell the next cell. */
    synchronized void awaitNotice() throws InterruptedException {
        while (notice == null) {
            wait();
        }
    }

    // ---- the rest

    @Override
    public CompleteReply complete(CompleteRequest request, Exchange exchange) throws InterruptedException {
        return ask(assistant -> assistant.complete(request.code(), request.cursorPos()));
    }

    @Override
    public InspectReply inspect(InspectRequest request, Exchange exchange) throws InterruptedException {
        return ask(assistant -> assistant.inspect(request.code(), request.cursorPos()));
    }

    @Override
    public IsCompleteReply isComplete(IsCompleteRequest request, Exchange exchange) throws InterruptedException {
        return ask(assistant -> assistant.isComplete(request.code()));
    }

    // ---- comms

    @Override
    public CommInfoReply commInfo(CommInfoRequest request, Exchange exchange) {
        return comms.info(request.targetName());
    }

    @Override
    public void commOpen(CommOpen open, Exchange exchange) throws InterruptedException {
        Session current;
        synchronized (this) {
            current = session();
        }
        NotebookProcess process;
        try {
            process = current.awaitProcess();
        } catch (ExecutionException e) { // the next cell says why
            Kernel.super.commOpen(open, exchange);
            return;
        }
        aside(exchange, number -> comms.open(open, exchange, number, process));
    }

    @Override
    public void commMsg(CommMsg message, Exchange exchange) throws InterruptedException {
        aside(exchange, number -> comms.message(message, exchange, number));
    }

    @Override
    public void commClose(CommClose close, Exchange exchange) throws InterruptedException {
        aside(exchange, number -> comms.close(close, exchange, number));
    }

    private interface Delivery {
        void deliver(int number) throws InterruptedException;
    }

    /** What is said on behalf of this message names it as its parent, as what is said on behalf of a cell does. */
    private void aside(Exchange exchange, Delivery delivery) throws InterruptedException {
        int number = cells.incrementAndGet();
        exchanges.put(number, exchange);
        outputs.openAside(number, exchange);
        try {
            delivery.deliver(number);
        } finally {
            outputs.flush(number);
            while (!handled.offer(number)) {
                var oldest = handled.poll();
                if (oldest != null) {
                    exchanges.remove(oldest);
                    outputs.forget(oldest);
                }
            }
        }
    }

    private <T> T ask(Function<Assistant, T> question) throws InterruptedException {
        CompletableFuture<T> answer;
        synchronized (this) {
            answer = session().assist(question);
        }
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The compiler cannot answer: " + e.getCause(), e.getCause());
        }
    }

    @Override
    public HistoryReply history(HistoryRequest request, Exchange exchange) {
        return history.answer(request);
    }

    @Override
    public void interrupt(Exchange exchange) {
        boolean cellRuns;
        Session current;
        synchronized (this) {
            current = session;
            cellRuns = running != null;
            if (cellRuns) {
                running.press();
            }
        }
        comms.press(!cellRuns);
        var process = cellRuns || current == null ? null : current.process();
        if (process != null) {
            int latest = cells.get();
            SystemThreads.thread("stop", () -> sweeper.idle(process, latest)).start();
        }
    }

    @Override
    public void shutdown(boolean restart, Exchange exchange) {
        close();
    }

    /** Ends the notebook process; bounded in time. Idempotent. */
    @Override
    public void close() {
        Session last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = session;
        }
        if (last != null) {
            last.close();
            folder.close();
        }
        outputs.close();
    }
}
