package heddle.processes;

import java.util.List;

/**
 * A child process ended before it gave its answer; the message tells which, how, and what it was doing, such as {@code child 4711 (Pool-1-worker-2) was killed by SIGKILL while
 * running task #3 (SquareTask)}, and the last lines that it printed.
 *
 * {@snippet :
 * try (var pool = new ProcessPool(1)) {
 *     pool.submit(() -> System.exit(3)).get();
 * } catch (ExecutionException e) {
 *     if (e.getCause() instanceof ChildDiedException died) {
 *         System.out.println(died.exitCode()); // 3
 *     }
 * }
 * }
 */
public final class ChildDiedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String childName;
    private final long pid;
    private final Integer exitCode;
    private final List<String> lastLines;

    /** @param doing such as {@code while running task #3} */
    ChildDiedException(ProcessEnd end, String doing, List<String> lastLines) {
        super("child " + end.pid() + " (" + end.name() + ") " + ProcessEnd.how(end.exitCode()) + " " + doing
                + (lastLines.isEmpty() ? "" : "; the last it printed:\n  " + String.join("\n  ", lastLines)));
        childName = end.name();
        pid = end.pid();
        exitCode = end.exitCode();
        this.lastLines = List.copyOf(lastLines);
    }

    /** The child's name. */
    public String childName() {
        return childName;
    }

    /** The child's process id. */
    public long pid() {
        return pid;
    }

    /** How it ended, see {@link ChildProcess#exitCode}. */
    public Integer exitCode() {
        return exitCode;
    }

    /** The last lines that it printed, 20 at most. */
    public List<String> lastLines() {
        return lastLines;
    }
}
