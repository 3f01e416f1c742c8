package heddle.processes;

import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Something that happens, which threads of all processes can wait for.
 *
 * {@snippet :
 * var ready = new ProcessEvent();
 * new ChildProcess(() -> {
 *             System.out.println("I am ready");
 *             ready.set();
 *         })
 *         .start();
 * ready.await();
 * }
 *
 * <p>Everybody who waits when it is set goes on, also when it is cleared again at once. Follows Python's {@code multiprocessing.Event}; in
 * Java a {@link java.util.concurrent.CountDownLatch} of 1 comes close, but cannot be cleared.
 */
public final class ProcessEvent extends SharedObject {
    private static final long serialVersionUID = 1;

    /*
     *   31                              2         1     0
     *  +---------------------------------+---------+-----+
     *  | how often it has been cleared   | awaited | set |     one int
     *  +---------------------------------+---------+-----+
     *
     * awaited: somebody may be asleep, so setting has to wake
     */
    static final int WORD = Place.HEAD_LENGTH;
    private static final int SET = 1;
    static final int AWAITED = 2;
    private static final int CLEARED = 4;

    static final int LENGTH = 8;

    /**
     * An event that is not set.
     *
     * @throws java.io.UncheckedIOException if there is no memory to share
     */
    public ProcessEvent() {
        this(Place.make(Kind.EVENT, LENGTH));
    }

    ProcessEvent(Place place) {
        super(place);
    }

    /** Lets everybody go on who waits, and who will wait until {@link #clear}. Again, it does nothing. */
    public void set() {
        checkOpen();
        while (true) {
            var word = Words.getInt(memory, WORD);
            if ((word & SET) != 0) {
                return;
            }
            if (Words.casInt(memory, WORD, word, word & ~AWAITED | SET)) {
                if ((word & AWAITED) != 0) {
                    wakeAll();
                }
                return;
            }
        }
    }

    /** From now on, who waits has to wait for the next {@link #set}. */
    public void clear() {
        checkOpen();
        while (true) {
            var word = Words.getInt(memory, WORD);
            if ((word & SET) == 0 || Words.casInt(memory, WORD, word, (word & ~SET) + CLEARED)) {
                return;
            }
        }
    }

    /** Whether it is set just now. */
    public boolean isSet() {
        checkOpen();
        return (Words.getInt(memory, WORD) & SET) != 0;
    }

    /** Waits until it is set. */
    public void await() throws InterruptedException {
        await(Waiting.FOREVER);
    }

    /**
     * Waits until it is set, but not longer than that.
     *
     * @return whether it was set
     * @throws IllegalArgumentException if the time is negative
     */
    public boolean await(long time, TimeUnit unit) throws InterruptedException {
        return await(Waiting.deadline(nanos(time, unit)));
    }

    /** As {@link #await(long, TimeUnit)}. */
    public boolean await(Duration atMost) throws InterruptedException {
        return await(Waiting.deadline(nanos(atMost)));
    }

    private boolean await(long deadlineNs) throws InterruptedException {
        checkOpen();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        var before = Words.getInt(memory, WORD) & ~AWAITED;
        while (true) {
            var word = Words.getInt(memory, WORD);
            if ((word & SET) != 0 || (word & ~AWAITED) != before) {
                return true;
            }
            checkOpen();
            if (Waiting.remaining(deadlineNs) <= 0) {
                return false;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if ((word & AWAITED) != 0 || Words.casInt(memory, WORD, word, word | AWAITED)) {
                Waiting.chosen().await(memory, WORD, word | AWAITED, deadlineNs);
            }
        }
    }

    private void wakeAll() {
        Waiting.chosen().wake(memory, WORD, Waiting.ALL);
    }

    @Override
    public String toString() {
        return isClosed() ? super.toString() : type() + (isSet() ? "[set]" : "[not set]");
    }

    /** Nobody holds an event; but the dead may have set it and not woken. */
    @Override
    void bury(int dead) {
        wakeAll();
    }

    @Override
    void closing() {
        wakeAll();
    }
}
