package heddle.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads what a ZeroMQ peer says (ZMTP 3.0 and 3.1, mechanism NULL), in pieces as they arrive. No length is believed: memory is taken for bytes
 * that have come, and twice that at most.
 */
final class ZmtpReader {

    /** What was read. A {@link ProtocolException} from here ends the reading, as one of the reader's own does. */
    interface Listener {

        /** The peer has introduced itself; comes first and once. */
        void ready(String socketType, byte[] identity) throws ProtocolException;

        /** A message that ZMTP 3.0 has for a subscription comes as it is. */
        void message(List<byte[]> frames) throws ProtocolException;

        /** A message was skipped, for all its frames together are larger than allowed. */
        void tooLarge();

        void subscription(boolean begins, byte[] topic) throws ProtocolException;

        /** @param context to be sent back in a PONG */
        void ping(byte[] context);
    }

    /** Longer commands are refused; the longest in use is a subscription to a topic. */
    static final int MAX_COMMAND_BYTES = 1 << 13;
    /** What a frame costs beside its bytes, so that a message of very many empty frames is too large as well. */
    static final int FRAME_OVERHEAD = 64;

    private static final int TTL_BYTES = 2;
    private static final int MAX_CONTEXT_BYTES = 16;
    private static final int FIRST_PIECE = 1 << 13;

    /** The body of a frame that is not kept. */
    private static final byte[] SKIPPED = {};

    private final int maxMessageBytes;
    private final Listener listener;
    /** The greeting, later the header of each frame. */
    private final byte[] head = new byte[Zmtp.GREETING_BYTES];

    private int headLength;
    private boolean greeted;
    private boolean ready;
    private List<byte[]> frames = new ArrayList<>();
    /** What the frames of the message are to take, as announced so far. */
    private long messageBytes;
    /** What those that are here take. */
    private long keptBytes;

    private int flags;
    private int length;
    private byte[] body; // null between frames
    private int bodyLength;

    /** @param maxMessageBytes a larger frame ends the reading, a message of more in all is skipped */
    ZmtpReader(int maxMessageBytes, Listener listener) {
        this.maxMessageBytes = maxMessageBytes;
        this.listener = listener;
    }

    /** Bytes of memory that wait for the rest of their message. */
    long held() {
        return keptBytes + (body == null ? 0 : body.length);
    }

    /** Takes all bytes. After an exception nothing more is to be read from this peer. */
    void read(ByteBuffer in) throws ProtocolException {
        while (in.hasRemaining()) {
            if (!greeted) {
                readGreeting(in);
            } else if (body == null) {
                readHeader(in);
            } else {
                readBody(in);
            }
        }
    }

    private void readGreeting(ByteBuffer in) throws ProtocolException {
        fillHead(in, Zmtp.GREETING_BYTES);
        // Each byte is judged as soon as it is there: who speaks another protocol may never send 64.
        if (head[0] != (byte) 0xff || headLength > Zmtp.SIGNATURE_END && head[Zmtp.SIGNATURE_END] != 0x7f) {
            throw new ProtocolException("it does not speak ZeroMQ's protocol");
        }
        if (headLength > Zmtp.MAJOR && head[Zmtp.MAJOR] < 3) {
            throw new ProtocolException("it speaks a protocol older than ZMTP 3, use ZeroMQ 4 or later");
        }
        if (headLength == Zmtp.GREETING_BYTES) {
            var mechanism = Arrays.copyOfRange(head, Zmtp.MECHANISM, Zmtp.MECHANISM + Zmtp.MECHANISM_BYTES);
            if (!Arrays.equals(mechanism, Arrays.copyOf(Zmtp.NULL_MECHANISM, Zmtp.MECHANISM_BYTES))) {
                throw new ProtocolException("it wants to be secured by " + new String(mechanism, US_ASCII).trim()
                        + ", only NULL is offered");
            }
            greeted = true;
            headLength = 0;
        }
    }

    private void fillHead(ByteBuffer in, int wanted) {
        var count = Math.clamp(wanted - headLength, 0, in.remaining());
        in.get(head, headLength, count);
        headLength += count;
    }

