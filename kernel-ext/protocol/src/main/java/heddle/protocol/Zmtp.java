package heddle.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is written in ZMTP 3.1, the protocol between ZeroMQ sockets (<a href="https://rfc.zeromq.org/spec/37/">RFC 37</a>), with the
 * mechanism NULL.
 */
final class Zmtp {

    static final int GREETING_BYTES = 64;
    /** Where in a greeting the signature ends, the major version stands, and the mechanism's name. */
    static final int SIGNATURE_END = 9;

    static final int MAJOR = 10;
    static final int MECHANISM = 12;
    static final int MECHANISM_BYTES = 20;
    static final byte[] NULL_MECHANISM = {'N', 'U', 'L', 'L'};

    /** Bits of a frame's first byte. */
    static final int MORE = 1;

    static final int LONG = 2;
    static final int COMMAND = 4;

    private static final int LONGEST_SHORT = 255;
    private static final int LONGEST_HEADER = 9;
    /** A message up to this size is copied into one array, a larger one is sent from where it lies. */
    private static final int COPIED_BYTES = 1 << 16;

    private Zmtp() {}

    /** All that a peer says first: its greeting and READY. Peers of ZMTP 3 take both at once. */
    static byte[] hello(String socketType, byte[] identity) {
        var type = property("Socket-Type", socketType.getBytes(US_ASCII));
        var ready = command("READY", type, property("Identity", identity));
        var hello = ByteBuffer.allocate(GREETING_BYTES + ready.length);
        hello.put(0, (byte) 0xff).put(8, (byte) 1).put(SIGNATURE_END, (byte) 0x7f);
        hello.put(MAJOR, (byte) 3).put(MAJOR + 1, (byte) 1).put(MECHANISM, NULL_MECHANISM);
        return hello.put(GREETING_BYTES, ready).array();
    }

    private static byte[] property(String name, byte[] value) {
        return ByteBuffer.allocate(1 + name.length() + Integer.BYTES + value.length)
                .put((byte) name.length())
                .put(name.getBytes(US_ASCII))
                .putInt(value.length)
                .put(value)
                .array();
    }

    static byte[] command(String name, byte[]... parts) {
        var size = 1 + name.length();
        for (var part : parts) {
            size += part.length;
        }
        var frame = ByteBuffer.allocate(LONGEST_HEADER + size);
        header(frame, size, COMMAND);
        frame.put((byte) name.length()).put(name.getBytes(US_ASCII));
        for (var part : parts) {
            frame.put(part);
        }
        return taken(frame);
    }

    /** A message's bytes, in one array or, when there are many of them, in several. */
    static List<byte[]> message(List<byte[]> frames) {
        long size = 0;
        for (var frame : frames) {
            size += LONGEST_HEADER + frame.length;
        }
        var pieces = new ArrayList<byte[]>();
        var piece = ByteBuffer.allocate((int) Math.min(size, LONGEST_HEADER + COPIED_BYTES));
        var last = frames.size() - 1;
        for (var i = 0; i <= last; i++) {
            var frame = frames.get(i);
            if (piece.remaining() < LONGEST_HEADER) {
                pieces.add(taken(piece));
                piece.clear();
            }
            header(piece, frame.length, i < last ? MORE : 0);
            if (piece.remaining() >= frame.length) {
                piece.put(frame);
            } else {
                pieces.add(taken(piece));
                pieces.add(frame);
                piece.clear();
            }
        }
        if (piece.position() > 0) {
            pieces.add(taken(piece));
        }
        return pieces;
    }

    private static void header(ByteBuffer out, int length, int flags) {
        if (length <= LONGEST_SHORT) {
            out.put((byte) flags).put((byte) length);
        } else {
            out.put((byte) (flags | LONG)).putLong(length);
        }
    }

    private static byte[] taken(ByteBuffer buffer) {
        var bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }
}
