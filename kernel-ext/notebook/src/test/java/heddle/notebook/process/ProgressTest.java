package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.Progress;
import heddle.notebook.channel.Frame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bars for long work. */
class ProgressTest {

    private static NotebookUnderTest notebook;
    private static int cell;

    @BeforeAll
    static void start() throws Exception {
        notebook = NotebookUnderTest.start();
    }

    @AfterAll
    static void end() throws Exception {
        notebook.close();
    }

    private static List<String> texts(List<Frame> frames, int of) {
        return frames.stream()
                .filter(frame -> frame instanceof Frame.Display display && display.cell() == of)
                .map(frame -> ((Frame.Display) frame).bundle().data().get("text/plain"))
                .toList();
    }

    /** The last state of each bar of a cell: on a busy machine the shortest one is drawn more than once. */
    private static List<String> lasts(List<Frame> frames, int of) {
        var lasts = new LinkedHashMap<String, String>();
        frames.stream()
                .filter(frame -> frame instanceof Frame.Display display && display.cell() == of)
                .map(Frame.Display.class::cast)
                .forEach(display ->
                        lasts.put(display.id(), display.bundle().data().get("text/plain")));
        return List.copyOf(lasts.values());
    }

    /** The last state of the bar of a cell that runs this, without what depends on time. */
    private static String last(String body) throws Exception {
        notebook.cell(++cell, "", body + " return null;");
        return texts(notebook.reports(), cell).getLast().replaceAll("[\\d.]+ s.*", "...");
    }

    @Test
    @DisplayName("The last state stays: done, stopped or failed, and where")
    void ends() throws Exception {
        assertEquals(
                "[####################]  100 of 100 · done in ...",
                last("for (var i : Progress.range(0, 100)) if (i < 0) break;"));
        assertEquals(
                "Reading  [#######-------------]  stopped at 2 of 5 after ...".replace("#######-", "########"),
                last("for (var i : Progress.over(\"Reading\", List.of(1, 2, 3, 4, 5))) if (i == 3) break;"));
        assertEquals(
                "[##########----------]  failed at 1 of 2 after ...",
                last("for (var s : Progress.over(new String[] {\"1\", \"x\"})) Integer.parseInt(s);"));
        assertEquals(
                "[##########----------]  stopped at 5 of 10 after ...",
                last("try (var p = Progress.of(\"\", 10)) { p.step(); p.step(4); }"));
        assertEquals("Found  7 · done in ...", last("try (var p = Progress.of(\"Found\")) { p.step(7); }"));
        assertEquals(
                "[--------------------]  0 of 0 · done in ...".replace('-', '#'),
                last("for (var i : Progress.over(List.of())) {}"));
    }

    @Test
    @DisplayName("Streams are counted, also in several threads and when nobody wants all of them")
    void streams() throws Exception {
        assertEquals(
                "[####################]  100,000 of 100,000 · done in ...",
                last("Progress.over(IntStream.range(0, 100_000)).parallel().map(i -> i * 2).sum();"));
        assertEquals(
                "[####################]  3 of 3 · done in ...",
                last("Progress.over(List.of(1, 2, 3).stream()).map(i -> i * 2).toList();"));
        assertEquals(
                "5 · done in ...",
                last(
                        "Progress.over(Stream.iterate(1, i -> i * 2).limit(100).filter(i -> i % 7 == 1).limit(5)).toList();"));
        assertEquals(
                "[#-------------------]  stopped at 1 of 10 after ...".replace("#-", "##"),
                last("Progress.over(Stream.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)).findFirst();"));
    }

