package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.Frame.Stream;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import heddle.protocol.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
        int all = Outputs.LINES_SHOWN + 123_456;
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
        assertEquals(Outputs.LINES_SHOWN + 1 + 200, lines.size());
        assertEquals("0", lines.getFirst());
        assertEquals("... 123,256 more lines; the last 200 follow", lines.get(Outputs.LINES_SHOWN));
        assertEquals(String.valueOf(all - 200), lines.get(Outputs.LINES_SHOWN + 1));
        assertEquals(String.valueOf(all - 1), lines.getLast());
    }

    @Test
    void theCutCountsAlsoWhenManyLinesComeAtOnce() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "x\n".repeat(Outputs.LINES_SHOWN));
        outputs.text(1, Stream.STDOUT, "unfinished");
        outputs.text(1, Stream.STDERR, "y\n".repeat(1_000) + "tail");
        outputs.text(1, Stream.STDERR, " end\n");
        outputs.flush(1);
        var shown = first.text().substring(2 * Outputs.LINES_SHOWN);
        // "unfinished", 1,000 times y, "tail end": 1,002 lines, of which 200 follow.
        assertEquals("... 802 more lines; the last 200 follow\n" + "y\n".repeat(199) + "tail end\n", shown);
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
        assertTrue(
                text.contains("\n... 3,990,000 more characters in long lines; the last follows\nzz"),
                text.substring(16_000_000, 16_000_100));
        assertEquals(10_000, text.length() - text.lastIndexOf('\n') - 1);
    }

    @Test
    void afterAFloodSlowOutputIsShownAgain() throws Exception {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "x\n".repeat(Outputs.LINES_SHOWN));
        outputs.flush(1);
        first.published.clear();
        outputs.text(1, Stream.STDOUT, "late\n");
        assertEquals(Content.Stream.stdout("late\n"), first.next());
    }

    @Test
    void ofStatesOfOnePictureThatNobodySawTheLatestIsEnough() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "at once");
        outputs.display(display(1, false, "p", "0"));
        for (int i = 1; i <= 1_000; i++) {
            outputs.display(display(1, true, "p", String.valueOf(i)));
        }
        outputs.flush(1);
        var contents = new ArrayList<>(first.published);
        assertTrue(contents.size() < 100, "joined: " + contents.size());
        assertEquals(
                "1000",
                ((Content.UpdateDisplayData) contents.getLast())
                        .data()
                        .get("text/plain")
                        .asText());
    }

    @Test
    void displaysAreCutVisiblyToo() {
        outputs.open(1, first, false);
        for (int i = 0; i < Outputs.DISPLAYS_SHOWN + 10; i++) {
            outputs.display(display(1, false, "d" + i, "" + i));
        }
        outputs.flush(1);
        var contents = new ArrayList<>(first.published);
        assertEquals(Outputs.DISPLAYS_SHOWN + 2, contents.size());
        assertEquals(
                Content.Stream.stdout("... 9 more displays; the last follows\n"), contents.get(Outputs.DISPLAYS_SHOWN));
    }

    @Test
    void clearingDropsWhatWasNotSeenYet() {
        outputs.open(1, first, false);
        outputs.text(1, Stream.STDOUT, "at once");
        outputs.text(1, Stream.STDOUT, "not seen");
        outputs.clear(new Frame.ClearOutput(1, true));
        outputs.text(1, Stream.STDOUT, "after");
        outputs.flush(1);
        assertEquals("at once<clear_output>after", first.text());
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
