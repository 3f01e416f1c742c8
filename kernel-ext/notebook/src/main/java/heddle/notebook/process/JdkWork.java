package heddle.notebook.process;

import heddle.notebook.Cell;
import java.lang.ref.Reference;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TimerTask;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;

/**
 * What the JDK knows of the threads and tasks there are, and tells nobody: all threads, also the virtual ones; which cell's work each does; to
 * which executor a thread belongs, and who made it. It is opened when a Stop first asks, so that it costs nothing before; a JDK that is made
 * another way makes the constructor fail.
 */
final class JdkWork {
    private static final String CELL = "heddle$cell";

    private final ThreadLocal<Object> current;
    private final Object root;
    private final Method children;
    private final Method threads;
    private final Field threadLocals = field("java.lang.Thread", "threadLocals");
    private final Field entries = field("java.lang.ThreadLocal$ThreadLocalMap", "table");
    private final Field entryValue = field("java.lang.ThreadLocal$ThreadLocalMap$Entry", "value");
    private final Field holder = field("java.lang.Thread", "holder");
    private final Field runnable = field("java.lang.Thread$FieldHolder", "task");
    private final Class<?> workerType = Class.forName("java.util.concurrent.ThreadPoolExecutor$Worker");
    private final Field executor = field("java.util.concurrent.ThreadPoolExecutor$Worker", "this$0");
    private final Field record = field("java.util.concurrent.ThreadPoolExecutor", "heddle$record");
    private final Field poolCell = field("java.util.concurrent.ForkJoinPool", CELL);
    private final Field futureCell = field("java.util.concurrent.FutureTask", CELL);
    private final Timers timers = new Timers();

    /** @throws ReflectiveOperationException in a JVM without the agent too */
    JdkWork() throws ReflectiveOperationException {
        current = CellAgent.current();
        var containers = Class.forName("jdk.internal.vm.ThreadContainers");
        var container = Class.forName("jdk.internal.vm.ThreadContainer");
        root = containers.getMethod("root").invoke(null);
        children = container.getMethod("children");
        threads = container.getMethod("threads");
    }

    /** @throws ReflectiveOperationException when that cannot be */
    static JdkWork open() throws ReflectiveOperationException {
        var instrumentation = CellAgent.instrumentation();
        if (instrumentation == null) {
            throw new ReflectiveOperationException("This JVM was started without Heddle's agent.");
        }
        var us = Set.of(JdkWork.class.getModule());
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("jdk.internal.vm", us),
                Map.of("java.lang", us, "java.util", us, "java.util.concurrent", us),
                Set.of(),
                Map.of());
        return new JdkWork();
    }

    private static Field field(String type, String name) throws ReflectiveOperationException {
        return accessible(Class.forName(type).getDeclaredField(name));
    }

    private static <T extends AccessibleObject> T accessible(T member) {
        member.setAccessible(true);
        return member;
    }

    private static Object get(Field field, Object of) {
        try {
            return field.get(of);
        } catch (IllegalAccessException e) {
            throw new AssertionError("made accessible", e);
        }
    }

    /** Every live thread, platform and virtual. */
    Stream<Thread> threads() {
        return threads(root);
    }

    @SuppressWarnings("unchecked")
    private Stream<Thread> threads(Object container) {
        try {
            return Stream.concat(
                    (Stream<Thread>) threads.invoke(container),
                    ((Stream<Object>) children.invoke(container)).flatMap(this::threads));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("The JDK does not tell which threads there are.", e);
        }
    }

    /** The cell that the thread works for, or null. The thread changes its table meanwhile: it may be missed once, and is found when looked for again. */
    Cell cell(Thread thread) {
        var map = get(threadLocals, thread);
        if (map == null) {
            return null;
        }
        var table = (Object[]) get(entries, map);
        for (var entry : table) {
            if (entry instanceof Reference<?> reference && refers(reference)) {
                return get(entryValue, entry) instanceof Cell cell ? cell : null;
            }
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private boolean refers(Reference<?> entry) {
        return ((Reference<Object>) entry).refersTo(current);
    }

    /** The executor whose worker the thread is, or null. */
    ExecutorService executor(Thread thread) {
        if (thread instanceof ForkJoinWorkerThread worker) {
            return worker.getPool();
        }
        var task = thread.isVirtual() ? null : get(runnable, get(holder, thread));
        return workerType.isInstance(task) ? (ExecutorService) get(executor, task) : null;
    }

    /** The cell that made the executor; null where nobody can say, and for the common pool. */
    Cell maker(ExecutorService executor) {
        var maker = switch (executor) {
            case ThreadPoolExecutor pool -> ((Object[]) get(record, pool))[2];
            case ForkJoinPool pool -> pool == ForkJoinPool.commonPool() ? null : get(poolCell, pool);
            default -> null;
        };
        return maker instanceof Cell cell ? cell : null;
    }

    /** The cell that submitted a task which waits in the executor's queue, or null. */
    Cell cell(ThreadPoolExecutor pool, Runnable waiting) {
        var cell = waiting instanceof FutureTask<?>
                ? get(futureCell, waiting)
                : CellHooks.waiting((Object[]) get(record, pool), waiting);
        return cell instanceof Cell known ? known : null;
    }

    Timers timers() {
        return timers;
    }

    /** The inside of {@link java.util.Timer}. */
    static final class Timers {
        private final Class<?> type = Class.forName("java.util.TimerThread");
        private final Field queue = field("java.util.TimerThread", "queue");
        private final Field open = field("java.util.TimerThread", "newTasksMayBeScheduled");
        private final Field tasks = field("java.util.TaskQueue", "queue");
        private final Field taskCell = field("java.util.TimerTask", CELL);
        private final Method clear =
                accessible(Class.forName("java.util.TaskQueue").getDeclaredMethod("clear"));

        private Timers() throws ReflectiveOperationException {}

        boolean isTimer(Thread thread) {
            return type.isInstance(thread);
        }

        /** Tasks that the timer's thread is to run and this cell scheduled are cancelled; returns how many. */
        int cancel(Thread timer, Cell cell) {
            int cancelled = 0;
            var queue = get(this.queue, timer);
            synchronized (queue) {
                for (var task : (Object[]) get(tasks, queue)) {
                    if (task != null && get(taskCell, task) == cell && ((TimerTask) task).cancel()) {
                        cancelled++;
                    }
                }
            }
            return cancelled;
        }

        /** The cells whose tasks the timer's thread is to run. */
        List<Cell> cells(Thread timer) {
            var queue = get(this.queue, timer);
            synchronized (queue) {
                return Arrays.stream((Object[]) get(tasks, queue))
                        .filter(Objects::nonNull)
                        .map(task -> get(taskCell, task))
                        .filter(Cell.class::isInstance)
                        .map(Cell.class::cast)
                        .toList();
            }
        }

        /** Ends the timer, as its own {@code cancel} does. */
        void end(Thread timer) {
            var queue = get(this.queue, timer);
            synchronized (queue) {
                try {
                    open.setBoolean(timer, false);
                    clear.invoke(queue);
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError("made accessible, and throws nothing", e);
                }
                queue.notifyAll();
            }
        }
    }
}
