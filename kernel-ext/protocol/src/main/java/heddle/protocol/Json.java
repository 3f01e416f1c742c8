package heddle.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Between contents and JSON. */
public final class Json {

    /** Shared and immutable; snake_case names, absent for null, unknown fields ignored. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    // The wire has its own limit on a message's size; a cell may be as large as that.
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final Map<Class<?>, String> NAMES = new HashMap<>();
    private static final Map<String, Class<? extends Content>> TYPES = new HashMap<>();

    static {
        register(Content.class);
    }

    private Json() {}

    /** A message type is its record's name in snake case; the three endings of a cell share one type. */
    private static void register(Class<?> sealed) {
        for (var type : sealed.getPermittedSubclasses()) {
            if (type == Content.ErrorReply.class || type == Content.Unknown.class) {
                continue; // these carry the type of their message themselves
            }
            if (type.isSealed()) {
                register(type);
            } else {
                var named = sealed == Content.ExecuteReply.class ? sealed : type;
                var name =
                        named.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
                NAMES.put(type, name);
                TYPES.put(name, named.asSubclass(Content.class));
            }
        }
    }

    static String typeOf(Content content) {
        return NAMES.get(content.getClass());
    }

    static boolean knows(String msgType) {
        return TYPES.containsKey(msgType);
    }

    /** @throws IllegalArgumentException when the content cannot be written as JSON */
    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot write as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The content of a message; {@link Content.Unknown} when the type is not known or the content not as it demands. */
    static Content read(String msgType, byte[] bytes) throws IOException {
        var json = MAPPER.readTree(bytes);
        if (json == null || !json.isObject()) {
            return new Content.Unknown(msgType, json, "the content of " + msgType + " is not a JSON object");
        }
        var status = json.path("status").asText();
        if (status.equals("error") && msgType.endsWith("_reply") && !msgType.equals("execute_reply")) {
            var error = MAPPER.treeToValue(json, Content.Error.class);
            return new Content.ErrorReply(msgType, error.ename(), error.evalue(), error.traceback());
        }
        Class<? extends Content> type = TYPES.get(msgType);
        if (type == null) {
            return new Content.Unknown(msgType, json);
        }
        if (type == Content.ExecuteReply.class) {
            type = switch (status) {
                case "ok" -> Content.ExecuteReply.Ok.class;
                case "error" -> Content.ExecuteReply.Error.class;
                default -> Content.ExecuteReply.Aborted.class;
            };
        }
        try {
            return MAPPER.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            return new Content.Unknown(
                    msgType, json, "the content of " + msgType + " is not as it should be: " + e.getOriginalMessage());
        }
    }

    /**
     * A MIME bundle from plain strings: types ending in {@code json} carry JSON text and become JSON, all others text.
     *
     * @throws IllegalArgumentException when JSON text is not JSON
     */
    public static Map<String, JsonNode> mime(Map<String, String> bundle) {
        var data = new LinkedHashMap<String, JsonNode>();
        bundle.forEach((type, text) -> data.put(type, type.endsWith("json") ? parse(text) : TextNode.valueOf(text)));
        return Collections.unmodifiableMap(data);
    }

    /** A MIME bundle of plain text alone. */
    public static Map<String, JsonNode> plain(String text) {
        return Map.of("text/plain", TextNode.valueOf(text));
    }

    /** @throws IllegalArgumentException when the text is not JSON */
    public static JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
    }

    static <T> T require(T value, String field) {
        if (value == null) {
            throw new IllegalArgumentException("the field " + field + " is missing");
        }
        return value;
    }

    static <T> T or(T value, T whenAbsent) {
        return value == null ? whenAbsent : value;
    }

    static <T> List<T> list(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    /** Keeps the order, which front ends show. */
    static <V> Map<String, V> map(Map<String, V> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    static int cursor(String code, Integer cursorPos) {
        var end = code.codePointCount(0, code.length());
        return cursorPos == null || cursorPos < 0 || cursorPos > end ? end : cursorPos;
    }
}
