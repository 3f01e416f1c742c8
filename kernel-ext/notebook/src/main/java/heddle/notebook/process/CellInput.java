package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import heddle.notebook.Cell;
import heddle.notebook.channel.Channel;
import heddle.notebook.channel.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;

/** {@code System.in} of the notebook process: asks the person in front of the notebook for a line whenever one is read. */
final class CellInput extends InputStream {
    private static final int LONGEST_PROMPT = 10_000;

    private final Channel channel;
    private final CellOutput output;

    private final Object reading = new Object();
    private byte[] line = {};
    private int position;

    private final Object monitor = new Object();
    private Cell asking; // the running cell, when it may ask
    private boolean waiting;
    private Frame.Input answer;

    CellInput(Channel channel, CellOutput output) {
        this.channel = channel;
        this.output = output;
    }

    /** @param cell the one that may ask from now on; null when none may */
    void allow(Cell cell) {
        synchronized (monitor) {
            asking = cell;
        }
    }

    void answer(Frame.Input input) {
        synchronized (monitor) {
            if (waiting) { // else its reader has given up
                answer = input;
                monitor.notifyAll();
            }
        }
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        synchronized (reading) {
            if (position == line.length) {
                var text = ask("", false);
                if (text == null) {
                    return -1;
                }
                line = (text + "\n").getBytes(UTF_8);
                position = 0;
            }
            int count = Math.min(length, line.length - position);
            System.arraycopy(line, position, bytes, offset, count);
            position += count;
            return count;
        }
    }

    @Override
    public int available() {
        synchronized (reading) {
            return line.length - position;
        }
    }

    /**
     * The rest of the line that was read last, or the next.
     *
     * @param prompt what stands beside the field for the input
     * @param password that the input shall not be shown
     * @return null at the end of input
     */
    String readLine(String prompt, boolean password) throws IOException {
        synchronized (reading) {
            if (position == line.length) {
                return ask(prompt, password);
            }
            var rest = new String(line, position, line.length - position - 1, UTF_8);
            position = line.length;
            return rest;
        }
    }

    private String ask(String prompt, boolean password) throws IOException {
        var cell = Cell.current();
        synchronized (monitor) {
            if (cell == null || asking != cell) {
                // No IOException: a Scanner would keep that to itself and say "No line found".
                throw new IllegalStateException("Input cannot be asked for here: "
                        + (cell == null ? "this code" : cell.label())
                        + " has ended or runs without a person in front of it; give the value in the cell's own code.");
            }
            output.flushAll();
            answer = null;
            waiting = true;
            try {
                channel.send(new Frame.InputRequest(cell.number(), PlainText.cut(prompt, LONGEST_PROMPT), password));
                while (answer == null) {
                    monitor.wait();
                }
                return answer.line();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                var stopped = new InterruptedIOException("The cell was stopped while it waited for input.");
                stopped.initCause(e);
                throw stopped;
            } finally {
                waiting = false;
                answer = null;
            }
        }
    }
}
