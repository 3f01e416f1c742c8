package heddle.protocol.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import heddle.protocol.Channel;
import heddle.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Holds messages against {@code messages.schema.json}: the protocol 5.5, of which nothing may be missing and to which nothing may be added. */
final class Spec {

    private static final JsonNode DEFINITIONS = definitions();
    private static final SchemaRegistry REGISTRY;
    private static final Map<String, Schema> SCHEMAS = new ConcurrentHashMap<>();

    static {
        System.setProperty("slf4j.internal.verbosity", "ERROR"); // the validator's log has nowhere to go, which is well
        REGISTRY = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    }

    private Spec() {}

    private static JsonNode definitions() {
        try (var in = Spec.class.getResourceAsStream("messages.schema.json")) {
            return Json.MAPPER.readTree(in).get("$defs");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What is wrong with a message, in words; empty when nothing is.
     *
     * @param channel null when it does not matter
     */
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
            var type = header.path("msg_type").asText();
            check("header", header, wrong);
            var mayBeOrphan = type.endsWith("_request")
                    || type.startsWith("comm_")
                    || List.of("iopub_welcome", "input_reply").contains(type)
                    || content.path("execution_state").asText().equals("starting");
            if (!parent.isEmpty()) {
                check("header", parent, wrong);
            } else if (!mayBeOrphan) {
                wrong.add("a " + type + " without a parent header");
            }
            if (!json(frames, delimiter + 4).isObject()) {
                wrong.add("metadata is no object");
            }
            var definition = DEFINITIONS.path(type);
            if (type.endsWith("_reply")
                    && !type.equals("execute_reply")
                    && content.path("status").asText().equals("error")) {
                check("error_reply", content, wrong); // also to what is asked in the wrong place, or is no request
            } else if (!definition.has("channels")) {
                wrong.add(type + " is not a message type of the protocol");
            } else {
                var belongs = channel == null
                        || definition
                                .path("channels")
                                .valueStream()
                                .anyMatch(TextNode.valueOf(channel.name().toLowerCase(Locale.ROOT))::equals);
                if (!belongs) {
                    wrong.add(type + " does not belong on " + channel);
                }
                check(type, content, wrong);
            }
        } catch (IOException e) {
            wrong.add(e.toString());
        }
        return wrong;
    }

    private static JsonNode json(List<byte[]> frames, int index) throws IOException {
        return Json.MAPPER.readTree(frames.get(index));
    }

    private static void check(String definition, JsonNode value, List<String> wrong) {
        SCHEMAS.computeIfAbsent(definition, Spec::schema)
                .validate(value)
                .forEach(error -> wrong.add(definition + " " + error + " in " + value));
    }

    private static Schema schema(String definition) {
        var schema = Json.MAPPER.createObjectNode();
        schema.put("$ref", "#/$defs/" + definition).set("$defs", DEFINITIONS);
        return REGISTRY.getSchema(schema);
    }
}
