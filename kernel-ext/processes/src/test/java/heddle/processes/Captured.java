package heddle.processes;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** While it is open, what this process prints is kept instead. */
final class Captured implements AutoCloseable {
    private final PrintStream oldOut = System.out;
    private final PrintStream oldErr = System.err;
    private final Kept out = new Kept();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    Captured() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    List<String> lines() {
        return out().lines().toList();
    }

    /** Waits until that line has been printed. */
    void awaitLine(String line) throws InterruptedException {
        if (!awaitLineWith(line).isEmpty()) {
            throw new AssertionError("a longer line than \"" + line + "\" was printed: " + out());
        }
    }

    /** Waits until a line that begins so has been printed; returns its rest. */
    String awaitLineWith(String beginning) throws InterruptedException {
        var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        synchronized (out) {
            while (true) {
                var whole = out().substring(0, out().lastIndexOf('\n') + 1);
                var found =
                        whole.lines().filter(line -> line.startsWith(beginning)).findFirst();
                if (found.isPresent()) {
                    return found.get().substring(beginning.length());
                }
                var waitNs = deadlineNs - System.nanoTime();
                if (waitNs <= 0) {
                    throw new AssertionError("\"" + beginning + "\" was not printed, but: " + out() + err());
                }
                TimeUnit.NANOSECONDS.timedWait(out, waitNs);
            }
        }
    }

    private static final class Kept extends ByteArrayOutputStream {
        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            notifyAll();
        }
    }

    @Override
    public void close() {
        System.setOut(oldOut);
        System.setErr(oldErr);
    }
}
