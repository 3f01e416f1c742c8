package heddle.kernel;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
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
        var units = new ArrayList<Unit>();
        for (int i = 0; i < snippets.size(); i++) {
            var text = snippets.get(i).text().stripTrailing();
            if (snippets.get(i).complete() && (text.endsWith(";") || text.endsWith("}"))) {
                units.add(new Unit(i, text));
            }
        }
        if (units.size() < 2) {
            return Set.of();
        }
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var options = List.of(
                "--enable-preview", "--source", String.valueOf(Runtime.version().feature()));
        var task =
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, diagnostics, options, null, units);
        var plain = new HashSet<Integer>();
        try {
            for (var tree : task.parse()) {
                if (tree.getTypeDecls().size() == 1
                        && tree.getTypeDecls().getFirst() instanceof ClassTree type
                        && type.getMembers().size() == 1
                        && type.getMembers().getFirst() instanceof MethodTree method
                        && method.getBody().getStatements().stream().allMatch(Splitter::isPlain)) {
                    plain.add(Unit.index(tree.getSourceFile()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (var diagnostic : diagnostics.getDiagnostics()) {
            if (diagnostic.getKind() == Diagnostic.Kind.ERROR && diagnostic.getSource() != null) {
                plain.remove(Unit.index(diagnostic.getSource()));
            }
        }
        return plain;
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

    private static final class Unit extends SimpleJavaFileObject {
        private final String text;

        Unit(int index, String statement) {
            super(URI.create("string:///" + index + ".java"), Kind.SOURCE);
            this.text = "class U" + index + " { void m() throws Throwable { " + statement + "\n} }";
        }

        /** Of a unit, though the compiler hands it back in a wrapper. */
        static int index(JavaFileObject unit) {
            var path = unit.toUri().getPath();
            return Integer.parseInt(path.substring(1, path.indexOf('.')));
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
