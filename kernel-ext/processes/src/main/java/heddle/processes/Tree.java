package heddle.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The processes that descend from one main process, and the directory in memory that they share. The main process makes it with its first
 * child or its first shared object and removes it when neither is left; children are told where it is.
 */
final class Tree {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** A container's usual 64 MB would soon be full. */
    private static final long ENOUGH = 1L << 29;

    private static final String PROPERTY = Settings.PREFIX + "memory";

    private static Tree current;
    private static int uses;

    private final RuntimeDirectory directory;
    private final Path path;
    private final Census census;
    private final int self;
    private final AtomicLong made = new AtomicLong();

    private Tree(RuntimeDirectory directory, Path path, Census census, int self) {
        this.directory = directory;
        this.path = path;
        this.census = census;
        this.self = self;
    }

    /** Begins a use of the tree of this process; {@link #release} ends it. */
    static synchronized Tree use() {
        try {
            if (current == null) {
                current = Self.isMain() ? make() : join(Self.identity());
            }
            uses++;
            return current;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot share memory with other processes: " + e.getMessage(), e);
        }
    }

    private static Tree make() throws IOException {
        var base = base();
        var directory = RuntimeDirectory.create(base, PROPERTY);
        try {
            var census = Census.create(directory.path().resolve("census"));
            var self = census.enter(Self.identity().name(), 0);
            census.isProcess(self, ProcessHandle.current().pid());
            Nursery.get().hook();
            return new Tree(directory, directory.path(), census, self);
        } catch (IOException e) {
            directory.close();
            throw RuntimeDirectory.unusable(base, PROPERTY, e);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static Tree join(Self.Identity child) throws IOException {
        var path = Path.of(child.tree());
        return new Tree(null, path, Census.open(path.resolve("census")), child.number());
    }

    /** Where shared memory is kept: in real memory, if the system has enough of it there. */
    static Path base() throws IOException {
        var chosen = Settings.memory();
        if (chosen != null) {
            return chosen;
        }
        if (Files.isWritable(SHARED_MEMORY) && Files.getFileStore(SHARED_MEMORY).getUsableSpace() >= ENOUGH) {
            return SHARED_MEMORY;
        }
        return RuntimeDirectory.temporary();
    }

    static void release() {
        RuntimeDirectory unused = null;
        synchronized (Tree.class) {
            if (--uses == 0) {
                unused = current.directory;
                current = null;
            }
        }
        if (unused != null) {
            try {
                unused.close();
            } catch (IOException e) {
                // the sweep of a later process removes what is left
            }
        }
    }

    /** Removes the directory when the main process ends, whoever still uses it. */
    static synchronized void end() {
        if (current != null && current.directory != null) {
            try {
                current.directory.close();
            } catch (IOException e) {
                // the sweep of a later process removes what is left
            }
        }
    }

    /** The tree, or null where this process uses none just now. */
    static synchronized Tree current() {
        return current;
    }

    Path path() {
        return path;
    }

    Census census() {
        return census;
    }

    /** The number of this process in the census. */
    int self() {
        return self;
    }

    /** An id that no other object of this tree has. */
    long nextId() {
        return (long) self << 32 | made.incrementAndGet();
    }
}
