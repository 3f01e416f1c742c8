package heddle.processes;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A directory of this process's own, closed to other users. While its owner lives it holds
 * a lock on a file inside; a directory whose lock is free belonged to a process that crashed, and is swept
 * by its children when they notice, or by the next program.
 */
final class RuntimeDirectory implements Closeable {
    private static final String PREFIX = "heddle-";
    private static final String OWNER = "owner";

    /** Not to be swept here: closing any channel of a locked file would free the lock (POSIX). */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileLock lock;

    private RuntimeDirectory(Path path, FileLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * @param base where it is made
     * @param property by which the user can choose another
     */
    static RuntimeDirectory create(Path base, String property) throws IOException {
        while (true) {
            Path path;
            try {
                // readable, writable, searchable by this user alone: that is what createTempDirectory does
                path = Files.createTempDirectory(base, PREFIX);
            } catch (IOException e) {
                throw unusable(base, property, e);
            }
            OWN.add(path);
            var lock = tryLock(path, StandardOpenOption.CREATE_NEW);
            if (lock != null && Files.exists(path.resolve(OWNER))) { // else the lock is one of a file that is no more
                return new RuntimeDirectory(path, lock);
            }
            OWN.remove(path);
            if (lock != null) {
                lock.channel().close();
            }
            // somebody sweeping was quicker than we were with the lock; leave it to them
        }
    }

    /** What to say when something could not be written there; what has nothing to do with the place stays as it is. */
    static IOException unusable(Path base, String property, IOException cause) {
        var why = switch (cause) {
            case NoSuchFileException _ -> "there is no such directory";
            case AccessDeniedException _ -> "this user may not write there";
            case FileSystemException e -> e.getReason();
            default -> cause.getMessage();
        };
        var ofThePlace = cause instanceof NoSuchFileException
                || cause instanceof AccessDeniedException
                || why != null && why.matches("(No space|Read-only|Disk quota).*");
        return ofThePlace
                ? new IOException(
                        "cannot write in " + base + " (" + why + "); name another directory with -D" + property, cause)
                : cause;
    }

    Path path() {
        return path;
    }

    static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Removes what crashed processes of this user left in that directory. */
    static void sweep(Path base) {
        try (var found = Files.newDirectoryStream(base, PREFIX + "*")) {
            for (var directory : found) {
                sweepOne(directory);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // what cannot be read holds nothing of ours
        }
    }

    private static void sweepOne(Path directory) {
        try {
            // in this order: a directory of ours is among our own before it has an owner's file
            if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    && Files.exists(directory.resolve(OWNER), LinkOption.NOFOLLOW_LINKS)
                    && !OWN.contains(directory)
                    && Files.isWritable(directory)) {
                var lock = tryLock(directory, StandardOpenOption.WRITE);
                if (lock != null) {
                    new RuntimeDirectory(directory, lock).close();
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // another sweeper, or the owner, is at it
        }
    }

    private static FileLock tryLock(Path directory, StandardOpenOption how) throws IOException {
        var channel = FileChannel.open(directory.resolve(OWNER), StandardOpenOption.WRITE, how);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // ours, and alive
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock;
    }

    /** Removes what this process has, which is about to end without any other care. */
    static void removeOwn() {
        for (var path : OWN) {
            try {
                remove(path);
            } catch (IOException | DirectoryIteratorException e) {
                // the sweep of a later process removes what is left
            }
        }
    }

    /** The owner's file goes last: broken off in the middle, the rest can still be swept. */
    private static void remove(Path path) throws IOException {
        try (var files = Files.newDirectoryStream(path, file -> !file.endsWith(OWNER))) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path.resolve(OWNER));
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        try {
            remove(path);
        } finally {
            lock.channel().close();
            OWN.remove(path);
        }
    }
}
