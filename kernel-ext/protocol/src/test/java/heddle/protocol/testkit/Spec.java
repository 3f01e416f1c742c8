package heddle.protocol.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import heddle.protocol.Channel;
import heddle.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The protocol 5.5 as one table of what a kernel may send: type, channels, fields. Nothing else may be in a message.
 *
 * <p>Source: "Messaging in Jupyter", jupyter_client's documentation. A {@code ?} marks what may be absent, {@code =} what values are allowed.
 */
final class Spec {

    private static final String TABLE = """
            execute_reply/ok       shell    status=ok execution_count:int payload?:array user_expressions?:object
            execute_reply/error    shell,control status=error execution_count:int ename:string evalue:string traceback:strings
            execute_reply/aborted  shell    status=aborted
            inspect_reply/ok       shell    status=ok found:bool data:object metadata:object
            complete_reply/ok      shell    status=ok matches:strings cursor_start:int cursor_end:int metadata:object
            history_reply/ok       shell    status=ok history:array
            is_complete_reply      shell    status=complete|incomplete|invalid|unknown indent?:string
            comm_info_reply/ok     shell    status=ok comms:object
            kernel_info_reply/ok   shell,control status=ok protocol_version:string implementation:string implementation_version:string \
            language_info:object banner:string help_links?:array debugger?:bool supported_features?:strings
            shutdown_reply/ok      shell,control,iopub status=ok restart:bool
            interrupt_reply/ok     shell,control status=ok
            */error                shell,control status=error ename:string evalue:string traceback:strings
            input_request          stdin    prompt:string password:bool
            status                 iopub    execution_state=busy|idle|starting
            execute_input          iopub    code:string execution_count:int
            execute_result         iopub    execution_count:int data:object metadata:object transient?:object
            display_data           iopub    data:object metadata:object transient?:object
            update_display_data    iopub    data:object metadata:object transient:object
            clear_output           iopub    wait:bool
            stream                 iopub    name=stdout|stderr text:string
            error                  iopub    ename:string evalue:string traceback:strings
            iopub_welcome          iopub    subscription:string
            comm_open              iopub    comm_id:string target_name:string data:object target_module?:string
            comm_msg               iopub    comm_id:string data:object
            comm_close             iopub    comm_id:string data:object
            """;

    private static final Map<String, String[]> ROWS = new HashMap<>();

    static {
        TABLE.lines().map(line -> line.trim().split("\\s+")).forEach(row -> ROWS.put(row[0], row));
    }

    private Spec() {}

    /** What is wrong with a kernel's message, in words; empty when nothing is. */
    static List<String> violations(Channel channel, List<byte[]> frames) {
        var wrong = new ArrayList<String>();
        var delimiter = 0;
        while (!new String(frames.get(delimiter), StandardCharsets.UTF_8).equals("<IDS|MSG>")) {
            delimiter++;
        }
        if (channel == Channel.IOPUB && delimiter != 1) {
            wrong.add("iopub messages have one topic, this has " + delimiter);
        }
        try {
            var header = json(frames, delimiter + 2);
            var parent = json(frames, delimiter + 3);
            var content = json(frames, delimiter + 5);
            header(header, wrong);
            var type = header.path("msg_type").asText();
            var mayBeOrphan = type.equals("iopub_welcome")
                    || content.path("execution_state").asText().equals("starting");
            if (!parent.isEmpty()) {
                header(parent, wrong);
            } else if (!mayBeOrphan) {
                wrong.add("a " + type + " without a parent header");
            }
            if (!json(frames, delimiter + 4).isObject()) {
                wrong.add("metadata is no object");
            }
            content(channel, type, content, wrong);
        } catch (IOException e) {
            wrong.add(e.toString());
        }
        return wrong;
    }

    private static JsonNode json(List<byte[]> frames, int index) throws IOException {
        return Json.MAPPER.readTree(frames.get(index));
    }

    private static void header(JsonNode header, List<String> wrong) {
        for (var field : List.of("msg_id", "session", "username", "date", "msg_type", "version")) {
            if (!header.path(field).isTextual()) {
                wrong.add("header without " + field + ": " + header);
            }
        }
        if (!header.path("version").asText().matches("5\\.\\d+")) {
            wrong.add("version " + header.path("version"));
        }
        Instant.parse(header.path("date").asText());
    }

    private static void content(Channel channel, String type, JsonNode content, List<String> wrong) {
        var status = content.path("status").asText();
        var row = ROWS.getOrDefault(type + "/" + status, ROWS.get(type));
        if (status.equals("error") && type.endsWith("_reply") && !type.equals("execute_reply")) {
            row = ROWS.get("*/error");
        }
        if (row == null) {
            wrong.add("a kernel does not send " + type + " with status \"" + status + "\"");
            return;
        }
        if (!List.of(row[1].split(",")).contains(channel.name().toLowerCase(Locale.ROOT))) {
            wrong.add(type + " does not belong on " + channel);
        }
        Set<String> left = new HashSet<>();
        content.fieldNames().forEachRemaining(left::add);
        for (var i = 2; i < row.length; i++) {
            var field = row[i].split("[?:=]+", 2);
            left.remove(field[0]);
            var value = content.get(field[0]);
            if (value == null) {
                if (!row[i].contains("?")) {
                    wrong.add(type + " without " + field[0]);
                }
            } else if (row[i].contains("=")
                    ? !List.of(field[1].split("\\|")).contains(value.asText())
                    : !fits(field[1], value)) {
                wrong.add(type + "." + field[0] + " is " + value + ", not " + field[1]);
            }
        }
        if (!left.isEmpty()) {
            wrong.add(type + " has unknown fields " + left);
        }
    }

    private static boolean fits(String kind, JsonNode value) {
        return switch (kind) {
            case "int" -> value.isIntegralNumber();
            case "bool" -> value.isBoolean();
            case "string" -> value.isTextual();
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "strings" -> value.isArray() && value.valueStream().allMatch(JsonNode::isTextual);
            default -> throw new IllegalArgumentException(kind);
        };
    }
}
