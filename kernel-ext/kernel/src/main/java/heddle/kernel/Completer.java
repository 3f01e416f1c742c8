package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import heddle.protocol.Content.CompleteReply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.MethodSnippet;
import jdk.jshell.PersistentSnippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Suggestion;

/** What may stand at the cursor, the likeliest first. JShell knows what can; how well it fits is told here. */
final class Completer {

    private static final int MOST_MATCHES = 500;

    /** Each takes the compiler a millisecond or two, and front ends show them hardly ever. */
    private static final int MOST_SIGNATURES = 3;

    private static final int MOST_SNIPPETS_ABOVE = 50;
    private static final int MOST_FILES = 200;
    private static final int MOST_NOT_IMPORTED = 20;
    private static final int SHORTEST_NOT_IMPORTED = 3;

    private static final int SHORTEST_KEYWORD = 2;

    private static final List<String> KEYWORDS = List.of(
            ("abstract assert boolean break byte case catch char class continue default double else enum extends false final"
                            + " finally float for if implements import instanceof int interface long new null package permits private"
                            + " protected public record return sealed short static super switch synchronized this throw throws"
                            + " transient true try var void volatile while yield")
                    .split(" "));

    private static final Pattern NAME =
            Pattern.compile("\\b[\\p{javaJavaIdentifierStart}][\\p{javaJavaIdentifierPart}]*");
    private static final Pattern MAGIC = Pattern.compile("\\s*%{1,2}\\w*");
    private static final Pattern FILE_CALL = Pattern.compile(
            ".*\\b(?:Path\\.of|Paths\\.get|resolve|new File(?:Reader|Writer|InputStream|OutputStream)?)\\s*\\(\\s*");
    private static final Pattern CHARACTER = Pattern.compile("'(?:\\\\.|[^'\\\\])'");

    /** What every object has is hardly ever meant. */
    private static final Set<String> OF_EVERY_OBJECT =
            Set.of("equals(", "getClass()", "hashCode()", "notify()", "notifyAll()", "toString()", "wait(", "wait()");

    /** @param kind as JupyterLab names it, see {@link #kind} */
    private record Match(String text, boolean fitsType, String kind) {
        String name() {
            int end = text.indexOf('(');
            return end < 0 ? text : text.substring(0, end);
        }
    }

    private final Compiler compiler;
    private final SourceCodeAnalysis analysis;
    private final Splitter splitter;
    private final Magics magics;

    Completer(Compiler compiler, Splitter splitter, Magics magics) {
        this.compiler = compiler;
        this.analysis = compiler.analysis();
        this.splitter = splitter;
        this.magics = magics;
    }

    /** @param cursor in UTF-16 units */
    CompleteReply complete(String code, int cursor) {
        int lineStart = code.lastIndexOf('\n', cursor - 1) + 1;
        var line = code.substring(lineStart, cursor);
        var magic = MAGIC.matcher(line);
        if (magic.lookingAt()) {
            if (magic.end() == line.length()) {
                var prefix = line.strip();
                return reply(
                        code,
                        cursor - prefix.length(),
                        cursor,
                        magics.names().stream()
                                .filter(name -> name.startsWith(prefix))
                                .map(name -> new Match(name, true, "magic"))
                                .toList(),
                        match -> magics.help(match.text));
            }
            var files = files(code, line.substring(line.lastIndexOf(' ') + 1), cursor);
            if (!files.matches().isEmpty()) {
                return files;
            }
            // What follows a magic may be Java.
            code = code.substring(0, lineStart) + " ".repeat(magic.end()) + code.substring(lineStart + magic.end());
        }
        int quote = openQuote(line);
        if (quote >= 0) {
            var written = line.substring(quote + 1);
            return FILE_CALL.matcher(line.substring(0, quote)).matches() || written.contains("/")
                    ? files(code, written, cursor)
                    : reply(code, cursor, cursor, List.of(), _ -> null);
        }
        return java(code, cursor);
    }

