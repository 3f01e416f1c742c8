package heddle.protocol;

import static heddle.protocol.testkit.Expectation.aborted;
import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.display;
import static heddle.protocol.testkit.Expectation.error;
import static heddle.protocol.testkit.Expectation.failed;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.is;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.stderr;
import static heddle.protocol.testkit.Expectation.stream;
import static heddle.protocol.testkit.Expectation.streamed;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Content.ExecuteRequest;
import heddle.protocol.testkit.Expectation;
import heddle.protocol.testkit.Session;
import heddle.protocol.testkit.World;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The exact order of messages, over memory and over real sockets. */
@ParameterizedClass
@EnumSource
class KernelServerTest {

    private static final int LIMIT = 1 << 20;

    @Parameter
    World.Kind kind;

    private final EchoKernel kernel = new EchoKernel();
    private World world;
    private Session session;

    @BeforeEach
    void connect() throws Exception {
        world = World.start(kind, kernel, LIMIT);
        session = world.session();
    }

    @AfterEach
    void close() {
        world.close();
    }

    private void serverGoesOn() throws Exception {
        session.kernelInfo().expect(busy(), idle()).reply(ok());
    }

    private void logHas(String... words) {
        for (var word : words) {
            assertTrue(world.log().stream().anyMatch(line -> line.contains(word)), word + " not in " + world.log());
        }
        for (var line : world.log()) {
            assertFalse(line.contains("\n"), line);
            assertFalse(line.contains(World.KEY), line);
        }
    }

    @Test
    void anEchoIsSurroundedByBusyAndIdle() throws Exception {
        session.execute("x").expect(busy(), input("x", 1), stream("x"), idle()).reply(ok(1));
        session.execute("result 42")
                .expect(busy(), input("result 42", 2), result("42"), idle())
                .reply(ok(2));
        assertEquals(List.of(), world.log());
    }

    @Test
    void silentCodeShowsAndCountsNothing() throws Exception {
        session.execute(new ExecuteRequest("x", true, true, null, null, null))
                .expect(busy(), idle())
                .reply(ok(0));
    }

    @Test
    void displaysHaveIdsAndJsonIsUnpacked() throws Exception {
        var asked = session.execute("display a")
                .expect(busy(), input("display a"), display("text/html", "<b>a</b>"), idle());
        asked.reply(ok());
        session.execute("update a")
                .expect(busy(), input("update a"), is(Content.UpdateDisplayData.of(Json.plain("a"), "id-a")), idle())
                .reply(ok());
        session.execute("clear")
                .expect(busy(), input("clear"), is(new Content.ClearOutput(true)), idle())
                .reply(ok());
    }

    @Test
    void everyRequestHasItsReply() throws Exception {
        var info = session.kernelInfo().expect(busy(), idle()).reply(any(Content.KernelInfoReply.class));
        assertEquals("5.5", ((Content.KernelInfoReply) info.content()).protocolVersion());
        for (var question : Map.<Content, Content>of(
                        new Content.CompleteRequest("\uD83D\uDE00ab", 2), new Content.CompleteReply(List.of(), 2, 2),
                        new Content.CompleteRequest("\uD83D\uDE00ab", null), new Content.CompleteReply(List.of(), 3, 3),
                        new Content.InspectRequest("ab", 1, 0), Content.InspectReply.notFound(),
                        new Content.IsCompleteRequest("ab"), new Content.IsCompleteReply("unknown"),
                        new Content.HistoryRequest(false, true, "tail", 0, null, null, 10, null, false),
                                new Content.HistoryReply(List.of()),
                        new Content.CommInfoRequest(null), new Content.CommInfoReply(Map.of()))
                .entrySet()) {
            session.send(Channel.SHELL, question.getKey())
                    .expect(busy(), idle())
                    .reply(is(question.getValue()));
        }
    }

    @Test
    void aCommForNobodyIsClosed() throws Exception {
        session.send(Channel.SHELL, new Content.CommOpen("c1", "nobody", Map.of()))
                .expect(busy(), is(new Content.CommClose("c1", Map.of())), idle());
        session.send(Channel.SHELL, new Content.CommClose("c1", Map.of())).expect(busy(), idle());
    }

