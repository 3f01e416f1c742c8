package heddle.notebook.process;

import heddle.notebook.Displayable;
import heddle.notebook.MimeBundle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.Spliterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.BaseStream;
import javax.imageio.ImageIO;

/** Values become MIME bundles. A learner's code that fails on the way ends in one sentence, never in a failure of ours. */
public final class Renderers {
    private Renderers() {}

    static final String PLAIN = "text/plain";
    private static final String HTML = "text/html";

    /** Bytes of a picture's file that is shown rather than named. */
    private static final long LARGEST_PICTURE = 20_000_000;

    private static final Map<String, String> PICTURES = Map.of(
            "png", "image/png", "jpg", "image/jpeg", "jpeg", "image/jpeg", "gif", "image/gif", "svg", "image/svg+xml");

    private static final Map<Class<?>, Function<Object, MimeBundle>> RENDERERS = new ConcurrentHashMap<>();

    public static <T> void register(Class<T> type, Function<? super T, MimeBundle> renderer) {
        RENDERERS.put(type, value -> renderer.apply(type.cast(value)));
    }

    public static MimeBundle render(Object value) {
        if (value == null) {
            return MimeBundle.text("null");
        }
        try {
            if (value instanceof MimeBundle bundle) {
                return bundle;
            }
            for (var type : typesOf(value.getClass())) {
                var renderer = RENDERERS.get(type);
                if (renderer != null) {
                    return bundle(renderer.apply(value), "The renderer of " + Names.of(type));
                }
            }
            if (value instanceof Displayable displayable) {
                return bundle(displayable.toMimeBundle(), "The toMimeBundle() of " + Names.of(value.getClass()));
            }
            if (isImage(value.getClass())) {
                return Images.render(value);
            }
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable failure) {
            return MimeBundle.text(failed("What shows " + Names.of(value.getClass()) + " threw ", failure));
        }
        return builtIn(value);
    }

    /** Whether a renderer or the value itself says how it is shown. */
    static boolean isSpecial(Object value) {
        return value instanceof Displayable
                || typesOf(value.getClass()).stream().anyMatch(RENDERERS::containsKey);
    }

    private static MimeBundle builtIn(Object value) {
        try {
            switch (value) {
                case BaseStream<?, ?> _ -> {
                    return MimeBundle.text(Words.either(
                            "A stream can be walked through only once, so it is not shown: collect it, for example with .toList().",
                            "流只能遍历一次，所以这里不显示它的内容：请先收集起来，例如用 .toList()。"));
                }
                case Object iterator
                when isIterator(iterator) && PlainText.isPlain(iterator) -> {
                    return MimeBundle.text(Words.either(
                            "An iterator can be walked through only once, so what it would give is not shown.",
                            "迭代器只能走一遍，所以这里不显示它会给出的元素。"));
                }
                case Throwable failure -> {
                    return MimeBundle.text(PlainText.cut(
                            String.join("\n", Traceback.of(failure).traceback()), PlainText.LONGEST));
                }
                case Path path -> {
                    return picture(path);
                }
                case File file -> {
                    return picture(file.toPath());
                }
                default -> {}
            }
            var text = text(value);
            var table = Tables.html(value, text);
            return table == null ? MimeBundle.text(text) : MimeBundle.text(text).and(HTML, table);
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable failure) {
            return MimeBundle.text(text(value));
        }
    }

    private static boolean isIterator(Object value) {
        return value instanceof Iterator || value instanceof Enumeration || value instanceof Spliterator;
    }

