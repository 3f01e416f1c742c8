package heddle.kernel;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What environment variables ask for: those of IJava ({@code IJAVA_...}) and JJava ({@code JJAVA_...}), and the same under our own name
 * ({@code HEDDLE_...}), which counts first.
 *
 * @param classPath patterns for files
 * @param startup what is run before the first cell
 * @param timeout for one statement at the top of a cell; null for none
 * @param jvmOptions for the process that runs the cells
 * @param problems one sentence for each variable that is not followed
 */
record Settings(
        List<String> classPath,
        List<String> compilerOptions,
        List<Script> startup,
        Duration timeout,
        List<String> jvmOptions,
        boolean loadsExtensions,
        List<String> problems) {

    record Script(String name, String code) {}

    static final Settings NONE = new Settings(List.of(), List.of(), List.of(), null, List.of(), true, List.of());

    private static final Pattern VARIABLE = Pattern.compile("(HEDDLE|JJAVA|IJAVA)_(\\w+)");
    private static final Pattern TIMEOUT = Pattern.compile("\\s*(-?\\d{1,15})\\W*([A-Za-z]*)\\s*");

    private static final Set<String> KNOWN = Set.of(
            "CLASSPATH",
            "COMPILER_OPTS",
            "STARTUP_SCRIPT",
            "STARTUP_SCRIPTS_PATH",
            "TIMEOUT",
            "JVM_OPTS",
            "LOAD_EXTENSIONS");

    static Settings of(Map<String, String> environment) {
        var texts = Texts.ofThisNotebook();
        var values = new TreeMap<String, Map.Entry<String, String>>(); // by what follows the prefix
        var problems = new ArrayList<String>();
        for (var prefix : List.of("IJAVA_", "JJAVA_", "HEDDLE_")) {
            new TreeMap<>(environment).forEach((name, value) -> {
                var variable = VARIABLE.matcher(name);
                if (name.startsWith(prefix) && variable.matches()) {
                    if (KNOWN.contains(variable.group(2))) {
                        values.put(variable.group(2), Map.entry(name, value));
                    } else if (!prefix.equals("HEDDLE_")) { // of ours there are more
                        problems.add(texts.say("settings.unknown", name));
                    }
                }
            });
        }
        var reader = new Reader(values, problems, texts);
        return new Settings(
                reader.paths("CLASSPATH"),
                reader.words("COMPILER_OPTS"),
                reader.scripts(),
                reader.timeout(),
                reader.words("JVM_OPTS"),
                reader.loadsExtensions(),
                List.copyOf(problems));
    }

    private record Reader(Map<String, Map.Entry<String, String>> values, List<String> problems, Texts texts) {

        String value(String name) {
            var entry = values.get(name);
            return entry == null ? "" : entry.getValue();
        }

        List<String> paths(String name) {
            return Stream.of(value(name).split(Pattern.quote(File.pathSeparator)))
                    .map(String::strip)
                    .filter(path -> !path.isEmpty())
                    .toList();
        }

        List<String> words(String name) {
            return Magics.words(value(name));
        }

        List<Script> scripts() {
            var scripts = new ArrayList<Script>();
            for (var pattern : paths("STARTUP_SCRIPTS_PATH")) {
                var variable = values.get("STARTUP_SCRIPTS_PATH").getKey();
                try {
                    var files = Globs.files(pattern);
                    if (files.isEmpty()) {
                        problems.add(texts.say("settings.no.file", variable, pattern));
                    }
                    for (var file : files) {
                        scripts.add(new Script(file.getFileName().toString(), Files.readString(file)));
                    }
                } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
                    problems.add(texts.say("settings.unreadable", variable, pattern, e));
                }
            }
            if (!value("STARTUP_SCRIPT").isBlank()) {
                scripts.add(new Script(values.get("STARTUP_SCRIPT").getKey(), value("STARTUP_SCRIPT")));
            }
            return List.copyOf(scripts);
        }

        Duration timeout() {
            var text = value("TIMEOUT");
            if (text.isBlank()) {
                return null;
            }
            var matcher = TIMEOUT.matcher(text);
            if (matcher.matches()) {
                try {
                    var unit = matcher.group(2).isEmpty()
                            ? TimeUnit.MILLISECONDS
                            : TimeUnit.valueOf(matcher.group(2).toUpperCase(Locale.ROOT));
                    long number = Long.parseLong(matcher.group(1));
                    return number < 1 ? null : Duration.of(number, unit.toChronoUnit());
                } catch (IllegalArgumentException | ArithmeticException e) {
                    // said below
                }
            }
            problems.add(texts.say(
                    "settings.no.timeout",
                    values.get("TIMEOUT").getKey(),
                    text,
                    Stream.of(TimeUnit.values()).map(Enum::name).collect(Collectors.joining(", "))));
            return null;
        }

        boolean loadsExtensions() {
            var text = values.containsKey("LOAD_EXTENSIONS")
                    ? value("LOAD_EXTENSIONS").strip()
                    : "1";
            return !text.isEmpty() && !text.equals("0") && !text.equalsIgnoreCase("false");
        }
    }
}
