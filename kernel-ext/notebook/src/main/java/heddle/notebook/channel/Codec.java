package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a {@link Frame}: {@code length:int32 tag:int8 fields...}, big-endian; {@code length} counts what follows it.
 *
 * <p>A text is {@code length:int32} and UTF-8, length -1 is null; a list or map is {@code count:int32} and its elements; a value of JSON is
 * {@code kind:int8} and what belongs to it.
 */
final class Codec {
    private Codec() {}

    /** Bytes of the length in front of each frame. */
    static final int HEADER = Integer.BYTES;

    /** The largest frame either side sends or accepts, without its header: 128 MiB. */
    static final int MAX_LENGTH = 128 << 20;

    /** Lists and maps within each other that a comm's data may have; JSON libraries allow no more. */
    static final int DEEPEST = 1_000;

    /** @throws IllegalArgumentException when the frame is larger than {@link #MAX_LENGTH} */
    static ByteBuffer encode(Frame frame) {
        // What is printed is most of what is sent: exactly as much room as it takes, where it is ASCII.
        var out = new Writer(
                frame instanceof Frame.Output output
                        ? HEADER + 10 + output.text().length()
                        : 256);
        switch (frame) {
            case Frame.Begin(int cell, String label, boolean mayAskForInput) ->
                out.tag(1).number(cell).text(label).flag(mayAskForInput);
            case Frame.End(int cell) -> out.tag(2).number(cell);
            case Frame.Load(List<Frame.ClassBytes> classes) -> out.tag(3).classes(classes);
            case Frame.Invoke(String className, String methodName, boolean show) ->
                out.tag(4).text(className).text(methodName).flag(show);
            case Frame.Variable(String className, String fieldName) ->
                out.tag(5).text(className).text(fieldName);
            case Frame.AddToClassPath(List<String> paths) -> out.tag(6).texts(paths);
            case Frame.Input(String line) -> out.tag(7).text(line);
            case Frame.Interrupt() -> out.tag(8);
            case Frame.ToComm(int cell, Frame.CommMessage message) ->
                out.tag(9).number(cell).comm(message);
            case Frame.Redefine(List<Frame.ClassBytes> classes) -> out.tag(10).classes(classes);
            case Frame.Sweep(int request, int cell, Frame.Phase phase) ->
                out.tag(11).number(request).number(cell).number(phase.ordinal());
            case Frame.CallEnded(int number, String problem, boolean evaluated, List<String> value) ->
                out.tag(12).number(number).text(problem).flag(evaluated).texts(value);
            case Frame.Ready(long pid) -> out.tag(32).longNumber(pid);
            case Frame.Loaded(String problem) -> out.tag(33).text(problem);
            case Frame.Ended(int cell, boolean marked) ->
                out.tag(34).number(cell).flag(marked);
            case Frame.Returned(Frame.Bundle value) -> out.tag(35).bundle(value);
            case Frame.Threw(Frame.Failure failure) -> out.tag(36).failure(failure);
            case Frame.Unresolved(int id) -> out.tag(37).number(id);
            case Frame.Output(int cell, Frame.Stream stream, String text) ->
                out.tag(38).number(cell).flag(stream == Frame.Stream.STDERR).text(text);
            case Frame.Display(int cell, boolean update, String id, Frame.Bundle bundle) ->
                out.tag(39).number(cell).flag(update).text(id).bundle(bundle);
            case Frame.ClearOutput(int cell, boolean untilNextOutput) ->
                out.tag(40).number(cell).flag(untilNextOutput);
            case Frame.InputRequest(int cell, String prompt, boolean password) ->
                out.tag(41).number(cell).text(prompt).flag(password);
            case Frame.Handled(int cell) -> out.tag(42).number(cell);
            case Frame.FromComm(int cell, Frame.CommMessage message) ->
                out.tag(43).number(cell).comm(message);
            case Frame.Swept swept ->
                out.tag(44)
                        .number(swept.request())
                        .number(swept.cell())
                        .number(swept.threads())
                        .number(swept.virtualThreads())
                        .number(swept.tasks())
                        .texts(swept.processes())
                        .texts(swept.threadsLeft())
                        .number(swept.virtualThreadsLeft())
                        .texts(swept.processesLeft())
                        .number(swept.unhearing())
                        .flag(swept.more())
                        .text(swept.problem());
            case Frame.Child(int cell, long pid, String name, boolean follows, boolean ended) ->
                out.tag(46)
                        .number(cell)
                        .longNumber(pid)
                        .text(name)
                        .flag(follows)
                        .flag(ended);
            case Frame.Uncaught(int cell, String thread, Frame.Failure failure) ->
                out.tag(45).number(cell).text(thread).failure(failure);
            case Frame.Call(int number, String magic, List<String> arguments, String body) ->
                out.tag(47).number(number).text(magic).texts(arguments).text(body);
        }
        return out.finish();
    }

