package heddle.kernel;

import java.util.function.IntConsumer;

/** Knows, line after line, whether the next line starts in code, not inside a comment or a text block. */
final class CodeScan {
    private enum State {
        CODE,
        COMMENT,
        TEXT_BLOCK
    }

    private State state = State.CODE;
    private char lastOfCode = ';';

    static CodeScan of(String code) {
        var scan = new CodeScan();
        code.lines().forEach(scan::line);
        return scan;
    }

    boolean inCode() {
        return state == State.CODE;
    }

    boolean inComment() {
        return state == State.COMMENT;
    }

    /** Whether the next line may begin a statement: no expression goes on there. */
    boolean betweenStatements() {
        return inCode() && ";{}".indexOf(lastOfCode) >= 0;
    }

    /** The code with blanks where comments and literals are: as long, and in the same lines. */
    static String codeOnly(String code) {
        var scan = new CodeScan();
        var plain = new StringBuilder();
        for (var line : code.split("\n", -1)) {
            int start = plain.length();
            plain.append(" ".repeat(line.length())).append('\n');
            scan.line(line, i -> plain.setCharAt(start + i, line.charAt(i)));
        }
        plain.setLength(plain.length() - 1);
        return plain.toString();
    }

    void line(String line) {
        line(line, _ -> {});
    }

    /** @param code is told where in the line code stands, letter by letter */
    private void line(String line, IntConsumer code) {
        for (int i = 0; i < line.length(); i++) {
            switch (state) {
                case COMMENT -> {
                    if (line.startsWith("*/", i)) {
                        state = State.CODE;
                        i++;
                    }
                }
                case TEXT_BLOCK -> {
                    if (line.charAt(i) == '\\') {
                        i++;
                    } else if (line.startsWith("\"\"\"", i)) {
                        state = State.CODE;
                        i += 2;
                    }
                }
                case CODE -> {
                    if (line.startsWith("//", i)) {
                        return;
                    } else if (line.startsWith("/*", i)) {
                        state = State.COMMENT;
                        i++;
                    } else if (line.startsWith("\"\"\"", i)) {
                        lastOfCode = '"';
                        state = State.TEXT_BLOCK;
                        i += 2;
                    } else if (line.charAt(i) == '"' || line.charAt(i) == '\'') {
                        lastOfCode = line.charAt(i);
                        i = endOfLiteral(line, i);
                    } else if (!Character.isWhitespace(line.charAt(i))) {
                        code.accept(i);
                        lastOfCode = line.charAt(i);
                    }
                }
            }
        }
    }

    private static int endOfLiteral(String line, int start) {
        for (int i = start + 1; i < line.length(); i++) {
            if (line.charAt(i) == '\\') {
                i++;
            } else if (line.charAt(i) == line.charAt(start)) {
                return i;
            }
        }
        return line.length();
    }
}
