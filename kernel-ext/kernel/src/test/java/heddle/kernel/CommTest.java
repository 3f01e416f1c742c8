package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.failed;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.is;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import heddle.protocol.Channel;
import heddle.protocol.Content;
import heddle.protocol.Content.CommClose;
import heddle.protocol.Content.CommMsg;
import heddle.protocol.Content.CommOpen;
import heddle.protocol.Content.CommTarget;
import heddle.protocol.Json;
import heddle.protocol.testkit.Expectation;
import heddle.protocol.testkit.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Comms between a front end and cells in Java, and what a subshell answers while a cell runs. */
class CommTest {

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
        run("import heddle.notebook.Comm;");
        run("""
                Comm.target("echo", (comm, opened) -> {
                    System.out.println("opened with " + opened.data());
                    comm.onMessage(message -> {
                        System.out.println("heard " + message.data());
                        comm.send(message.data(), message.buffers().toArray(byte[][]::new));
                    });
                    comm.onClose(message -> System.out.println("closed with " + message.data()));
                });""");
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    private static void run(String code, Expectation... between) throws Exception {
        TestKernel.run(session, code, between);
    }

    private static Session.Asked running(String code) throws Exception {
        return session.execute(code).expect(busy(), input(code), streamed("stdout", "runs\n"));
    }

    /** The next message on iopub, which is one that code in a cell sent. */
    private static <T extends Content> T next(Session.Asked asked, Class<T> type) throws Exception {
        return type.cast(asked.next().content());
    }

    private static Map<String, JsonNode> json(String text) {
        var members = new LinkedHashMap<String, JsonNode>();
        Json.parse(text).forEachEntry(members::put);
        return members;
    }

    private static Session.Asked send(Content content) throws Exception {
        return session.send(Channel.SHELL, content).expect(busy());
    }

    private static void delete(String subshell) throws Exception {
        session.send(Channel.CONTROL, new Content.DeleteSubshellRequest(subshell))
                .expect(busy(), idle())
                .reply(ok());
    }

    private static void open(String id, String target) throws Exception {
        send(new CommOpen(id, target, Map.of())).expect(idle());
    }

    @Test
    @DisplayName("CM1 a front end opens a comm, both sides send data and bytes, and it is closed")
    void fromAFrontEnd() throws Exception {
        var data = json("""
                {"text": "a 🧵 b", "none": null, "yes": true, "small": 1, "large": 123456789012, "half": 0.5, "list": [1, [], {"deep": {}}]}""");
        send(new CommOpen("one", "echo", json("{\"a\": [1]}")))
                .expect(streamed("stdout", "opened with {a=[1]}\n"), idle());
        var asked = session.send(
                Channel.SHELL, new CommMsg("one", data), null, List.of(new byte[] {1, 0, -1}, new byte[0]));
        asked.expect(
                busy(),
                streamed(
                        "stdout",
                        "heard {text=a 🧵 b, none=null, yes=true, small=1, large=123456789012, half=0.5, list=[1, [], {deep={}}]}\n"));
        var back = asked.next();
        assertEquals(new CommMsg("one", data), back.content());
        assertEquals(2, back.buffers().size());
        assertArrayEquals(new byte[] {1, 0, -1}, back.buffers().getFirst());
        asked.expect(idle());
        send(new CommClose("one", json("{\"why\": \"done\"}")))
                .expect(streamed("stdout", "closed with {why=done}\n"), idle());
        send(new CommMsg("one", Map.of())).expect(idle());
    }

    @Test
    @DisplayName("CM2 a cell opens a comm with metadata; what comes before there is a handler waits for it")
    void fromACell() throws Exception {
        var code =
                "var mine = Comm.open(\"widget\", Map.of(\"count\", 1), Map.of(\"version\", \"2.1.0\"), new byte[] {7});";
        var cell = session.execute(code).expect(busy(), input(code));
        var opened = cell.next();
        var open = (CommOpen) opened.content();
        assertEquals("widget", open.targetName());
        assertEquals(json("{\"count\": 1}"), open.data());
        assertEquals(json("{\"version\": \"2.1.0\"}"), opened.metadata());
        assertArrayEquals(new byte[] {7}, opened.buffers().getFirst());
        cell.expect(idle()).reply(ok());
        send(new CommMsg(open.commId(), json("{\"n\": 1}"))).expect(idle());
        send(new CommMsg(open.commId(), json("{\"n\": 2}"))).expect(idle());
        run(
                "var heard = new LinkedBlockingQueue<Object>(); mine.onMessage(message -> heard.add(message.data().get(\"n\")));");
        send(new CommMsg(open.commId(), json("{\"n\": 3}"))).expect(idle());
        run("List.of(heard.take(), heard.take(), heard.take())", result("[1, 2, 3]"));
        run("mine.close();", is(new CommClose(open.commId(), Map.of())));
        run("mine.close(); mine.isOpen()", result("false"));
        var late = "mine.send(Map.of());";
        session.execute(late)
                .expect(busy(), input(late), any(Content.Error.class), idle())
                .reply(failed("java.lang.IllegalStateException"));
    }

