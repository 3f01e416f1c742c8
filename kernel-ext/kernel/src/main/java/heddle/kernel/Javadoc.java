package heddle.kernel;

import com.sun.source.doctree.BlockTagTree;
import com.sun.source.doctree.DeprecatedTree;
import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.IndexTree;
import com.sun.source.doctree.InheritDocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.RawTextTree;
import com.sun.source.doctree.ReferenceTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.SeeTree;
import com.sun.source.doctree.SinceTree;
import com.sun.source.doctree.SnippetTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.SummaryTree;
import com.sun.source.doctree.SystemPropertyTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.doctree.ThrowsTree;
import com.sun.source.doctree.UnknownBlockTagTree;
import com.sun.source.doctree.UnknownInlineTagTree;
import com.sun.source.doctree.ValueTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** A documentation comment as HTML, of which only elements without attributes are left, and as text. */
final class Javadoc {

    private static final Set<String> ELEMENTS = Set.of(
            "a",
            "b",
            "blockquote",
            "br",
            "caption",
            "cite",
            "code",
            "dd",
            "dfn",
            "dl",
            "dt",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "kbd",
            "li",
            "ol",
            "p",
            "pre",
            "q",
            "samp",
            "small",
            "span",
            "strong",
            "sub",
            "sup",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
            "tt",
            "u",
            "ul",
            "var");

    private static final Set<String> LABELS =
            Set.of("deprecated", "parameters", "returns", "throws", "since", "see", "implSpec", "implNote", "apiNote");

    /** What Markdown leaves alone, with the number of what belongs there. */
    private static final Pattern PLACE = Pattern.compile("\uE000(\\d+)\uE001");

    /** {@code [List#size()]} and {@code [the size][List#size()]}, which in a Markdown comment are links to code. */
    private static final Pattern REFERENCE =
            Pattern.compile("(?<![\\w`\\\\])\\[([^\\[\\]\\n]+)](?:\\[([\\w.#(), \\[\\]]+)])?(?![(:\\[])");

    private static final Pattern NAME = Pattern.compile("[\\w.#]+(\\([\\w., \\[\\]]*\\))?");
    private static final Pattern SNIPPET_MARKUP =
            Pattern.compile("(?m)[ \\t]*//[ \\t]*@(?:highlight|replace|link|start|end)\\b.*$");

    private final StringBuilder out = new StringBuilder();
    private final DocCommentTree inherited;

