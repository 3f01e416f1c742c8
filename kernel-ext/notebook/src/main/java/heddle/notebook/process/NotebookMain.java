package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import heddle.notebook.Cell;
import heddle.notebook.MimeBundle;
import heddle.notebook.channel.Channel;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import heddle.notebook.extension.Extension;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import jdk.jshell.spi.SPIResolutionException;

/**
 * The notebook process: runs the cells on its {@code main} thread. Its argument is the address of the kernel's channel, its standard
 * input begins with a line that is the channel's token.
 *
 * <p>{@code main} only works. A thread of ours reads the channel, another hands {@code main} one order after the other and sends
 * its answers; so an asynchronous {@link Stop} that hits {@code main} at whatever instant can neither lose an order nor answer it twice.
 */
public final class NotebookMain {

    /** How long the end of the process may wait for its last output to be on the channel. */
    private static final Duration LAST_OUTPUT = Duration.ofSeconds(2);

    private static final int LONGEST_TOKEN = 1_024;

    /** Exceptions that may stand around the one that counts. */
    private static final int DEEPEST_WRAP = 10;

    private static final int MOST_BROKEN_EXTENSIONS = 100;

    private final Channel channel;
    private final CellOutput output;
    private final CellInput input;
    private final CellClassLoader classes;
    private final Thread main;
    private final BlockingQueue<Frame.Order> orders = new LinkedBlockingQueue<>();
    private final KernelCalls calls;

    /** What went wrong before there was a cell to show it in. */
    private final List<String> early = new ArrayList<>();

    /** Guards against an interrupt that hits {@code main} after its cell has ended. */
    private final Object interruptible = new Object();

    private boolean inCell;

    /** How loops that the cell leaves open have ended. */
    private Bar.State left;

    private final Sweep sweep;

    /** Names of extensions, and what was said of those that failed. */
    private final Set<String> installed = new HashSet<>();