    /** @param body one frame without its header */
    static Frame decode(ByteBuffer body) throws ProtocolException {
        try {
            var in = new Reader(body);
            int tag = body.get();
            var frame = switch (tag) {
                case 1 -> new Frame.Begin(in.number(), in.someText(), in.flag());
                case 2 -> new Frame.End(in.number());
                case 3 -> new Frame.Load(in.classes());
                case 4 -> new Frame.Invoke(in.someText(), in.someText(), in.flag());
                case 5 -> new Frame.Variable(in.someText(), in.someText());
                case 6 -> new Frame.AddToClassPath(in.texts());
                case 7 -> new Frame.Input(in.text());
                case 8 -> new Frame.Interrupt();
                case 9 -> new Frame.ToComm(in.number(), in.comm());
                case 10 -> new Frame.Redefine(in.classes());
                case 11 -> new Frame.Sweep(in.number(), in.number(), in.phase());
                case 12 -> new Frame.CallEnded(in.number(), in.text(), in.flag(), in.texts());
                case 32 -> new Frame.Ready(body.getLong());
                case 33 -> new Frame.Loaded(in.text());
                case 34 -> new Frame.Ended(in.number(), in.flag());
                case 35 -> new Frame.Returned(in.bundle());
                case 36 -> new Frame.Threw(in.failure());
                case 37 -> new Frame.Unresolved(in.number());
                case 38 ->
                    new Frame.Output(in.number(), in.flag() ? Frame.Stream.STDERR : Frame.Stream.STDOUT, in.someText());
                case 39 -> new Frame.Display(in.number(), in.flag(), in.text(), in.bundle());
                case 40 -> new Frame.ClearOutput(in.number(), in.flag());
                case 41 -> new Frame.InputRequest(in.number(), in.someText(), in.flag());
                case 42 -> new Frame.Handled(in.number());
                case 43 -> new Frame.FromComm(in.number(), in.comm());
                case 44 ->
                    new Frame.Swept(
                            in.number(),
                            in.number(),
                            in.number(),
                            in.number(),
                            in.number(),
                            in.texts(),
                            in.texts(),
                            in.number(),
                            in.texts(),
                            in.number(),
                            in.flag(),
                            in.text());
                case 46 -> new Frame.Child(in.number(), body.getLong(), in.text(), in.flag(), in.flag());
                case 45 -> new Frame.Uncaught(in.number(), in.text(), in.failure());
                case 47 -> new Frame.Call(in.number(), in.text(), in.texts(), in.text());
                default -> throw new ProtocolException("There is no frame with tag " + tag + ".");
            };
            if (body.hasRemaining()) {
                throw new ProtocolException(
                        "A frame with tag " + tag + " is " + body.remaining() + " bytes longer than its fields.");
            }
            return frame;
        } catch (NumberFormatException | NullPointerException e) {
            var refused = new ProtocolException("A number in a frame is none.");
            refused.initCause(e);
            throw refused;
        } catch (BufferUnderflowException e) {
            var refused = new ProtocolException("A frame is shorter than its fields.");
            refused.initCause(e);
            throw refused;
        }
    }

    private static final class Writer {
        private byte[] buffer;
        private int size = HEADER;