    @Test
    void aCommsMessagesCarryBuffersBothWaysAndAreNeverRepliedTo() throws Exception {
        session.send(Channel.SHELL, new Content.CommOpen("c1", "echo", Map.of()))
                .expect(busy(), idle());
        var message = new Content.CommMsg("c1", Map.of("a", TextNode.valueOf("\uD83D\uDE00")));
        var asked = session.send(Channel.SHELL, message, null, List.of(new byte[] {1, 0, -1}, new byte[0]));
        asked.expect(busy());
        var echo = asked.next();
        assertEquals(message, echo.content());
        assertEquals(2, echo.buffers().size());
        assertArrayEquals(new byte[] {1, 0, -1}, echo.buffers().getFirst());
        asked.expect(idle());
        session.send(Channel.SHELL, new Content.CommMsg("c1", Map.of("fail", TextNode.valueOf(""))))
                .expect(busy(), idle());
        logHas("the kernel failed to answer comm_msg", "on purpose");
    }

    @Test
    void aSubshellAnswersWhileACellRunsAndInTheOrderItWasAsked() throws Exception {
        var cell = session.execute("gate why").expect(busy(), input("gate why"));
        var id = session.subshell();
        var other = session.subshell();
        session.send(id, new Content.CompleteRequest("ab", 1))
                .expect(busy(), idle())
                .reply(is(new Content.CompleteReply(List.of(), 1, 1)));
        session.send(id, new Content.CommMsg("c1", Map.of())).expect(busy(), any(Content.CommMsg.class), idle());
        var list = session.send(Channel.CONTROL, new Content.ListSubshellRequest())
                .expect(busy(), idle())
                .reply(ok());
        assertEquals(Set.of(id, other), Set.copyOf(((Content.ListSubshellReply) list.content()).subshellId()));
        kernel.gate.countDown();
        cell.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        var reply = session.send(id, new Content.KernelInfoRequest())
                .expect(busy(), idle())
                .reply(ok());
        assertEquals(id, reply.parentHeader().subshellId());
    }

    @Test
    void anErrorInOneShellAbortsNothingInAnother() throws Exception {
        var id = session.subshell();
        var failing = session.execute("gate why").expect(busy(), input("gate why"));
        var mine = session.execute("b");
        var waiting = session.send(id, new ExecuteRequest("gate too")).expect(busy(), input("gate too"));
        var theirs = session.send(id, new Content.KernelInfoRequest());
        world.awaitArrived(Channel.SHELL, 4);
        kernel.gate.countDown();
        failing.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        mine.expect(busy(), idle()).reply(aborted());
        waiting.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        theirs.expect(busy(), idle()).reply(ok());
    }

    @Test
    void aDeletedSubshellAnswersWhatItWasSentBeforeAndNothingLater() throws Exception {
        var id = session.subshell();
        var before = session.send(id, new ExecuteRequest("gate why")).expect(busy(), input("gate why"));
        var queued = session.send(id, new Content.KernelInfoRequest());
        world.awaitArrived(Channel.SHELL, 2);
        session.send(Channel.CONTROL, new Content.DeleteSubshellRequest(id))
                .expect(busy(), idle())
                .reply(is(new Content.DeleteSubshellReply()));
        session.send(id, new Content.KernelInfoRequest()).expect(busy(), idle()).reply(failed("RequestRefused"));
        session.send(Channel.CONTROL, new Content.DeleteSubshellRequest(id))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
        session.send(Channel.CONTROL, new Content.ListSubshellRequest())
                .expect(busy(), idle())
                .reply(is(new Content.ListSubshellReply(List.of())));
        kernel.gate.countDown();
        before.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        queued.expect(busy(), idle()).reply(ok());
    }

    @Test
    void aKernelWithoutSubshellsRefusesThemAndSoDoTheWrongChannels() throws Exception {
        session.send(Channel.SHELL, new Content.Unknown("create_subshell_request", Json.MAPPER.createObjectNode()))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
        try (var without = World.start(kind, new EchoKernel(new String[0]))) {
            without.session()
                    .send(Channel.CONTROL, new Content.CreateSubshellRequest())
                    .expect(busy(), idle())
                    .reply(failed("RequestRefused"));
        }
    }

