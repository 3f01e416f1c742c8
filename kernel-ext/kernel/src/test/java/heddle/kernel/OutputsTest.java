package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.Frame.Stream;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import heddle.protocol.Message;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is put out is published under its cell, in order, joined, and cut only where it says so. */
class OutputsTest {

    private final Outputs outputs = new Outputs();
    private final Recording first = new Recording();
    private final Recording second = new Recording();

    @AfterEach
    void close() {
        outputs.close();
    }

    private static final class Recording implements Exchange {
        final LinkedBlockingQueue<Content> published = new LinkedBlockingQueue<>();
        volatile CompletableFuture<Void> room = CompletableFuture.completedFuture(null);

        @Override
        public CompletableFuture<Void> room() {
            return room;
        }

        @Override
        public Message request() {
            throw new AssertionError("nobody asks");
        }

        @Override
        public void publish(Content content, Map<String, JsonNode> metadata, List<byte[]> buffers) {
            published.add(content);
        }

        @Override
        public String input(String prompt, boolean password) {
            throw new AssertionError("nobody asks");
        }

        Content next() throws InterruptedException {
            return published.poll(10, TimeUnit.SECONDS);
        }

        String text() {
            return published.stream()
                    .map(content ->
                            content instanceof Content.Stream stream ? stream.text() : "<" + content.msgType() + ">")
                    .collect(Collectors.joining());
        }
    }

    private static Frame.Display display(int cell, boolean update, String id, String text) {
        return new Frame.Display(cell, update, id, new Frame.Bundle(Map.of("text/plain", text), Map.of()));
    }

