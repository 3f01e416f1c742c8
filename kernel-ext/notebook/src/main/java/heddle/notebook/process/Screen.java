package heddle.notebook.process;

import heddle.notebook.MimeBundle;
import heddle.notebook.channel.Frame;
import java.util.Objects;

/** Where displays of this process go: to the kernel, once {@link NotebookMain} is connected to one; else, as text, to {@code System.out}. */
public final class Screen {
    private Screen() {}

    /** Somebody else's way to show what this library displays. */
    @FunctionalInterface
    public interface Elsewhere {
        void show(String id, MimeBundle bundle, boolean update);
    }

    private static volatile CellOutput output;
    private static volatile Elsewhere elsewhere = (id, bundle, update) -> System.out.println(
            bundle.data().getOrDefault("text/plain", bundle.data().keySet().toString()));

    /** From now on displays go there, unless a kernel of ours is connected: for other kernels and programs. */
    public static void elsewhere(Elsewhere place) {
        elsewhere = Objects.requireNonNull(place);
    }

    static void connect(CellOutput connected) {
        output = connected;
    }

    /** Null outside a notebook. */
    static CellOutput output() {
        return output;
    }

    public static void show(String id, MimeBundle bundle, boolean update) {
        var connected = output;
        if (connected == null) {
            elsewhere.show(id, bundle, update);
        } else {
            connected.send(cell -> new Frame.Display(cell, update, id, frame(bundle)));
        }
    }

    public static void clear(boolean untilNextOutput) {
        var connected = output;
        if (connected != null) {
            connected.send(cell -> new Frame.ClearOutput(cell, untilNextOutput));
        }
    }

    static Frame.Bundle frame(MimeBundle bundle) {
        return new Frame.Bundle(bundle.data(), bundle.metadata());
    }
}
