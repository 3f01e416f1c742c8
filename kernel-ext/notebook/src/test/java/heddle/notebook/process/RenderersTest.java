package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.Displayable;
import heddle.notebook.MimeBundle;
import heddle.notebook.Notebook;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a value looks like in a notebook. */
class RenderersTest {

    record Point(int x, Object y) {}

    record Own(int x) {
        @Override
        public String toString() {
            return "own";
        }
    }

    record Holder(String name, List<?> much) {}

    private static String text(Object value) {
        return Renderers.render(value).data().get("text/plain");
    }

    private static String html(Object value) {
        return Renderers.render(value).data().get("text/html");
    }

    /** The table's cells, one line for each row. Fails when it is not well-formed. */
    private static List<List<String>> table(Object value) throws Exception {
        var xml = html(value).replace("<br>", "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        var rows = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml))
                .getElementsByTagName("tr");
        return IntStream.range(0, rows.getLength())
                .mapToObj(row -> {
                    var cells = rows.item(row).getChildNodes();
                    return IntStream.range(0, cells.getLength())
                            .mapToObj(cell -> cells.item(cell).getTextContent())
                            .toList();
                })
                .toList();
    }

    @Test
    @DisplayName("A value that is shown as text says what println says, and no more")
    void plain() {
        for (var value : List.of(
                1,
                "text",
                "two\nlines",
                List.of(),
                List.of(1, 2, 3),
                Map.of(),
                Optional.empty(),
                Duration.ofSeconds(90),
                Instant.EPOCH,
                Thread.State.NEW,
                String.class,
                Optional.of("x"),
                new TreeSet<>(List.of(2, 1)))) {
            assertEquals(
                    Map.of("text/plain", value.toString()),
                    Renderers.render(value).data());
        }
        assertEquals("null", text(null));
        assertEquals("[1.5, 2.0]", text(new double[] {1.5, 2}));
        assertEquals("Optional[[1, 2]]", text(Optional.of(new int[] {1, 2})));
    }

    @Test
    @DisplayName("Records, alone and several, are tables, with the text that println prints beside them")
    void records() throws Exception {
        assertEquals("Point[x=1, y=a]", text(new Point(1, "a")).replace("RenderersTest$", ""));
        assertEquals(
                List.of(List.of("x", "1"), List.of("y", "中 <b>\n&\"")),
                table(new Point(1, "中 <b>\n&\"")).subList(1, 3));
        var points = Arrays.asList(new Point(1, "a"), null, new Point(2, List.of(3, 4)));
        assertEquals(points.toString(), text(points));
        var rows = List.of(
                List.of("", "x", "y"),
                List.of("0", "1", "a"),
                List.of("1", "null", "null"),
                List.of("2", "2", "[3, 4]"));
        assertEquals(rows, table(points));
        assertEquals(rows, table(points.toArray()));
        assertEquals(Map.of("text/plain", "own"), Renderers.render(new Own(1)).data());
    }

    @Test
    @DisplayName("Maps, lists of maps and what has two dimensions are tables")
    void maps() throws Exception {
        var map = new LinkedHashMap<String, Object>(Map.of("a", 1));
        map.put("b", null);
        assertEquals("{a=1, b=null}", text(map));
        assertEquals(List.of(List.of("key", "value"), List.of("a", "1"), List.of("b", "null")), table(map));
        assertEquals(List.of(List.of("key", "x", "y"), List.of("p", "1", "2")), table(Map.of("p", new Point(1, 2))));
        assertEquals(
                List.of(List.of("", "a", "b"), List.of("0", "1", "null"), List.of("1", "", "2")),
                table(List.of(map, Map.of("b", 2))));
        assertEquals(List.of(List.of("", "0", "1"), List.of("0", "1", "2"), List.of("1", "3", "")), table(new int[][] {
            {1, 2}, {3}
        }));
        assertEquals("[[1, 2], [3]]", text(new int[][] {{1, 2}, {3}}));
        assertEquals(List.of(List.of("key", "value"), List.of("k", "v")), table(List.of(Map.entry("k", "v"))));
        assertEquals(List.of(List.of("key", "value"), List.of("k", "[1, 2]")), table(Map.of("k", List.of(1, 2))));
        assertEquals("... 999,980 more", table(new int[2][1_000_000]).getFirst().getLast());
    }

    @Test
    @DisplayName("Of what is long the beginning, the end and the count are shown, at no cost")
    void longOnes() throws Exception {
        var many = IntStream.range(0, 10_000).mapToObj(i -> new Point(i, i)).toList();
        var rows = table(many);
        assertEquals(1 + 20 + 1 + 5, rows.size());
        assertEquals(List.of("19", "19", "19"), rows.get(20));
        assertEquals(List.of("... 9,975 more rows ..."), rows.get(21));
        assertEquals(List.of("9999", "9999", "9999"), rows.getLast());
        assertEquals(
                List.of("9999", "9999", "9999"), table(new LinkedList<>(many)).getLast());
        var endless = text(Collections.nCopies(Integer.MAX_VALUE, "x"));
        assertTrue(endless.endsWith("x, ... 2,147,483,542 more ..., x, x, x, x, x]"), endless);
        assertTrue(text(new int[50_000_000]).length() < 1_000);
        assertTrue(
                text(new Holder("h", Collections.nCopies(1_000_000_000, "y"))).endsWith("y, y]]"));
        assertEquals(110, text(new int[110]).split(",").length, "a few more are not worth a cut");
        assertTrue(text("🧵".repeat(1_000_000)).endsWith("🧵\n... 1,900,000 more characters"));
        assertTrue(html(List.of(new Point(1, "z".repeat(1_000)))).contains("zz ...</td>"));
    }

    @Test
    @DisplayName("What contains itself is shown once")
    void circles() {
        var list = new ArrayList<Object>();
        list.add(list);
        list.add(1);
        assertEquals("[[...], 1]", text(list));
        var map = new HashMap<String, Object>();
        map.put("me", List.of(map));
        assertEquals("{me=[{...}]}", text(map));
        var array = new Object[1];
        array[0] = array;
        assertEquals("[[...]]", text(array));
    }

    private static Object saying(java.util.function.Supplier<String> text) {
        return new Object() {
            @Override
            public String toString() {
                return text.get();
            }
        };
    }

    @Test
    @DisplayName("A toString() that fails is named in its place, and asked once")
    void failures() {
        var asked = new AtomicInteger();
        var one = saying(() -> "asked " + asked.incrementAndGet());
        assertEquals("[asked 1, asked 1]", text(List.of(one, one)));
        var throwing = saying(() -> {
            throw new IllegalStateException("no");
        });
        var shown = text(List.of(1, throwing, saying(() -> null), 2));
        assertTrue(shown.startsWith("[1, The toString() of "), shown);
        assertTrue(shown.contains(" threw java.lang.IllegalStateException: no, The toString() of "), shown);
        assertTrue(shown.endsWith(" returned null., 2]"), shown);
        var deep = new Object() {
            @Override
            public String toString() {
                return "" + this;
            }
        };
        assertTrue(text(Map.of("k", deep)).contains("java.lang.StackOverflowError"));
        assertThrows(
                Stop.class,
                () -> Renderers.render(List.of(saying(() -> {
                    throw Stop.CELL_STOPPED;
                }))));
    }

    @Test
    @DisplayName("A collection that another thread changes all the time is shown all the same")
    void changedMeanwhile() throws Exception {
        var list = new ArrayList<Integer>();
        var map = new HashMap<Integer, Integer>();
        var linked = new LinkedList<Integer>();
        var on = new AtomicBoolean(true);
        var begun = new CountDownLatch(1);
        var changer = Thread.ofPlatform().start(() -> {
            for (int i = 0; on.get(); i++) {
                if (i % 1_000 == 999) {
                    list.clear();
                    map.clear();
                    linked.clear();
                    begun.countDown();
                }
                list.add(i);
                map.put(i % 500, i);
                linked.add(i);
            }
        });
        try {
            begun.await();
            for (int i = 0; i < 300; i++) {
                for (var value : List.of(new Object[] {list}, new Object[] {map}, new Object[] {linked})) {
                    var text = text(value[0]);
                    assertFalse(text.contains("Exception"), text);
                    assertTrue(text.matches("(?s)[\\[{].*[\\]}]"), text);
                }
            }
        } finally {
            on.set(false);
            changer.join();
        }
    }

    @Test
    @DisplayName("Streams and iterators are refused, and not used up")
    void usedOnce() {
        var stream = Stream.of(1, 2);
        assertTrue(text(stream).startsWith("A stream can be walked through only once"), text(stream));
        assertEquals(2, stream.toList().size());
        var iterator = List.of(1).iterator();
        assertTrue(text(iterator).startsWith("An iterator can be walked through only once"), text(iterator));
        assertEquals(1, iterator.next());
    }

    @Test
    @DisplayName("A future says its state and value, without waiting")
    void futures() {
        var open = new CompletableFuture<Object>();
        assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> assertEquals("CompletableFuture[not completed]", text(open)));
        open.complete(List.of(1));
        assertEquals("CompletableFuture[completed: [1]]", text(open));
        assertEquals(
                "CompletableFuture[failed: java.lang.IllegalStateException: no]",
                text(CompletableFuture.failedFuture(new IllegalStateException("no"))));
        var cancelled = new CompletableFuture<>();
        cancelled.cancel(true);
        assertEquals("[CompletableFuture[cancelled]]", text(List.of(cancelled)));
    }

