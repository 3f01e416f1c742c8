package heddle.kernel;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The compiler's parser, for what JShell does not tell of a piece of code: how it is built, not what its names mean. */
final class Parser {
    private Parser() {}

    record Parsed(CompilationUnitTree file, Trees trees) {

        /** What stands alone in the only class; null where there is more or less. */
        Tree onlyMember() {
            return file.getTypeDecls().size() == 1
                            && file.getTypeDecls().getFirst() instanceof ClassTree type
                            && type.getMembers().size() == 1
                    ? type.getMembers().getFirst()
                    : null;
        }

        /** In the text; negative for what stands nowhere, as missing modifiers do. */
        int start(Tree part) {
            return (int) trees.getSourcePositions().getStartPosition(file, part);
        }

        /** Exclusive; as {@link #start}. */
        int end(Tree part) {
            return (int) trees.getSourcePositions().getEndPosition(file, part);
        }
    }

    /** Each text as a file of its own; those with an error are left out. */
    static TreeMap<Integer, Parsed> parse(Map<Integer, String> texts) {
        var parsed = new TreeMap<Integer, Parsed>();
        if (texts.isEmpty()) {
            return parsed;
        }
        var units = new ArrayList<Unit>();
        texts.forEach((number, text) -> units.add(new Unit(number, text)));
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var options = List.of(
                "--enable-preview", "--source", String.valueOf(Runtime.version().feature()));
        var task =
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, diagnostics, options, null, units);
        try {
            for (var file : task.parse()) {
                parsed.put(Unit.number(file.getSourceFile()), new Parsed(file, Trees.instance(task)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (var diagnostic : diagnostics.getDiagnostics()) {
            if (diagnostic.getKind() == Diagnostic.Kind.ERROR && diagnostic.getSource() != null) {
                parsed.remove(Unit.number(diagnostic.getSource()));
            }
        }
        return parsed;
    }

    private static final class Unit extends SimpleJavaFileObject {
        private final String text;

        Unit(int number, String text) {
            super(URI.create("string:///" + number + ".java"), Kind.SOURCE);
            this.text = text;
        }

        /** Of a unit, though the compiler hands it back in a wrapper. */
        static int number(JavaFileObject unit) {
            var path = unit.toUri().getPath();
            return Integer.parseInt(path.substring(1, path.indexOf('.')));
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