    @Test
    void aDebuggerIsNotPromisedAndItsRequestsAreRefusedAtOnce() throws Exception {
        var cell = session.execute("wait").expect(busy(), input("wait"));
        session.send(Channel.CONTROL, new Content.Unknown("debug_request", Json.MAPPER.createObjectNode()))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
        session.interrupt().expect(busy(), idle()).reply(ok());
        cell.expect(error("InterruptedException"), idle()).reply(failed("InterruptedException"));
    }

    @Test
    void controlAnswersInTheOrderOfItsRequestsBeforeAnythingOnShell() throws Exception {
        var cell = session.execute("wait").expect(busy(), input("wait"));
        var queued = session.execute("queued");
        world.awaitArrived(Channel.SHELL, 2);
        var first = session.send(Channel.CONTROL, new Content.KernelInfoRequest());
        var second = session.interrupt();
        var third = session.send(Channel.CONTROL, new Content.ListSubshellRequest());
        var ends = new ArrayList<Content>();
        for (var asked : List.of(first, second, third)) {
            asked.expect(busy(), idle());
            ends.add(asked.reply(ok()).content());
        }
        assertEquals(
                List.of("kernel_info_reply", "interrupt_reply", "list_subshell_reply"),
                ends.stream().map(Content::msgType).toList());
        cell.expect(error("InterruptedException"), idle()).reply(failed("InterruptedException"));
        queued.expect(busy(), idle()).reply(aborted());
    }

    @Test
    void whereTheSocketsAreIsToldToWhoStillAsks() throws Exception {
        var at = world.server().connection();
        session.send(Channel.SHELL, new Content.ConnectRequest())
                .expect(busy(), idle())
                .reply(is(new Content.ConnectReply(
                        at.shellPort(), at.iopubPort(), at.stdinPort(), at.hbPort(), at.controlPort())));
    }

    @Test
    void aReplyRepeatsItsRequestsHeaderWithFieldsOfLaterProtocols() throws Exception {
        var header = session.wire().header("execute_request");
        var later = new Header(
                header.msgId(),
                header.session(),
                header.username(),
                header.date(),
                header.msgType(),
                header.version(),
                Map.of("of_protocol_6", TextNode.valueOf("s1")));
        var reply = session.send(
                        Channel.SHELL,
                        new Message(List.of(), later, null, Map.of(), new ExecuteRequest("x"), List.of()))
                .expect(busy(), input("x"), stream("x"), idle())
                .reply(ok());
        assertEquals(later, reply.parentHeader());
        assertTrue(reply.metadata().containsKey("started"));
    }

    @Test
    void controlAnswersWhileACellRunsAndInterruptEndsIt() throws Exception {
        var cell = session.execute("wait").expect(busy(), input("wait"));
        session.send(Channel.CONTROL, new Content.KernelInfoRequest())
                .expect(busy(), idle())
                .reply(ok());
        assertEquals("beat", session.heartbeat("beat"));
        session.interrupt().expect(busy(), idle()).reply(is(new Content.InterruptReply()));
        cell.expect(error("InterruptedException"), idle()).reply(failed("InterruptedException"));
        session.execute("y").expect(busy(), input("y"), stream("y"), idle()).reply(ok());
    }

    @Test
    void whatBelongsOnShellIsRefusedOnControl() throws Exception {
        session.send(Channel.CONTROL, new ExecuteRequest("x"))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
    }

    @Test
    void anErrorAbortsTheQueuedCellsAndNothingElse() throws Exception {
        var failing = session.execute("gate why").expect(busy(), input("gate why"));
        var second = session.execute("b");
        var info = session.kernelInfo();
        var third = session.execute("c");
        world.awaitArrived(Channel.SHELL, 4);
        kernel.gate.countDown();
        failing.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        var after = session.execute("d");
        second.expect(busy(), idle()).reply(aborted());
        info.expect(busy(), idle()).reply(ok());
        third.expect(busy(), idle()).reply(aborted());
        after.expect(busy(), input("d", 2), stream("d"), idle()).reply(ok(2));
    }

