package heddle.kernel;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;

/**
 * What stands in textbooks and files, but JShell does not take or takes for something else, written as it takes it: in the same lines.
 *
 * <ul>
 *   <li>A {@code synchronized} method outside of a class has its body in a {@code synchronized} statement; all of them have one monitor, as
 *       the static methods of one class have.
 *   <li>A sealed type without {@code permits} permits what extends it in its cell, as it does in its file.
 *   <li>The {@code package} of a pasted file is left out, and the file's {@code main} is run; so is a {@code main} that stands outside of a
 *       class. A class with a {@code main} is only said to be runnable, for many notebooks call it in their next cell.
 * </ul>
 */
final class SourceForms {
    private SourceForms() {}

    /**
     * A cell in JShell's form.
     *
     * @param launch the statement that runs the program which the cell is; null when there is none
     * @param runnable the class that the cell declares and the statement {@code launch} would run; null unless it is to be told only
     */
    record Form(String code, TreeMap<Integer, Integer> shifts, String launch, String runnable) {

        /** The position in the cell's own text. */
        int original(int position) {
            return position - shifts.floorEntry(Math.max(0, position)).getValue();
        }

        boolean isLaunched() {
            return launch != null && runnable == null;
        }
    }

    private static final Pattern WORTH_A_LOOK = Pattern.compile("\\b(?:package|synchronized|sealed|main)\\b");
    private static final String BLANKS = "(?:\\s|//.*|/\\*(?s:.*?)\\*/)*+";
    private static final Pattern PACKAGE = Pattern.compile(BLANKS + "(package\\s+[\\w.]+\\s*;)");
    private static final Pattern IMPORT = Pattern.compile(BLANKS + "import\\s");
    private static final Pattern SYNCHRONIZED = Pattern.compile("\\bsynchronized\\b(?!\\s*\\()");
    private static final String LOCK = " synchronized (heddle.notebook.TopLevel.class) {";
    private static final String PREFIX = "class U { ";

    static Form of(String code, Splitter splitter) {
        if (!WORTH_A_LOOK.matcher(code).find()) {
            return unchanged(code);
        }
        var declared = PACKAGE.matcher(code);
        boolean isFile = declared.lookingAt();
        var text = isFile
                ? code.substring(0, declared.start(1))
                        + declared.group(1).replaceAll("[^\\n]", " ")
                        + code.substring(declared.end(1))
                : code;
        var plain = CodeScan.codeOnly(text);
        var pieces = splitter.split(withoutSynchronized(text, plain)); // JShell does not even split with it
        var members = members(pieces);
        var insertions = new TreeMap<Integer, String>();
        var blanked = new StringBuilder(text);
        for (var member : members) {
            switch (member.tree()) {
                case MethodTree method -> serialize(member, method, plain, blanked, insertions);
                case ClassTree type -> permit(member, type, members, insertions);
                default -> {}
            }
        }
        var main = isProgram(pieces, members) ? main(members) : null;
        return form(
                blanked.toString(),
                insertions,
                main == null ? null : main.call(),
                main == null || isFile ? null : main.type());
    }

    private static Form unchanged(String code) {
        return form(code, new TreeMap<>(), null, null);
    }

    private static Form form(String code, TreeMap<Integer, String> insertions, String launch, String runnable) {
        var changed = new StringBuilder();
        var shifts = new TreeMap<>(Map.of(0, 0));
        int from = 0;
        int shift = 0;
        for (var insertion : insertions.entrySet()) {
            changed.append(code, from, insertion.getKey());
            from = insertion.getKey();
            for (int i = 1; i <= insertion.getValue().length(); i++) { // all of it is at the one place
                shifts.put(from + shift + i, shift + i);
            }
            shift += insertion.getValue().length();
            changed.append(insertion.getValue());
        }
        return new Form(changed.append(code, from, code.length()).toString(), shifts, launch, runnable);
    }

    // ---- what is changed

    private static String withoutSynchronized(String text, String plain) {
        var without = new StringBuilder(text);
        for (var word = SYNCHRONIZED.matcher(plain); word.find(); ) {
            without.replace(word.start(), word.end(), " ".repeat(word.end() - word.start()));
        }
        return without.toString();
    }

    private static void serialize(
            Member member, MethodTree method, String plain, StringBuilder text, TreeMap<Integer, String> insertions) {
        if (method.getBody() == null) {
            return;
        }
        int body = member.start(method.getBody());
        var word = SYNCHRONIZED.matcher(plain).region(member.offset(), body);
        if (word.find()) {
            text.replace(word.start(), word.end(), " ".repeat(word.end() - word.start()));
            insertions.put(body + 1, LOCK);
            insertions.put(member.end(method.getBody()) - 1, "}");
        }
    }

