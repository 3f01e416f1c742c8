package heddle.notebook.process;

import heddle.notebook.channel.Frame.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An exception as a learner reads it: its causes and suppressed ones, and of the frames those in cells; between them one line names what of
 * a library was called there. Exceptions that lie, throw or cause each other in a circle are survived.
 */
final class Traceback {

    /** Frame lines of one exception, and exceptions of one chain, that are shown. */
    private static final int MOST_LINES = 60;

    private static final int MOST_EXCEPTIONS = 50;

    /** Frames after which a recursion of several methods is looked for no more. */
    private static final int LONGEST_CYCLE = 8;

    private static final int LONGEST_MESSAGE = 10_000;

    /** Frames, unless the JVM is told otherwise ({@code -XX:MaxJavaStackTraceDepth}). */
    private static final int KEPT_BY_JVM = 1_024;

    private static final String CALL = "in ";

    /** What magics make of themselves, and the call of a program's main method. */
    private static final String NO_CELL = "cell 0";

    private final List<String> lines = new ArrayList<>();
    private final Set<Throwable> shown = Collections.newSetFromMap(new IdentityHashMap<>());

    private Traceback() {}

    static Failure of(Throwable failure) {
        var traceback = new Traceback();
        traceback.add("", "", failure, List.of());
        return new Failure(type(failure), message(failure), traceback.lines);
    }

    private static String type(Throwable failure) {
        return failure instanceof Stop
                ? Stop.TYPE
                : Names.readable(failure.getClass().getName());
    }

    private static String message(Throwable failure) {
        var message = asked("getMessage()", failure::getMessage, null);
        if (message == null) {
            return "";
        }
        message = Names.readableMessage(message);
        return message.length() <= LONGEST_MESSAGE
                ? message
                : message.substring(0, LONGEST_MESSAGE) + "... " + (message.length() - LONGEST_MESSAGE)
                        + " more characters";
    }

    /** What an exception says of itself; its own code may do anything. */
    private static String asked(String method, Supplier<String> question, String otherwise) {
        try {
            return question.get();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable e) {
            return otherwise != null
                    ? otherwise
                    : "(its " + method + " threw " + e.getClass().getName() + ")";
        }
    }

    private void add(String indent, String lead, Throwable failure, List<String> enclosing) {
        var message = message(failure);
        var header = indent + lead + type(failure) + (message.isEmpty() ? "" : ": " + message);
        if (!shown.add(failure)) {
            lines.add(header + " (again: see above)");
            return;
        }
        if (shown.size() > MOST_EXCEPTIONS) {
            lines.add(indent + "... and more causes");
            return;
        }
        header.lines().forEach(lines::add);
        var frames = frames(failure);
        int common = 0;
        while (common < Math.min(frames.size() - 1, enclosing.size())
                && frames.get(frames.size() - 1 - common).equals(enclosing.get(enclosing.size() - 1 - common))) {
            common++;
        }
        if (common > 0 && frames.get(frames.size() - common - 1).startsWith(CALL)) {
            common--; // the line names what was called from the line after it
        }
        frames.subList(0, frames.size() - common).forEach(frame -> lines.add(indent + "    " + frame));
        for (var suppressed : failure.getSuppressed()) {
            add(indent + "    ", "Suppressed: ", suppressed, frames);
        }
        Throwable cause;
        try {
            cause = failure.getCause();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable e) {
            lines.add(
                    indent + "Caused by: (its getCause() threw " + e.getClass().getName() + ")");
            return;
        }
        if (cause != null) {
            add(indent, "Caused by: ", cause, frames);
        }
    }

    private static List<String> frames(Throwable failure) {
        StackTraceElement[] stack;
        try {
            stack = failure.getStackTrace();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable e) {
            return List.of();
        }
        if (stack == null) {
            return List.of();
        }
        var frames = new ArrayList<String>();
        StackTraceElement library = null;
        for (var frame : stack) {
            if (isLearners(frame)) {
                if (library != null) {
                    frames.add(CALL + library.getClassName() + "." + library.getMethodName() + ", called");
                    library = null;
                }
                var name = Names.readable(frame);
                frames.add("at " + (name.isEmpty() ? place(frame) : name + " (" + place(frame) + ")"));
            } else if (frame != null) {
                library = frame; // of several, the one that a cell's code called is the last
            }
        }
        if (failure instanceof StackOverflowError && stack.length == KEPT_BY_JVM) {
            frames.add("... and the calls before them: Java keeps the last 1,024 only");
        }
        if (frames.isEmpty() && stack.length > 0) { // no cell's code at all: then where it was thrown
            frames.add("at " + stack[0]);
        }
        return condensed(frames);
    }

    private static boolean isLearners(StackTraceElement frame) {
        return frame != null
                && !NO_CELL.equals(frame.getFileName())
                && (Attribution.isLabel(frame.getFileName()) || Names.isWrapper(frame.getClassName()));
    }

    private static String place(StackTraceElement frame) {
        return frame.getFileName() + (frame.getLineNumber() > 0 ? ":" + frame.getLineNumber() : "");
    }

    /** A recursion is shown once, with how often it came; and what is still too long is cut in the middle. */
    private static List<String> condensed(List<String> frames) {
        var out = new ArrayList<String>();
        for (int i = 0; i < frames.size(); ) {
            int cycle = 0;
            int times = 0;
            for (int length = 1; length <= LONGEST_CYCLE && times < 3; length++) {
                cycle = length;
                times = repetitions(frames, i, length);
            }
            if (times < 3) {
                out.add(frames.get(i++));
                continue;
            }
            out.addAll(frames.subList(i, i + cycle));
            out.add(String.format(
                    Locale.ROOT, "... %s %,d times more", cycle == 1 ? "this" : "these " + cycle, times - 1));
            i += cycle * times;
        }
        if (out.size() <= MOST_LINES) {
            return out;
        }
        var cut = new ArrayList<>(out.subList(0, MOST_LINES / 2));
        cut.add("... " + (out.size() - MOST_LINES) + " lines more");
        cut.addAll(out.subList(out.size() - MOST_LINES / 2, out.size()));
        return cut;
    }

    private static int repetitions(List<String> frames, int from, int length) {
        int times = 1;
        while (from + (times + 1) * length <= frames.size()
                && frames.subList(from, from + length)
                        .equals(frames.subList(from + times * length, from + (times + 1) * length))) {
            times++;
        }
        return times;
    }
}
