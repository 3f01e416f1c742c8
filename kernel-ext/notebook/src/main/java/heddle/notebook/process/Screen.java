package heddle.notebook.process;

import heddle.notebook.MimeBundle;
import heddle.notebook.channel.Frame;

/** Where displays of this process go: to the kernel, once {@link NotebookMain} is connected to one. */
public final class Screen {
    private Screen() {}

    private static volatile CellOutput output;

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
            System.out.println(bundle.data()
                    .getOrDefault("text/plain", bundle.data().keySet().toString()));
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
