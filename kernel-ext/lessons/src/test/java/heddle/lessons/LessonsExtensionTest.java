package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.Cell;
import heddle.notebook.extension.Extension;
import heddle.notebook.extension.Magic;
import heddle.watch.Picture;
import heddle.watch.Watch;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LessonsExtensionTest {

    @Test
    void isFoundByItsService() {
        var found = ServiceLoader.load(Extension.class).stream()
                .filter(provider -> provider.type() == LessonsExtension.class)
                .toList();
        assertEquals(1, found.size());
    }

    @Test
    void importsWholePackagesThatExist() {
        assertEquals(
                List.of("import heddle.processes.*;", "import heddle.watch.*;", "import heddle.lessons.*;"),
                new LessonsExtension().imports());
    }

    @Test
    void threadsWatchesTheCell() {
        var threads = assertInstanceOf(
                Magic.Cell.class, new LessonsExtension().magics().getFirst());
        assertEquals("threads", threads.name());
        assertEquals(
                new Magic.Cell.Frame("heddle.watch.Watch.start();", "heddle.watch.Watch.stop();"),
                threads.expansion().around(""));
        var refused = assertThrows(
                IllegalArgumentException.class, () -> threads.expansion().around("fast"));
        assertEquals(
                "%%threads takes nothing after it on its line, but found \"fast\"; the program begins on the next line.",
                refused.getMessage());
    }

    @Test
    void aPictureIsShownInThreeForms() {
        assertEquals(
                Map.of("text/html", "<div>", "image/svg+xml", "<svg>", "text/plain", "table"),
                NotebookScreen.bundle(new Picture("<div>", "<svg>", "table")).data());
    }

    @Test
    void whoCountsThreadsAfterAPictureFindsNoneThatTheyDidNotStart() {
        Watch.threads(() -> {});
        var learners = new Thread[Thread.activeCount() + 16];
        var count = Thread.enumerate(learners);
        assertEquals(
                List.of(),
                Stream.of(learners)
                        .limit(count)
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("heddle") || name.startsWith("JFR"))
                        .toList());
    }

    @Test
    void betweenTwoStatementsNoFrameIsOfACell() {
        var parked = new StackTraceElement("java.lang.Object", "wait", "Object.java", -2);
        var order = new StackTraceElement("heddle.notebook.process.NotebookMain", "run", "NotebookMain.java", 100);
        var unknown = new StackTraceElement("Hidden", "run", null, -1);
        var statement = new StackTraceElement("REPL.$JShell$7", "do_it$", "cell 7", 3);
        assertTrue(LessonsExtension.isBetweenStatements(new StackTraceElement[] {parked, unknown, order}));
        assertFalse(LessonsExtension.isBetweenStatements(new StackTraceElement[] {parked, unknown, statement, order}));
    }

    @Test
    void aPictureIsCalledAfterItsCell() {
        assertEquals("Cell 7", NotebookScreen.title(new Cell(3, "cell 7"), "en"));
        assertEquals("单元格 7", NotebookScreen.title(new Cell(3, "cell 7"), "zh"));
        assertEquals("", NotebookScreen.title(null, "en"));
    }
}
