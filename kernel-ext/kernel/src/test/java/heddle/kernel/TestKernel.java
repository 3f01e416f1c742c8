package heddle.kernel;

import heddle.protocol.testkit.Session;
import heddle.protocol.testkit.World;
import java.io.IOException;

/** The whole kernel in this JVM, with a real notebook process, and a client without sockets. */
final class TestKernel implements AutoCloseable {

    private final JavaKernel kernel;
    private final World world;

    TestKernel() throws IOException {
        this(Magics.found());
    }

    TestKernel(Magics magics) throws IOException {
        kernel = new JavaKernel(magics);
        world = World.start(World.Kind.IN_MEMORY, kernel);
    }

    Session session() throws IOException, InterruptedException {
        return world.session();
    }

    /** Waits until the kernel knows that its process is gone. */
    void awaitNotice() throws InterruptedException {
        kernel.awaitNotice();
    }

    @Override
    public void close() {
        try {
            world.close();
        } finally {
            kernel.close();
        }
    }
}
