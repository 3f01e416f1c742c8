package heddle.processes;

import heddle.processes.memory.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A child JVM as its parent sees it: launched, connected, given a task once, ended. */
final class ChildJvm {
    private static final SecureRandom RANDOM = new SecureRandom();
    /** How long a pipe may stay open behind a dead child before somebody else is taken to hold it. */
    private static final long STRAGGLERS_MS = 50;
    /** What the smallest of pipes holds, less what comes before. */
    private static final int SMALL = 4000;

    private final byte[] childSecret = secret();
    private final byte[] parentSecret = secret();
    private final LastLines lastLines = new LastLines();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final AtomicBoolean finishing = new AtomicBoolean();
    private final Consumer<ChildJvm> gone;

    // to be read while somebody is sending, which takes as long as a child that is stopped likes
    private volatile Process process;
    private volatile ChildProcess child;
    private String outPipe;
    private String errPipe;
    private volatile Member member;

    // guarded by this
    private Wire wire;
    /** Whether it has its standard input. */
    private boolean told;

    private byte[] rehearsal;
    private volatile Parcel.Packed packed;

    private volatile Output out;
    private volatile Output err;

    /** @param gone told when this JVM has ended */
    ChildJvm(Consumer<ChildJvm> gone) {
        this.gone = gone;
    }

    private static byte[] secret() {
        var secret = new byte[Wire.SECRET_LENGTH];
        RANDOM.nextBytes(secret);
        return secret;
    }

    /** @param idle whether it joins the reserve */
    void launch(Path options, List<String> more, String address, boolean idle) throws IOException {
        process = Launcher.launch(options, more, address);
        outPipe = Output.nameOfPipe(process.pid(), 1);
        errPipe = Output.nameOfPipe(process.pid(), 2);
        if (idle) {
            finishAtExit();
            tell(new byte[0]);
        }
    }

    /** Nobody may be pumping, and somebody else may keep the pipes open. */
    private void finishAtExit() {
        process.onExit().thenRun(() -> {
            if (!finishing.get()) {
                Threads.start("heddle-exit", this::finish);
            }
        });
    }

    /**
     * Writes the child's standard input, which is empty afterwards. Not in the arguments and not in the environment, which others can
     * read. Not through the socket: a fresh JVM that ends soon need not connect.
     */
    private void tell(byte[] start) {
        told = true;
        try (var stdin = process.getOutputStream()) {
            stdin.write(childSecret);
            stdin.write(parentSecret);
            stdin.write(ByteBuffer.allocate(Long.BYTES)
                    .putLong(ProcessHandle.current().pid())
                    .array());
            stdin.write(start);
        } catch (IOException e) {
            // it died at once: its exit code and its standard error tell why
        }
    }

    boolean isKnownBy(byte[] secret) {
        return MessageDigest.isEqual(secret, childSecret);
    }

    Process process() {
        return process;
    }

    /** Null while nobody has made it one. */
    ChildProcess child() {
        return child;
    }

    /** Completed when an idle JVM has rehearsed; exceptionally if it ended before. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    /** The exit code, when the JVM has ended and all its output has been printed. */
    CompletableFuture<Integer> ended() {
        return ended;
    }

    LastLines lastLines() {
        return lastLines;
    }

    synchronized void rehearse(byte[] parcel) {
        rehearsal = parcel;
    }

    /** Makes this JVM be that child. Called once, by the thread whose output the child's output is to be. */
    synchronized void be(ChildProcess child, Member member, Parcel.Packed packed) throws IOException {
        member.is(process);
        this.child = child;
        begin(packed);
        this.member = member;
        pump(child.name(), () -> System.out, () -> System.err);
    }

    /** Makes this JVM run an exercise to its end; nobody sees what it prints. */
    synchronized void train(Parcel.Packed packed) throws IOException {
        begin(packed);
        var nowhere = new PrintStream(OutputStream.nullOutputStream());
        pump("training", () -> nowhere, () -> nowhere);
    }

    /** Guarded by this. */
    private void begin(Parcel.Packed packed) throws IOException {
        this.packed = packed;
        var start = packed.bytes();
        if (wire != null) {
            wire.send(new Message(Message.Kind.START, start));
        } else if (!told && start.length <= SMALL) {
            tell(start);
        } else if (!told) {
            Threads.start("heddle-tell", () -> tell(start)); // it takes until the child reads
        }
    }

    /** Guarded by this. */
    private void pump(String name, Supplier<PrintStream> outTo, Supplier<PrintStream> errTo) {
        out = output(process.getInputStream(), outPipe, outTo);
        err = output(process.getErrorStream(), errPipe, errTo);
        Threads.startForCaller("heddle-out-" + name, out);
        Threads.startForCaller("heddle-err-" + name, err);
        if (rehearsal == null) {
            finishAtExit();
        }
    }

