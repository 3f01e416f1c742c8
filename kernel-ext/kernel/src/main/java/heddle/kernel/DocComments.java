package heddle.kernel;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The documentation comments of source files, found by parsing them alone: that takes a tenth of the time of asking the compiler what all names mean. */
final class DocComments {

    /** Files whose comments are kept: who looks something up stays near it. */
    private static final int KEPT = 16;

    private static final int DEEPEST = 12;

    /**
     * A class, method or field with what stands before it.
     *
     * @param name a class's with those around it ({@code Map.Entry}); a constructor's is its class's
     * @param in the class around it; empty for what is in none
     * @param types of parameters, as {@link Signature#simple}; null for what is not called
     * @param comment null when there is none
     * @param supers of a class, as written
     */
    record Documented(
            String name,
            String in,
            List<String> types,
            List<String> parameters,
            String comment,
            boolean isMarkdown,
            List<String> supers,
            boolean isDeprecated) {}

    /** A source file's. */
    private record File(String packageName, List<String> imports, List<Documented> all) {
        Stream<Documented> members(String type) {
            return all.stream().filter(each -> each.in.equals(type));
        }

        Documented type(String name) {
            return all.stream()
                    .filter(each -> each.types == null && each.supers != null && each.name.equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    private static final File NONE = new File("", List.of(), List.of());

    private final Sources sources;
    private final Map<String, File> files = new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, File> eldest) {
            return size() > KEPT;
        }
    };
    private final DocTrees trees;

    DocComments(Sources sources) {
        this.sources = sources;
        this.trees = DocTrees.instance(
                (JavacTask) ToolProvider.getSystemJavaCompiler().getTask(null, null, _ -> {}, null, null, null));
    }

    /** What was found, with the comment it has or inherits; a comment of null when there is none at all. */
    record Found(Documented documented, DocCommentTree comment, DocCommentTree inherited) {}

    /**
     * @param className of the class that the signature's owner is
     * @return null when there is no source, or nothing in it of this signature
     */
    Found find(String className, Signature signature) {
        var file = file(className);
        var type = typeIn(file, className);
        if (type == null) {
            return null;
        }
        var found = signature.isType() ? type : member(file, type, signature);
        if (found == null && isConstructor(signature)) {
            found = type; // one that nobody wrote
        }
        return found == null ? null : found(file, type, found);
    }

    /** In the text of a snippet, which is a class or what may stand in one. */
    Found findInSnippet(String source, Signature signature) {
        var name = signature.owner().isEmpty() ? signature.name() : signature.owner();
        for (var text : List.of(source, "class U {\n" + source + "\n}")) {
            var file = parse(text);
            for (var each : file.all) {
                boolean isType = each.supers != null && each.name.equals(name);
                boolean fits = signature.isType() || isConstructor(signature) && !hasMember(file, name, signature)
                        ? isType
                        : each.in.equals(signature.owner().isEmpty() ? "U" : name) && fits(each, signature);
                if (fits) {
                    return found(file, file.type(each.in), each);
                }
            }
        }
        return null;
    }

    private static boolean hasMember(File file, String type, Signature signature) {
        return file.members(type).anyMatch(each -> fits(each, signature));
    }

    private static boolean isConstructor(Signature signature) {
        return signature.parameters() != null
                && (signature.owner().equals(signature.name())
                        || signature.owner().endsWith("." + signature.name()));
    }

    private Found found(File file, Documented type, Documented found) {
        var own = tree(found);
        boolean wants = own == null || found.comment.contains("{@inheritDoc}");
        return new Found(
                found, own, wants && found.types != null && type != null ? inherited(file, type, found, 0) : null);
    }

    private static Documented member(File file, Documented type, Signature signature) {
        return file.members(type.name)
                .filter(each -> fits(each, signature))
                .findFirst()
                .orElse(null);
    }

    private static boolean fits(Documented each, Signature signature) {
        return each.name.equals(signature.name())
                && (signature.parameters() == null
                        ? each.types == null
                        : signature.parameters().equals(each.types));
    }

    private DocCommentTree inherited(File file, Documented type, Documented method, int depth) {
        if (type.supers == null || depth > DEEPEST) {
            return null;
        }
        for (var name : type.supers) {
            for (var candidate : candidates(file, type, name)) {
                var other = file(candidate);
                var above = typeIn(other, candidate);
                if (above == null) {
                    continue;
                }
                var overridden = other.members(above.name)
                        .filter(each -> each.name.equals(method.name)
                                && each.types != null
                                && each.types.size() == method.types.size()
                                && each.comment != null)
                        .sorted((a, b) -> Boolean.compare(b.types.equals(method.types), a.types.equals(method.types)))
                        .findFirst();
                var found =
                        overridden.isPresent() ? tree(overridden.get()) : inherited(other, above, method, depth + 1);
                if (found != null) {
                    return found;
                }
                break;
            }
        }
        return null;
    }

