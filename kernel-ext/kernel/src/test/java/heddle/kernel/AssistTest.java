package heddle.kernel;

import static heddle.protocol.testkit.Expectation.any;
import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.error;
import static heddle.protocol.testkit.Expectation.failed;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.is;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.protocol.Channel;
import heddle.protocol.Content;
import heddle.protocol.Content.CompleteReply;
import heddle.protocol.Content.HistoryReply;
import heddle.protocol.Content.HistoryRequest;
import heddle.protocol.Content.InspectReply;
import heddle.protocol.Content.IsCompleteReply;
import heddle.protocol.testkit.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Completion, inspection, is_complete and history. Positions are code points: an emoji counts once. */
class AssistTest {

    private static TestKernel kernel;
    private static Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
        session = kernel.session();
        var code = "String greeting = \"hi\";\nvoid wave(int times) {}";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    /** The cursor is where {@code |} stands. */
    private static CompleteReply complete(String marked) throws Exception {
        int cursor = marked.codePointCount(0, marked.indexOf('|'));
        return (CompleteReply) session.send(Channel.SHELL, new Content.CompleteRequest(marked.replace("|", ""), cursor))
                .expect(busy(), idle())
                .reply(any(CompleteReply.class))
                .content();
    }

    private static InspectReply inspect(String marked) throws Exception {
        int cursor = marked.codePointCount(0, marked.indexOf('|'));
        return (InspectReply)
                session.send(Channel.SHELL, new Content.InspectRequest(marked.replace("|", ""), cursor, 0))
                        .expect(busy(), idle())
                        .reply(any(InspectReply.class))
                        .content();
    }

    private static String firstLine(InspectReply reply) {
        return reply.data().get("text/plain").asText().lines().findFirst().orElse("");
    }

    private static void assertCompletes(String marked, String match, int start, int end) throws Exception {
        var reply = complete(marked);
        assertTrue(reply.matches().contains(match), marked + ": " + reply.matches());
        assertEquals(List.of(start, end), List.of(reply.cursorStart(), reply.cursorEnd()), marked);
    }

    @Test
    void completion() throws Exception {
        assertCompletes("greeting.leng|", "length()", 9, 13);
        assertCompletes("greeting.|", "charAt(", 9, 9);
        assertCompletes("gree|", "greeting", 0, 4);
        assertCompletes("int x = 5;\nwav|", "wave(", 11, 14);
        assertCompletes("String s = gree|.trim();", "greeting", 11, 15);
        assertCompletes("Executors.newFix|", "newFixedThreadPool(", 10, 16);
    }

    @Test
    void completionAfterAnEmoji() throws Exception {
        assertCompletes("String s = \"😀😀\"; greeting.leng|", "length()", 26, 30);
        assertCompletes("// 😀\n\"😀\".leng|", "length()", 9, 13);
    }

    @Test
    void completionOfWhatTheCellItselfDeclares() throws Exception {
        assertCompletes("var list = new ArrayList<String>();\nlist.add(\"x\");\nlist.get(0).leng|", "length()", 63, 67);
        assertCompletes("int counter = 1;\nfor (int i = 0; i < coun|", "counter", 37, 41);
    }

    @Test
    void completionOfMagics() throws Exception {
        var reply = complete("int x;\n%ma|");
        assertEquals(
                List.of(List.of("%magics"), 7, 10),
                List.of(reply.matches().subList(0, 1), reply.cursorStart(), reply.cursorEnd()));
        var type = reply.metadata().get("_jupyter_types_experimental").get(0);
        assertEquals(
                List.of("magic", "lists the magics"),
                List.of(type.get("type").asText(), type.get("signature").asText()));
    }

    private static void assertBefore(String marked, String first, String second) throws Exception {
        var matches = complete(marked).matches();
        assertTrue(matches.contains(first) && matches.contains(second), marked + ": " + matches);
        assertTrue(matches.indexOf(first) < matches.indexOf(second), marked + ": " + matches);
    }

