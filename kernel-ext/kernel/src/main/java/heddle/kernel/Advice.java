package heddle.kernel;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.SourceCodeAnalysis;

/**
 * One plain sentence for the mistakes that beginners make most.
 *
 * <p>Which these are: unbalanced brackets and quotation marks, wrong arguments, a missing return, = for == are the first four in Altadmri and
 * Brown, "37 Million Compilations", SIGCSE 2015; names that are not known, types that do not fit and missing semicolons the first three in Denny,
 * Luxton-Reilly and Tempero, "All Syntax Errors Are Not Equal", ITiCSE 2012. In lessons on threads come: checked exceptions, variables that
 * a lambda captures, code behind an endless loop.
 */
final class Advice {

    /** What is told of names beside what the compiler says of them. */
    interface Declared {
        /** Why something of this name cannot be used yet, in a sentence; null when that is not so. */
        String waiting(String name);
    }

    private static final Pattern SYMBOL = Pattern.compile("symbol: (?:static )?(variable|method|class) (\\w+).*");
    private static final Pattern LOSSY = Pattern.compile(".*possible lossy conversion from (\\S+) to (\\S+)");
    private static final Pattern CONVERTED = Pattern.compile(".*?([^:]+) cannot be converted to (.+)");
    private static final Pattern EXCEPTION = Pattern.compile("unreported exception (\\S+?);.*");
    private static final Pattern NEVER_THROWN = Pattern.compile("exception (\\S+) is never thrown.*");
    private static final Pattern NOT_STATIC = Pattern.compile("non-static (?:variable|method) (\\w+).*");
    private static final Pattern APPLIED = Pattern.compile("(?:method|constructor|record|enum) (\\w+) in .*");
    private static final Pattern NO_FIT = Pattern.compile("no suitable (?:method|constructor) found for (\\w+).*");
    private static final Pattern NAMED = Pattern.compile("(?:\\w+ )*?(?:variable|method|class) (\\w+).*");
    private static final Pattern FINAL = Pattern.compile("cannot assign a value to (?:static )?final variable (\\w+)");
    private static final Pattern NO_PACKAGE = Pattern.compile("package (\\w+) does not exist");
    private static final Pattern ABSTRACT =
            Pattern.compile("(\\S+) is not abstract and does not override abstract method (\\S+) in (\\S+)");
    private static final Pattern SINGLE_EQUALS = Pattern.compile("[^=!<>]=[^=]");
    private static final Map<Character, Character> CLOSING = Map.of('(', ')', '[', ']', '{', '}');

    private final Texts texts;
    private final SourceCodeAnalysis analysis;
    private final Declared declared;

    Advice(Texts texts, SourceCodeAnalysis analysis, Declared declared) {
        this.texts = texts;
        this.analysis = analysis;
        this.declared = declared;
    }

    /**
     * @param code the cell
     * @param start where in the cell the compiled text starts
     * @param end where the marked place ends
     * @param at where in the cell the marked place is
     */
    Optional<String> on(Compiler.Problem problem, String code, int start, int at, int end) {
        var message = problem.message();
        var marked = code.substring(at, Math.clamp(end, at, code.length()));
        return Optional.ofNullable(
                switch (problem.code()) {
                    case "compiler.err.expected" ->
                        message.startsWith("';'")
                                ? texts.say("semicolon")
                                : message.matches("'[])}]'.*") ? brackets(code) : null;
                    case "compiler.err.expected2", "compiler.err.expected3", "compiler.err.expected4" -> brackets(code);
                    case "compiler.err.premature.eof",
                            "compiler.err.illegal.start.of.type",
                            "compiler.err.illegal.start.of.expr",
                            "compiler.err.illegal.start.of.stmt" -> unbalanced(code);
                    case "compiler.err.unclosed.str.lit", "compiler.err.unclosed.text.block" ->
                        texts.say("text.unclosed");
                    case "compiler.err.unclosed.char.lit", "compiler.err.empty.char.lit" ->
                        texts.say("character.unclosed");
                    case "compiler.err.prob.found.req" -> types(message, marked);
                    case "compiler.err.missing.ret.stmt" -> texts.say("return.missing");
                    case "compiler.err.unreported.exception.need.to.catch.or.throw" ->
                        say("exception", EXCEPTION, message);
                    case "compiler.err.except.never.thrown.in.try" -> say("exception.never", NEVER_THROWN, message);
                    case "compiler.err.non-static.cant.be.ref" -> say("static", NOT_STATIC, message);
                    case "compiler.err.cant.ref.non.effectively.final.var" -> texts.say("captured");
                    case "compiler.err.unreachable.stmt" -> texts.say("unreachable");
                    case "compiler.err.not.stmt" -> texts.say("not.statement");
                    case "compiler.err.var.might.not.have.been.initialized" -> say("uninitialized", NAMED, message);
                    case "compiler.err.cant.assign.val.to.var" -> say("final", FINAL, message);
                    case "compiler.err.already.defined" -> say("declared", NAMED, message);
                    case "compiler.err.does.not.override.abstract" -> promised(message);
                    case "compiler.err.cant.apply.symbol" -> arguments(problem);
                    case "compiler.err.cant.apply.symbols" -> say("arguments.no.fit", NO_FIT, message);
                    case "compiler.err.doesnt.exist" -> nearPackage(message, code, start, at);
                    case String unknown
                    when unknown.startsWith("compiler.err.cant.resolve") ->
                        problem.details().stream()
                                .map(SYMBOL::matcher)
                                .filter(Matcher::matches)
                                .findFirst()
                                .map(symbol -> undeclared(problem, code, start, at, symbol.group(1), symbol.group(2)))
                                .orElse(null);
                    default -> null;
                });
    }

