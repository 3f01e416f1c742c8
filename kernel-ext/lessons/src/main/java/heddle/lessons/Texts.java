package heddle.lessons;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Properties;

/** A UTF-8 properties file beside this class: the words of one language, or the answers, which have no language. */
final class Texts {
    private final String file;
    private final Properties properties = new Properties();

    private Texts(String file) {
        this.file = file;
        var stream = Texts.class.getResourceAsStream(file);
        if (stream == null) {
            throw new IllegalStateException("The lessons' file " + file + " is missing from the build.");
        }
        try (var reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("The lessons' file " + file + " cannot be read.", e);
        }
    }

    static Texts answers() {
        return new Texts("answers.properties");
    }

    /** @param language {@code "zh"} for Chinese; every other language reads English */
    static Texts in(String language) {
        return new Texts(language.equals("zh") ? "texts_zh.properties" : "texts_en.properties");
    }

    Optional<String> find(String key) {
        return Optional.ofNullable(properties.getProperty(key));
    }

    /** The text with {@code {0}}, {@code {1}} ... replaced. Not MessageFormat: the texts are full of braces and apostrophes. */
    String say(String key, Object... values) {
        var text = find(key).orElseThrow(() -> new IllegalStateException(file + " has no text " + key + "."));
        for (var i = 0; i < values.length; i++) {
            text = text.replace("{" + i + "}", String.valueOf(values[i]));
        }
        return text;
    }

    Iterable<String> keys() {
        return properties.stringPropertyNames();
    }
}
