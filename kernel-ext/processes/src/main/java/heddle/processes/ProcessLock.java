package heddle.processes;

/**
 * A lock that excludes the threads of all processes from each other.
 *
 * {@snippet :
 * var lock = new ProcessLock();
 * new ChildProcess(() -> {
 *             try (var _ = lock.hold()) {
 *                 System.out.println("nobody else prints now");
 *             }
 *         })
 *         .start();
 * }
 *
 * <p>It is not reentrant: a thread that locks it twice waits for itself. Any thread of any process may unlock it. When the process that holds it
 * ends, however it ends, the lock is handed on, and {@link #abandonedBy} tells who left it: what it protects may then be half changed.
 * Follows Python's {@code multiprocessing.Lock}; {@link ProcessReentrantLock} follows {@code RLock}.
 */
public final class ProcessLock extends AbstractProcessLock {
    private static final long serialVersionUID = 1;

    /** What {@link #hold} gives: closing it gives up what is held. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A lock that nobody holds.
     *
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public ProcessLock() {
        this(Place.make(Kind.LOCK, LENGTH));
    }

    ProcessLock(Place place) {
        super(place);
    }

    @Override
    public boolean tryLock() {
        return tryLockWord();
    }

    /** @throws IllegalMonitorStateException if nobody holds it */
    @Override
    public void unlock() {
        checkOpen();
        if (holder() == 0) {
            throw new IllegalMonitorStateException("this ProcessLock is not locked");
        }
        unlockWord();
    }

    @Override
    void locked() {}

    @Override
    void checkHeld() {
        if (holder() != self()) {
            throw new IllegalMonitorStateException("this process does not hold the ProcessLock; lock it first");
        }
    }

    @Override
    int unlockAll() {
        unlockWord();
        return 1;
    }

    @Override
    void lockAgain(int times) {
        lockWordAgain();
    }
}