    /** The text with the names of the message in it. */
    private String say(String key, Pattern pattern, String message) {
        var found = pattern.matcher(message);
        return found.matches() ? texts.say(key, Diagnostics.simple(found.group(1))) : null;
    }

    private String types(String message, String marked) {
        var lossy = LOSSY.matcher(message);
        if (lossy.matches()) {
            return texts.say("lossy", lossy.group(1), lossy.group(2));
        }
        if (message.endsWith("missing return value")) {
            return texts.say("return.value");
        }
        if (message.endsWith("unexpected return value")) {
            return texts.say("return.void");
        }
        var converted = CONVERTED.matcher(message);
        if (!converted.matches()) {
            return null;
        }
        var from = Diagnostics.simple(converted.group(1).strip());
        var to = Diagnostics.simple(converted.group(2));
        if (to.equals("boolean")
                && SINGLE_EQUALS.matcher(CodeScan.codeOnly(marked)).find()) {
            return texts.say("assigns");
        }
        return switch (from + " " + to) {
            case "String int", "String Integer" -> texts.say("text.to.int");
            case "String double", "String Double" -> texts.say("text.to.double");
            case "int String", "long String", "double String", "char String" -> texts.say("to.text");
            default -> texts.say("mismatch", from, to);
        };
    }

    private String promised(String message) {
        var found = ABSTRACT.matcher(message);
        return found.matches()
                ? texts.say(
                        "abstract",
                        Diagnostics.simple(found.group(1)),
                        Diagnostics.simple(found.group(2)),
                        Diagnostics.simple(found.group(3)))
                : null;
    }

    private String arguments(Compiler.Problem problem) {
        var applied = APPLIED.matcher(problem.message());
        var required = detail(problem, "required: ");
        var found = detail(problem, "found: ");
        return applied.matches() && required != null && found != null
                ? texts.say("arguments", applied.group(1), required, found)
                : null;
    }

    private String detail(Compiler.Problem problem, String lead) {
        return problem.details().stream()
                .filter(detail -> detail.startsWith(lead))
                .map(detail -> detail.substring(lead.length()).strip())
                .map(types -> types.equals("no arguments")
                        ? texts.say("arguments.none")
                        : "(" + Diagnostics.simple(types).replace(",", ", ") + ")")
                .findFirst()
                .orElse(null);
    }

    // ---- names

    private String undeclared(Compiler.Problem problem, String code, int start, int at, String kind, String name) {
        if (name.isEmpty()) {
            return null;
        }
        var waiting = declared.waiting(name);
        if (waiting != null) {
            return waiting;
        }
        int place = code.indexOf(name, at);
        var context = code.substring(start, place < 0 ? at : place);
        if (!context.stripTrailing().endsWith(".") && Character.isUpperCase(name.charAt(0)) && !kind.equals("method")) {
            var imports = imports(name);
            if (!imports.isEmpty()) {
                return texts.say("import", name, String.join(texts.say("or"), imports));
            }
        }
        var near = near(kind, name, context);
        return near != null ? texts.say("undeclared.near", name, near) : texts.say("undeclared." + kind, name);
    }

