package heddle.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Ends every test by proving that it left nothing: no child process, no thread, no socket, no mapped file.
 *
 * <p>Found by JUnit through {@code ServiceLoader}, so that no test can forget it. What a class shares between its
 * tests ({@code @BeforeAll}) is asked for when the class ends, what a test made itself when the test ends. A thread or a
 * child that is about to end is waited for, {@link #PATIENCE} at most; sockets and mapped files are looked at once, after that.
 */
public final class NoLeaks implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(NoLeaks.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        remember(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        remember(context);
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        compare(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        compare(context);
    }

    private static void remember(ExtensionContext context) {
        context.getStore(NAMESPACE).put("before" + context.getUniqueId(), Held.now());
    }

    private static void compare(ExtensionContext context) throws InterruptedException {
        var before = context.getStore(NAMESPACE).remove("before" + context.getUniqueId(), Held.class);
        var leaks = leaksSince(before, PATIENCE);
        if (!leaks.isEmpty()) {
            throw new AssertionError(context.getDisplayName() + " left behind:\n  " + String.join("\n  ", leaks));
        }
    }

    /** What this JVM holds more than it held {@code before}, in words; empty when nothing leaked. */
    public static List<String> leaksSince(Held before, Duration patience) throws InterruptedException {
        var deadlineNs = System.nanoTime() + patience.toNanos();
        var leaks = new ArrayList<String>();
        for (var child : Held.liveChildren()) {
            if (!before.children().contains(child.pid()) && !ends(child, deadlineNs)) {
                leaks.add("child process " + child.pid() + " "
                        + child.info().commandLine().orElse(""));
            }
        }
        leaks.addAll(threadsSince(before, deadlineNs));
        leaks.addAll(filesSince(before, deadlineNs));
        return leaks;
    }

    /** A method of its own: its variables hold threads that have ended, and what those hold, until it returns. */
    private static List<String> threadsSince(Held before, long deadlineNs) throws InterruptedException {
        var leaks = new ArrayList<String>();
        for (var thread : Held.liveThreads()) {
            if (!before.threads().contains(thread.threadId()) && !ends(thread, deadlineNs)) {
                leaks.add("thread " + thread.getName() + " at "
                        + Stream.of(thread.getStackTrace())
                                .map(Object::toString)
                                .collect(Collectors.joining(" < ")));
            }
        }
        return leaks;
    }

    /** A mapping goes when nobody can reach it any more: only what survives the collection of garbage has leaked. */
    private static Set<String> filesSince(Held before, long deadlineNs) throws InterruptedException {
        while (true) {
            var files = Held.openFiles();
            files.removeAll(before.files());
            if (files.stream().noneMatch(file -> file.startsWith("mapped ")) || System.nanoTime() - deadlineNs >= 0) {
                return files;
            }
            System.gc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10)); // its cleaner is a thread of its own
        }
    }

    /** Outside {@link Held}: a thread that runs code of a class which is just being initialized would wait for it. */
    private static void startVirtualThreadWaker() throws InterruptedException {
        Thread.ofVirtual().start(() -> LockSupport.parkNanos(1)).join();
    }

    private static boolean ends(ProcessHandle child, long deadlineNs) throws InterruptedException {
        try {
            child.onExit().get(Math.max(1, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean ends(Thread thread, long deadlineNs) throws InterruptedException {
        return thread.join(Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime())));
    }

    /**
     * What this JVM holds at one moment.
     *
     * @param children pids of the direct children
     * @param threads ids of the platform threads, without those that the JDK keeps for itself
     * @param files open sockets and mapped files, as Linux's {@code /proc} names them; empty elsewhere
     */
    public record Held(Set<Long> children, Set<Long> threads, Set<String> files) {

        static {
            // The JDK keeps a socket of its own, and a thread that wakes virtual threads, from the first use on; make
            // it do so before anybody counts.
            try {
                new ServerSocket(0, 1, InetAddress.getLoopbackAddress()).close();
                startVirtualThreadWaker();
            } catch (IOException | InterruptedException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        public static Held now() {
            return new Held(
                    liveChildren().stream().map(ProcessHandle::pid).collect(Collectors.toSet()),
                    liveThreads().stream().map(Thread::threadId).collect(Collectors.toSet()),
                    openFiles());
        }

        private static List<ProcessHandle> liveChildren() {
            return ProcessHandle.current().children().toList();
        }

        private static List<Thread> liveThreads() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !keptByTheJdk(thread))
                    .toList();
        }

        /** Threads that the JDK starts on first use and keeps; nobody can end them. */
        private static boolean keptByTheJdk(Thread thread) {
            var name = thread.getName();
            return thread.getClass().getName().equals("jdk.internal.misc.CarrierThread")
                    || thread.getClass().getName().equals("jdk.internal.misc.InnocuousThread")
                    || name.startsWith("ForkJoinPool.commonPool-")
                    || name.equals("Attach Listener")
                    || name.equals("JFR Recorder Thread")
                    || name.equals("JFR Periodic Tasks")
                    || name.equals("CompletableFutureDelayScheduler")
                    || name.startsWith("junit-");
        }

        private static Set<String> openFiles() {
            var files = new HashSet<String>();
            var fds = Path.of("/proc/self/fd");
            if (!Files.isDirectory(fds)) {
                return files;
            }
            try (var links = Files.list(fds)) {
                for (var link : links.toList()) {
                    var target = readLink(link);
                    if (target.startsWith("socket:")) {
                        files.add("open " + target);
                    }
                }
                try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
                    maps.filter(line -> line.contains("heddle")) // of thousands a few
                            .map(line -> line.replaceAll("^\\S+\\s+\\S+\\s+\\S+\\s+\\S+\\s+\\S+\\s*", ""))
                            .filter(name -> name.contains("heddle") && !name.endsWith(".jar") && !name.endsWith(".aot"))
                            .forEach(name -> files.add("mapped " + name));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return files;
        }

        private static String readLink(Path link) {
            try {
                return Files.readSymbolicLink(link).toString();
            } catch (IOException e) {
                return ""; // closed between the listing and this look
            }
        }
    }
}
