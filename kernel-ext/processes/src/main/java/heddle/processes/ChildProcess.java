package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A child process: a real JVM started by this one, that runs a {@link Task} and ends.
 *
 * {@snippet :
 * var child = new ChildProcess(() -> System.out.println("I am " + ChildProcess.current().name())).start();
 * child.join();
 * System.out.println(child.exitCode()); // 0
 * }
 *
 * <p><b>What the child gets.</b> The task with all that it captured, by value: changes in the child stay there. Classes that are not on the class
 * path (a notebook's) travel along, and with them the values that their non-final static variables (a notebook's variables) have at
 * {@link #start}, as far as the task's code can reach them. Statics of classes on the class path begin anew, as in every JVM, and so do final ones.
 * What is not {@link Serializable} cannot travel and is refused by name. Standard input is empty; what is printed appears on this
 * process's {@link System#out} and {@link System#err}, whole line by whole line.
 *
 * <p><b>How it ends.</b> When the task and all non-daemon threads that it started have ended; by {@link System#exit}; by an exception, which it prints
 * (exit code 1); by {@link #terminate} or {@link #kill}; and in any case when this process ends, however that happens. When this process ends
 * by itself, it first terminates its daemon children and waits for the others.
 *
 * <p>Every method that needs a live connection to the child may be called only in the process that started it; anywhere else, and on a
 * closed child, it throws {@link IllegalStateException}. Threads may share a ChildProcess. Follows Python's {@code multiprocessing.Process}.
 */
public class ChildProcess implements AutoCloseable, Serializable {
    private static final long serialVersionUID = 1; // or else the JDK computes one, in every child
    /** How many generations of children there may be. */
    private static final int DEEPEST = 16;

    /**
     * Who a process is.
     *
     * @param name {@code MainProcess}, or the name of the child
     * @param isMain whether it is no child of this library's
     * @param isDaemon see {@link ChildProcess#daemon(boolean)}
     */
    public record Current(String name, long pid, boolean isMain, boolean isDaemon) {}

    private transient volatile Self.Identity identity;
    private transient Task task;
    private transient ClassLoader origin;
    private transient Function<InputStream, TaskMarks.Unmarked> unmarked;
    private transient List<String> jvmOptions = List.of();
    private transient volatile ChildJvm jvm;
    private transient volatile boolean closed;
    /** Whether this is a copy that came from the process that owns the original. */
    private transient boolean foreign;

    private transient volatile Long foreignPid;
    private final transient Object starting = new Object();

    /** A child named {@code Process-1}, {@code Process-2} and so on; the first child of {@code Process-2} is {@code Process-2:1}. */
    public ChildProcess(Task task) {
        this(null, Objects.requireNonNull(task, "a child process needs a task"), task);
    }

    /** A child of that name. */
    public ChildProcess(String name, Task task) {
        this(
                Objects.requireNonNull(name, "the name of a child process must not be null"),
                Objects.requireNonNull(task, "a child process needs a task"),
                task);
    }

    /** For a subclass that overrides {@link #run}. */
    protected ChildProcess() {
        this(null, null, null);
    }

    /** For a subclass that overrides {@link #run}. */
    protected ChildProcess(String name) {
        this(Objects.requireNonNull(name, "the name of a child process must not be null"), null, null);
    }

    private ChildProcess(String name, Task task, Object from) {
        var numbers = Self.nextNumbers();
        identity = Self.Identity.unborn(
                name == null ? "Process-" + numbers : name,
                numbers,
                Self.identity().daemon());
        this.task = task;
        origin = loader(from == null ? this : from);
    }

    ChildProcess(Self.Identity identity, Task task) {
        this.identity = identity;
        this.task = task;
        origin = loader(task);
    }

    /** The child that the calling process is. */
    static ChildProcess here(Self.Identity identity, Task task) {
        var child = new ChildProcess(identity, task);
        child.foreign = true;
        return child;
    }

    private static ClassLoader loader(Object from) {
        var loader = from.getClass().getClassLoader();
        return loader == null ? ClassLoader.getSystemClassLoader() : loader;
    }

    /** A child that runs {@code task} with a copy of {@code argument}. */
    public static <A> ChildProcess of(TaskOf<A> task, A argument) {
        Objects.requireNonNull(task, "a child process needs a task");
        return new ChildProcess(null, () -> task.run(argument), task);
    }

    /** A child that runs {@code task} with copies of the arguments. */
    public static <A, B> ChildProcess of(TaskOf2<A, B> task, A first, B second) {
        Objects.requireNonNull(task, "a child process needs a task");
        return new ChildProcess(null, () -> task.run(first, second), task);
    }

    /** A child that runs {@code task} with copies of the arguments. */
    public static <A, B, C> ChildProcess of(TaskOf3<A, B, C> task, A first, B second, C third) {
        Objects.requireNonNull(task, "a child process needs a task");
        return new ChildProcess(null, () -> task.run(first, second, third), task);
    }

    // ---- before the start

    /** Gives the child another name, before its start. */
    public final ChildProcess name(String name) {
        Objects.requireNonNull(name, "the name of a child process must not be null");
        return change(Self.Identity.unborn(name, identity.numbers(), identity.daemon()), "name");
    }

    /**
     * Whether the child is a daemon: ended, not waited for, when this process ends. To be said before the start; a child of a daemon
     * is a daemon unless told otherwise, and a daemon may not start children.
     */
    public final ChildProcess daemon(boolean daemon) {
        return change(Self.Identity.unborn(identity.name(), identity.numbers(), daemon), "daemon flag");
    }

    private ChildProcess change(Self.Identity to, String what) {
        own("change the " + what + " of");
        synchronized (starting) {
            if (jvm != null) {
                throw new IllegalStateException(
                        name() + " has been started already; set its " + what + " before start()");
            }
            identity = to;
        }
        return this;
    }

    /** JVM options for this child alone, such as {@code -Xmx64m}. Such a child is launched fresh, not taken from the reserve. */
    public final ChildProcess jvmOptions(String... options) {
        change(identity, "JVM options");
        jvmOptions = List.of(options);
        return this;
    }

    /**
     * Starts the child and returns at once. What it prints belongs to the thread that calls this: the printing threads inherit its
     * inheritable thread locals.
     *
     * @throws IllegalStateException if it was started before, or this process is itself a daemon child, or is ending, or it would be the 17th generation
     * @throws IllegalArgumentException if something that the task needs cannot travel; says what, and the child is still unstarted
     * @throws java.io.UncheckedIOException if the system refuses another process
     */
    public final ChildProcess start() {
        own("start");
        synchronized (starting) {
            if (jvm != null) {
                throw new IllegalStateException("cannot start " + name() + " twice; make a new ChildProcess");
            }
            if (Self.identity().daemon()) {
                throw new IllegalStateException(
                        "cannot start " + name() + ": a daemon process is not allowed to have children");
            }
            if (identity.depth() > DEEPEST) {
                throw new IllegalStateException("cannot start " + name() + ": processes may be nested " + DEEPEST
                        + " deep; a child that starts children without end is usually a mistake");
            }
            jvm = Nursery.get().start(this, jvmOptions);
        }
        if (unmarked == null) {
            Nursery.get().observer().started(this);
        } else {
            Nursery.get().observer().startedWorker(this);
        }
        return this;
    }

    /** What the child does. Called directly, it does so in this process. */
    public void run() throws Exception {
        if (task != null) {
            task.run();
        }
    }

    // ---- while it runs

    /** Waits until the child has ended and all that it printed has been printed here. */
    public final void join() throws InterruptedException {
        started("join").join();
    }

    /**
     * Waits until the child has ended and all that it printed has been printed here, but not longer than {@code atMost}; a negative time counts as zero.
     *
     * @return whether it has ended
     */
    public final boolean join(Duration atMost) throws InterruptedException {
        return started("join").join(atMost.isNegative() ? Duration.ZERO : atMost);
    }

    /**
     * Asks the child and everything below it to end (SIGTERM), from the top down, and returns at once; {@link #join} waits until it has. Its shutdown hooks run,
     * its {@code finally} blocks do not. Does nothing when it has ended.
     */
    public final void terminate() {
        started("terminate").signal(false);
    }

    /**
     * As {@link #terminate()}, then waits; whoever has not ended after {@code grace} is killed.
     *
     * @return whether it ended without being killed
     */
    public final boolean terminate(Duration grace) throws InterruptedException {
        terminate();
        if (join(grace)) {
            return true;
        }
        kill();
        join();
        return false;
    }

    /** Ends the child and everything below it at once (SIGKILL): nothing of theirs runs any more. */
    public final void kill() {
        started("kill").signal(true);
    }

    /** Whether the child was started and has not ended yet. */
    public final boolean isAlive() {
        own("test");
        var jvm = this.jvm;
        return jvm != null && jvm.process().isAlive();
    }

    /**
     * How the child ended: 0 after a normal end, 1 after an exception, what it gave to {@code System.exit}, or -n after death by signal n (-15 SIGTERM, -9 SIGKILL).
     * Null before that.
     */
    public final Integer exitCode() {
        own("ask for the exit code of");
        var jvm = this.jvm;
        return jvm == null ? null : jvm.exitCode();
    }

    /** The child's process id, or null before the start. */
    public final Long pid() {
        if (foreign) {
            return foreignPid;
        }
        own("ask for the pid of");
        var jvm = this.jvm;
        return jvm == null ? null : jvm.process().pid();
    }

    /**
     * What the system knows of the child, and of its descendants, as {@link Process#toHandle} gives it.
     *
     * @throws IllegalStateException before the start, and in other processes than the one that started it
     */
    public final ProcessHandle toHandle() {
        return started("get a handle of").process().toHandle();
    }

    /** The child's name. */
    public final String name() {
        return identity.name();
    }

    /** See {@link #daemon(boolean)}. */
    public final boolean isDaemon() {
        return identity.daemon();
    }

    /** Completed with this when the child has ended and all that it printed has been printed here. */
    public final CompletableFuture<ChildProcess> onExit() {
        return started("wait for").ended().thenApply(_ -> this);
    }

    /** The last lines that the child has printed so far, 20 at most. */
    public final List<String> lastLines() {
        return started("read the lines of").lastLines().list();
    }

    /**
     * Waits until the child has printed a line that begins so, and that has been printed here; or until the child has ended. A line is noticed while it is among the
     * {@link #lastLines}.
     *
     * @return whether there is such a line
     */
    public final boolean awaitLine(String beginning) throws InterruptedException {
        return awaitLine(beginning, Waiting.FOREVER);
    }

    /**
     * As {@link #awaitLine(String)}, but not longer than {@code atMost}; a negative time counts as zero.
     *
     * @return whether there is such a line
     */
    public final boolean awaitLine(String beginning, Duration atMost) throws InterruptedException {
        return awaitLine(beginning, atMost.isNegative() ? 0 : SharedObject.nanos(atMost));
    }

    private boolean awaitLine(String beginning, long ns) throws InterruptedException {
        Objects.requireNonNull(beginning, "the line to wait for must not be null; every line begins with \"\"");
        return started("wait for a line of").lastLines().await(beginning, Waiting.deadline(ns));
    }

    /**
     * Gives up this handle of a child that has ended or was never started; only {@link #name} works from then on. It neither waits nor ends anything, as Python's
     * {@code close} does not: in a {@code try} statement with this as its resource the block says which is meant.
     *
     * {@snippet :
     * try (var child = new ChildProcess(() -> System.out.println("at work")).start()) {
     *     child.join(); // or terminate(Duration.ofSeconds(1))
     * }
     * }
     *
     * @throws IllegalStateException if the child is still running; it runs on, and this handle stays open
     */
    @Override
    public final void close() {
        if (closed || foreign) {
            return;
        }
        if (isAlive()) {
            throw new IllegalStateException(
                    "cannot close " + name() + " while it is still running; join() or terminate() it first");
        }
        closed = true;
    }

    /** Its name, its pid where that is known, and, in the process that made it, whether it runs or how it ended. */
    @Override
    public String toString() {
        var jvm = this.jvm;
        if (jvm == null) {
            return "ChildProcess[" + name()
                    + (!foreign ? ", not started]" : foreignPid == null ? "]" : " (pid " + foreignPid + ")]");
        }
        var pid = jvm.process().pid();
        var exitCode = jvm.exitCode();
        return "ChildProcess["
                + (exitCode == null ? name() + " (pid " + pid + ") runs" : new ProcessEnd(name(), pid, exitCode)) + "]";
    }

    // ---- the process that asks

    /** Who the calling process is. */
    public static Current current() {
        var self = Self.identity();
        return new Current(self.name(), ProcessHandle.current().pid(), Self.isMain(), self.daemon());
    }

    /** The pid of the calling process's parent; 1, or that of another adoptive parent, when the real one has died. */
    public static long parentPid() {
        var parent = ProcessHandle.current().parent();
        return parent.isPresent() ? parent.get().pid() : 0;
    }

    /** The children of the calling process that run, in the order of their start. */
    public static List<ChildProcess> activeChildren() {
        return Nursery.get().running();
    }

    /**
     * Does now what makes starts quick, rather than after the first start: fills the reserve of started JVMs, from which {@link #start} takes, and, once on each
     * machine, makes the cache that all child JVMs share, which takes a second or two.
     *
     * @return completed when that is done
     */
    public static CompletableFuture<Void> prepare() {
        return Nursery.get().prepare();
    }

    /** Ends the idle JVMs of the reserve. The next start begins a new one. */
    public static void releaseReserve() {
        Nursery.get().release();
    }

    // ---- rules

    private ChildJvm started(String what) {
        own(what);
        var jvm = this.jvm;
        if (jvm == null) {
            throw new IllegalStateException(
                    "cannot " + what + " " + name() + ": it was not started; call start() first");
        }
        return jvm;
    }

    private void own(String what) {
        if (foreign) {
            throw new IllegalStateException("cannot " + what + " " + name() + " in "
                    + Self.identity().name() + ": only the process that made it can");
        }
        if (closed) {
            throw new IllegalStateException("cannot " + what + " " + name() + ": it is closed");
        }
    }

    /** Lets its output be told apart by the tasks that print it; before the start. */
    final ChildProcess marks(byte[] token, TaskMarks.Submitters submitters) {
        unmarked = from -> new TaskMarks.Unmarked(from, token, submitters);
        return this;
    }

    /** Null where there are no marks in its output. */
    final TaskMarks.Unmarked unmarked(InputStream from) {
        return unmarked == null ? null : unmarked.apply(from);
    }

    Self.Identity identity() {
        return identity;
    }

    Task task() {
        return task;
    }

    /** Where the class of the task comes from. */
    ClassLoader origin() {
        return origin;
    }

    // ---- travelling: the child itself takes its task along, any other child is only a name there

    private void writeObject(ObjectOutputStream out) throws IOException {
        var itself = out instanceof Parcel.Writer writer && writer.isFor(this);
        var jvm = this.jvm;
        out.writeObject(identity.name());
        out.writeObject(identity.numbers());
        out.writeBoolean(identity.daemon());
        out.writeBoolean(itself);
        out.writeObject(
                foreign ? foreignPid : jvm == null ? null : (Long) jvm.process().pid());
        out.writeObject(itself ? task : null);
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        var name = (String) in.readObject();
        var numbers = (String) in.readObject();
        identity = Self.Identity.unborn(name, numbers, in.readBoolean());
        var itself = in.readBoolean();
        var pid = (Long) in.readObject();
        task = (Task) in.readObject();
        foreign = true;
        foreignPid = itself ? (Long) ProcessHandle.current().pid() : pid;
        jvmOptions = List.of();
        origin = loader(this);
    }
}
