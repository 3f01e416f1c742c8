package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.Frame.CommMessage;
import heddle.notebook.channel.Frame.CommMessage.Kind;
import heddle.notebook.channel.SystemThreads;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** Carries comms between the front ends and the main process, and knows which are open. */
final class Comms {

    /** @param exchange by which it was opened, and which is told when its process is lost */
    private record Open(String target, Exchange exchange, NotebookProcess process) {}

    /** A front end's message that the main process is handling. */
    private static final class Handling {
        final NotebookProcess process;
        final CompletableFuture<Void> done = new CompletableFuture<>();

        // Guarded by this.
        long pressedNs;
        boolean told;
        boolean over;

        Handling(NotebookProcess process) {
            this.process = process;
        }
    }

    private final Outputs outputs;
    private final Map<String, Open> open = new ConcurrentHashMap<>();
    private final Map<Integer, Handling> handlings = new ConcurrentHashMap<>();

    Comms(Outputs outputs) {
        this.outputs = outputs;
    }

    Content.CommInfoReply info(String target) {
        var comms = new LinkedHashMap<String, Content.CommTarget>();
        open.forEach((id, comm) -> {
            if (target == null || target.equals(comm.target())) {
                comms.put(id, new Content.CommTarget(comm.target()));
            }
        });
        return new Content.CommInfoReply(comms);
    }

    // ---- from a front end

    void open(Content.CommOpen message, Exchange exchange, int cell, NotebookProcess process)
            throws InterruptedException {
        var comm = new Open(message.targetName(), exchange, process);
        open.put(message.commId(), comm);
        deliver(Kind.OPEN, message.commId(), comm, message.data(), exchange, cell);
    }

    void message(Content.CommMsg message, Exchange exchange, int cell) throws InterruptedException {
        deliver(Kind.MESSAGE, message.commId(), open.get(message.commId()), message.data(), exchange, cell);
    }

    void close(Content.CommClose message, Exchange exchange, int cell) throws InterruptedException {
        deliver(Kind.CLOSE, message.commId(), open.remove(message.commId()), message.data(), exchange, cell);
    }

