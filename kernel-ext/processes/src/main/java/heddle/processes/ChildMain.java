package heddle.processes;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The main class of every child process. Started by {@link ChildProcess#start()}, not by hand.
 *
 * <p>Here, and in what a child runs before its task, there is no lambda: linking the first ones takes a fresh JVM longer than all the rest.
 */
public final class ChildMain implements ShippedClasses.Source {
    private static final long LOOK_FOR_PARENT_MS = 250;
    private static final long LET_GO_MS = 1000;

    /** An exercise needs no class of the parent's. */
    private static final ShippedClasses.Source NOBODY = new ShippedClasses.Source() {
        @Override
        public byte[] classFile(String name) {
            return null;
        }
    };

    private final Wire wire;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch stoodBack = new CountDownLatch(1);
    private final SynchronousQueue<Message> answers = new SynchronousQueue<>();
    private final ReentrantLock asking = new ReentrantLock();
    /** Of the watching thread alone. */
    private boolean standsBack;
    /** Guarded by this. */
    private int unanswered;

    private ChildMain(Wire wire) {
        this.wire = wire;
    }

    /** @param arguments where the parent listens; the secrets that prove each to the other come on standard input */
    public static void main(String[] arguments) throws Exception {
        var secrets = System.in.readNBytes(2 * Wire.SECRET_LENGTH);
        if (arguments.length != 1 || secrets.length != 2 * Wire.SECRET_LENGTH) {
            System.err.println("heddle.processes.ChildMain is started by ChildProcess.start(), not by hand.");
            System.exit(2);
        }
        ChildMain main;
        Message first;
        try {
            main = new ChildMain(Wire.connect(arguments[0]));
            main.wire.send(new Message(Message.Kind.HELLO, Arrays.copyOf(secrets, Wire.SECRET_LENGTH)));
            first = main.wire.receive(Wire.SECRET_LENGTH);
        } catch (IOException e) {
            Runtime.getRuntime().halt(1); // the parent has ended
            return;
        }
        var expected = Arrays.copyOfRange(secrets, Wire.SECRET_LENGTH, secrets.length);
        if (first == null || first.kind() != Message.Kind.WELCOME || !MessageDigest.isEqual(first.body(), expected)) {
            Runtime.getRuntime().halt(1); // it is somebody else
        }
        main.run();
    }

    private void run() throws Exception {
        Threads.start("heddle-parent", new Watch());
        var letGo = new LetGo();
        Runtime.getRuntime().addShutdownHook(letGo);
        Thread.currentThread().setUncaughtExceptionHandler(new Report());
        var parcel = receiveStart();
        var child = become(parcel, this);
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
    private static void letGoHere(LetGo letGo) {
        try {
            Runtime.getRuntime().removeShutdownHook(letGo);
        } catch (IllegalStateException e) {
            return; // a daemon thread called System.exit: the hook is at it
        }
        Thread.interrupted(); // the task's affair, and the task is over
        letGo.run();
    }

    private ChildProcess become(byte[] bytes, ShippedClasses.Source source) throws IOException, ClassNotFoundException {
        var parcel = Parcel.fromBytes(bytes);
        for (var setting : parcel.settings().entrySet()) {
            System.setProperty(setting.getKey(), setting.getValue());
        }
        Self.become(parcel.identity());
        return parcel.unpack(source);
    }

    private byte[] receiveStart() throws Exception {
        try {
            while (wire.receive() instanceof Message message) {
                switch (message.kind()) {
                    case START -> {
                        return message.body();
                    }
                    case REHEARSE -> {
                        become(message.body(), NOBODY).run();
                        // nobody has this; looking for it opens every jar of the class path
                        ClassLoader.getSystemClassLoader().getResource("heddle/processes/nobody");
                        isAlone();
                        wire.send(Message.of(Message.Kind.READY));
                    }
                    default -> throw new IOException("a parent does not begin with " + message.kind());
                }
            }
        } catch (IOException e) {
            // the parent has ended
        }
        Runtime.getRuntime().halt(1);
        throw new AssertionError();
    }

    /** Passes answers on, and ends this process when its parent ends, however that was. */
    private final class Watch implements Runnable {
        @Override
        public void run() {
            try {
                var parent = ChildProcess.parentPid();
                started.await();
                while (mayListen(parent) && wire.receive() instanceof Message message) {
                    if (message.kind() == Message.Kind.BYE) {
                        standsBack = true;
                    } else {
                        synchronized (ChildMain.this) {
                            unanswered--;
                        }
                        answers.put(message);
                    }
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                // the connection is gone, and nobody else could have ended it
            } finally {
                Runtime.getRuntime().halt(1);
            }
        }
    }

    /**
     * A JVM that ends waits up to 300 ms for a thread that is inside a system call, as a thread that listens to a socket always is. So
     * it stops listening while the shutdown hooks run, except for answers to questions of theirs. Only then the parent's death has to be
     * looked for.
     */
    private synchronized boolean mayListen(long parent) throws InterruptedException {
        if (standsBack) {
            stoodBack.countDown();
            while (unanswered == 0) {
                wait(LOOK_FOR_PARENT_MS);
                if (ChildProcess.parentPid() != parent) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The shutdown hook that tells the parent. */
    private final class LetGo extends Thread {
        LetGo() {
            super(null, null, "heddle-bye", 0, false);
        }

        @Override
        public void run() {
            try {
                wire.send(Message.of(Message.Kind.ENDING));
                stoodBack.await(LET_GO_MS, TimeUnit.MILLISECONDS);
            } catch (IOException | InterruptedException e) {
                // then the end takes a little longer
            }
        }
    }

    @Override
    public byte[] classFile(String name) {
        asking.lock();
        try {
            started.countDown(); // the task itself may be what lacks a class
            synchronized (this) {
                unanswered++;
                notifyAll();
            }
            wire.send(Message.of(Message.Kind.CLASS_WANTED, name));
            var answer = takeAnswer();
            return answer.kind() == Message.Kind.CLASS_FOUND ? answer.body() : null;
        } catch (IOException e) {
            return null; // this process is about to end
        } finally {
            asking.unlock();
        }
    }

    /** Loading a class cannot be interrupted; the interrupt is kept for the task. */
    private Message takeAnswer() {
        var interrupted = false;
        try {
            while (true) {
                try {
                    return answers.take();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