    private NotebookMain(Channel channel) {
        this.channel = channel;
        this.output = new CellOutput(channel);
        this.input = new CellInput(channel, output);
        this.classes = new CellClassLoader(NotebookMain.class.getClassLoader());
        this.main = Thread.currentThread();
        this.sweep = new Sweep();
        this.calls = new KernelCalls(channel, orders, this::carryOut, main);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("The notebook process is started by the kernel, with the address of its channel.");
            System.exit(2);
        }
        new NotebookMain(Channel.connect(arguments[0], token())).run();
    }

    private static String token() throws IOException {
        var token = new ByteArrayOutputStream();
        try (var in = new FileInputStream(FileDescriptor.in)) {
            for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
                token.write(b);
                if (token.size() > LONGEST_TOKEN) {
                    throw new IOException("Standard input does not begin with the channel's token.");
                }
            }
        }
        return token.toString(US_ASCII).strip();
    }

    private void run() throws IOException {
        System.setOut(output.out);
        System.setErr(output.err);
        System.setIn(input);
        System.setProperty("stdin.encoding", "UTF-8");
        CellConsole.connect(input);
        Screen.connect(output);
        KernelCalls.connect(calls);
        Variables.connect(classes);
        main.setContextClassLoader(classes);
        Thread.setDefaultUncaughtExceptionHandler(this::uncaught);
        Runtime.getRuntime().addShutdownHook(SystemThreads.thread("last-output", this::sendLastOutput));
        CellChildren.connect(this::tellOf);
        Stop.main = main; // the kernel looks here for whom to stop
        SystemThreads.thread("channel-reader", this::read).start();
        SystemThreads.thread("warm-up", NotebookMain::warmUp).start();
        channel.send(new Frame.Ready(ProcessHandle.current().pid()));
        early.addAll(CellAgent.problems());
        installExtensions(early::add);
        SystemThreads.thread("orders", this::handOut).start();
        // Two loops: should a Stop hit what the inner one does about a Stop, the outer one starts it anew.
        while (true) {
            try {
                calls.work();
            } catch (Throwable late) {
                calls.stop();
            }
        }
    }

    /** Initializes what {@code main} will need on another thread: a class whose initializer a Stop hits is lost for ever. */
    private static void warmUp() {
        Renderers.render(new Object[] {"", 1});
        Traceback.of(new Error("", new Error(new StackOverflowError())));
        Names.readable(new StackTraceElement("REPL.$JShell$1", "lambda$do_it$$0", "", 1));
        String.format("%,d", 1_000);
    }

    /** Those that have come since this was last called. */
    private void installExtensions(Consumer<String> problems) {
        var extensions = ServiceLoader.load(Extension.class, classes).iterator();
        for (int failures = 0; failures < MOST_BROKEN_EXTENSIONS; ) {
            var name = "that is announced";
            try {
                if (!extensions.hasNext()) {
                    return;
                }
                var extension = extensions.next();
                name = extension.getClass().getName();
                if (installed.add(name)) {
                    extension.install();
                }
            } catch (Stop stop) {
                throw stop;
            } catch (Throwable failure) {
                failures++;
                var problem = "The extension " + name + " could not be installed and is left out: " + failure;
                if (installed.add(problem)) {
                    problems.accept(problem);
                }
            }
        }
    }

    // The threads of ours

    private void read() {
        int status = 0;
        try {
            for (var frame = channel.receive(); frame != null; frame = channel.receive()) {
                switch (frame) {
                    case Frame.Interrupt() -> interrupt();
                    case Frame.Input answer -> input.answer(answer);
                    case Frame.Sweep order ->
                        SystemThreads.thread("stop", () -> sweep(order)).start();
                    case Frame.ToComm message -> CommLine.receive(message);
                    case Frame.Order order -> orders.add(order);
                    case Frame.Report report ->
                        throw new IOException("The kernel sent what only a notebook process says: " + report);
                }
            }
        } catch (IOException | RuntimeException e) {
            status = 1;
        } finally {
            try {
                Leftovers.removeOwn();
            } finally {
                Runtime.getRuntime().halt(status); // the kernel is gone, and nothing outlives it
            }
        }
    }

    private void interrupt() {
        synchronized (interruptible) {
            if (inCell) {
                main.interrupt();
            }
        }
        CommLine.interruptHandlers();
    }

    private void tellOf(Frame.Child child) {
        try {
            channel.send(child);
        } catch (IOException e) {
            // The kernel is gone; the reader ends this process.
        }
    }

    private void sweep(Frame.Sweep order) {
        try {
            synchronized (sweep) {
                channel.send(sweep.sweep(order));
            }
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts a thread of ours.", e);
        } catch (IOException e) {
            // The kernel is gone; the reader ends this process.
        }
    }

    private void handOut() {
        try {
            calls.handOut();
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts a thread of ours.", e);
        } catch (IOException e) {
            // The kernel is gone; the reader ends this process.
        }
    }

    private void sendLastOutput() {
        try {
            output.end(LAST_OUTPUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void uncaught(Thread thread, Throwable failure) {
        var cell = Attribution.current();
        if (!Sweep.isByStop(cell, failure)) {
            output.sendBehind(
                    new Frame.Uncaught(cell == null ? 0 : cell.number(), thread.getName(), Traceback.of(failure)));
        }
    }

    // main

    private void carryOut(Desk desk, Desk.Job job) {
        Frame.Report answer;
        try {
            answer = job.begun ? threw(Stop.CELL_STOPPED) : perform(job);
        } catch (Throwable failure) {
            if (failure instanceof Stop && !job.runsLearnersCode()) {
                return; // it came too late, or too early: the order is carried out all the same
            }
            answer = failed(job.order, failure);
        }
        desk.done(job, answer);
    }

    private Frame.Report perform(Desk.Job job) {
        return switch (job.order) {
            case Frame.Begin(int number, String label, boolean mayAskForInput) -> {
                begin(new Cell(number, label), mayAskForInput);
                yield null;
            }
            case Frame.End(int number) -> {
                end();
                yield new Frame.Ended(number, false);
            }
            case Frame.Load(var loads) -> new Frame.Loaded(classes.load(loads));
            case Frame.Redefine(var changes) -> new Frame.Loaded(classes.redefine(changes));
            case Frame.AddToClassPath(var paths) -> {
                classes.addToClassPath(paths);
                installExtensions(output.err::println);
                yield null;
            }
            case Frame.Invoke invoke -> {
                job.begun = true;
                yield invoke(invoke);
            }
            case Frame.Variable variable -> {
                job.begun = true;
                yield value(variable);
            }
            case Frame.CallEnded _ -> null; // of a call that a Stop has ended
            case Frame.Input _, Frame.Interrupt _, Frame.Sweep _, Frame.ToComm _ ->
                throw new AssertionError("handled by the reader");
        };
    }

    private void begin(Cell cell, boolean mayAskForInput) {
        Thread.interrupted();
        Attribution.begin(cell);
        input.allow(mayAskForInput ? cell : null);
        left = Bar.State.STOPPED;
        synchronized (interruptible) {
            inCell = true;
        }
        early.forEach(output.err::println);
        early.clear();
    }

    private void end() {
        synchronized (interruptible) {
            inCell = false;
        }
        Thread.interrupted();
        input.allow(null);
        Bar.left(main, left);
        CellChildren.forgetDead();
        output.flushAll();
        Attribution.end();
    }

    private Frame.Report invoke(Frame.Invoke invoke) {
        Object value;
        try {
            var method = Class.forName(invoke.className(), true, classes).getDeclaredMethod(invoke.methodName());
            method.setAccessible(true);
            value = method.invoke(null);
        } catch (InvocationTargetException thrown) {
            calls.failed(thrown.getCause());
            return threw(thrown.getCause());
        } catch (ReflectiveOperationException e) {
            return threw(e);
        }
        if (invoke.show()) {
            calls.evaluated(value);
        }
        var shown = invoke.show() && value != null ? Screen.frame(Renderers.render(value)) : null;
        output.flushOwn();
        return new Frame.Returned(shown);
    }

    private Frame.Report value(Frame.Variable variable) {
        try {
            var field = Class.forName(variable.className(), true, classes).getDeclaredField(variable.fieldName());
            field.setAccessible(true);
            return new Frame.Returned(Screen.frame(MimeBundle.text(Renderers.text(field.get(null)))));
        } catch (ReflectiveOperationException e) {
            return threw(e);
        }
    }

    /** The answer that is due, whatever happened. */
    private Frame.Report failed(Frame.Order order, Throwable failure) {
        return switch (order) {
            case Frame.Invoke _, Frame.Variable _ -> threw(failure);
            case Frame.Load _, Frame.Redefine _ ->
                new Frame.Loaded("The classes of the cell could not be loaded: " + failure);
            case Frame.End(int number) -> new Frame.Ended(number, false);
            case Frame.AddToClassPath(var paths) -> {
                output.err.println(paths + " could not be added to the class path: " + failure);
                yield null;
            }
            case Frame.Begin _, Frame.Input _, Frame.Interrupt _, Frame.Sweep _, Frame.ToComm _, Frame.CallEnded _ ->
                null;
        };
    }

    private Frame.Report threw(Throwable failure) {
        output.flushOwn();
        left = failure instanceof InterruptedException ? Bar.State.STOPPED : Bar.State.FAILED;
        // The JVM wraps what comes out of a class initializer, a bootstrap method, a reflective call; a Stop may hit
        // within any of them.
        var cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_WRAP; depth++) {
            switch (cause) {
                case SPIResolutionException unresolved
                when unresolved == failure || failure instanceof LinkageError -> {
                    return new Frame.Unresolved(unresolved.id());
                }
                case Stop stop -> {
                    left = Bar.State.STOPPED;
                    return new Frame.Threw(Traceback.of(stop));
                }
                default -> cause = causeOf(cause);
            }
        }
        return new Frame.Threw(Traceback.of(failure));
    }

    /** A learner's exception may say anything of its cause. */
    static Throwable causeOf(Throwable failure) {
        try {
            return failure.getCause();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable e) {
            return null;
        }
    }
}
