package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Content.CompleteReply;
import heddle.protocol.Content.InspectReply;
import heddle.protocol.Content.IsCompleteReply;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import jdk.jshell.MethodSnippet;
import jdk.jshell.PersistentSnippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.Suggestion;

/** Answers questions about code that is being written. */
final class Assistant {

    private static final int MOST_MATCHES = 500;
    private static final int MOST_TYPES = 40;
    private static final int MOST_SNIPPETS_ABOVE = 50;
    private static final String INDENT = "    ";
    private static final Pattern QUESTION =
            Pattern.compile("\\s*(%{0,2}[\\w.$]+)\\s*\\?{1,2}\\s*", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern MAGIC_LINE = Pattern.compile("(?m)^[ \\t]*%.*$");

    private final SourceCodeAnalysis analysis;
    private final Splitter splitter;
    private final Magics magics;
    private final Docs docs;

    Assistant(Compiler compiler, Magics magics) {
        this.analysis = compiler.analysis();
        this.docs = new Docs(compiler);
        this.splitter = new Splitter(analysis);
        this.magics = magics;
    }

    /** What a cell asks about that is nothing but a name and a question mark; else null. */
    static String question(String code) {
        var question = QUESTION.matcher(code);
        return question.matches() ? question.group(1) : null;
    }

    CompleteReply complete(String code, int cursorPos) {
        int cursor = CodePoints.toUnits(code, cursorPos);
        int lineStart = code.lastIndexOf('\n', cursor - 1) + 1;
        var line = code.substring(lineStart, cursor);
        if (line.stripLeading().startsWith("%") && line.strip().indexOf(' ') < 0) {
            var prefix = line.strip();
            var names = magics.names().stream()
                    .filter(name -> name.startsWith(prefix))
                    .toList();
            return new CompleteReply(
                    names, CodePoints.fromUnits(code, cursor - prefix.length()), CodePoints.fromUnits(code, cursor));
        }
        var anchor = new int[] {cursor};
        var place = place(code, cursor);
        var suggestions = analysis.completionSuggestions(place.text, place.cursor, anchor);
        if (suggestions.isEmpty() && place.aloneStart >= 0) {
            var alone = new Place(code.substring(place.aloneStart), cursor - place.aloneStart, place.aloneStart, -1);
            anchor[0] = cursor;
            suggestions = analysis.completionSuggestions(alone.text, alone.cursor, anchor);
            place = alone;
        }
        int start = suggestions.isEmpty() ? cursor : Math.clamp(anchor[0] + place.offset, 0, cursor);
        var matches = new LinkedHashSet<String>();
        int word = wordStart(code, cursor);
        if (word < cursor && (word == 0 || code.charAt(word - 1) != '.')) {
            matches.addAll(declaredAbove(code, word, code.substring(word, cursor)));
            if (!matches.isEmpty()) {
                start = word;
            }
        }
        // What fits the type that is wanted comes first; JShell has each list in alphabetical order.
        suggestions.stream()
                .filter(Suggestion::matchesType)
                .map(Suggestion::continuation)
                .forEach(matches::add);
        suggestions.stream().map(Suggestion::continuation).forEach(matches::add);
        if (word == cursor) { // nobody looks for the names JShell gives to values, before a "$" is typed
            matches.removeIf(match -> match.startsWith("$"));
        }
        var best = matches.stream().limit(MOST_MATCHES).toList();
        int from = CodePoints.fromUnits(code, start);
        int to = CodePoints.fromUnits(code, cursor);
        return new CompleteReply(best, from, to, types(place, start - place.offset, best, from, to));
    }

    private static int wordStart(String code, int cursor) {
        int start = cursor;
        while (start > 0 && Character.isJavaIdentifierPart(code.codePointBefore(start))) {
            start = code.offsetByCodePoints(start, -1);
        }
        return start;
    }

    private static int wordEnd(String code, int cursor) {
        int end = cursor;
        while (end < code.length() && Character.isJavaIdentifierPart(code.codePointAt(end))) {
            end = code.offsetByCodePoints(end, 1);
        }
        return end;
    }

    /** What the cell itself declares before this place, which JShell knows only once it has run. */
    private List<String> declaredAbove(String code, int end, String prefix) {
        var above = splitter.split(blankMagics(code).substring(0, end)).stream()
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

    private static String blankMagics(String code) {
        return MAGIC_LINE
                .matcher(code)
                .replaceAll(found -> " ".repeat(found.group().length()));
    }

    /** JupyterLab's "experimental types": what each match is. */
    private Map<String, JsonNode> types(Place place, int anchor, List<String> matches, int from, int to) {
        var list = JsonNodeFactory.instance.arrayNode();
        boolean typed = matches.size() <= MOST_TYPES;
        for (var match : matches) {
            var entry = list.addObject().put("text", match).put("start", from).put("end", to);
            entry.put("type", kind(match));
            if (typed && !match.endsWith("(") && !match.endsWith("()")) {
                var type = analysis.analyzeType(place.text.substring(0, anchor) + match, anchor + match.length());
                if (type != null) {
                    entry.put("signature", type);
                }
            } else if (typed) {
                var open = place.text.substring(0, anchor) + match.substring(0, match.indexOf('(') + 1);
                analysis.documentation(open, open.length(), false).stream()
                        .findFirst()
                        .ifPresent(found -> entry.put("signature", found.signature()));
            }
        }
        return Map.of("_jupyter_types_experimental", list);
    }

    private static String kind(String match) {
        if (match.endsWith("(") || match.endsWith("()")) {
            return "function";
        }
        if (match.endsWith(".")) {
            return "module";
        }
        return Character.isUpperCase(match.codePointAt(0)) ? "class" : "instance";
    }

    /**
     * Code for JShell to look at.
     *
     * @param offset what to add to a position in {@code text} for the position in the cell
     * @param aloneStart where the last snippet starts in the cell, when {@code text} holds earlier ones too; else -1
     */
    private record Place(String text, int cursor, int offset, int aloneStart) {}

    /** The snippet with the cursor; the cell's earlier snippets, which may not have run yet, stand before it in one block. */
    private Place place(String code, int cursor) {
        code = MAGIC_LINE
                .matcher(code)
                .replaceAll(found -> " ".repeat(found.group().length()));
        var before = splitter.split(code.substring(0, cursor));
        if (before.isEmpty()) {
            return new Place(code, cursor, 0, -1);
        }
        var last = before.getLast();
        boolean closed = last.complete() && last.text().stripTrailing().matches("(?s).*[;}]");
        int start = closed ? last.end() : last.start();
        var earlier = closed ? before : before.subList(0, before.size() - 1);
        var block = new StringBuilder("{");
        earlier.stream()
                .filter(snippet -> snippet.complete() && !snippet.text().strip().startsWith("import "))
                .forEach(snippet ->
                        block.append(snippet.text()).append(snippet.text().endsWith(";") ? "\n" : ";\n"));
        if (earlier.isEmpty()) {
            return new Place(code.substring(start), cursor - start, start, -1);
        }
        int offset = start - block.length();
        block.append(code, start, code.length());
        return new Place(block.toString(), cursor - offset, offset, start);
    }

    InspectReply inspect(String code, int cursorPos) {
        int cursor = CodePoints.toUnits(code, cursorPos);
        int start = wordStart(code, cursor);
        int end = wordEnd(code, cursor);
        var magic = magicHelp(code, start, end);
        if (magic != null) {
            return found(magic, "<p>" + Javadoc.escape(magic) + "</p>");
        }
        boolean call = end > start && end < code.length() && code.charAt(end) == '(';
        int asked = call ? end + 1 : end > start ? end : cursor;
        var html = docs.html(said(code, asked));
        if (html.isEmpty() && end > start && !call) {
            // JShell documents a method only where it is called, a person asks as soon as its name stands there.
            html = docs.html(said(code.substring(0, end) + "(", end + 1));
        }
        return html.isEmpty() ? InspectReply.notFound() : found(Javadoc.plain(html), html);
    }

    /** The signatures of what is named, or called, before this place. */
    private List<String> said(String code, int end) {
        var place = place(code.substring(0, end), end);
        var documentation = analysis.documentation(place.text, place.cursor, false);
        if (documentation.isEmpty() && place.aloneStart >= 0) {
            documentation =
                    analysis.documentation(code.substring(place.aloneStart, end), end - place.aloneStart, false);
        }
        return documentation.stream()
                .map(SourceCodeAnalysis.Documentation::signature)
                .distinct()
                .toList();
    }

    private String magicHelp(String code, int start, int end) {
        int percent = start;
        while (percent > 0 && code.charAt(percent - 1) == '%') {
            percent--;
        }
        if (percent == start || start == end) {
            return null;
        }
        var name = code.substring(percent, end);
        var help = magics.help(name);
        return help == null ? null : name + ": " + help;
    }

    private static InspectReply found(String plain, String html) {
        var data = new LinkedHashMap<String, JsonNode>();
        data.put("text/plain", TextNode.valueOf(plain));
        data.put("text/html", TextNode.valueOf(html));
        return new InspectReply(true, data, null);
    }

    IsCompleteReply isComplete(String code) {
        if (question(code) != null) {
            return new IsCompleteReply("complete");
        }
        String java;
        try {
            java = magics.expand(code).code();
        } catch (Magics.BadMagicException e) {
            return new IsCompleteReply("complete"); // running it says what is wrong
        }
        if (code.stripLeading().startsWith("%%")) {
            return code.endsWith("\n") ? new IsCompleteReply("complete") : new IsCompleteReply("incomplete", "");
        }
        var rest = java;
        while (true) {
            var found = analysis.analyzeCompletion(rest);
            if (found.completeness() == Completeness.EMPTY) {
                return new IsCompleteReply("complete");
            }
            if (!Splitter.isComplete(found.completeness())) {
                return switch (found.completeness()) {
                    case DEFINITELY_INCOMPLETE, CONSIDERED_INCOMPLETE ->
                        new IsCompleteReply("incomplete", indent(code));
                    default -> new IsCompleteReply("invalid");
                };
            }
            rest = found.remaining();
        }
    }

    /** As the last line is indented, one step deeper after an opening bracket. */
    private static String indent(String code) {
        var last = code.stripTrailing();
        last = last.substring(last.lastIndexOf('\n') + 1);
        var indent = last.substring(0, last.length() - last.stripLeading().length());
        return last.endsWith("{") || last.endsWith("(") ? indent + INDENT : indent;
    }
}
