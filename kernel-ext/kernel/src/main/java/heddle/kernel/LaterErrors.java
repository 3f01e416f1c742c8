package heddle.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Snippet.Kind;
import jdk.jshell.SourceCodeAnalysis;

/**
 * What is wrong in a cell behind its first error: compiled, but not run, and without what only follows from that error.
 *
 * <p>Statements are compiled as one block and each method in a class of its own, so nothing that exists is replaced. What is an error only there is
 * left out.
 */
final class LaterErrors {
    private LaterErrors() {}

    private static final Set<String> ONLY_THERE = Set.of(
            "compiler.err.already.defined",
            "compiler.err.cant.ref.non.effectively.final.var",
            "compiler.err.local.classes.cant.extend.sealed",
            "compiler.err.mod.not.allowed.here",
            "compiler.err.unreachable.stmt",
            "compiler.err.var.might.not.have.been.initialized",
            "compiler.err.void.not.allowed.here");

    private static final Pattern MODIFIERS = Pattern.compile(
            "(?:\\s|//.*|/\\*(?s:.*?)\\*/)*+((?:(?:public|protected|private|static|sealed|non-sealed)\\s+)+)");
    private static final Pattern NAME = Pattern.compile("symbol: (?:static )?\\w+ (\\w+).*");
    private static final String METHOD = "{ new Object() { ";
    private static final String VALUE = "{ java.util.Objects.hash(";

    /**
     * @param pieces the whole cell
     * @param failed the one with the first error
     * @param code the text that the pieces are of
     */
    static List<Diagnostics.Refused> of(
            Compiler compiler, List<Splitter.Snippet> pieces, Splitter.Snippet failed, String code) {
        var later = pieces.subList(pieces.indexOf(failed) + 1, pieces.size());
        if (later.isEmpty() || !later.getLast().complete()) {
            return List.of();
        }
        var declared = pieces.stream()
                .flatMap(piece -> names(compiler.analysis(), piece))
                .collect(Collectors.toSet());
        var refused = new ArrayList<Diagnostics.Refused>();
        var block = new StringBuilder(code.substring(0, later.getLast().end()).replaceAll("[^\\n]", " "));
        for (var piece : later) {
            var text = piece.text();
            switch (isBareValue(piece) ? Kind.EXPRESSION : kind(compiler.analysis(), piece)) {
                case METHOD ->
                    refused.add(new Diagnostics.Refused(
                            real(compiler.check(METHOD + text + "\n}; }"), declared), piece.start() - METHOD.length()));
                case IMPORT -> {}
                case EXPRESSION ->
                    refused.add(new Diagnostics.Refused(
                            real(compiler.check(VALUE + text + "\n); }"), declared), piece.start() - VALUE.length()));
                default -> {
                    block.replace(piece.start(), piece.end(), text);
                    var modifiers = MODIFIERS.matcher(text);
                    if (modifiers.lookingAt()) {
                        block.replace(
                                piece.start() + modifiers.start(1),
                                piece.start() + modifiers.end(1),
                                modifiers.group(1).replaceAll("[^\\n]", " "));
                    }
                    if (piece.lacksSemicolon()) {
                        block.append("\n;");
                    }
                }
            }
        }
        refused.add(new Diagnostics.Refused(real(compiler.check("{" + block + "\n}"), declared), -1));
        refused.sort((a, b) -> Integer.compare(first(a), first(b)));
        return refused;
    }

    private static int first(Diagnostics.Refused refused) {
        return refused.problems().isEmpty()
                ? 0
                : refused.start() + refused.problems().getFirst().position();
    }

    private static boolean isBareValue(Splitter.Snippet piece) {
        var text = piece.text().stripTrailing();
        return !piece.lacksSemicolon() && !text.endsWith(";") && !text.endsWith("}");
    }

    /** Never {@link Kind#EXPRESSION}: what ends with a semicolon is a statement here. */
    private static Kind kind(SourceCodeAnalysis analysis, Splitter.Snippet piece) {
        var parsed = analysis.sourceToSnippets(piece.text());
        var kind = parsed.isEmpty() ? Kind.STATEMENT : parsed.getFirst().kind();
        return kind == Kind.EXPRESSION ? Kind.STATEMENT : kind;
    }

    private static Stream<String> names(SourceCodeAnalysis analysis, Splitter.Snippet piece) {
        return analysis.sourceToSnippets(piece.text()).stream()
                .filter(DeclarationSnippet.class::isInstance)
                .map(snippet -> ((DeclarationSnippet) snippet).name());
    }

    private static List<Compiler.Problem> real(List<Compiler.Problem> problems, Set<String> declared) {
        return problems.stream()
                .filter(problem -> !ONLY_THERE.contains(problem.code())
                        && !problem.code().startsWith("compiler.err.illegal.start"))
                .filter(problem -> problem.details().stream()
                        .map(NAME::matcher)
                        .noneMatch(name -> name.matches() && declared.contains(name.group(1))))
                .toList();
    }
}