    private Output output(InputStream from, String pipe, Supplier<PrintStream> to) {
        var unmarked = child == null ? null : child.unmarked(from);
        return unmarked == null
                ? new Output(from, pipe, to, Runnable::run, lastLines, this::finish)
                : new Output(unmarked, pipe, to, unmarked, lastLines, this::finish);
    }

    /** Talks to a JVM of the reserve until it is ready. Nobody listens from then on: each word to it would wake the listener, too. */
    void serve(Wire wire) {
        try {
            welcome(wire);
            synchronized (this) {
                this.wire = wire;
                if (packed != null) {
                    wire.send(new Message(Message.Kind.START, packed.bytes()));
                } else {
                    wire.send(new Message(Message.Kind.REHEARSE, rehearsal));
                }
            }
            if (wire.receive() instanceof Message message && message.kind() == Message.Kind.READY) {
                ready.complete(null);
                return;
            }
        } catch (IOException e) {
            // the connection is gone, and with it, by its own rule, the child
        }
        wire.close();
        finish();
    }

    /** Answers a child's questions until it has no more. */
    void answer(Wire wire) {
        try {
            welcome(wire);
            while (wire.receive() instanceof Message message) {
                if (message.kind() != Message.Kind.CLASS_WANTED) {
                    throw new IOException("a child does not say " + message.kind());
                }
                wire.send(classFile(message.text()));
            }
        } catch (IOException e) {
            // the connection is gone, and with it, by its own rule, the child
        }
        wire.close();
    }

    private void welcome(Wire wire) throws IOException {
        wire.send(new Message(Message.Kind.WELCOME, parentSecret));
    }

    /** Without a lock: whoever sends a large task holds one until the child reads, and first the child may wait for this. */
    private Message classFile(String name) {
        var packed = this.packed;
        var found = packed == null ? null : packed.classFile(name);
        if (found == null) {
            found = Loaders.classFile(name); // of a value that came to it later
        }
        return found == null ? Message.of(Message.Kind.CLASS_MISSING) : new Message(Message.Kind.CLASS_FOUND, found);
    }

    private void finish() {
        if (!finishing.compareAndSet(false, true)) {
            return;
        }
        try {
            var code = exitCode(process().waitFor());
            synchronized (this) { // it may be about to be somebody
                if (wire != null) {
                    wire.close();
                }
            }
            ready.completeExceptionally(new IOException("the child process ended"));
            if (member != null) {
                member.bury(code);
            }
            for (var output : outputs()) {
                if (!output.delivered().await(STRAGGLERS_MS, TimeUnit.MILLISECONDS)) {
                    output.endAfterWhatIsThere();
                    output.delivered().await();
                }
            }
            lastLines.end();
            gone.accept(this);
            ended.complete(code);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the threads of this library", e);
        }
    }

    private List<Output> outputs() {
        return Stream.of(out, err).filter(output -> output != null).toList();
    }

    /** Waits for the end and the last output. */
    void join() throws InterruptedException {
        process().waitFor();
        for (var output : outputs()) {
            output.delivered().await();
        }
        if (member != null) {
            member.awaitBuried(Waiting.FOREVER);
        }
    }

    boolean join(Duration atMost) throws InterruptedException {
        var deadlineNs = System.nanoTime() + atMost.toNanos();
        if (!process().waitFor(atMost)) {
            return false;
        }
        for (var output : outputs()) {
            if (!output.delivered().await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return false;
            }
        }
        return member == null || member.awaitBuried(deadlineNs - System.nanoTime());
    }

    /** The exit code as Python has it, or null before the end. */
    Integer exitCode() {
        var process = process();
        return process.isAlive() ? null : exitCode(process.exitValue());
    }

    /** A death by signal n is 128 + n in Java and -n here. */
    private static int exitCode(int value) {
        return value > 128 && value <= 128 + 64 ? 128 - value : value;
    }

    /** Sends SIGTERM, or SIGKILL, to the process and all below it, from the top down. */
    void signal(boolean kill) {
        // not Process.destroy, which closes the streams and so loses the last output
        var handle = process().toHandle();
        var tree = Stream.concat(Stream.of(handle), handle.descendants()).toList();
        for (var each : tree) {
            if (kill) {
                each.destroyForcibly();
            } else {
                each.destroy();
            }
        }
    }

    /** Ends an idle JVM: at the end of its connection it goes by itself. */
    synchronized void dismiss() {
        if (wire != null) {
            wire.close();
        }
        process.toHandle().destroyForcibly();
    }
}
