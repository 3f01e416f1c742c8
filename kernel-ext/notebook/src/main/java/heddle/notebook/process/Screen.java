package heddle.notebook.process;

import heddle.notebook.MimeBundle;
import heddle.notebook.channel.Frame;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Where displays of this process go: to the kernel, once {@link NotebookMain} is connected to one; else, as text, to {@code System.out}. */
public final class Screen {
    private Screen() {}

    /** Somebody else's way to show what this library displays. */
    @FunctionalInterface
    public interface Elsewhere {
        void show(String id, MimeBundle bundle, boolean update);
    }

    /** Characters of one bundle. */
    static final int LARGEST = 20_000_000;

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

    /** What of a bundle goes to the kernel: all, or one sentence when that is more than a browser could show and a notebook's file keep. */
    static Frame.Bundle frame(MimeBundle bundle) {
        long characters = Stream.concat(bundle.data().values().stream(), bundle.metadata().values().stream())
                .mapToLong(String::length)
                .sum();
        if (characters <= LARGEST) {
            return new Frame.Bundle(bundle.data(), bundle.metadata());
        }
        var type = bundle.data().entrySet().stream()
                .max(Comparator.comparingInt(each -> each.getValue().length()))
                .map(Map.Entry::getKey)
                .orElse("metadata");
        var refusal = String.format(
                Locale.ROOT,
                Words.either(
                        "This is too large to be shown: %,d characters (%s), and %,d are the most."
                                + " Show a part of it or a smaller picture, or write it to a file.",
                        "内容太大，无法显示：共 %,d 个字符（%s），最多 %,d 个。请只显示其中一部分，缩小图片，或者把它写到文件里。"),
                characters,
                type,
                LARGEST);
        return new Frame.Bundle(Map.of("text/plain", refusal), Map.of());
    }
}