    /** What a name in a source file may mean. */
    private static List<String> candidates(File file, Documented type, String name) {
        var candidates = new ArrayList<String>();
        var first = name.split("\\.")[0];
        for (var line : file.imports) {
            if (line.endsWith("." + first)) {
                candidates.add(line.substring(0, line.length() - first.length()) + name);
            }
        }
        candidates.add(file.packageName + "." + name);
        candidates.add(file.packageName + "." + type.name.split("\\.")[0] + "." + name);
        candidates.add("java.lang." + name);
        file.imports.stream()
                .filter(line -> line.endsWith(".*"))
                .forEach(line -> candidates.add(line.substring(0, line.length() - 1) + name));
        candidates.add(name);
        return candidates;
    }

    private static Documented typeIn(File file, String className) {
        var name = file.packageName.isEmpty() || !className.startsWith(file.packageName + ".")
                ? className
                : className.substring(file.packageName.length() + 1);
        return file.type(name);
    }

    private File file(String className) {
        return files.computeIfAbsent(className, name -> {
            var text = sources.of(name);
            return text == null ? NONE : parse(text);
        });
    }

    private File parse(String text) {
        var parsed = Parser.parse(new TreeMap<>(Map.of(0, text))).get(0);
        if (parsed == null) {
            return NONE;
        }
        var all = new ArrayList<Documented>();
        var docs = (DocTrees) parsed.trees();
        var root = new TreePath(parsed.file());
        parsed.file().getTypeDecls().forEach(type -> add(docs, new TreePath(root, type), "", all));
        var packageName = parsed.file().getPackageName();
        return new File(
                packageName == null ? "" : packageName.toString(),
                parsed.file().getImports().stream()
                        .map(line -> line.getQualifiedIdentifier().toString())
                        .toList(),
                all);
    }

    private static void add(DocTrees trees, TreePath path, String in, List<Documented> all) {
        var comment = trees.getDocComment(path);
        boolean isMarkdown = comment != null
                && trees.getDocCommentKind(path) == javax.lang.model.util.Elements.DocCommentKind.END_OF_LINE;
        switch (path.getLeaf()) {
            case ClassTree type -> {
                var name = in.isEmpty() ? type.getSimpleName().toString() : in + "." + type.getSimpleName();
                var supers = new ArrayList<String>();
                if (type.getExtendsClause() != null) {
                    supers.add(erased(type.getExtendsClause()));
                }
                type.getImplementsClause().forEach(each -> supers.add(erased(each)));
                all.add(new Documented(
                        name,
                        in,
                        null,
                        List.of(),
                        comment,
                        isMarkdown,
                        supers,
                        deprecated(type.getModifiers().toString())));
                type.getMembers().forEach(member -> add(trees, new TreePath(path, member), name, all));
            }
            case MethodTree method -> {
                boolean isConstructor = method.getName().contentEquals("<init>");
                all.add(new Documented(
                        isConstructor
                                ? in.substring(in.lastIndexOf('.') + 1)
                                : method.getName().toString(),
                        in,
                        method.getParameters().stream()
                                .map(each -> Signature.simple(each.getType().toString()
                                        + (each.toString().contains("...")
                                                        && !each.getType()
                                                                .toString()
                                                                .endsWith("]")
                                                ? "[]"
                                                : "")))
                                .toList(),
                        method.getParameters().stream()
                                .map(each -> each.getName().toString())
                                .toList(),
                        comment,
                        isMarkdown,
                        null,
                        deprecated(method.getModifiers().toString())));
            }
            case VariableTree field ->
                all.add(new Documented(
                        field.getName().toString(),
                        in,
                        null,
                        List.of(),
                        comment,
                        isMarkdown,
                        null,
                        deprecated(field.getModifiers().toString())));
            default -> {}
        }
    }

    private static boolean deprecated(String modifiers) {
        return modifiers.contains("@Deprecated");
    }

    private static String erased(Tree type) {
        return type.toString().replaceAll("<.*", "").replaceAll("@\\w+\\s*", "");
    }

    private DocCommentTree tree(Documented documented) {
        if (documented.comment == null) {
            return null;
        }
        var text = documented.isMarkdown ? documented.comment : "<body>" + documented.comment + "</body>";
        return trees.getDocCommentTree(new Comment(text, documented.isMarkdown));
    }

    private static final class Comment extends SimpleJavaFileObject {
        private final String text;

        Comment(String text, boolean isMarkdown) {
            super(
                    URI.create(isMarkdown ? "string:///comment.md" : "string:///comment.html"),
                    isMarkdown ? JavaFileObject.Kind.OTHER : JavaFileObject.Kind.HTML);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