        Writer(int room) {
            buffer = new byte[room];
        }

        private ByteBuffer room(int bytes) {
            if (bytes < 0 || bytes > HEADER + MAX_LENGTH - size) {
                throw new IllegalArgumentException("What is to be sent between the notebook's processes is larger than "
                        + (MAX_LENGTH >> 20) + " MiB; send less at once.");
            }
            if (size + bytes > buffer.length) {
                buffer = Arrays.copyOf(
                        buffer, (int) Math.min(HEADER + (long) MAX_LENGTH, Math.max(2L * buffer.length, size + bytes)));
            }
            var place = ByteBuffer.wrap(buffer, size, bytes);
            size += bytes;
            return place;
        }

        Writer tag(int tag) {
            room(1).put((byte) tag);
            return this;
        }

        Writer flag(boolean flag) {
            room(1).put((byte) (flag ? 1 : 0));
            return this;
        }

        Writer number(int number) {
            room(Integer.BYTES).putInt(number);
            return this;
        }

        Writer longNumber(long number) {
            room(Long.BYTES).putLong(number);
            return this;
        }

        Writer bytes(byte[] bytes) {
            number(bytes.length);
            room(bytes.length).put(bytes);
            return this;
        }

        Writer text(String text) {
            return text == null ? number(-1) : bytes(text.getBytes(UTF_8));
        }

        Writer failure(Frame.Failure failure) {
            return text(failure.type()).text(failure.message()).texts(failure.traceback());
        }

        Writer texts(List<String> texts) {
            number(texts.size());
            texts.forEach(this::text);
            return this;
        }

        Writer texts(Map<String, String> texts) {
            number(texts.size());
            texts.forEach((key, value) -> text(key).text(value));
            return this;
        }

        Writer classes(List<Frame.ClassBytes> classes) {
            number(classes.size());
            classes.forEach(one -> text(one.name()).bytes(one.bytes()));
            return this;
        }

        Writer bundle(Frame.Bundle bundle) {
            flag(bundle != null);
            return bundle == null ? this : texts(bundle.data()).texts(bundle.metadata());
        }

        Writer comm(Frame.CommMessage message) {
            number(message.kind().ordinal()).text(message.id()).text(message.target());
            value(message.data())
                    .value(message.metadata())
                    .number(message.buffers().size());
            message.buffers().forEach(this::bytes);
            return this;
        }

        private Writer value(Object value) {
            return switch (value) {
                case null -> tag(0);
                case Boolean flag -> tag(flag ? 2 : 1);
                case Integer number -> tag(3).longNumber(number);
                case Long number -> tag(3).longNumber(number);
                case Double number -> tag(4).longNumber(Double.doubleToRawLongBits(number));
                case String text -> tag(5).text(text);
                case List<?> list -> {
                    tag(6).number(list.size());
                    list.forEach(this::value);
                    yield this;
                }
                case Map<?, ?> map -> {
                    tag(7).number(map.size());
                    map.forEach((key, member) -> text((String) key).value(member));
                    yield this;
                }
                case BigInteger number -> tag(8).text(number.toString());
                case BigDecimal number -> tag(9).text(number.toString());
                default -> throw new IllegalArgumentException("JSON cannot say " + value.getClass());
            };
        }

        ByteBuffer finish() {
            return ByteBuffer.wrap(buffer, 0, size).putInt(0, size - HEADER);
        }
    }

    private record Reader(ByteBuffer in) {

        boolean flag() throws ProtocolException {
            return switch (in.get()) {
                case 0 -> false;
                case 1 -> true;
                default -> throw new ProtocolException("A flag in a frame is neither 0 nor 1.");
            };
        }

        Frame.Phase phase() throws ProtocolException {
            int phase = number();
            if (phase < 0 || phase >= Frame.Phase.values().length) {
                throw new ProtocolException("There is no phase of Stop with number " + phase + ".");
            }
            return Frame.Phase.values()[phase];
        }

        Frame.Failure failure() throws ProtocolException {
            return new Frame.Failure(text(), text(), texts());
        }

