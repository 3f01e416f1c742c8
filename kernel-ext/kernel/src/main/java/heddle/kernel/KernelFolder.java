package heddle.kernel;

import heddle.notebook.process.Leftovers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A folder of the user's own that lasts as long as the kernel: where a JVM that crashes leaves its report.
 *
 * <p>While the kernel lives it holds a lock on the file {@code owner} in it, as the folders of {@code ChildProcess} do; so whoever sweeps those
 * sweeps also this one after a kernel and a notebook process that were killed at once. (A notebook process that outlives its kernel
 * removes it.)
 */
final class KernelFolder implements AutoCloseable {
    private final Path path;
    private final FileChannel owner;

    private KernelFolder(Path path, FileChannel owner) {
        this.path = path;
        this.owner = owner;
    }

    static KernelFolder create() throws IOException {
        while (true) {
            var path = Files.createTempDirectory("heddle-"); // for this user alone
            var owner =
                    FileChannel.open(path.resolve("owner"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            try {
                owner.lock();
                if (Files.exists(path.resolve("owner"))) {
                    return new KernelFolder(path, owner);
                }
            } catch (IOException | RuntimeException e) {
                try (owner) {
                    throw e;
                }
            }
            owner.close(); // somebody who sweeps was quicker with the lock, and took it for a crashed kernel's
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        Leftovers.remove(path);
        try {
            owner.close();
        } catch (IOException e) {
            // The lock goes with the process.
        }
    }
}
