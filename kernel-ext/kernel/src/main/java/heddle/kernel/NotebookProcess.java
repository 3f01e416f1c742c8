package heddle.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import heddle.notebook.channel.Channel;
import heddle.notebook.channel.ChannelListener;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.RawOutput;
import heddle.notebook.channel.SystemThreads;
import heddle.notebook.process.Leftovers;
import heddle.notebook.process.NotebookLaunch;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The process that runs the cells, as the kernel sees it: started, asked, stopped, and believed dead when it is.
 *
 * <p>Questions are asked by one thread at a time; {@link #interrupt}, {@link #stopMain} and {@link #kill} come from others meanwhile.
 */
final class NotebookProcess implements Compiler.Runner, AutoCloseable {

    /** The class path of the notebook process; by default the kernel's own. */
    static final String CLASS_PATH_PROPERTY = "heddle.notebook.classpath";

    /** A CDS archive of the classes that a notebook process loads as it starts; without one that fits it starts slower. */
    static final String ARCHIVE_PROPERTY = "heddle.notebook.archive";

    /** For training: the file in which a notebook process lists the classes that it loads. */
    static final String CLASS_LIST_PROPERTY = "heddle.notebook.classlist";

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(60);
    private static final Duration EXIT_PATIENCE = Duration.ofSeconds(3);
    private static final int REPORT_LINES = 30;
    private static final Duration DRAIN_PATIENCE = Duration.ofMillis(500);
    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(14, "SIGALRM"),
            Map.entry(15, "SIGTERM"));

    /** What comes from the process unasked. Called on threads of this class; {@link #ended} last. */
    interface Listener {
        void output(int cell, Frame.Stream stream, String text);

        /** Written past {@code System.out} and {@code System.err}: by native code, or by the JVM itself. */
        void raw(Frame.Stream stream, String text);

        void display(Frame.Display display);

        void clear(Frame.ClearOutput clear);

        void comm(NotebookProcess process, Frame.FromComm comm);

        void handled(Frame.Handled handled);

        void uncaught(Frame.Uncaught uncaught);

        /** @return null when there is nobody to ask */
        String input(Frame.InputRequest request) throws InterruptedException;

        void ended(NotebookProcess process);
    }

    /** The process is gone; the message says how. */
    static final class EndedException extends RuntimeException {
        EndedException(String message) {
            super(message);
        }
    }

    private final Listener listener;
    private final Path folder;
    private final Process process;
    private final Debugger debugger;
    private final Channel channel;
    private final List<Drain> drains = new ArrayList<>();
    /** Once a cell has closed a descriptor, one of the pipes never has marks again. Used by who asks. */
    private boolean isMarked = true;

    private final Object monitor = new Object();
    private final Deque<Frame.Report> answers = new ArrayDeque<>();
    private final Map<Integer, CompletableFuture<Frame.Swept>> sweeps = new ConcurrentHashMap<>();
    private final AtomicInteger sweepsAsked = new AtomicInteger();
    private final Children children = new Children();
    private final Queue<Runnable> meanwhile = new ConcurrentLinkedQueue<>();
    private final Deque<Frame.Call> calls = new ArrayDeque<>();
    private Function<Frame.Call, Frame.CallEnded> callee;
    private boolean invoking;
    private String end;
    private String childrensFate = "";
    private Thread asking;

    private NotebookProcess(Listener listener, Path folder, Process process, Debugger debugger, Channel channel) {
        this.listener = listener;
        this.folder = folder;
        this.process = process;
        this.debugger = debugger;
        this.channel = channel;
    }

    /**
     * Starts the process and waits until it is ready.
     *
     * @param folder the kernel's own, for the report of a JVM that crashes
     * @param jvmOptions besides those that it needs
     * @throws IOException with one sentence
     */
    static NotebookProcess start(Listener listener, Path folder, List<String> jvmOptions) throws IOException {
        var debugger = Debugger.listen();
        Process process = null;
        try (var door = ChannelListener.open()) {
            process = launch(door, debugger, folder, jvmOptions);
            var drains = List.of(
                    new Drain("stdout", process.getInputStream(), Frame.Stream.STDOUT, listener),
                    new Drain("stderr", process.getErrorStream(), Frame.Stream.STDERR, listener));
            var exit = process.onExit().thenRun(() -> {
                try {
                    door.close(); // nobody will come any more
                } catch (IOException e) {
                    // Then waiting ends by its time limit.
                }
            });
            Channel channel;
            try {
                channel = door.accept(CONNECT_PATIENCE);
            } catch (IOException e) {
                throw new IOException(
                        "The main process could not be started: "
                                + (process.isAlive() ? e.getMessage() : how(process.waitFor(), null)),
                        e);
            } finally {
                exit.cancel(false);
            }
            var started = new NotebookProcess(listener, folder, process, debugger, channel);
            started.drains.addAll(drains);
            SystemThreads.thread("notebook-reader", started::read).start();
            if (!(started.answer() instanceof Frame.Ready)) {
                throw new IOException("The main process did not say that it is ready.");
            }
            return started;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            if (process != null) {
                process.destroyForcibly();
            }
            debugger.close();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            if (e instanceof EndedException) {
                throw new IOException(e.getMessage(), e);
            }
            if (e instanceof IOException io) {
                throw io;
            }
            throw (RuntimeException) e;
        }
    }

    static String classPath() {
        return System.getProperty(CLASS_PATH_PROPERTY, System.getProperty("java.class.path"));
    }

    private static Process launch(ChannelListener door, Debugger debugger, Path folder, List<String> jvmOptions)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.add(debugger.jvmOption());
        command.add("-XX:ErrorFile=" + folder.resolve(crashReport("%p")));
        command.add("-D" + Leftovers.FOLDER_PROPERTY + "=" + folder);
        command.add("--enable-preview");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(NotebookLaunch.jvmArguments());
        command.addAll(sharing());
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(classPath());
        command.add(NotebookLaunch.MAIN_CLASS);
        command.add(door.address());
        var builder = new ProcessBuilder(command);
        var process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write((door.token() + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        return process;
    }

    private static List<String> sharing() {
        var list = System.getProperty(CLASS_LIST_PROPERTY);
        if (list != null) {
            return List.of("-XX:DumpLoadedClassList=" + list);
        }
        var archive = System.getProperty(ARCHIVE_PROPERTY);
        return archive == null || !Files.isRegularFile(Path.of(archive))
                ? List.of()
                // one that no longer fits must cost time only, not words on standard output
                : List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:aot*=off", "-Xlog:cds*=off");
    }

    private static String crashReport(Object pid) {
        return "hs_err_pid" + pid + ".log";
    }

    /** One of the process's own output pipes, read to its end. */
    private static final class Drain {
        private final Thread thread;
        // Guarded by this.
        private int marks;
        private int awaited;
        private boolean ended;

        Drain(String name, InputStream pipe, Frame.Stream stream, Listener listener) {
            thread = SystemThreads.thread("notebook-" + name, () -> {
                var buffer = new char[8192];
                try (var reader =
                        new InputStreamReader(new RawOutput.Reader(pipe, this::marked), Charset.defaultCharset())) {
                    for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
                        listener.raw(stream, new String(buffer, 0, n));
                    }
                } catch (IOException e) {
                    // The process is gone; its exit is reported elsewhere.
                } finally {
                    synchronized (this) {
                        ended = true;
                        notifyAll();
                    }
                }
            });
            thread.start();
        }

        private synchronized void marked() {
            marks++;
            notifyAll();
        }

        /** After this all that was written before the next mark has been handed to the listener. */
        synchronized void awaitMark() throws InterruptedException {
            awaited++;
            while (marks < awaited && !ended) {
                wait();
            }
        }

        void join(Duration atMost) throws InterruptedException {
            thread.join(atMost);
        }
    }

    long pid() {
        return process.pid();
    }

    // ---- what it says

    private void read() {
        try {
            for (var frame = channel.receive(); frame != null; frame = channel.receive()) {
                switch (frame) {
                    case Frame.Output output -> listener.output(output.cell(), output.stream(), output.text());
                    case Frame.Display display -> listener.display(display);
                    case Frame.ClearOutput clear -> listener.clear(clear);
                    case Frame.InputRequest request -> ask(request);
                    case Frame.FromComm comm -> listener.comm(this, comm);
                    case Frame.Handled handled -> listener.handled(handled);
                    case Frame.Child child -> children.told(child);
                    case Frame.Uncaught uncaught -> listener.uncaught(uncaught);
                    case Frame.Swept swept -> {
                        var waiting = sweeps.get(swept.request());
                        if (waiting != null) {
                            waiting.complete(swept);
                        }
                    }
                    case Frame.Call call -> {
                        synchronized (monitor) {
                            calls.add(call);
                            monitor.notifyAll();
                        }
                    }
                    case Frame.Report answer -> {
                        synchronized (monitor) {
                            answers.add(answer);
                            monitor.notifyAll();
                        }
                    }
                    case Frame.Order order -> throw new IOException("The main process sent an order: " + order);
                }
            }
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly(); // it writes to the channel past its own side of it; nothing it says can be
            // believed
        } finally {
            reportEnd();
        }
    }

    private void ask(Frame.InputRequest request) {
        var thread = SystemThreads.thread("input", () -> {
            String line = null;
            try {
                line = listener.input(request);
            } catch (InterruptedException e) {
                // The cell was stopped: end of input.
            }
            try {
                try {
                    channel.send(new Frame.Input(line));
                } catch (IllegalArgumentException tooLarge) {
                    listener.output(request.cell(), Frame.Stream.STDERR, tooLarge.getMessage() + "\n");
                    channel.send(new Frame.Input(null)); // else the cell would wait for ever
                }
            } catch (IOException e) {
                // The process is gone and asks no more.
            }
        });
        synchronized (monitor) {
            asking = thread;
        }
        thread.start();
    }

    private void reportEnd() {
        channel.close();
        int exitCode;
        String fate;
        try {
            if (!process.waitFor(EXIT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
            exitCode = process.waitFor();
            for (var drain : drains) {
                drain.join(DRAIN_PATIENCE); // a child that lives on may hold the pipe
            }
            fate = children.fate(Texts.ofThisNotebook());
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts this thread.", e);
        }
        var crash = crash(folder.resolve(crashReport(process.pid())));
        Leftovers.removeOf(process.pid());
        debugger.close(); // not before: the JVM says goodbye to it, and complains when it cannot
        synchronized (monitor) {
            end = how(exitCode, crash);
            childrensFate = fate;
            if (asking != null) {
                asking.interrupt();
            }
            monitor.notifyAll();
        }
        sweeps.values().forEach(waiting -> waiting.complete(null));
        listener.ended(this);
    }

    /** @param crash what the JVM says of its own crash, or null */
    private static String how(int exitCode, String crash) {
        var texts = Texts.ofThisNotebook();
        if (crash != null) {
            return texts.say("lost.crash", crash, exitCode);
        }
        var signal = SIGNALS.get(exitCode - 128);
        return signal == null ? texts.say("lost.exit", exitCode) : texts.say("lost.signal", signal, exitCode);
    }

    /** From the first lines of the JVM's report: what happened, and in which function. Null when there is no report. */
    private static String crash(Path report) {
        try (var lines = Files.newBufferedReader(report, ISO_8859_1)) {
            var said = lines.lines()
                    .limit(REPORT_LINES)
                    .map(line -> line.replaceFirst("^#", "").strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
            var what = said.stream()
                    .filter(line -> !line.startsWith("A fatal error has been detected"))
                    .findFirst()
                    .orElse("no reason given")
                    .replaceFirst(" at pc=.*", "");
            int frame = said.indexOf("Problematic frame:") + 1;
            return frame == 0 || frame == said.size()
                    ? what
                    : what + " in " + said.get(frame).replaceAll("\\s+", " ");
        } catch (IOException | UncheckedIOException e) {
            return null;
        }
    }

    /** How it ended, in one sentence; null while it lives. */
    String end() {
        synchronized (monitor) {
            return end;
        }
    }

    /** What became of the child processes, to be put behind other sentences; empty while it lives. Waits for its end, but not for long. */
    String childrensFate() throws InterruptedException {
        long deadlineNs =
                System.nanoTime() + EXIT_PATIENCE.plus(Children.FOLLOWING).toNanos();
        synchronized (monitor) {
            for (long leftMs; end == null && (leftMs = (deadlineNs - System.nanoTime()) / 1_000_000) > 0; ) {
                monitor.wait(leftMs);
            }
            return childrensFate;
        }
    }

    // ---- what it is asked

    /** @param callee answers what the cell's code calls the kernel for, on the thread that waits for the code; it may ask this process in turn */
    void begin(int cell, String label, boolean mayAskForInput, Function<Frame.Call, Frame.CallEnded> callee) {
        this.callee = callee;
        send(new Frame.Begin(cell, label, mayAskForInput));
    }

    /** After this all that main, and who shares its descriptors, has put out for the cell has been handed to the listener. */
    void end(int cell) {
        if (!(ask(new Frame.End(cell)) instanceof Frame.Ended ended)) {
            throw new IllegalStateException("The main process gave the wrong answer to the end of a cell.");
        }
        isMarked &= ended.marked();
        try {
            for (var drain : isMarked ? drains : List.<Drain>of()) {
                drain.awaitMark();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String load(List<Frame.ClassBytes> classes) {
        return ((Frame.Loaded) ask(new Frame.Load(classes))).problem();
    }

    @Override
    public String redefine(List<Frame.ClassBytes> classes) {
        return ((Frame.Loaded) ask(new Frame.Redefine(classes))).problem();
    }

    @Override
    public Frame.Report invoke(List<Frame.ClassBytes> classes, String className, String methodName, boolean show) {
        // Both at once: a journey there and back costs as much as a small cell's code.
        if (!classes.isEmpty()) {
            send(new Frame.Load(classes));
        }
        send(new Frame.Invoke(className, methodName, show));
        var problem = classes.isEmpty() ? null : ((Frame.Loaded) answer()).problem();
        boolean before;
        synchronized (monitor) {
            before = invoking; // when code that runs has called the kernel
            invoking = true;
        }
        try {
            var report = answer();
            if (problem != null) {
                throw new Compiler.LoadException(problem);
            }
            return report;
        } finally {
            synchronized (monitor) {
                invoking = before;
            }
        }
    }

    @Override
    public Frame.Report variable(String className, String fieldName) {
        return ask(new Frame.Variable(className, fieldName));
    }

    @Override
    public void addToClassPath(List<String> paths) {
        send(new Frame.AddToClassPath(paths));
    }

    /** While the thread that asks waits for code of a cell, it does this in between. It must be done elsewhere too: nobody may be waiting. */
    void meanwhile(Runnable work) {
        meanwhile.add(work);
        synchronized (monitor) {
            monitor.notifyAll();
        }
    }

    void noLonger(Runnable work) {
        meanwhile.remove(work);
    }

    /** Says what is no question; from any thread. */
    void tell(Frame.ToComm message) throws IOException {
        channel.send(message);
    }

    private Frame.Report ask(Frame.Order order) {
        send(order);
        return answer();
    }

    private void send(Frame.Order order) {
        try {
            channel.send(order);
        } catch (IOException e) {
            awaitEnd();
        }
    }

    private Frame.Report answer() {
        boolean interrupted = false;
        try {
            while (true) {
                Runnable work;
                synchronized (monitor) {
                    work = null;
                    while (answers.isEmpty() && end == null && (work = interlude()) == null) {
                        try {
                            monitor.wait();
                        } catch (InterruptedException e) {
                            interrupted = true; // the process answers or ends; the kernel's levels of Stop see to it
                        }
                    }
                    if (work == null) {
                        if (answers.isEmpty()) {
                            throw new EndedException(end);
                        }
                        return answers.remove();
                    }
                }
                work.run();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What is to be done while an answer is awaited; null when there is nothing. */
    private Runnable interlude() {
        var call = calls.poll();
        if (call != null) {
            return () -> send(callee.apply(call));
        }
        return invoking ? meanwhile.poll() : null;
    }

    private void awaitEnd() {
        synchronized (monitor) {
            while (end == null) {
                try {
                    monitor.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new EndedException("The main process has closed its channel.");
                }
            }
            throw new EndedException(end);
        }
    }

    // ---- how it is stopped

    /** First level: interrupts what the running cell is doing, and its wait for input. */
    void interrupt() {
        synchronized (monitor) {
            if (asking != null) {
                asking.interrupt();
            }
        }
        try {
            channel.send(new Frame.Interrupt());
        } catch (IOException e) {
            // It has gone: nothing to stop.
        }
    }

    /** Whether {@code main} runs code of a cell. */
    boolean runsCode() {
        synchronized (monitor) {
            return invoking;
        }
    }

    /** Second level: throws an exception into {@code main} wherever it is; it takes effect when main runs Java code again. */
    void stopMain(Duration atMost) throws IOException {
        debugger.stop(heddle.notebook.process.Stop.class.getName(), "main", "CELL_STOPPED", (int) atMost.toMillis());
    }

    /** As {@link #stopMain}, for the threads that the last sweep found unhearing. */
    void stopOthers(Duration atMost) throws IOException {
        debugger.stopAll(
                heddle.notebook.process.Stop.class.getName(), "others", "CELL_STOPPED", (int) atMost.toMillis());
    }

    /**
     * Ends what a cell has started.
     *
     * @return what became of it, or null when the process does not answer in time
     */
    Frame.Swept sweep(int cell, Frame.Phase phase, Duration atMost) {
        int request = sweepsAsked.incrementAndGet();
        var answer = new CompletableFuture<Frame.Swept>();
        sweeps.put(request, answer);
        try {
            channel.send(new Frame.Sweep(request, cell, phase));
            return end() != null ? null : answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (IOException | TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new AssertionError("nobody lets it fail", e);
        } finally {
            sweeps.remove(request);
        }
    }

    /** Third level. */
    void kill() {
        process.destroyForcibly();
    }

    /** What this cell has started ends too, as far as it does not by itself. */
    void killChildrenOf(int cell) {
        children.kill(cell);
    }

    /**
     * Ends the process. It would halt by itself when the channel closes, but a JVM that ends waits 300 ms for its threads inside system calls, and
     * is no tidier afterwards. Idempotent.
     */
    @Override
    public void close() {
        channel.close();
        try {
            process.destroyForcibly().waitFor(EXIT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            debugger.close();
            Leftovers.removeOf(process.pid());
        }
    }
}
