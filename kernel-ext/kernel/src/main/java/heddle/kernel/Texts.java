package heddle.kernel;

import heddle.notebook.Notebook;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The kernel's sentences in one language: a UTF-8 properties file beside this class. */
public final class Texts {
    private static final class OfThisNotebook {
        static final Texts TEXTS = in(Notebook.language());
    }

    private final Properties properties = new Properties();

    private Texts(String file) {
        var stream = Texts.class.getResourceAsStream(file);
        if (stream == null) {
            throw new IllegalStateException("The kernel's file " + file + " is missing from the build.");
        }
        try (var reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("The kernel's file " + file + " cannot be read.", e);
        }
    }

    /** @param language {@code "zh"} for Chinese; every other language reads English */
    static Texts in(String language) {
        return new Texts(language.equals("zh") ? "texts_zh.properties" : "texts_en.properties");
    }

    public static Texts ofThisNotebook() {
        return OfThisNotebook.TEXTS;
    }

    /** The text with {@code {0}}, {@code {1}} ... replaced. Not MessageFormat: the texts are full of braces and apostrophes. */
    public String say(String key, Object... values) {
        var text = properties.getProperty(key);
        if (text == null) {
            throw new IllegalStateException("The kernel has no text " + key + ".");
        }
        for (int i = 0; i < values.length; i++) {
            text = text.replace("{" + i + "}", String.valueOf(values[i]));
        }
        return text;
    }

    Iterable<String> keys() {
        return properties.stringPropertyNames();
    }
}
