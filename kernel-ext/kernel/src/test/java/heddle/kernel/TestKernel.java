package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.protocol.Content;
import heddle.protocol.testkit.Expectation;
import heddle.protocol.testkit.Session;
import heddle.protocol.testkit.World;
import java.io.IOException;

/** The whole kernel in this JVM, with a real notebook process, and a client without sockets. */
final class TestKernel implements AutoCloseable {

    private final JavaKernel kernel;
    private final World world;

    TestKernel() throws IOException, InterruptedException {
        this(Magics.found());
    }

    TestKernel(Magics magics) throws IOException, InterruptedException {
        this(magics, Settings.NONE);
    }

    /** Returns when the notebook process runs cells, so that nothing of it seems to be some test's. */
    TestKernel(Magics magics, Settings settings) throws IOException, InterruptedException {
        kernel = new JavaKernel(magics, settings);
        kernel.warmUp();
        world = World.start(World.Kind.IN_MEMORY, kernel);
        try (var first = world.session()) {
            first.execute(new Content.ExecuteRequest("", true, false, null, null, null))
                    .expect(Expectation.busy(), Expectation.idle())
                    .reply(Expectation.ok());
        }
    }

    Session session() throws IOException, InterruptedException {
        return world.session();
    }

    /** A cell that ends well; its reply is taken. */
    static void run(Session session, String code, Expectation... between) throws InterruptedException {
        var asked = session.execute(code).expect(Expectation.busy(), Expectation.input(code));
        asked.expect(between);
        asked.expect(Expectation.idle()).reply(Expectation.ok());
    }

    /** A cell that fails; gives its error, which the reply repeats, without colours. */
    static Content.Error fails(Session session, String code, Expectation... between) throws InterruptedException {
        var asked = session.execute(code).expect(Expectation.busy(), Expectation.input(code));
        asked.expect(between);
        var error = (Content.Error) asked.next().content();
        asked.expect(Expectation.idle());
        var reply = (Content.ExecuteReply.Error)
                asked.reply(Expectation.any(Content.ExecuteReply.Error.class)).content();
        assertEquals(error, new Content.Error(reply.ename(), reply.evalue(), reply.traceback()));
        return new Content.Error(
                error.ename(),
                error.evalue(),
                error.traceback().stream()
                        .map(line -> line.replaceAll("\u001b\\[[\\d;]*m", ""))
                        .toList());
    }

    /** The pid of the notebook process, as a cell sees it. */
    static long mainPid(Session session) throws InterruptedException {
        var code = "ProcessHandle.current().pid()";
        var asked = session.execute(code).expect(Expectation.busy(), Expectation.input(code));
        var pid = ((Content.ExecuteResult) asked.next().content())
                .data()
                .get("text/plain")
                .asText();
        asked.expect(Expectation.idle()).reply(Expectation.ok());
        return Long.parseLong(pid);
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
