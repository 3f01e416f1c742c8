package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Content.CompleteReply;
import heddle.protocol.Content.InspectReply;
import heddle.protocol.Content.IsCompleteReply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;

/** Answers questions about code that is being written. */
final class Assistant {

    private static final String INDENT = "    ";
    private static final Pattern QUESTION =
            Pattern.compile("\\s*(%{0,2}[\\w.$]+)\\s*\\?{1,2}\\s*", Pattern.UNICODE_CHARACTER_CLASS);

    private final SourceCodeAnalysis analysis;
    private final Splitter splitter;
    private final Magics magics;
    private final Docs docs;
    private final Completer completer;

    Assistant(Compiler compiler, Magics magics) {
        this.analysis = compiler.analysis();
        this.docs = new Docs(compiler);
        this.splitter = new Splitter(analysis);
        this.magics = magics;
        this.completer = new Completer(compiler, splitter, magics);
    }

    /** What a cell asks about that is nothing but a name and a question mark; else null. */
    static String question(String code) {
        var question = QUESTION.matcher(code);
        return question.matches() ? question.group(1) : null;
    }

    CompleteReply complete(String code, int cursorPos) {
        return completer.complete(code, CodePoints.toUnits(code, cursorPos));
    }

    InspectReply inspect(String code, int cursorPos) {
        int cursor = CodePoints.toUnits(code, cursorPos);
        int start = Place.wordStart(code, cursor);
        int end = Place.wordEnd(code, cursor);
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
        var place = Place.of(code.substring(0, end), end, splitter);
        var documentation = analysis.documentation(place.text(), place.cursor(), false);
        if (documentation.isEmpty() && place.aloneStart() >= 0) {
            documentation =
                    analysis.documentation(code.substring(place.aloneStart(), end), end - place.aloneStart(), false);
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
