package heddle.kernel;

import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * One life of the main process together with what the compiler knows about it: both start together, and when one is lost both are.
 *
 * <p>The compiler and the process start at the same time, in the background. Work is done one piece after the other on the session's thread.
 */
final class Session implements AutoCloseable {

    /** What every cell sees. Few and package-wide: each costs every compilation. */
    static final List<String> IMPORTS = List.of(
            "import java.util.*;",
            "import java.util.concurrent.*;",
            "import java.util.concurrent.atomic.*;",
            "import java.util.concurrent.locks.*;",
            "import java.util.function.*;",
            "import java.util.stream.*;",
            "import java.time.*;",
            "import java.io.*;",
            "import java.math.*;",
            "import java.net.*;",
            "import java.nio.file.*;",
            "import java.util.regex.*;",
            "import java.util.prefs.*;",
            "import heddle.notebook.*;",
            "import static heddle.notebook.Notebook.*;");

    private static final WrappedLines.Origin NOWHERE = new WrappedLines.Origin(0, 1);

    /** A front end greets at once, or this is none. */
    private static final long GREETING_MS = 300;

    /** After so many evaluations the compilers are made anew: when nobody waits, and in any case. */
    private static final int EVALUATIONS_QUIET = 50;

    private static final int EVALUATIONS_BUSY = 400;

    /** What the session's thread works with. */
    record Tools(
            Compiler compiler,
            Splitter splitter,
            Assistant assistant,
            Magics magics,
            ClassPath classPath,
            NotebookProcess process,
            CellSources sources,
            Settings settings,
            List<String> problems) {}

