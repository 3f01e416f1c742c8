package heddle.lessons;

import heddle.notebook.Cell;
import heddle.notebook.Notebook;
import heddle.notebook.channel.SystemThreads;
import heddle.notebook.extension.CellStopper;
import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import heddle.processes.ChildProcess;
import heddle.processes.ProcessObserver;
import heddle.watch.Watch;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** What a lesson finds there without ceremony: child processes, pictures of threads, checks. */
public final class LessonsExtension implements Extension {

    private static final Duration FIRST_CELL = Duration.ofSeconds(1);

    @Override
    public List<String> imports() {
        return List.of("import heddle.processes.*;", "import heddle.watch.*;", "import heddle.lessons.*;");
    }

    @Override
    public List<Magic> magics() {
        return List.of(new Magic.Cell(
                "threads", "Draws what the threads of this cell do, while they do it.", LessonsExtension::watched));
    }

    private static Magic.Cell.Frame watched(String arguments) {
        if (!arguments.isBlank()) {
            throw new IllegalArgumentException("%%threads takes nothing after it on its line, but found \""
                    + arguments.strip() + "\"; the program begins on the next line.");
        }
        return new Magic.Cell.Frame("heddle.watch.Watch.start();", "heddle.watch.Watch.stop();");
    }

    /** A cell is run statement by statement: meanwhile the next one is compiled elsewhere, and {@code main} waits for it, not the learner's code. */
    static boolean isBetweenStatements(StackTraceElement[] frames) {
        return Arrays.stream(frames)
                .map(StackTraceElement::getFileName)
                .noneMatch(file -> file != null && file.startsWith("cell "));
    }

    @Override
    public void install() {
        var processes = new CellProcesses();
        ProcessObserver.register(processes);
        CellStopper.register(processes);
        Watch.title(() -> NotebookScreen.title(Cell.current(), Notebook.language()));
        Watch.names(Notebook::variables);
        Watch.idle(LessonsExtension::isBetweenStatements);
        installAnywhere();
    }

    /** What needs no kernel of ours: pictures where {@link Notebook#display} shows things, and the reserve. */
    public static void installAnywhere() {
        Watch.screen(new NotebookScreen());
        Watch.language(Notebook.language());
        SystemThreads.thread("reserve", LessonsExtension::prepare).start();
    }

    /** Not at once: the reserve's JVMs would take the processors from the first cell. A child that is started earlier is just not of the reserve. */
    private static void prepare() {
        try {
            Thread.sleep(FIRST_CELL);
        } catch (InterruptedException e) {
            return; // nobody does; then the first child makes the reserve
        }
        ChildProcess.prepare();
    }
}
