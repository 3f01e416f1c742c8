package heddle.kernel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** MIME bundles as the Jupyter protocol wants them: JSON types as JSON, everything else as a string. */
final class Bundles {
    private Bundles() {}

    private static final ObjectMapper JSON = new ObjectMapper();

    static Map<String, JsonNode> json(Map<String, String> data) {
        var json = new LinkedHashMap<String, JsonNode>();
        data.forEach((type, text) -> json.put(
                type,
                type.equals("application/json") || type.endsWith("+json") ? parse(text) : TextNode.valueOf(text)));
        return json;
    }

    static Map<String, JsonNode> metadata(Map<String, String> metadata) {
        var json = new LinkedHashMap<String, JsonNode>();
        metadata.forEach((key, text) -> json.put(key, parse(text)));
        return json;
    }

    /** Text that was meant to be JSON and is not is shown as it is: it is the learner's. */
    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }
}
