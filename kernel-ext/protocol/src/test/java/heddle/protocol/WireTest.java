package heddle.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.protocol.Content.ExecuteReply;
import heddle.protocol.Content.ExecuteRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Contents as JSON, messages as frames. */
class WireTest {

    private static final Map<String, JsonNode> DATA = Map.of("k", TextNode.valueOf("v"));

    /** One of each, with the JSON it must be. */
    private static final Map<Content, String> SAMPLES = Map.ofEntries(
            Map.entry(new ExecuteRequest("x", false, true, Map.of("a", "1+1"), true, false), """
                    {"code":"x","silent":false,"store_history":true,"user_expressions":{"a":"1+1"},"allow_stdin":true,"stop_on_error":false}"""),
            Map.entry(new ExecuteReply.Ok(3), """
                    {"status":"ok","execution_count":3,"payload":[],"user_expressions":{}}"""),
            Map.entry(new ExecuteReply.Error(3, "E", "v", List.of("t")), """
                    {"status":"error","execution_count":3,"ename":"E","evalue":"v","traceback":["t"]}"""),
            Map.entry(new ExecuteReply.Aborted(3), "{\"execution_count\":3,\"status\":\"aborted\"}"),
            Map.entry(new Content.ErrorReply("inspect_reply", "E", "v", List.of("t")), """
                    {"status":"error","ename":"E","evalue":"v","traceback":["t"]}"""),
            Map.entry(new Content.ExecuteInput("x", 3), "{\"code\":\"x\",\"execution_count\":3}"),
            Map.entry(new Content.ExecuteResult(3, DATA), """
                    {"execution_count":3,"data":{"k":"v"},"metadata":{}}"""),
            Map.entry(Content.DisplayData.of(DATA, null), """
                    {"data":{"k":"v"},"metadata":{},"transient":{}}"""),
            Map.entry(Content.UpdateDisplayData.of(DATA, "i"), """
                    {"data":{"k":"v"},"metadata":{},"transient":{"display_id":"i"}}"""),
            Map.entry(new Content.ConnectRequest(), "{}"),
            Map.entry(new Content.ConnectReply(1, 2, 3, 4, 5), """
                    {"status":"ok","shell_port":1,"iopub_port":2,"stdin_port":3,"hb_port":4,"control_port":5}"""),
            Map.entry(new Content.CreateSubshellRequest(), "{}"),
            Map.entry(new Content.CreateSubshellReply("s"), "{\"status\":\"ok\",\"subshell_id\":\"s\"}"),
            Map.entry(new Content.DeleteSubshellRequest("s"), "{\"subshell_id\":\"s\"}"),
            Map.entry(new Content.DeleteSubshellReply(), "{\"status\":\"ok\"}"),
            Map.entry(new Content.ListSubshellRequest(), "{}"),
            Map.entry(new Content.ListSubshellReply(List.of("s")), "{\"status\":\"ok\",\"subshell_id\":[\"s\"]}"),
            Map.entry(new Content.ClearOutput(true), "{\"wait\":true}"),
            Map.entry(Content.Stream.stderr("线程\n"), "{\"name\":\"stderr\",\"text\":\"线程\\n\"}"),
            Map.entry(new Content.Error("E", "v", List.of("t")), """
                    {"ename":"E","evalue":"v","traceback":["t"]}"""),
            Map.entry(new Content.Status(Content.ExecutionState.BUSY), "{\"execution_state\":\"busy\"}"),
            Map.entry(new Content.IopubWelcome("s"), "{\"subscription\":\"s\"}"),
            Map.entry(new Content.CompleteRequest("abc", 2), "{\"code\":\"abc\",\"cursor_pos\":2}"),
            Map.entry(new Content.CompleteReply(List.of("m"), 1, 2), """
                    {"status":"ok","matches":["m"],"cursor_start":1,"cursor_end":2,"metadata":{}}"""),
            Map.entry(new Content.InspectRequest("abc", 2, 1), """
                    {"code":"abc","cursor_pos":2,"detail_level":1}"""),
            Map.entry(new Content.InspectReply(true, DATA, null), """
                    {"status":"ok","found":true,"data":{"k":"v"},"metadata":{}}"""),
            Map.entry(new Content.IsCompleteRequest("abc"), "{\"code\":\"abc\"}"),
            Map.entry(new Content.IsCompleteReply("incomplete", "  "), """
                    {"status":"incomplete","indent":"  "}"""),
            Map.entry(new Content.HistoryRequest(true, false, "range", -1, 2, 3, null, null, false), """
                    {"output":true,"raw":false,"hist_access_type":"range","session":-1,"start":2,"stop":3,"unique":false}"""),
            Map.entry(
                    new Content.HistoryReply(List.of(
                            new Content.HistoryItem(1, 2, "in", null), new Content.HistoryItem(1, 3, "in", "out"))),
                    """
                    {"status":"ok","history":[[1,2,"in"],[1,3,["in","out"]]]}"""),
            Map.entry(new Content.KernelInfoRequest(), "{}"),
            Map.entry(
                    new Content.KernelInfoReply(
                            "i",
                            "1",
                            new Content.LanguageInfo("l", "2", "text/plain", ".l", null, TextNode.valueOf("m"), null),
                            "b",
                            List.of(new Content.HelpLink("t", "u")),
                            List.of("f")),
                    """
                    {"status":"ok","protocol_version":"5.5","implementation":"i","implementation_version":"1",
                    "language_info":{"name":"l","version":"2","mimetype":"text/plain","file_extension":".l","codemirror_mode":"m"},
                    "banner":"b","help_links":[{"text":"t","url":"u"}],"debugger":false,"supported_features":["f"]}"""),
            Map.entry(new Content.InterruptRequest(), "{}"),
            Map.entry(new Content.InterruptReply(), "{\"status\":\"ok\"}"),
            Map.entry(new Content.ShutdownRequest(true), "{\"restart\":true}"),
            Map.entry(new Content.ShutdownReply(true), "{\"status\":\"ok\",\"restart\":true}"),
            Map.entry(new Content.InputRequest("p", true), "{\"prompt\":\"p\",\"password\":true}"),
            Map.entry(new Content.InputReply("v"), "{\"value\":\"v\"}"),
            Map.entry(new Content.CommInfoRequest("t"), "{\"target_name\":\"t\"}"),
            Map.entry(new Content.CommInfoReply(Map.of("c", new Content.CommTarget("t"))), """
                    {"status":"ok","comms":{"c":{"target_name":"t"}}}"""),
            Map.entry(new Content.CommOpen("c", "t", DATA), """
                    {"comm_id":"c","target_name":"t","data":{"k":"v"}}"""),
            Map.entry(new Content.CommMsg("c", DATA), "{\"comm_id\":\"c\",\"data\":{\"k\":\"v\"}}"),
            Map.entry(new Content.CommClose("c", DATA), "{\"comm_id\":\"c\",\"data\":{\"k\":\"v\"}}"),
            Map.entry(new Content.Unknown("dance", Json.parse("{\"a\":[1]}")), "{\"a\":[1]}"));

