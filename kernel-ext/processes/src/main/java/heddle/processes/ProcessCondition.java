package heddle.processes;

import static heddle.processes.ConditionDescriptor.*;

import heddle.processes.memory.Room;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/**
 * Where threads of all processes wait, with a lock that they give up meanwhile, until one that holds the lock signals.
 *
 * {@snippet :
 * var lock = new ProcessLock();
 * var stocked = lock.newCondition();
 * var stock = new SharedLong(0);
 * new ChildProcess(() -> {
 *             try (var _ = lock.hold()) {
 *                 stocked.awaitUntil(() -> stock.get() > 0);
 *                 stock.getAndAdd(-1);
 *             }
 *         })
 *         .start();
 * try (var _ = lock.hold()) {
 *     stock.getAndAdd(1);
 *     stocked.signal();
 * }
 * }
 *
 * <p>Made by {@link ProcessLock#newCondition} or {@link ProcessReentrantLock#newCondition}; it travels like a lock, and whoever receives it
 * receives its lock with it. Signals go to those who have waited longest. A signal to a thread whose process dies before it has the lock
 * again goes to the next. All methods that wait or signal throw {@link IllegalMonitorStateException} if the lock is not held: a
 * {@link ProcessLock} by this process, a {@link ProcessReentrantLock} by this thread. Up to 1024 threads may wait at a time.
 * Follows Python's {@code multiprocessing.Condition} and Java's {@link Condition}, whose times may be negative and then count as zero.
 */
public final class ProcessCondition extends SharedObject implements Condition {
    private static final long serialVersionUID = 1;

    /** Null in a process that has not asked for it yet. */
    private transient volatile AbstractProcessLock lock;

    ProcessCondition(AbstractProcessLock lock) {
        this(Place.make(Kind.CONDITION, LENGTH));
        this.lock = lock;
        memory.set(ValueLayout.JAVA_INT, LOCK_KIND, lock.kind().ordinal());
        memory.set(ValueLayout.JAVA_LONG, LOCK_ID, lock.id());
    }

    ProcessCondition(Place place) {
        super(place);
    }

    AbstractProcessLock lock() {
        checkOpen();
        var lock = this.lock;
        if (lock == null) {
            var kind = Kind.of(memory.get(ValueLayout.JAVA_INT, LOCK_KIND));
            try {
                lock = (AbstractProcessLock) open(kind, memory.get(ValueLayout.JAVA_LONG, LOCK_ID));
            } catch (InvalidObjectException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
            this.lock = lock;
        }
        return lock;
    }

    private AbstractProcessLock heldLock() {
        var lock = lock();
        lock.checkHeld();
        return lock;
    }

    // ---- waiting

    /** @throws InterruptedException if the thread is interrupted before it is signalled; the lock is held again */
    @Override
    public void await() throws InterruptedException {
        await(Waiting.FOREVER);
    }

    @Override
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return await(Waiting.deadline(unit.toNanos(time)));
    }

    @Override
    public long awaitNanos(long timeoutNs) throws InterruptedException {
        var deadlineNs = Waiting.deadline(timeoutNs);
        await(deadlineNs);
        return Waiting.remaining(deadlineNs);
    }

    @Override
    public boolean awaitUntil(Date deadline) throws InterruptedException {
        var ms = deadline.getTime() - System.currentTimeMillis();
        return await(Waiting.deadline(TimeUnit.MILLISECONDS.toNanos(ms)));
    }

