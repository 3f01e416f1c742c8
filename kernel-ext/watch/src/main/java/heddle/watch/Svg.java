package heddle.watch;

import java.util.Locale;

/** Writes SVG elements, and knows about how wide a text will be. */
final class Svg {

    private final StringBuilder out = new StringBuilder(16_384);

    Svg raw(String markup) {
        out.append(markup);
        return this;
    }

    Svg text(double x, double y, String classes, String anchor, String content) {
        out.append("<text x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" class=\"");
        out.append(classes).append('"');
        if (!anchor.equals("start")) {
            out.append(" text-anchor=\"").append(anchor).append('"');
        }
        out.append('>').append(escape(content)).append("</text>\n");
        return this;
    }

    /** @param title what hovering says; empty for none */
    Svg rect(double x, double y, double width, double height, double radius, String classes, String title) {
        out.append("<rect x=\"").append(number(x)).append("\" y=\"").append(number(y));
        out.append("\" width=\"").append(number(width)).append("\" height=\"").append(number(height));
        if (radius > 0) {
            out.append("\" rx=\"").append(number(radius));
        }
        out.append("\" class=\"").append(classes);
        return end(title, "rect");
    }

    Svg line(double x1, double y1, double x2, double y2, String classes) {
        out.append("<line x1=\"").append(number(x1)).append("\" y1=\"").append(number(y1));
        out.append("\" x2=\"").append(number(x2)).append("\" y2=\"").append(number(y2));
        out.append("\" class=\"").append(classes).append("\"/>\n");
        return this;
    }

    /** @param attributes further attributes, with a space before each; may be empty */
    Svg path(String d, String classes, String attributes, String title) {
        out.append("<path d=\"")
                .append(d)
                .append('"')
                .append(attributes)
                .append(" class=\"")
                .append(classes);
        return end(title, "path");
    }

    private Svg end(String title, String element) {
        if (title.isEmpty()) {
            out.append("\"/>\n");
        } else {
            out.append("\"><title>")
                    .append(escape(title))
                    .append("</title></")
                    .append(element)
                    .append(">\n");
        }
        return this;
    }

    int length() {
        return out.length();
    }

    @Override
    public String toString() {
        return out.toString();
    }

    /** One decimal, none when it is zero. */
    static String number(double value) {
        var tenths = Math.round(value * 10);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : String.format(Locale.ROOT, "%.1f", tenths / 10.0);
    }

    /** For text and attributes; characters that XML cannot hold become U+FFFD. */
    static String escape(String text) {
        var escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        });
        return escaped.toString();
    }

    private static boolean isXml(int c) {
        return c == '\t' || c == '\n' || c == '\r'
                ? false
                : c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000;
    }

    /** Estimated width in pixels at a font size; somewhat generous, because fonts differ. */
    static double width(String text, double size) {
        return text.codePoints().mapToDouble(Svg::em).sum() * size;
    }

    private static double em(int c) {
        if (isWide(c)) {
            return 1;
        }
        return switch (c) {
            case 'i', 'l', 'j', '.', ',', ':', ';', '|', '\'', '!', ' ', '·' -> 0.32;
            case 'f', 't', 'r', '(', ')', '[', ']', '-', '/', '"' -> 0.4;
            case 'm', 'w', 'M', 'W', '@', '%' -> 0.96;
            default -> c >= 'A' && c <= 'Z' ? 0.68 : 0.61;
        };
    }

    /** Whether a character takes the room of two: Chinese, Japanese, Korean, full-width forms, emoji. */
    static boolean isWide(int c) {
        return c >= 0x1100 && c <= 0x115F
                || c >= 0x2E80 && c <= 0xA4CF
                || c >= 0xAC00 && c <= 0xD7A3
                || c >= 0xF900 && c <= 0xFAFF
                || c >= 0xFE30 && c <= 0xFE6F
                || c >= 0xFF00 && c <= 0xFF60
                || c >= 0x1F300 && c <= 0x1FAFF
                || c >= 0x20000 && c <= 0x3FFFD;
    }

    /** The text, or its beginning with an ellipsis where it is wider than that. */
    static String fit(String text, double width, double size) {
        if (width(text, size) <= width) {
            return text;
        }
        var kept = new StringBuilder();
        var used = size;
        for (var c : text.codePoints().toArray()) {
            used += em(c) * size;
            if (used > width) {
                break;
            }
            kept.appendCodePoint(c);
        }
        return kept.toString().stripTrailing() + "…";
    }
}
