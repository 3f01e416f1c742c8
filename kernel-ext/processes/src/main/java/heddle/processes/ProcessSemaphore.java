package heddle.processes;

import static heddle.processes.SemaphoreDescriptor.*;

import heddle.processes.memory.KeptInterrupt;
import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * A number of permits that the threads of all processes acquire and release.
 *
 * {@snippet :
 * var two = new ProcessSemaphore(2); // at most two at a time
 * new ChildProcess(() -> {
 *             try (var _ = two.hold()) {
 *                 System.out.println(two.availablePermits()); // 1
 *             }
 *         })
 *         .start();
 * }
 *
 * <p>Whoever likes may release, also who has not acquired: a semaphore that begins with 0 permits is a signal. What a process has acquired and
 * not released when it ends, however it ends, is given back, as far as all permits, free and held, are then not more than
 * there were in the beginning; so a signal gives nothing back. Waiting threads get permits in no particular order. Follows Python's
 * {@code multiprocessing.Semaphore} and {@code BoundedSemaphore}, with the methods of {@link java.util.concurrent.Semaphore}.
 */
public final class ProcessSemaphore extends SharedObject {
    private static final long serialVersionUID = 1;

    private final transient ProcessLock.Held held = new Hold();

    /**
     * A semaphore with so many permits to begin with.
     *
     * @throws IllegalArgumentException if {@code permits} is negative
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public ProcessSemaphore(int permits) {
        this(permits, false);
    }

    private ProcessSemaphore(int permits, boolean bounded) {
        this(Place.make(Kind.SEMAPHORE, checked(permits)));
        memory.set(ValueLayout.JAVA_INT, INITIAL, permits);
        memory.set(ValueLayout.JAVA_INT, BOUNDED, bounded ? 1 : 0);
        Words.setInt(memory, PERMITS, permits);
    }

    ProcessSemaphore(Place place) {
        super(place);
    }

    private static int checked(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException("a ProcessSemaphore cannot begin with " + permits + " permits");
        }
        return LENGTH;
    }

    /** One that never has more permits than in the beginning: {@link #release} beyond that is refused. */
    public static ProcessSemaphore bounded(int permits) {
        return new ProcessSemaphore(permits, true);
    }

    private final class Hold implements ProcessLock.Held {
        @Override
        public void close() {
            release();
        }
    }

    /** Acquires a permit, also when the thread is interrupted, for a {@code try} statement that releases it. */
    public ProcessLock.Held hold() {
        acquireUninterruptibly();
        return held;
    }

    // ---- acquiring

    /** Acquires a permit, waiting for it if need be. */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /** Acquires so many permits at once, waiting for them if need be. */
    public void acquire(int permits) throws InterruptedException {
        tryAcquire(permits, Waiting.FOREVER, TimeUnit.NANOSECONDS);
    }

    /** As {@link #acquire()}; an interrupt does not end the waiting, and is not forgotten. */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /** As {@link #acquire(int)}; an interrupt does not end the waiting, and is not forgotten. */
    public void acquireUninterruptibly(int permits) {
        try (var interrupt = new KeptInterrupt()) {
            while (!acquireUntil(wanted(permits), Waiting.FOREVER)) {
                interrupt.keep();
            }
        }
    }

    /** Acquires a permit if one is free just now, and says whether it did. */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /** Acquires so many permits if they are free just now, and says whether it did. */
    public boolean tryAcquire(int permits) {
        return take(wanted(permits), false);
    }