    /** Where in the line the string begins whose end is still to come; negative when there is none. */
    private static int openQuote(String line) {
        int open = -1;
        var text = CHARACTER
                .matcher(line)
                .replaceAll(found -> " ".repeat(found.group().length()));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && open >= 0) {
                i++;
            } else if (c == '"') {
                open = open < 0 ? i : -1;
            } else if (c == '/' && open < 0 && text.startsWith("//", i)) {
                return -1;
            }
        }
        return open;
    }

    // Files

    private static CompleteReply files(String code, String written, int cursor) {
        int slash = written.lastIndexOf('/');
        var prefix = written.substring(slash + 1);
        var found = new ArrayList<Match>();
        try (var entries = Files.newDirectoryStream(Path.of(slash < 0 ? "" : written.substring(0, slash + 1)))) {
            for (var entry : entries) {
                var name = entry.getFileName().toString();
                if (name.startsWith(prefix) && (prefix.startsWith(".") || !name.startsWith("."))) {
                    found.add(new Match(name + (Files.isDirectory(entry) ? "/" : ""), true, "path"));
                    if (found.size() > 50 * MOST_FILES) {
                        break; // nobody reads on, and the folder may be endless
                    }
                }
            }
        } catch (IOException | InvalidPathException | java.nio.file.DirectoryIteratorException e) {
            // what is no folder has no files
        }
        found.sort(Comparator.comparing(Match::text));
        return reply(
                code,
                cursor - prefix.length(),
                cursor,
                found.stream().limit(MOST_FILES).toList(),
                _ -> null);
    }

    // Java

    /** What JShell would have stand at the cursor. */
    private record Suggestions(List<Suggestion> all, Place place, int anchor) {}

    private CompleteReply java(String code, int cursor) {
        int word = Place.wordStart(code, cursor);
        var prefix = code.substring(word, cursor);
        boolean isMember = word > 0 && code.charAt(word - 1) == '.';
        var found = suggestions(code, cursor);
        var above = isMember || prefix.isEmpty() ? List.<String>of() : declaredAbove(code, word, prefix);
        Predicate<String> fits = text -> text.startsWith(prefix);
        if (found.all.isEmpty() && above.isEmpty() && !prefix.isEmpty()) {
            var humps = humps(prefix);
            fits = text -> humps.matcher(text).lookingAt();
            found = suggestions(code.substring(0, word), word);
        }
        int start = found.all.isEmpty() || word < cursor ? word : Math.clamp(found.anchor, 0, cursor);
        var matches = new LinkedHashMap<String, Match>();
        above.forEach(text -> matches.put(text, new Match(text, true, kind(text))));
        boolean typed = found.all.stream().anyMatch(suggestion -> !suggestion.matchesType());
        for (var suggestion : found.all) {
            var text = suggestion.continuation();
            // nobody looks for the names JShell gives to values, before a "$" is typed
            if (start == word && !fits.test(text) || prefix.isEmpty() && text.startsWith("$")) {
                continue;
            }
            boolean fitsType = typed && suggestion.matchesType();
            matches.merge(text, new Match(text, fitsType, kind(text)), (a, b) -> a.fitsType ? a : b);
        }
        var best = new ArrayList<>(matches.values());
        best.sort(likeliest(code, word, prefix, isMember));
        if (!isMember) {
            var known = best.stream().map(Match::name).collect(Collectors.toSet());
            notImported(prefix).stream()
                    .filter(name -> !known.contains(name.substring(name.lastIndexOf('.') + 1)))
                    .forEach(name -> best.add(new Match(name, false, "class")));
            if (prefix.length() >= SHORTEST_KEYWORD) {
                KEYWORDS.stream()
                        .filter(keyword -> keyword.startsWith(prefix) && !known.contains(keyword))
                        .forEach(keyword -> best.add(new Match(keyword, false, "keyword")));
            }
        }
        var place = found.place;
        int anchor = start - place.offset();
        return reply(
                code,
                start,
                cursor,
                best.stream().limit(MOST_MATCHES).toList(),
                best.size() <= MOST_SIGNATURES
                        ? match -> signature(place.text().substring(0, anchor), match.text)
                        : _ -> null);
    }

    private Suggestions suggestions(String code, int cursor) {
        var anchor = new int[] {cursor};
        var place = Place.of(code, cursor, splitter);
        var suggestions = analysis.completionSuggestions(place.text(), place.cursor(), anchor);
        if (suggestions.isEmpty() && place.aloneStart() >= 0) {
            place = new Place(code.substring(place.aloneStart()), cursor - place.aloneStart(), place.aloneStart(), -1);
            anchor[0] = cursor;
            suggestions = analysis.completionSuggestions(place.text(), place.cursor(), anchor);
        }
        return new Suggestions(suggestions, place, anchor[0] + place.offset());
    }

    /** What begins so in whatever case, or whose words begin so: {@code nFTP}, {@code ALi}. */
    private static Pattern humps(String prefix) {
        var humps = Stream.of(prefix.split("(?=\\p{Lu})"))
                .map(hump -> (hump.isEmpty()
                        ? ""
                        : "[" + Character.toString(hump.codePointAt(0))
                                + hump.substring(0, Character.charCount(hump.codePointAt(0)))
                                        .toUpperCase(java.util.Locale.ROOT)
                                + "]" + Pattern.quote(hump.substring(Character.charCount(hump.codePointAt(0))))))
                .collect(Collectors.joining("[\\p{Ll}\\d_$]*"));
        return Pattern.compile("(?:" + humps + "|(?iu:" + Pattern.quote(prefix) + "))");
    }

    private Comparator<Match> likeliest(String code, int word, String prefix, boolean isMember) {
        var own = isMember
                ? Set.<String>of()
                : compiler.declared()
                        .filter(DeclarationSnippet.class::isInstance)
                        .map(snippet -> ((DeclarationSnippet) snippet).name())
                        .collect(Collectors.toSet());
        var used = NAME.matcher(code)
                .results()
                .filter(name -> name.start() != word)
                .map(MatchResult::group)
                .collect(Collectors.toCollection(HashSet::new));
        var deprecated = isMember ? Platform.deprecated(receiver(code, word - 1)) : Set.<String>of();
        return Comparator.<Match>comparingInt(match -> deprecated.contains(match.name()) ? 1 : 0)
                .thenComparingInt(match -> isMember && prefix.isEmpty() && OF_EVERY_OBJECT.contains(match.text) ? 1 : 0)
                .thenComparingInt(match -> match.fitsType ? 0 : 1)
                .thenComparingInt(match -> own.contains(match.name()) ? 0 : 1)
                .thenComparingInt(match -> used.contains(match.name()) ? 0 : 1)
                .thenComparingInt(match -> match.text.startsWith(prefix) ? 0 : 1)
                .thenComparingInt(match -> prefix.isEmpty() ? 0 : match.name().length())
                .thenComparing(match -> match.text, String.CASE_INSENSITIVE_ORDER)
                .thenComparing(Match::text);
    }

    /** The class of what stands before a dot, as far as that can be said without the compiler; else null. */
    private Class<?> receiver(String code, int dot) {
        int start = dot;
        while (start > 0 && (Character.isJavaIdentifierPart(code.charAt(start - 1)) || code.charAt(start - 1) == '.')) {
            start--;
        }
        var name = code.substring(start, dot);
        var type = compiler.declared()
                .filter(jdk.jshell.VarSnippet.class::isInstance)
                .map(jdk.jshell.VarSnippet.class::cast)
                .filter(variable -> variable.name().equals(name))
                .map(jdk.jshell.VarSnippet::typeName)
                .findFirst();
        return Platform.type(type.orElse(name).replaceAll("<.*", ""));
    }

    /** What the cell itself declares before this place, which JShell knows only once it has run. */
    private List<String> declaredAbove(String code, int end, String prefix) {
        var above = splitter.split(Place.withoutMagics(code).substring(0, end)).stream()
                .filter(Splitter.Snippet::complete)
                .toList();
        return above.subList(Math.max(0, above.size() - MOST_SNIPPETS_ABOVE), above.size()).stream()
                .filter(snippet -> snippet.text().contains(prefix))
                .flatMap(snippet -> analysis.sourceToSnippets(snippet.text()).stream())
                .map(snippet -> switch (snippet) {
                    case MethodSnippet method -> method.name() + "(";
                    case PersistentSnippet named -> named.name();
                    default -> "";
                })
                .filter(name -> name.startsWith(prefix) && !name.startsWith("$"))
                .toList();
    }

    /** Classes that have to be named in full, or imported first. */
    private List<String> notImported(String prefix) {
        if (prefix.length() < SHORTEST_NOT_IMPORTED || !Character.isUpperCase(prefix.codePointAt(0))) {
            return List.of();
        }
        return compiler.lean()
                .classNames(prefix)
                .sorted(Comparator.comparingInt((String name) -> name.startsWith("java.") ? 0 : 1)
                        .thenComparingInt(String::length)
                        .thenComparing(Comparator.naturalOrder()))
                .filter(this::isUsable) // as late as this, since it loads the class
                .limit(MOST_NOT_IMPORTED)
                .map(Platform::asWritten)
                .distinct()
                .toList();
    }

    private boolean isUsable(String name) {
        return Platform.isOfJdk(name)
                ? Platform.isUsable(name)
                : !analysis.documentation(name, name.length(), false).isEmpty();
    }

    private String signature(String before, String match) {
        int open = match.indexOf('(');
        var text = before + (open < 0 ? match : match.substring(0, open + 1));
        if (open < 0) {
            return analysis.analyzeType(text, text.length());
        }
        return analysis.documentation(text, text.length(), false).stream()
                .findFirst()
                .map(SourceCodeAnalysis.Documentation::signature)
                .orElse(null);
    }

    private static String kind(String match) {
        if (match.endsWith("(") || match.endsWith("()")) {
            return "function";
        }
        if (match.endsWith(".")) {
            return "module";
        }
        return Character.isUpperCase(match.codePointAt(0)) && !match.equals(match.toUpperCase(java.util.Locale.ROOT))
                ? "class"
                : "instance";
    }

    private interface Said {
        /** @return null when nothing is */
        String of(Match match);
    }

    /** With JupyterLab's "experimental types": what each match is. */
    private static CompleteReply reply(String code, int start, int end, List<Match> matches, Said signature) {
        int from = CodePoints.fromUnits(code, start);
        int to = CodePoints.fromUnits(code, end);
        var list = JsonNodeFactory.instance.arrayNode();
        for (var match : matches) {
            var entry =
                    list.addObject().put("text", match.text).put("start", from).put("end", to);
            entry.put("type", match.kind);
            var said = signature.of(match);
            if (said != null) {
                entry.put("signature", said);
            }
        }
        Map<String, JsonNode> metadata = Map.of("_jupyter_types_experimental", list);
        return new CompleteReply(matches.stream().map(Match::text).toList(), from, to, metadata);
    }
}
