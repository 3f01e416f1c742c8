package heddle.processes;

import java.lang.foreign.MemorySegment;

/**
 * Plain memory that several processes share, for large data and layouts of one's own.
 *
 * {@snippet :
 * try (var image = new SharedMemory(640 * 480)) {
 *     var child = new ChildProcess(() -> image.segment().fill((byte) 255)).start();
 *     child.join();
 *     System.out.println(image.segment().get(ValueLayout.JAVA_BYTE, 0)); // -1
 * }
 * }
 *
 * <p>What one process writes here another sees when there is order between them: after a {@link ChildProcess#join}, under a {@link ProcessLock}, through
 * a {@link java.lang.invoke.VarHandle}. Follows Python's {@code multiprocessing.shared_memory.SharedMemory}; but nobody has to
 * unlink it: it goes with the processes that use it.
 */
public final class SharedMemory extends SharedObject {
    private static final long serialVersionUID = 1;

    private final transient MemorySegment segment = memory.asSlice(Place.HEAD_LENGTH);

    /**
     * New memory, all zeros.
     *
     * @param size in bytes
     * @throws IllegalArgumentException if the size is not positive
     * @throws java.io.UncheckedIOException if there is not that much memory
     */
    public SharedMemory(long size) {
        this(Place.make(Kind.MEMORY, positive(size)));
    }

    SharedMemory(Place place) {
        super(place);
    }

    private static long positive(long size) {
        if (size <= 0) {
            throw new IllegalArgumentException("the size of a SharedMemory must be positive: " + size);
        }
        return size;
    }

    /** In bytes. */
    public long size() {
        checkOpen();
        return segment.byteSize();
    }

    /**
     * The memory, aligned to 64 bytes. Whoever has it may go on using it when this SharedMemory is closed: it is only given back to the system
     * when no process can reach it any more.
     */
    public MemorySegment segment() {
        checkOpen();
        return segment;
    }

    @Override
    void bury(int dead) {}
}
