package heddle.kernel;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.CompoundAssignmentTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
        var prefixes = List.of(MEMBER, STATEMENT);
        var found = Parser.parse(new TreeMap<>(Map.of(0, MEMBER + source + "\n}", 1, STATEMENT + source + "\n;} }")));
        return found.isEmpty()
                ? List.of()
                : assigned(
                        mentioned,
                        found.firstEntry().getValue(),
                        prefixes.get(found.firstKey()).length());
    }

    private static List<Compiler.Problem> assigned(Set<String> names, Parser.Parsed parsed, int prefix) {
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
                    problems.add(new Compiler.Problem(
                            parsed.start(identifier) - prefix,
                            parsed.end(identifier) - prefix,
                            "compiler.err.cant.assign.val.to.var",
                            "cannot assign a value to final variable " + identifier.getName(),
                            List.of()));
                }
            }
        }.scan(parsed.file(), null);
        // A name that the piece declares itself, somewhere, may be that one.
        problems.removeIf(
                problem -> local.stream().anyMatch(name -> problem.message().endsWith(" " + name)));
        return problems;
    }
}
