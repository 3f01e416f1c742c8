package heddle.notebook;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One value in several representations, by MIME type; a front end shows the richest it can.
 *
 * @param data text for text types, base64 for binary types, JSON text for {@code application/json} and {@code ...+json}
 * @param metadata JSON text by MIME type or key
 */
public record MimeBundle(Map<String, String> data, Map<String, String> metadata) {

    public MimeBundle {
        data = Map.copyOf(data);
        metadata = Map.copyOf(metadata);
    }

    public static MimeBundle of(String mimeType, String content) {
        return new MimeBundle(
                Map.of(Objects.requireNonNull(mimeType, "mimeType"), Objects.requireNonNull(content, "content")),
                Map.of());
    }

    public static MimeBundle text(String text) {
        return of("text/plain", text);
    }

    /** This bundle and one representation more. */
    public MimeBundle and(String mimeType, String content) {
        var more = new LinkedHashMap<>(data);
        more.put(mimeType, content);
        return new MimeBundle(more, metadata);
    }
}