    @Test
    void withoutStopOnErrorTheQueuedCellsRun() throws Exception {
        var failing = session.execute(new ExecuteRequest("gate why", null, null, null, null, false))
                .expect(busy(), input("gate why"));
        var second = session.execute("b");
        world.awaitArrived(Channel.SHELL, 2);
        kernel.gate.countDown();
        failing.expect(error("EchoError"), idle()).reply(failed("EchoError"));
        second.expect(busy(), input("b"), stream("b"), idle()).reply(ok());
    }

    @Test
    void aHandlerMayThrowAnything() throws Exception {
        session.execute("recurse")
                .expect(busy(), input("recurse"), error("StackOverflowError"), idle())
                .reply(failed("StackOverflowError"));
        session.execute("exhaust")
                .expect(busy(), input("exhaust"), error("OutOfMemoryError"), idle())
                .reply(failed("OutOfMemoryError"));
        session.execute("nothing")
                .expect(busy(), input("nothing"), error("NullPointerException"), idle())
                .reply(failed("NullPointerException"));
        session.execute("mute").expect(busy(), input("mute"), idle()).reply(failed(""));
        serverGoesOn();
        logHas("StackOverflowError", "OutOfMemoryError", "NullPointerException");
    }

    @Test
    void inputIsAskedOfTheCellsFrontEnd() throws Exception {
        session.executeWithInput("ask name?")
                .expect(busy(), input("ask name?"))
                .answers("name?", "Ada")
                .expect(stream("heard Ada"), idle())
                .reply(ok());
        var cell = session.executeWithInput("password pin?");
        var request = cell.asks("pin?", true);
        // Some front ends do not say what they answer.
        session.send(Channel.STDIN, new Content.InputReply("1234"));
        cell.expect(busy(), input("password pin?"), stream("heard 1234"), idle())
                .reply(ok());
        assertEquals("input_request", request.header().msgType());
    }

    @Test
    void inputIsRefusedWhereItIsNotAllowed() throws Exception {
        session.execute("ask name?")
                .expect(
                        busy(),
                        input("ask name?"),
                        stderr("The front end does not answer requests for input (allow_stdin is false)."),
                        idle())
                .reply(ok());
    }

    @Test
    void aLateAnswerIsNotTakenForAnotherQuestion() throws Exception {
        var first = session.executeWithInput("ask first?");
        var late = first.asks("first?", false);
        session.interrupt().expect(busy(), idle()).reply(ok());
        first.expect(busy(), input("ask first?"), error("InterruptedException"), idle())
                .reply(failed("InterruptedException"));
        var second = session.executeWithInput("ask second?").expect(busy(), input("ask second?"));
        var request = second.asks("second?", false);
        for (var answer : List.of(Map.entry(late, "wrong"), Map.entry(request, "right"))) {
            session.send(
                    Channel.STDIN,
                    session.wire()
                            .message(
                                    List.of(),
                                    answer.getKey().header(),
                                    Map.of(),
                                    new Content.InputReply(answer.getValue()),
                                    List.of()));
        }
        second.expect(stream("heard right"), idle()).reply(ok());
        logHas("nobody waits for");
    }

    @Test
    void aFrontEndThatDiesWhileAskedEndsTheWait() throws Exception {
        var dying = world.session();
        var cell = dying.executeWithInput("ask name?");
        var seen = session.watch(cell).expect(busy(), input("ask name?"));
        cell.expect(busy(), input("ask name?"));
        cell.asks("name?", false);
        dying.close();
        seen.expect(stderr("The front end that was asked for input has no connection to stdin (any more)."), idle());
    }

    @Test
    void aThreadPublishesUnderItsCellLongAfterTheReply() throws Exception {
        var cell = session.execute("later hello").expect(busy(), input("later hello"), idle());
        cell.reply(ok());
        session.execute("x").expect(busy(), input("x"), stream("x"), idle()).reply(ok());
        kernel.gate.countDown();
        cell.expect(stream("hello"));
    }