    /** {@code system.out}: what is followed by a dot and not known, the compiler takes for a package. */
    private String nearPackage(String message, String code, int start, int at) {
        var name = NO_PACKAGE.matcher(message);
        int place = name.matches() ? code.lastIndexOf(name.group(1), at) : -1;
        var near = place < start ? null : near("variable", name.group(1), code.substring(start, place));
        return near == null ? null : texts.say("undeclared.near", name.group(1), near);
    }

    /** The import declarations that would make the name known, those of everyday packages first. */
    private List<String> imports(String name) {
        // JShell's own index of the JDK takes some seconds to be made.
        var ofJdk = ModuleLayer.boot().modules().stream()
                .filter(module -> module.getName().startsWith("java."))
                .flatMap(module -> module.getPackages().stream()
                        .filter(module::isExported)
                        .filter(inPackage -> Files.exists(Path.of(URI.create("jrt:/" + module.getName() + "/"
                                + inPackage.replace('.', '/') + "/" + name + ".class"))))
                        .map(inPackage -> inPackage + "." + name));
        var onClassPath = analysis.listQualifiedNames(name, name.length()).getNames().stream();
        return Stream.concat(ofJdk, onClassPath)
                .distinct()
                .sorted(Comparator.comparing((String found) -> !found.startsWith("java.util."))
                        .thenComparing(found -> !found.startsWith("java."))
                        .thenComparing(String::length)
                        .thenComparing(Comparator.naturalOrder()))
                .limit(3)
                .map(found -> "import " + found + ";")
                .toList();
    }

    /** What could stand there and is written nearly so; null when nothing is. */
    private String near(String kind, String name, String context) {
        var anchor = new int[1];
        return analysis.completionSuggestions(context, context.length(), anchor).stream()
                .map(SourceCodeAnalysis.Suggestion::continuation)
                .filter(continuation -> kind.equals("method") == continuation.contains("("))
                .map(continuation -> continuation.replaceFirst("\\W.*", ""))
                .filter(candidate -> !candidate.isEmpty() && !candidate.equals(name))
                .distinct()
                .filter(candidate -> Math.abs(candidate.length() - name.length()) <= 2)
                .collect(Collectors.toMap(candidate -> candidate, candidate -> distance(name, candidate)))
                .entrySet()
                .stream()
                .filter(candidate ->
                        candidate.getValue() <= (name.length() < 4 ? 1 : 2) && candidate.getValue() < name.length())
                .min(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(candidate -> -candidate.getKey().length())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    /** How many letters must be left out, put in, replaced or swapped with the next; only the case of letters counts one in all. */
    static int distance(String a, String b) {
        if (a.equalsIgnoreCase(b)) {
            return 1;
        }
        var rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                rows[i][j] = Math.min(Math.min(rows[i - 1][j], rows[i][j - 1]) + 1, rows[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[a.length()][b.length()];
    }

    // ---- brackets

    private String brackets(String code) {
        return Objects.requireNonNullElseGet(unbalanced(code), () -> texts.say("bracket.expected"));
    }

    /** The first bracket without its counterpart, or null. */
    private String unbalanced(String code) {
        record Open(char bracket, int line) {}
        var open = new ArrayDeque<Open>();
        int line = 1;
        var plain = CodeScan.codeOnly(code);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c == '\n') {
                line++;
            } else if (CLOSING.containsKey(c)) {
                open.push(new Open(c, line));
            } else if (CLOSING.containsValue(c)) {
                if (open.isEmpty()) {
                    return texts.say("bracket.extra", c, opening(c));
                }
                if (CLOSING.get(open.peek().bracket()) != c) {
                    break;
                }
                open.pop();
            }
        }
        return open.isEmpty()
                ? null
                : texts.say(
                        "bracket.unclosed",
                        open.peek().bracket(),
                        open.peek().line(),
                        CLOSING.get(open.peek().bracket()));
    }

    private static char opening(char closing) {
        return CLOSING.entrySet().stream()
                .filter(pair -> pair.getValue() == closing)
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
