package heddle.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * One message.
 *
 * @param identities the ZeroMQ routing prefix; on iopub the topic
 * @param parentHeader the header of the message that caused this one, or null
 * @param buffers binary data, as comms use it
 */
public record Message(
        List<byte[]> identities,
        Header header,
        Header parentHeader,
        Map<String, JsonNode> metadata,
        Content content,
        List<byte[]> buffers) {

    public Message {
        identities = Json.list(identities);
        metadata = Json.map(metadata);
        buffers = Json.list(buffers);
    }
}