    @Test
    void aThousandLinesComeInOrderBeforeIdle() throws Exception {
        session.execute("flood 1000")
                .expect(busy(), input("flood 1000"))
                .expect(IntStream.range(0, 1000)
                        .mapToObj(i -> stream("line " + i + "\n"))
                        .toArray(Expectation[]::new))
                .expect(idle())
                .reply(ok());
        session.execute("flood 100")
                .expect(
                        busy(),
                        input("flood 100"),
                        streamed(
                                "stdout",
                                String.join(
                                        "",
                                        IntStream.range(0, 100)
                                                .mapToObj(i -> "line " + i + "\n")
                                                .toList())),
                        idle())
                .reply(ok());
    }

    @Test
    void aThreadWithItsInterruptFlagSetPublishes() throws Exception {
        session.execute("interrupted x")
                .expect(busy(), input("interrupted x"), stream("x"), idle())
                .reply(ok());
        serverGoesOn();
    }

    @Test
    void twoClientsSeeAllOutputAndGetTheirOwnReplies() throws Exception {
        var other = world.session();
        var mine = session.execute("x");
        mine.expect(busy(), input("x"), stream("x"), idle()).reply(ok());
        other.watch(mine).expect(busy(), input("x"), stream("x"), idle());
        var theirs = other.executeWithInput("ask name?")
                .expect(busy(), input("ask name?"))
                .answers("name?", "Bob")
                .expect(stream("heard Bob"), idle());
        theirs.reply(ok());
        session.watch(theirs).expect(busy(), input("ask name?"), stream("heard Bob"), idle());
    }

