package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import heddle.notebook.Cell;
import heddle.notebook.channel.Channel;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.Frame.Stream;
import heddle.notebook.channel.SystemThreads;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * {@code System.out} and {@code System.err} of the notebook process: each text goes to the cell that started the work.
 *
 * <p>Every thread has a line of its own, so that lines of several threads never mix. A line goes out when it ends, or when its beginning has waited
 * for {@link #PATIENCE}; and when others may know that it was printed (its thread has ended, waits, has completed a task or released a lock), so
 * that what they print after a {@code join} or {@code get} stands behind it.
 */
final class CellOutput {

    /** How long the beginning of a line may wait for its end. */
    static final Duration PATIENCE = Duration.ofMillis(25);

    private static final Duration LAST_FRAME = Duration.ofMillis(500);

    /** Characters after which the beginning of a line goes out without its end. */
    private static final int LONG_LINE = 8_192;

    /** Characters of one frame; a longer text is cut into several. */
    private static final int LONGEST = 1 << 20;

    private final Channel channel;
    private final ThreadLocal<Line> lines = ThreadLocal.withInitial(Line::new);
    final PrintStream out = new CellStream(Stream.STDOUT);
    final PrintStream err = new CellStream(Stream.STDERR);

    // Lines that have begun and wait for their end. A monitor and plain stores, see Channel.
    private final Object monitor = new Object();
    private Begun first = new Begun(null, 0);
    private Begun last = first;
    private volatile int begun;

    private volatile boolean ending;

    private static final class Begun {
        final Line line;
        final long dueNs;
        Begun next;

        Begun(Line line, long dueNs) {
            this.line = line;
            this.dueNs = dueNs;
        }
    }

    CellOutput(Channel channel) {
        this.channel = channel;
        SystemThreads.thread("line-flusher", this::flushInTime).start();
        CellAgent.beforePublication(this::publish);
    }

    /** What one thread has printed since its last whole line. Its monitor is held while it is sent, so that its parts stay in order. */
    private final class Line {
        final Thread owner = Thread.currentThread();
        Cell cell;
        Stream stream;
        StringBuilder text;
        byte[] incomplete = NONE; // the first bytes of a character whose last have not been written yet
        boolean waiting;

        private static final byte[] NONE = {};

        synchronized void append(Stream to, Cell of, String more) {
            if (cell != of || stream != to) {
                flush();
                cell = of;
                stream = to;
            }
            int end = more.lastIndexOf('\n') + 1;
            boolean empty = text == null || text.isEmpty();
            if (end > 0) {
                var whole = more.substring(0, end);
                if (!empty) {
                    whole = text.append(whole).toString();
                    text.setLength(0);
                    empty = true;
                }
                transmit(whole);
            }
            if (end < more.length()) {
                if (text == null) {
                    text = new StringBuilder();
                }
                text.append(more, end, more.length());
                if (text.length() >= LONG_LINE) {
                    flushText();
                }
                if (!text.isEmpty() && !waiting) {
                    begin(this);
                    waiting = true; // last: a Stop in between costs a second look, not the only one
                }
            }
        }

        synchronized void write(Stream to, Cell of, byte[] bytes, int offset, int length) {
            if (cell != of || stream != to) {
                flush();
                cell = of;
                stream = to;
            }
            var all = Arrays.copyOf(incomplete, incomplete.length + length);
            System.arraycopy(bytes, offset, all, incomplete.length, length);
            int whole = all.length - incompleteTail(all);
            incomplete = whole == all.length ? NONE : Arrays.copyOfRange(all, whole, all.length);
            append(to, of, new String(all, 0, whole, UTF_8));
        }

        synchronized void flush() {
            if (incomplete.length > 0) {
                var rest = new String(incomplete, UTF_8);
                incomplete = NONE;
                text = (text == null ? new StringBuilder() : text).append(rest);
            }
            if (text != null && !text.isEmpty()) {
                var rest = text.toString();
                text.setLength(0);
                transmit(rest);
            }
        }

        /** As {@link #flush}, but a character whose second half is still to come stays. */
        synchronized void flushText() {
            if (text == null || text.isEmpty()) {
                return;
            }
            int end = text.length() - (Character.isHighSurrogate(text.charAt(text.length() - 1)) ? 1 : 0);
            var rest = text.substring(0, end);
            text.delete(0, end);
            if (!rest.isEmpty()) {
                transmit(rest);
            }
        }

        synchronized void flushWaiting() {
            waiting = false;
            flushText();
        }

        private void transmit(String whole) {
            for (int from = 0; from < whole.length(); ) {
                int to = Math.min(whole.length(), from + LONGEST);
                if (to < whole.length() && Character.isHighSurrogate(whole.charAt(to - 1))) {
                    to--;
                }
                CellOutput.this.transmit(new Frame.Output(number(cell), stream, whole.substring(from, to)));
                from = to;
            }
        }
    }

    private static int number(Cell cell) {
        return cell == null ? 0 : cell.number();
    }

    private void transmit(Frame frame) {
        try {
            channel.send(frame);
            if (ending) {
                flushChannel(LAST_FRAME);
            }
        } catch (IOException e) {
            // The kernel is gone; NotebookMain is about to end this process, and there is nobody to tell.
        }
    }

    /** How many bytes at the end are the beginning of a character that needs more. */
    private static int incompleteTail(byte[] utf8) {
        for (int back = 1; back <= Math.min(3, utf8.length); back++) {
            int b = utf8[utf8.length - back];
            if ((b & 0xC0) != 0x80) {
                int needs = (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : (b & 0xF8) == 0xF0 ? 4 : 1;
                return needs > back ? back : 0;
            }
        }
        return 0;
    }

    private void begin(Line line) {
        var node = new Begun(line, System.nanoTime() + PATIENCE.toNanos());
        synchronized (monitor) {
            monitor.notifyAll();
            last.next = node;
            last = node;
            begun++;
        }
    }

    private void flushInTime() {
        try {
            while (true) {
                Begun due;
                synchronized (monitor) {
                    while (first.next == null) {
                        monitor.wait();
                    }
                    due = first.next;
                    for (long leftNs; (leftNs = due.dueNs - System.nanoTime()) > 0; ) {
                        monitor.wait(leftNs / 1_000_000 + 1);
                    }
                }
                due.line.flushWaiting();
                synchronized (monitor) { // not before: whoever must not overtake it finds it until it is sent
                    first = due;
                    begun--;
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts a thread of ours.", e);
        }
    }

    private List<Line> begunLines() {
        var begunLines = new ArrayList<Line>();
        synchronized (monitor) {
            for (var node = first.next; node != null; node = node.next) {
                begunLines.add(node.line);
            }
        }
        return begunLines;
    }

    private void print(Stream stream, String text) {
        var line = ready();
        line.append(stream, Cell.current(), text);
    }

    /** The calling thread's line, after those of threads that have come to a halt. */
    private Line ready() {
        var own = lines.get();
        if (begun > 0) {
            for (var line : begunLines()) {
                if (line != own && line.owner.getState() != Thread.State.RUNNABLE) {
                    line.flushText();
                }
            }
        }
        return own;
    }

    /** Sends what concerns the current cell, behind what the calling thread has printed. */
    void send(IntFunction<Frame> frame) {
        ready().flush();
        transmit(frame.apply(number(Cell.current())));
    }

    /** Sends what concerns no cell's order, behind what the calling thread has printed. */
    void sendBehind(Frame frame) {
        flushOwn();
        transmit(frame);
    }

    /** All that any thread has printed is on the channel. */
    void flushAll() {
        begunLines().forEach(Line::flushText);
        lines.get().flush();
    }

    private void publish() {
        if (begun > 0) {
            lines.get().flushText();
        }
    }

    /** All that the calling thread has printed is on the channel. */
    void flushOwn() {
        lines.get().flush();
    }

    /** The process ends: what is printed from now on, by whatever else is done at the end, is sent at once. */
    void end(Duration atMost) throws InterruptedException {
        ending = true;
        flushAll();
        channel.flush(atMost);
    }

    private void flushChannel(Duration atMost) {
        try {
            channel.flush(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class CellStream extends PrintStream {
        private final Stream stream;

        CellStream(Stream stream) {
            super(OutputStream.nullOutputStream(), false, UTF_8);
            this.stream = stream;
        }

        @Override
        public void flush() {
            lines.get().flushText();
        }

        /** A learner who closes it (try-with-resources around a Scanner or a writer) does not silence the notebook. */
        @Override
        public void close() {
            flush();
        }

        @Override
        public boolean checkError() {
            flush();
            return false;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes) {
            write(bytes, 0, bytes.length);
        }

        @Override
        public void writeBytes(byte[] bytes) {
            write(bytes, 0, bytes.length);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            ready().write(stream, Cell.current(), bytes, offset, length);
        }

        @Override
        public void print(String text) {
            CellOutput.this.print(stream, Names.asWritten(String.valueOf(text)));
        }

        @Override
        public void print(boolean value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(char value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(int value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(long value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(float value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(double value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(char[] value) {
            print(String.valueOf(value));
        }

        @Override
        public void print(Object value) {
            print(String.valueOf(value));
        }

        @Override
        public void println() {
            print("\n");
        }

        @Override
        public void println(String text) {
            if (!Names.isFrameOfOurs(text)) {
                print(text + "\n");
            }
        }

        @Override
        public void println(boolean value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(char value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(int value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(long value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(float value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(double value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(char[] value) {
            println(String.valueOf(value));
        }

        @Override
        public void println(Object value) {
            println(String.valueOf(value));
        }

        @Override
        public PrintStream format(String format, Object... arguments) {
            print(String.format(format, arguments));
            return this;
        }

        @Override
        public PrintStream format(Locale locale, String format, Object... arguments) {
            print(String.format(locale, format, arguments));
            return this;
        }
    }
}
