package heddle.processes;

import heddle.processes.memory.KeptInterrupt;
import heddle.processes.memory.Mutex;
import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Where a shared object keeps values that change and grow: in a {@link Generation}, of which there is always exactly one that counts. Changes are made under a
 * lock, each committed by one store; a new generation too.
 *
 * <pre>
 *   in the owner's file, behind the head:   0 mutex   8 number of the generation that counts
 *   beside it:   generation-(owner's file).(number)
 * </pre>
 */
final class Heap {
    static final int HEAD_LENGTH = 16;

    private static final int MUTEX = SharedObject.Place.HEAD_LENGTH;
    private static final int NUMBER = MUTEX + 8;

    /** Who waits for the lock sees after that time that the object has been closed. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final SharedObject owner;
    private volatile Generation current;
    private volatile Thread holder;

    Heap(SharedObject owner) {
        this.owner = owner;
    }

    private static Path path(Path owner, long number) {
        return owner.resolveSibling("generation-" + owner.getFileName() + "." + number);
    }

    /** The generation that counts; whoever does not hold the lock uses it within {@link #read}. */
    Generation now() {
        owner.checkOpen();
        var number = Words.getLong(owner.memory, NUMBER);
        var known = current;
        return known != null && known.number == number ? known : open(number);
    }

    private synchronized Generation open(long number) {
        while (true) {
            if (current != null && current.number >= number) {
                return current; // another thread was quicker
            }
            try {
                return replace(Generation.open(number, path(owner.file().path(), number)));
            } catch (NoSuchFileException e) {
                owner.checkOpen();
                var later = Words.getLong(owner.memory, NUMBER);
                if (later == number) {
                    throw new IllegalStateException("this " + owner.type() + " does not exist any more", e);
                }
                number = later;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read this " + owner.type() + ": " + e.getMessage(), e);
            }
        }
    }

    /** From here on this process reads that one. */
    private synchronized Generation replace(Generation next) {
        if (current != null) {
            current.close();
        }
        current = next;
        return next;
    }

    /** Something that is read out of a generation, and is no part of it. */
    interface Reading<R> {
        R from(Generation in);
    }

    /** Reads without the lock; again, if another thread closes the generation meanwhile, because there is a newer one. */
    <R> R read(Reading<R> reading) {
        while (true) {
            var in = now();
            try {
                return reading.from(in);
            } catch (IllegalStateException e) {
                if (!in.isClosed()) {
                    throw e;
                }
            }
        }
    }

    // ---- the lock

    /** Whether this thread is in the middle of a change, which has called code of the user's. */
    boolean isHeld() {
        return holder == Thread.currentThread();
    }

    /**
     * Locks; waits as long as the holder lives.
     *
     * @throws IllegalStateException if this thread holds it, or when the object is closed
     */
    void lock() {
        owner.checkOpen();
        if (isHeld()) {
            throw new IllegalStateException("a function that changes a " + owner.type() + " must not change the same "
                    + owner.type() + " itself; it may return what it wants to have there");
        }
        if (!Mutex.tryLock(owner.memory, MUTEX, owner.self())) {
            await();
        }
        holder = Thread.currentThread();
    }

    private void await() {
        try (var interrupt = new KeptInterrupt()) {
            while (!Mutex.lock(owner.memory, MUTEX, owner.self(), Waiting.deadline(LOOK_NS))) {
                interrupt.keep();
                owner.checkOpen();
            }
        }
    }

    void unlock() {
        holder = null;
        Mutex.unlock(owner.memory, MUTEX);
    }

    /** Whether that process was killed in the middle of a change, so that there is something to be put in order before others go on. */
    boolean isLeftBy(int dead) {
        return Mutex.holder(owner.memory, MUTEX) == dead
                && Words.getLong(owner.memory, NUMBER) != 0 // else it had not even begun
                && !owner.isClosed();
    }

    void bury(int dead) {
        Mutex.bury(owner.memory, MUTEX, dead);
    }

    // ---- generations, by the one who holds the lock or makes the object

    /**
     * The next generation, all zeros. It counts when it is committed.
     *
     * @param wanted its length, in bytes
     * @param least what will do if there is not that much memory
     * @throws UncheckedIOException if there is not even that; nothing has changed then
     */
    Generation next(long wanted, long least) {
        owner.checkOpen();
        var number = Words.getLong(owner.memory, NUMBER) + 1;
        var path = path(owner.file().path(), number);
        try {
            Files.deleteIfExists(path); // of one that was killed before it could commit
            try {
                return Generation.create(number, path, wanted);
            } catch (IOException e) {
                if (least < wanted) {
                    return Generation.create(number, path, least);
                }
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "there is no memory for what this " + owner.type() + " should hold, which stays as it was: "
                            + e.getMessage(),
                    e);
        }
    }

    /** From here on that generation counts. */
    void commit(Generation next) {
        Words.setLong(owner.memory, NUMBER, next.number);
        replace(next);
        delete(path(owner.file().path(), next.number - 1));
        if (owner.isClosed()) {
            delete(path(owner.file().path(), next.number)); // whoever removed the others may have been quicker
        }
    }

    /** Removes all generations of an object that is being removed. */
    static void delete(SharedFile owner) {
        var number = Words.getLong(owner.head(), NUMBER);
        for (var each = number - 1; each <= number + 1; each++) {
            delete(path(owner.path(), each));
        }
    }

    /** Those that the dead had no time to commit or to remove. */
    void deleteOthers() {
        var number = Words.getLong(owner.memory, NUMBER);
        delete(path(owner.file().path(), number - 1));
        delete(path(owner.file().path(), number + 1));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // a system that does not remove what is in use: it goes with the directory
        }
    }
}
