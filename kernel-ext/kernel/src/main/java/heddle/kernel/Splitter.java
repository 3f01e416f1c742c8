package heddle.kernel;

import com.sun.source.tree.MethodTree;
import com.sun.source.tree.StatementTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;

/** Splits a cell into the pieces that are compiled one after the other. */
final class Splitter {

    /**
     * A piece of a cell.
     *
     * @param text what is compiled
     * @param start where in the cell its text starts, UTF-16 units
     * @param complete whether the compiler can make sense of it; the last piece may be unfinished or not be Java
     * @param lacksSemicolon whether it is a declaration or statement that ends without one, as the last of a cell may
     */
    record Snippet(String text, int start, boolean complete, boolean lacksSemicolon) {
        int end() {
            return start + text.length();
        }
    }

    private final SourceCodeAnalysis analysis;

    Splitter(SourceCodeAnalysis analysis) {
        this.analysis = analysis;
    }

    List<Snippet> split(String code) {
        var snippets = new ArrayList<Snippet>();
        for (int at = 0; at < code.length(); ) {
            var rest = code.substring(at);
            var found = analysis.analyzeCompletion(rest);
            if (found.completeness() == Completeness.EMPTY) {
                break;
            }
            if (!isComplete(found.completeness())) {
                snippets.add(new Snippet(rest, at, false, false));
                break;
            }
            int length = rest.length() - found.remaining().length();
            var text = rest.substring(0, length);
            if (!isOnlySemicolon(text)) {
                snippets.add(new Snippet(text, at, true, found.completeness() == Completeness.COMPLETE_WITH_SEMI));
            }
            at += length;
        }
        return snippets;
    }

    /** JShell calls complete, too, what it cannot make sense of. */
    static boolean isComplete(Completeness completeness) {
        return completeness.isComplete() && completeness != Completeness.UNKNOWN;
    }

    /** Whether the compiler cannot even parse this. */
    boolean isNoJava(Snippet snippet) {
        return !snippet.complete()
                && analysis.sourceToSnippets(snippet.text()).stream()
                        .anyMatch(parsed -> parsed.kind() == jdk.jshell.Snippet.Kind.ERRONEOUS);
    }

    /**
     * What is wrong with a piece of which the compiler would say something else, or nothing.
     *
     * @return null when there is no such thing
     */
    static Compiler.Problem misfit(Snippet snippet) {
        if (snippet.complete()) {
            return null;
        }
        var text = snippet.text();
        if (CodeScan.of(text).inComment()) { // JShell takes it for a comment that is closed
            int at = Math.max(0, text.indexOf("/*", text.lastIndexOf("*/") + 1));
            return new Compiler.Problem(at, at + 2, "compiler.err.unclosed.comment", "unclosed comment", List.of());
        }
        return null;
    }

    private static boolean isOnlySemicolon(String text) {
        return text.strip().equals(";");
    }

    /**
     * What is compiled at once.
     *
     * @param isBlock whether these are plain statements, which may stand between braces; else it is one snippet
     */
    record Group(List<Snippet> snippets, boolean isBlock) {}

    /**
     * Neighbouring plain statements as one block each: 30 statements one by one take as long to compile as 30 cells, and even one takes half as
     * long when JShell need not look for its value. The text between the braces is the cell's own, so lines stay what they are.
     */
    List<Group> groups(List<Snippet> snippets) {
        if (snippets.size() < 2) {
            return snippets.stream()
                    .map(snippet -> new Group(List.of(snippet), false))
                    .toList();
        }
        var plain = plain(snippets);
        var groups = new ArrayList<Group>();
        var block = new ArrayList<Snippet>();
        for (int i = 0; i < snippets.size(); i++) {
            if (plain.contains(i)) {
                block.add(snippets.get(i));
            }
            if (!block.isEmpty() && (!plain.contains(i) || i == snippets.size() - 1)) {
                groups.add(new Group(List.copyOf(block), true));
                block.clear();
            }
            if (!plain.contains(i)) {
                groups.add(new Group(List.of(snippets.get(i)), false));
            }
        }
        return groups;
    }

    /** The indexes of the statements that declare nothing and show no value. */
    private static Set<Integer> plain(List<Snippet> snippets) {
        var texts = new TreeMap<Integer, String>();
        for (int i = 0; i < snippets.size(); i++) {
            var text = snippets.get(i).text().stripTrailing();
            if (snippets.get(i).complete() && (text.endsWith(";") || text.endsWith("}"))) {
                texts.put(i, "class U { void m() throws Throwable { " + text + "\n} }");
            }
        }
        if (texts.size() < 2) {
            return Set.of();
        }
        var plain = Parser.parse(texts);
        plain.values()
                .removeIf(parsed -> !(parsed.onlyMember() instanceof MethodTree method
                        && method.getBody().getStatements().stream().allMatch(Splitter::isPlain)));
        return plain.keySet();
    }

    private static boolean isPlain(StatementTree statement) {
        return switch (statement.getKind()) {
            case EXPRESSION_STATEMENT,
                    IF,
                    FOR_LOOP,
                    ENHANCED_FOR_LOOP,
                    WHILE_LOOP,
                    DO_WHILE_LOOP,
                    SWITCH,
                    SYNCHRONIZED,
                    TRY,
                    ASSERT,
                    EMPTY_STATEMENT,
                    BLOCK -> true;
            default -> false;
        };
    }
}