    @Test
    void whatComesAloneIsPublishedAtOnceAndWithoutFlush() throws Exception {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "a\n");
        assertEquals(Content.Stream.stdout("a\n"), first.next());
        outputs.text(1, Stream.STDOUT, "b\n");
        assertEquals(Content.Stream.stdout("b\n"), first.next());
    }

    @Test
    void eachCellHasItsOwnAndKeepsItsOrder() {
        outputs.open(1, first, false);
        outputs.open(2, second, false);
        outputs.text(1, Stream.STDOUT, "out ");
        outputs.text(2, Stream.STDOUT, "two");
        outputs.text(1, Stream.STDERR, "err ");
        outputs.display(display(1, false, "d", "x"));
        outputs.text(1, Stream.STDOUT, "again");
        outputs.flush(1);
        outputs.flush(2);
        assertEquals("out err <display_data>again", first.text());
        assertEquals("two", second.text());
    }

    @Test
    void unknownCellsGoToTheLatestAndWhatComesBeforeAnyCellWaits() throws Exception {
        outputs.text(Stream.STDERR, "from the JVM\n");
        outputs.open(1, first, false);
        assertEquals(Content.Stream.stderr("from the JVM\n"), first.next());
        outputs.open(2, second, false);
        outputs.text(Stream.STDOUT, "raw");
        assertEquals(Content.Stream.stdout("raw"), second.next());
    }

    @Test
    void aSilentCellPublishesNothing() {
        outputs.open(1, first, true);
        outputs.text(1, Stream.STDOUT, "x");
        outputs.flush(1);
        assertTrue(first.published.isEmpty());
    }

    @Test
    void twentyThousandLinesAreCompleteAndJoined() {
        outputs.open(1, first, false);
        IntStream.range(0, 20_000).forEach(i -> outputs.text(1, Stream.STDOUT, "line " + i + "\n"));
        outputs.flush(1);
        assertEquals(
                IntStream.range(0, 20_000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining()),
                first.text());
        assertTrue(first.published.size() < 1_000, "joined: " + first.published.size());
    }

    @Test
    void aFloodIsCutVisiblyAndShowsItsEnd() {
        outputs.open(1, first, false);
        int all = OutputOfCell.LINES_SHOWN + 123_456;
        for (int i = 0; i < all; i += 7) {
            outputs.text(
                    1,
                    Stream.STDOUT,
                    IntStream.range(i, Math.min(i + 7, all))
                            .mapToObj(n -> n + "\n")
                            .collect(Collectors.joining()));
        }
        outputs.flush(1);
        var lines = first.text().lines().toList();
        assertEquals(OutputOfCell.LINES_SHOWN + 1 + 200, lines.size());
        assertEquals("0", lines.getFirst());
        assertEquals("... 123,256 lines left out; the end follows", lines.get(OutputOfCell.LINES_SHOWN));
        assertEquals(String.valueOf(all - 200), lines.get(OutputOfCell.LINES_SHOWN + 1));
        assertEquals(String.valueOf(all - 1), lines.getLast());
    }

    @Test
    void theCutCountsAlsoWhenManyLinesComeAtOnce() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "x\n".repeat(OutputOfCell.LINES_SHOWN));
        outputs.text(1, Stream.STDOUT, "unfinished");
        outputs.text(1, Stream.STDERR, "y\n".repeat(1_000) + "tail");
        outputs.text(1, Stream.STDERR, " end\n");
        outputs.flush(1);
        var shown = first.text().substring(2 * OutputOfCell.LINES_SHOWN);
        // "unfinished" without an end, 1,000 times y, "tail end": 1,001 lines, of which 200 follow.
        assertEquals(
                "... 801 lines and 10 characters of long lines left out; the end follows\n" + "y\n".repeat(199)
                        + "tail end\n",
                shown);
    }

    @Test
    void anEndlessLineIsBounded() {
        outputs.open(1, first, false);
        var part = "z".repeat(1_000_000);
        for (int i = 0; i < 20; i++) {
            outputs.text(1, Stream.STDOUT, part);
        }
        outputs.flush(1);
        var text = first.text();
        int cut = text.indexOf("\n... ");
        var words = text.substring(cut + 5).split(" ", 2);
        assertEquals("characters of long lines left out; the end follows\n... " + "z".repeat(10_000), words[1]);
        assertEquals(20_000_000, cut + Integer.parseInt(words[0].replace(",", "")) + 10_000);
        assertEquals(OutputOfCell.BYTES_AT_ONCE, cut, OutputOfCell.BYTES_AT_ONCE / 2, "more only when it comes slowly");
    }

    @Test
    void afterAFloodSlowOutputIsShownAgain() throws Exception {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "x\n".repeat(OutputOfCell.LINES_SHOWN));
        outputs.flush(1);
        first.published.clear();
        outputs.text(1, Stream.STDOUT, "late\n");
        assertEquals(Content.Stream.stdout("late\n"), first.next());
    }

    @Test
    void aFloodIsCountedWhileItGoesOnAndTheCountIsExact() {
        outputs.open(1, first, false);
        int lines = 0;
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (first.published.stream().noneMatch(Content.UpdateDisplayData.class::isInstance)) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "nothing is counted");
            for (int i = 0; i < 10_000; i++) {
                outputs.text(1, Stream.STDOUT, lines++ + "\n");
            }
        }
        outputs.flush(1);
        assertEquals(lines, Shown.of(first.published).lines());
        var text = first.text();
        assertTrue(text.startsWith("0\n1\n") && text.endsWith("\n" + (lines - 1) + "\n"), "the beginning and the end");
    }

    /** What a person sees in the end: whole lines, and sentences that count what is left out, of displays their last state. */
    record Shown(long linesShown, long linesLeftOut) {

        private static final Pattern COUNT = Pattern.compile("\\.\\.\\. ([\\d,]+) lines? left out; the end follows");

        static Shown of(Collection<Content> published) {
            var streams = new StringBuilder();
            var displays = new HashMap<String, String>();
            for (var content : published) {
                switch (content) {
                    case Content.Stream stream -> streams.append(stream.text());
                    case Content.DisplayData first ->
                        assertNull(displays.put(first.transients().displayId(), text(first.data())));
                    case Content.UpdateDisplayData later ->
                        assertNotNull(displays.put(later.transients().displayId(), text(later.data())));
                    default -> {}
                }
            }
            var lines = java.util.stream.Stream.concat(streams.toString().lines(), displays.values().stream())
                    .toList();
            var counts = lines.stream().filter(line -> line.startsWith("... ")).toList();
            return new Shown(
                    lines.size() - counts.size(),
                    counts.stream()
                            .map(COUNT::matcher)
                            .peek(matcher -> assertTrue(matcher.matches(), matcher.toString()))
                            .mapToLong(
                                    matcher -> Long.parseLong(matcher.group(1).replace(",", "")))
                            .sum());
        }

        long lines() {
            return linesShown + linesLeftOut;
        }
    }

    @Test
    void textThatComesQuickerThanJupytersServerHandsItOnIsCutAtLines() {
        outputs.open(1, first, false);
        var line = "\u4e2d".repeat(100) + "\n";
        for (int i = 0; i < 20_000; i++) {
            outputs.text(1, Stream.STDOUT, line);
        }
        outputs.flush(1);
        var lines = first.text().lines().toList();
        assertEquals(
                0,
                lines.stream()
                        .filter(each -> each.length() != 100 && !each.startsWith("..."))
                        .count());
        assertEquals(20_000, Shown.of(first.published).lines());
        assertTrue(lines.size() < 2 * OutputOfCell.BYTES_AT_ONCE / 300, lines.size() + " lines");
    }

    @Test
    void turnsOfBothStreamsBecomeFewMessagesAndKeepEveryLine() {
        outputs.open(1, first, false);
        for (int i = 0; i < 20_000; i++) {
            outputs.text(1, Stream.STDOUT, "out " + i + "\n");
            outputs.text(1, Stream.STDERR, "err " + i + "\n");
        }
        outputs.flush(1);
        for (var name : List.of("stdout", "stderr")) {
            assertEquals(
                    IntStream.range(0, 20_000)
                            .mapToObj(i -> (name.equals("stdout") ? "out " : "err ") + i + "\n")
                            .collect(Collectors.joining()),
                    first.published.stream()
                            .map(Content.Stream.class::cast)
                            .filter(stream -> stream.name().equals(name))
                            .map(Content.Stream::text)
                            .collect(Collectors.joining()));
        }
        assertTrue(first.published.size() < 2_000, "messages: " + first.published.size());
        assertTrue(first.text().startsWith("out 0\nerr 0\nout 1\nerr 1\n"), "at first the order is kept");
    }

    private static String text(Map<String, JsonNode> data) {
        return data.get("text/plain").asText();
    }

    @Test
    void ofStatesOfOnePictureThatNobodySawTheLatestIsEnough() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "at once");
        outputs.display(display(1, false, "p", "0"));
        outputs.flush(1);
        long beganNs = System.nanoTime();
        for (int i = 1; i <= 10_000; i++) {
            outputs.display(display(1, true, "p", String.valueOf(i)));
        }
        outputs.flush(1);
        long ticks = (System.nanoTime() - beganNs) / OutputOfCell.UPDATING.toNanos();
        var contents = new ArrayList<>(first.published);
        assertTrue(contents.size() <= ticks + 4, contents.size() + " in " + ticks + " ticks");
        assertEquals("10000", text(((Content.UpdateDisplayData) contents.getLast()).data()));
    }

    @Test
    void aDisplayThatNobodySawYetIsShownInItsLatestState() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "at once");
        outputs.display(display(1, false, "p", "0"));
        outputs.display(display(1, true, "p", "1"));
        outputs.text(1, Stream.STDOUT, "after");
        outputs.flush(1);
        assertTrue(
                first.text().matches("at once<display_data>(<update_display_data>)?after(<update_display_data>)?"),
                first.text());
        var last = first.published.stream()
                .map(content -> switch (content) {
                    case Content.DisplayData shown -> text(shown.data());
                    case Content.UpdateDisplayData shown -> text(shown.data());
                    default -> "";
                })
                .filter(state -> !state.isEmpty())
                .reduce((_, second) -> second);
        assertEquals("1", last.orElseThrow());
    }

    @Test
    void updatesOfManyDisplaysFillNoMemoryAndTheLastOfEachIsShown() {
        outputs.open(1, first, false);
        for (int i = 0; i < 10_000; i++) {
            outputs.display(display(1, true, "p" + i % 5_000, String.valueOf(i)));
        }
        outputs.flush(1);
        var last = new HashMap<String, String>();
        first.published.forEach(content -> {
            var update = (Content.UpdateDisplayData) content;
            last.put(update.transients().displayId(), text(update.data()));
        });
        assertEquals(5_000, last.size());
        IntStream.range(0, 5_000).forEach(i -> assertEquals(String.valueOf(5_000 + i), last.get("p" + i)));
    }

    @Test
    void displaysAreCutByTheirSizeToo() {
        outputs.open(1, first, false);
        var large = "z".repeat(1_000_000);
        for (int i = 0; i < 80; i++) {
            outputs.display(display(1, false, "d" + i, large));
        }
        outputs.flush(1);
        assertEquals(
                "<display_data>".repeat(64) + "... 15 displays left out; the end follows\n<display_data>",
                first.text());
    }

    @Test
    void ofOutputThatIsClearedAgainAndAgainTheLastIsShown() {
        outputs.open(1, first, false);
        long beganNs = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
            outputs.clear(new Frame.ClearOutput(1, true));
            outputs.text(1, Stream.STDOUT, i + "\n");
        }
        outputs.flush(1);
        long windows = (System.nanoTime() - beganNs) / OutputOfCell.JOINING.toNanos();
        assertTrue(first.text().endsWith("<clear_output>99999\n"), "the last");
        assertTrue(first.published.size() <= 2 * windows + 6, first.published.size() + " in " + windows);
    }

    @Test
    void whoPrintsIsSlowedByAFrontEndThatReadsSlowlyButNotWhileACellIsStopped() throws Exception {
        outputs.open(1, first, false);
        outputs.awaitReaders(1); // there is room
        for (var stops : List.of(false, true)) {
            first.room = new CompletableFuture<>();
            var printer = CompletableFuture.runAsync(() -> outputs.awaitReaders(1));
            assertThrows(TimeoutException.class, () -> printer.get(50, TimeUnit.MILLISECONDS));
            if (stops) {
                outputs.open(2, second, false); // the flood is of an earlier cell than the one that is stopped
                outputs.stop(2);
            } else {
                first.room.complete(null);
            }
            printer.get(10, TimeUnit.SECONDS);
        }
        outputs.awaitReaders(1);
    }

    @Test
    void displaysAreCutVisiblyToo() {
        outputs.open(1, first, false);
        for (int i = 0; i < OutputOfCell.DISPLAYS_SHOWN + 10; i++) {
            outputs.display(display(1, false, "d" + i, "" + i));
        }
        outputs.flush(1);
        var contents = new ArrayList<>(first.published);
        assertEquals(OutputOfCell.DISPLAYS_SHOWN + 2, contents.size());
        assertEquals(
                Content.Stream.stdout("... 9 displays left out; the end follows\n"),
                contents.get(OutputOfCell.DISPLAYS_SHOWN));
    }

    @Test
    void clearingDropsWhatWasNotSeenYet() {
        outputs.open(1, first, false);
        long beganNs = System.nanoTime();
        outputs.text(1, Stream.STDOUT, "at once");
        outputs.text(1, Stream.STDOUT, "not seen");
        outputs.clear(new Frame.ClearOutput(1, true));
        boolean slow = System.nanoTime() - beganNs >= OutputOfCell.JOINING.toNanos();
        outputs.text(1, Stream.STDOUT, "after");
        outputs.flush(1);
        var seen = slow ? first.text().replace("not seen", "") : first.text();
        assertEquals("at once<clear_output>after", seen);
    }

    @Test
    void jsonIsJsonAndBrokenJsonIsText() {
        outputs.open(1, first, false);
        outputs.display(new Frame.Display(
                1,
                false,
                "d",
                new Frame.Bundle(
                        Map.of("application/json", "{\"a\":1}", "application/x+json", "{oops"), Map.of("k", "true"))));
        outputs.flush(1);
        var shown = (Content.DisplayData) first.published.poll();
        assertEquals(1, shown.data().get("application/json").get("a").asInt());
        assertEquals("{oops", shown.data().get("application/x+json").asText());
        assertTrue(shown.metadata().get("k").asBoolean());
    }
}