    @Test
    @DisplayName("A bar moves while the work goes on, under the cell that began it; one inside is drawn beneath")
    void live() throws Exception {
        int first = ++cell;
        notebook.run(first, "public static CountDownLatch go = new CountDownLatch(1);", """
                Thread.ofPlatform().start(() -> {
                    for (var outer : Progress.over("Outer", List.of(1, 2, 3))) {
                        for (var inner : Progress.over("Inner", List.of(1, 2, 3, 4))) {
                            if (inner == 3) try { go.await(); } catch (InterruptedException e) {}
                        }
                    }
                });
                """);
        var begun = notebook.await(
                "both bars",
                frames -> texts(frames, first).stream()
                        .anyMatch(text -> text.contains("Outer  [")
                                && text.contains("\nInner  [##########----------]  50 % · 2 of 4 · ")));
        assertTrue(begun.stream()
                .anyMatch(frame -> frame instanceof Frame.Display display
                        && display.bundle().data().get("text/html").contains("aria-valuenow=\"50\"")));
        notebook.run(++cell, "", "go.countDown();");
        notebook.await(
                "the end",
                frames -> texts(frames, first).stream()
                        .anyMatch(text -> text.startsWith("Outer  [####################]  3 of 3 · done in")
                                && !text.contains("Inner")));
        var displays = notebook.reports().stream()
                .filter(frame -> frame instanceof Frame.Display display && display.cell() == first)
                .map(Frame.Display.class::cast)
                .toList();
        assertEquals(1, displays.stream().map(Frame.Display::id).distinct().count(), "one picture");
        assertEquals(1, displays.stream().filter(display -> !display.update()).count());
    }

    @Test
    @DisplayName("A loop that was left is not taken for one around the next loop")
    void left() throws Exception {
        notebook.cell(
                ++cell,
                "static void find() { for (var i : Progress.over(\"In a method\", List.of(1, 2))) if (i == 2) return; }",
                """
                for (var i : Progress.over("First", List.of(1, 2, 3))) if (i == 2) break;
                find();
                Progress.over("Third", Stream.of(1, 2, 3)).findFirst();
                for (var i : Progress.over("Last", List.of(1, 0))) System.out.println(1 / i);
                return null;
                """);
        assertEquals(
                List.of(
                        "First stopped at 1 of 3",
                        "In a method stopped at 1 of 2",
                        "Third stopped at 1 of 3",
                        "Last failed at 1 of 2"),
                lasts(notebook.reports(), cell).stream()
                        .map(text -> text.replaceAll("  \\[.*]  ", " ").replaceAll(" after.*", ""))
                        .toList());
    }

    @Test
    @DisplayName("Stop ends the bar where it is")
    void stopped() throws Exception {
        notebook.begin(
                ++cell,
                false,
                "",
                "for (var i : Progress.range(0, 4)) if (i == 3) { System.out.println(\"waits\"); Thread.sleep(100_000); } return null;");
        notebook.awaitOut(cell, "waits");
        notebook.channel.send(new Frame.Interrupt());
        assertInstanceOf(Frame.Threw.class, notebook.end(cell));
        assertTrue(texts(notebook.reports(), cell)
                .getLast()
                .startsWith("[###############-----]  stopped at 3 of 4 after"));
    }

    @Test
    @DisplayName("Outside a notebook all is as without it, and nothing is drawn")
    void plain() {
        var list = new ArrayList<>(List.of("a", "b"));
        var seen = new ArrayList<String>();
        Progress.over(list).forEach(seen::add);
        assertEquals(list, seen);
        for (var each = Progress.over(list).iterator(); each.hasNext(); ) {
            each.next();
            each.remove();
        }
        assertEquals(List.of(), list);
        assertEquals(6, Progress.over(IntStream.of(1, 2, 3)).sum());
        assertEquals(
                List.of(1, 2, 3),
                Progress.over(Stream.of(3, 1, 2).sorted()).sorted().toList());
        var closed = new ArrayList<String>();
        try (var stream = Progress.over(Stream.of(1).onClose(() -> closed.add("closed")))) {
            assertEquals(1, stream.count());
        }
        assertEquals(List.of("closed"), closed);
        assertThrows(IllegalArgumentException.class, () -> Progress.of("x", -1));
        try (var progress = Progress.of("x", 3)) {
            progress.step(2);
            assertEquals(2, progress.count());
        }
    }
}
