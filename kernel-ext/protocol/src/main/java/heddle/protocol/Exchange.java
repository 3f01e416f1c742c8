package heddle.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One request and what belongs to it. Every method may be called from any thread, also long after the reply. */
public interface Exchange {

    /** The request, with its header, metadata and buffers. */
    Message request();

    /** Sends on iopub with the request as parent; after the server has closed, does nothing. Never blocks. */
    default void publish(Content content) {
        publish(content, Map.of(), List.of());
    }

    /** As {@link #publish(Content)}, with metadata and binary buffers. */
    void publish(Content content, Map<String, JsonNode> metadata, List<byte[]> buffers);

    /**
     * Completes, at once where it can, when no front end that reads has much to read yet: who publishes without end waits for it, and is slowed
     * instead of memory filled. A front end that does not read at all is not waited for.
     */
    default CompletableFuture<Void> room() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Asks the front end that sent the request for a line and waits for it. One question is asked at a time, in the order they came.
     *
     * @param password that the input shall not be shown
     * @throws InputUnavailableException when the request does not allow input, its front end is gone, or the server closes
     */
    String input(String prompt, boolean password) throws InterruptedException, InputUnavailableException;

    /** Nobody can be asked for input; the message says why. */
    final class InputUnavailableException extends Exception {
        InputUnavailableException(String message) {
            super(message);
        }
    }
}
