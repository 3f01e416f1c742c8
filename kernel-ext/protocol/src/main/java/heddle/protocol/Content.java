package heddle.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a message says: one record per message type of the Jupyter protocol 5.x, field for field.
 *
 * <p>Source: "Messaging in Jupyter", jupyter_client's documentation. Absent optional fields take the value the
 * protocol gives them; unknown fields are ignored; a missing required field is refused. Cursor positions count Unicode code points.
 */
public sealed interface Content {

    /** The message type in the protocol's spelling, such as {@code execute_request}. */
    default String msgType() {
        return Json.typeOf(this);
    }

    // ---- execute

    /** Run code. {@code storeHistory} is false whenever {@code silent} is true. */
    record ExecuteRequest(
            String code,
            Boolean silent,
            Boolean storeHistory,
            Map<String, String> userExpressions,
            Boolean allowStdin,
            Boolean stopOnError)
            implements Content {
        public ExecuteRequest {
            Json.require(code, "code");
            silent = Json.or(silent, false);
            storeHistory = !silent && Json.or(storeHistory, true);
            userExpressions = Json.map(userExpressions);
            allowStdin = Json.or(allowStdin, false);
            stopOnError = Json.or(stopOnError, true);
        }

        /** A request as a front end makes it for a cell; input is not allowed. */
        public ExecuteRequest(String code) {
            this(code, null, null, null, null, null);
        }
    }

    /** A reply says how it went. */
    sealed interface Reply extends Content {
        @JsonProperty("status")
        default String status() {
            return "ok";
        }
    }

    /** How a cell ended. */
    sealed interface ExecuteReply extends Reply {

        record Ok(int executionCount, List<JsonNode> payload, Map<String, JsonNode> userExpressions)
                implements ExecuteReply {
            public Ok {
                payload = Json.list(payload);
                userExpressions = Json.map(userExpressions);
            }

            public Ok(int executionCount) {
                this(executionCount, null, null);
            }
        }

        /** The cell failed; with {@code stop_on_error} the queued cells are answered {@link Aborted}. */
        record Error(int executionCount, String ename, String evalue, List<String> traceback) implements ExecuteReply {
            public Error {
                ename = Json.or(ename, "");
                evalue = Json.or(evalue, "");
                traceback = Json.list(traceback);
            }

            @Override
            public String status() {
                return "error";
            }
        }

        /** The cell did not run, because one before it failed; of all replies that are aborted, a cell's alone has a count. */
        record Aborted(int executionCount) implements ExecuteReply {
            @Override
            public String status() {
                return "aborted";
            }
        }
    }

    /** Any request's answer when it could not be served; {@code replyType} is {@code inspect_reply} and the like. */
    record ErrorReply(@JsonIgnore String replyType, String ename, String evalue, List<String> traceback)
            implements Reply {
        public ErrorReply {
            ename = Json.or(ename, "");
            evalue = Json.or(evalue, "");
            traceback = Json.list(traceback);
        }

        @Override
        public String msgType() {
            return replyType;
        }

        @Override
        public String status() {
            return "error";
        }
    }

    record ExecuteInput(String code, int executionCount) implements Content {}

    record ExecuteResult(
            int executionCount,
            Map<String, JsonNode> data,
            Map<String, JsonNode> metadata,
            @JsonProperty("transient") Transient transients)
            implements Content {
        public ExecuteResult {
            data = Json.map(data);
            metadata = Json.map(metadata);
        }

        public ExecuteResult(int executionCount, Map<String, JsonNode> data) {
            this(executionCount, data, null, null);
        }
    }

    // ---- output

    /** What lives only while the kernel does: the id under which a display can be updated. */
    record Transient(String displayId) {}

    record DisplayData(
            Map<String, JsonNode> data,
            Map<String, JsonNode> metadata,
            @JsonProperty("transient") Transient transients) implements Content {
        public DisplayData {
            data = Json.map(data);
            metadata = Json.map(metadata);
            transients = Json.or(transients, new Transient(null));
        }

        /** @param displayId for later updates, or null */
        public static DisplayData of(Map<String, JsonNode> data, String displayId) {
            return new DisplayData(data, null, new Transient(displayId));
        }
    }

