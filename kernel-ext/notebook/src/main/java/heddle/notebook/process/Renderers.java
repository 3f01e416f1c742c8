package heddle.notebook.process;

import heddle.notebook.Displayable;
import heddle.notebook.MimeBundle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Array;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.imageio.ImageIO;

/** Values become MIME bundles. A learner's code that fails on the way ends in one sentence, never in a failure of ours. */
public final class Renderers {
    private Renderers() {}

    private static final String PLAIN = "text/plain";

    /** Characters of a value's text that are shown. */
    private static final int LONGEST_TEXT = 100_000;

    /** Elements of an array, and levels of nested ones, that are shown. */
    private static final int MOST_ELEMENTS = 1_000;

    private static final int DEEPEST = 8;

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
        return MimeBundle.text(text(value));
    }

    private static MimeBundle bundle(MimeBundle bundle, String who) {
        return bundle == null ? MimeBundle.text(who + " returned null.") : bundle;
    }

    /** As one of these types; all there are when none of them is among them. */
    public static MimeBundle render(Object value, String... mimeTypes) {
        if (mimeTypes.length > 0 && value instanceof CharSequence) {
            return MimeBundle.of(mimeTypes[0], text(value));
        }
        var all = render(value);
        var wanted = new LinkedHashMap<String, String>();
        for (var type : mimeTypes) {
            if (all.data().containsKey(type)) {
                wanted.put(type, all.data().get(type));
            }
        }
        return wanted.isEmpty() ? all : new MimeBundle(wanted, all.metadata());
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

    /** The value as plain text: what {@code toString()} says, arrays with their elements, within bounds. */
    static String text(Object value) {
        try {
            if (value != null && value.getClass().isArray()) {
                var out = new StringBuilder();
                array(value, 1, out);
                return cut(out.toString());
            }
            var text = String.valueOf(value);
            return text == null
                    ? "The toString() of " + Names.of(value.getClass()) + " returned null."
                    : cut(Names.readableMessage(text));
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable failure) {
            return failed(
                    "The toString() of "
                            + (value.getClass().isArray() ? "an element of the array" : Names.of(value.getClass()))
                            + " threw ",
                    failure);
        }
    }

    private static void array(Object array, int depth, StringBuilder out) {
        int length = Array.getLength(array);
        out.append('[');
        for (int i = 0; i < length; i++) {
            if (i > 0) {
                out.append(", ");
            }
            if (i == MOST_ELEMENTS || out.length() > LONGEST_TEXT) {
                out.append(String.format(Locale.ROOT, "... %,d more", length - i));
                break;
            }
            var element = Array.get(array, i);
            if (element == null || !element.getClass().isArray()) {
                out.append(element);
            } else if (depth == DEEPEST) {
                out.append("[...]");
            } else {
                array(element, depth + 1, out);
            }
        }
        out.append(']');
    }

    static String cut(String text) {
        if (text.length() <= LONGEST_TEXT) {
            return text;
        }
        int end = LONGEST_TEXT - (Character.isHighSurrogate(text.charAt(LONGEST_TEXT - 1)) ? 1 : 0);
        return text.substring(0, end) + String.format(Locale.ROOT, "%n... %,d more characters", text.length() - end);
    }

    private static String failed(String what, Throwable failure) {
        var shown = Traceback.of(failure);
        return what + shown.type() + (shown.message().isEmpty() ? "." : ": " + cut(shown.message()));
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
            return MimeBundle.text("BufferedImage, " + image.getWidth() + " x " + image.getHeight() + " pixels")
                    .and("image/png", Base64.getEncoder().encodeToString(png.toByteArray()));
        }
    }
}
