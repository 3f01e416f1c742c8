package heddle.kernel;

import java.util.regex.Pattern;

/** A documentation comment, made readable. */
final class Javadoc {
    private Javadoc() {}

    private static final Pattern INLINE = Pattern.compile("\\{@(\\w+)\\s*((?:[^{}]|\\{[^{}]*})*)}");
    private static final Pattern BLOCK = Pattern.compile("(?m)^\\s*@(\\w+)\\s+");

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    static String html(String javadoc) {
        var inline = INLINE.matcher(javadoc)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        switch (match.group(1)) {
                            case "code", "snippet" ->
                                "<code>" + escape(match.group(2).strip()) + "</code>";
                            case "link", "linkplain" -> "<code>" + escape(linkText(match.group(2))) + "</code>";
                            case "literal" -> escape(match.group(2));
                            default -> escape(match.group(2).strip());
                        }));
        var blocks = BLOCK.matcher(inline);
        if (!blocks.find()) {
            return "<p>" + inline.strip() + "</p>";
        }
        var html = new StringBuilder("<p>" + inline.substring(0, blocks.start()).strip() + "</p><dl>");
        int start;
        do {
            var tag = blocks.group(1);
            start = blocks.end();
            boolean more = blocks.find();
            var body = inline.substring(start, more ? blocks.start() : inline.length())
                    .strip();
            html.append("<dt>")
                    .append(label(tag))
                    .append("</dt><dd>")
                    .append(body)
                    .append("</dd>");
            if (!more) {
                return html.append("</dl>").toString();
            }
        } while (true);
    }

    private static String label(String tag) {
        return switch (tag) {
            case "param" -> "Parameter";
            case "return" -> "Returns";
            case "throws", "exception" -> "Throws";
            case "see" -> "See";
            case "since" -> "Since";
            default -> tag;
        };
    }

    static String plain(String javadoc) {
        return html(javadoc)
                .replaceAll("(?i)<(p|dt|li|ul|ol|dl|pre|h[1-6]|blockquote|tr)\\b[^>]*>", "\n")
                .replaceAll("(?i)<dd>", "\n    ")
                .replaceAll("<[^>]*>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&nbsp;", " ")
                .replace("&amp;", "&")
                .replaceAll("[ \\t]+\\n", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .strip();
    }

    /** The label of {@code {@link java.util.List#size() the size}}, or what it names. */
    private static String linkText(String link) {
        var parts = link.strip().split("\\s+", 2);
        return parts.length == 2 && !parts[0].endsWith(",")
                ? parts[1]
                : link.strip().replace('#', '.');
    }
}
