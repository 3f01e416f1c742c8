package heddle.processes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** A value that came from another process and no longer lies in shared memory, see {@link Codec#read}. */
final class Received {
    private final byte tag;
    private final Object body;

    private Received(byte tag, Object body) {
        this.tag = tag;
        this.body = body;
    }

    static Received value(Object value) {
        return new Received(Codec.NULL, value);
    }

    /** @param body what becomes a value in the way the tag says */
    static Received later(byte tag, Object body) {
        return new Received(tag, body);
    }

    /**
     * The value; may load classes and run code of theirs.
     *
     * @throws UnreadableValueException if it cannot be rebuilt here; says why
     */
    Object value() {
        return switch (tag) {
            case Codec.LATIN1 -> new String((byte[]) body, ISO_8859_1);
            case Codec.UTF16 -> new String((char[]) body);
            case Codec.BYTES -> Codec.decode((byte[]) body);
            default -> body;
        };
    }
}
