package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.Channel;
import heddle.notebook.channel.ChannelListener;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.RawOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A real notebook process and, on this side of the channel, as much of a kernel as it takes to run cells in it. */
final class NotebookUnderTest implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    final Process process;
    final Channel channel;
    final Cells cells = new Cells();
    private final Thread reader;
    private final StringBuffer raw = new StringBuffer();
    private final Semaphore marks = new Semaphore(0);
    private final List<Thread> drains = new ArrayList<>();
    private final List<Frame> reports = new ArrayList<>();
    private boolean ended;
    private int answersSeen;

    static NotebookUnderTest start(String... jvmArguments) throws IOException {
        return start(List.of(jvmArguments), List.of());
    }

    static NotebookUnderTest start(List<String> jvmArguments, List<Path> classPath) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(NotebookLaunch.jvmArguments());
        command.add("-cp");
        var paths = new ArrayList<String>();
        paths.add(codeOf(NotebookMain.class));
        classPath.forEach(path -> paths.add(path.toString()));
        command.add(String.join(java.io.File.pathSeparator, paths));
        command.add(NotebookLaunch.MAIN_CLASS);
        try (var listener = ChannelListener.open()) {
            command.add(listener.address());
            var process = new ProcessBuilder(command).start();
            try {
                try (var in = process.getOutputStream()) {
                    in.write((listener.token() + "\n").getBytes(US_ASCII));
                }
                return new NotebookUnderTest(process, listener.accept(PATIENCE));
            } catch (IOException | RuntimeException | Error e) {
                process.destroyForcibly();
                throw e;
            }
        }
    }

    static String codeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private NotebookUnderTest(Process process, Channel channel) {
        this.process = process;
        this.channel = channel;
        this.reader = Thread.ofPlatform().start(this::read);
        for (var stream : List.of(process.getInputStream(), process.getErrorStream())) {
            drains.add(Thread.ofPlatform().start(() -> {
                var bytes = new byte[100];
                try (var pipe = new RawOutput.Reader(stream, marks::release)) {
                    for (int n = pipe.read(bytes, 0, bytes.length); n >= 0; n = pipe.read(bytes, 0, bytes.length)) {
                        raw.append(new String(bytes, 0, n, US_ASCII));
                    }
                } catch (IOException e) {
                    raw.append(e);
                }
            }));
        }
    }

    private void read() {
        try {
            for (var frame = channel.receive(); frame != null; frame = channel.receive()) {
                synchronized (reports) {
                    reports.add(frame);
                    reports.notifyAll();
                }
            }
        } catch (IOException e) {
            raw.append(e);
        } finally {
            synchronized (reports) {
                ended = true;
                reports.notifyAll();
            }
        }
    }

    /** What the process wrote past {@code System.out} until its first cell ended. */
    String raw() throws InterruptedException {
        assertTrue(marks.tryAcquire(2, PATIENCE.toSeconds(), TimeUnit.SECONDS), "a pipe has no mark");
        return raw.toString();
    }

    List<Frame> reports() {
        synchronized (reports) {
            return List.copyOf(reports);
        }
    }

    /** Waits until the reports so far satisfy this. */
    List<Frame> await(String what, Predicate<List<Frame>> until) throws InterruptedException, TimeoutException {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        synchronized (reports) {
            while (!until.test(reports)) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0 || ended) {
                    throw new TimeoutException((ended ? "ended before " : "no ") + what + "; so far "
                            + reports.stream()
                                    .skip(Math.max(0, reports.size() - 50))
                                    .toList() + raw);
                }
                reports.wait(leftMs);
            }
            return List.copyOf(reports);
        }
    }

    private static boolean isAnswer(Frame frame) {
        return frame instanceof Frame.Loaded
                || frame instanceof Frame.Returned
                || frame instanceof Frame.Threw
                || frame instanceof Frame.Unresolved
                || frame instanceof Frame.Ended
                || frame instanceof Frame.Swept;
    }

    /** The answer to the order that was sent last. */
    Frame answer() throws Exception {
        int wanted = answersSeen++;
        return await(
                        "answer",
                        frames -> frames.stream()
                                        .filter(NotebookUnderTest::isAnswer)
                                        .count()
                                > wanted)
                .stream()
                .filter(NotebookUnderTest::isAnswer)
                .skip(wanted)
                .findFirst()
                .orElseThrow();
    }

    /** Begins a cell and orders its code to be run; {@link #end} collects. */
    void begin(int cell, boolean mayAskForInput, String declarations, String body) throws Exception {
        channel.send(new Frame.Begin(cell, "cell " + cell, mayAskForInput));
        channel.send(new Frame.Load(cells.compile(cell, declarations, body)));
        var loaded = (Frame.Loaded) answer();
        if (loaded.problem() != null) {
            throw new AssertionError(loaded.problem());
        }
        channel.send(new Frame.Invoke(Cells.className(cell), "do_it$", true));
    }

    /** Returns how the code of the cell ended. */
    Frame end(int cell) throws Exception {
        var answer = answer();
        ended(cell);
        return answer;
    }

    void ended(int cell) throws Exception {
        channel.send(new Frame.End(cell));
        if (!(answer() instanceof Frame.Ended ended) || ended.cell() != cell) {
            throw new AssertionError("no Ended for " + cell);
        }
    }

    Frame.Swept sweep(int cell, Frame.Phase phase) throws Exception {
        channel.send(new Frame.Sweep(7, cell, phase));
        return (Frame.Swept) answer();
    }

    Frame cell(int cell, String declarations, String body) throws Exception {
        begin(cell, false, declarations, body);
        return end(cell);
    }

    /** Runs a cell without a result that must end well. */
    void run(int cell, String declarations, String statements) throws Exception {
        var end = cell(cell, declarations, statements + " return null;");
        if (!end.equals(new Frame.Returned(null))) {
            throw new AssertionError(end);
        }
    }

    static String text(List<Frame> reports, int cell, Frame.Stream stream) {
        return reports.stream()
                .filter(frame ->
                        frame instanceof Frame.Output output && output.cell() == cell && output.stream() == stream)
                .map(frame -> ((Frame.Output) frame).text())
                .collect(Collectors.joining());
    }

    String out(int cell) {
        return text(reports(), cell, Frame.Stream.STDOUT);
    }

    String err(int cell) {
        return text(reports(), cell, Frame.Stream.STDERR);
    }

    void awaitOut(int cell, String text) throws Exception {
        await(
                text + " in cell " + cell,
                frames -> text(frames, cell, Frame.Stream.STDOUT).contains(text));
    }

    void awaitErr(int cell, String text) throws Exception {
        await(
                text + " in cell " + cell,
                frames -> text(frames, cell, Frame.Stream.STDERR).contains(text));
    }

    int exitCode() throws Exception {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new TimeoutException("the notebook process lives on");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws Exception {
        channel.close();
        try {
            exitCode(); // nothing outlives the kernel
        } finally {
            process.destroyForcibly();
            process.waitFor();
            reader.join();
            for (var drain : drains) {
                drain.join();
            }
        }
    }
}