    private static void permit(
            Member member, ClassTree type, List<Member> members, TreeMap<Integer, String> insertions) {
        if (!type.getModifiers().getFlags().contains(Modifier.SEALED)
                || !type.getPermitsClause().isEmpty()) {
            return;
        }
        var name = type.getSimpleName().toString();
        var heirs = members.stream()
                .filter(other -> other.tree() instanceof ClassTree heir
                        && supertypes(heir).anyMatch(name::equals))
                .map(heir -> ((ClassTree) heir.tree()).getSimpleName().toString())
                .toList();
        boolean hasOwn = type.getMembers().stream()
                .anyMatch(inner ->
                        inner instanceof ClassTree heir && supertypes(heir).anyMatch(name::equals));
        if (heirs.isEmpty() || hasOwn) { // what is inside the type need not be named, unless others are
            return;
        }
        int header = Stream.of(
                        type.getTypeParameters().stream(),
                        type.getImplementsClause().stream(),
                        Stream.ofNullable(type.getExtendsClause()),
                        Stream.of(type.getModifiers()))
                .flatMap(trees -> trees)
                .mapToInt(member::end)
                .max()
                .orElse(member.start(type));
        int brace = member.text().indexOf('{', header - member.offset());
        if (brace >= 0) {
            insertions.put(member.offset() + brace, "permits " + String.join(", ", heirs) + " ");
        }
    }

    private static Stream<String> supertypes(ClassTree type) {
        return Stream.concat(Stream.ofNullable(type.getExtendsClause()), type.getImplementsClause().stream())
                .map(tree -> tree instanceof ParameterizedTypeTree generic ? generic.getType() : tree)
                .filter(IdentifierTree.class::isInstance)
                .map(tree -> ((IdentifierTree) tree).getName().toString());
    }

    // ---- programs

    private record Main(String call, String type) {}

    /** Whether the cell declares and does nothing else. */
    private static boolean isProgram(List<Splitter.Snippet> pieces, List<Member> members) {
        long imports = pieces.stream()
                .filter(piece -> IMPORT.matcher(piece.text()).lookingAt())
                .count();
        return pieces.stream().allMatch(Splitter.Snippet::complete) && imports + members.size() == pieces.size();
    }

    /** The main method that Java would launch (JLS 12.1.4), and how it is called. */
    private static Main main(List<Member> members) {
        var methods = members.stream().map(Member::tree).toList();
        var free = mainAmong(methods);
        if (free != null) {
            return new Main("main(" + arguments(free) + ");", null);
        }
        for (var member : members) {
            if (member.tree() instanceof ClassTree type) {
                var found = mainAmong(type.getMembers());
                boolean isStatic =
                        found != null && found.getModifiers().getFlags().contains(Modifier.STATIC);
                if (isStatic
                        || found != null
                                && type.getKind() == Tree.Kind.CLASS
                                && !type.getModifiers().getFlags().contains(Modifier.ABSTRACT)) {
                    var name = type.getSimpleName().toString();
                    return new Main(
                            (isStatic ? name : "new " + name + "()") + ".main(" + arguments(found) + ");", name);
                }
            }
        }
        return null;
    }

    private static MethodTree mainAmong(List<? extends Tree> members) {
        MethodTree plain = null;
        for (var member : members) {
            if (member instanceof MethodTree method
                    && method.getName().contentEquals("main")
                    && "void".equals(String.valueOf(method.getReturnType()))
                    && method.getBody() != null
                    && !method.getModifiers().getFlags().contains(Modifier.PRIVATE)) {
                if (method.getParameters().isEmpty()) {
                    plain = method;
                } else if (method.getParameters().size() == 1
                        && method.getParameters()
                                .getFirst()
                                .getType()
                                .toString()
                                .matches("(?:java\\.lang\\.)?String(?:\\[]|\\.\\.\\.)")) {
                    return method;
                }
            }
        }
        return plain;
    }

    private static String arguments(MethodTree main) {
        return main.getParameters().isEmpty() ? "" : "new String[0]";
    }

    // ---- parsing

    /** A piece of the cell that could stand in a class, parsed there. */
    private record Member(Tree tree, Splitter.Snippet snippet, Parser.Parsed parsed) {
        String text() {
            return snippet.text();
        }

        int offset() {
            return snippet.start();
        }

        int start(Tree part) {
            return place(parsed.start(part));
        }

        int end(Tree part) {
            return place(parsed.end(part));
        }

        /** In the cell; what stands nowhere is at its beginning. */
        private int place(int position) {
            return position < 0 ? 0 : position - PREFIX.length() + offset();
        }
    }

    private static List<Member> members(List<Splitter.Snippet> pieces) {
        var texts = new TreeMap<Integer, String>();
        for (int i = 0; i < pieces.size(); i++) {
            var piece = pieces.get(i);
            if (piece.complete()) {
                texts.put(i, PREFIX + piece.text() + (piece.lacksSemicolon() ? "\n;" : "") + "\n}");
            }
        }
        var members = new ArrayList<Member>();
        Parser.parse(texts).forEach((number, parsed) -> {
            var member = parsed.onlyMember();
            if (member != null && !(member instanceof BlockTree)) {
                members.add(new Member(member, pieces.get(number), parsed));
            }
        });
        return members;
    }
}