    private record CompileSide(Compiler compiler, Splitter splitter, Assistant assistant, ClassPath classPath) {}

    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, work -> SystemThreads.thread("compiler", work));
    private final AtomicInteger waiting = new AtomicInteger();
    private final SpareMemory spare = new SpareMemory(thread, SpareMemory.QUIET, this::forgetCompilers);
    private final CompletableFuture<NotebookProcess> process = new CompletableFuture<>();
    private final CompletableFuture<CompileSide> compileSide;
    private final CellSources sources = new CellSources();
    private final Magics magics;
    private final Settings settings;

    /** What of the settings could not be followed, in sentences. */
    private final List<String> problems = new CopyOnWriteArrayList<>();

    private final AtomicBoolean begun = new AtomicBoolean();

    /**
     * @param folder the kernel's own; removed with it
     * @param greeted a front end waits for the kernel's first word: until then the processor is left to that
     */
    Session(NotebookProcess.Listener listener, Magics known, Settings settings, Path folder, CountDownLatch greeted) {
        this.magics = known.copy();
        this.settings = settings;
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        SystemThreads.thread("start", () -> startProcess(listener, folder)).start();
        compileSide = submit(() -> {
            greeted.await(GREETING_MS, TimeUnit.MILLISECONDS);
            var imports = new ArrayList<>(IMPORTS);
            imports.addAll(magics.imports());
            var compiler = compiler(imports);
            return new CompileSide(
                    compiler,
                    new Splitter(compiler.analysis()),
                    new Assistant(compiler, magics),
                    new ClassPath(compiler, magics, settings.loadsExtensions()));
        });
        // The first cell is not to pay for classes that are loaded and connections that are made on first use.
        run(this::rehearse);
    }

    private Compiler compiler(List<String> imports) {
        var runner = new AwaitedProcess();
        var options = settings.compilerOptions();
        try {
            return new Compiler(runner, NotebookProcess.classPath(), imports, options, true);
        } catch (RuntimeException e) {
            if (options.isEmpty()) {
                throw e;
            }
            problems.add(Texts.ofThisNotebook().say("settings.compiler", String.join(" ", options), e.getMessage()));
            return new Compiler(runner, NotebookProcess.classPath(), imports);
        }
    }

    /** Whether this is the first cell. */
    boolean begins() {
        return begun.compareAndSet(false, true);
    }

    private Void rehearse(Tools tools) {
        for (var code : List.of("{}", "0")) {
            if (waiting.get() > 0) {
                break; // a cell is waiting, which does the same
            }
            tools.splitter().groups(tools.splitter().split(code));
            tools.compiler().evaluate(code, NOWHERE, true);
        }
        tools.compiler().forgetValues();
        return null;
    }

    /** What a new compiler loads is loaded at once, if nobody waits: nothing is run for it. */
    private void forgetCompilers(boolean quiet) {
        var side = compileSide.isDone() && !compileSide.isCompletedExceptionally() ? compileSide.join() : null;
        if (side != null
                && side.compiler().lean().forgetCompilers(quiet ? EVALUATIONS_QUIET : EVALUATIONS_BUSY)
                && quiet) {
            side.compiler().check("System.out.println(0);");
        }
    }

    private void startProcess(NotebookProcess.Listener listener, Path folder) {
        try {
            var started = start(listener, folder);
            if (!process.complete(started)) {
                started.close(); // this session was closed meanwhile
            }
        } catch (IOException | RuntimeException | Error e) {
            process.completeExceptionally(e);
        }
    }

    private NotebookProcess start(NotebookProcess.Listener listener, Path folder) throws IOException {
        var options = settings.jvmOptions();
        try {
            return NotebookProcess.start(listener, folder, options);
        } catch (IOException e) {
            if (options.isEmpty()) {
                throw e;
            }
            problems.add(Texts.ofThisNotebook().say("settings.jvm", String.join(" ", options), e.getMessage()));
            return NotebookProcess.start(listener, folder, List.of());
        }
    }

    /**
     * Does a piece of work that needs the compiler alone: on the session's thread as all that does, but also while that waits for a cell's code,
     * when what the compiler knows is at rest.
     */
    <T> CompletableFuture<T> assist(Function<Assistant, T> work) {
        var begun = new AtomicBoolean();
        var result = new CompletableFuture<T>();
        Runnable once = () -> {
            if (begun.compareAndSet(false, true)) {
                complete(result, () -> work.apply(compileSide.join().assistant()));
            }
        };
        process.thenAccept(started -> started.meanwhile(once));
        execute(
                () -> {
                    once.run();
                    process.thenAccept(started -> started.noLonger(once));
                },
                result);
        return result;
    }

    /** Does a piece of work that needs the process too. */
    <T> CompletableFuture<T> run(Function<Tools, T> work) {
        return submit(() -> {
            var side = compileSide.join();
            return work.apply(new Tools(
                    side.compiler(),
                    side.splitter(),
                    side.assistant(),
                    magics,
                    side.classPath(),
                    process.join(),
                    sources,
                    settings,
                    problems));
        });
    }

    private <T> CompletableFuture<T> submit(Callable<T> work) {
        var result = new CompletableFuture<T>();
        execute(() -> complete(result, work), result);
        return result;
    }

    private void execute(Runnable work, CompletableFuture<?> result) {
        try {
            waiting.incrementAndGet();
            thread.execute(() -> {
                waiting.decrementAndGet();
                work.run();
                spare.workDone();
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(e);
        }
    }

    private static <T> void complete(CompletableFuture<T> result, Callable<T> work) {
        try {
            result.complete(work.call());
        } catch (CompletionException e) {
            result.completeExceptionally(e.getCause());
        } catch (Throwable e) { // the compiler's own errors must not end the session's thread
            result.completeExceptionally(e);
        }
    }

    /** The text of the cells. */
    CellSources sources() {
        return sources;
    }

    /** The process, when it has started. */
    NotebookProcess awaitProcess() throws InterruptedException, ExecutionException {
        return process.get();
    }

    /** The process if it has started, else null. */
    NotebookProcess process() {
        return process.isDone() && !process.isCompletedExceptionally() ? process.join() : null;
    }

    /** How the process ended or why it never started, in one sentence; null while all is well. */
    String end() {
        if (process.isCompletedExceptionally()) {
            return process.exceptionNow().getMessage();
        }
        return process.isDone() ? process.join().end() : null;
    }

    /** What became of the child processes of a lost process, to be put behind other sentences. */
    String childrensFate() {
        var lost = process();
        try {
            return lost == null ? "" : lost.childrensFate();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Ends the process; bounded. Work that hangs in the compiler is left behind on its daemon thread. */
    @Override
    public void close() {
        if (!process.completeExceptionally(new IOException("The session was closed."))) {
            var started = process();
            if (started != null) {
                started.close();
            }
        }
        compileSide.thenAccept(side -> {
            side.compiler().close();
            side.classPath().close();
        });
        thread.shutdown();
    }

    /** The process as the compiler's runner, though it may still be starting. */
    private final class AwaitedProcess implements Compiler.Runner {
        @Override
        public String load(List<Frame.ClassBytes> classes) {
            return process.join().load(classes);
        }

        @Override
        public String redefine(List<Frame.ClassBytes> classes) {
            return process.join().redefine(classes);
        }

        @Override
        public Frame.Report invoke(List<Frame.ClassBytes> classes, String className, String methodName, boolean show) {
            return process.join().invoke(classes, className, methodName, show);
        }

        @Override
        public Frame.Report variable(String className, String fieldName) {
            return process.join().variable(className, fieldName);
        }

        @Override
        public void addToClassPath(List<String> paths) {
            process.join().addToClassPath(paths);
        }
    }
}