    /**
     * Returns when the handler has, or nothing is to be expected of it any more.
     *
     * @param comm null when it was closed while the message was on its way
     */
    private void deliver(Kind kind, String id, Open comm, Map<String, JsonNode> data, Exchange exchange, int cell)
            throws InterruptedException {
        if (comm == null) {
            return;
        }
        var request = exchange.request();
        var message = new CommMessage(
                kind,
                id,
                kind == Kind.OPEN ? comm.target() : null,
                javaOf(data),
                javaOf(request.metadata()),
                request.buffers());
        var handling = new Handling(comm.process());
        handlings.put(cell, handling);
        try {
            tell(comm.process(), handling, new Frame.ToComm(cell, message));
            handling.done.get();
        } catch (IllegalArgumentException e) { // too large
            say(cell, e.getMessage());
            if (kind == Kind.OPEN && open.remove(id, comm)) {
                exchange.publish(new Content.CommClose(id, Map.of()));
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } finally {
            handlings.remove(cell);
        }
    }

    private void tell(NotebookProcess process, Handling handling, Frame.ToComm message) {
        try {
            process.tell(message);
            synchronized (handling) {
                handling.told = true;
            }
        } catch (IOException e) {
            // The process is gone, and its end will be told.
        }
        if (process.end() != null) { // or has been, by somebody who saw neither this handling nor a comm that is new
            lost(process);
        }
    }

    /**
     * Stop: a handler is interrupted by the first press, and not waited for any more after the second. A process that does not even take
     * a message within {@link Stop#INTERRUPT_PATIENCE} is killed.
     *
     * @param interrupt false where a cell runs too: its process is told by the cell's own Stop
     */
    void press(boolean interrupt) {
        handlings.forEach((cell, handling) -> {
            synchronized (handling) {
                if (handling.pressedNs == 0) {
                    handling.pressedNs = System.nanoTime() | 1;
                    if (interrupt) { // may wait for the process, so elsewhere
                        SystemThreads.thread("stop-comm", handling.process::interrupt)
                                .start();
                    }
                } else if (handling.over) {
                    return;
                } else if (handling.told) {
                    handling.over = true;
                    say(
                            cell,
                            "The handler of a comm does not react to the interrupt and goes on; later messages of this comm wait for it.");
                    handling.done.complete(null);
                } else if (System.nanoTime() - handling.pressedNs > Stop.INTERRUPT_PATIENCE.toNanos()) {
                    handling.over = true;
                    say(cell, "The main process does not react at all and is being killed.");
                    handling.process.kill();
                }
            }
        });
    }

    private void say(int cell, String sentence) {
        outputs.text(cell, Frame.Stream.STDERR, sentence + "\n");
    }

    // ---- from the main process

    void handled(Frame.Handled handled) {
        var handling = handlings.get(handled.cell());
        if (handling != null) {
            handling.done.complete(null);
        }
    }

    /** @param exchange of the cell, or message of a comm, that says this */
    void said(CommMessage message, Exchange exchange, NotebookProcess process) {
        var data = jsonOf(message.data());
        var content = switch (message.kind()) {
            case OPEN -> {
                open.put(message.id(), new Open(message.target(), exchange, process));
                yield new Content.CommOpen(message.id(), message.target(), data);
            }
            case MESSAGE -> new Content.CommMsg(message.id(), data);
            case CLOSE -> {
                open.remove(message.id());
                yield new Content.CommClose(message.id(), data);
            }
        };
        exchange.publish(content, jsonOf(message.metadata()), message.buffers());
    }

    /** Its comms are closed, and nobody waits for its handlers. */
    void lost(NotebookProcess process) {
        handlings.values().stream()
                .filter(handling -> handling.process == process)
                .forEach(handling -> handling.done.complete(null));
        open.forEach((id, comm) -> {
            if (comm.process() == process && open.remove(id, comm)) {
                comm.exchange().publish(new Content.CommClose(id, Map.of()));
            }
        });
    }

    // ---- values

    private static Map<String, Object> javaOf(Map<String, JsonNode> json) {
        var values = new LinkedHashMap<String, Object>();
        json.forEach((key, value) -> values.put(key, javaOf(value)));
        return values;
    }

    private static Object javaOf(JsonNode json) {
        return switch (json) {
            case ObjectNode object -> {
                var values = new LinkedHashMap<String, Object>();
                object.forEachEntry((key, value) -> values.put(key, javaOf(value)));
                yield values;
            }
            case ArrayNode array -> {
                var values = new ArrayList<>();
                array.forEach(value -> values.add(javaOf(value)));
                yield values;
            }
            default ->
                json.isTextual()
                        ? json.textValue()
                        : json.isNumber() ? json.numberValue() : json.isBoolean() ? json.booleanValue() : null;
        };
    }

    private static Map<String, JsonNode> jsonOf(Map<String, Object> values) {
        var json = new LinkedHashMap<String, JsonNode>();
        values.forEach((key, value) -> json.put(key, jsonOf(value)));
        return json;
    }

    private static JsonNode jsonOf(Object value) {
        var json = JsonNodeFactory.instance;
        return switch (value) {
            case null -> json.nullNode();
            case Boolean flag -> json.booleanNode(flag);
            case Integer number -> json.numberNode(number);
            case Long number -> json.numberNode(number);
            case Double number -> json.numberNode(number);
            case BigInteger number -> json.numberNode(number);
            case BigDecimal number -> json.numberNode(number);
            case String text -> json.textNode(text);
            case List<?> list -> {
                var array = json.arrayNode();
                list.forEach(element -> array.add(jsonOf(element)));
                yield array;
            }
            case Map<?, ?> map -> {
                var object = json.objectNode();
                map.forEach((key, member) -> object.set((String) key, jsonOf(member)));
                yield object;
            }
            default -> throw new IllegalArgumentException("not a value of JSON: " + value.getClass());
        };
    }
}
