package heddle.watch;

import static heddle.watch.Samples.hold;
import static heddle.watch.Samples.lane;
import static heddle.watch.Samples.timeline;
import static heddle.watch.Samples.waiting;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Wait;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class PainterTest {

    private static final int LARGEST = 300_000;

    static Stream<String> samples() {
        return Samples.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everySampleIsASelfContainedWellFormedPicture(String sample) throws Exception {
        var picture = Painter.paint(Samples.all().get(sample), "hwtest");
        var svg = parse(picture.svg());
        assertEquals("img", svg.getDocumentElement().getAttribute("role"));
        assertEquals(1, svg.getElementsByTagName("desc").getLength());
        assertEquals(0, svg.getElementsByTagName("script").getLength());
        assertEquals(0, svg.getElementsByTagName("image").getLength());
        assertFalse(picture.svg().contains("href"), "refers to something outside");
        assertFalse(picture.svg().contains("NaN"), "a coordinate is not a number");
        assertTrue(picture.html().contains("<svg") && !picture.html().contains("<?xml"), "html has the drawing inline");
        for (var element : elements(svg)) {
            if (element.hasAttribute("id")) {
                assertTrue(element.getAttribute("id").startsWith("hwtest"), element.getAttribute("id"));
            }
            for (var name : element.getAttribute("class").split(" ")) {
                assertTrue(name.isEmpty() || name.startsWith("hwtest"), name);
            }
        }
    }

    @Test
    void theSameFactsGiveTheSamePicture() {
        assertEquals(
                Painter.paint(Samples.turns(Language.ENGLISH), "hwa"),
                Painter.paint(Samples.turns(Language.ENGLISH), "hwa"));
        assertNotEquals(Painter.newPrefix(), Painter.newPrefix());
    }

    @Test
    void sayTheDeadlockWithItsLinesInEnglish() throws Exception {
        var picture = Samples.deadlock(Language.ENGLISH, false).picture();
        var sentence =
                "Deadlock: philosopher-1 holds fork A and waits for fork B; philosopher-2 holds fork B and waits for fork A.";
        var texts = texts(parse(picture.svg()));
        assertTrue(texts.contains(sentence), texts.toString());
        assertTrue(
                texts.contains(
                        "philosopher-1 at cell 12:7 · philosopher-2 at cell 12:14 · neither can go on; they stay stuck until Java is restarted."),
                texts.toString());
        assertTrue(texts.contains("3 threads · 2.00 s · deadlock after 0.31 s"), texts.toString());
        assertTrue(texts.contains("holds fork A") && texts.contains("holds fork B"), texts.toString());
        assertTrue(texts.contains("blocked 1.69 s · still alive"), texts.toString());
        assertTrue(picture.text().contains(sentence));
        assertTrue(picture.text().contains("philosopher-2 waited 1.69 s for fork A, which philosopher-1 had"));
    }

    @Test
    void sayTheDeadlockInChinese() throws Exception {
        var picture = Samples.deadlock(Language.CHINESE, true).picture();
        var texts = texts(parse(picture.svg()));
        assertTrue(texts.contains("死锁：哲学家-1 持有叉子 A，在等叉子 B；哲学家-2 持有叉子 B，在等叉子 A。"), texts.toString());
        assertTrue(texts.stream().anyMatch(text -> text.contains("请按“停止”")), texts.toString());
        assertTrue(texts.contains("单元格 12 · 线程"), texts.toString());
        assertTrue(texts.contains("3 个线程 · 2.00 秒 · 0.31 秒后死锁"), texts.toString());
        assertTrue(texts.contains("阻塞（等锁）"), texts.toString());
    }

    @Test
    void arrowsLeadFromWhoWaitsToWhoHolds() throws Exception {
        var arrows = withClass(
                        parse(Samples.deadlock(Language.ENGLISH, false)
                                .picture()
                                .svg()),
                        "arrow")
                .stream()
                .map(arrow -> arrow.getElementsByTagName("title"))
                .filter(titles -> titles.getLength() == 1)
                .map(titles -> titles.item(0).getTextContent())
                .toList();
        assertEquals(
                List.of(
                        "philosopher-1 waited 1.69 s for fork B, which philosopher-2 had",
                        "philosopher-2 waited 1.69 s for fork A, which philosopher-1 had"),
                arrows);
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void namesOfAnyKindAreDrawnAsTheyAre(Language language) throws Exception {
        var nasty = "<b>&\"'\u0000\u001b\uD800";
        var seen = timeline(
                language,
                100,
                false,
                List.of(lane(1, nasty, 0).block(100, "]]>" + nasty).alive()),
                List.of(hold(1, nasty, 0, 100)),
                List.of(waiting(1, 1, nasty, 0, 100)));
        var picture = seen.picture();
        assertTrue(texts(parse(picture.svg())).contains("<b>&\"'\uFFFD\uFFFD\uFFFD"), picture.svg());
        assertFalse(picture.text().contains("\u001b"), "a terminal would obey it");
    }

    @Test
    void aLongNameIsCutAndKeptInFullOnHover() throws Exception {
        var name = "售票员".repeat(30);
        var svg = parse(timeline(
                        Language.CHINESE,
                        100,
                        false,
                        List.of(lane(1, name, 0).run(100).alive()),
                        List.of(),
                        List.of())
                .picture()
                .svg());
        var label = texts(svg).stream()
                .filter(text -> text.startsWith("售票员"))
                .findFirst()
                .orElseThrow();
        assertTrue(label.endsWith("…") && label.length() < 20, label);
        assertTrue(titles(svg).stream().anyMatch(title -> title.startsWith(name + ":")));
    }

    @Test
    void theLegendHasOnlyWhatOccurs() throws Exception {
        var texts = texts(parse(Samples.sleepers(Language.ENGLISH).picture().svg()));
        assertTrue(texts.containsAll(List.of("running", "waiting", "sleeping", "ended")), texts.toString());
        assertFalse(texts.contains("blocked by a lock"), texts.toString());
        assertFalse(texts.contains("input/output"), texts.toString());
        assertFalse(texts.contains("holds a lock"), texts.toString());
    }

    @Test
    void manyThreadsAreGroupedAndTheInterestingKeptApart() throws Exception {
        var texts = texts(parse(Samples.many(Language.ENGLISH).picture().svg()));
        assertTrue(texts.contains("pool-1-thread-*"), texts.toString());
        assertTrue(texts.contains("pool-1-thread-37"), "the longest blocked: " + texts);
        assertTrue(texts.contains("main") && texts.contains("auditor"), texts.toString());
        assertTrue(texts.stream().anyMatch(text -> text.startsWith("31 threads · ")), texts.toString());
        assertTrue(texts.contains("waiting for ledger"), "the depth of the queue instead of arrows: " + texts);
        assertTrue(texts.stream().anyMatch(text -> text.contains("too many for arrows")), texts.toString());
    }

    @Test
    void fiveHundredThreadsWithNothingInCommonStayReadableAndSmall() throws Exception {
        var lanes = new ArrayList<Lane>();
        var holds = new ArrayList<Hold>();
        var waits = new ArrayList<Wait>();
        for (var i = 0; i < 500; i++) {
            var name =
                    Integer.toString(i, 36).replaceAll("\\d", "_") + "-" + (char) ('a' + i % 26) + "x".repeat(i % 40);
            var writer = lane(i, name, 0);
            for (var step = 0; step < 100; step++) {
                writer.run(3).block(3, "lock " + step % 7).sleep(2).then(State.RUNNING, 2, 0.5, "", "");
                holds.add(hold(i, "lock " + step % 7, step * 10, step * 10 + 3));
                waits.add(waiting(i, (i + 1) % 500, "lock " + step % 7, step * 10, step * 10 + 3));
            }
            lanes.add(writer.ended());
        }
        var picture =
                timeline(Language.CHINESE, 1000, false, lanes, holds, waits).picture();
        assertSmall(picture);
        var rows = texts(parse(picture.svg())).stream()
                .filter(text -> text.startsWith("其他线程"))
                .count();
        assertEquals(1, rows);
    }

    @Test
    void aRunOfManyShortStretchesStaysSmallAndSaysSo() throws Exception {
        var lanes = new ArrayList<Lane>();
        for (var i = 0; i < 24; i++) {
            var writer = lane(i, "t" + i, 0);
            for (var step = 0; step < 2000; step++) {
                writer.run(1).sleep(2);
            }
            lanes.add(writer.ended());
        }
        var picture = timeline(Language.ENGLISH, 6000, false, lanes, List.of(), List.of())
                .picture();
        assertSmall(picture);
        assertTrue(texts(parse(picture.svg())).stream().anyMatch(text -> text.contains("the longest state is drawn")));
        assertTrue(picture.text().contains("4.00 s"), "totals are not rounded with the bars");
    }

    @Test
    void nothingIsDrawnOutsideTheTime() throws Exception {
        for (var sample : Samples.all().values()) {
            var svg = parse(sample.picture().svg());
            for (var style : List.of("run", "block", "wait", "sleep", "io", "ready")) {
                for (var bar : withClass(svg, style)) {
                    if (bar.hasAttribute("width")) {
                        var end = Double.parseDouble(bar.getAttribute("x"))
                                + Double.parseDouble(bar.getAttribute("width"));
                        assertTrue(end < 800, "a bar ends at " + end);
                    }
                }
            }
        }
    }

    @Test
    void aLivePictureSaysNowAndAFinalOneDoesNot() throws Exception {
        assertTrue(texts(parse(Samples.live(Language.ENGLISH).picture().svg())).contains("now"));
        assertFalse(
                texts(parse(Samples.turns(Language.ENGLISH).picture().svg())).contains("now"));
    }

    @Test
    void aRunLongerThanTheWindowScrolls() throws Exception {
        var seen = timeline(
                Language.ENGLISH,
                60_000,
                true,
                List.of(
                        lane(1, "early", 0).run(1_000).ended(),
                        lane(2, "late", 0).run(60_000).alive()),
                List.of(),
                List.of());
        var svg = parse(seen.picture().svg());
        assertTrue(
                texts(svg).contains("60 s") && !texts(svg).contains("0 s"),
                texts(svg).toString());
        assertEquals(
                1,
                withClass(svg, "run").stream()
                        .filter(bar -> bar.getElementsByTagName("title").getLength() == 1)
                        .count());
    }

    @Test
    void aLivePictureShowsTheBeginningUntilItMustScroll() throws Exception {
        for (var lengthMs : List.of(1L, 990L, 1000L, 2000L, 4999L, 9500L)) {
            var seen = timeline(
                    Language.ENGLISH,
                    lengthMs,
                    true,
                    List.of(lane(1, "t", 0).run(lengthMs).alive()),
                    List.of(),
                    List.of());
            var texts = texts(parse(seen.picture().svg()));
            assertTrue(texts.contains("0 s") || texts.contains("0 ms"), lengthMs + " ms: " + texts);
        }
    }

    @Test
    void aWatchOfNothingIsAPictureToo() throws Exception {
        var picture = timeline(Language.ENGLISH, 0, false, List.of(), List.of(), List.of())
                .picture();
        parse(picture.svg());
        assertTrue(picture.text().contains("No thread was seen."));
    }

    @Test
    void columnsOfTheTableStandUnderEachOtherInATerminal() {
        var lines = Samples.turns(Language.CHINESE).picture().text().lines().toList();
        var widths = IntStream.rangeClosed(2, 5)
                .map(line -> lines.get(line)
                        .codePoints()
                        .limit(lines.get(line).indexOf(" 毫秒"))
                        .map(c -> Svg.isWide(c) ? 2 : 1)
                        .sum())
                .distinct()
                .toArray();
        assertEquals(1, widths.length, String.join("\n", lines));
    }

    @Test
    void durationsHaveThreeDigitsAtMostAndAUnit() {
        assertEquals("0 ms", Words.ENGLISH.duration(20_000));
        assertEquals("0.4 ms", Words.ENGLISH.duration(400_000));
        assertEquals("31 ms", Words.ENGLISH.duration(31_200_000));
        assertEquals("0.31 s", Words.ENGLISH.duration(310_000_000));
        assertEquals("12.3 s", Words.ENGLISH.duration(12_345_000_000L));
        assertEquals("2 分 5 秒", Words.CHINESE.duration(125_000_000_000L));
    }

    private static void assertSmall(Picture picture) {
        assertTrue(
                picture.html().getBytes(StandardCharsets.UTF_8).length < LARGEST,
                "html " + picture.html().length());
        assertTrue(
                picture.svg().getBytes(StandardCharsets.UTF_8).length < LARGEST,
                "svg " + picture.svg().length());
        assertTrue(picture.text().length() < LARGEST, "text " + picture.text().length());
    }

    static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newDefaultNSInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)));
    }

    private static List<Element> elements(Document svg) {
        var all = svg.getElementsByTagName("*");
        return IntStream.range(0, all.getLength())
                .mapToObj(i -> (Element) all.item(i))
                .toList();
    }

    private static List<Element> withClass(Document svg, String name) {
        return elements(svg).stream()
                .filter(element -> List.of(element.getAttribute("class").split(" ")).stream()
                        .anyMatch(one -> one.endsWith("-" + name)))
                .toList();
    }

    static List<String> texts(Document svg) {
        return elements(svg).stream()
                .filter(element -> element.getTagName().equals("text"))
                .map(Element::getTextContent)
                .toList();
    }

    private static List<String> titles(Document svg) {
        return elements(svg).stream()
                .filter(element -> element.getTagName().equals("title"))
                .map(Element::getTextContent)
                .toList();
    }
}