    @Test
    @DisplayName("Threads, processes, exceptions and lambdas say what one wants to know of them")
    void others() {
        var thread = Thread.ofPlatform().name("worker").unstarted(() -> {});
        assertEquals(
                "Thread[#" + thread.threadId() + " worker, NEW]", text(thread).replace("java.lang.", ""));
        assertEquals("ProcessHandle[pid=" + ProcessHandle.current().pid() + ", alive]", text(ProcessHandle.current()));
        assertTrue(text(new Error("outer", new IllegalStateException("inner")))
                .matches("(?s)java.lang.Error: outer\n.*Caused by: java.lang.IllegalStateException: inner.*"));
        Function<Object, Object> lambda = x -> x;
        assertEquals("lambda (Function), written in " + RenderersTest.class.getName(), text(lambda));
    }

    @Test
    @DisplayName("The path of a picture shows the picture, any other path itself")
    void pictures(@TempDir Path folder) throws Exception {
        var file = folder.resolve("a.PNG");
        assertEquals(
                Map.of("text/plain", file.toString()), Renderers.render(file).data());
        Files.write(file, new byte[] {1, 2, 3});
        assertEquals("AQID", Renderers.render(file).data().get("image/png"));
        var drawing = Files.writeString(folder.resolve("a.svg"), "<svg/>");
        assertEquals("<svg/>", Renderers.render(drawing.toFile()).data().get("image/svg+xml"));
        assertEquals(
                Map.of("text/plain", folder.toString()),
                Renderers.render(folder).data());
    }

