package heddle.kernel;

import java.util.regex.Pattern;

/**
 * Code for JShell to look at, of a cell that is being written.
 *
 * @param cursor in the text, UTF-16 units, as all here
 * @param offset what to add to a position in {@code text} for the position in the cell
 * @param aloneStart where the last snippet starts in the cell, when {@code text} holds earlier ones too; else -1
 */
record Place(String text, int cursor, int offset, int aloneStart) {

    private static final Pattern MAGIC_LINE = Pattern.compile("(?m)^[ \\t]*%.*$");

    /** The snippet with the cursor; the cell's earlier snippets, which may not have run yet, stand before it in one block. */
    static Place of(String cell, int cursor, Splitter splitter) {
        var code = withoutMagics(cell);
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

    /** With blanks instead of lines that are a magic's. */
    static String withoutMagics(String code) {
        return MAGIC_LINE
                .matcher(code)
                .replaceAll(found -> " ".repeat(found.group().length()));
    }

    static int wordStart(String code, int cursor) {
        int start = cursor;
        while (start > 0 && Character.isJavaIdentifierPart(code.codePointBefore(start))) {
            start = code.offsetByCodePoints(start, -1);
        }
        return start;
    }

    static int wordEnd(String code, int cursor) {
        int end = cursor;
        while (end < code.length() && Character.isJavaIdentifierPart(code.codePointAt(end))) {
            end = code.offsetByCodePoints(end, 1);
        }
        return end;
    }
}