    /** Waits, as often as it is woken, until that is so; does not wait, and needs no lock, if it is so already. */
    public void awaitUntil(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            await(Waiting.FOREVER);
        }
    }

    /**
     * Waits, as often as it is woken, until that is so, but not longer than {@code atMost}; does not wait, and needs no lock, if it is so already.
     * Follows Python's {@code wait_for}.
     *
     * @return what {@code condition} said last
     * @throws IllegalArgumentException if the time is negative
     */
    public boolean awaitUntil(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        var deadlineNs = Waiting.deadline(nanos(atMost));
        while (!condition.getAsBoolean()) {
            if (Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            await(deadlineNs);
        }
        return true;
    }

    @Override
    public void awaitUninterruptibly() {
        await(heldLock(), Waiting.FOREVER, false);
    }

    private boolean await(long deadlineNs) throws InterruptedException {
        var lock = heldLock();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var signalled = await(lock, deadlineNs, true);
        if (!signalled && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return signalled;
    }

    private boolean await(AbstractProcessLock lock, long deadlineNs, boolean interruptibly) {
        Room.ensure();
        var at = enter();
        var signalled = true; // unless it gives up, which gives the slot up
        try {
            var times = lock.unlockAll();
            try {
                signalled = awaitSignal(at, deadlineNs, interruptibly);
            } finally {
                lock.lockAgain(times);
            }
        } finally {
            if (signalled) {
                Words.setInt(memory, at + WORD, 0);
            }
        }
        if (!signalled) {
            checkOpen();
        }
        return signalled;
    }

    private boolean awaitSignal(long at, long deadlineNs, boolean interruptibly) {
        var interrupted = false;
        try {
            while (true) {
                var word = Words.getInt(memory, at + WORD);
                if (word < 0) {
                    return true;
                }
                if (isClosed()
                        || Waiting.remaining(deadlineNs) <= 0
                        || interruptibly && Thread.currentThread().isInterrupted()) {
                    if (Words.casInt(memory, at + WORD, word, 0)) {
                        return false;
                    }
                } else {
                    interrupted |= !interruptibly && Thread.interrupted();
                    Waiting.chosen().await(memory, at + WORD, word, deadlineNs);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Under the lock. */
    private long enter() {
        for (var slot = 0; slot < CAPACITY; slot++) {
            var at = at(slot);
            if (Words.getInt(memory, at + WORD) == 0) {
                if (slot >= Words.getInt(memory, USED)) {
                    Words.setInt(memory, USED, slot + 1);
                }
                Words.setLong(memory, at, Words.addLong(memory, TICKETS, 1));
                if (Words.casInt(memory, at + WORD, 0, self())) {
                    return at;
                }
            }
        }
        throw new IllegalStateException("more than " + CAPACITY + " threads wait for this ProcessCondition");
    }

    private static long at(int slot) {
        return SLOTS + (long) slot * SLOT_LENGTH;
    }

    // ---- signalling

    @Override
    public void signal() {
        signal(1);
    }

    @Override
    public void signalAll() {
        signal(CAPACITY);
    }

    /**
     * Signals so many of those who wait, or all if they are fewer. Follows Python's {@code notify(n)}.
     *
     * @throws IllegalArgumentException if {@code count} is negative
     */
    public void signal(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("the number of threads to signal must not be negative: " + count);
        }
        heldLock();
        for (var i = 0; i < count && signalOldest(); i++) {}
    }

    private boolean signalOldest() {
        while (true) {
            var oldest = -1L;
            var word = 0;
            var used = Words.getInt(memory, USED);
            for (var slot = 0; slot < used; slot++) {
                var at = at(slot);
                var number = Words.getInt(memory, at + WORD);
                if (number > 0
                        && (oldest < 0 || Words.getLong(memory, at) < Words.getLong(memory, oldest))
                        && tree().census().isAlive(number)) {
                    oldest = at;
                    word = number;
                }
            }
            if (oldest < 0) {
                return false;
            }
            if (Words.casInt(memory, oldest + WORD, word, word | SIGNALLED)) {
                Waiting.chosen().wake(memory, oldest + WORD, 1);
                return true;
            }
        }
    }

    /** How many threads wait just now and are not signalled yet. */
    public int getWaitQueueLength() {
        heldLock();
        var length = 0;
        for (var slot = 0; slot < Words.getInt(memory, USED); slot++) {
            length += Words.getInt(memory, at(slot) + WORD) > 0 ? 1 : 0;
        }
        return length;
    }

    // ----

    @Override
    void bury(int dead) {
        var used = Words.getInt(memory, USED);
        for (var slot = 0; slot < used; slot++) {
            var word = Words.getInt(memory, at(slot) + WORD);
            if ((word & ~SIGNALLED) == dead) {
                if (word < 0) {
                    signalOldest();
                }
                Words.casInt(memory, at(slot) + WORD, word, 0);
            }
        }
        wakeAll(); // the dead may have signalled and not woken
    }

    @Override
    void closing() {
        wakeAll();
    }

    private void wakeAll() {
        var used = Words.getInt(memory, USED);
        for (var slot = 0; slot < used; slot++) {
            if (Words.getInt(memory, at(slot) + WORD) != 0) {
                Waiting.chosen().wake(memory, at(slot) + WORD, 1);
            }
        }
    }

    @Override
    void travels() throws ObjectStreamException {
        lock().writeReplace();
    }
}
