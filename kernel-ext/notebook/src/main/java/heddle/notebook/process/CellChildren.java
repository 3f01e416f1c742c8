package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.channel.Frame;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The child processes of the learner's: whose each is, for Stop. The kernel is told too, so that it can say what became of them when this process is lost.
 *
 * <p>That one has ended is noticed when a cell ends: to be told at once would take a thread that a learner sees.
 */
public final class CellChildren {
    private CellChildren() {}

    /** @param cell null for one that is no cell's alone */
    private record Child(Cell cell, String name) {}

    private static final Map<ProcessHandle, Child> CHILDREN = new ConcurrentHashMap<>();
    private static volatile Consumer<Frame.Child> kernel = _ -> {};

    /** @param kernel is told */
    static void connect(Consumer<Frame.Child> kernel) {
        CellChildren.kernel = kernel;
        CellAgent.tellOfChildren((child, cell) -> started(child, (Cell) cell, null));
    }

    private static void started(ProcessHandle child, Cell cell, String given) {
        var name = given != null
                ? given
                : child.info()
                        .command()
                        .map(command -> Path.of(command).getFileName().toString())
                        .orElse("?");
        CHILDREN.put(child, new Child(cell, name));
        kernel.accept(new Frame.Child(cell == null ? 0 : cell.number(), child.pid(), name, given != null, false));
    }

    /** @see heddle.notebook.extension.CellStopper#belongs */
    public static void belongs(ProcessHandle child, String name) {
        started(child, Attribution.current(), name);
    }

    /** @see heddle.notebook.extension.CellStopper#belongsToNobody */
    public static void belongsToNobody(ProcessHandle child, String name) {
        if (name != null) {
            started(child, null, name);
        } else if (CHILDREN.remove(child) != null) {
            ended(child);
        }
    }

    private static void ended(ProcessHandle child) {
        kernel.accept(new Frame.Child(0, child.pid(), "", false, true));
    }

    /** Forgets those that have ended. */
    static void forgetDead() {
        for (var child : CHILDREN.keySet()) {
            if (!child.isAlive() && CHILDREN.remove(child) != null) {
                ended(child);
            }
        }
    }

    /** The live children of these cells, and how a person calls them. */
    static Map<ProcessHandle, String> of(Collection<Cell> cells) {
        var found = new LinkedHashMap<ProcessHandle, String>();
        CHILDREN.forEach((handle, child) -> {
            if (child.cell() != null && cells.contains(child.cell()) && handle.isAlive()) {
                found.put(handle, child.name() + " (pid " + handle.pid() + ")");
            }
        });
        return found;
    }

    /** The process and all below it. */
    static List<ProcessHandle> tree(ProcessHandle child) {
        return Stream.concat(Stream.of(child), child.descendants()).toList();
    }

    /** What is dead, and only not asked how it ended (a zombie), has no program any more. */
    static boolean lives(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }
}