    @Test
    @DisplayName("What says itself how it is shown is asked, inside of collections too")
    void special() {
        Displayable own = () -> MimeBundle.text("mine").and("text/html", "<i>");
        assertEquals("<i>", html(own));
        assertEquals("[mine]", text(List.of(own)));
    }

    @Test
    @DisplayName("HTML, Markdown, LaTeX, SVG and JSON by a word")
    void helpers() {
        assertEquals(
                Map.of("text/plain", "b", "text/html", "<b>b</b>"),
                Notebook.html("<b>b</b>").data());
        assertEquals("# a", Notebook.markdown("# a").data().get("text/markdown"));
        assertEquals("$$x^2$$", Notebook.latex("x^2").data().get("text/latex"));
        assertEquals("so $x$", Notebook.latex("so $x$").data().get("text/latex"));
        assertEquals("<svg/>", Notebook.svg("<svg/>").data().get("image/svg+xml"));
        var value = new LinkedHashMap<String, Object>();
        value.put("a\"\n\u0001", Arrays.asList(1, 2.5, true, null, Double.NaN, new int[] {3}));
        value.put("p", new Point(1, "中"));
        assertEquals(
                "{\"a\\\"\\n\\u0001\":[1,2.5,true,null,\"NaN\",[3]],\"p\":{\"x\":1,\"y\":\"中\"}}",
                Notebook.json(value).data().get("application/json"));
        assertEquals("[1]", Notebook.json("[1]").data().get("application/json"));
        var circle = new ArrayList<Object>();
        circle.add(circle);
        assertThrows(IllegalArgumentException.class, () -> Notebook.json(circle));
    }
}
