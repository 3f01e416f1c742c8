package heddle.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One session's wire format: identities, {@code <IDS|MSG>}, signature, header, parent header, metadata, content, buffers.
 *
 * <p>Signatures are compared in constant time, and each is accepted once: the last {@value #REMEMBERED} are remembered.
 * Thread-safe.
 */
public final class Wire {

    private static final byte[] DELIMITER = "<IDS|MSG>".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EMPTY_OBJECT = {'{', '}'};
    private static final int REMEMBERED = 1 << 16;

    /** The first half of a signature: enough to tell two of them apart, and small. */
    private record Seen(long high, long low) {}

    private record Parent(Header header, byte[] json) {}

    private final String session = UUID.randomUUID().toString();
    private final AtomicLong messages = new AtomicLong();
    private final Mac mac; // null when messages are not signed; guarded by itself
    private final long maxMessageBytes;
    /** A request's header is its answers' parent header: written once, not for each line that a cell prints. */
    private volatile Parent lastParent = new Parent(null, EMPTY_OBJECT);

    private final LinkedHashSet<Seen> seen = new LinkedHashSet<>();

    /** @param maxMessageBytes larger messages are refused by {@link #decode} */
    public Wire(ConnectionInfo connection, long maxMessageBytes) {
        this.mac = connection.key().isEmpty() ? null : mac(connection.macAlgorithm(), connection.key());
        this.maxMessageBytes = maxMessageBytes;
    }

    private static Mac mac(String algorithm, String key) {
        try {
            var mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), algorithm));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign with " + algorithm, e);
        }
    }

    /** A header for a new message of this session. */
    public Header header(String msgType) {
        return new Header(
                session + "_" + messages.incrementAndGet(),
                session,
                "kernel",
                Instant.now().truncatedTo(ChronoUnit.MICROS).toString(),
                msgType,
                Header.PROTOCOL_VERSION,
                null);
    }

    /** A new message of this session. */
    public Message message(
            List<byte[]> identities,
            Header parent,
            Map<String, JsonNode> metadata,
            Content content,
            List<byte[]> buffers) {
        return new Message(identities, header(content.msgType()), parent, metadata, content, buffers);
    }

    /** @throws IllegalArgumentException when the content cannot be written as JSON */
    public List<byte[]> encode(Message message) {
        var parts = List.of(
                Json.write(message.header()),
                parent(message.parentHeader()),
                message.metadata().isEmpty() ? EMPTY_OBJECT : Json.write(message.metadata()),
                Json.write(message.content()));
        var frames = new ArrayList<byte[]>(message.identities());
        frames.add(DELIMITER);
        frames.add(mac == null ? new byte[0] : hex(sign(parts)));
        frames.addAll(parts);
        frames.addAll(message.buffers());
        return frames;
    }

    /** @throws MalformedMessageException when the frames are no message, too large, wrongly signed, or were seen before */
    public Message decode(List<byte[]> frames) throws MalformedMessageException {
        long size = 0;
        for (var frame : frames) {
            size += frame.length;
        }
        if (size > maxMessageBytes) {
            throw new MalformedMessageException(
                    "it has " + size + " bytes, more than the " + maxMessageBytes + " allowed");
        }
        var delimiter = 0;
        while (delimiter < frames.size() && !Arrays.equals(frames.get(delimiter), DELIMITER)) {
            delimiter++;
        }
        if (delimiter == frames.size()) {
            throw new MalformedMessageException("it has no delimiter <IDS|MSG>");
        }
        if (frames.size() < delimiter + 6) {
            throw new MalformedMessageException(
                    "it has " + (frames.size() - delimiter - 1) + " frames after the delimiter, fewer than five");
        }
        var parts = frames.subList(delimiter + 2, delimiter + 6);
        if (mac != null) {
            verify(frames.get(delimiter + 1), parts);
        }
        try {
            var header = Json.MAPPER.readValue(parts.get(0), Header.class);
            var parent = Json.MAPPER.readTree(parts.get(1));
            var metadata = Json.MAPPER.readTree(parts.get(2));
            if (header == null || !parent.isObject() || !metadata.isObject()) {
                throw new MalformedMessageException("its header, parent header or metadata is not a JSON object");
            }
            return new Message(
                    frames.subList(0, delimiter),
                    header,
                    parent.path("msg_id").isTextual() ? Json.MAPPER.treeToValue(parent, Header.class) : null,
                    properties(metadata),
                    Json.read(header.msgType(), parts.get(3)),
                    frames.subList(delimiter + 6, frames.size()));
        } catch (IOException e) {
            throw new MalformedMessageException("its JSON cannot be read: " + firstLine(e), e);
        }
    }

    private static Map<String, JsonNode> properties(JsonNode object) {
        var properties = new LinkedHashMap<String, JsonNode>();
        for (var property : object.properties()) {
            properties.put(property.getKey(), property.getValue());
        }
        return properties;
    }

    private void verify(byte[] signature, List<byte[]> parts) throws MalformedMessageException {
        var expected = sign(parts);
        if (!MessageDigest.isEqual(hex(expected), signature)) {
            throw new MalformedMessageException(
                    signature.length == 0 ? "it is not signed" : "its signature does not fit the key");
        }
        var digest = ByteBuffer.wrap(expected);
        synchronized (seen) {
            if (!seen.add(new Seen(digest.getLong(), digest.getLong()))) {
                throw new MalformedMessageException("it was received before (its signature is a repeated one)");
            }
            if (seen.size() > REMEMBERED) {
                seen.removeFirst();
            }
        }
    }

    private byte[] parent(Header header) {
        var last = lastParent;
        if (header != last.header()) {
            last = new Parent(header, header == null ? EMPTY_OBJECT : Json.write(header));
            lastParent = last;
        }
        return last.json();
    }

    byte[] sign(List<byte[]> parts) {
        synchronized (mac) {
            for (var part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        }
    }

    private static byte[] hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII);
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