    @Test
    void theLikeliestComesFirst() throws Exception {
        var code = "int sizeOfAll = 3; String soGreat = \"\"; Thread worker = null; List<String> names = List.of();";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
        assertBefore("int n = s|", "sizeOfAll", "soGreat");
        assertBefore("String t = s|", "soGreat", "sizeOfAll");
        assertBefore("worker.|", "join(", "stop()");
        assertBefore("worker.|", "setName(", "wait(");
        assertBefore("names.|", "get(", "hashCode()");
        assertBefore("int n = names.|", "size()", "get(");
        assertBefore("names.forEach(null);\nnames.|", "forEach(", "add(");
        assertEquals(
                complete("names.|").matches().stream().distinct().toList(),
                complete("names.|").matches());
    }

    @Test
    void namesAreFoundByTheirHumpsAndInAnyCase() throws Exception {
        assertCompletes("new nPE|", "NullPointerException(", 4, 7);
        assertCompletes("Executors.nFTP|", "newFixedThreadPool(", 10, 14);
        assertCompletes("new ArBQ|", "ArrayBlockingQueue(", 4, 8);
        assertCompletes("arrayl|", "ArrayList", 0, 6);
        assertCompletes("greeting.touppercase|", "toUpperCase(", 9, 20);
    }

    @Test
    void classesThatAreNotImportedAreOfferedInFull() throws Exception {
        var matches = List.<String>of();
        // JShell looks through the modules in the background.
        for (long end = System.nanoTime() + 60_000_000_000L; matches.isEmpty() && System.nanoTime() < end; ) {
            matches = complete("😀; var c = new CRC3|").matches();
        }
        assertTrue(matches.contains("java.util.zip.CRC32"), matches.toString());
        assertCompletes("BufferedIm|", "java.awt.image.BufferedImage", 0, 10);
        assertFalse(complete("Buffered|").matches().contains("java.io.BufferedReader"), "it is imported");
        assertEquals("Override", complete("@Overr|").matches().getFirst());
        assertCompletes("int x = 1; ret|", "return", 11, 14);
        assertEquals("List", complete("Map<String, Li|").matches().getFirst());
    }

    @Test
    void filesAreCompletedWhereAPathIsWritten(@TempDir Path folder) throws Exception {
        Files.createDirectory(folder.resolve("data 数据"));
        Files.writeString(folder.resolve("data.csv"), "");
        Files.writeString(folder.resolve(".hidden"), "");
        var before = "var p = Path.of(\"" + folder + "/";
        assertEquals(
                List.of("data 数据/", "data.csv"), complete(before + "da|\");").matches());
        assertCompletes("/* 😀 */ " + before + "data.|\");", "data.csv", before.length() + 8, before.length() + 13);
        assertEquals(List.of(".hidden"), complete(before + ".|").matches());
        assertEquals(
                List.of("data 数据/", "data.csv"),
                complete("%classpath " + folder + "/|").matches());
        assertEquals(List.of(), complete("var s = \"gree|").matches(), "a text is no place for names");
        assertEquals(List.of(), complete(before + "none/|").matches());
    }

    @Test
    void codeWithErrorsIsCompletedAllTheSame() throws Exception {
        assertCompletes("int x = ;\ngreeting.leng|", "length()", 19, 23);
        assertCompletes("void f( {\n  greeting.leng|\n}", "length()", 21, 25);
        assertCompletes("for (int i = 0; i < 3; i++) {\n    greeting.leng|\n    int y = ;\n}", "length()", 43, 47);
        assertCompletes("String half = \"abc;\ngreeting.leng|", "length()", 29, 33);
    }

    @Test
    void completionSaysTypes() throws Exception {
        var types = complete("greeting.leng|").metadata().get("_jupyter_types_experimental");
        var entry = StreamSupport.stream(types.spliterator(), false)
                .filter(one -> one.get("text").asText().equals("length()"))
                .findFirst()
                .orElseThrow();
        assertEquals("function", entry.get("type").asText());
        assertEquals("int String.length()", entry.get("signature").asText());
    }