    record UpdateDisplayData(
            Map<String, JsonNode> data,
            Map<String, JsonNode> metadata,
            @JsonProperty("transient") Transient transients) implements Content {
        public UpdateDisplayData {
            data = Json.map(data);
            metadata = Json.map(metadata);
            Json.require(Json.require(transients, "transient").displayId(), "transient.display_id");
        }

        public static UpdateDisplayData of(Map<String, JsonNode> data, String displayId) {
            return new UpdateDisplayData(data, null, new Transient(displayId));
        }
    }

    /** @param wait clear when the next output comes, not before, so that nothing flickers */
    record ClearOutput(@JsonProperty("wait") Boolean waits) implements Content {
        public ClearOutput {
            waits = Json.or(waits, false);
        }
    }

    /** @param name {@code stdout} or {@code stderr} */
    record Stream(String name, String text) implements Content {
        public static Stream stdout(String text) {
            return new Stream("stdout", text);
        }

        public static Stream stderr(String text) {
            return new Stream("stderr", text);
        }
    }

    /** A failed cell, for everybody's eyes; {@link ExecuteReply.Error} tells the asker. */
    record Error(String ename, String evalue, List<String> traceback) implements Content {
        public Error {
            ename = Json.or(ename, "");
            evalue = Json.or(evalue, "");
            traceback = Json.list(traceback);
        }
    }

    enum ExecutionState {
        STARTING,
        BUSY,
        IDLE;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Status(ExecutionState executionState) implements Content {}

    /** The first message of each subscription to iopub (protocol 5.5): from here on nothing is missed. */
    record IopubWelcome(String subscription) implements Content {}

    // ---- questions about code

    record CompleteRequest(String code, Integer cursorPos) implements Content {
        public CompleteRequest {
            Json.require(code, "code");
            cursorPos = Json.cursor(code, cursorPos);
        }
    }

    /** The matches replace the code points from {@code cursorStart} to {@code cursorEnd}. */
    record CompleteReply(List<String> matches, int cursorStart, int cursorEnd, Map<String, JsonNode> metadata)
            implements Reply {
        public CompleteReply {
            matches = Json.list(matches);
            metadata = Json.map(metadata);
        }

        public CompleteReply(List<String> matches, int cursorStart, int cursorEnd) {
            this(matches, cursorStart, cursorEnd, null);
        }
    }

    /** @param detailLevel 0, or 1 for more (such as the source) */
    record InspectRequest(String code, Integer cursorPos, int detailLevel) implements Content {
        public InspectRequest {
            Json.require(code, "code");
            cursorPos = Json.cursor(code, cursorPos);
        }
    }

    record InspectReply(boolean found, Map<String, JsonNode> data, Map<String, JsonNode> metadata) implements Reply {
        public InspectReply {
            data = Json.map(data);
            metadata = Json.map(metadata);
        }

        public static InspectReply notFound() {
            return new InspectReply(false, null, null);
        }
    }

    record IsCompleteRequest(String code) implements Content {
        public IsCompleteRequest {
            Json.require(code, "code");
        }
    }

    /**
     * @param status {@code complete}, {@code incomplete}, {@code invalid} or {@code unknown}
     * @param indent the next line's indentation when incomplete, else null
     */
    record IsCompleteReply(String status, String indent) implements Reply {
        public IsCompleteReply(String status) {
            this(status, null);
        }
    }

    // ---- history

    /** @param histAccessType {@code range}, {@code tail} or {@code search} */
    record HistoryRequest(
            boolean output,
            boolean raw,
            String histAccessType,
            int session,
            Integer start,
            Integer stop,
            Integer n,
            String pattern,
            boolean unique)
            implements Content {
        public HistoryRequest {
            Json.require(histAccessType, "hist_access_type");
        }
    }

    record HistoryReply(List<HistoryItem> history) implements Reply {
        public HistoryReply {
            history = Json.list(history);
        }
    }

    /**
     * One executed cell: {@code [session, line, input]} on the wire, {@code [session, line, [input, output]]} when outputs were asked for.
     *
     * @param output null when outputs were not asked for
     */
    record HistoryItem(int session, int line, String input, String output) {
        @JsonValue
        List<Object> asTuple() {
            return List.of(session, line, output == null ? input : List.of(input, output));
        }

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static HistoryItem fromTuple(JsonNode tuple) {
            var text = tuple.path(2);
            return new HistoryItem(
                    tuple.path(0).asInt(),
                    tuple.path(1).asInt(),
                    text.isArray() ? text.path(0).asText() : text.asText(),
                    text.isArray() ? text.path(1).asText() : null);
        }
    }

    // ---- the kernel itself

