package heddle.processes.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Memory that all processes see that map the same file. A mapping lives as long as somebody can reach it, also when the file has been
 * deleted; touching it can therefore never fail, unless it lives in an arena of the caller's. Every byte is really there before it is mapped: a full disk is an {@link IOException} where
 * memory is asked for, not a fault where it is touched.
 */
public final class SharedFile {
    private static final byte[] ZEROS = new byte[1 << 16];
    private static final long LARGE = 1 << 20;

    private final Path path;
    private final MemorySegment head;

    private SharedFile(Path path, MemorySegment head) {
        this.path = path;
        this.head = head;
    }

    /**
     * A new file of zeros, in a directory that is closed to other users.
     *
     * @param length of {@link #head}, in bytes
     */
    public static SharedFile create(Path path, long length) throws IOException {
        return create(path, length, Arena.ofAuto());
    }

    /** @param arena that the mapping of {@link #head} lives in */
    public static SharedFile create(Path path, long length, Arena arena) throws IOException {
        Files.createFile(path);
        try {
            allocate(path, 0, length);
            return new SharedFile(path, map(path, 0, length, arena));
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** @throws java.nio.file.NoSuchFileException if it has been deleted */
    public static SharedFile open(Path path, long length) throws IOException {
        return open(path, length, Arena.ofAuto());
    }

    /** @param arena that the mapping of {@link #head} lives in */
    public static SharedFile open(Path path, long length, Arena arena) throws IOException {
        return new SharedFile(path, map(path, 0, length, arena));
    }

    public Path path() {
        return path;
    }

    /** The first bytes of the file, as many as were asked for when it was created or opened. */
    public MemorySegment head() {
        return head;
    }

    /** Another part of it. */
    public MemorySegment map(long offset, long length) throws IOException {
        return map(path, offset, length, Arena.ofAuto());
    }

    /**
     * Makes the file longer, by zeros. One caller at a time, in all processes.
     *
     * @return where they begin
     */
    public long extend(long length) throws IOException {
        var offset = Files.size(path);
        allocate(path, offset, length);
        return offset;
    }

    /** Removes the file; mappings stay. */
    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }

    private static void allocate(Path path, long offset, long length) throws IOException {
        if (length > LARGE && path.toFile().getUsableSpace() < length) {
            throw new IOException("No space left for " + length + " bytes"); // before all others find none
        }
        // a stream and no channel, which an interrupt would close
        try (var out = Files.newOutputStream(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            for (var rest = length; rest > 0; rest -= ZEROS.length) {
                out.write(ZEROS, 0, (int) Math.min(rest, ZEROS.length));
            }
        } catch (IOException e) {
            try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(offset);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static MemorySegment map(Path path, long offset, long length, Arena arena) throws IOException {
        try (var interrupt = new KeptInterrupt()) {
            while (true) {
                interrupt.keep();
                try (var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    return channel.map(FileChannel.MapMode.READ_WRITE, offset, length, arena);
                } catch (ClosedByInterruptException e) {
                    // again, then
                }
            }
        }
    }
}