    @Test
    void namesThatJShellGivesAreOfferedOnlyWhenAskedFor() throws Exception {
        var code = "1 + 2";
        var asked = session.execute(code).expect(busy(), input(code));
        asked.expect(result("3"), idle()).reply(ok());
        assertEquals(
                List.of(),
                complete("|").matches().stream()
                        .filter(match -> match.startsWith("$"))
                        .toList());
        assertTrue(complete("$|").matches().stream().anyMatch(match -> match.matches("\\$\\d+")));
    }

    @Test
    void aVariableNamedInAnyScriptIsInspected() throws Exception {
        var code = "String 名字 = \"a\";";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
        assertTrue(inspect("名字|").data().get("text/plain").asText().endsWith("String 名字"));
    }

    @Test
    void aNameOutsideTheBasicPlaneCountsOnePerCharacter() throws Exception {
        var code = "int 𨭎𨭎𨭎 = 10; /* 😀 */";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
        assertCompletes("𨭎𨭎|", "𨭎𨭎𨭎", 0, 2);
        assertCompletes("var s = \"😀\"; int x = 𨭎𨭎|;", "𨭎𨭎𨭎", 21, 23);
        assertCompletes("int 𨭎𨭎𨭎𨭎 = 1;\n𨭎𨭎𨭎𨭎|", "𨭎𨭎𨭎𨭎", 14, 18);
        assertEquals("int 𨭎𨭎𨭎", firstLine(inspect("\"😀\" + 𨭎|𨭎𨭎")));
        assertEquals(
                List.of(code),
                history(new HistoryRequest(false, true, "search", 0, null, null, null, "int ??𨭎 = *😀*", false))
                        .stream()
                        .map(Content.HistoryItem::input)
                        .toList());
    }

    /** Two columns for each that is wide: an emoji, an ideograph. */
    @Test
    void anErrorsPlaceIsMarkedInCharacters() throws Exception {
        var code = "var 😊 = 1;";
        for (var marked : Map.of(
                        "String a = \"😀😀\" + 𨭎x;", "            \u3000\u3000    ^^^",
                        "String 𨭎 = 5;", "       \u3000   ^")
                .entrySet()) {
            assertEquals(
                    List.of("    " + marked.getKey(), "    " + marked.getValue()),
                    TestKernel.fails(session, marked.getKey()).traceback().subList(1, 3));
        }
        session.execute(code)
                .expect(busy(), input(code), error("CompileError"), idle())
                .reply(failed("CompileError"));
    }

    @Test
    void aNameWithAQuestionMarkOpensAPage() throws Exception {
        var asked = session.execute("Math.abs?").expect(busy(), input("Math.abs?"), idle());
        var reply = (Content.ExecuteReply.Ok) asked.reply(ok()).content();
        var page = reply.payload().getFirst();
        assertEquals("page", page.path("source").asText());
        assertTrue(page.path("data").path("text/plain").asText().contains("int Math.abs(int a)"), page.toString());
        session.execute("noSuchThing??")
                .expect(busy(), input("noSuchThing??"), error("NotFound"), idle())
                .reply(failed("NotFound"));
        session.send(Channel.SHELL, new Content.IsCompleteRequest("Math.abs?"))
                .expect(busy(), idle())
                .reply(is(new IsCompleteReply("complete", null)));
    }

    @Test
    void nothingToComplete() throws Exception {
        assertEquals(List.of(), complete("thereIsNoSuchName|").matches());
    }

    @Test
    void inspection() throws Exception {
        var found = inspect("greeting.sub|string(1)");
        assertTrue(found.found());
        var plain = found.data().get("text/plain").asText();
        assertTrue(plain.contains("String String.substring(int beginIndex)"), plain);
        assertTrue(found.data().get("text/html").asText().contains("<pre>"), plain);
        assertTrue(inspect("/* 😀 */ wave(|").data().get("text/plain").asText().contains("wave(int times)"));
        assertTrue(inspect("Execu|tors")
                .data()
                .get("text/plain")
                .asText()
                .startsWith("java.util.concurrent.Executors\n\n"));
        assertEquals("String greeting", firstLine(inspect("greet|ing")).replace("java.lang.", ""));
        assertEquals(
                "%magics: lists the magics",
                inspect("%mag|ics").data().get("text/plain").asText());
        assertFalse(inspect("nothingOfThatName|").found());
        assertFalse(inspect("|").found());
    }

