package heddle.processes;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How what was thrown in one process travels to another.
 *
 * <pre>
 *   | tag | length (4) | the Throwable, as one graph with its causes and suppressed ones; nothing where it cannot travel |
 *         | length (4) | the same of RemoteExceptions alone, which can be read wherever this library is |
 * </pre>
 *
 * In the first form, too, those that cannot travel are RemoteExceptions. No stack trace is longer than {@value #MOST_FRAMES}; the last frame tells the process.
 */
final class Failure {
    private static final int MOST_FRAMES = 200;
    /** Of a stack trace that is too long, so many of its outermost frames are kept. */
    private static final int OUTERMOST = 50;
    /** So many causes and suppressed ones in all. */
    private static final int MOST_LINKED = 100;

    private static final int LONGEST_TEXT = 100_000;
    /** The classes below a task. */
    private static final Set<String> LIBRARY =
            Set.of("ChildMain", "ChildProcess", "Travelled", "Functions", "ProcessPool", "PoolWorker");

    private static final String PACKAGE = "heddle.processes.";

    private Failure() {}

    /** Never fails, whatever the Throwable's own methods do. */
    static Encoded pack(Throwable thrown) {
        var linked = linked(thrown);
        var out = new Bytes(4096);
        out.write(Codec.FAILURE);
        if (!part(out, thrown, Map.of())) {
            var standIns = new IdentityHashMap<Throwable, Throwable>();
            for (var each : linked) {
                if (!travels(each, linked)) {
                    var standIn = standIn(each);
                    link(standIn, cause(each), Arrays.asList(suppressed(each)));
                    standIns.put(each, standIn);
                }
            }
            if (standIns.containsKey(thrown) && standIns.size() == linked.size() || !part(out, thrown, standIns)) {
                out.put32(0);
            }
        }
        part(out, standIns(thrown, linked), Map.of());
        return Encoded.bytes(out.array, out.length);
    }

    /**
     * @param bytes what {@link #pack} made, with its tag
     * @return the Throwable itself, or a {@link RemoteException} in its place
     */
    static Throwable unpack(byte[] bytes) throws IOException, ClassNotFoundException {
        var in = new Codec.Elements(bytes, 1);
        var itself = in.bytes();
        var standIn = in.bytes();
        if (itself.length > 0) {
            try {
                if (Graph.read(itself, 0) instanceof Throwable thrown) {
                    return thrown;
                }
            } catch (Exception | LinkageError | StackOverflowError e) {
                // its class is not here, or will have none of it
            }
        }
        return (Throwable) Graph.read(standIn, 0);
    }

    // ---- what belongs to it

    private static List<Throwable> linked(Throwable first) {
        var all = new ArrayList<Throwable>();
        all.add(first);
        for (var i = 0; i < all.size(); i++) {
            add(all, cause(all.get(i)));
            for (var each : suppressed(all.get(i))) {
                add(all, each);
            }
        }
        return all;
    }

    private static void add(List<Throwable> all, Throwable one) {
        if (one != null && all.size() < MOST_LINKED && !contains(all, one)) {
            all.add(one);
        }
    }

    /** Not by equals, which may be the user's. */
    private static boolean contains(List<Throwable> all, Throwable one) {
        for (var each : all) {
            if (each == one) {
                return true;
            }
        }
        return false;
    }

    private static Throwable cause(Throwable of) {
        try {
            return of.getCause();
        } catch (Throwable e) {
            return null;
        }
    }

    private static Throwable[] suppressed(Throwable of) {
        return of.getSuppressed();
    }

    // ---- stand-ins

    private static RemoteException standIn(Throwable original) {
        var name = original.getClass().getTypeName();
        String message;
        String text;
        try {
            message = bounded(original.getMessage());
            text = bounded(original.toString());
        } catch (Throwable e) {
            message = null;
            text = name + " (its message cannot be told: " + e.getClass().getTypeName() + ")";
        }
        var standIn = new RemoteException(name, message, text);
        try {
            standIn.setStackTrace(original.getStackTrace());
        } catch (Throwable e) {
            standIn.setStackTrace(new StackTraceElement[0]);
        }
        return standIn;
    }

    private static String bounded(String text) {
        return text == null || text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "...";
    }

    private static void link(Throwable to, Throwable cause, List<Throwable> suppressed) {
        if (cause != null && cause != to) {
            to.initCause(cause);
        }
        for (var each : suppressed) {
            if (each != null && each != to) {
                to.addSuppressed(each);
            }
        }
    }

    /** Stand-ins for all of them, linked as they are. */
    private static Throwable standIns(Throwable first, List<Throwable> linked) {
        var standIns = new IdentityHashMap<Throwable, Throwable>();
        for (var each : linked) {
            standIns.put(each, standIn(each));
        }
        for (var each : linked) {
            var suppressed = new ArrayList<Throwable>();
            for (var one : suppressed(each)) {
                suppressed.add(standIns.get(one)); // null of the many too many
            }
            var cause = cause(each);
            link(standIns.get(each), cause == null ? null : standIns.get(cause), suppressed);
        }
        return standIns.get(first);
    }

    // ---- writing

    private static boolean travels(Throwable one, List<Throwable> linked) {
        var without = new IdentityHashMap<Throwable, Throwable>();
        for (var each : linked) {
            without.put(each, each == one ? one : null);
        }
        try (var out = new Writer(OutputStream.nullOutputStream(), without)) {
            out.writeObject(one);
            return true;
        } catch (Throwable e) {
            return false;
        }
    }

    /** Writes nothing where it fails. */
    private static boolean part(Bytes out, Throwable thrown, Map<Throwable, Throwable> instead) {
        var begin = out.length;
        out.put32(0);
        try (var graph = new Writer(out, instead)) {
            graph.writeObject(thrown);
        } catch (Throwable e) {
            out.length = begin;
            return false;
        }
        out.set32(begin, out.length - begin - 4);
        return true;
    }

    private static final class Writer extends Graph.Writer {
        private final Map<Throwable, Throwable> instead;

        Writer(OutputStream out, Map<Throwable, Throwable> instead) throws IOException {
            super(out);
            this.instead = instead;
        }

        @Override
        protected Object replaceObject(Object object) {
            if (object instanceof StackTraceElement[] frames) {
                return frames(frames);
            }
            return object instanceof Throwable thrown && instead.containsKey(thrown)
                    ? instead.get(thrown)
                    : super.replaceObject(object);
        }
    }

    /** The frames that tell something, and where it was. */
    private static StackTraceElement[] frames(StackTraceElement[] all) {
        if (all.length == 1 && all[0].getLineNumber() == Integer.MIN_VALUE) {
            return all; // the JDK's sign of one that never has a stack trace
        }
        var kept = all.length;
        while (kept > 0 && isLibrary(all[kept - 1].getClassName())) {
            kept--;
        }
        if (kept == 0) {
            kept = all.length; // the library's own
        }
        var frames = new ArrayList<>(Arrays.asList(all).subList(0, kept));
        var tooMany = kept - (MOST_FRAMES - 2);
        if (tooMany > 0) {
            var cut = frames.subList(kept - OUTERMOST - tooMany, kept - OUTERMOST);
            cut.clear();
            cut.add(new StackTraceElement("...", tooMany + " more", null, -1));
        }
        frames.add(new StackTraceElement(
                "process",
                Self.identity().name(),
                "pid " + ProcessHandle.current().pid(),
                -1));
        return frames.toArray(new StackTraceElement[0]);
    }

    private static boolean isLibrary(String name) {
        if (name.startsWith(PACKAGE)) {
            var nested = name.indexOf('$');
            return LIBRARY.contains(name.substring(PACKAGE.length(), nested < 0 ? name.length() : nested));
        }
        return name.startsWith("java.lang.reflect.")
                || name.startsWith("jdk.internal.reflect.")
                || name.startsWith("java.lang.invoke.");
    }
}
