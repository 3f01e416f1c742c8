package heddle.notebook.process;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the compiler and JShell call things, as their author called them. */
final class Names {
    private Names() {}

    /** The class JShell wraps around a snippet, with what separates it from a class declared there. */
    private static final Pattern WRAPPER = Pattern.compile("REPL\\.\\$JShell\\$\\w+(\\$(?=.))?");

    private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.*)\\$\\d+");
    private static final Pattern DO_IT = Pattern.compile("do_it\\$?(\\$\\w*)?");

    /** What the JVM's messages put before the name of something declared in a cell. */
    private static final Pattern QUALIFIER = Pattern.compile("REPL\\.\\$JShell\\$\\w+[.$]");

    /** A message of the JVM's, such as that a variable is null. */
    static String readableMessage(String message) {
        return QUALIFIER.matcher(message).replaceAll("");
    }

    static boolean isWrapper(String className) {
        return className.startsWith("REPL.$JShell$");
    }

    /** {@code REPL.$JShell$12$Account$Entry} is {@code Account.Entry}; {@code java.util.Map$Entry} stays. */
    static String readable(String className) {
        if (!isWrapper(className)) {
            return className;
        }
        return Stream.of(WRAPPER.matcher(className).replaceFirst("").split("\\$"))
                .map(name -> name.replaceFirst("^\\d+", ""))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.joining("."));
    }

    static String of(Class<?> type) {
        var name = readable(type.getName());
        return name.isEmpty() ? "an anonymous class" : name;
    }

    /** What a frame's method is called in the cell; empty for a cell's own statements. */
    static String readable(StackTraceElement frame) {
        var type = readable(frame.getClassName());
        var method = frame.getMethodName();
        var lambda = LAMBDA.matcher(method);
        if (lambda.matches()) {
            var in = lambda.group(1);
            var where = DO_IT.matcher(in).matches() || in.equals("static") || in.equals("new") || in.isEmpty()
                    ? type
                    : qualified(type, in);
            return where.isEmpty() ? "lambda" : "lambda in " + where;
        }
        return switch (method) {
            case "<init>" -> type.isEmpty() ? "" : "new " + type;
            case "<clinit>" -> type;
            default -> DO_IT.matcher(method).matches() && type.isEmpty() ? "" : qualified(type, method);
        };
    }

    private static String qualified(String type, String method) {
        return type.isEmpty() ? method : type + "." + method;
    }
}