    private static String html(String marked) throws Exception {
        var reply = inspect(marked);
        assertTrue(reply.found(), marked);
        return reply.data().get("text/html").asText();
    }

    private static void assertShows(String html, String... parts) {
        for (var part : parts) {
            assertTrue(html.contains(part), part + " in " + html);
        }
    }

    @Test
    void theJdksDocumentationIsRendered() throws Exception {
        assertShows(
                html("greeting.sub|string(1)"),
                "<pre><code>String String.substring(int beginIndex)</code></pre>",
                "<p>Returns a string that is a substring of this string.",
                "<dt><b>Parameters</b></dt><dd><code>beginIndex</code> the beginning index, inclusive.</dd>",
                "<dt><b>Returns</b></dt><dd>the specified substring.</dd>",
                "<dd><code>IndexOutOfBoundsException</code> if",
                "<hr><pre><code>String String.substring(int beginIndex, int endIndex)</code></pre>");
        assertShows(html("Thre|ad"), "<code>java.lang.Thread</code>", "<i>thread</i>", "<h2>", "<pre>");
        assertShows(
                html("new ArrayList<String>().ad|d(1, greeting)"),
                "add(int index, E element)",
                "Inserts the specified element");
        // no comment of its own, the names of the parameters from the source, and what it overrides
        assertShows(html("List.of(1).it|erator()"), "Returns an iterator over the elements in this list");
        assertShows(html("List.of(1).con|tains(2)"), "contains(Object o)", "contains the specified element");
        assertShows(html("Map.Ent|ry"), "<code>java.util.Map.Entry", "A map entry (key-value pair)");
        assertShows(html("TimeUnit.SEC|ONDS"), "Time unit representing one second");
        assertShows(
                html("Integer.MAX_VAL|UE"),
                "<code>int Integer.MAX_VALUE</code>",
                "A constant holding the maximum value");
        assertShows(html("new Thread(|"), "Thread(Runnable task)");
        assertShows(html("java.util.zip.CR|C32"), "compute the CRC-32 of a data stream");
        assertShows(html("Math.ab|s(1)"), "int Math.abs(int a)", "Returns the absolute value");
        var plain = inspect("greeting.sub|string(1)").data().get("text/plain").asText();
        assertShows(
                plain,
                "Parameters\n    beginIndex the beginning index, inclusive.",
                "\nReturns\n    the specified substring.");
        assertFalse(plain.contains("<"), plain);
    }

    @Test
    void heddlesOwnDocumentationTravelsWithIt() throws Exception {
        assertShows(html("Note|book.display(1)"), "heddle.notebook.Notebook", "What code in a cell");
        assertShows(
                html("dis|play(1)"), "Shows a value under the current cell", "an id for <code>updateDisplay</code>");
        assertShows(html("Prog|ress"), "<pre><code>for (var file : Progress.over(files)) {\n    read(file);\n}\n");
    }

    @Test
    void whatACellDeclaresIsDocumentedByItsComment() throws Exception {
        var code = """
                /**
                 * Adds {@code a} and <i>b</i>.
                 * @param a 第一个
                 * @return {@link Integer#sum the sum}
                 */
                int documented(int a, int b) { return a + b; }
                /// A *point* with `two` numbers, see [List#size()].
                ///
                /// | x | y |
                /// |---|---|
                /// | 1 | 2 |
                /// @param x across
                record Documented(int x, int y) {
                    /** How {@literal <far>}. */
                    double far() { return Math.hypot(x, y); }
                }
                /** Counts. */
                int counted = 1;""";
        session.execute(code).expect(busy(), input(code), idle()).reply(ok());
        assertShows(
                html("docu|mented(1, 2)"),
                "<code>int documented(int a, int b)</code>",
                "<p>Adds <code>a</code> and <i>b</i>.</p>",
                "<dd><code>a</code> 第一个</dd>",
                "<dd><code>the sum</code></dd>");
        assertShows(
                html("new Docu|mented(1, 2)"),
                "A <em>point</em> with <code>two</code> numbers, see <code>List.size()</code>.",
                "<td>1</td>",
                "<dd><code>x</code> across</dd>");
        assertShows(html("new Documented(1, 2).fa|r()"), "<p>How &lt;far&gt;.</p>");
        assertShows(html("count|ed + 1"), "int counted", "<p>Counts.</p>");
    }

