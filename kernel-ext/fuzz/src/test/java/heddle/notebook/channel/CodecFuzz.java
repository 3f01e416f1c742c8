package heddle.notebook.channel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A frame between the kernel process and the notebook process is decoded or refused, and what was decoded stays the same when it is sent on. */
public final class CodecFuzz {

    private CodecFuzz() {}

    /** Called by the fuzzer. */
    public static void fuzzerTestOneInput(byte[] bytes) {
        Frame frame;
        try {
            frame = Codec.decode(ByteBuffer.wrap(bytes));
        } catch (ProtocolException e) {
            return;
        }
        var encoded = Codec.encode(frame);
        try {
            var again = Codec.encode(Codec.decode(encoded.duplicate().position(Codec.HEADER)));
            if (!again.equals(encoded)) {
                throw new AssertionError(frame + " does not come back as it was");
            }
        } catch (ProtocolException e) {
            throw new AssertionError(frame + " is encoded so that it is refused", e);
        }
    }

    /** Frames that are as they should be. */
    public static List<byte[]> seeds() {
        var bundle = new Frame.Bundle(Map.of("text/plain", "a\uD83D\uDE00"), Map.of("k", "{}"));
        var comm = new Frame.CommMessage(
                Frame.CommMessage.Kind.MESSAGE,
                "id",
                "target",
                Map.of(
                        "a",
                        List.of(true, 1, 1L << 40, 0.5, "text", Map.of("deep", List.of())),
                        "b",
                        new BigInteger("12345678901234567890"),
                        "c",
                        new BigDecimal("0.10")),
                Map.of(),
                List.of(new byte[] {1}));
        return Stream.of(
                        new Frame.ToComm(7, comm),
                        new Frame.FromComm(7, comm),
                        new Frame.Begin(7, "cell 7", true),
                        new Frame.Load(List.of(new Frame.ClassBytes("A", new byte[] {1, 2}))),
                        new Frame.Invoke("A", "m", true),
                        new Frame.AddToClassPath(List.of("a", "b")),
                        new Frame.Input(null),
                        new Frame.Ready(4711),
                        new Frame.Loaded("problem"),
                        new Frame.Returned(bundle),
                        new Frame.Threw(new Frame.Failure("E", "m", List.of("at"))),
                        new Frame.Output(7, Frame.Stream.STDERR, "text"),
                        new Frame.Display(7, true, "id", bundle),
                        new Frame.InputRequest(7, "name? ", true))
                .map(frame -> {
                    var encoded = Codec.encode(frame).position(Codec.HEADER);
                    var body = new byte[encoded.remaining()];
                    encoded.get(body);
                    return body;
                })
                .toList();
    }
}
