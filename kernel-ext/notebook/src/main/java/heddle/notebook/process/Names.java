package heddle.notebook.process;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the compiler and JShell call things, as their author called them. */
final class Names {
    private Names() {}

    /** The class JShell wraps around a snippet, with what separates it from a class declared there. */
    private static final Pattern WRAPPER = Pattern.compile("REPL\\.\\$JShell\\$\\w+(\\$(?=.))?");

    /** One that can be serialized has a hash in its name. */
    private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.*?)(?:\\$[0-9a-f]{1,8})?\\$\\d+");

    private static final Pattern DO_IT = Pattern.compile("do_it(\\$.*)?");

    /** What the JVM's messages put before the name of something declared in a cell. */
    private static final Pattern QUALIFIER = Pattern.compile("REPL\\.\\$JShell\\$\\w+[.$]");

    private static final String OUR_NAME = "REPL.$JShell$";

    /** A line of a stack trace that is printed. */
    private static final Pattern FRAME = Pattern.compile(
            "(?m)^(\\s*at )(?:[\\w.]+//)?(REPL\\.\\$JShell\\$[\\w$]+)\\.([\\w$<>]+)\\((\\S* ?[^):]*):?(\\d*)\\)");

    /** Where the JVM says which class loaders two classes are of. */
    private static final Pattern LOADERS = Pattern.compile(" \\([^()]* (?:is|are) in (?:unnamed )?module [^()]*\\)");

    private static final Pattern NO_CAST_TO_ITSELF = Pattern.compile("class (\\S+) cannot be cast to class \\1");

    /** A message of the JVM's, such as that a variable is null. */
    static String readableMessage(String message) {
        if (!message.contains(OUR_NAME)) {
            return message;
        }
        var readable =
                LOADERS.matcher(QUALIFIER.matcher(message).replaceAll("")).replaceAll("");
        return NO_CAST_TO_ITSELF
                .matcher(readable)
                .replaceFirst("$0: it was made before class $1 was declared anew, and keeps the old class");
    }

    /** What a learner prints, with the names that the cells gave: {@code Account@1b2c3d}, {@code at Account.draw(cell 7:3)}. */
    static String asWritten(String text) {
        if (!text.contains(OUR_NAME)) {
            return text;
        }
        var frames = FRAME.matcher(text).replaceAll(found -> {
            var frame = new StackTraceElement(found.group(2), found.group(3), found.group(4), 0);
            var name = readable(frame);
            var place = found.group(4) + (found.group(5).isEmpty() ? "" : ":" + found.group(5));
            return Matcher.quoteReplacement(found.group(1) + (name.isEmpty() ? place : name + "(" + place + ")"));
        });
        return QUALIFIER.matcher(frames).replaceAll("");
    }

    /** Whether this is the line of a stack trace that is below every cell's: how {@code main} came to run it. */
    static boolean isFrameOfOurs(String line) {
        return line != null
                && line.startsWith("\tat ")
                && (line.startsWith("\tat heddle.notebook.process.NotebookMain.")
                        || line.startsWith("\tat heddle.notebook.process.KernelCalls.")
                        || line.startsWith("\tat heddle.notebook.Notebook.eval")
                        || line.startsWith("\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.")
                        || line.startsWith("\tat java.base/java.lang.reflect.Method.invoke("));
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
        // JShell makes a class with a name of what a variable is to be of
        return name.isEmpty() || name.startsWith("JShell.anonymous") ? Words.either("an anonymous class", "匿名类") : name;
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
