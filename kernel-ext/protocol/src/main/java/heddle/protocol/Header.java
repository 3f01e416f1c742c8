package heddle.protocol;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * Who sent a message, when, and of which type.
 *
 * @param date ISO 8601
 * @param version of the protocol
 * @param others fields of later protocols, which a reply's parent header must repeat
 */
public record Header(
        String msgId,
        String session,
        String username,
        String date,
        String msgType,
        String version,
        @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {

    /** What this module speaks: 5.5 added {@code iopub_welcome}, {@code supported_features} and subshells. */
    public static final String PROTOCOL_VERSION = "5.5";

    public Header {
        Json.require(msgId, "msg_id");
        Json.require(msgType, "msg_type");
        others = Json.map(others);
    }

    /** The subshell that a request is for; null for the main shell. */
    public String subshellId() {
        var id = others.get("subshell_id");
        return id == null || id.isNull() ? null : id.asText();
    }
}
