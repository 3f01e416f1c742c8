package heddle.processes;

import java.net.URI;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Whether the compiler takes something: what it refuses need not be refused later. */
final class Compiles {
    private Compiles() {}

    static boolean statement(String statement) {
        var source = "import heddle.processes.*; class Tried { void tried() throws Exception { " + statement + " } }";
        var file = new SimpleJavaFileObject(URI.create("string:///Tried.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        var options = List.of(
                "-proc:none", "-implicit:none", "-Xdiags:compact", "-cp", System.getProperty("java.class.path"));
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var task = ToolProvider.getSystemJavaCompiler().getTask(null, null, diagnostics, options, null, List.of(file));
        try {
            return ((com.sun.source.util.JavacTask) task).analyze().iterator().hasNext()
                    && diagnostics.getDiagnostics().stream()
                            .noneMatch(diagnostic -> diagnostic.getKind() == javax.tools.Diagnostic.Kind.ERROR);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
