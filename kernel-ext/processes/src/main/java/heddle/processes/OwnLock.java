package heddle.processes;

import heddle.processes.memory.Words;
import java.io.InvalidObjectException;

/** The lock that belongs to a shared object; made when somebody first asks for it, in whatever process that is. */
final class OwnLock {
    static final int LENGTH = 8;

    private final SharedObject owner;
    /** Where its id stands in the owner's memory, 0 before it is made. */
    private final long at;

    private volatile ProcessReentrantLock lock;

    OwnLock(SharedObject owner, long at) {
        this.owner = owner;
        this.at = at;
    }

    ProcessReentrantLock get() {
        owner.checkOpen();
        if (lock == null) {
            lock = Words.getLong(owner.memory, at) == 0 ? make() : open();
        }
        return lock;
    }

    private ProcessReentrantLock make() {
        var made = new ProcessReentrantLock();
        made.outlivesMaker();
        if (Words.casLong(owner.memory, at, 0, made.id())) {
            return made;
        }
        made.close();
        return open(); // another thread was first
    }

    private ProcessReentrantLock open() {
        try {
            return (ProcessReentrantLock) SharedObject.open(Kind.REENTRANT_LOCK, Words.getLong(owner.memory, at));
        } catch (InvalidObjectException e) {
            throw new IllegalStateException("this " + owner.type() + " is closed", e);
        }
    }

    /** Ends it with its owner. */
    void closing() {
        if (Words.getLong(owner.memory, at) != 0) {
            open().removeForAll();
        }
    }
}
