package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import java.util.function.BiConsumer;

/**
 * Lets a task know the cell that submitted it, by a few small changes to the JDK's task classes while the JVM starts.
 *
 * <p>Inheritance by new threads does not suffice: a pool's thread is started by one cell and works for all. So a task carries its cell in a
 * field, taken when it is submitted and made current while it runs; and a thread gets its starter's cell, whoever constructed it. No class of
 * a learner's is changed, no stack trace shows a frame of ours, and when the JVM is up the agent listens to nothing any more.
 */
public final class CellAgent {
    private CellAgent() {}

    /** The name under which {@link CellHooks} is defined for the JDK's classes. */
    static final String HOOKS = "java.lang.HeddleCells";

    /** Loaded by the time a premain runs; they are changed in place, which allows no new members. */
    private static final Set<String> LOADED = Set.of(
            "java/lang/Thread", "java/lang/VirtualThread", "java/util/concurrent/locks/AbstractQueuedSynchronizer");

    /** In an order in which each is loaded as itself: a class before those that mention it when they are linked. */
    private static final List<String> TO_LOAD = List.of(
            "java.util.concurrent.FutureTask",
            "java.util.concurrent.ThreadPoolExecutor",
            "java.util.concurrent.ScheduledThreadPoolExecutor",
            "java.util.concurrent.ForkJoinTask",
            "java.util.concurrent.ForkJoinPool",
            "java.util.concurrent.CompletableFuture",
            "java.util.concurrent.CompletableFuture$Completion",
            "java.util.concurrent.CompletableFuture$AsyncRun",
            "java.util.concurrent.CompletableFuture$AsyncSupply",
            "java.util.TimerTask",
            "java.util.Timer",
            "java.util.TimerThread",
            "java.lang.ProcessBuilder");

    private static Instrumentation instrumentation;
    private static ThreadLocal<Object> current;
    private static Field flush;
    private static Field stopped;
    private static Field children;
    private static final List<String> PROBLEMS = new ArrayList<>();

    /** Where the current thread's cell stands; null when this JVM was started without the agent. */
    static ThreadLocal<Object> current() {
        return current;
    }

    /** What changes classes in place; null when this JVM was started without the agent. */
    static Instrumentation instrumentation() {
        return instrumentation;
    }

    /** Has this run by a thread before it completes a task or releases a lock. */
    static void beforePublication(Runnable action) {
        if (flush != null) {
            try {
                flush.set(null, action);
            } catch (IllegalAccessException e) {
                throw new AssertionError("a public field of a public class", e);
            }
        }
    }

    /** From now on this is told of each child process that the learner's threads start, and of its cell. */
    static void tellOfChildren(BiConsumer<ProcessHandle, Object> told) {
        if (children != null) {
            try {
                children.set(null, told);
            } catch (IllegalAccessException e) {
                throw new AssertionError("a public field of a public class", e);
            }
        }
    }

    /** From now on no task that one of these cells submitted begins. */
    static void stopped(Set<Object> cells) {
        if (stopped != null) {
            try {
                stopped.set(null, cells);
            } catch (IllegalAccessException e) {
                throw new AssertionError("a public field of a public class", e);
            }
        }
    }

    /** What could not be changed in this JDK, one sentence each. */
    static List<String> problems() {
        return Collections.unmodifiableList(PROBLEMS);
    }

    /** @param keep a file of the user's own to keep the changed classes in until the next start; may be null or empty */
    public static void premain(String keep, Instrumentation instrumentation) throws Exception {
        CellAgent.instrumentation = instrumentation;
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of(
                        "jdk.internal.io", // CellConsole's
                        Set.of(CellAgent.class.getModule()),
                        "sun.nio.ch", // SystemCall's
                        Set.of(CellAgent.class.getModule())),
                Map.of(
                        "java.lang",
                        Set.of(CellAgent.class.getModule()),
                        "java.io",
                        Set.of(CellAgent.class.getModule())),
                Set.of(),
                Map.of());
        var hooks = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                .defineClass(hooks());
        @SuppressWarnings("unchecked")
        var cell = (ThreadLocal<Object>) hooks.getField("CELL").get(null);
        cell.get();
        var file = keep == null || keep.isEmpty() ? null : Path.of(keep);
        long maker = file == null ? 0 : maker();
        var changes = new Changes(file == null ? new ChangedClasses() : ChangedClasses.read(file, maker));
        instrumentation.addTransformer(changes, true);
        try {
            for (var name : TO_LOAD) {
                Class.forName(name, false, null);
            }
            instrumentation.retransformClasses(
                    Thread.class, Class.forName("java.lang.VirtualThread"), AbstractQueuedSynchronizer.class);
        } finally {
            instrumentation.removeTransformer(changes);
        }
        current = cell;
        flush = hooks.getField("flush");
        stopped = hooks.getField("stopped");
        children = hooks.getField("children");
        PROBLEMS.addAll(changes.problems);
        if (file != null && PROBLEMS.isEmpty()) {
            try {
                changes.known.write(file, maker);
            } catch (IOException e) {
                // The next start is as slow as this one; nothing else is lost.
            }
        }
    }

    /** Another version of what makes the changes is another maker. */
    private static long maker() throws IOException {
        long maker = 0;
        for (var name : List.of("CellHooks", "TaskClassChange", "TaskClassChange$Place")) {
            maker = maker * 31 + ChangedClasses.sum(classFile(name));
        }
        return maker;
    }

    private static byte[] classFile(String simpleName) throws IOException {
        try (var in = CellAgent.class.getResourceAsStream(simpleName + ".class")) {
            return in.readAllBytes();
        }
    }

    /** {@link CellHooks} under its name in {@code java.lang}: one text in the class file's constants is another. */
    private static byte[] hooks() throws IOException {
        // Latin-1 maps each byte to one character and back
        var text = new String(classFile("CellHooks"), ISO_8859_1);
        var from = utf8Constant(CellHooks.class.getName());
        if (text.indexOf(from) != text.lastIndexOf(from) || !text.contains(from)) {
            throw new IOException("CellHooks.class does not name itself exactly once.");
        }
        return text.replace(from, utf8Constant(HOOKS)).getBytes(ISO_8859_1);
    }

    private static String utf8Constant(String className) {
        var name = className.replace('.', '/');
        return "\1" + (char) (name.length() >> 8) + (char) (name.length() & 0xff) + name;
    }

    private static final class Changes implements ClassFileTransformer {
        final ChangedClasses known;
        final List<String> problems = new ArrayList<>();

        Changes(ChangedClasses known) {
            this.known = known;
        }

        @Override
        public byte[] transform(
                ClassLoader loader, String name, Class<?> loaded, ProtectionDomain domain, byte[] bytes) {
            if (loader != null
                    || name == null
                    || (loaded == null) == LOADED.contains(name)
                    || !(LOADED.contains(name) || TO_LOAD.contains(name.replace('/', '.')))) {
                return null;
            }
            synchronized (this) {
                var changed = known.get(name, bytes);
                return changed == null ? change(name, bytes) : changed;
            }
        }

        private byte[] change(String name, byte[] bytes) {
            try {
                var changed = TaskClassChange.of(bytes, problems);
                known.put(name, bytes, changed);
                return changed;
            } catch (RuntimeException | Error e) {
                problems.add("Heddle could not prepare " + name + ": " + e);
                return null;
            }
        }
    }
}
