package heddle.processes;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.Executor;

/**
 * Which task of a {@link ProcessPool} printed what. A worker puts a mark into its output, at the beginning of a line, when it comes from another task than the line before:
 * a token (16 bytes, the first 0) that nobody else knows, and the id of the task (8 bytes). Nothing is written for tasks that print nothing. What a thread prints that a task
 * started is the task's.
 */
final class TaskMarks {
    private static final int TOKEN_LENGTH = 16;
    private static final int LENGTH = TOKEN_LENGTH + Long.BYTES;

    private TaskMarks() {}

    static byte[] newToken() {
        var token = new byte[TOKEN_LENGTH];
        new SecureRandom().nextBytes(token);
        token[0] = 0; // so it is seldom looked at more closely
        return token;
    }

    // ---- in the worker

    /** 0 in threads that no task has to do with. */
    private static final InheritableThreadLocal<Long> TASK = new InheritableThreadLocal<>();

    /** From now on this thread, and the threads that it starts, print for that task. */
    static void begin(long id) {
        TASK.set(id);
    }

    /** Lets all that this process prints be marked. */
    static void printWith(byte[] token) {
        System.setOut(marked(FileDescriptor.out, token));
        System.setErr(marked(FileDescriptor.err, token));
    }

    private static PrintStream marked(FileDescriptor to, byte[] token) {
        return new PrintStream(new Marking(new FileOutputStream(to), token), true, StandardCharsets.UTF_8);
    }

    /** Used by one thread at a time: a PrintStream sees to that. */
    private static final class Marking extends OutputStream {
        private final OutputStream to;
        private final byte[] token;
        private boolean atLineStart = true;
        private long marked;

        Marking(OutputStream to, byte[] token) {
            this.to = to;
            this.token = token;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            if (count == 0) {
                return;
            }
            var id = TASK.get();
            if (atLineStart && id != null && id != marked) {
                marked = id;
                var both = ByteBuffer.allocate(LENGTH + count);
                both.put(token).putLong(id).put(bytes, offset, count);
                to.write(both.array());
            } else {
                to.write(bytes, offset, count);
            }
            atLineStart = bytes[offset + count - 1] == '\n';
        }
    }

    // ---- in the pool's process

    /** Whose task it is. */
    interface Submitters {
        /** Null where that is not known any more. */
        Submitter of(long id);
    }

    /** A worker's output without the marks. What has been read is to be printed by {@link #execute}, in the same thread. */
    static final class Unmarked extends InputStream implements Executor {
        private final InputStream from;
        private final byte[] token;
        private final Submitters submitters;
        private final byte[] held = new byte[8192];
        private int next;
        private int end;
        private boolean atLineStart = true;
        private long task;

        Unmarked(InputStream from, byte[] token, Submitters submitters) {
            this.from = from;
            this.token = token;
            this.submitters = submitters;
        }

        @Override
        public void execute(Runnable print) {
            var submitter = submitters.of(task);
            if (submitter == null) {
                print.run();
            } else {
                submitter.run(print);
            }
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        /** Never gives what two tasks printed at once. */
        @Override
        public int read(byte[] into, int offset, int most) throws IOException {
            while (true) {
                if (next == end && !more()) {
                    return -1;
                }
                if (atLineStart && held[next] == token[0] && isMark()) {
                    task = ByteBuffer.wrap(held, next + TOKEN_LENGTH, Long.BYTES)
                            .getLong();
                    next += LENGTH;
                    continue;
                }
                var count = Math.min(most, untilMark() - next);
                System.arraycopy(held, next, into, offset, count);
                next += count;
                atLineStart = held[next - 1] == '\n';
                return count;
            }
        }

        private boolean more() throws IOException {
            System.arraycopy(held, next, held, 0, end - next);
            end -= next;
            next = 0;
            var count = from.read(held, end, held.length - end);
            end += Math.max(0, count);
            return count > 0;
        }

        private boolean isMark() throws IOException {
            while (end - next < LENGTH && isToken(Math.min(end - next, TOKEN_LENGTH))) {
                if (!more()) {
                    return false;
                }
            }
            return end - next >= LENGTH && isToken(TOKEN_LENGTH);
        }

        private boolean isToken(int count) {
            return Arrays.equals(held, next, next + count, token, 0, count);
        }

        /** Where a mark may begin, behind {@code next}, or the end. */
        private int untilMark() {
            for (var i = next + 1; i < end; i++) {
                if (held[i] == token[0] && held[i - 1] == '\n') {
                    return i;
                }
            }
            return end;
        }
    }
}
