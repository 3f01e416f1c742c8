package heddle.processes;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

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
public final class ProcessLock extends SharedObject implements Lock {
    private static final long serialVersionUID = 1;

    private static final int WORD = Place.HEAD_LENGTH;
    private static final int ABANDONED_BY = WORD + 4;
    static final int LENGTH = 8;

    /** What {@link #hold} gives: closing it unlocks. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    public ProcessLock() {
        this(Place.make(Kind.LOCK, LENGTH));
    }

    ProcessLock(Place place) {
        super(place);
    }

    /** Locks, for a {@code try} statement that unlocks. */
    public Held hold() {
        lock();
        return this::unlock;
    }

    /** Locks; waits for it as long as need be, also when the thread is interrupted. */
    @Override
    public void lock() {
        var interrupted = false;
        while (!tryLockUntil(Waiting.FOREVER)) {
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        tryLock(Waiting.FOREVER, TimeUnit.NANOSECONDS);
    }

    @Override
    public boolean tryLock() {
        checkOpen();
        return Mutex.tryLock(memory, WORD, self());
    }

    /** @throws IllegalArgumentException if the time is negative */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        if (time < 0) {
            throw new IllegalArgumentException("the time to wait for a lock must not be negative: " + time);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var locked = tryLockUntil(Waiting.deadline(unit.toNanos(time)));
        if (!locked && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return locked;
    }

    private boolean tryLockUntil(long deadlineNs) {
        checkOpen();
        var locked = Mutex.lock(memory, WORD, self(), deadlineNs);
        checkOpen();
        return locked;
    }

    /** @throws IllegalMonitorStateException if nobody holds it */
    @Override
    public void unlock() {
        checkOpen();
        if (Mutex.holder(memory, WORD) == 0) {
            throw new IllegalMonitorStateException("this ProcessLock is not locked");
        }
        Words.setInt(memory, ABANDONED_BY, 0);
        Mutex.unlock(memory, WORD);
    }

    /** Whether somebody holds it just now. */
    public boolean isLocked() {
        checkOpen();
        return Mutex.holder(memory, WORD) != 0;
    }

    /**
     * The process that ended while it held this lock, if that is how the lock came to its present holder; else null. Unlocking forgets it.
     */
    public ProcessEnd abandonedBy() {
        checkOpen();
        return end(Words.getInt(memory, ABANDONED_BY));
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException();
    }

    @Override
    void bury(int dead) {
        if (Mutex.holder(memory, WORD) == dead) {
            Words.setInt(memory, ABANDONED_BY, dead);
        }
        Mutex.bury(memory, WORD, dead);
    }

    @Override
    void closing() {
        Mutex.bury(memory, WORD, Mutex.holder(memory, WORD));
    }
}
