package heddle.install;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code launch.txt}, which says how the kernel is started; the launcher reads it, too. */
final class LaunchFile {

    private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");

    private final Map<String, List<String>> sections = new LinkedHashMap<>();

    private LaunchFile(String text) {
        List<String> lines = new ArrayList<>();
        for (var line : text.lines().toList()) {
            if (line.startsWith("[")) {
                lines = new ArrayList<>();
                sections.put(line.substring(1, line.length() - 1), lines);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                lines.add(line);
            }
        }
    }

    static LaunchFile own() {
        try (var in = LaunchFile.class.getResourceAsStream("/launch.txt")) {
            return new LaunchFile(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param places what stands for what in braces
     * @param aot the section that stands for {@code {aot}}; null for none
     */
    List<String> words(String section, Map<String, String> places, String aot) {
        var words = new ArrayList<String>();
        for (var line : sections.get(section)) {
            if (line.equals("{aot}")) {
                if (aot != null) {
                    words.addAll(words(aot, places, null));
                }
            } else {
                words.add(
                        PLACE.matcher(line).replaceAll(place -> Matcher.quoteReplacement(places.get(place.group(1)))));
            }
        }
        return words;
    }
}