    private static MimeBundle picture(Path path) throws IOException {
        var text = MimeBundle.text(path.toString());
        var name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        var type = PICTURES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null || !Files.isRegularFile(path) || Files.size(path) > LARGEST_PICTURE) {
            return text;
        }
        return text.and(
                type,
                type.endsWith("xml")
                        ? Files.readString(path)
                        : Base64.getEncoder().encodeToString(Files.readAllBytes(path)));
    }

    private static MimeBundle bundle(MimeBundle bundle, String who) {
        return bundle == null ? MimeBundle.text(who + " returned null.") : bundle;
    }

    /** As these types, and plain text; all there are when none of them is among them. */
    public static MimeBundle render(Object value, String... mimeTypes) {
        if (mimeTypes.length > 0 && value instanceof CharSequence) {
            var text = value instanceof String whole ? whole : text(value);
            // What nobody reads as plain text is not sent twice.
            var bundle = text.length() > PlainText.LONGEST ? new MimeBundle(Map.of(), Map.of()) : MimeBundle.text(text);
            for (var type : mimeTypes) {
                bundle = bundle.and(type, text);
            }
            return bundle;
        }
        var all = render(value);
        var wanted = new LinkedHashMap<String, String>();
        for (var type : mimeTypes) {
            if (all.data().containsKey(type)) {
                wanted.put(type, all.data().get(type));
            }
        }
        if (wanted.isEmpty()) {
            return all;
        }
        if (all.data().containsKey(PLAIN)) {
            wanted.put(PLAIN, all.data().get(PLAIN));
        }
        return new MimeBundle(wanted, all.metadata());
    }

    /** The class, its superclasses, then their interfaces: the most special first. */
    private static Set<Class<?>> typesOf(Class<?> type) {
        var types = new LinkedHashSet<Class<?>>();
        if (!RENDERERS.isEmpty()) {
            for (var c = type; c != null && c != Object.class; c = c.getSuperclass()) {
                types.add(c);
            }
            for (var c = type; c != null; c = c.getSuperclass()) {
                addInterfaces(c, types);
            }
            types.add(Object.class);
        }
        return types;
    }

    private static void addInterfaces(Class<?> type, Set<Class<?>> types) {
        for (var each : type.getInterfaces()) {
            if (types.add(each)) {
                addInterfaces(each, types);
            }
        }
    }

    /** The value as plain text, within bounds. */
    static String text(Object value) {
        return PlainText.full().of(value);
    }

    /** In a few words, for what the JDK's own text says little of. */
    static String words(Object value) {
        return switch (value) {
            case Thread thread
            when PlainText.isPlain(value) ->
                String.format(
                        Locale.ROOT,
                        "%s[#%d %s, %s]",
                        thread.isVirtual() ? "VirtualThread" : Names.of(thread.getClass()),
                        thread.threadId(),
                        thread.getName().isEmpty() ? "-" : thread.getName(),
                        thread.getState());
            case ProcessHandle process
            when PlainText.isPlain(value) ->
                "ProcessHandle[pid=" + process.pid() + ", "
                        + (process.isAlive() ? Words.either("alive", "运行中") : Words.either("ended", "已结束")) + "]";
            case Object lambda when Lambdas.isLambda(lambda.getClass()) -> Lambdas.describe(lambda.getClass());
            default -> PlainText.toText(value);
        };
    }

    static String failed(String what, Throwable failure) {
        var shown = Traceback.of(failure);
        return what + shown.type() + (shown.message().isEmpty() ? "." : ": " + shown.message());
    }

    /** Asked by name, so that {@code java.desktop} is loaded only where it is in use already. */
    private static boolean isImage(Class<?> type) {
        for (var c = type; c != null; c = c.getSuperclass()) {
            if (c.getName().equals("java.awt.image.BufferedImage")) {
                return true;
            }
        }
        return false;
    }

    private static final class Images {
        static MimeBundle render(Object value) throws IOException {
            var image = (BufferedImage) value;
            var png = new ByteArrayOutputStream();
            if (!ImageIO.write(image, "png", png)) {
                return MimeBundle.text(text(value));
            }
            var size = "{\"width\":" + image.getWidth() + ",\"height\":" + image.getHeight() + "}";
            return new MimeBundle(
                    Map.of(
                            PLAIN,
                            "BufferedImage, " + image.getWidth() + " x " + image.getHeight()
                                    + Words.either(" pixels", " 像素"),
                            "image/png",
                            Base64.getEncoder().encodeToString(png.toByteArray())),
                    Map.of("image/png", size));
        }
    }
}
