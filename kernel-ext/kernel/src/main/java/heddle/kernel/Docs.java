package heddle.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.SourceCodeAnalysis;

/**
 * What is documented of what JShell names. JShell itself would have the compiler resolve a whole source file for each answer, which takes
 * hundreds of milliseconds; here files are only parsed, and the latest are remembered.
 */
final class Docs {

    /** Of more overloads than these the first sentences are enough. */
    private static final int MOST_IN_FULL = 3;

    /** Characters of an answer: a class's own comment can be as long as a book. */
    private static final int LONGEST = 60_000;

    private final Compiler compiler;
    private final SourceCodeAnalysis analysis;
    private final DocComments comments;

    Docs(Compiler compiler) {
        this.compiler = compiler;
        this.analysis = compiler.analysis();
        this.comments = new DocComments(compiler.sources());
    }

    /** As HTML; empty when nothing was named. */
    String html(List<String> said) {
        var html = new StringBuilder();
        var names = new HashMap<String, Set<String>>();
        for (var each : said) {
            var signature = Signature.of(each);
            var found = find(signature, names);
            if (found != null) {
                signature = signature.named(found.documented().parameters());
            }
            html.append(html.isEmpty() ? "" : "<hr>")
                    .append("<pre><code>")
                    .append(Javadoc.escape(signature.text()))
                    .append("</code></pre>");
            if (found != null && html.length() < LONGEST) {
                html.append(
                        said.size() <= MOST_IN_FULL
                                ? Javadoc.html(found.comment(), found.inherited())
                                : Javadoc.summary(found.comment(), found.inherited()));
            }
        }
        return html.toString();
    }

    /**
     * @param names what classes may be called, as far as this answer has asked
     * @return null when nothing is documented
     */
    private DocComments.Found find(Signature signature, Map<String, Set<String>> names) {
        var declared = signature.owner().isEmpty()
                ? signature.name()
                : signature.owner().split("\\.")[0];
        var own = compiler.declared()
                .filter(snippet -> snippet instanceof DeclarationSnippet declaration
                        && declaration.name().equals(declared))
                .toList();
        if (!own.isEmpty() || signature.owner().isEmpty()) {
            return own.stream()
                    .map(snippet -> comments.findInSnippet(snippet.source(), signature))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
        for (var name : names.computeIfAbsent(signature.owner(), this::names)) {
            var found = comments.find(name, signature);
            if (found != null) {
                return found;
            }
        }
        if (signature.isType() && signature.owner().indexOf('.') > 0) { // a constant of an enum looks like a class
            int dot = signature.owner().lastIndexOf('.');
            return find(
                    new Signature(
                            signature.text(),
                            signature.owner().substring(0, dot),
                            signature.owner().substring(dot + 1),
                            null,
                            true),
                    names);
        }
        return null;
    }

    /** What a class may be called in full: first as it would be found here, then all that there are of this name. */
    private Set<String> names(String owner) {
        var names = new LinkedHashSet<String>();
        int dot = owner.indexOf('.');
        var first = dot < 0 ? owner : owner.substring(0, dot);
        if (dot > 0 && Character.isLowerCase(first.codePointAt(0))) {
            return Set.of(owner);
        }
        var rest = dot < 0 ? "" : owner.substring(dot);
        var all = new ArrayList<String>();
        analysis.documentation(first, first.length(), false)
                .forEach(found -> all.add(Signature.of(found.signature()).owner()));
        all.addAll(analysis.listQualifiedNames(first, first.length()).getNames());
        all.forEach(name -> names.add(name + rest));
        return names;
    }
}