    /** A jar with its sources beside it, as Maven's repository has them. */
    @Test
    void aJarIsDocumentedByTheSourcesBesideIt(@TempDir Path folder) throws Exception {
        try (var jar = new ZipOutputStream(Files.newOutputStream(folder.resolve("lib-1.0-sources.jar")))) {
            jar.putNextEntry(new ZipEntry("lib/Thing.java"));
            jar.write(
                    "package lib; /** A thing. */ public class Thing { /** Does {@code it}. */ public void it(int[] a, java.util.List<String>... b) {} }"
                            .getBytes(UTF_8));
        }
        try (var sources = new Sources(folder.resolve("none.zip"))) {
            sources.add(List.of(folder.resolve("lib-1.0.jar").toString(), folder.toString(), ""));
            var comments = new DocComments(sources);
            var found = comments.find("lib.Thing", Signature.of("void Thing.it(int[] arg0, List<String>... arg1)"));
            assertEquals("<p>Does <code>it</code>.</p>", Javadoc.html(found.comment(), found.inherited()));
            assertEquals(List.of("a", "b"), found.documented().parameters());
            assertEquals(
                    "<p>A thing.</p>",
                    Javadoc.html(
                            comments.find("lib.Thing", Signature.of("lib.Thing"))
                                    .comment(),
                            null));
            assertNull(comments.find("lib.Other", Signature.of("lib.Other")));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 + 1                       | complete   |",
                "int x = 5;                  | complete   |",
                "``                          | complete   |",
                "for (int i = 0; i < 3; i++) {   | incomplete | `    `",
                "if (true) {\\n    foo(      | incomplete | `        `",
                "1 +                         | incomplete | ``",
                "int x = ;                   | invalid    |",
                "int a; int b() {            | incomplete | `    `",
                "%magics                     | complete   |"
            })
    void isComplete(String code, String status, String indent) throws Exception {
        session.send(Channel.SHELL, new Content.IsCompleteRequest(code.replace("\\n", "\n")))
                .expect(busy(), idle())
                .reply(is(new IsCompleteReply(status, indent)));
    }

    @Test
    void history() throws Exception {
        for (var code : List.of("int hA = 1;", "int hB = 2;", "int hA = 1;")) {
            session.execute(code).expect(busy(), input(code), idle()).reply(ok());
        }
        var all = history(new HistoryRequest(false, true, "range", 0, null, null, null, null, false));
        int last = all.getLast().line();
        assertEquals(
                List.of("int hB = 2;", "int hA = 1;"),
                history(new HistoryRequest(false, true, "tail", 0, null, null, 2, null, false)).stream()
                        .map(Content.HistoryItem::input)
                        .toList());
        assertEquals(
                List.of("int hB = 2;"),
                history(new HistoryRequest(false, true, "range", 1, last - 1, last, null, null, false)).stream()
                        .map(Content.HistoryItem::input)
                        .toList());
        assertEquals(
                List.of("int hB = 2;", "int hA = 1;"),
                history(new HistoryRequest(false, true, "search", 0, null, null, null, "int h? = *", true)).stream()
                        .map(Content.HistoryItem::input)
                        .toList());
        assertEquals(List.of(), history(new HistoryRequest(false, true, "range", 7, null, null, null, null, false)));
    }

    private static List<Content.HistoryItem> history(HistoryRequest request) throws Exception {
        return ((HistoryReply) session.send(Channel.SHELL, request)
                        .expect(busy(), idle())
                        .reply(any(HistoryReply.class))
                        .content())
                .history();
    }

    @Test
    void noComms() throws Exception {
        session.send(Channel.SHELL, new Content.CommInfoRequest(null))
                .expect(busy(), idle())
                .reply(is(new Content.CommInfoReply(Map.of())));
    }
}