    /** As {@link #tryAcquire(int, long, TimeUnit)}, for one permit. */
    public boolean tryAcquire(long time, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, time, unit);
    }

    /**
     * Acquires so many permits at once, waiting for them if need be, but not longer than that.
     *
     * @return whether it did
     * @throws IllegalArgumentException if the time or {@code permits} is negative, or that is more than a bounded semaphore ever has
     */
    public boolean tryAcquire(int permits, long time, TimeUnit unit) throws InterruptedException {
        var ns = nanos(time, unit);
        wanted(permits);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var acquired = acquireUntil(permits, Waiting.deadline(ns));
        if (!acquired && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return acquired;
    }

    private int wanted(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException("the number of permits to acquire must not be negative: " + permits);
        }
        if (isBounded() && permits > initial()) {
            throw new IllegalArgumentException(
                    "this ProcessSemaphore never has " + permits + " permits: it is bounded to " + initial());
        }
        return permits;
    }

    private boolean acquireUntil(int permits, long deadlineNs) {
        while (true) {
            var releases = Words.getInt(memory, RELEASES);
            if (take(permits, true)) {
                return true;
            }
            if (Waiting.remaining(deadlineNs) <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            Waiting.chosen().await(memory, RELEASES, releases, deadlineNs);
        }
    }

    /** @param orWait whether the caller will wait if it gets nothing */
    private boolean take(int wanted, boolean orWait) {
        checkOpen();
        Mutex.lock(memory, MUTEX, self());
        var permits = Words.getInt(memory, PERMITS);
        var enough = permits >= wanted;
        if (enough) {
            change(self(), permits - wanted, holds(self()) + wanted);
        } else if (orWait) {
            Words.setInt(memory, AWAITED, 1);
        }
        Mutex.unlock(memory, MUTEX);
        return enough;
    }

    /** Acquires all that are free, and returns how many that were. */
    public int drainPermits() {
        checkOpen();
        Mutex.lock(memory, MUTEX, self());
        var permits = Words.getInt(memory, PERMITS);
        change(self(), 0, holds(self()) + permits);
        Mutex.unlock(memory, MUTEX);
        return permits;
    }

    // ---- releasing

    /** Releases a permit, as {@link #release(int)}. */
    public void release() {
        release(1);
    }

    /**
     * Releases so many permits, whoever acquired them.
     *
     * @throws IllegalStateException if the semaphore is bounded and would then have more than in the beginning, or more than an int can say
     */
    public void release(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException("the number of permits to release must not be negative: " + permits);
        }
        checkOpen();
        Mutex.lock(memory, MUTEX, self());
        var free = (long) Words.getInt(memory, PERMITS) + permits;
        var most = isBounded() ? initial() : Integer.MAX_VALUE;
        var awaited = false;
        if (free <= most) {
            change(self(), (int) free, Math.max(0, holds(self()) - permits));
            awaited = released();
        }
        Mutex.unlock(memory, MUTEX);
        if (free > most) {
            throw new IllegalStateException(
                    "released too often: this ProcessSemaphore cannot have more than " + most + " permits");
        }
        if (awaited) {
            wakeAll();
        }
    }

    /** Under the mutex. Tells those who wait to look again, and the caller whether to wake them. */
    private boolean released() {
        if (Words.getInt(memory, AWAITED) == 0) {
            return false;
        }
        Words.addInt(memory, RELEASES, 1);
        Words.setInt(memory, AWAITED, 0);
        return true;
    }

    private void wakeAll() {
        Waiting.chosen().wake(memory, RELEASES, Waiting.ALL);
    }

    /** How many permits are free just now. */
    public int availablePermits() {
        checkOpen();
        return Words.getInt(memory, PERMITS);
    }

    /** Whether it was made by {@link #bounded}. */
    public boolean isBounded() {
        return memory.get(ValueLayout.JAVA_INT, BOUNDED) != 0;
    }

    private int initial() {
        return memory.get(ValueLayout.JAVA_INT, INITIAL);
    }

    // ---- accounts, under the mutex

    private static long account(int number) {
        return ACCOUNTS + (long) Census.index(number) * Long.BYTES;
    }

    /** How many permits that process holds. */
    private int holds(int number) {
        var account = Words.getLong(memory, account(number));
        return (int) (account >>> 32) == number ? (int) account : 0;
    }

    private void change(int number, int permits, int holds) {
        var at = account(number);
        Words.setInt(memory, UNDO_PERMITS, Words.getInt(memory, PERMITS));
        Words.setLong(memory, UNDO_ACCOUNT, Words.getLong(memory, at));
        Words.setInt(memory, UNDO, Census.index(number) + 1);
        Words.setInt(memory, PERMITS, permits);
        Words.setLong(memory, at, (long) number << 32 | holds);
        Words.setInt(memory, UNDO, 0);
    }

    private void undo() {
        var changing = Words.getInt(memory, UNDO);
        if (changing != 0) {
            Words.setInt(memory, PERMITS, Words.getInt(memory, UNDO_PERMITS));
            Words.setLong(memory, account(changing - 1), Words.getLong(memory, UNDO_ACCOUNT));
            Words.setInt(memory, UNDO, 0);
        }
    }

    @Override
    void unlockFor(int dead) {
        if (Mutex.holder(memory, MUTEX) == dead) {
            undo();
        }
        Mutex.bury(memory, MUTEX, dead);
    }

    @Override
    void bury(int dead) {
        Mutex.lock(memory, MUTEX, self());
        var holds = holds(dead);
        if (holds > 0) {
            var permits = Words.getInt(memory, PERMITS);
            change(dead, permits + Math.clamp(initial() - permits - heldByOthers(dead), 0, holds), 0);
        }
        released();
        Mutex.unlock(memory, MUTEX);
        wakeAll(); // in any case: the dead may have released and not woken
    }

    private long heldByOthers(int number) {
        var sum = 0L;
        for (var index = 0; index < CensusDescriptor.ENTRIES; index++) {
            if (index != Census.index(number)) {
                sum += (int) Words.getLong(memory, account(index));
            }
        }
        return sum;
    }

    @Override
    void closing() {
        Words.addInt(memory, RELEASES, 1);
        wakeAll();
    }

    @Override
    public String toString() {
        return isClosed() ? super.toString() : type() + "[" + availablePermits() + " permits]";
    }
}
