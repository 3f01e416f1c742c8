package heddle.processes;

import static heddle.processes.JoinableQueueDescriptor.*;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.time.Duration;

/**
 * A queue of tasks whose end can be waited for: {@link #join} returns when as many were reported by {@link #taskDone} as have been put.
 *
 * {@snippet :
 * var tickets = new JoinableProcessQueue<Integer>();
 * new ChildProcess(() -> {
 *             for (var ticket : tickets.untilClosed()) {
 *                 System.out.println("sold ticket " + ticket);
 *                 tickets.taskDone();
 *             }
 *         })
 *         .start();
 * for (var ticket = 1; ticket <= 10; ticket++) {
 *     tickets.put(ticket);
 * }
 * tickets.join(); // until the last one is sold
 * tickets.close();
 * }
 *
 * <p>What a process has taken when it ends, and has not reported, is lost: it counts as done from then on, so that nobody waits for the dead, and {@link #lost}
 * tells how many those are. They are not given to others, because nobody knows how much of them was done.
 *
 * <p>Follows Python's {@code multiprocessing.JoinableQueue}, in which a consumer that dies leaves {@code join} waiting for ever.
 *
 * @param <E> the type of the elements
 */
public final class JoinableProcessQueue<E> extends ProcessQueue<E> {
    private static final long serialVersionUID = 1;

    /** A queue that holds as many tasks as there is memory for. */
    public JoinableProcessQueue() {
        super(Kind.JOINABLE_QUEUE, JoinableQueueDescriptor.LENGTH, 0);
    }

    /**
     * A queue in which putting waits while it is full.
     *
     * @param capacity the number of tasks it can hold, at least 1
     */
    public JoinableProcessQueue(int capacity) {
        super(Kind.JOINABLE_QUEUE, JoinableQueueDescriptor.LENGTH, positive(Kind.JOINABLE_QUEUE, capacity));
    }

    JoinableProcessQueue(Place place) {
        super(place);
    }

    private static long entry(int number) {
        return ENTRIES + Census.index(number) * ENTRY_LENGTH;
    }

    /**
     * Reports that one of the tasks that were taken is done.
     *
     * @throws IllegalStateException if all that have been put are done already
     */
    public void taskDone() {
        Mutex.lock(memory, LOCK, self());
        try {
            lose();
            var done = Words.getLong(memory, DONE);
            if (done >= records.put()) {
                throw new IllegalStateException("taskDone was called more often than tasks were put");
            }
            var at = entry(self()) + REPORTED;
            Words.setLong(memory, at, next(Words.getLong(memory, at), done + 1));
            Words.setLong(memory, DONE, done + 1);
        } finally {
            Mutex.unlock(memory, LOCK);
        }
        Signal.changed(memory, SIGNAL, Waiting.ALL);
        releaseIfEnded();
    }

    /** Called before a task is taken. */
    @Override
    void claim(long number) {
        var at = entry(self()) + TAKEN;
        Words.setLong(memory, at, next(Words.getLong(memory, at), number));
    }

    private static long next(long word, long number) {
        return (word & ~NUMBER_MASK) + ONE | number & NUMBER_MASK;
    }

    private long count(long at) {
        return Words.getLong(memory, at) >>> COUNT_SHIFT;
    }

    /** The number of tasks that have been put and are not done. */
    public long unfinished() {
        return Math.max(0, records.put() - Words.getLong(memory, DONE));
    }

    /** The number of tasks that were taken by processes that ended without having reported them. */
    public long lost() {
        return Words.getLong(memory, LOST);
    }

    /** Waits until every task that has been put is done or {@link #lost}. */
    public void join() throws InterruptedException {
        joinUntil(Waiting.FOREVER);
    }

    /**
     * The same, but not longer than that.
     *
     * @return whether all are done
     * @throws IllegalArgumentException if the time is negative
     */
    public boolean join(Duration time) throws InterruptedException {
        return joinUntil(Waiting.deadline(nanos(time)));
    }

    private boolean joinUntil(long deadlineNs) throws InterruptedException {
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (unfinished() == 0) {
                return true;
            }
            if (Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            var announced = Signal.announce(memory, SIGNAL);
            if (unfinished() > 0) {
                Signal.sleep(memory, SIGNAL, announced, deadlineNs);
            }
        }
    }

    @Override
    boolean isOver() {
        return super.isOver() && unfinished() == 0;
    }

    @Override
    void unlockFor(int dead) {
        uncommitted(entry(dead) + TAKEN, dead, true);
        uncommitted(entry(dead) + REPORTED, dead, false);
        super.bury(dead);
        Mutex.bury(memory, LOCK, dead);
    }

    @Override
    void bury(int dead) {
        Mutex.lock(memory, LOCK, self());
        try {
            lose();
            var entry = entry(dead);
            var held = (count(entry + TAKEN) - count(entry + REPORTED)) << COUNT_SHIFT >> COUNT_SHIFT;
            var done = Words.getLong(memory, DONE);
            var lost = Math.clamp(records.taken() - done, 0, Math.max(0, held));
            Words.setLong(memory, DONE_THEN, done + lost);
            Words.setLong(memory, LOST_THEN, Words.getLong(memory, LOST) + lost);
            Words.setLong(memory, LOSING, dead);
            lose();
        } finally {
            Mutex.unlock(memory, LOCK);
        }
        Signal.rouse(memory, SIGNAL);
    }

    /** Under the lock. Does, perhaps again, what was decided about the tasks of a dead process; whoever did that may have died as well. */
    private void lose() {
        var dead = (int) Words.getLong(memory, LOSING);
        if (dead != 0) {
            Words.setLong(memory, LOST, Words.getLong(memory, LOST_THEN));
            Words.setLong(memory, entry(dead) + TAKEN, 0);
            Words.setLong(memory, entry(dead) + REPORTED, 0);
            Words.setLong(memory, DONE, Words.getLong(memory, DONE_THEN));
            Words.setLong(memory, LOSING, 0);
        }
    }

    /** Takes back what the dead only announced. */
    private void uncommitted(long at, int dead, boolean taken) {
        var word = Words.getLong(memory, at);
        var number = word & NUMBER_MASK;
        var committed = taken
                ? records.hasTaken(dead, number)
                : Mutex.holder(memory, LOCK) != dead || number <= Words.getLong(memory, DONE);
        if (!committed) {
            Words.setLong(memory, at, (word & ~NUMBER_MASK) - ONE);
        }
    }
}
