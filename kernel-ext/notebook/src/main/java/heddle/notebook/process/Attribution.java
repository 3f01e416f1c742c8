package heddle.notebook.process;

import heddle.notebook.Cell;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Whose work the current thread is doing. */
public final class Attribution {
    private Attribution() {}

    /** Without the agent, new threads at least inherit. */
    private static final ThreadLocal<Object> CURRENT =
            CellAgent.current() != null ? CellAgent.current() : new InheritableThreadLocal<>();

    private static final Map<String, Cell> BY_LABEL = new ConcurrentHashMap<>();
    private static final Map<Integer, Cell> BY_NUMBER = new ConcurrentHashMap<>();
    private static volatile Cell latest;

    static void begin(Cell cell) {
        BY_LABEL.put(cell.label(), cell);
        BY_NUMBER.put(cell.number(), cell);
        latest = cell;
        CURRENT.set(cell);
    }

    static void end() {
        CURRENT.set(null);
    }

    /** Every cell there was, the latest too. */
    static Collection<Cell> cells() {
        return BY_NUMBER.values();
    }

    static boolean isLabel(String fileName) {
        return fileName != null && BY_LABEL.containsKey(fileName);
    }

    /** @see Cell#current */
    public static Cell current() {
        if (CURRENT.get() instanceof Cell cell) {
            return cell;
        }
        var label = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.filter(
                                frame -> frame.getDeclaringClass().getClassLoader() instanceof CellClassLoader)
                        .map(frame -> frame.toStackTraceElement().getFileName())
                        .filter(Attribution::isLabel)
                        .reduce((inner, outer) -> outer));
        return label.map(BY_LABEL::get).orElse(latest);
    }

    /** From now on the calling thread works for {@code cell}; returns what {@link #exit} wants. */
    public static Object enter(Cell cell) {
        var before = CURRENT.get();
        CURRENT.set(cell);
        return before;
    }

    public static void exit(Object before) {
        CURRENT.set(before);
    }
}
