package heddle.notebook.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What is written to the notebook process's descriptors themselves, past {@code System.out} and {@code System.err}: by programs that inherited them, by native code, by the JVM.
 * The kernel reads it from two pipes, in which marks say how far a cell has come: whatever stands before a cell's mark was written while it ran.
 */
public final class RawOutput {
    private RawOutput() {}

    /** Its first byte does not come again in it. Shorter than what a pipe takes at once, so that nothing of another's stands in it. */
    private static final byte[] MARK = "\0heddle: so far\1".getBytes(US_ASCII);

    /**
     * Puts a mark behind what is in both pipes.
     *
     * @return false when that cannot be done, because a cell has closed a descriptor
     */
    public static boolean mark() {
        for (var descriptor : List.of(FileDescriptor.out, FileDescriptor.err)) {
            try {
                @SuppressWarnings("resource") // would close what is not ours
                var pipe = new FileOutputStream(descriptor);
                pipe.write(MARK);
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** The kernel's end of a pipe: its bytes without the marks. */
    public static final class Reader extends FilterInputStream {
        private final Runnable marked;
        private final byte[] buffer = new byte[8192];
        private int begin;
        private int end;

        /** @param marked run when a mark is come to, by the thread that reads and when all bytes before it have been returned */
        public Reader(InputStream pipe, Runnable marked) {
            super(pipe);
            this.marked = marked;
        }

        /** Whoever decodes hands on what it has, before it comes to the next mark. */
        @Override
        public int available() {
            return 0;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("read into an array");
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            while (true) {
                int count = Math.min(length, beforeMark());
                if (count > 0) {
                    System.arraycopy(buffer, begin, into, offset, count);
                    begin += count;
                    return count;
                }
                if (begin == end || !skipMark()) {
                    System.arraycopy(buffer, begin, buffer, 0, end -= begin);
                    begin = 0;
                    int more = in.read(buffer, end, buffer.length - end);
                    if (more < 0) {
                        return rest(into, offset, length);
                    }
                    end += more;
                }
            }
        }

        /** How many bytes certainly belong to no mark. */
        private int beforeMark() {
            int at = begin;
            while (at < end && (buffer[at] != MARK[0] || differs(at))) {
                at++;
            }
            return at - begin;
        }

        private boolean differs(int at) {
            for (int i = 1; i < MARK.length && at + i < end; i++) {
                if (buffer[at + i] != MARK[i]) {
                    return true;
                }
            }
            return false;
        }

        /** @return false when it is not all there yet */
        private boolean skipMark() {
            if (end - begin < MARK.length) {
                return false;
            }
            begin += MARK.length;
            marked.run();
            return true;
        }

        /** The beginning of a mark that never came was text. */
        private int rest(byte[] into, int offset, int length) {
            int count = Math.min(length, end - begin);
            System.arraycopy(buffer, begin, into, offset, count);
            begin += count;
            return count == 0 ? -1 : count;
        }
    }
}
