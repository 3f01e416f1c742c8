package heddle.kernel;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The simple patterns for files that IJava and JJava have: {@code *} and {@code ?} within a name, a {@code /} at the end for all in a folder, {@code ~} for one's own. */
final class Globs {
    private Globs() {}

    /** The files that there are, in order; a path without wildcards is itself. Relative ones begin in the notebook's folder. */
    static List<Path> files(String pattern) {
        var text = pattern.replace('\\', '/').equals(pattern) || File.separatorChar == '/'
                ? pattern
                : pattern.replace('\\', '/');
        if (text.equals("~") || text.startsWith("~/")) {
            text = System.getProperty("user.home") + text.substring(1);
        }
        if (text.endsWith("/")) {
            text += "*";
        }
        var names = text.split("/+");
        int first = 0;
        while (first < names.length && !isWild(names[first])) {
            first++;
        }
        var base = String.join("/", Arrays.copyOf(names, first));
        var start = Path.of(text.startsWith("/") ? "/" + base : base.matches("\\w:") ? base + "/" : base);
        var found = List.of(start);
        for (var name : Arrays.copyOfRange(names, first, names.length)) {
            var wanted = regex(name);
            found = found.stream()
                    .flatMap(folder -> children(folder).stream())
                    .filter(file ->
                            wanted.matcher(file.getFileName().toString()).matches())
                    .toList();
        }
        return found.stream().filter(Files::exists).toList();
    }

    private static boolean isWild(String name) {
        return name.indexOf('*') >= 0 || name.indexOf('?') >= 0;
    }

    private static Pattern regex(String name) {
        return Pattern.compile(name.codePoints()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining()));
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder.toString().isEmpty() ? Path.of(".") : folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
