package heddle.kernel;

import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The magics there are, and the step that turns a cell with magics into Java with the same lines. */
final class Magics {

    private static final Pattern CELL_MAGIC = Pattern.compile("(\\s*\\n)?%%([A-Za-z]\\w*)[ \\t]*(.*)");
    private static final Pattern LINE_MAGIC =
            Pattern.compile("([ \\t]*|.*=[ \\t]*)%([A-Za-z]\\w*)(?:[ \\t]+(.*?))?[ \\t]*");
    private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|\\S+");
    private static final String TIMING = "heddle.notebook.Timing";
    private static final String TIME = "time";

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

    /** What each name belongs to, where it is none of the kernel's own. */
    private final Map<String, String> origins = new TreeMap<>();

    private final List<String> imports = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Texts texts = Texts.ofThisNotebook();

    Magics(Iterable<Extension> extensions) {
        add(new Magic.Line("magics", text("magics"), _ -> "java.lang.System.out.print(" + literal(list()) + ");"));
        add(new Magic.Line(TIME, text(TIME), code -> code));
        add(new Magic.Cell(
                TIME, text("cell." + TIME), _ -> new Magic.Cell.Frame(TIMING + ".begin();", TIMING + ".end();")));
        for (var action : Action.values()) {
            action.names()
                    .forEach(name -> add(new Magic.Line(
                            name,
                            text(action.names().getFirst()),
                            words -> "heddle.notebook.Notebook.lineMagic(" + literal(name) + ", "
                                    + literals(words(words)) + ");")));
            if (action.takesBody()) {
                var name = action.names().getFirst();
                add(new Magic.Cell(name, text("cell." + name), _ -> new Magic.Cell.Frame("", "")));
            }
        }
        add(extensions);
    }

    static Magics found() {
        return new Magics(ServiceLoader.load(Extension.class));
    }

    /** Those that there are now; what is added to one is not in the other. */
    Magics copy() {
        var copy = new Magics(List.of());
        var own = copy.lines.get("magics"); // it lists those that it is among
        copy.lines.putAll(lines);
        copy.lines.put("magics", own);
        copy.cells.putAll(cells);
        copy.origins.putAll(origins);
        copy.imports.addAll(imports);
        return copy;
    }

    /** @return what they want every cell to import, and one sentence for each that is left out */
    Added add(Iterable<Extension> extensions) {
        var wanted = new ArrayList<String>();
        var left = new ArrayList<String>();
        for (var iterator = extensions.iterator(); ; ) {
            Extension extension = null;
            try {
                if (!iterator.hasNext()) {
                    break;
                }
                extension = iterator.next();
                wanted.addAll(extension.imports());
                var origin =
                        extension.getClass().getName().replaceFirst(".*\\.", "").replaceFirst("Extension$", "");
                for (var magic : extension.magics()) {
                    add(magic);
                    origins.put((magic instanceof Magic.Cell ? "%%" : "%") + magic.name(), origin);
                }
            } catch (Exception | LinkageError | ServiceConfigurationError e) {
                var name = extension == null
                        ? "An extension"
                        : "The extension " + extension.getClass().getName();
                left.add(name + " is left out: " + e);
                if (left.size() > 100) {
                    break;
                }
            }
        }
        imports.addAll(wanted);
        problems.addAll(left);
        return new Added(wanted, left);
    }

    record Added(List<String> imports, List<String> problems) {}

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

    // ---- what they are

    private String text(String name) {
        return texts.say("magic." + name);
    }

    /** In groups; other names of a magic stand behind its own. */
    private String list() {
        var groups = new LinkedHashMap<String, Map<String, String>>();
        for (var name : names()) {
            var action = Action.named(bare(name));
            var title = origins.containsKey(name)
                    ? texts.say("magics.extension", origins.get(name))
                    : texts.say(action != null && action.isOfClassPath() ? "magics.path" : "magics.code");
            var help = helpOf(name);
            if (action != null && !bare(name).equals(action.names().getFirst())) {
                help = texts.say("magics.alias", "%" + action.names().getFirst());
            }
            groups.computeIfAbsent(title, _ -> new LinkedHashMap<>()).put(name, help);
        }
        int width = 2 + names().stream().mapToInt(String::length).max().orElse(0);
        var text = new StringBuilder();
        groups.forEach((title, magics) -> {
            text.append(title).append('\n');
            magics.forEach((name, help) -> text.append("  ")
                    .append(name)
                    .repeat(' ', width - name.length())
                    .append(help)
                    .append('\n'));
        });
        return text.append(texts.say("magics.methods")).append('\n').toString();
    }

    private String helpOf(String name) {
        return name.startsWith("%%")
                ? cells.get(bare(name)).help()
                : lines.get(bare(name)).help();
    }

    private static String bare(String name) {
        return name.substring(name.startsWith("%%") ? 2 : 1);
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
        return names().contains(name) ? helpOf(name) : null;
    }

