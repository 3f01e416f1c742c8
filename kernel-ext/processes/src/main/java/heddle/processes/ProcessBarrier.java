package heddle.processes;

import static heddle.processes.BarrierDescriptor.*;

import heddle.processes.memory.Room;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.Serializable;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A point where a number of threads, of any processes, wait for each other, again and again.
 *
 * {@snippet :
 * var barrier = new ProcessBarrier(2, () -> System.out.println("both are here"));
 * new ChildProcess(barrier::await).start();
 * barrier.await();
 * }
 *
 * <p>The barrier breaks, and all who wait get a {@link BrokenBarrierException}, when one of them waits too long, is interrupted, or dies with
 * its process, when the action fails, and by {@link #abort}. It stays broken until {@link #reset}. Follows {@link java.util.concurrent.CyclicBarrier}
 * but for the index that {@link #await()} returns, which, as in Python's {@code multiprocessing.Barrier}, counts the arrivals: 0 is the first.
 */
public final class ProcessBarrier extends SharedObject {
    private static final long serialVersionUID = 1;

    /** Null where this process received the barrier from one that did not have it either. */
    private transient volatile Task action;

    /** A barrier without an action, see {@link #ProcessBarrier(int, Task)}. */
    public ProcessBarrier(int parties) {
        this(parties, null);
    }

    /**
     * A barrier for so many threads.
     *
     * @param action what the last who arrives does before all go on, in its own process: it travels with the barrier, as a task does with its child;
     *     null for nothing
     * @throws IllegalArgumentException if there is no party, or more than 1024
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public ProcessBarrier(int parties, Task action) {
        this(Place.make(Kind.BARRIER, checked(parties)));
        this.action = action;
        Words.setInt(memory, PARTIES, parties);
    }

    ProcessBarrier(Place place) {
        super(place);
    }

    private static int checked(int parties) {
        if (parties < 1 || parties > CAPACITY) {
            throw new IllegalArgumentException(
                    "a ProcessBarrier is for 1 to " + CAPACITY + " parties, not for " + parties);
        }
        return LENGTH;
    }

    @Override
    Serializable luggage() {
        return action;
    }

    @Override
    void unpack(Serializable luggage) {
        action = (Task) luggage;
    }

    // ---- waiting

    /**
     * Waits until all parties are here.
     *
     * @return how many had arrived before this thread: 0 for the first
     * @throws BrokenBarrierException if the barrier is broken, or breaks meanwhile
     * @throws CompletionException in the last who arrives, if the action throws a checked exception, which is its cause; others come as they are
     */
    public int await() throws InterruptedException, BrokenBarrierException {
        try {
            return await(Waiting.FOREVER);
        } catch (TimeoutException e) {
            throw new AssertionError("for ever is not over", e);
        }
    }

    /**
     * As {@link #await()}, but not longer than that.
     *
     * @throws TimeoutException if it took longer; for all others, the barrier is broken
     * @throws IllegalArgumentException if the time is negative
     */
    public int await(long time, TimeUnit unit) throws InterruptedException, BrokenBarrierException, TimeoutException {
        return await(Waiting.deadline(nanos(time, unit)));
    }

    private int await(long deadlineNs) throws InterruptedException, BrokenBarrierException, TimeoutException {
        checkOpen();
        Room.ensure();
        var slot = enter();
        try {
            var state = arrive(slot, deadlineNs);
            var index = arrived(state);
            if (index == parties() - 1) {
                act(low(state));
                return index;
            }
            awaitOthers(low(state), slot, deadlineNs);
            return index;
        } finally {
            Words.setLong(memory, slot, 0);
        }
    }

    private long enter() {
        for (var i = 0; i < CAPACITY; i++) {
            if (i >= Words.getInt(memory, USED)) {
                raiseUsed(i + 1);
            }
            if (Words.casLong(memory, slot(i), 0, entry(EARLY))) {
                return slot(i);
            }
        }
        throw new IllegalStateException("more than " + CAPACITY + " threads wait at this ProcessBarrier");
    }

    private void raiseUsed(int to) {
        for (var used = Words.getInt(memory, USED); used < to; used = Words.getInt(memory, USED)) {
            Words.casInt(memory, USED, used, to);
        }
    }

    /** @return the state before the arrival was counted */
    private long arrive(long slot, long deadlineNs)
            throws InterruptedException, BrokenBarrierException, TimeoutException {
        while (true) {
            var state = Words.getLong(memory, STATE);
            var low = low(state);
            switch (low & PHASE) {
                case BROKEN -> throw new BrokenBarrierException("the ProcessBarrier is broken; reset() repairs it");
                case PASSED -> next(state);
                default -> {
                    if (arrived(state) == parties()) { // the action runs
                        Words.setLong(memory, slot, entry(EARLY));
                        checkOpen();
                        if (Waiting.remaining(deadlineNs) <= 0) {
                            throw tooLong();
                        }
                        if (Thread.interrupted()) {
                            throw new InterruptedException();
                        }
                        Waiting.chosen().await(memory, LOW, low, deadlineNs);
                    } else {
                        Words.setLong(memory, slot, entry(low));
                        if (Words.casLong(memory, STATE, state, state + (1L << Integer.SIZE))) {
                            return state;
                        }
                    }
                }
            }
        }
    }

    private void act(int generation) throws BrokenBarrierException {
        var action = this.action;
        if (action != null) {
            var done = false;
            try {
                action.run();
                done = true;
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            } finally {
                if (!done) {
                    end(generation, BROKEN);
                }
            }
        }
        if (!end(generation, PASSED)) {
            throw broken();
        }
    }

    private void awaitOthers(int generation, long slot, long deadlineNs)
            throws InterruptedException, BrokenBarrierException, TimeoutException {
        while (true) {
            var low = Words.getInt(memory, LOW);
            if (low == generation) {
                checkOpen();
                if (Waiting.remaining(deadlineNs) <= 0) {
                    if (end(generation, BROKEN)) {
                        throw tooLong();
                    }
                } else if (Thread.currentThread().isInterrupted()) {
                    if (end(generation, BROKEN)) {
                        Thread.interrupted();
                        throw new InterruptedException();
                    }
                } else {
                    Waiting.chosen().await(memory, LOW, low, deadlineNs);
                }
            } else {
                var phase = (low & ~PHASE) == generation ? low & PHASE : high(Words.getLong(memory, slot)) & PHASE;
                if (phase == BROKEN) {
                    throw broken();
                }
                return;
            }
        }
    }

    private TimeoutException tooLong() {
        return new TimeoutException("not all " + parties() + " parties came to the ProcessBarrier in time");
    }

    private static BrokenBarrierException broken() {
        return new BrokenBarrierException(
                "another party waited too long, was interrupted, failed or died, or the ProcessBarrier was reset");
    }

    // ---- the end of a generation

    /**
     * Ends a generation that is open.
     *
     * @return false if it was over already
     */
    private boolean end(int generation, int phase) {
        while (true) {
            var state = Words.getLong(memory, STATE);
            if (low(state) != generation) {
                return false;
            }
            if (Words.casLong(memory, STATE, state, state | phase)) {
                wakeAll();
                return true;
            }
        }
    }

    /** Begins the next generation after one that is over, unless somebody else has. */
    private void next(long state) {
        var used = Words.getInt(memory, USED);
        for (var i = 0; i < used; i++) {
            var slot = Words.getLong(memory, slot(i));
            if (slot != 0 && high(slot) == (low(state) & ~PHASE)) {
                Words.casLong(memory, slot(i), slot, slot | (long) (low(state) & PHASE) << Integer.SIZE);
            }
        }
        Words.casLong(memory, STATE, state, (low(state) & ~PHASE) + (PHASE + 1) & 0xFFFF_FFFFL);
        wakeAll();
    }

    /** Breaks the barrier, until {@link #reset}. Follows Python's {@code abort}. */
    public void abort() {
        checkOpen();
        while (true) {
            var state = Words.getLong(memory, STATE);
            switch (low(state) & PHASE) {
                case OPEN -> {
                    if (end(low(state), BROKEN)) {
                        return;
                    }
                }
                case PASSED -> next(state);
                default -> {
                    return;
                }
            }
        }
    }

    /** Repairs the barrier if it is broken. Who waits just now gets a {@link BrokenBarrierException}. */
    public void reset() {
        checkOpen();
        while (true) {
            var state = Words.getLong(memory, STATE);
            switch (low(state) & PHASE) {
                case OPEN -> {
                    if (arrived(state) == 0) {
                        return;
                    }
                    end(low(state), BROKEN);
                }
                case PASSED -> {
                    return;
                }
                default -> {
                    next(state);
                    return;
                }
            }
        }
    }

    /** Whether it is broken, until {@link #reset}. */
    public boolean isBroken() {
        checkOpen();
        return (Words.getInt(memory, LOW) & PHASE) == BROKEN;
    }

    /** How many threads it is for. */
    public int getParties() {
        return parties();
    }

    /** How many threads wait just now for others. */
    public int getNumberWaiting() {
        checkOpen();
        var state = Words.getLong(memory, STATE);
        return (low(state) & PHASE) == OPEN && arrived(state) < parties() ? arrived(state) : 0;
    }

    // ----

    private int parties() {
        return memory.get(ValueLayout.JAVA_INT, PARTIES);
    }

    private static int low(long state) {
        return (int) state;
    }

    private static int arrived(long state) {
        return high(state);
    }

    private static int high(long word) {
        return (int) (word >>> Integer.SIZE);
    }

    private static long slot(int index) {
        return SLOTS + (long) index * Long.BYTES;
    }

    /** What a slot of this process says. */
    private long entry(int high) {
        return (long) high << Integer.SIZE | self();
    }

    private void wakeAll() {
        Waiting.chosen().wake(memory, LOW, Waiting.ALL);
    }

    @Override
    void bury(int dead) {
        var used = Words.getInt(memory, USED);
        for (var i = 0; i < used; i++) {
            var slot = Words.getLong(memory, slot(i));
            if (low(slot) == dead) {
                if ((high(slot) & PHASE) == OPEN) {
                    end(high(slot), BROKEN);
                }
                Words.casLong(memory, slot(i), slot, 0);
            }
        }
        wakeAll(); // in any case: the dead may have ended a generation and not woken
    }

    @Override
    void closing() {
        wakeAll();
    }
}