    private void readHeader(ByteBuffer in) throws ProtocolException {
        fillHead(in, 1);
        flags = head[0];
        if ((flags & ~(Zmtp.MORE | Zmtp.LONG | Zmtp.COMMAND)) != 0
                || (flags & (Zmtp.MORE | Zmtp.COMMAND)) == (Zmtp.MORE | Zmtp.COMMAND)) {
            throw new ProtocolException(
                    "a frame begins with the byte " + (flags & 0xff) + ", which ZMTP does not know");
        }
        var isLong = (flags & Zmtp.LONG) != 0;
        var wanted = isLong ? 1 + Long.BYTES : 2;
        fillHead(in, wanted);
        if (headLength < wanted) {
            return;
        }
        headLength = 0;
        long announced = isLong ? ByteBuffer.wrap(head).getLong(1) : head[1] & 0xff;
        var most = isCommand() ? MAX_COMMAND_BYTES : maxMessageBytes;
        if (announced < 0 || announced > most) {
            throw new ProtocolException("it announced a " + (isCommand() ? "command" : "frame") + " of "
                    + Long.toUnsignedString(announced) + " bytes, more than the " + most + " allowed");
        }
        if (!ready && !isCommand()) {
            throw new ProtocolException("it sent a message before it introduced itself");
        }
        length = (int) announced;
        if (!isCommand()) {
            messageBytes += FRAME_OVERHEAD + length;
            if (tooLarge()) {
                frames.clear();
                keptBytes = 0;
            }
        }
        bodyLength = 0;
        body = tooLarge() && !isCommand() ? SKIPPED : new byte[Math.min(length, Math.max(FIRST_PIECE, in.remaining()))];
        if (length == 0) {
            endFrame();
        }
    }

    private boolean isCommand() {
        return (flags & Zmtp.COMMAND) != 0;
    }

    private boolean tooLarge() {
        return messageBytes > maxMessageBytes + (long) FRAME_OVERHEAD;
    }

    private void readBody(ByteBuffer in) throws ProtocolException {
        var count = Math.min(in.remaining(), length - bodyLength);
        if (body == SKIPPED) {
            in.position(in.position() + count);
        } else {
            if (body.length < bodyLength + count) {
                body = Arrays.copyOf(body, (int) Math.min(length, Math.max(2L * body.length, bodyLength + count)));
            }
            in.get(body, bodyLength, count);
        }
        bodyLength += count;
        if (bodyLength == length) {
            endFrame();
        }
    }

    private void endFrame() throws ProtocolException {
        var frame = body;
        body = null;
        if (isCommand()) {
            obey(ByteBuffer.wrap(frame));
            return;
        }
        if (!tooLarge()) {
            frames.add(frame);
            keptBytes += FRAME_OVERHEAD + length;
        }
        if ((flags & Zmtp.MORE) == 0) {
            var whole = frames;
            var skipped = tooLarge();
            frames = new ArrayList<>();
            messageBytes = 0;
            keptBytes = 0;
            if (skipped) {
                listener.tooLarge();
            } else {
                listener.message(whole);
            }
        }
    }

    private void obey(ByteBuffer command) throws ProtocolException {
        var name = new String(bytes(command, count(command)), US_ASCII);
        if (ready == name.equals("READY")) {
            throw new ProtocolException(
                    ready ? "it introduced itself twice" : "it sent " + name + " before it introduced itself");
        }
        switch (name) {
            case "READY" -> {
                ready = true;
                introduce(command);
            }
            case "SUBSCRIBE" -> listener.subscription(true, bytes(command, command.remaining()));
            case "CANCEL" -> listener.subscription(false, bytes(command, command.remaining()));
            case "PING" -> {
                bytes(command, TTL_BYTES);
                listener.ping(bytes(command, Math.min(command.remaining(), MAX_CONTEXT_BYTES)));
            }
            default -> {
                // PONG answers what nobody here asked; ERROR comes before the peer hangs up; and there may be newer
                // ones.
            }
        }
    }

    private void introduce(ByteBuffer properties) throws ProtocolException {
        var socketType = "";
        var identity = new byte[0];
        while (properties.hasRemaining()) {
            var name = new String(bytes(properties, count(properties)), US_ASCII);
            var size = properties.remaining() < Integer.BYTES ? -1 : properties.getInt();
            var value = bytes(properties, size);
            if (name.equalsIgnoreCase("Socket-Type")) {
                socketType = new String(value, US_ASCII);
            } else if (name.equalsIgnoreCase("Identity")) {
                identity = value;
            }
        }
        listener.ready(socketType, identity);
    }

    private static int count(ByteBuffer in) {
        return in.hasRemaining() ? in.get() & 0xff : -1;
    }

    private static byte[] bytes(ByteBuffer in, int count) throws ProtocolException {
        if (count < 0 || count > in.remaining()) {
            throw new ProtocolException("a command of it is shorter than it says");
        }
        var bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }
}