    @Test
    void malformedMessagesAreRefusedInOneLine() throws Exception {
        var good = session.wire()
                .encode(session.wire().message(List.of(), null, Map.of(), new ExecuteRequest("x"), List.of()));
        var wrongKey = new Wire(ConnectionInfo.anyPort("another key"), LIMIT)
                .encode(session.wire().message(List.of(), null, Map.of(), new ExecuteRequest("x"), List.of()));
        var unsigned = new ArrayList<>(good);
        unsigned.set(1, new byte[0]);
        var tampered = new ArrayList<>(good);
        tampered.set(5, "{\"code\": \"evil\"}".getBytes(StandardCharsets.UTF_8));
        var notJson = signed("not json", "{}", "{}", "{}");
        var noObject = signed("[]", "{}", "{}", "{}");
        var noMetadata = signed(text(good.get(2)), "{}", "7", text(good.get(5)));
        var expected = List.of(
                "no delimiter", "fewer than five", "does not fit the key", "is not signed", "JSON cannot be read");
        for (var frames : List.of(
                List.of(new byte[] {1, 2, 3}),
                List.of(new byte[0]),
                good.subList(0, 4),
                wrongKey,
                unsigned,
                tampered,
                notJson,
                noObject,
                noMetadata)) {
            for (var channel : List.of(Channel.SHELL, Channel.CONTROL, Channel.STDIN)) {
                session.sendRaw(channel, UUID.randomUUID().toString(), frames);
            }
        }
        world.awaitArrived(Channel.CONTROL, 9);
        world.awaitArrived(Channel.STDIN, 9);
        serverGoesOn();
        logHas(expected.toArray(String[]::new));
        assertEquals(3 * 9, world.log().size(), world.log().toString());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Frames signed with the right key, whatever they say. */
    private static List<byte[]> signed(String... parts) throws Exception {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec(World.KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        var frames = new ArrayList<byte[]>();
        Arrays.stream(parts).map(part -> part.getBytes(StandardCharsets.UTF_8)).forEach(part -> {
            mac.update(part);
            frames.add(part);
        });
        frames.addFirst(HexFormat.of().formatHex(mac.doFinal()).getBytes(StandardCharsets.UTF_8));
        frames.addFirst("<IDS|MSG>".getBytes(StandardCharsets.UTF_8));
        return frames;
    }

    @Test
    void aReplayedMessageIsRefused() throws Exception {
        var message = session.wire().message(List.of(), null, Map.of(), new ExecuteRequest("x"), List.of());
        var frames = session.wire().encode(message);
        session.sendRaw(Channel.SHELL, message.header().msgId(), frames)
                .expect(busy(), input("x"), stream("x"), idle())
                .reply(ok());
        session.sendRaw(Channel.SHELL, message.header().msgId(), frames);
        session.sendRaw(Channel.CONTROL, message.header().msgId(), frames);
        world.awaitArrived(Channel.CONTROL, 1);
        serverGoesOn();
        assertEquals(
                2,
                world.log().stream()
                        .filter(line -> line.contains("received before"))
                        .count());
    }

    @Test
    void unknownMessageTypesAreAnsweredWhereAReplyIsAwaited() throws Exception {
        var empty = Json.MAPPER.createObjectNode();
        session.send(Channel.SHELL, new Content.Unknown("dance_request", empty))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
        session.send(Channel.SHELL, new Content.Unknown("dance", empty)).expect(busy(), idle());
        // execute_request without its code
        session.send(Channel.SHELL, new Content.Unknown("execute_request", empty))
                .expect(busy(), idle())
                .reply(failed("RequestRefused"));
        session.send(Channel.SHELL, new Content.InputReply("astray")).expect(busy(), idle());
        session.send(Channel.STDIN, new ExecuteRequest("astray"));
        world.awaitArrived(Channel.STDIN, 1);
        serverGoesOn();
        logHas("dance_request", "the field code is missing", "input_reply", "only input_reply belongs");
    }

    @Test
    void aMessageThatIsTooLargeInAllIsRefused() throws Exception {
        var half = new byte[LIMIT * 2 / 3];
        session.send(
                Channel.SHELL,
                session.wire().message(List.of(), null, Map.of(), new ExecuteRequest("x"), List.of(half, half)));
        serverGoesOn();
        logHas("more than the " + LIMIT + " allowed");
    }

    @Test
    void aClientThatSendsAFrameTooLargeDoesNotHarmTheOthers() throws Exception {
        var other = world.session();
        other.execute("x".repeat(LIMIT + 1));
        serverGoesOn();
        session.execute("x".repeat(LIMIT / 2))
                .expect(busy(), any(Content.ExecuteInput.class), any(Content.Stream.class), idle())
                .reply(ok());
    }

    @Test
    void shutdownIsAnsweredThenAwaitReturns() throws Exception {
        var restart = CompletableFuture.supplyAsync(() -> {
            try {
                return world.server().awaitShutdown();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        var cell = session.execute("wait").expect(busy(), input("wait"));
        session.shutdown(true)
                .expect(busy(), is(new Content.ShutdownReply(true)), idle())
                .reply(is(new Content.ShutdownReply(true)));
        assertTrue(restart.get(10, TimeUnit.SECONDS));
        cell.expect(error("InterruptedException"), idle()).reply(failed("InterruptedException"));
        world.server().close();
    }

    @Test
    void closeEndsARunningCellAndWhoWaitsForInputAndIsIdempotent() throws Exception {
        var asking = session.executeWithInput("ask name?").expect(busy(), input("ask name?"));
        asking.asks("name?", false);
        session.execute("never reached");
        var beganNs = System.nanoTime();
        world.server().close();
        world.server().close();
        assertFalse(world.server().awaitShutdown());
        assertTrue(System.nanoTime() - beganNs < TimeUnit.SECONDS.toNanos(4), "close took too long");
        asking.expect(stderr("The kernel is shutting down; nobody can be asked for input."), idle())
                .reply(ok());
    }

    @Test
    void kernelInfoIsQuick() throws Exception {
        var roundTripsUs = new long[500];
        for (var i = -500; i < roundTripsUs.length; i++) {
            var beganNs = System.nanoTime();
            var asked = session.kernelInfo();
            asked.reply(ok());
            if (i >= 0) {
                roundTripsUs[i] = (System.nanoTime() - beganNs) / 1000;
            }
            asked.expect(busy(), idle());
        }
        Arrays.sort(roundTripsUs);
        System.out.println("kernel_info round trip, " + kind + ": median " + roundTripsUs[250] + " us, 95 % below "
                + roundTripsUs[475] + " us");
        // Generous, for a busy machine; a server that sleeps or polls is slower than this.
        assertTrue(roundTripsUs[250] < 10_000, "median " + roundTripsUs[250] + " us");
    }
}
