package heddle.processes;

import heddle.processes.memory.KeptInterrupt;
import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/**
 * What {@link ProcessLock} and {@link ProcessReentrantLock} have in common: in shared memory they are the same.
 *
 * <pre>
 *    0 word of the {@link Mutex}   4 number of the process that ended while it held the lock, until the next unlock
 * </pre>
 */
abstract sealed class AbstractProcessLock extends SharedObject implements Lock
        permits ProcessLock, ProcessReentrantLock {
    private static final long serialVersionUID = 1;

    private static final int WORD = Place.HEAD_LENGTH;
    private static final int ABANDONED_BY = WORD + 4;
    static final int LENGTH = 8;

    private final transient ProcessLock.Held held = new Hold();
    /** Those made here end with the lock. Guarded by itself. */
    private final transient List<ProcessCondition> conditions = new ArrayList<>(0);

    AbstractProcessLock(Place place) {
        super(place);
    }

    /** A class of its own, as a lambda would cost a fresh JVM milliseconds. */
    private final class Hold implements ProcessLock.Held {
        @Override
        public void close() {
            unlock();
        }
    }

    /** Locks, for a {@code try} statement that unlocks. */
    public final ProcessLock.Held hold() {
        lock();
        return held;
    }

    /** Locks; waits for it as long as need be, also when the thread is interrupted. */
    @Override
    public final void lock() {
        if (tryLock()) {
            return;
        }
        try (var interrupt = new KeptInterrupt()) {
            while (!lockUntil(Waiting.FOREVER)) {
                interrupt.keep();
            }
        }
    }

    @Override
    public final void lockInterruptibly() throws InterruptedException {
        tryLock(Waiting.FOREVER, TimeUnit.NANOSECONDS);
    }

    /** @throws IllegalArgumentException if the time is negative */
    @Override
    public final boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        if (time < 0) {
            throw new IllegalArgumentException("the time to wait for a lock must not be negative: " + time);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (tryLock()) {
            return true;
        }
        var locked = lockUntil(Waiting.deadline(unit.toNanos(time)));
        if (!locked && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return locked;
    }

    private boolean lockUntil(long deadlineNs) {
        checkOpen();
        var locked = Mutex.lock(memory, WORD, self(), deadlineNs);
        passOnIfClosed(locked);
        if (locked) {
            locked();
        }
        return locked;
    }

    /** It may have been closed between the look and the locking: then the next who waits must see that too. */
    private void passOnIfClosed(boolean locked) {
        if (isClosed()) {
            if (locked) {
                Mutex.unlock(memory, WORD);
            }
            checkOpen();
        }
    }

    /** For one who waited for a condition. */
    final void lockWordAgain() {
        Mutex.lockAgain(memory, WORD, self());
        passOnIfClosed(true);
    }

    final boolean tryLockWord() {
        checkOpen();
        var locked = Mutex.tryLock(memory, WORD, self());
        passOnIfClosed(locked);
        return locked;
    }

    final void unlockWord() {
        if (Words.getInt(memory, ABANDONED_BY) != 0) {
            Words.setInt(memory, ABANDONED_BY, 0);
        }
        Mutex.unlock(memory, WORD);
    }

    /** The number of the process that holds it, or 0. */
    final int holder() {
        return Mutex.holder(memory, WORD);
    }

    /** Whether somebody holds it just now. */
    public final boolean isLocked() {
        checkOpen();
        return holder() != 0;
    }

    /**
     * The process that ended while it held this lock, if that is how the lock came to its present holder; else null. Unlocking forgets it.
     */
    public final ProcessEnd abandonedBy() {
        checkOpen();
        return end(Words.getInt(memory, ABANDONED_BY));
    }

    /** A new condition of this lock. It travels like the lock itself, and ends with it. */
    @Override
    public final ProcessCondition newCondition() {
        checkOpen();
        var condition = new ProcessCondition(this);
        synchronized (conditions) {
            conditions.add(condition);
        }
        return condition;
    }

    // ---- what differs

    /** Called when this thread has just locked it, having waited. */
    abstract void locked();

    /** @throws IllegalMonitorStateException if the caller does not hold it */
    abstract void checkHeld();

    /**
     * Unlocks, however often it is locked.
     *
     * @return how often that was
     */
    abstract int unlockAll();

    /** Locks it again as often as {@link #unlockAll} said. */
    abstract void lockAgain(int times);

    @Override
    final void bury(int dead) {
        if (holder() == dead) {
            Words.setInt(memory, ABANDONED_BY, dead);
        }
        Mutex.bury(memory, WORD, dead);
    }

    @Override
    final void closing() {
        Mutex.bury(memory, WORD, holder());
        List<ProcessCondition> made;
        synchronized (conditions) {
            made = List.copyOf(conditions);
        }
        for (var condition : made) {
            condition.close();
        }
    }

    /** Whether it is locked, and by which process, with its name and pid. */
    @Override
    public String toString() {
        var holder = isClosed() ? 0 : holder();
        if (holder == 0) {
            return isClosed() ? super.toString() : type() + "[unlocked]";
        }
        var entry = tree().census().entry(holder);
        return type() + "[locked by "
                + (entry == null ? "a process that has ended" : entry.name() + ", pid " + entry.pid() + thread(holder))
                + "]";
    }

    /** What is known here of the thread that holds it: ", thread NAME", or nothing. */
    String thread(int holder) {
        return "";
    }
}
