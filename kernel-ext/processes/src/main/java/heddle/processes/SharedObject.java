package heddle.processes;

import heddle.processes.memory.SharedFile;
import heddle.processes.memory.Waiting;
import heddle.processes.memory.Words;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An object that lives in memory which several processes share. A handle of it can be captured by a task, sent through a queue, or stored in a
 * shared map; on the other side it is a handle of the same object.
 *
 * {@snippet :
 * try (var queue = new ProcessQueue<SharedLong>();
 *         var counter = new SharedLong()) {
 *     var child = new ChildProcess(() -> queue.take().incrementAndGet()).start();
 *     queue.put(counter);
 *     child.join();
 *     System.out.println(counter.get()); // 1
 * }
 * }
 *
 * <p>It lives until the process that made it closes it, or that process's main process ends. One that never travelled also goes when it is
 * garbage, or when the process that made it ends. A process that dies while it holds or changes a shared object never leaves it blocked or
 * half changed: its parent puts that in order at once.
 *
 * <p>Handles may be used by many threads.
 */
public abstract class SharedObject implements AutoCloseable, Serializable {
    private static final long serialVersionUID = 1;

    /** What this process has open, by id; of each object one handle, so that what it caches is cached once. Guarded by itself. */
    private static final Map<Long, WeakReference<SharedObject>> OPEN = new HashMap<>();

    private static final Duration LONGEST = Duration.ofNanos(Waiting.FOREVER);

    static final Cleaner CLEANER = Cleaner.create();

    private final transient Place place;
    private final transient Cleaner.Cleanable cleanable;
    private transient volatile boolean closed;
    /** The whole memory of this object, or the head of it; what is its own begins at {@link Place#HEAD_LENGTH}. */
    final transient MemorySegment memory;

    SharedObject(Place place) {
        this.place = place;
        memory = place.file.head();
        synchronized (OPEN) {
            OPEN.put(place.id, new WeakReference<>(this));
        }
        cleanable = CLEANER.register(this, place);
    }

    /**
     * Where a shared object lives: a file in the directory of the tree, which begins with
     *
     * <pre>
     *    0 magic   4 kind   8 id   16 flags (1 closed, 2 has travelled)   20 number of the process that made it
     *   24 ... 63 unused, so that what is written often has cache lines of its own
     * </pre>
     */
    static final class Place implements Runnable {
        static final int HEAD_LENGTH = 64;

        private static final int MAGIC = 0;
        private static final int KIND = 4;
        private static final int ID = 8;
        private static final int FLAGS = 16;
        private static final int MAKER = 20;

        private static final int MAGIC_NUMBER = 0x48454431;
        private static final int CLOSED = 1;
        private static final int TRAVELLED = 2;

        private final Tree tree;
        private final Kind kind;
        private final long id;
        private final SharedFile file;
        private final boolean made;

        private Place(Tree tree, Kind kind, long id, SharedFile file, boolean made) {
            this.tree = tree;
            this.kind = kind;
            this.id = id;
            this.file = file;
            this.made = made;
        }

        /**
         * A new place, all zeros behind its head.
         *
         * @param length in bytes, behind the head
         * @throws UncheckedIOException if there is not that much memory
         */
        static Place make(Kind kind, long length) {
            return make(kind, length, 0);
        }

        /** @param first the first long behind the head: what nobody may see without */
        static Place make(Kind kind, long length, long first) {
            var tree = Tree.use();
            try {
                var id = tree.nextId();
                var file = SharedFile.create(tree.path().resolve(name(kind, id)), HEAD_LENGTH + length);
                var memory = file.head();
                memory.set(ValueLayout.JAVA_INT, KIND, kind.ordinal());
                memory.set(ValueLayout.JAVA_LONG, ID, id);
                memory.set(ValueLayout.JAVA_INT, MAKER, tree.self());
                memory.set(ValueLayout.JAVA_LONG, HEAD_LENGTH, first);
                Words.setInt(memory, MAGIC, MAGIC_NUMBER);
                tree.census().touch(tree.self());
                return new Place(tree, kind, id, file, true);
            } catch (IOException e) {
                Tree.release();
                throw new UncheckedIOException("cannot make a " + kind.type() + ": " + e.getMessage(), e);
            }
        }