    private Javadoc(DocCommentTree inherited) {
        this.inherited = inherited;
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** @param inherited what the method that is overridden says, or null */
    static String html(DocCommentTree comment, DocCommentTree inherited) {
        var own = comment == null ? inherited : comment;
        if (own == null) {
            return "";
        }
        var javadoc = new Javadoc(inherited);
        javadoc.out.append("<p>");
        javadoc.add(own.getFullBody());
        javadoc.out.append("</p>");
        javadoc.blocks(own);
        return javadoc.out.toString().replace("<p></p>", "");
    }

    /** The first sentence alone. */
    static String summary(DocCommentTree own, DocCommentTree inherited) {
        var comment = own == null ? inherited : own;
        if (comment == null) {
            return "";
        }
        var javadoc = new Javadoc(null);
        javadoc.add(comment.getFirstSentence());
        return "<p>" + javadoc.out + "</p>";
    }

    private static String in(
            DocCommentTree of, java.util.function.Function<DocCommentTree, List<? extends DocTree>> part) {
        var javadoc = new Javadoc(null);
        javadoc.add(part.apply(of));
        return javadoc.out.toString();
    }

    private void blocks(DocCommentTree comment) {
        var rows = new LinkedHashMap<String, List<String>>();
        for (var title : List.of("deprecated", "parameters", "returns", "throws", "since", "see")) {
            rows.put(title, new ArrayList<>());
        }
        for (var tag : comment.getBlockTags()) {
            switch (tag) {
                case ParamTree param ->
                    rows.get("parameters")
                            .add("<code>"
                                    + escape(
                                            param.isTypeParameter()
                                                    ? "<" + param.getName() + ">"
                                                    : param.getName().toString())
                                    + "</code> " + text(param.getDescription()));
                case ReturnTree returned -> rows.get("returns").add(text(returned.getDescription()));
                case ThrowsTree thrown ->
                    rows.get("throws")
                            .add("<code>" + escape(thrown.getExceptionName().toString()) + "</code> "
                                    + text(thrown.getDescription()));
                case SinceTree since -> rows.get("since").add(text(since.getBody()));
                case SeeTree see -> rows.get("see").add(text(see.getReference()));
                case DeprecatedTree deprecated -> rows.get("deprecated").add(text(deprecated.getBody()));
                case UnknownBlockTagTree unknown ->
                    rows.computeIfAbsent(unknown.getTagName(), _ -> new ArrayList<>())
                            .add(text(unknown.getContent()));
                default -> {}
            }
        }
        rows.values().removeIf(List::isEmpty);
        if (rows.isEmpty()) {
            return;
        }
        out.append("<dl>");
        rows.forEach((title, bodies) -> {
            out.append("<dt><b>").append(escape(label(title))).append("</b></dt>");
            bodies.forEach(body -> out.append("<dd>").append(body).append("</dd>"));
        });
        out.append("</dl>");
    }

    private static String label(String tag) {
        return LABELS.contains(tag) ? Texts.ofThisNotebook().say("doc." + tag) : "@" + tag;
    }

    private String text(List<? extends DocTree> nodes) {
        var part = new Javadoc(inherited);
        part.add(nodes);
        return part.out.toString().strip();
    }

    private void add(List<? extends DocTree> nodes) {
        if (nodes.stream().noneMatch(RawTextTree.class::isInstance)) {
            nodes.forEach(this::add);
            return;
        }
        var markdown = new StringBuilder();
        var parts = new ArrayList<String>();
        for (var node : nodes) {
            if (node instanceof RawTextTree raw) {
                markdown.append(withReferences(raw.getContent()));
            } else {
                markdown.append('\uE000').append(parts.size()).append('\uE001');
                parts.add(text(List.of(node)));
            }
        }
        var html = MarkdownHolder.html(markdown.toString());
        out.append(PLACE.matcher(html)
                .replaceAll(found -> Matcher.quoteReplacement(parts.get(Integer.parseInt(found.group(1))))));
    }

    private static String withReferences(String markdown) {
        return REFERENCE.matcher(markdown).replaceAll(found -> {
            var target = found.group(2) == null ? found.group(1) : found.group(2);
            return Matcher.quoteReplacement(
                    !NAME.matcher(target).matches()
                            ? found.group()
                            : found.group(2) == null ? "`" + reference(target) + "`" : found.group(1));
        });
    }

    /** Loaded with the first comment that needs it. */
    private static final class MarkdownHolder {
        private static final List<org.commonmark.Extension> TABLES = List.of(TablesExtension.create());
        private static final Parser PARSER = Parser.builder().extensions(TABLES).build();
        private static final HtmlRenderer RENDERER =
                HtmlRenderer.builder().extensions(TABLES).escapeHtml(false).build();

        static String html(String markdown) {
            var html = RENDERER.render(PARSER.parse(markdown)).strip();
            return html.startsWith("<p>") && html.endsWith("</p>") && html.indexOf("<p>", 3) < 0
                    ? html.substring(3, html.length() - 4)
                    : html;
        }
    }

    private void add(DocTree node) {
        switch (node) {
            case TextTree text -> out.append(escape(text.getBody()));
            case EntityTree entity -> out.append('&').append(entity.getName()).append(';');
            case StartElementTree start -> element(start.getName().toString(), "<");
            case EndElementTree end -> element(end.getName().toString(), "</");
            case LiteralTree literal -> {
                boolean isCode = literal.getKind() == DocTree.Kind.CODE;
                out.append(isCode ? "<code>" : "")
                        .append(escape(literal.getBody().getBody()))
                        .append(isCode ? "</code>" : "");
            }
            case LinkTree link -> {
                boolean isCode = link.getKind() == DocTree.Kind.LINK;
                out.append(isCode ? "<code>" : "");
                if (link.getLabel().isEmpty()) {
                    out.append(escape(reference(link.getReference().getSignature())));
                } else {
                    add(link.getLabel());
                }
                out.append(isCode ? "</code>" : "");
            }
            case ReferenceTree reference ->
                out.append("<code>")
                        .append(escape(reference(reference.getSignature())))
                        .append("</code>");
            case SnippetTree snippet -> {
                if (snippet.getBody() != null) {
                    var code =
                            SNIPPET_MARKUP.matcher(snippet.getBody().getBody()).replaceAll("");
                    out.append("</p><pre><code>")
                            .append(escape(code.stripIndent().strip()))
                            .append("</code></pre><p>");
                }
            }
            case ReturnTree returned -> {
                out.append(label("returns")).append(' ');
                add(returned.getDescription());
                out.append('.');
            }
            case SummaryTree summary -> add(summary.getSummary());
            case IndexTree index -> add(index.getSearchTerm());
            case SystemPropertyTree property ->
                out.append("<code>")
                        .append(escape(property.getPropertyName().toString()))
                        .append("</code>");
            case ValueTree value -> {
                if (value.getReference() != null) {
                    out.append("<code>")
                            .append(escape(reference(value.getReference().getSignature())))
                            .append("</code>");
                }
            }
            case InheritDocTree _ -> {
                if (inherited != null) {
                    out.append(in(inherited, DocCommentTree::getFullBody));
                }
            }
            case UnknownInlineTagTree unknown -> add(unknown.getContent());
            case BlockTagTree _ -> {}
            default -> {}
        }
    }

    private void element(String name, String begin) {
        var lower = name.toLowerCase(Locale.ROOT);
        if (ELEMENTS.contains(lower) && !lower.equals("a") && !lower.equals("span")) {
            out.append(begin).append(lower).append('>');
        }
    }

    /** {@code List#size()} as it would be called. */
    private static String reference(String signature) {
        var readable = signature.startsWith("#") ? signature.substring(1) : signature.replace('#', '.');
        return readable.startsWith("java.lang.") ? readable.substring("java.lang.".length()) : readable;
    }

    static String plain(String html) {
        return html.replaceAll("(?i)<(p|dt|li|ul|ol|dl|pre|h[1-6]|blockquote|tr|hr)\\b[^>]*>", "\n")
                .replaceAll("(?i)</pre>", "\n")
                .replaceAll("(?i)<dd>", "\n    ")
                .replaceAll("(?i)</t[dh]>", "  ")
                .replaceAll("<[^>]*>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&nbsp;", " ")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replaceAll("[ \\t]+\\n", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .strip();
    }
}