    @Test
    @DisplayName("CM3 a name that nobody knows is closed again; what is open is told, by name too")
    void openComms() throws Exception {
        send(new CommOpen("stray", "nobody", Map.of())).expect(is(new CommClose("stray", Map.of())), idle());
        run("Comm.target(\"quiet\", (comm, opened) -> {});");
        open("two", "quiet");
        open("three", "quiet");
        send(new CommClose("three", Map.of())).expect(idle());
        send(new Content.CommInfoRequest("quiet"))
                .expect(idle())
                .reply(is(new Content.CommInfoReply(Map.of("two", new CommTarget("quiet")))));
        send(new Content.CommInfoRequest("nobody")).expect(idle()).reply(is(new Content.CommInfoReply(Map.of())));
        send(new CommClose("two", Map.of())).expect(idle());
    }

    @Test
    @DisplayName("CM4 a handler that throws is reported under its message, and the comm goes on")
    void aFailingHandler() throws Exception {
        run(
                "Comm.target(\"fails\", (comm, opened) -> comm.onMessage(message -> comm.send(Map.of(\"n\", (Integer) message.data().get(\"n\") / 0))));");
        open("four", "fails");
        for (int time = 0; time < 2; time++) {
            var asked = send(new CommMsg("four", json("{\"n\": 1}")));
            var said = next(asked, Content.Stream.class);
            assertEquals("stderr", said.name());
            assertTrue(said.text().startsWith("Exception in a handler of a comm: "), said.text());
            assertTrue(said.text().contains("/ by zero"), said.text());
            asked.expect(idle());
        }
        send(new CommClose("four", Map.of())).expect(idle());
    }

    @Test
    @DisplayName("CM5 what JSON cannot say is refused with its place")
    void noJson() throws Exception {
        for (var wrong : Map.of(
                        "Map.of(\"a\", List.of(new Object()))", "data.a[] is a java.lang.Object, which JSON cannot say",
                        "Map.of(\"a\", Double.NaN)", "data.a is NaN",
                        "Map.of(\"a\", Map.of(1, 2))", "A key of data.a is not a String: 1",
                        "Stream.iterate((Object) 1, List::of).limit(600).reduce((a, b) -> b).map(deep -> Map.of(\"a\", deep)).get()",
                                "nested deeper")
                .entrySet()) {
            var code = "Comm.open(\"widget\", " + wrong.getKey() + ");";
            var cell = session.execute(code).expect(busy(), input(code));
            var error = next(cell, Content.Error.class);
            assertTrue(error.evalue().contains(wrong.getValue()), error.evalue());
            cell.expect(idle()).reply(failed("java.lang.IllegalArgumentException"));
        }
    }

    @Test
    @DisplayName("CM6 a subshell's comms, completion and inspection answer while a cell runs, which can wait for them")
    void whileACellRuns() throws Exception {
        var subshell = session.subshell();
        run("var told = new LinkedBlockingQueue<Object>();");
        run(
                "Comm.target(\"tell\", (comm, opened) -> comm.onMessage(message -> { told.add(message.data().get(\"n\")); comm.send(message.data()); }));");
        var cell = running("System.out.println(\"runs\"); told.take()");
        var completion = session.send(subshell, new Content.CompleteRequest("told.pol", 8));
        var completed = (Content.CompleteReply)
                completion.expect(busy(), idle()).reply(ok()).content();
        assertTrue(completed.matches().contains("poll("), completed.toString());
        var inspection = session.send(subshell, new Content.InspectRequest("told", 4, 0));
        var found = (Content.InspectReply)
                inspection.expect(busy(), idle()).reply(ok()).content();
        assertTrue(found.data().get("text/plain").asText().contains("LinkedBlockingQueue"), found.toString());
        session.send(subshell, new Content.IsCompleteRequest("int f() {"))
                .expect(busy(), idle())
                .reply(is(new Content.IsCompleteReply("incomplete", "    ")));
        session.send(subshell, new CommOpen("five", "tell", Map.of())).expect(busy(), idle());
        session.send(subshell, new CommMsg("five", json("{\"n\": 42}")))
                .expect(busy(), is(new CommMsg("five", json("{\"n\": 42}"))), idle());
        cell.expect(result("42"), idle()).reply(ok());
        send(new CommClose("five", Map.of())).expect(idle());
        delete(subshell);
    }