        int number() {
            return in.getInt();
        }

        /** @param least bytes that each element takes at least, so that a count without elements reserves no memory */
        List<Frame.ClassBytes> classes() throws ProtocolException {
            int count = count(2 * Integer.BYTES);
            var classes = new ArrayList<Frame.ClassBytes>(count);
            for (int i = 0; i < count; i++) {
                classes.add(new Frame.ClassBytes(text(), bytes()));
            }
            return classes;
        }

        int count(int least) throws ProtocolException {
            int count = in.getInt();
            if (count < 0 || count > in.remaining() / least) {
                throw new ProtocolException(
                        "A frame announces " + count + " elements in " + in.remaining() + " bytes.");
            }
            return count;
        }

        byte[] bytes() throws ProtocolException {
            var bytes = new byte[count(1)];
            in.get(bytes);
            return bytes;
        }

        String text() throws ProtocolException {
            if (in.remaining() >= Integer.BYTES && in.getInt(in.position()) == -1) {
                in.getInt();
                return null;
            }
            return new String(bytes(), UTF_8);
        }

        /** One that may not be null. */
        String someText() throws ProtocolException {
            var text = text();
            if (text == null) {
                throw new ProtocolException("A frame lacks a text that it must have.");
            }
            return text;
        }

        List<String> texts() throws ProtocolException {
            int count = count(Integer.BYTES);
            var texts = new ArrayList<String>(count);
            for (int i = 0; i < count; i++) {
                texts.add(text());
            }
            return texts;
        }

        Map<String, String> map() throws ProtocolException {
            int count = count(2 * Integer.BYTES);
            var map = new LinkedHashMap<String, String>();
            for (int i = 0; i < count; i++) {
                map.put(text(), text());
            }
            return map;
        }

        Frame.CommMessage comm() throws ProtocolException {
            int kind = number();
            var kinds = Frame.CommMessage.Kind.values();
            if (kind < 0 || kind >= kinds.length) {
                throw new ProtocolException("There is no message of a comm with number " + kind + ".");
            }
            var id = text();
            var target = text();
            var data = object(0);
            var metadata = object(0);
            int count = count(Integer.BYTES);
            var buffers = new ArrayList<byte[]>(count);
            for (int i = 0; i < count; i++) {
                buffers.add(bytes());
            }
            return new Frame.CommMessage(kinds[kind], id, target, data, metadata, buffers);
        }

        private Map<String, Object> object(int depth) throws ProtocolException {
            if (in.get() != 7) {
                throw new ProtocolException("The data of a comm is not an object.");
            }
            return members(depth);
        }

        private Map<String, Object> members(int depth) throws ProtocolException {
            int count = count(Integer.BYTES + 1);
            var map = new LinkedHashMap<String, Object>();
            for (int i = 0; i < count; i++) {
                map.put(text(), value(depth + 1));
            }
            return map;
        }

        private Object value(int depth) throws ProtocolException {
            if (depth > DEEPEST) {
                throw new ProtocolException("The data of a comm is nested deeper than " + DEEPEST + ".");
            }
            int kind = in.get();
            return switch (kind) {
                case 0 -> null;
                case 1 -> false;
                case 2 -> true;
                case 3 -> {
                    long number = in.getLong();
                    yield number == (int) number ? (Object) (int) number : (Object) number;
                }
                case 4 -> Double.longBitsToDouble(in.getLong());
                case 5 -> text();
                case 6 -> {
                    int count = count(1);
                    var list = new ArrayList<>(count);
                    for (int i = 0; i < count; i++) {
                        list.add(value(depth + 1));
                    }
                    yield list;
                }
                case 7 -> members(depth);
                case 8 -> new BigInteger(text());
                case 9 -> new BigDecimal(text());
                default -> throw new ProtocolException("There is no value of kind " + kind + ".");
            };
        }

        Frame.Bundle bundle() throws ProtocolException {
            return flag() ? new Frame.Bundle(map(), map()) : null;
        }
    }
}
