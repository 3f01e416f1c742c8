package heddle.watch;

import static heddle.watch.JvmThreads.Depth.LOCKS;
import static heddle.watch.JvmThreads.Depth.MONITORS;
import static heddle.watch.JvmThreads.Depth.STATES;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
    private final Predicate<StackTraceElement[]> idle;
    private final String prefix = Painter.newPrefix();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch looked = new CountDownLatch(1);
    private final CountDownLatch painted = new CountDownLatch(1);
    private volatile long beganAtNs;
    private volatile long endedNs = Long.MAX_VALUE;
    private volatile Recorder recorder;
    private volatile Optional<Lifetimes> lifetimes = Optional.empty();

    Session(
            Thread caller,
            String title,
            Language language,
            Screen screen,
            Supplier<Map<String, ?>> names,
            Predicate<StackTraceElement[]> idle) {
        this.caller = caller;
        this.title = title == null ? "" : title;
        this.language = language;
        this.screen = screen;
        this.names = new LockNames(names);
        this.idle = idle;
    }

    String titleInBrackets() {
        return title.isEmpty() ? "" : " (" + title + ")";
    }

    /** Shows an empty picture and begins to look. On return the watch has begun. */
    void begin() {
        lifetimes = Lifetimes.begin();
        var threads = new JvmThreads(caller, names, idle);
        // The first look loads classes and takes long; nobody shall miss what happens meanwhile.
        threads.look(() -> 0, true, JvmThreads.Depth.LOCKS);
        var name = caller.isVirtual() ? null : caller.getName();
        recorder = new Recorder(caller.threadId(), name, threads.cpuOfCallerNs(), names::name);
        var view = show();
        try {
            start("heddle-watch", () -> look(threads));
            start("heddle-watch-painter", () -> paint(view));
            beganAtNs = System.nanoTime();
        } catch (OutOfMemoryError e) {
            // No room for a thread: whichever of the two did start shall not wait for ever.
            endedNs = 0;
            ended.countDown();
            looked.countDown();
            throw e;
        } finally {
            begun.countDown();
        }
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
                var elapsedNs = sinceBeginNs();
                var depth = pace.depth(elapsedNs);
                var usedNs = threads.ownCpuNs();
                var fromNs = System.nanoTime();
                recorder.add(threads.look(this::sinceBeginNs, true, depth));
                pace.looked(elapsedNs, threads.ownCpuNs() - usedNs, System.nanoTime() - fromNs, depth);
                more = !ended.await(pace.pauseNs(elapsedNs), TimeUnit.NANOSECONDS);
            }
            // A last look, so that what began or ended just now is known. The caller is busy with us, which is nobody's
            // concern.
            recorder.add(threads.look(this::sinceBeginNs, false, JvmThreads.Depth.LOCKS));
            recorder.missed(threads.missed());
        } catch (InterruptedException | RuntimeException e) {
            LOG.log(Level.WARNING, "The threads can be watched no longer", e);
        } finally {
            addLifetimes();
            looked.countDown();
        }
    }

    private void addLifetimes() {
        try (var recording = lifetimes.orElse(null)) {
            if (recording != null) {
                recorder.lifetimes(recording.end(beganAtNs));
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "Beginnings and ends of threads are known from looking only", e);
        }
    }

    private void paint(Screen.View view) {
        try {
            var pauseNs = PAINT_NS;
            while (!looked.await(pauseNs, TimeUnit.NANOSECONDS)) {
                var fromNs = System.nanoTime();
                var picture = Painter.paint(recorder.timeline(title, language, sinceBeginNs(), true), prefix);
                // What takes long to paint is painted less often, so that the watched keep nine tenths of a core and
                // more.
                pauseNs = Math.max(PAINT_NS, 9 * (System.nanoTime() - fromNs));
                view.update(picture);
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
        private static final long USUAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
        private static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(250);
        private static final long FIRST_NS = TimeUnit.MILLISECONDS.toNanos(200);

        private long costNs;
        private final Map<JvmThreads.Depth, Long> dueNs =
                new EnumMap<>(Map.of(MONITORS, 4 * SHORTEST_NS, LOCKS, USUAL_NS));

        /** The deepest look that may be taken again. */
        JvmThreads.Depth depth(long elapsedNs) {
            return elapsedNs >= dueNs.get(LOCKS) ? LOCKS : elapsedNs >= dueNs.get(MONITORS) ? MONITORS : STATES;
        }

        /**
         * Stopping everybody may take a hundredth of the time, for either reason.
         *
         * @param costNs time on a core that the look took
         * @param tookNs time that it took
         */
        void looked(long elapsedNs, long costNs, long tookNs, JvmThreads.Depth depth) {
            switch (depth) {
                case STATES -> this.costNs = this.costNs == 0 ? costNs : (3 * this.costNs + costNs) / 4;
                case MONITORS, LOCKS -> dueNs.put(depth, elapsedNs + Math.max(USUAL_NS, 100 * tookNs));
            }
        }

        /** A look may take a fiftieth of the time, a tenth in the first moments. */
        long pauseNs(long elapsedNs) {
            var wantedNs = Math.clamp(elapsedNs / 50, SHORTEST_NS, USUAL_NS);
            var dearNs = costNs * (elapsedNs < FIRST_NS ? 10 : 50);
            return Math.clamp(dearNs, wantedNs, LONGEST_NS);
        }
    }
}