    @Test
    @DisplayName(
            "CM7 a subshell's cell runs on main when main is free, else it is refused at once and nothing is stopped")
    void cellsOfASubshell() throws Exception {
        var subshell = session.subshell();
        run("var gate = new CountDownLatch(1);");
        var cell = running("System.out.println(\"runs\"); gate.await();");
        var refused = session.send(subshell, new Content.ExecuteRequest("gate.countDown();"));
        var error = next(refused.expect(busy()), Content.Error.class);
        assertTrue(error.evalue().contains("cells run one at a time on the main thread"), error.evalue());
        refused.expect(idle()).reply(failed("MainThreadBusy"));
        session.send(subshell, new Content.ExecuteRequest("", true, false, null, null, null))
                .expect(busy(), idle())
                .reply(ok());
        session.interrupt().expect(busy(), idle()).reply(ok());
        cell.expect(any(Content.Error.class), idle()).reply(failed("CellStopped"));
        var name = "Thread.currentThread().getName()";
        session.send(subshell, new Content.ExecuteRequest(name))
                .expect(busy(), input(name), result("main"), idle())
                .reply(ok());
        delete(subshell);
    }

    @Test
    @DisplayName(
            "CM8 Stop interrupts a handler; one that does not react is waited for no longer, and other comms go on")
    void aHandlerIsStopped() throws Exception {
        run("volatile boolean spin = true;");
        run(
                "Comm.target(\"hangs\", (comm, opened) -> comm.onMessage(message -> { System.out.println(\"hangs\"); while (message.data().containsKey(\"spin\") ? spin : true) try { Thread.sleep(message.data().containsKey(\"spin\") ? 1 : 600_000); } catch (InterruptedException e) { if (!message.data().containsKey(\"spin\")) return; } }));");
        open("six", "hangs");
        var waits = send(new CommMsg("six", Map.of())).expect(streamed("stdout", "hangs\n"));
        session.interrupt().expect(busy(), idle()).reply(ok());
        waits.expect(idle());
        var spins = send(new CommMsg("six", json("{\"spin\": true}"))).expect(streamed("stdout", "hangs\n"));
        session.interrupt().expect(busy(), idle()).reply(ok());
        session.interrupt().expect(busy(), idle()).reply(ok());
        var said = next(spins, Content.Stream.class).text();
        assertTrue(said.startsWith("The handler of a comm does not react"), said);
        spins.expect(idle());
        send(new CommOpen("seven", "echo", Map.of())).expect(streamed("stdout", "opened with {}\n"), idle());
        run("spin = false;");
        send(new CommClose("six", Map.of())).expect(idle());
        send(new CommClose("seven", Map.of())).expect(streamed("stdout", "closed with {}\n"), idle());
    }

    @Test
    @DisplayName(
            "CM9 comms are closed when their process is lost, whoever opened them, and a handler is waited for no longer")
    void theProcessIsLost() throws Exception {
        try (var own = new TestKernel()) {
            var front = own.session();
            var code =
                    "heddle.notebook.Comm.target(\"end\", (comm, opened) -> comm.onMessage(message -> Runtime.getRuntime().halt(7)));";
            front.execute(code).expect(busy(), input(code), idle()).reply(ok());
            var opened = front.send(Channel.SHELL, new CommOpen("eight", "end", Map.of()))
                    .expect(busy(), idle());
            front.send(Channel.SHELL, new CommMsg("eight", Map.of())).expect(busy(), idle());
            opened.expect(is(new CommClose("eight", Map.of())));
            own.awaitNotice();
            front.send(Channel.SHELL, new Content.CommInfoRequest(null))
                    .expect(busy(), idle())
                    .reply(is(new Content.CommInfoReply(Map.of())));
            aStoppedProcessIsKilledWhenItTakesNothingAnyMore(front);
        }
    }

    private static void aStoppedProcessIsKilledWhenItTakesNothingAnyMore(Session front) throws Exception {
        var code = "heddle.notebook.Comm.target(\"large\", (comm, opened) -> {});";
        var cell = front.execute(code).expect(busy(), input(code));
        assertTrue(((Content.Stream) cell.next().content()).text().contains("exit code 7"));
        cell.expect(idle()).reply(ok());
        var opened = front.send(Channel.SHELL, new CommOpen("nine", "large", Map.of()))
                .expect(busy(), idle());
        long pid = TestKernel.mainPid(front);
        new ProcessBuilder("kill", "-STOP", String.valueOf(pid)).start().waitFor();
        // One message is being written, one waits, and for the third there is no room.
        for (var sentence :
                List.of("does not react to the interrupt", "does not react to the interrupt", "is being killed")) {
            var asked = front.send(Channel.SHELL, new CommMsg("nine", Map.of()), null, List.of(new byte[4 << 20]))
                    .expect(busy());
            // It is said once, at the second press after the kernel has begun with the message.
            while (!asked.hasMore()) {
                front.interrupt().expect(busy(), idle()).reply(ok());
            }
            var said = ((Content.Stream) asked.next().content()).text();
            assertTrue(said.contains(sentence), said);
            asked.expect(idle());
        }
        opened.expect(is(new CommClose("nine", Map.of())));
    }
}
