package heddle.kernel;

import heddle.protocol.ConnectionInfo;
import heddle.protocol.KernelServer;
import java.io.IOException;
import java.nio.file.Path;

/** The kernel process. */
public final class KernelMain {
    private KernelMain() {}

    /**
     * Serves one notebook until a client shuts it down.
     *
     * @param args the connection file, or {@code --train} to run a few cells and end, for an AOT cache
     */
    public static void main(String[] args) throws InterruptedException {
        if (args.length != 1) {
            System.err.println("Usage: java -cp ... heddle.kernel.KernelMain CONNECTION_FILE");
            System.exit(2);
        }
        int exitCode = 0;
        if (args[0].equals("--train")) {
            exitCode = Training.run() ? 0 : 1;
        } else {
            try {
                serve(Path.of(args[0]));
            } catch (IOException | IllegalArgumentException e) {
                System.err.println("heddle: " + e.getMessage());
                exitCode = 1;
            }
        }
        // A front end that has said goodbye does not wait for a thread that was left behind in the compiler.
        System.exit(exitCode);
    }

    private static void serve(Path connectionFile) throws IOException, InterruptedException {
        var connection = ConnectionInfo.read(connectionFile);
        try (var kernel = new JavaKernel(Magics.found(), Settings.of(System.getenv()))) {
            kernel.warmUp(); // beside the opening of the sockets: this thread needs one processor only
            try (var server = KernelServer.start(connection, kernel)) {
                endWithParent(server);
                server.awaitShutdown();
            }
        }
    }

    /** Jupyter names the process that the kernel belongs to, so that a kernel does not outlive a server that was killed. */
    private static void endWithParent(KernelServer server) {
        var parent = System.getenv("JPY_PARENT_PID");
        boolean isHandle =
                System.getProperty("os.name").startsWith("Windows"); // there it is a handle, which only C can ask
        if (parent != null && !isHandle && parent.matches("\\d{1,18}")) {
            ProcessHandle.of(Long.parseLong(parent))
                    .ifPresent(handle -> handle.onExit().thenRun(server::close));
        }
    }
}
