package heddle.kernel;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The variables that cells declared {@code final}: JShell drops the word, and would let them be assigned. They may be declared anew. */
final class Finals {

    private static final Pattern IS_FINAL = Pattern.compile(
            "\\s*(?:(?:public|protected|private|static|transient|volatile)\\s+|@\\w+\\s+)*final\\b.*", Pattern.DOTALL);
    private static final String MEMBER = "class U { ";
    private static final String STATEMENT = "class U { void m() throws Throwable { ";

    private final Set<String> names = new HashSet<>();

    /** @param declaration without comments */
    void declared(String name, String declaration) {
        if (IS_FINAL.matcher(declaration).matches()) {
            names.add(name);
        } else {
            names.remove(name);
        }
    }

    /** Assignments to final variables; empty when there is none, as it is at once where no such name is mentioned. */
    List<Compiler.Problem> assigned(String source) {
        var mentioned = names.stream().filter(source::contains).collect(Collectors.toSet());
        if (mentioned.isEmpty()) {
            return List.of();
        }
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var options = List.of(
                "--enable-preview", "--source", String.valueOf(Runtime.version().feature()));
        var units = List.of(
                new Unit("member", MEMBER + source + "\n}"), new Unit("statement", STATEMENT + source + "\n;} }"));
        var task =
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, diagnostics, options, null, units);
        try {
            for (var file : task.parse()) {
                if (diagnostics.getDiagnostics().stream()
                        .noneMatch(one -> one.getKind() == Diagnostic.Kind.ERROR
                                && one.getSource() != null
                                && one.getSource()
                                        .toUri()
                                        .equals(file.getSourceFile().toUri()))) {
                    int prefix = file.getSourceFile().toUri().getPath().equals("/member.java")
                            ? MEMBER.length()
                            : STATEMENT.length();
                    return assigned(mentioned, file, Trees.instance(task), prefix);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of();
    }

    private static List<Compiler.Problem> assigned(
            Set<String> names, CompilationUnitTree file, Trees trees, int prefix) {
        var problems = new ArrayList<Compiler.Problem>();
        var local = new HashSet<String>();
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitVariable(VariableTree variable, Void nothing) {
                local.add(variable.getName().toString());
                return super.visitVariable(variable, nothing);
            }

            @Override
            public Void visitAssignment(AssignmentTree assignment, Void nothing) {
                to(assignment.getVariable());
                return super.visitAssignment(assignment, nothing);
            }

            @Override
            public Void visitCompoundAssignment(CompoundAssignmentTree assignment, Void nothing) {
                to(assignment.getVariable());
                return super.visitCompoundAssignment(assignment, nothing);
            }

            @Override
            public Void visitUnary(UnaryTree unary, Void nothing) {
                switch (unary.getKind()) {
                    case PREFIX_INCREMENT, PREFIX_DECREMENT, POSTFIX_INCREMENT, POSTFIX_DECREMENT ->
                        to(unary.getExpression());
                    default -> {}
                }
                return super.visitUnary(unary, nothing);
            }

            private void to(ExpressionTree target) {
                if (target instanceof IdentifierTree identifier
                        && names.contains(identifier.getName().toString())) {
                    var positions = trees.getSourcePositions();
                    problems.add(new Compiler.Problem(
                            (int) positions.getStartPosition(file, identifier) - prefix,
                            (int) positions.getEndPosition(file, identifier) - prefix,
                            "compiler.err.cant.assign.val.to.var",
                            "cannot assign a value to final variable " + identifier.getName(),
                            List.of()));
                }
            }
        }.scan(file, null);
        // A name that the piece declares itself, somewhere, may be that one.
        problems.removeIf(
                problem -> local.stream().anyMatch(name -> problem.message().endsWith(" " + name)));
        return problems;
    }

    private static final class Unit extends SimpleJavaFileObject {
        private final String text;

        Unit(String name, String text) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
