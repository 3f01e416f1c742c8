package heddle.protocol;

import heddle.protocol.Content.CommMsg;
import heddle.protocol.Content.CommOpen;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.Content.KernelInfoReply;
import heddle.protocol.Content.Stream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A kernel whose language is: say back what was said, and some words that behave. Proves that the module stands alone. */
public class EchoKernel implements Kernel {

    /** Opened by a test to let go on what waits: {@code later} and {@code gate}. */
    public final CountDownLatch gate = new CountDownLatch(1);

    private final List<String> features;
    private int count;
    private volatile Thread executing;

    public EchoKernel() {
        this(SUBSHELLS);
    }

    EchoKernel(String... features) {
        this.features = List.of(features);
    }

    /** {@code EchoKernel CONNECTION_FILE}: a kernel that Jupyter can start. */
    public static void main(String[] args) throws Exception {
        try (var server = KernelServer.start(ConnectionInfo.read(Path.of(args[0])), new EchoKernel())) {
            server.awaitShutdown();
        }
    }

    @Override
    public KernelInfoReply kernelInfo(Exchange exchange) {
        return new KernelInfoReply(
                "echo",
                "1.0",
                new Content.LanguageInfo("echo", "1.0", "text/plain", ".txt", null, null, null),
                "Says back what was said.",
                List.of(new Content.HelpLink("Echo", "https://en.wikipedia.org/wiki/Echo")),
                features);
    }

    @Override
    public ExecuteReply execute(ExecuteRequest request, Exchange exchange) throws InterruptedException {
        executing = Thread.currentThread();
        try {
            if (request.storeHistory()) {
                count++;
            }
            if (!request.silent()) {
                exchange.publish(new Content.ExecuteInput(request.code(), count));
            }
            var words = request.code().split(" ", 2);
            return run(words[0], words.length > 1 ? words[1] : "", request, exchange);
        } finally {
            executing = null;
        }
    }

    private ExecuteReply run(String word, String rest, ExecuteRequest request, Exchange exchange)
            throws InterruptedException {
        switch (word) {
            case "wait" -> new CountDownLatch(1).await();
            case "gate" -> {
                gate.await();
                return fail(rest, exchange);
            }
            case "fail" -> {
                return fail(rest, exchange);
            }
            case "recurse" -> recurse(0);
            case "exhaust" -> throw new OutOfMemoryError("not really");
            case "mute" ->
                throw new IllegalStateException() {
                    @Override
                    public String getMessage() {
                        throw new IllegalStateException("even the message");
                    }
                };
            case "nothing" -> {
                return null;
            }
            case "result" -> exchange.publish(new Content.ExecuteResult(count, Json.plain(rest)));
            case "display" ->
                exchange.publish(Content.DisplayData.of(
                        Json.mime(Map.of("text/html", "<b>" + rest + "</b>", "application/json", "{\"a\": [1]}")),
                        "id-" + rest));
            case "update" -> exchange.publish(Content.UpdateDisplayData.of(Json.plain(rest), "id-" + rest));
            case "clear" -> exchange.publish(new Content.ClearOutput(true));
            case "flood" -> {
                for (var i = 0; i < Integer.parseInt(rest); i++) {
                    exchange.publish(Stream.stdout("line " + i + "\n"));
                }
            }
            case "interrupted" -> {
                Thread.currentThread().interrupt();
                exchange.publish(Stream.stdout(rest));
            }
            case "later" ->
                Threads.daemon("later", () -> {
                            try {
                                gate.await();
                                exchange.publish(Stream.stdout(rest));
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        })
                        .start();
            case "ask", "password" -> {
                try {
                    exchange.publish(Stream.stdout("heard " + exchange.input(rest, word.equals("password"))));
                } catch (Exchange.InputUnavailableException e) {
                    exchange.publish(Stream.stderr(e.getMessage()));
                }
            }
            default -> {
                if (!request.silent()) {
                    exchange.publish(Stream.stdout(request.code()));
                }
            }
        }
        return new ExecuteReply.Ok(count);
    }

    private ExecuteReply fail(String why, Exchange exchange) {
        exchange.publish(new Content.Error("EchoError", why, List.of(why)));
        return new ExecuteReply.Error(count, "EchoError", why, List.of(why));
    }

    private static int recurse(int depth) {
        return recurse(depth + 1) + 1;
    }

    /** Says back what was said, in words and bytes; at home under one name. */
    @Override
    public void commOpen(CommOpen open, Exchange exchange) throws InterruptedException {
        if (!open.targetName().equals("echo")) {
            Kernel.super.commOpen(open, exchange);
        }
    }

    @Override
    public void commMsg(CommMsg message, Exchange exchange) {
        if (message.data().containsKey("fail")) {
            throw new IllegalStateException("on purpose");
        }
        exchange.publish(message, Map.of(), exchange.request().buffers());
    }

    @Override
    public void interrupt(Exchange exchange) {
        var thread = executing;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public void shutdown(boolean restart, Exchange exchange) {
        interrupt(exchange);
    }
}