        private static Place open(Tree tree, Kind kind, long id) throws IOException {
            var path = tree.path().resolve(name(kind, id));
            var length = kind.head() == Kind.ALL ? Files.size(path) : HEAD_LENGTH + kind.head();
            var file = SharedFile.open(path, length);
            if (Words.getInt(file.head(), MAGIC) != MAGIC_NUMBER) {
                throw new NoSuchFileException(path.toString()); // is being made
            }
            tree.census().touch(tree.self());
            return new Place(tree, kind, id, file, Words.getInt(file.head(), MAKER) == tree.self());
        }

        private static String name(Kind kind, long id) {
            return kind.type() + "-" + Long.toHexString(id);
        }

        MemorySegment memory() {
            return file.head();
        }

        private boolean isClosed() {
            return (file.head().get(ValueLayout.JAVA_INT, FLAGS) & CLOSED) != 0;
        }

        private boolean hasTravelled() {
            return (Words.getInt(file.head(), FLAGS) & TRAVELLED) != 0;
        }

        private void set(int flag) {
            Words.orInt(file.head(), FLAGS, flag);
        }

        /** When no handle is left in this process, or this process has closed it. */
        @Override
        public void run() {
            synchronized (OPEN) {
                var known = OPEN.get(id);
                var handle = known == null ? null : known.get();
                if (handle == null || handle.closed) {
                    OPEN.remove(id);
                    if (made && (isClosed() || !hasTravelled())) {
                        delete();
                    }
                } // else it was found in the directory before it was known here, and so had two handles for a moment
            }
            Tree.release();
        }

        private void delete() {
            try {
                if (kind.hasHeap()) {
                    Heap.delete(file);
                }
                file.delete();
            } catch (IOException e) {
                // a system that does not remove what is in use: it goes with the directory
            }
        }
    }

    /** On the way: which object it is. */
    private static final class Handle implements Serializable {
        private static final long serialVersionUID = 1;

        private final int kind;
        private final long id;
        private final Serializable luggage;

        private Handle(int kind, long id, Serializable luggage) {
            this.kind = kind;
            this.id = id;
            this.luggage = luggage;
        }

        private Object readResolve() throws ObjectStreamException {
            var object = open(Kind.of(kind), id);
            if (luggage != null) {
                object.unpack(luggage);
            }
            return object;
        }
    }

    /** In its place a handle travels. */
    final Object writeReplace() throws ObjectStreamException {
        if (isClosed()) {
            throw new NotSerializableException("a closed " + type());
        }
        place.set(Place.TRAVELLED);
        travels();
        return new Handle(place.kind.ordinal(), place.id, luggage());
    }

    /** The object with that id, as this process has it. */
    static SharedObject open(Kind kind, long id) throws InvalidObjectException {
        var tree = Tree.use();
        try {
            synchronized (OPEN) {
                var known = OPEN.get(id);
                var handle = known == null ? null : known.get();
                if (handle != null && !handle.closed) {
                    Tree.release();
                    return handle;
                }
                return kind.at(Place.open(tree, kind, id));
            }
        } catch (IOException e) {
            Tree.release();
            var standIn = kind.gone();
            if (standIn != null) {
                return standIn;
            }
            var gone = new InvalidObjectException("this " + kind.type()
                    + " does not exist any more: the process that made it has closed it or ended");
            gone.initCause(e);
            throw gone;
        }
    }

