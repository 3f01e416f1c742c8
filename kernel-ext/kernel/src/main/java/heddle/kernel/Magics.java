package heddle.kernel;

import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The magics there are, and the step that turns a cell with magics into Java with the same lines. */
final class Magics {

    private static final Pattern CELL_MAGIC = Pattern.compile("(\\s*\\n)?%%([A-Za-z]\\w*)[ \\t]*(.*)");
    private static final Pattern LINE_MAGIC = Pattern.compile("[ \\t]*%([A-Za-z]\\w*)(?:[ \\t]+(.*?))?[ \\t]*");

    /**
     * A cell as Java.
     *
     * @param code as many lines as the cell
     * @param expandedLines the lines (from 1) whose text is a magic's, not the learner's
     */
    record Expanded(String before, String code, String after, List<Integer> expandedLines) {}

    /** A magic that cannot be run; the message is one sentence for the learner, {@code line} counts from 1. */
    static final class BadMagicException extends Exception {
        final int line;

        BadMagicException(String message, int line, Throwable cause) {
            super(message, cause);
            this.line = line;
        }
    }

    private final Map<String, Magic.Line> lines = new TreeMap<>();
    private final Map<String, Magic.Cell> cells = new TreeMap<>();
    private final List<String> imports = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    Magics(Iterable<Extension> extensions) {
        add(new Magic.Line("magics", "lists the magics", _ -> "java.lang.System.out.print(" + literal(list()) + ");"));
        for (var iterator = extensions.iterator(); ; ) {
            Extension extension = null;
            try {
                if (!iterator.hasNext()) {
                    return;
                }
                extension = iterator.next();
                imports.addAll(extension.imports());
                extension.magics().forEach(this::add);
            } catch (Exception | LinkageError | ServiceConfigurationError e) {
                var name = extension == null
                        ? "An extension"
                        : "The extension " + extension.getClass().getName();
                problems.add(name + " is left out: " + e);
            }
        }
    }

    static Magics found() {
        return new Magics(ServiceLoader.load(Extension.class));
    }

    private void add(Magic magic) {
        switch (magic) {
            case Magic.Line line -> lines.put(line.name(), line);
            case Magic.Cell cell -> cells.put(cell.name(), cell);
        }
    }

    /** What the extensions want every cell to import. */
    List<String> imports() {
        return List.copyOf(imports);
    }

    /** One sentence for each extension that was left out. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    private String list() {
        var text = new StringBuilder();
        int width = 2
                + Math.max(
                        lines.keySet().stream().mapToInt(String::length).max().orElse(0) + 1,
                        cells.keySet().stream().mapToInt(String::length).max().orElse(0) + 2);
        lines.values().forEach(magic -> row(text, "%" + magic.name(), magic.help(), width));
        cells.values().forEach(magic -> row(text, "%%" + magic.name(), magic.help(), width));
        return text.toString();
    }

    private static void row(StringBuilder text, String name, String help, int width) {
        text.append(name).repeat(' ', width - name.length()).append(help).append('\n');
    }

    private static String literal(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** All names with their percent signs, for completion. */
    List<String> names() {
        var names = new ArrayList<String>();
        lines.keySet().forEach(name -> names.add("%" + name));
        cells.keySet().forEach(name -> names.add("%%" + name));
        return names;
    }

    /** One line about {@code %name} or {@code %%name}, or null. */
    String help(String name) {
        if (name.startsWith("%%")) {
            var magic = cells.get(name.substring(2));
            return magic == null ? null : magic.help();
        }
        var magic = lines.get(name.substring(1));
        return magic == null ? null : magic.help();
    }

    Expanded expand(String cell) throws BadMagicException {
        if (cell.indexOf('%') < 0) {
            return new Expanded("", cell, "", List.of());
        }
        String before = "";
        String after = "";
        var changed = new ArrayList<Integer>();
        var matcher = CELL_MAGIC.matcher(cell);
        if (matcher.lookingAt()) {
            int line = 1
                    + (int) cell.substring(0, matcher.start(2))
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            var magic = cells.get(matcher.group(2));
            if (magic == null) {
                throw unknown("%%" + matcher.group(2), line);
            }
            var frame = expansion(
                    "%%" + magic.name(),
                    line,
                    () -> magic.expansion().around(matcher.group(3).strip()));
            before = frame.before();
            after = frame.after();
            changed.add(line);
            cell = cell.substring(0, matcher.start()) + "\n".repeat(line - 1) + cell.substring(matcher.end());
        }
        var code = new StringBuilder();
        var scan = new CodeScan();
        int number = 0;
        for (var line : cell.split("\n", -1)) {
            number++;
            code.append(number == 1 ? "" : "\n");
            var lineMagic = scan.inCode() ? LINE_MAGIC.matcher(line) : null;
            if (lineMagic == null || !lineMagic.matches()) {
                if (scan.betweenStatements() && line.stripLeading().startsWith("%")) {
                    throw misplaced(line.strip(), number);
                }
            } else if (lines.containsKey(lineMagic.group(1)) || scan.betweenStatements()) {
                var magic = lines.get(lineMagic.group(1));
                if (magic == null) {
                    throw unknown("%" + lineMagic.group(1), number);
                }
                var arguments = lineMagic.group(2) == null ? "" : lineMagic.group(2);
                line = expansion(
                                "%" + magic.name(),
                                number,
                                () -> magic.expansion().toJava(arguments))
                        .replace('\n', ' ');
                changed.add(number);
            }
            scan.line(line);
            code.append(line);
        }
        return new Expanded(before, code.toString(), after, changed);
    }

    /** @param line begins with a percent sign, where Java has none, and is no line magic */
    private BadMagicException misplaced(String line, int number) {
        var name = line.split("\\s", 2)[0];
        return name.startsWith("%%") && cells.containsKey(name.substring(2))
                ? new BadMagicException(name + " must stand before everything else in its cell.", number, null)
                : unknown(name, number);
    }

    private BadMagicException unknown(String name, int line) {
        return new BadMagicException(
                "There is no magic " + name + "; there are " + String.join(", ", names()) + ".", line, null);
    }

    private interface Expansion<T> {
        T get();
    }

    private static <T> T expansion(String name, int line, Expansion<T> expansion) throws BadMagicException {
        try {
            return expansion.get();
        } catch (IllegalArgumentException e) {
            throw new BadMagicException(e.getMessage(), line, e);
        } catch (RuntimeException | LinkageError e) {
            throw new BadMagicException(name + " failed: " + e, line, e);
        }
    }
}
