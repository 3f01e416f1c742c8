package heddle.notebook;

import heddle.notebook.process.Json;
import heddle.notebook.process.KernelCalls;
import heddle.notebook.process.Renderers;
import heddle.notebook.process.Screen;
import heddle.notebook.process.Variables;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * What code in a cell, and an extension, may ask of the notebook it runs in.
 *
 * <p>What is shown appears under the cell that started the work, see {@link Cell}. Outside a notebook, in a plain Java program, the plain text
 * goes to {@code System.out}.
 */
public final class Notebook {
    private Notebook() {}

    private static final Pattern TAG = Pattern.compile("<[^>]*>");

    /**
     * Shows a value under the current cell.
     *
     * @return an id for {@link #updateDisplay}
     */
    public static String display(Object value) {
        return display(render(value));
    }

    /**
     * Shows a value as these MIME types, those of them that it has; a text is taken as it is for each.
     *
     * @return an id for {@link #updateDisplay}
     */
    public static String display(Object value, String... mimeTypes) {
        return display(Renderers.render(value, mimeTypes));
    }

    private static String display(MimeBundle bundle) {
        var random = ThreadLocalRandom.current();
        var id = "heddle-" + Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        Screen.show(id, bundle, false);
        return id;
    }

    /** Replaces what was shown with this id, wherever it stands by now. */
    public static void updateDisplay(String id, Object value) {
        Screen.show(id, render(value), true);
    }

    /** The value as {@link #display} would show it. Never fails: where the value's own code does, one sentence says so. */
    public static MimeBundle render(Object value) {
        return Renderers.render(value);
    }

    /**
     * HTML for {@link #display}, or as the last expression of a cell. Styles written into the elements are shown, a style sheet may not be.
     *
     * {@snippet :
     * display(html("<b>bold</b>"));
     * }
     */
    public static MimeBundle html(String html) {
        return MimeBundle.text(TAG.matcher(html).replaceAll("").strip()).and("text/html", html);
    }

    /** Markdown for {@link #display}, or as the last expression of a cell. */
    public static MimeBundle markdown(String markdown) {
        return MimeBundle.text(markdown).and("text/markdown", markdown);
    }

    /** A formula for {@link #display}, or as the last expression of a cell; without dollar signs or an environment around it, it stands on a line of its own. */
    public static MimeBundle latex(String latex) {
        boolean isMarked =
                latex.contains("$") || latex.contains("\\begin{") || latex.contains("\\[") || latex.contains("\\(");
        return MimeBundle.text(latex).and("text/latex", isMarked ? latex : "$$" + latex.strip() + "$$");
    }

    /** A drawing for {@link #display}, or as the last expression of a cell: the text of an SVG document. */
    public static MimeBundle svg(String svg) {
        return MimeBundle.text("SVG").and("image/svg+xml", svg);
    }

    /**
     * JSON for {@link #display}, or as the last expression of a cell: a tree to fold and unfold where the front end can.
     *
     * {@snippet :
     * display(json(Map.of("name", "Heddle", "threads", List.of(1, 2, 3))));
     * display(json("{\"written\": \"as text\"}"));
     * }
     *
     * @param value the JSON as text, or maps, collections, arrays, records, numbers, booleans and texts within each other
     * @throws IllegalArgumentException when it contains itself, or is nested in more than 100 levels
     */
    public static MimeBundle json(Object value) {
        var json = value instanceof CharSequence text ? text.toString() : Json.of(value);
        return MimeBundle.text(json).and("application/json", json);
    }

    /** As {@link #display(Object, String...)} would show it. */
    public static MimeBundle render(Object value, String... mimeTypes) {
        return Renderers.render(value, mimeTypes);
    }

    /** Replaces what was shown with this id, wherever it stands by now, as one of these MIME types. */
    public static void updateDisplay(String id, Object value, String... mimeTypes) {
        Screen.show(id, render(value, mimeTypes), true);
    }

    /**
     * Runs code as a cell would, declarations and magics included, and waits for it. On the notebook's main thread only.
     *
     * {@snippet :
     * int three = (int) eval("1 + 2");
     * }
     *
     * @return the value of its last expression, or null
     * @throws MagicException when the code is wrong; what the code itself throws is thrown here
     */
    public static Object eval(String code) {
        return KernelCalls.call(null, List.of(), Objects.requireNonNull(code, "code"));
    }

    /**
     * What {@code %name arguments} does. On the notebook's main thread only.
     *
     * {@snippet :
     * List<String> jars = lineMagic("jars", List.of("lib/*.jar"));
     * }
     *
     * @return what the magic gives: those of the class path the paths that they added, others mostly null
     * @throws MagicException with one sentence
     */
    @SuppressWarnings("unchecked") // as the caller wants it
    public static <T> T lineMagic(String name, List<String> arguments) {
        return (T) KernelCalls.call(Objects.requireNonNull(name, "name"), arguments, null);
    }

    /**
     * What {@code %%name arguments} does above this body. On the notebook's main thread only.
     *
     * @return what the magic gives, or the value of the body
     * @throws MagicException with one sentence
     */
    @SuppressWarnings("unchecked") // as the caller wants it
    public static <T> T cellMagic(String name, List<String> arguments, String body) {
        return (T)
                KernelCalls.call(Objects.requireNonNull(name, "name"), arguments, Objects.requireNonNull(body, "body"));
    }

    /** Short for {@code System.out.printf}. */
    public static void printf(String format, Object... values) {
        System.out.printf(format, values);
    }

    /** Removes the output of the current cell: now, or when its next output comes, which does not flicker. */
    public static void clearOutput(boolean untilNextOutput) {
        Screen.clear(untilNextOutput);
    }

    /** From now on values of this type (a class or an interface) are rendered so; the most special type with a renderer counts. */
    public static <T> void renderer(Class<T> type, Function<? super T, MimeBundle> renderer) {
        Renderers.register(type, renderer);
    }

    /** The variables that cells have declared, with the values they have now; of two with the same name the later one. */
    public static Map<String, Object> variables() {
        return Variables.now();
    }

    /** {@code "zh"} in a notebook of the Chinese folder or with {@code HEDDLE_LANGUAGE=zh}, else {@code "en"}. */
    public static String language() {
        return language(System.getenv());
    }

    static String language(Map<String, String> environment) {
        var wanted = environment.get("HEDDLE_LANGUAGE");
        if (wanted != null && !wanted.isBlank()) {
            return wanted.strip().toLowerCase(Locale.ROOT).startsWith("zh") ? "zh" : "en";
        }
        var notebook = environment.getOrDefault("JPY_SESSION_NAME", "");
        try {
            return StreamSupport.stream(Path.of(notebook).spliterator(), false)
                            .anyMatch(folder -> folder.toString().equals("zh"))
                    ? "zh"
                    : "en";
        } catch (IllegalArgumentException e) {
            return "en"; // not a path
        }
    }
}
