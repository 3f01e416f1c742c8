package heddle.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What JShell says of a method, constructor, field or type, in its parts.
 *
 * @param owner the class as it would be written here ({@code List}, {@code Map.Entry}); empty outside of classes
 * @param name of the member; empty for a type
 * @param parameters simple names of their types without type arguments; null for what is not called
 * @param named whether the text names the parameters, too
 */
record Signature(String text, String owner, String name, List<String> parameters, boolean named) {

    private static final Pattern VARIABLE = Pattern.compile("^([\\w.$]+):(.+)$", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern NAMED =
            Pattern.compile("[\\w$]+(?:\\.\\.\\.|\\[])* [\\w$]+", Pattern.UNICODE_CHARACTER_CLASS);

    /** JShell writes the components of a record wherever its name stands. */
    private static final Pattern COMPONENTS = Pattern.compile("\\([^()]*\\)(?=[.(])");

    static Signature of(String text) {
        var said = COMPONENTS.matcher(text).replaceFirst("");
        var variable = VARIABLE.matcher(said);
        if (variable.matches()) {
            var name = variable.group(1);
            int dot = name.lastIndexOf('.');
            return new Signature(
                    variable.group(2) + " " + name,
                    name.substring(0, Math.max(0, dot)),
                    name.substring(dot + 1),
                    null,
                    true);
        }
        var erased = withoutArguments(said);
        int open = erased.indexOf('(');
        if (open < 0) {
            return new Signature(said, erased.strip(), "", null, true);
        }
        var head = erased.substring(0, open).strip();
        boolean isConstructor = head.indexOf(' ') < 0;
        var path = head.substring(head.lastIndexOf(' ') + 1);
        int dot = path.lastIndexOf('.');
        var parameters = new ArrayList<String>();
        boolean named = true;
        var inside = erased.substring(open + 1, erased.indexOf(')', open)).strip();
        for (var each : inside.isEmpty() ? new String[0] : inside.split(",")) {
            named &= NAMED.matcher(each.strip().replaceAll("[\\w$]+\\.(?=[\\w$])", ""))
                    .matches();
            parameters.add(simple(named ? each.strip().substring(0, each.strip().lastIndexOf(' ')) : each));
        }
        return isConstructor
                ? new Signature(said, path, path.substring(dot + 1), parameters, named)
                : new Signature(said, path.substring(0, Math.max(0, dot)), path.substring(dot + 1), parameters, named);
    }

    boolean isType() {
        return name.isEmpty();
    }

    /** A type as it is written, without annotations, type arguments and package; what varies is an array. */
    static String simple(String type) {
        var plain = withoutArguments(type)
                .replaceAll("@[\\w.]+\\s*", "")
                .replaceAll("\\bfinal\\s+", "")
                .replace("...", "[]")
                .replaceAll("\\s+", "");
        return plain.substring(plain.lastIndexOf('.') + 1);
    }

    /** Without what stands in angle brackets. */
    private static String withoutArguments(String text) {
        var out = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '<' ? 1 : 0;
            if (depth == 0) {
                out.append(c);
            }
            depth -= c == '>' ? 1 : 0;
        }
        return out.toString();
    }

    /** The same with names for its parameters. */
    Signature named(List<String> names) {
        int open = text.indexOf('(');
        if (named || open < 0 || names.size() != parameters.size() || names.isEmpty()) {
            return this;
        }
        var out = new StringBuilder(text.substring(0, open + 1));
        int depth = 0;
        int next = 0;
        for (int i = open + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            depth += c == '<' ? 1 : c == '>' ? -1 : 0;
            if (depth == 0 && next < names.size() && (c == ',' || c == ')')) {
                out.append(' ').append(names.get(next++));
            }
            out.append(c);
        }
        return new Signature(out.toString(), owner, name, parameters, true);
    }
}
