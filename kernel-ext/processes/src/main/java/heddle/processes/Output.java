package heddle.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** One output stream of a child, brought line by line to a stream of this process. */
final class Output implements Runnable {
    private static final int LONGEST_LINE = 1 << 20;

    private final InputStream from;
    private final Supplier<PrintStream> to;
    private final Executor as;
    private final LastLines lastLines;
    private final Runnable atEnd;
    /** How the system names the pipe, or null where it does not say. */
    private final String pipe;

    private final CountDownLatch delivered = new CountDownLatch(1);
    private volatile byte[] endMark;

    private byte[] held = new byte[8192];
    private int length;

    /**
     * @param from the pipe's end
     * @param pipe see {@link #nameOfPipe}
     * @param to looked up for each piece, so that replacing {@code System.out} takes effect
     * @param as prints, for whoever it belongs to
     * @param atEnd what the pumping thread does last
     */
    Output(InputStream from, String pipe, Supplier<PrintStream> to, Executor as, LastLines lastLines, Runnable atEnd) {
        this.from = from;
        this.pipe = pipe;
        this.to = to;
        this.as = as;
        this.lastLines = lastLines;
        this.atEnd = atEnd;
    }

    /** The name of the pipe that a live process has as its file descriptor, or null where the system does not say. */
    static String nameOfPipe(long pid, int descriptor) {
        return linkOf(Path.of("/proc/" + pid + "/fd/" + descriptor));
    }

    private static String linkOf(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return null;
        }
    }

    /** Counted down when everything that the child wrote has been printed. */
    CountDownLatch delivered() {
        return delivered;
    }

    @Override
    public void run() {
        try {
            pump();
        } catch (IOException e) {
            // the pipe broke: there is nothing more to come
        } finally {
            print(length);
            delivered.countDown();
            atEnd.run();
        }
    }

    private void pump() throws IOException {
        while (true) {
            if (length == held.length) {
                if (length < LONGEST_LINE) {
                    held = Arrays.copyOf(held, length * 2);
                } else {
                    print(wholeCharacters());
                }
            }
            var searched = length;
            var count = from.read(held, length, held.length - length);
            if (count < 0) {
                return;
            }
            length += count;
            if (endMark != null && cutAtEndMark()) {
                return;
            }
            for (var i = length; i > searched; i--) {
                if (held[i - 1] == '\n') {
                    print(i);
                    break;
                }
            }
        }
    }

    private void print(int count) {
        if (count == 0) {
            return;
        }
        var text = new String(held, 0, count, StandardCharsets.UTF_8);
        System.arraycopy(held, count, held, 0, length - count);
        length -= count;
        try {
            as.execute(() -> {
                var stream = to.get();
                stream.print(text);
                stream.flush();
            });
        } catch (RuntimeException e) {
            // somebody's own stream fails; the child must not be stopped by it
        } finally {
            lastLines.add(text); // who waits for a line finds it printed
        }
    }

    private int wholeCharacters() {
        var count = length;
        while (count > length - 4 && (held[count - 1] & 0xC0) == 0x80) {
            count--;
        }
        return (held[count - 1] & 0xC0) == 0xC0 && count > 1 ? count - 1 : length;
    }

    /**
     * Ends the pumping although somebody else, a program that the dead child had started, keeps the pipe open. Everything that the child
     * wrote is in the pipe; a mark written behind it says where that ends. (Linux; elsewhere the pipe is given up as it is.)
     */
    void endAfterWhatIsThere() {
        if (pipe == null) {
            delivered.countDown();
            return;
        }
        var mark = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        endMark = mark;
        try (var own = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var descriptor : own) {
                if (pipe.equals(linkOf(descriptor))) {
                    try (var channel = FileChannel.open(descriptor, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(mark));
                    }
                    return;
                }
            }
        } catch (IOException e) {
            // then the pipe is closed already, and the pump ends by itself
        }
    }

    private boolean cutAtEndMark() {
        var mark = endMark;
        for (var at = 0; at + mark.length <= length; at++) {
            if (Arrays.equals(held, at, at + mark.length, mark, 0, mark.length)) {
                length = at;
                return true;
            }
        }
        return false;
    }
}