    record KernelInfoRequest() implements Content {}

    record KernelInfoReply(
            String protocolVersion,
            String implementation,
            String implementationVersion,
            LanguageInfo languageInfo,
            String banner,
            List<HelpLink> helpLinks,
            boolean debugger,
            List<String> supportedFeatures)
            implements Reply {
        public KernelInfoReply {
            protocolVersion = Json.or(protocolVersion, Header.PROTOCOL_VERSION);
            Json.require(implementation, "implementation");
            Json.require(implementationVersion, "implementation_version");
            Json.require(languageInfo, "language_info");
            banner = Json.or(banner, "");
            helpLinks = Json.list(helpLinks);
            supportedFeatures = Json.list(supportedFeatures);
        }

        public KernelInfoReply(
                String implementation,
                String implementationVersion,
                LanguageInfo languageInfo,
                String banner,
                List<HelpLink> helpLinks,
                List<String> supportedFeatures) {
            this(
                    null,
                    implementation,
                    implementationVersion,
                    languageInfo,
                    banner,
                    helpLinks,
                    false,
                    supportedFeatures);
        }
    }

    /**
     * @param pygmentsLexer null when it is {@code name}
     * @param codemirrorMode a name or an object, null when it is {@code name}
     * @param nbconvertExporter null for the general one
     */
    record LanguageInfo(
            String name,
            String version,
            String mimetype,
            String fileExtension,
            String pygmentsLexer,
            JsonNode codemirrorMode,
            String nbconvertExporter) {}

    record HelpLink(String text, String url) {}

    /** Deprecated in the protocol since 5.1, which still has it. */
    record ConnectRequest() implements Content {}

    record ConnectReply(int shellPort, int iopubPort, int stdinPort, int hbPort, int controlPort) implements Reply {}

    // ---- control

    record InterruptRequest() implements Content {}

    record InterruptReply() implements Reply {}

    record ShutdownRequest(boolean restart) implements Content {}

    record ShutdownReply(boolean restart) implements Reply {}

    /** A subshell answers what names it ({@link Header#subshellId}), one request after the other, whatever the others are doing. */
    record CreateSubshellRequest() implements Content {}

    record CreateSubshellReply(String subshellId) implements Reply {}

    record DeleteSubshellRequest(String subshellId) implements Content {
        public DeleteSubshellRequest {
            Json.require(subshellId, "subshell_id");
        }
    }

    record DeleteSubshellReply() implements Reply {}

    record ListSubshellRequest() implements Content {}

    /** @param subshellId the ids of all, as the protocol calls them */
    record ListSubshellReply(List<String> subshellId) implements Reply {
        public ListSubshellReply {
            subshellId = Json.list(subshellId);
        }
    }

    // ---- stdin

    record InputRequest(String prompt, boolean password) implements Content {
        public InputRequest {
            prompt = Json.or(prompt, "");
        }
    }

    record InputReply(String value) implements Content {
        public InputReply {
            Json.require(value, "value");
        }
    }

    // ---- comms

    /** @param targetName null for every target */
    record CommInfoRequest(String targetName) implements Content {}

    record CommInfoReply(Map<String, CommTarget> comms) implements Reply {
        public CommInfoReply {
            comms = Json.map(comms);
        }
    }

    record CommTarget(String targetName) {}

    record CommOpen(String commId, String targetName, Map<String, JsonNode> data) implements Content {
        public CommOpen {
            Json.require(commId, "comm_id");
            Json.require(targetName, "target_name");
            data = Json.map(data);
        }
    }

    record CommMsg(String commId, Map<String, JsonNode> data) implements Content {
        public CommMsg {
            Json.require(commId, "comm_id");
            data = Json.map(data);
        }
    }

    record CommClose(String commId, Map<String, JsonNode> data) implements Content {
        public CommClose {
            Json.require(commId, "comm_id");
            data = Json.map(data);
        }
    }

    // ---- the rest

    /** A type this protocol version does not know, or content that is not as its type demands; {@code problem} says which. */
    record Unknown(
            @JsonIgnore String type,
            JsonNode json,
            @JsonIgnore String problem) implements Content {
        public Unknown(String type, JsonNode json) {
            this(type, json, type + " is not a message type of protocol " + Header.PROTOCOL_VERSION);
        }

        @Override
        public String msgType() {
            return type;
        }

        @JsonValue
        @Override
        public JsonNode json() {
            return json;
        }
    }
}