    private static Wire wire(String key) {
        return new Wire(ConnectionInfo.anyPort(key), 1 << 20);
    }

    private static Message message(Wire wire, Content content) {
        return wire.message(
                List.of("id".getBytes(StandardCharsets.UTF_8)),
                wire.header("parent"),
                DATA,
                content,
                List.of(new byte[] {0, -1}));
    }

    @Test
    void everyContentIsItsJsonAndComesBack() throws Exception {
        for (var sample : SAMPLES.entrySet()) {
            var content = sample.getKey();
            assertEquals(
                    Json.parse(sample.getValue()),
                    Json.parse(new String(Json.write(content), StandardCharsets.UTF_8)),
                    content.toString());
            var sent = message(wire("k"), content);
            var got = wire("k").decode(wire("k").encode(sent));
            assertEquals(content, got.content());
            assertEquals(sent.header(), got.header());
            assertEquals(sent.parentHeader(), got.parentHeader());
            assertEquals(DATA, got.metadata());
            assertArrayEquals(new byte[] {0, -1}, got.buffers().getFirst());
            assertArrayEquals(
                    "id".getBytes(StandardCharsets.UTF_8), got.identities().getFirst());
        }
    }

    @Test
    void thereIsASampleOfEveryContent() {
        var sampled = SAMPLES.keySet().stream().map(Object::getClass).collect(Collectors.toSet());
        var all = new HashSet<Class<?>>();
        collect(Content.class, all);
        assertTrue(all.size() > 30, all.toString());
        assertEquals(all, sampled);
    }

    private static void collect(Class<?> sealed, Set<Class<?>> into) {
        for (var type : sealed.getPermittedSubclasses()) {
            if (type.isSealed()) {
                collect(type, into);
            } else {
                into.add(type);
            }
        }
    }

    @Test
    void typesAreSpeltAsTheProtocolDoes() {
        assertEquals("is_complete_request", new Content.IsCompleteRequest("").msgType());
        assertEquals("execute_reply", new ExecuteReply.Aborted(3).msgType());
        assertEquals("iopub_welcome", new Content.IopubWelcome("").msgType());
        assertEquals("inspect_reply", new Content.ErrorReply("inspect_reply", "", "", null).msgType());
    }