    // ---- a cell as Java

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
            var arguments = matcher.group(3).strip();
            var action = Action.named(magic.name());
            if (action != null) { // what stands below it is no Java
                var body = cell.substring(matcher.end()).stripLeading();
                var call = "heddle.notebook.Notebook.cellMagic(" + literal(magic.name()) + ", "
                        + literals(words(arguments)) + ", " + literal(body) + ");";
                return new Expanded("", "\n".repeat(line - 1) + call, "", List.of(line));
            }
            var frame =
                    expansion("%%" + magic.name(), line, () -> magic.expansion().around(arguments));
            before = frame.before();
            after = frame.after();
            changed.add(line);
            cell = cell.substring(0, matcher.start()) + "\n".repeat(line - 1) + cell.substring(matcher.end());
        }
        var code = new StringBuilder();
        var scan = new CodeScan();
        int number = 0;
        int last = (int) cell.stripTrailing().lines().count();
        for (var line : cell.split("\n", -1)) {
            number++;
            code.append(number == 1 ? "" : "\n");
            var words = scan.inCode() ? LINE_MAGIC.matcher(line) : null;
            if (words == null || !words.matches() || isLiteral(words.group(1))) {
                if (scan.betweenStatements() && line.stripLeading().startsWith("%")) {
                    throw misplaced(line.strip(), number);
                }
            } else if (lines.containsKey(words.group(2)) || words.group(1).endsWith("=") || scan.betweenStatements()) {
                if (words.group(2).equals(TIME) && number == last) { // the value of what is timed is the cell's
                    line = TIMING + ".begin(); " + timed(words.group(3), number);
                    after = TIMING + ".end();" + after;
                } else {
                    line = words.group(1) + java(words.group(2), words.group(3), number);
                }
                changed.add(number);
            }
            scan.line(line);
            code.append(line);
        }
        return new Expanded(before, code.toString(), after, changed);
    }

    /** Whether what stands before the percent sign ends in no code, or in a comparison. */
    private static boolean isLiteral(String before) {
        var end = before.stripTrailing();
        return end.endsWith("=")
                && (CodeScan.codeOnly(end).charAt(end.length() - 1) != '=' || end.matches(".*[=!<>]="));
    }

    private String java(String name, String arguments, int line) throws BadMagicException {
        var magic = lines.get(name);
        if (magic == null) {
            throw unknown("%" + name, line);
        }
        if (name.equals(TIME)) {
            var code = timed(arguments, line);
            return TIMING + ".begin(); " + code + (code.endsWith(";") || code.endsWith("}") ? " " : "; ") + TIMING
                    + ".end();";
        }
        return expansion("%" + name, line, () -> magic.expansion().toJava(arguments == null ? "" : arguments))
                .replace('\n', ' ');
    }

    /** What is behind {@code %time}: Java, or another magic. */
    private String timed(String arguments, int line) throws BadMagicException {
        if (arguments == null) {
            throw new BadMagicException(texts.say("magics.time.nothing"), line, null);
        }
        var inner = LINE_MAGIC.matcher(arguments);
        return inner.matches() && inner.group(1).isEmpty() ? java(inner.group(2), inner.group(3), line) : arguments;
    }

    /** Words as IJava and JJava have them: at blanks, and those in quotation marks as one. */
    static List<String> words(String arguments) {
        return WORD.matcher(arguments)
                .results()
                .map(word ->
                        word.group(1) == null ? word.group() : word.group(1).replaceAll("\\\\(.)", "$1"))
                .toList();
    }

    /** A cell that does what the method with the magic's name is called for. */
    static String cell(String name, List<String> arguments, String body) {
        var words = arguments.stream()
                .map(word -> word.matches("[^\"\\s]+")
                        ? word
                        : '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
                .collect(Collectors.joining(" "));
        return (body == null ? "%" : "%%") + name + " " + words + (body == null ? "" : "\n" + body);
    }

    private static String literal(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                + '"';
    }

    private static String literals(List<String> words) {
        return words.stream().map(Magics::literal).collect(Collectors.joining(", ", "java.util.List.of(", ")"));
    }

    // ---- what is wrong

    /** @param line begins with a percent sign, where Java has none, and is no line magic */
    private BadMagicException misplaced(String line, int number) {
        var name = line.split("\\s", 2)[0];
        return name.startsWith("%%") && cells.containsKey(name.substring(2))
                ? new BadMagicException(texts.say("magics.misplaced", name), number, null)
                : unknown(name, number);
    }

    private BadMagicException unknown(String name, int line) {
        return new BadMagicException(unknown(name), line, null);
    }

    /** @param name with its percent signs */
    String unknown(String name) {
        var near = names().stream()
                .filter(known -> distance(name, known) <= 2 || bare(known).equalsIgnoreCase(bare(name)))
                .min(Comparator.comparingInt(known -> distance(name, known)));
        return near.map(known -> texts.say("magics.near", name, known))
                .orElseGet(() -> texts.say("magics.unknown", name));
    }

    private static int distance(String a, String b) {
        return Advice.distance(a, b);
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
