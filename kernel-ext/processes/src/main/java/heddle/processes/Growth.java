package heddle.processes;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;

/**
 * Gives out more of a shared object's file, to all processes that use it.
 *
 * <pre>
 *    0 lock   8 how much of the file is given out, 0: what it had when it was made
 * </pre>
 *
 * Whoever is killed before it has stored the new end has been given nothing; the next one finds the file long enough.
 */
final class Growth {
    static final int LENGTH = 16;

    private static final int LOCK = 0;
    private static final int END = 8;
    /** So that no page is mapped twice. */
    private static final long PAGE = 1 << 12;

    private final SharedFile file;
    private final MemorySegment memory;
    private final long at;
    private final int self;

    Growth(SharedFile file, long at, int self) {
        this.file = file;
        this.at = at;
        this.self = self;
        memory = file.head();
    }

    /** The next multiple of what is given out at a time. */
    static long rounded(long length) {
        return (length + PAGE - 1) & -PAGE;
    }

    /**
     * @param length in bytes, {@link #rounded}
     * @return where that much zeroed memory begins in the file
     */
    long allocate(long length) throws IOException {
        Mutex.lock(memory, at + LOCK, self);
        try {
            var offset = rounded(Math.max(Words.getLong(memory, at + END), memory.byteSize()));
            var missing = offset + length - Files.size(file.path());
            if (missing > 0) {
                file.extend(missing);
            }
            Words.setLong(memory, at + END, offset + length);
            return offset;
        } finally {
            Mutex.unlock(memory, at + LOCK);
        }
    }

    MemorySegment map(long offset, long length) throws IOException {
        return file.map(offset, length);
    }

    void bury(int dead) {
        Mutex.bury(memory, at + LOCK, dead);
    }
}
