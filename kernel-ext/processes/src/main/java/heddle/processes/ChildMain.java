package heddle.processes;

import heddle.processes.memory.KeptInterrupt;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The main class of every child process. Started by {@link ChildProcess#start()}, not by hand.
 *
 * <p>Here, and in what a child runs before its task, there is no lambda: linking the first ones takes a fresh JVM longer than all the rest.
 */
public final class ChildMain implements ShippedClasses.Source {
    /** A child that ends before neither connects to its parent nor listens to it, which would take it as long as the rest of its life. */
    private static final long YOUNG_MS = 200;

    private static final long LOOK_FOR_PARENT_MS = 250;
    private static final long LET_GO_MS = 1000;
    private static final long SWEEP_MS = 1000;

    private final String address;
    private final long parentPid;
    private final byte[] childSecret;
    private final byte[] parentSecret;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch stoodBack = new CountDownLatch(1);
    private final ReentrantLock asking = new ReentrantLock();

    // guarded by this
    /** The connection whose end is the parent's end. */
    private Wire wire;
    /** Whether the watching thread may be inside a system call. */
    private boolean listens;

    private boolean ending;

    /** Guarded by asking. */
    private Wire questions;

    private ChildMain(String address, long parentPid, byte[] secrets) {
        this.address = address;
        this.parentPid = parentPid;
        childSecret = Arrays.copyOf(secrets, Wire.SECRET_LENGTH);
        parentSecret = Arrays.copyOfRange(secrets, Wire.SECRET_LENGTH, secrets.length);
    }

    /**
     * @param arguments where the parent listens; its process id and the secrets that prove each to the other come on standard input, and with them what to do,
     *     unless this is to wait in the reserve
     */
    public static void main(String[] arguments) throws Exception {
        var secrets = System.in.readNBytes(2 * Wire.SECRET_LENGTH);
        var pid = System.in.readNBytes(Long.BYTES);
        if (arguments.length != 1 || pid.length != Long.BYTES) {
            System.err.println("heddle.processes.ChildMain is started by ChildProcess.start(), not by hand.");
            System.exit(2);
        }
        var start = System.in.readAllBytes();
        new ChildMain(arguments[0], ByteBuffer.wrap(pid).getLong(), secrets).run(start);
    }

    private void run(byte[] start) throws Exception {
        Threads.start("heddle-parent", new Watch());
        var letGo = new LetGo();
        Runtime.getRuntime().addShutdownHook(letGo);
        Thread.currentThread().setUncaughtExceptionHandler(new Report());
        var child = become(start.length > 0 ? start : receiveStart(), this);
        started.countDown();
        child.run();
        if (isAlone()) {
            letGoHere(letGo);
        }
    }

    /** Whether this JVM ends when the calling thread does. */
    private static boolean isAlone() {
        for (var thread : Threads.all()) {
            if (!thread.isDaemon() && thread != Thread.currentThread()) {
                return false;
            }
        }
        return true;
    }

    /** Does without the shutdown hook, which would need a thread of its own. */
    private void letGoHere(LetGo hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // a daemon thread called System.exit: the hook is at it
        }
        Thread.interrupted(); // the task's affair, and the task is over
        letGo();
    }

    private ChildProcess become(byte[] bytes, ShippedClasses.Source source) throws IOException, ClassNotFoundException {
        var parcel = Parcel.fromBytes(bytes);
        for (var setting : parcel.settings().entrySet()) {
            System.setProperty(setting.getKey(), setting.getValue());
        }
        Self.become(parcel.identity());
        return parcel.unpack(source);
    }

    /** In the reserve. */
    private byte[] receiveStart() throws Exception {
        try {
            var parent = connect(Message.Kind.IDLE);
            synchronized (this) {
                wire = parent;
            }
            while (parent.receive() instanceof Message message) {
                switch (message.kind()) {
                    case START -> {
                        return message.body();
                    }
                    case REHEARSE -> {
                        become(message.body(), this).run();
                        // nobody has this; looking for it opens every jar of the class path
                        ClassLoader.getSystemClassLoader().getResource("heddle/processes/nobody");
                        isAlone();
                        rehearseEnd();
                        parent.send(Message.of(Message.Kind.READY));
                    }
                    default -> throw new IOException("a parent does not begin with " + message.kind());
                }
            }
        } catch (IOException e) {
            // the parent has ended
        }
        endAfterParent();
        throw new AssertionError();
    }

    /** A question, and what a connection's end is to somebody who listens. */
    private void rehearseEnd() throws IOException, InterruptedException {
        if (ask("heddle.processes.Nobody") != null) {
            throw new IOException("the parent has a class that there is not");
        }
        var listener = Threads.start("heddle-rehearsal", new Runnable() {
            @Override
            public void run() {
                try {
                    questions.receive();
                } catch (IOException e) {
                    // closed
                }
            }
        });
        questions.close();
        listener.join();
        questions = null;
    }

    /** @throws IOException if the parent has ended, or who listens there is somebody else */
    private Wire connect(Message.Kind as) throws IOException {
        var connected = Wire.connect(address);
        connected.send(new Message(as, childSecret));
        var answer = connected.receive(Wire.SECRET_LENGTH);
        if (answer == null
                || answer.kind() != Message.Kind.WELCOME
                || !MessageDigest.isEqual(answer.body(), parentSecret)) {
            connected.close();
            throw new IOException("whoever listens there is not the parent");
        }
        return connected;
    }

    /** Ends this process when its parent ends, however that was. */
    private final class Watch implements Runnable {
        @Override
        public void run() {
            try {
                started.await();
                if (begins()) {
                    listen();
                }
                stoodBack.countDown();
                do {
                    rest();
                } while (ChildProcess.parentPid() == parentPid);
            } catch (IOException | InterruptedException | RuntimeException e) {
                // the connection is gone, and nobody else could have ended it
            } finally {
                endAfterParent();
            }
        }
    }

    /** Who was killed could not remove its directories: that is for those who are there to notice it. */
    private void endAfterParent() {
        try {
            Threads.start("heddle-sweep", new Sweep()).join(SWEEP_MS);
        } catch (InterruptedException e) {
            // then the next program sweeps
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }

    private final class Sweep implements Runnable {
        @Override
        public void run() {
            try {
                while (ChildProcess.parentPid() == parentPid) { // its directories are its own until it is really gone
                    Thread.sleep(1);
                }
                RuntimeDirectory.removeOwn();
                Nursery.sweep();
            } catch (InterruptedException e) {
                // nobody does
            }
        }
    }

    /** Not Thread.sleep, which would load a class more while this process ends. */
    private synchronized void rest() throws InterruptedException {
        wait(LOOK_FOR_PARENT_MS);
    }

    /** Whether there is still something to listen for when this process is no longer young. */
    private synchronized boolean begins() throws InterruptedException {
        var deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(YOUNG_MS);
        for (var waitNs = 1L; waitNs > 0 && !ending; waitNs = deadlineNs - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, waitNs);
        }
        listens = !ending;
        return listens;
    }

    /** Returns when this process is ending. */
    private void listen() throws IOException {
        Wire parent;
        synchronized (this) {
            parent = wire;
        }
        if (parent == null) {
            parent = connect(Message.Kind.HELLO);
        }
        synchronized (this) {
            if (ending) {
                parent.close();
                return;
            }
            wire = parent;
        }
        try {
            throw new IOException(parent.receive() == null ? "the parent has ended" : "a parent says nothing more");
        } catch (IOException e) {
            synchronized (this) {
                if (ending) {
                    return;
                }
            }
            throw e;
        }
    }

    /**
     * A JVM that ends waits up to 300 ms for a thread that is inside a system call, as a thread that listens to a socket always is. So
     * that one stops listening while the shutdown hooks run. Only then the parent's death has to be looked for.
     */
    private void letGo() {
        synchronized (this) {
            ending = true;
            if (!listens) {
                return;
            }
            if (wire != null) {
                wire.close();
            }
        }
        try {
            stoodBack.await(LET_GO_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // then the end takes a little longer
        }
    }

    private final class LetGo extends Thread {
        LetGo() {
            super(null, null, "heddle-bye", 0, false);
        }

        @Override
        public void run() {
            letGo();
        }
    }

    /** Loading a class cannot be interrupted; the interrupt is kept for the task. */
    @Override
    public byte[] classFile(String name) {
        asking.lock();
        try (var interrupt = new KeptInterrupt()) {
            while (true) {
                interrupt.keep();
                try {
                    return ask(name);
                } catch (ClosedByInterruptException e) {
                    questions = null;
                } catch (IOException e) {
                    return null; // the parent has ended, and this process is about to
                }
            }
        } finally {
            asking.unlock();
        }
    }

    /** On a connection of its own, so that it can be had as long as this process lives. */
    private byte[] ask(String name) throws IOException {
        if (questions == null) {
            questions = connect(Message.Kind.HELLO);
        }
        questions.send(Message.of(Message.Kind.CLASS_WANTED, name));
        var answer = questions.receive();
        return answer != null && answer.kind() == Message.Kind.CLASS_FOUND ? answer.body() : null;
    }

    /** What Python prints when the target of a process raises. */
    private static final class Report implements Thread.UncaughtExceptionHandler {
        @Override
        public void uncaughtException(Thread main, Throwable failure) {
            hideLibrary(failure);
            var text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            System.err.print("Process " + Self.identity().name() + ":" + System.lineSeparator() + text);
            System.err.flush();
        }
    }

    /** The frames below the task are the same for every child and tell nothing. */
    private static void hideLibrary(Throwable failure) {
        for (var each = failure; each != null; each = each.getCause()) {
            var frames = each.getStackTrace();
            var kept = frames.length;
            while (kept > 0 && isLibrary(frames[kept - 1].getClassName())) {
                kept--;
            }
            if (kept > 0) {
                each.setStackTrace(Arrays.copyOf(frames, kept));
            }
        }
    }

    private static boolean isLibrary(String name) {
        return name.equals(ChildMain.class.getName())
                || name.startsWith(ChildProcess.class.getName())
                || name.equals(Travelled.class.getName())
                || name.startsWith("java.lang.reflect.")
                || name.startsWith("jdk.internal.reflect.")
                || name.startsWith("java.lang.invoke.");
    }
}
