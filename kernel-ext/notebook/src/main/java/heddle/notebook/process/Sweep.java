package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.channel.Frame;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stop, as far as it is not about {@code main}: ends the threads, tasks and child processes that a cell has started, and says what became of them. Who does not
 * hear an interrupt stands in {@link Stop#others} afterwards, for the kernel to throw the exception into. Used by one thread at a time.
 */
final class Sweep {

    /** How long interrupted threads may take to end, and again while that makes progress. */
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private static final Duration MOST_PATIENCE = Duration.ofSeconds(5);

    /** How long child processes may take after SIGTERM, and after SIGKILL. */
    private static final Duration CHILDREN_PATIENCE = Duration.ofSeconds(1);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);
    private static final int MOST_NAMED = 10;
    private static final int MOST_FORCED = 100;
    private static final int DEEPEST_CAUSE = 10;

    /** Cells whose threads are being interrupted: that they end so is no news. */
    private static final Set<Cell> STOPPING = ConcurrentHashMap.newKeySet();

    private final Thread main;
    private final SystemCall systemCall = SystemCall.ofThisThread();
    private CellWork work;

    // What the last sweep was about.
    private List<Cell> cells = List.of();
    private boolean idle;
    private final Set<Thread> threads = new LinkedHashSet<>();
    private final Map<ProcessHandle, String> children = new LinkedHashMap<>();
    private final Map<ProcessHandle, Set<ProcessHandle>> trees = new LinkedHashMap<>();

    /** Those of the threads that are an executor's which lives on: what ends there is a task. */
    private final Set<Thread> workers = new HashSet<>();

    /** That nobody had begun. */
    private int tasks;

    /** To be made by {@code main}. */
    Sweep() {
        this.main = Thread.currentThread();
    }

    /** Whether a thread of this cell ended in this way because it was stopped. */
    static boolean isByStop(Cell cell, Throwable failure) {
        var cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof Stop) {
                return true;
            }
            if ((cause instanceof InterruptedException
                            || cause instanceof InterruptedIOException
                            || cause instanceof ClosedByInterruptException
                            || cause instanceof CancellationException)
                    && STOPPING.contains(cell)) {
                return true;
            }
            cause = NotebookMain.causeOf(cause);
        }
        return false;
    }

    Frame.Swept sweep(Frame.Sweep order) throws InterruptedException {
        try {
            if (work == null) {
                work = new CellWork(JdkWork.open(), main);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            return new Frame.Swept(
                    order.request(), order.cell(), 0, 0, 0, List.of(), List.of(), 0, List.of(), 0, false, e.toString());
        }
        if (order.phase() != Frame.Phase.FORCE) {
            begin(order);
        }
        switch (order.phase()) {
            case AROUND -> {
                if (systemCall != null) {
                    systemCall.interrupt();
                }
                interrupt();
                terminate(true); // main may be reading what one of them writes
                awaitThreads();
            }
            case END, IDLE -> {
                look();
                tasks += work.cancelTasks(cells, !idle);
                end(true);
            }
            case FORCE -> end(false);
        }
        return swept(order);
    }

    private void begin(Frame.Sweep order) {
        var until = Attribution.cells().stream()
                .filter(cell -> cell.number() <= order.cell())
                .toList();
        var before = cells;
        idle = order.phase() == Frame.Phase.IDLE;
        if (idle) {
            var latest = work.latestWithWork(until);
            cells = latest == null ? List.of() : List.of(latest);
            CellWork.markStopped(cells);
            // What the last one has scheduled in a way that nobody can see does not begin either.
            until.stream()
                    .max(Comparator.comparingInt(Cell::number))
                    .ifPresent(last -> CellWork.markStopped(List.of(last)));
        } else {
            cells = until.stream().filter(cell -> cell.number() == order.cell()).toList();
            if (order.phase() == Frame.Phase.END) {
                CellWork.markStopped(cells);
            }
        }
        STOPPING.addAll(cells);
        if (cells.equals(before)) {
            return; // what has ended already was this cell's too
        }
        threads.clear();
        children.clear();
        trees.clear();
        tasks = 0;
        workers.clear();
    }

    /** Asks all to end, or insists, and waits for it. */
    private void end(boolean gently) throws InterruptedException {
        interrupt();
        terminate(gently);
        awaitThreads();
        awaitProcesses();
        // What has begun meanwhile: by a child in its last moment, a thread, a callback.
        children.putAll(CellChildren.of(cells));
        interrupt();
    }

    private void terminate(boolean gently) {
        children.putAll(CellChildren.of(cells));
        for (var child : children.keySet()) {
            trees.computeIfAbsent(child, _ -> new LinkedHashSet<>()).addAll(CellChildren.tree(child));
        }
        trees.values().forEach(tree -> tree.forEach(gently ? ProcessHandle::destroy : ProcessHandle::destroyForcibly));
    }

    private List<Thread> look() {
        var found = work.threads(cells);
        for (var thread : found) {
            if (threads.add(thread) && work.isWorkerOfOthers(thread, cells)) {
                workers.add(thread);
            }
        }
        return found;
    }

    private void interrupt() {
        look().forEach(Thread::interrupt);
    }

    private void awaitThreads() throws InterruptedException {
        long end = System.nanoTime() + MOST_PATIENCE.toNanos();
        for (long before = Long.MAX_VALUE, left = living(); left > 0 && left < before && System.nanoTime() < end; ) {
            long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            for (var thread : threads) {
                long ns = deadlineNs - System.nanoTime();
                if (ns > 0 && thread.isAlive()) {
                    thread.join(Duration.ofNanos(ns));
                }
            }
            before = left;
            left = living();
        }
    }

    private long living() {
        return work.threads(cells).size();
    }

    private void awaitProcesses() throws InterruptedException {
        long deadlineNs = System.nanoTime() + CHILDREN_PATIENCE.toNanos();
        while (trees.values().stream().anyMatch(tree -> tree.stream().anyMatch(CellChildren::lives))
                && System.nanoTime() < deadlineNs) {
            // Nobody is told of the end of another's child; and to be told of one's own takes a thread that learners
            // see.
            Thread.sleep(LOOK_AGAIN);
        }
    }

    private Frame.Swept swept(Frame.Sweep order) {
        var left = new LinkedHashSet<>(work.threads(cells));
        var unhearing =
                left.stream().filter(work::mayBeForced).limit(MOST_FORCED).toArray(Thread[]::new);
        Stop.others = unhearing;
        var platform = left.stream().filter(thread -> !thread.isVirtual()).toList();
        var ended = threads.stream().filter(thread -> !left.contains(thread)).toList();
        int virtualEnded = (int) ended.stream().filter(Thread::isVirtual).count();
        int workersEnded = (int) ended.stream().filter(workers::contains).count();
        var named = new ArrayList<String>();
        platform.stream()
                .limit(MOST_NAMED)
                .forEach(thread -> named.add(thread.getName() + " (" + thread.getState() + ")"));
        if (platform.size() > MOST_NAMED) {
            named.add("...");
        }
        var earlier = !idle || cells.isEmpty()
                ? List.<Cell>of()
                : Attribution.cells().stream()
                        .filter(cell -> cell.number() < cells.getFirst().number())
                        .toList();
        return new Frame.Swept(
                order.request(),
                cells.isEmpty() ? 0 : cells.getFirst().number(),
                ended.size() - virtualEnded - workersEnded,
                virtualEnded,
                tasks + workersEnded,
                names(false),
                named,
                left.size() - platform.size(),
                names(true),
                unhearing.length,
                work.latestWithWork(earlier) != null,
                null);
    }

    private List<String> names(boolean alive) {
        return children.entrySet().stream()
                .filter(child -> trees.getOrDefault(child.getKey(), Set.of(child.getKey())).stream()
                                .anyMatch(CellChildren::lives)
                        == alive)
                .map(Map.Entry::getValue)
                .toList();
    }
}
