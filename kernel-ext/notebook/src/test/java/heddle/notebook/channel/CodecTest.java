package heddle.notebook.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {

    static final List<Frame> EVERY_FRAME = List.of(
            new Frame.Begin(7, "cell 7", true),
            new Frame.End(Integer.MAX_VALUE),
            new Frame.Load(List.of(
                    new Frame.ClassBytes("REPL.$JShell$1", new byte[] {1, 2, -3}),
                    new Frame.ClassBytes("A", new byte[0]))),
            new Frame.Invoke("REPL.$JShell$1", "do_it$", false),
            new Frame.Variable("REPL.$JShell$1", "x"),
            new Frame.AddToClassPath(List.of("/a b/c.jar", "")),
            new Frame.Input(null),
            new Frame.Input(""),
            new Frame.Interrupt(),
            new Frame.Redefine(List.of(new Frame.ClassBytes("REPL.$JShell$1$A", new byte[] {4, 5}))),
            new Frame.Ready(1L << 40),
            new Frame.Loaded(null),
            new Frame.Loaded("no"),
            new Frame.Ended(-1, true),
            new Frame.Returned(null),
            new Frame.Returned(new Frame.Bundle(Map.of("text/plain", "汉字 🧵"), Map.of("image/png", "{}"))),
            new Frame.Threw(new Frame.Failure("java.lang.Error", "", List.of("a", "  at b"))),
            new Frame.Unresolved(3),
            new Frame.Output(7, Frame.Stream.STDERR, "x\n\u0000"),
            new Frame.Output(7, Frame.Stream.STDOUT, ""),
            new Frame.Display(7, true, "id", new Frame.Bundle(Map.of(), Map.of())),
            new Frame.ClearOutput(7, true),
            new Frame.InputRequest(7, "name? ", true),
            new Frame.ToComm(8, comm(Frame.CommMessage.Kind.OPEN, "target")),
            new Frame.FromComm(8, comm(Frame.CommMessage.Kind.MESSAGE, null)),
            new Frame.Handled(8),
            new Frame.Sweep(1, 9, Frame.Phase.FORCE),
            new Frame.Child(9, 1L << 31, "sleep", false, true),
            new Frame.Swept(1, 9, 1, 10_000, 2, List.of("sleep (pid 7)"), List.of("a"), 3, List.of(), 4, true, null),
            new Frame.Uncaught(9, "Thread-0", new Frame.Failure("Error", "", List.of())),
            new Frame.Call(1, null, List.of(), "1 + 1"),
            new Frame.Call(2, "jars", List.of("a b", ""), null),
            new Frame.CallEnded(1, null, true, List.of()),
            new Frame.CallEnded(2, "no", false, List.of("x")));

    private static Frame.CommMessage comm(Frame.CommMessage.Kind kind, String target) {
        var data = new LinkedHashMap<String, Object>();
        data.put("nothing", null);
        data.put("🧵", List.of(true, false, 1, -1L << 40, 0.1, "", List.of(), Map.of("deeper", List.of(Map.of()))));
        data.put("large", new BigInteger("123456789012345678901234567890"));
        data.put("exact", new BigDecimal("0.10"));
        return new Frame.CommMessage(kind, "id", target, data, Map.of("version", "2.1.0"), List.of());
    }

    @Test
    void aCommsMessageCarriesBytes() throws Exception {
        var frame = new Frame.FromComm(
                1,
                new Frame.CommMessage(
                        Frame.CommMessage.Kind.CLOSE,
                        "id",
                        null,
                        Map.of(),
                        Map.of(),
                        List.of(new byte[] {1, 0, -1}, new byte[0])));
        var buffers = ((Frame.FromComm) Codec.decode(body(frame))).message().buffers();
        assertEquals(2, buffers.size());
        assertArrayEquals(new byte[] {1, 0, -1}, buffers.getFirst());
    }

    @Test
    void whatIsPrintedIsNotNull() {
        var body = body(new Frame.Output(1, Frame.Stream.STDOUT, ""));
        body.putInt(body.limit() - Integer.BYTES, -1);
        assertThrows(ProtocolException.class, () -> Codec.decode(body));
    }

    @Test
    void noDataIsReadThatIsNestedWithoutEnd() {
        Object nested = List.of();
        for (int depth = 0; depth < Codec.DEEPEST + 10; depth++) {
            nested = List.of(nested);
        }
        var data = Map.of("a", nested);
        var frame = new Frame.FromComm(
                1, new Frame.CommMessage(Frame.CommMessage.Kind.MESSAGE, "id", null, data, Map.of(), List.of()));
        assertThrows(ProtocolException.class, () -> Codec.decode(body(frame)));
    }

    static Stream<Frame> everyFrame() {
        return EVERY_FRAME.stream();
    }

    @Test
    void theListAboveMissesNoFrame() {
        var listed = EVERY_FRAME.stream().map(Object::getClass).collect(Collectors.toSet());
        var permitted = new HashSet<Class<?>>();
        for (var kind : Frame.class.getPermittedSubclasses()) {
            permitted.addAll(kind.isInterface() ? Arrays.asList(kind.getPermittedSubclasses()) : List.of(kind));
        }
        assertEquals(permitted, listed);
    }

    private static ByteBuffer body(Frame frame) {
        var bytes = Codec.encode(frame);
        assertEquals(bytes.remaining() - Codec.HEADER, bytes.getInt());
        return bytes;
    }

    private static byte[] copy(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static List<Frame.ClassBytes> classes(Frame frame) {
        return switch (frame) {
            case Frame.Load(var classes) -> classes;
            case Frame.Redefine(var classes) -> classes;
            default -> List.of();
        };
    }

    @ParameterizedTest
    @MethodSource("everyFrame")
    void everyFrameComesBackAsItWas(Frame frame) throws Exception {
        var back = Codec.decode(body(frame));
        assertEquals(frame.getClass(), back.getClass());
        var classes = classes(frame);
        if (!classes.isEmpty()) { // arrays have no equals
            var backClasses = classes(back);
            assertEquals(classes.size(), backClasses.size());
            for (int i = 0; i < classes.size(); i++) {
                assertEquals(classes.get(i).name(), backClasses.get(i).name());
                assertArrayEquals(classes.get(i).bytes(), backClasses.get(i).bytes());
            }
        } else {
            assertEquals(frame, back);
        }
    }

    @ParameterizedTest
    @MethodSource("everyFrame")
    void aFrameCutAnywhereIsRefused(Frame frame) {
        var whole = body(frame);
        for (int length = 0; length < whole.remaining(); length++) {
            var cut = whole.slice(whole.position(), length);
            assertThrows(ProtocolException.class, () -> Codec.decode(cut), frame + " cut to " + cut.limit());
        }
    }

    @ParameterizedTest
    @MethodSource("everyFrame")
    void aFrameThatIsTooLongIsRefused(Frame frame) {
        var bytes = copy(body(frame));
        var longer = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
        assertThrows(ProtocolException.class, () -> Codec.decode(longer));
    }

    @Test
    void garbageIsDecodedOrRefusedButNothingElse() {
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 100_000; i++) {
            var bytes = copy(body(EVERY_FRAME.get(random.nextInt(EVERY_FRAME.size()))));
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                Codec.decode(ByteBuffer.wrap(bytes));
            } catch (ProtocolException e) {
                refused++;
            }
        }
        assertTrue(refused > 10_000, "refused " + refused);
    }

    @Test
    void aCountWithoutElementsReservesNoMemory() {
        var announced =
                ByteBuffer.allocate(5).put((byte) 3).putInt(Integer.MAX_VALUE).flip();
        assertTrue(assertThrows(ProtocolException.class, () -> Codec.decode(announced))
                .getMessage()
                .startsWith("A frame announces 2147483647 elements"));
    }

    @Test
    void whatIsTooLargeIsRefusedWhereItIsSent() {
        var tooLarge = "x".repeat(Codec.MAX_LENGTH);
        assertThrows(
                IllegalArgumentException.class, () -> Codec.encode(new Frame.Output(1, Frame.Stream.STDOUT, tooLarge)));
    }
}
