package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.error;
import static heddle.protocol.testkit.Expectation.failed;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.Channel;
import heddle.protocol.ConnectionInfo;
import heddle.protocol.Content;
import heddle.protocol.FrontEnd;
import heddle.protocol.testkit.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel as Jupyter starts it: a process of its own, a connection file, real sockets. */
class KernelProcessTest {

    @TempDir
    Path folder;

    private Process kernel;
    private Session session;

    @AfterEach
    void end() throws Exception {
        try {
            if (session != null) {
                session.close();
            }
        } finally {
            if (kernel != null) {
                kernel.destroyForcibly().waitFor();
            }
        }
    }

    private static Process launch(Path errors, String... arguments) throws IOException {
        return builder(errors, arguments).start();
    }

    private static ProcessBuilder builder(Path errors, String... arguments) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                KernelMain.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile());
    }

    private void start() throws Exception {
        start(ProcessHandle.current().pid());
    }

    private void start(long parent) throws Exception {
        var ports = new ArrayList<Integer>();
        var held = new ArrayList<ServerSocket>();
        for (int i = 0; i < 5; i++) {
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            ports.add(held.getLast().getLocalPort());
        }
        for (var socket : held) {
            socket.close();
        }
        var file = folder.resolve("connection.json");
        Files.writeString(file, """
                {"transport": "tcp", "ip": "127.0.0.1", "shell_port": %d, "iopub_port": %d, "stdin_port": %d,
                 "control_port": %d, "hb_port": %d, "signature_scheme": "hmac-sha256", "key": "k-17"}
                """.formatted(ports.toArray()));
        var builder = builder(folder.resolve("errors"), file.toString());
        builder.environment().put("JPY_PARENT_PID", String.valueOf(parent));
        kernel = builder.start();
        session = Session.connect(ConnectionInfo.read(file));
    }

    @Test
    void aFloodGoesOnThoughOneFrontEndNeverReadsAndAnotherVanishes() throws Exception {
        start();
        var at = ConnectionInfo.read(folder.resolve("connection.json"));
        var never = new FrontEnd(at, Channel.IOPUB, new byte[0], Duration.ofSeconds(20));
        var vanishing = new FrontEnd(at, Channel.IOPUB, new byte[0], Duration.ofSeconds(20));
        try (never;
                vanishing) {
            vanishing.receive(); // the answer to its subscription: both are there
            var code =
                    "var large = \"x\".repeat(2_000_000); for (int i = 0; i < 30; i++) { display(large, \"text/plain\");"
                            + " for (int n = 0; n < 10_000; n++) System.out.println(n); }";
            var asked = session.execute(code).expect(busy(), input(code, 1));
            int displays = 0;
            Content content;
            while (!((content = asked.next().content()) instanceof Content.Status)) {
                displays += content instanceof Content.DisplayData ? 1 : 0;
                if (displays == 3) {
                    vanishing.close();
                }
            }
            assertEquals(new Content.Status(Content.ExecutionState.IDLE), content);
            asked.reply(ok(1));
            assertTrue(displays >= 3, displays + " displays");
        }
        session.execute("1 + 1")
                .expect(busy(), input("1 + 1", 2), result("2"), idle())
                .reply(ok(2));
    }

    @Test
    void aLifeOfAKernel() throws Exception {
        start();
        var info = (Content.KernelInfoReply) session.kernelInfo()
                .expect(busy(), idle())
                .reply(any(Content.KernelInfoReply.class))
                .content();
        assertEquals("heddle", info.implementation());
        assertEquals("java", info.languageInfo().name());
        assertEquals("beat", session.heartbeat("beat"));
        session.execute("1 + 1")
                .expect(busy(), input("1 + 1", 1), result("2"), idle())
                .reply(ok(1));
        session.execute("System.out.println(2);\nSystem.err.println(3);")
                .expect(
                        busy(),
                        input("System.out.println(2);\nSystem.err.println(3);", 2),
                        streamed("stdout", "2\n"),
                        streamed("stderr", "3\n"),
                        idle())
                .reply(ok(2));
        session.execute("throw new Error();")
                .expect(busy(), input("throw new Error();", 3), error("java.lang.Error"), idle())
                .reply(failed("java.lang.Error"));
        var code = "new Scanner(System.in).nextInt()";
        session.executeWithInput(code)
                .expect(busy(), input(code))
                .answers("", "42")
                .expect(result("42"), idle())
                .reply(ok(4));

        var notebook = ProcessHandle.of(TestKernel.mainPid(session)).orElseThrow();
        session.shutdown(false)
                .expect(busy(), any(Content.ShutdownReply.class), idle())
                .reply(any(Content.ShutdownReply.class));
        assertTrue(kernel.waitFor(20, TimeUnit.SECONDS), "the kernel does not end");
        assertEquals(0, kernel.exitValue());
        notebook.onExit().get(10, TimeUnit.SECONDS);
        assertEquals("", Files.readString(folder.resolve("errors")));
    }

    @Test
    void nothingOutlivesAKilledKernel() throws Exception {
        start();
        var notebook = ProcessHandle.of(TestKernel.mainPid(session)).orElseThrow();
        var code =
                "new jdk.jfr.Recording().start();\nSystem.getProperty(\"heddle.kernel.folder\") + \"\\n\" + System.getProperty(\"jdk.jfr.repository\")";
        var asked = session.execute(code).expect(busy(), input(code));
        var folders = ((Content.ExecuteResult) asked.next().content())
                .data()
                .get("text/plain")
                .asText()
                .lines()
                .map(Path::of)
                .toList();
        asked.expect(idle()).reply(ok());
        folders.forEach(each -> assertTrue(Files.exists(each), each.toString()));
        session.execute("while (true) {}").expect(busy(), input("while (true) {}"));
        kernel.destroyForcibly().waitFor();
        notebook.onExit().get(10, TimeUnit.SECONDS);
        assertFalse(notebook.isAlive());
        folders.forEach(each -> assertFalse(Files.exists(each), each.toString()));
    }

    @Test
    void aKernelDoesNotOutliveItsServer() throws Exception {
        var server = new ProcessBuilder("sleep", "1000").start();
        try {
            start(server.pid());
            var notebook = ProcessHandle.of(TestKernel.mainPid(session)).orElseThrow();
            server.destroyForcibly().waitFor();
            assertTrue(kernel.waitFor(20, TimeUnit.SECONDS), "the kernel does not end");
            notebook.onExit().get(10, TimeUnit.SECONDS);
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void shutdownWhileACellRuns() throws Exception {
        start();
        var notebook = ProcessHandle.of(TestKernel.mainPid(session)).orElseThrow();
        var cell = session.execute("while (true) {}").expect(busy(), input("while (true) {}"));
        session.shutdown(true)
                .expect(busy(), any(Content.ShutdownReply.class), idle())
                .reply(any(Content.ShutdownReply.class));
        cell.expect(error("CellStopped"), idle()).reply(failed("CellStopped"));
        assertTrue(kernel.waitFor(20, TimeUnit.SECONDS), "the kernel does not end");
        assertEquals(0, kernel.exitValue());
        notebook.onExit().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aBadConnectionFileIsOneSentence() throws Exception {
        var errors = folder.resolve("errors");
        kernel = launch(errors, folder.resolve("none.json").toString());
        assertTrue(kernel.waitFor(20, TimeUnit.SECONDS));
        assertEquals(1, kernel.exitValue());
        assertEquals(1, Files.readAllLines(errors).size(), Files.readString(errors));
        assertTrue(Files.readString(errors).startsWith("heddle: "), Files.readString(errors));
    }

    @Test
    void trainingEndsByItself() throws Exception {
        var errors = folder.resolve("errors");
        kernel = launch(errors, "--train");
        assertTrue(kernel.waitFor(50, TimeUnit.SECONDS), "training does not end");
        assertEquals("", Files.readString(errors));
        assertEquals(0, kernel.exitValue());
    }
}
