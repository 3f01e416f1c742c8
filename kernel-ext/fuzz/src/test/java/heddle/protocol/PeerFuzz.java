package heddle.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a peer's bytes pass through: greeting, frames, messages and, since nothing is signed here, their JSON. Bytes are understood or refused,
 * in the same way whatever the pieces they come in, and take no more memory than they are.
 */
public final class PeerFuzz {

    private static final int LIMIT = 1 << 16;
    private static final int SMALL_PIECE = 7;
    /** What a reader may hold beside the bytes themselves: the beginning of one frame. */
    private static final int FIRST_PIECE = 1 << 13;

    private PeerFuzz() {}

    /** Called by the fuzzer. */
    public static void fuzzerTestOneInput(byte[] bytes) {
        var whole = read(bytes, Math.max(1, bytes.length));
        var pieces = read(bytes, SMALL_PIECE);
        if (!whole.equals(pieces)) {
            throw new AssertionError("at once it is " + whole + ", in pieces " + pieces);
        }
    }

    /** Connections that are as they should be. */
    public static List<byte[]> seeds() {
        var wire = new Wire(ConnectionInfo.anyPort(""), LIMIT);
        return Stream.concat(
                        Stream.of(
                                        new Content.ExecuteRequest(
                                                "x\uD83D\uDE00", false, true, Map.of("a", "1+1"), true, false),
                                        new Content.CompleteRequest("abc", 2),
                                        new Content.InspectRequest("abc", 2, 1),
                                        new Content.IsCompleteRequest("abc"),
                                        new Content.HistoryRequest(true, false, "range", -1, 2, 3, 4, "a*", true),
                                        new Content.KernelInfoRequest(),
                                        new Content.ShutdownRequest(true),
                                        new Content.InputReply("v"),
                                        new Content.CommInfoRequest("t"),
                                        new Content.CommOpen("c", "t", Map.of("k", Json.parse("[1,{\"a\":2.5e3}]"))),
                                        Content.DisplayData.of(Json.plain("text"), "id"),
                                        new Content.ExecuteReply.Error(3, "E", "v", List.of("t")))
                                .map(content -> wire.encode(wire.message(
                                        List.of(), wire.header("parent"), Map.of(), content, List.of(new byte[300]))))
                                .map(frames -> connection("DEALER", Zmtp.message(frames))),
                        Stream.of(
                                connection("REQ", Zmtp.message(List.of(new byte[0], new byte[4]))),
                                connection(
                                        "SUB",
                                        List.of(
                                                Zmtp.command("SUBSCRIBE", new byte[3]),
                                                Zmtp.command("PING", new byte[6]),
                                                Zmtp.command("CANCEL", new byte[3])))))
                .toList();
    }

    private static byte[] connection(String socketType, List<byte[]> rest) {
        var hello = Zmtp.hello(socketType, new byte[] {'i'});
        var all = ByteBuffer.allocate(
                hello.length + rest.stream().mapToInt(piece -> piece.length).sum());
        all.put(hello);
        rest.forEach(all::put);
        return all.array();
    }

    /** What happened, in words. */
    private static List<String> read(byte[] bytes, int piece) {
        var events = new ArrayList<String>();
        var reader = new ZmtpReader(LIMIT, new Events(events));
        try {
            for (var from = 0; from < bytes.length; from += piece) {
                var count = Math.min(piece, bytes.length - from);
                reader.read(ByteBuffer.wrap(bytes, from, count));
                var overhead = (long) ZmtpReader.FRAME_OVERHEAD * (from + count);
                if (reader.held() > 2L * (from + count) + overhead + FIRST_PIECE) {
                    throw new AssertionError(reader.held() + " bytes are held for " + (from + count));
                }
            }
        } catch (ProtocolException e) {
            events.add(e.getMessage());
        }
        return events;
    }

    private record Events(List<String> events) implements ZmtpReader.Listener {

        private static final Wire WIRE = new Wire(ConnectionInfo.anyPort(""), LIMIT);

        @Override
        public void ready(String socketType, byte[] identity) {
            events.add("ready " + socketType + Arrays.toString(identity));
        }

        @Override
        public void message(List<byte[]> frames) {
            try {
                var message = WIRE.decode(frames);
                var again = WIRE.decode(WIRE.encode(message));
                if (!tree(message.content()).equals(tree(again.content()))
                        || !tree(message.header()).equals(tree(again.header()))) {
                    throw new AssertionError(message + " came back as " + again);
                }
                events.add("message " + message.header() + tree(message.content()));
            } catch (MalformedMessageException e) {
                events.add(e.getMessage());
            }
        }

        /** The order of fields says nothing. */
        private static JsonNode tree(Object value) {
            return Json.parse(new String(Json.write(value), UTF_8));
        }

        @Override
        public void tooLarge() {
            events.add("too large");
        }

        @Override
        public void subscription(boolean begins, byte[] topic) {
            events.add("subscription " + begins + Arrays.toString(topic));
        }

        @Override
        public void ping(byte[] context) {
            events.add("ping " + Arrays.toString(context));
        }
    }
}
