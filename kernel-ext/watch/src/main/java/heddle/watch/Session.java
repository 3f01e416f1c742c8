package heddle.watch;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One watch: a thread that looks, a thread that paints, and the thread that asked, which waits for neither while it is watched.
 */
final class Session {

    /** A picture at least so often. */
    private static final long PAINT_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How long the final picture may take to appear before its thread goes on. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private static final System.Logger LOG = System.getLogger("heddle.watch");

    private final Thread caller;
    private final String title;
    private final Language language;
    private final Screen screen;
    private final LockNames names;
    private final String prefix = Painter.newPrefix();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch looked = new CountDownLatch(1);
    private final CountDownLatch painted = new CountDownLatch(1);
    private volatile long beganAtNs;
    private volatile long endedNs = Long.MAX_VALUE;
    private volatile Recorder recorder;

    Session(Thread caller, String title, Language language, Screen screen, Supplier<Map<String, ?>> names) {
        this.caller = caller;
        this.title = title == null ? "" : title;
        this.language = language;
        this.screen = screen;
        this.names = new LockNames(names);
    }

    String titleInBrackets() {
        return title.isEmpty() ? "" : " (" + title + ")";
    }

    /** Shows an empty picture and begins to look. On return the watch has begun. */
    void begin() {
        var threads = new JvmThreads(caller, names);
        var name = caller.isVirtual() ? null : caller.getName();
        recorder = new Recorder(caller.threadId(), name, threads.cpuOfCallerNs(), names::name);
        var view = show();
        start("heddle-watch", () -> look(threads));
        start("heddle-watch-painter", () -> paint(view));
        beganAtNs = System.nanoTime();
        begun.countDown();
    }

    private Screen.View show() {
        try {
            return screen.show(Painter.paint(recorder.timeline(title, language, 0, true), prefix));
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "The picture cannot be shown; the watch goes on without one", e);
            return newer -> {};
        }
    }

    private static void start(String name, Runnable task) {
        var thread = new Thread(JvmThreads.systemGroup(), task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private long sinceBeginNs() {
        return Math.min(System.nanoTime() - beganAtNs, endedNs);
    }

    private void look(JvmThreads threads) {
        try {
            begun.await();
            var pace = new Pace();
            var more = true;
            while (more) {
                var fromNs = System.nanoTime();
                var every = pace.everyLockIsDue(fromNs);
                recorder.add(threads.look(this::sinceBeginNs, true, every));
                var toNs = System.nanoTime();
                more = !ended.await(pace.pauseNs(fromNs - beganAtNs, fromNs, toNs, every), TimeUnit.NANOSECONDS);
            }
            // A last look, so that what began or ended just now is known. The caller is busy with us, which is nobody's
            // concern.
            recorder.add(threads.look(this::sinceBeginNs, false, true));
        } catch (InterruptedException | RuntimeException e) {
            LOG.log(Level.WARNING, "The threads can be watched no longer", e);
        } finally {
            looked.countDown();
        }
    }

    private void paint(Screen.View view) {
        try {
            while (!looked.await(PAINT_NS, TimeUnit.NANOSECONDS)) {
                view.update(Painter.paint(recorder.timeline(title, language, sinceBeginNs(), true), prefix));
            }
            view.update(Painter.paint(timeline(), prefix));
        } catch (InterruptedException | RuntimeException e) {
            LOG.log(Level.WARNING, "The picture cannot be updated", e);
        } finally {
            painted.countDown();
        }
    }

    /** Ends the watch; on return the final picture is on the screen. An interrupt waits until then. */
    void end() {
        if (ended.getCount() == 0) {
            return;
        }
        endedNs = sinceBeginNs();
        ended.countDown();
        var interrupted = false;
        var deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (true) {
            try {
                painted.await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was seen; after {@link #end}. */
    Timeline timeline() {
        return recorder.timeline(title, language, endedNs, false);
    }

    /** How long to pause between looks: short at first, so that a short run is seen, and never so short that looking costs more than it may. */
    static final class Pace {

        private static final long SHORTEST_NS = TimeUnit.MILLISECONDS.toNanos(1);
        private static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(20);
        private static final long FIRST_NS = TimeUnit.MILLISECONDS.toNanos(200);

        private long everyLockCostNs;
        private long everyLockAtNs = Long.MIN_VALUE / 2;

        /** A walk through the heap may take a hundredth of the time. */
        boolean everyLockIsDue(long nowNs) {
            return nowNs - everyLockAtNs >= Math.max(LONGEST_NS, 100 * everyLockCostNs);
        }

        /** A look may take a fiftieth of the time, a tenth in the first moments. */
        long pauseNs(long elapsedNs, long fromNs, long toNs, boolean every) {
            var costNs = toNs - fromNs;
            if (every) {
                everyLockAtNs = toNs;
                everyLockCostNs = costNs;
                return Math.clamp(elapsedNs / 50, SHORTEST_NS, LONGEST_NS);
            }
            var dearNs = costNs * (elapsedNs < FIRST_NS ? 10 : 50);
            return Math.max(dearNs, Math.clamp(elapsedNs / 50, SHORTEST_NS, LONGEST_NS));
        }
    }
}
