package heddle.processes;

/**
 * A lock that excludes the threads of all processes from each other, and that the thread which holds it may lock again.
 *
 * {@snippet :
 * var lock = new ProcessReentrantLock();
 * new ChildProcess(() -> {
 *             try (var _ = lock.hold();
 *                     var _ = lock.hold()) {
 *                 System.out.println(lock.getHoldCount()); // 2
 *             }
 *         })
 *         .start();
 * }
 *
 * <p>Only the thread that holds it may unlock it, as often as it locked it. When its process ends, however it ends, the lock is handed on at
 * once, and {@link #abandonedBy} tells who left it: what it protects may then be half changed. Follows Python's {@code multiprocessing.RLock}
 * and Java's {@link java.util.concurrent.locks.ReentrantLock}.
 */
public final class ProcessReentrantLock extends AbstractProcessLock {
    private static final long serialVersionUID = 1;

    /**
     * The thread of this process that holds it. Written by that thread alone, while it does; so a thread that finds itself here does hold it.
     * No other process needs to know, and what a dead process knew dies with it.
     */
    private transient Thread owner;

    private transient int holds;

    /**
     * A lock that nobody holds.
     *
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public ProcessReentrantLock() {
        this(Place.make(Kind.REENTRANT_LOCK, LENGTH));
    }

    ProcessReentrantLock(Place place) {
        super(place);
    }

    @Override
    public boolean tryLock() {
        if (isHeldByCurrentThread()) {
            checkOpen();
            holds = Math.addExact(holds, 1);
            return true;
        }
        if (!tryLockWord()) {
            return false;
        }
        locked();
        return true;
    }

    /** @throws IllegalMonitorStateException if the calling thread does not hold it */
    @Override
    public void unlock() {
        checkOpen();
        checkHeld();
        if (--holds == 0) {
            owner = null;
            unlockWord();
        }
    }

    /** Whether the calling thread holds it. */
    public boolean isHeldByCurrentThread() {
        return owner == Thread.currentThread();
    }

    /** How often the calling thread has locked it and not unlocked it yet. */
    public int getHoldCount() {
        return isHeldByCurrentThread() ? holds : 0;
    }

    @Override
    void locked() {
        owner = Thread.currentThread();
        holds = 1;
    }

    @Override
    void checkHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException(
                    "this thread does not hold the ProcessReentrantLock; only the thread that locked it may do this");
        }
    }

    @Override
    int unlockAll() {
        var times = holds;
        owner = null;
        unlockWord();
        return times;
    }

    @Override
    void lockAgain(int times) {
        lockWordAgain();
        locked();
        holds = times;
    }

    @Override
    String thread(int holder) {
        var owner = this.owner;
        return holder == self() && owner != null ? ", thread " + owner.getName() : "";
    }
}
