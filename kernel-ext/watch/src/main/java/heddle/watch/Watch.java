package heddle.watch;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Watches threads at work and draws what they do.
 *
 * {@snippet :
 * var seen = Watch.threads(() -> {
 *     var egon = Thread.ofPlatform().name("egon").start(() -> work());
 *     egon.join();
 * });
 * seen.lane("egon").blocked()
 * }
 *
 * The picture goes to the {@linkplain #screen screen} and moves while the threads do; what is returned are the facts, for code to ask.
 */
public final class Watch {

    /** What is watched. */
    @FunctionalInterface
    public interface Block<X extends Exception> {
        void run() throws X;
    }

    // The one place of the module that holds state: what the extension set, and the watch that start() began.
    private static volatile Screen screen = first -> newer -> {};
    private static volatile Language language = Language.ENGLISH;
    private static volatile Supplier<String> title = () -> "";
    private static volatile Supplier<Map<String, ?>> names = Map::of;
    private static volatile Predicate<StackTraceElement[]> idle = frames -> false;
    private static final AtomicReference<Session> STARTED = new AtomicReference<>();

    private Watch() {}

    /** Sets where pictures go from the next watch on. Without a screen, pictures are only made on {@link Timeline#picture}. */
    public static void screen(Screen screen) {
        Watch.screen = Objects.requireNonNull(screen);
    }

    /** Sets the language of the pictures' words: {@code "zh"} or {@code "en"}. */
    public static void language(String tag) {
        language = Language.of(tag);
    }

    /** Sets who says, when a watch begins, what it watches, such as {@code Cell 12}. */
    public static void title(Supplier<String> title) {
        Watch.title = Objects.requireNonNull(title);
    }

    /**
     * Sets who knows the names of objects, so that a lock can be called what the learner calls it: variable names and their values. Asked while
     * threads wait for locks, by a thread of the watch; must not block.
     */
    public static void names(Supplier<Map<String, ?>> names) {
        Watch.names = Objects.requireNonNull(names);
    }

    /**
     * Sets who says, of the stack of the thread that asked for a watch, the topmost frame first, that this thread does nothing that is watched:
     * it has given the control back to whoever calls the watched code piece by piece. Its lane is empty then. Asked by a thread of the watch;
     * must not block.
     */
    public static void idle(Predicate<StackTraceElement[]> idle) {
        Watch.idle = Objects.requireNonNull(idle);
    }

    /**
     * Runs the block on the calling thread and watches this thread and those that begin meanwhile. Watches may nest and may run beside each other;
     * each has its picture.
     *
     * @return what was seen
     * @throws X what the block threw, after the final picture
     */
    public static <X extends Exception> Timeline threads(Block<X> block) throws X {
        Objects.requireNonNull(block);
        var session = newSession();
        session.begin();
        try {
            block.run();
        } finally {
            session.end();
        }
        return session.timeline();
    }

    /**
     * Begins a watch of the calling thread and of those that begin from now on; {@link #stop} ends it.
     *
     * @throws IllegalStateException when an earlier {@code start} has not been stopped yet
     */
    public static void start() {
        var session = newSession();
        var earlier = STARTED.compareAndExchange(null, session);
        if (earlier != null) {
            throw new IllegalStateException("A watch is running already" + earlier.titleInBrackets()
                    + ". End it with Watch.stop(), then start the next.");
        }
        var begun = false;
        try {
            session.begin();
            begun = true;
        } finally {
            if (!begun) {
                STARTED.compareAndSet(session, null);
            }
        }
    }

    /**
     * Ends the watch that {@link #start} began.
     *
     * @return what was seen
     * @throws IllegalStateException when there is none
     */
    public static Timeline stop() {
        var session = STARTED.getAndSet(null);
        if (session == null) {
            throw new IllegalStateException("No watch is running. Begin one with Watch.start().");
        }
        session.end();
        return session.timeline();
    }

    private static Session newSession() {
        return new Session(Thread.currentThread(), title.get(), language, screen, names, idle);
    }
}