    @Test
    void absentFieldsTakeTheProtocolsDefaultsAndUnknownOnesAreIgnored() throws Exception {
        var request = (ExecuteRequest) read("execute_request", "{\"code\":\"x\",\"later\":[1]}");
        assertEquals(new ExecuteRequest("x", false, true, Map.of(), false, true), request);
        var silent =
                (ExecuteRequest) read("execute_request", "{\"code\":\"x\",\"silent\":true,\"store_history\":true}");
        assertFalse(silent.storeHistory());
        assertEquals(
                new Content.CompleteRequest("a\uD83D\uDE00", 2),
                read("complete_request", "{\"code\":\"a\uD83D\uDE00\"}"));
        assertEquals(new Content.ShutdownRequest(false), read("shutdown_request", "{}"));
        assertEquals(new Content.CommInfoRequest(null), read("comm_info_request", "{}"));
    }

    @Test
    void contentThatIsNotAsItsTypeDemandsIsKeptWithTheReason() throws Exception {
        for (var wrong :
                List.of("{}", "{\"code\":{}}", "{\"code\":null}", "{\"code\":\"x\",\"silent\":[]}", "[]", "7")) {
            var unknown = assertInstanceOf(Content.Unknown.class, read("execute_request", wrong));
            assertTrue(unknown.problem().startsWith("the content of execute_request is not"), unknown.problem());
        }
    }

    private static Content read(String type, String json) throws Exception {
        return Json.read(type, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void mimeBundlesUnpackJson() {
        var mime = Json.mime(Map.of("text/plain", "{}", "application/json", "{\"a\":1}", "application/geo+json", "[]"));
        assertEquals("{}", mime.get("text/plain").asText());
        assertEquals(1, mime.get("application/json").get("a").asInt());
        assertTrue(mime.get("application/geo+json").isArray());
        assertThrows(IllegalArgumentException.class, () -> Json.mime(Map.of("application/json", "{")));
    }

    @Test
    void anEmptyKeyMeansUnsigned() throws Exception {
        var frames = wire("").encode(message(wire(""), new Content.KernelInfoRequest()));
        assertEquals(0, frames.get(2).length);
        var reader = wire("");
        reader.decode(frames);
        reader.decode(frames); // nothing tells a repeated message where nothing is signed
        assertThrows(MalformedMessageException.class, () -> wire("k").decode(frames));
    }

    @Test
    void theSignatureIsThatOfTheSpecification() {
        // HMAC-SHA256 of header, parent, metadata and content, in hex; expected value from RFC 4231, test case 2
        var mac = wire("Jefe");
        var parts = Stream.of("what do ya ", "want ", "for ", "nothing?")
                .map(part -> part.getBytes(StandardCharsets.UTF_8))
                .toList();
        assertEquals(
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                java.util.HexFormat.of().formatHex(mac.sign(parts)));
    }

    @Test
    void everyChangedByteIsNoticed() {
        var wire = wire("k");
        var frames = wire.encode(message(wire, new ExecuteRequest("x")));
        for (var frame = 2; frame < 7; frame++) {
            var changed = new ArrayList<>(frames);
            changed.set(frame, changed.get(frame).clone());
            changed.get(frame)[0] ^= 1;
            var e = assertThrows(MalformedMessageException.class, () -> wire.decode(changed));
            assertEquals("its signature does not fit the key", e.getMessage());
            assertNull(e.getCause());
        }
    }

    @Test
    void theLastSignaturesAreRememberedAndNoMore() throws Exception {
        var reader = wire("k");
        var writer = wire("k");
        var first = writer.encode(message(writer, new Content.KernelInfoRequest()));
        reader.decode(first);
        for (var i = 0; i < (1 << 16) - 1; i++) {
            reader.decode(writer.encode(message(writer, new Content.KernelInfoRequest())));
        }
        assertThrows(MalformedMessageException.class, () -> reader.decode(first));
        reader.decode(writer.encode(message(writer, new Content.KernelInfoRequest())));
        reader.decode(first); // forgotten: memory is bounded
    }

    @Test
    void deepJsonIsRefusedNotAStackOverflow() {
        var writer = wire("");
        var frames = new ArrayList<>(writer.encode(message(writer, new Content.KernelInfoRequest())));
        frames.set(6, "[".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        assertThrows(MalformedMessageException.class, () -> writer.decode(frames));
    }
}
