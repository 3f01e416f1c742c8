package heddle.notebook;

import heddle.notebook.channel.Frame;
import heddle.notebook.process.CommLine;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A line between a cell's code and a front end, over which both send when they like: what Jupyter's widgets are made of. Follows ipykernel's
 * {@code Comm}.
 *
 * {@snippet :
 * Comm.target("counter", (comm, opened) -> comm.onMessage(message -> {
 *     int count = (Integer) message.data().get("count");
 *     comm.send(Map.of("count", count + 1));
 * }));
 * }
 *
 * <p>Data is what JSON can say: {@code null}, {@code Boolean}, numbers, texts, lists (and arrays of objects) and maps with texts as keys. What
 * arrives has {@code Integer}, {@code Long} or {@code BigInteger} for whole numbers, whichever is the first that fits, and {@code Double} for others.
 *
 * <p>A handler runs on a thread of its own, so also while a cell runs. The handlers of one comm run one after the other, in the order of the
 * messages; what a shell (or subshell) of a front end sends next is handled when the handler has returned, so a handler that waits for the next message
 * waits for ever. As in ipykernel, what a handler prints belongs to the message that it handles, and the front end decides where to show that (many do
 * not): {@code Cell.run} gives it to a cell. An exception of a handler is printed like that of a thread. Stop interrupts a handler.
 *
 * <p>When the process of the notebook ends, its comms are closed. All methods may be called from any thread.
 */
public final class Comm implements AutoCloseable {

    /**
     * What the front end said.
     *
     * @param metadata of the message, next to its data
     * @param buffers binary data
     */
    public record Message(Map<String, Object> data, Map<String, Object> metadata, List<byte[]> buffers) {}

    private final CommLine line;

    private Comm(CommLine line) {
        this.line = line;
    }

    /**
     * From now on a comm that a front end opens under this name is handed to the handler, which then usually calls {@link #onMessage}; one whose
     * name nobody knows is closed again. A later handler for the same name takes the place of the former.
     */
    public static void target(String name, BiConsumer<Comm, Message> opened) {
        Objects.requireNonNull(opened, "opened");
        CommLine.target(
                Objects.requireNonNull(name, "name"),
                (line, message) -> opened.accept(new Comm(line), received(message)));
    }

    /**
     * Opens a comm to whoever knows the name in the front ends.
     *
     * @throws IllegalArgumentException when JSON cannot say the data, or it is too large to be sent
     * @throws IllegalStateException outside a notebook
     */
    public static Comm open(String target, Map<String, ?> data, byte[]... buffers) {
        return open(target, data, Map.of(), buffers);
    }

    /** As {@link #open(String, Map, byte[]...)}, with metadata: Jupyter's widgets want the version of their protocol there. */
    public static Comm open(String target, Map<String, ?> data, Map<String, ?> metadata, byte[]... buffers) {
        return new Comm(CommLine.open(Objects.requireNonNull(target, "target"), data, metadata, buffers));
    }

    public String id() {
        return line.id();
    }

    public String target() {
        return line.target();
    }

    /**
     * Sends, behind what the calling thread has printed.
     *
     * @throws IllegalArgumentException when JSON cannot say the data, or it is too large to be sent
     * @throws IllegalStateException when the comm is closed
     */
    public void send(Map<String, ?> data, byte[]... buffers) {
        line.send(Frame.CommMessage.Kind.MESSAGE, data, buffers);
    }

    /** From now on messages go to this handler, first those that came before there was one. */
    public Comm onMessage(Consumer<Message> handler) {
        Objects.requireNonNull(handler, "handler");
        line.onMessage(message -> handler.accept(received(message)));
        return this;
    }

    /** The handler is called when a front end closes the comm. */
    public Comm onClose(Consumer<Message> handler) {
        Objects.requireNonNull(handler, "handler");
        line.onClose(message -> handler.accept(received(message)));
        return this;
    }

    /** Whether neither side has closed it. */
    public boolean isOpen() {
        return line.isOpen();
    }

    /** Closes it on both sides. Idempotent. */
    @Override
    public void close() {
        close(Map.of());
    }

    /** As {@link #close()}, with a last word. */
    public void close(Map<String, ?> data, byte[]... buffers) {
        line.close(data, buffers);
    }

    private static Message received(Frame.CommMessage message) {
        return new Message(message.data(), message.metadata(), message.buffers());
    }

    @Override
    public String toString() {
        return "comm " + id() + " to " + target() + (isOpen() ? "" : ", closed");
    }
}