    /** All objects of the tree, those included that this process has not had open so far. */
    static List<SharedObject> all(Tree tree) {
        var all = new ArrayList<SharedObject>();
        for (var file : files(tree)) {
            var name = file.getFileName().toString();
            var kind = Kind.named(name.substring(0, Math.max(0, name.indexOf('-'))));
            if (kind != null) {
                try {
                    all.add(open(kind, Long.parseUnsignedLong(name.substring(name.indexOf('-') + 1), 16)));
                } catch (InvalidObjectException e) {
                    // just removed
                }
            }
        }
        return all;
    }

    /** Removes it if a dead process made it and never gave it to anybody. */
    final void removeIfLeftBy(int dead) {
        if (maker() == dead && !place.hasTravelled()) {
            place.delete();
        }
    }

    private static List<Path> files(Tree tree) {
        var files = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(tree.path())) {
            for (var file : found) {
                files.add(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // the directory is being removed: nobody is left to be helped
        }
        return files;
    }

    // ---- for what is built on this

    /**
     * Unlocks what that process, which has died, kept locked for a short section of ours. Called for all who died together before one of them is
     * buried, which may take the same lock.
     */
    void unlockFor(int dead) {}

    /** Puts in order what that process, which has died, left in this object, and wakes whoever may have waited for it. */
    abstract void bury(int dead);

    /** Wakes whoever waits, so that they see that it is closed. */
    void closing() {}

    /** Called when a handle is about to be sent to another process. */
    void travels() throws ObjectStreamException {}

    /** What travels beside the handle, by the means of whatever it travels in; null for nothing. */
    Serializable luggage() {
        return null;
    }

    /** Called in the process where that has arrived, perhaps many times. */
    void unpack(Serializable luggage) {}

    /** The number of this process. */
    final int self() {
        return place.tree.self();
    }

    final Tree tree() {
        return place.tree;
    }

    final SharedFile file() {
        return place.file;
    }

    final long id() {
        return place.id;
    }

    final int maker() {
        return place.file.head().get(ValueLayout.JAVA_INT, Place.MAKER);
    }

    final Kind kind() {
        return place.kind;
    }

    final String type() {
        return place.kind.type();
    }

    /** A time to wait, in nanoseconds. */
    static long nanos(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("the time to wait must not be negative: " + time);
        }
        return time.compareTo(LONGEST) < 0 ? time.toNanos() : Waiting.FOREVER;
    }

    /** A time to wait, in nanoseconds. */
    static long nanos(long time, TimeUnit unit) {
        if (time < 0) {
            throw new IllegalArgumentException("the time to wait must not be negative: " + time);
        }
        return unit.toNanos(time);
    }

    final boolean isClosed() {
        return closed || place.isClosed();
    }

    /** @throws IllegalStateException if it is closed */
    final void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("this " + type() + " is closed");
        }
    }

    /** How that process ended, or null where it lives or that has been forgotten. */
    final ProcessEnd end(int number) {
        var entry = number == 0 ? null : place.tree.census().entry(number);
        return entry == null || entry.exitCode() == null
                ? null
                : new ProcessEnd(entry.name(), entry.pid(), entry.exitCode());
    }

    /** Keeps it when this process ends, though no handle has travelled: others find it by its id. */
    final void outlivesMaker() {
        place.set(Place.TRAVELLED);
    }

    /** Ends it, whoever made it. */
    final void removeForAll() {
        closeForAll();
        place.delete();
        close();
    }

    /** Marks it as closed for everybody; its memory stays until this process lets go of it. */
    final void closeForAll() {
        place.set(Place.CLOSED);
        closing();
    }

    /**
     * Ends this object, in the process that made it: whoever waits for it anywhere, and whoever uses it from now on, gets an
     * {@link IllegalStateException}. In any other process only the handle is given up. Again, it does nothing.
     */
    @Override
    public void close() {
        if (!closed) {
            if (place.made) {
                closeForAll();
            }
            closed = true;
            cleanable.clean();
        }
    }

    @Override
    public String toString() {
        return type() + "[" + Long.toHexString(place.id) + (isClosed() ? ", closed]" : "]");
    }
}
