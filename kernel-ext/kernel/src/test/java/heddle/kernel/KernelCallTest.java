package heddle.kernel;

import static heddle.protocol.testkit.Expectation.busy;
import static heddle.protocol.testkit.Expectation.idle;
import static heddle.protocol.testkit.Expectation.input;
import static heddle.protocol.testkit.Expectation.matching;
import static heddle.protocol.testkit.Expectation.ok;
import static heddle.protocol.testkit.Expectation.result;
import static heddle.protocol.testkit.Expectation.stderr;
import static heddle.protocol.testkit.Expectation.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.kernel.maven.MavenDependencies;
import heddle.protocol.Content;
import heddle.protocol.testkit.Expectation;
import heddle.protocol.testkit.Session;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What code of a cell asks of the kernel. */
class KernelCallTest {

    @TempDir
    static Path folder;

    private static TestKernel kernel;
    private Session session;

    @BeforeAll
    static void start() throws Exception {
        kernel = new TestKernel();
    }

    @AfterAll
    static void end() {
        kernel.close();
    }

    @BeforeEach
    void open() throws Exception {
        session = kernel.session();
    }

    @AfterEach
    void close() throws Exception {
        session.close();
    }

    private void shows(String code, String value, Expectation... before) throws InterruptedException {
        var all = new java.util.ArrayList<>(List.of(before));
        all.add(result(value));
        TestKernel.run(session, code, all.toArray(Expectation[]::new));
    }

    @Test
    @DisplayName("eval gives objects, keeps declarations, and can be called within itself, in loops and in methods")
    void evaluates() throws Exception {
        shows("(int) eval(\"1 + 2\") + 3", "6");
        shows("eval(\"int evaluated = 40;\");\n(int) eval(\"evaluated\") + 2", "42");
        shows("evaluated + 1", "41");
        shows("eval(\"eval(\\\"eval(\\\\\\\"evaluated\\\\\\\")\\\")\")", "40");
        shows(
                "int sum(int n) {\n    int s = 0;\n    for (int i = 0; i < n; i++) {\n        s += (int) eval(\"1 + \" + i);\n    }\n    return s;\n}\nsum(4)",
                "10");
        TestKernel.run(session, "eval(\"System.out.println(5);\");", stream("5\n"));
        shows("var before = eval(\"new int[] {7}\");\n((int[]) before)[0]", "7");
    }

    @Test
    @DisplayName("what evaluated code throws comes out of eval as it is; what is wrong with it is shown in its place")
    void evaluatesWhatFails() throws Exception {
        shows(
                "String caught = null;\ntry {\n    eval(\"throw new java.io.IOException(\\\"gone\\\");\");\n} catch (Exception e) {\n    caught = e.getMessage();\n}\ncaught",
                "gone");
        var wrong = TestKernel.fails(session, "eval(\"int a = 1;\\nint b = nowhere;\");");
        assertTrue(wrong.evalue().contains("eval:2: cannot find symbol"), wrong.evalue());
        shows(
                "boolean told = false;\ntry {\n    eval(\"int b = nowhere;\");\n} catch (heddle.notebook.MagicException e) {\n    told = true;\n}\ntold",
                "true");
        var thrown = TestKernel.fails(session, "eval(\"int[] a = {};\\na[3] = 1;\");");
        assertEquals("java.lang.ArrayIndexOutOfBoundsException", thrown.ename());
        assertTrue(
                thrown.traceback().toString().contains("eval:2"),
                thrown.traceback().toString());
        var late = TestKernel.fails(session, "throw new heddle.notebook.MagicException(\"own\");");
        assertEquals("own", late.evalue());
    }

    @Test
    @DisplayName("only the main thread may ask")
    void asksOnMainOnly() throws Exception {
        var code =
                "String[] said = {null};\nvar asker = new Thread(() -> {\n    try {\n        eval(\"1\");\n    } catch (IllegalStateException e) {\n        said[0] = e.getMessage();\n    }\n});\nasker.start();\nasker.join();\nsaid[0].substring(0, 63)";
        shows(code, "Magics and eval can be called on the notebook's main thread onl");
    }

    @Test
    @DisplayName("jars are on the class path of the next statement, once, and in one version")
    void addsJars() throws Exception {
        var lib = Files.createDirectory(folder.resolve("lib"));
        TestJar.make(
                lib.resolve("alpha-1.0.jar"),
                "alpha.Alpha",
                "package alpha; public class Alpha { public static int one() { return 1; } }");
        TestJar.make(
                lib.resolve("beta-1.0.jar"),
                "beta.Beta",
                "package beta; public class Beta { public int two() { return 2; } }");
        TestJar.make(folder.resolve("alpha-2.0.jar"), "alpha.Alpha", "package alpha; public class Alpha {}");
        shows("%jars " + lib + "/al*.jar\nimport alpha.*;\nAlpha.one()", "1");
        shows("List<String> added = %jars " + lib + "\nadded", "[" + lib.resolve("beta-1.0.jar") + "]");
        shows("new beta.Beta().two()", "2");
        TestJar.make(lib.resolve("delta.jar"), "delta.Delta", "package delta; public class Delta {}");
        shows("%jars " + lib + "/delta.jar\nimport delta.*;\nadded.size()", "1");
        shows("System.gc();\nimport java.util.jar.*;\nadded.size()", "1"); // what was declared before keeps its value
        TestKernel.run(
                session,
                "%classpath " + lib + "/alpha-1.0.jar",
                stream("alpha-1.0.jar is on the class path already.\n"));
        TestKernel.run(
                session,
                "lineMagic(\"jars\", List.of(\"" + folder + "/alpha-2.0.jar\"));",
                matching(
                        "left out",
                        content -> content instanceof Content.Stream text
                                && text.text()
                                        .startsWith(
                                                "alpha-2.0.jar is left out: alpha-1.0.jar is on the class path already")));
        TestKernel.run(
                session,
                "%jars " + lib + "/gamma*.jar",
                stderr("There is no file " + lib + "/gamma*.jar (looked for in "
                        + Path.of("").toAbsolutePath() + ").\n"));
        var nothing = TestKernel.fails(session, "%jars");
        assertTrue(nothing.evalue().startsWith("%jars needs to be told what to add"), nothing.evalue());
        assertEquals(List.of("MagicError: " + nothing.evalue()), nothing.traceback());
    }

    @Test
    @DisplayName(
            "an extension in a jar that is added brings its imports, magics and renderers at once, also from a folder of classes")
    void addsExtensions() throws Exception {
        var jar = folder.resolve("shouting.jar");
        TestJar.make(
                jar,
                "shout.Shouting",
                """
                package shout;
                import heddle.notebook.*;
                import heddle.notebook.extension.*;
                import java.util.*;
                public class Shouting implements Extension {
                    public static String loud(Object o) { return o + "!"; }
                    public List<String> imports() { return List.of("import static shout.Shouting.loud;"); }
                    public List<Magic> magics() {
                        return List.of(new Magic.Line("shout", "says it loudly", words -> "System.out.println(loud(\\"" + words + "\\"));"),
                                new Magic.Cell("twice", "runs it twice", words -> new Magic.Cell.Frame("System.out.println(1);", "System.out.println(2);")));
                    }
                    public void install() { Notebook.renderer(Thread.class, t -> MimeBundle.text("a thread!")); }
                }
                """,
                "META-INF/services/heddle.notebook.extension.Extension",
                "shout.Shouting\n");
        TestKernel.run(session, "%jars " + jar);
        TestKernel.run(session, "%shout hi", stream("hi!\n"));
        shows("loud(5)", "5!");
        shows("new Thread()", "a thread!");
        TestKernel.run(session, "lineMagic(\"shout\", List.of(\"by\", \"name\"));", stream("by name!\n"));
        shows("(Object) cellMagic(\"twice\", List.of(), \"3 + 4\")", "7", Expectation.streamed("stdout", "1\n2\n"));
        var asked = session.execute("%magics").expect(busy(), input("%magics"));
        var list = ((Content.Stream) asked.next().content()).text();
        asked.expect(idle()).reply(ok());
        assertTrue(list.contains("From the extension Shouting\n"), list);
        assertTrue(list.matches("(?s).*\n  %shout +says it loudly\n.*"), list);
        assertTrue(list.matches("(?s).*\n  %addMavenDependency +the same as %maven\n.*"), list);
        assertTrue(list.indexOf("Class path") < list.indexOf("%maven "), list);
    }

    @Test
    @DisplayName("an extension for JJava's own kernel is named, and its classes can be used")
    void knowsForeignExtensions() throws Exception {
        var jar = folder.resolve("foreign.jar");
        TestJar.make(
                jar,
                "foreign.Foreign",
                "package foreign; public class Foreign { public static int five = 5; }",
                "META-INF/services/org.dflib.jjava.jupyter.Extension",
                "foreign.Foreign\n");
        shows(
                "%classpath " + jar + "\nforeign.Foreign.five",
                "5",
                matching(
                        "foreign",
                        content -> content instanceof Content.Stream text
                                && text.text().startsWith("foreign.jar brings an extension for the kernel JJava")));
    }

    @Test
    @DisplayName("%load runs .java, .jshell and the code cells of .ipynb, and names the file in what goes wrong")
    void loads() throws Exception {
        Files.writeString(
                folder.resolve("Helper.java"),
                "package help;\n\npublic class Helper {\n    static int half(int n) {\n        return 10 / n;\n    }\n}\n");
        Files.writeString(
                folder.resolve("setup.jshell"),
                "import java.util.zip.*;\nint loaded = 21;\nint twice(int n) { return 2 * n; }\n%magics\n");
        Files.writeString(folder.resolve("other.ipynb"), """
                {"cells": [
                  {"cell_type": "markdown", "source": ["int no = 1;"]},
                  {"cell_type": "code", "source": ["int fromNotebook = 1;\\n", "fromNotebook++;"]},
                  {"cell_type": "code", "source": "fromNotebook += twice(loaded);"}
                ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
                """);
        shows("%load " + folder + "/Helper.java\nHelper.half(2)", "5");
        TestKernel.run(
                session,
                "%load " + folder + "/setup",
                matching(
                        "a list",
                        content -> content instanceof Content.Stream text
                                && text.text().contains("%magics")));
        shows("twice(loaded)", "42");
        shows("%load " + folder + "/other.ipynb\nfromNotebook", "44");
        var thrown = TestKernel.fails(session, "Helper.half(0)");
        assertTrue(
                thrown.traceback()
                        .toString()
                        .matches("(?s).*at Helper.half \\(cell \\d+ Helper.java:5\\), +→ return 10 / n;.*"),
                thrown.traceback().toString());
        Files.writeString(folder.resolve("bad.java"), "int fine = 1;\nint wrong = missing;\n");
        var wrong = TestKernel.fails(
                session, "System.out.println(\"begun\");\n%load " + folder + "/bad.java", stream("begun\n"));
        assertTrue(
                wrong.traceback().getFirst().matches("cell \\d+ bad.java:2: cannot find symbol.*"),
                wrong.traceback().toString());
        assertTrue(
                wrong.traceback().toString().contains("int wrong = missing;"),
                wrong.traceback().toString());
        var none = TestKernel.fails(session, "%load " + folder + "/none.java");
        assertTrue(none.evalue().startsWith("There is no file " + folder + "/none.java"), none.evalue());
        Files.writeString(folder.resolve("no.ipynb"), "{\"cells\"");
        assertTrue(TestKernel.fails(session, "%load " + folder + "/no.ipynb")
                .evalue()
                .startsWith("no.ipynb is no notebook: "));
    }

    @Test
    @DisplayName("%time and %%time say how long it took, and the value is still shown")
    void times() throws Exception {
        var times = matching(
                "times",
                content -> content instanceof Content.Stream text
                        && text.text()
                                .matches("CPU time \\(all threads\\): \\S+ (µs|ms|s), wall time: \\S+ (µs|ms|s)\n"));
        for (var code : List.of("%time 6 * 7", "%%time\nint six = 6;\nsix * 7", "int four = 4;\n%time four + 38")) {
            var asked = session.execute(code).expect(busy(), input(code));
            asked.expect(times, result("42"), idle()).reply(ok());
        }
        TestKernel.run(session, "%time int kept = 1;\nkept++;", times);
        shows("(Object) cellMagic(\"time\", List.of(), \"kept\")", "2", times);
    }

    @Test
    @DisplayName("Stop reaches code that eval runs, and the kernel goes on")
    void stops() throws Exception {
        for (var code : List.of(
                "eval(\"System.out.println(\\\"in\\\"); Thread.sleep(100_000);\");",
                "eval(\"System.out.println(\\\"in\\\"); while (true) {}\");",
                "try {\n    eval(\"System.out.println(\\\"in\\\"); while (true) {}\");\n} finally {\n    eval(\"1\");\n}")) {
            var asked = session.execute(code).expect(busy(), input(code), stream("in\n"));
            session.interrupt().expect(busy(), idle()).reply(ok());
            var content = asked.next().content();
            while (content instanceof Content.Stream) { // what Stop says of its levels
                content = asked.next().content();
            }
            assertEquals("CellStopped", ((Content.Error) content).ename());
            asked.expect(idle()).reply(Expectation.failed("CellStopped"));
            shows("(int) eval(\"2 + 2\")", "4");
        }
    }

    @Test
    @DisplayName("%maven adds an artifact with all that it needs, and says so; %%loadFromPOM what is pasted below it")
    void addsArtifacts() throws Exception {
        var repository = new TestRepository(folder.resolve("maven"));
        repository.add("org.deep", "depth", "1.0");
        repository.add("org.deep", "depth", "2.0");
        repository.add("org.top", "surface", "3.0", TestRepository.needs("org.deep", "depth", "1.0"));
        repository.add("org.top", "other", "1.0", TestRepository.needs("org.deep", "depth", "2.0"));
        System.setProperty(MavenDependencies.HOME_PROPERTY, repository.home.toString());
        try {
            shows(
                    "%maven org.top:surface:3.0\nimport surface.*;\nIts.version() + depth.Its.version()",
                    "3.01.0",
                    Expectation.display("text/plain", "surface-3.0.jar and 1 more are on the class path now."));
            TestKernel.run(
                    session,
                    "%addMavenDependency org.top:surface:3.0",
                    stream("These are on the class path already: surface-3.0.jar, depth-1.0.jar.\n"));
            shows(
                    "List<String> added = cellMagic(\"loadFromPOM\", List.of(), \"<dependency><groupId>org.top</groupId><artifactId>other</artifactId><version>1.0</version></dependency>\");\nadded.size()",
                    "1",
                    matching(
                            "another version",
                            content -> content instanceof Content.Stream text
                                    && text.text()
                                            .startsWith(
                                                    "depth-2.0.jar is left out: depth-1.0.jar is on the class path already")),
                    Expectation.display("text/plain", "other-1.0.jar is on the class path now."));
            var none = TestKernel.fails(session, "%maven org.top:none:3.0");
            assertTrue(none.evalue().startsWith("org.top:none:3.0 was not found in test (file:"), none.evalue());
            assertEquals(List.of("MagicError: " + none.evalue()), none.traceback());
            var bad = TestKernel.fails(session, "%%loadFromPOM\n<dependency>\n</wrong>");
            assertTrue(bad.evalue().startsWith("What stands below %%loadFromPOM is no XML (line 2: "), bad.evalue());
        } finally {
            System.clearProperty(MavenDependencies.HOME_PROPERTY);
        }
    }

    @Test
    @DisplayName("Stop ends a download that does not come, at once")
    void stopsDownloads() throws Exception {
        var repository = new TestRepository(folder.resolve("silent"));
        System.setProperty(MavenDependencies.HOME_PROPERTY, repository.home.toString());
        try (var silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout(30_000);
            repository.settings("http://" + silent.getInetAddress().getHostAddress() + ":" + silent.getLocalPort(), "");
            var code = "%maven org.top:never:1.0";
            var asked = session.execute(code).expect(busy(), input(code));
            try (var _ = silent.accept()) { // it is asked, and says nothing
                session.interrupt().expect(busy(), idle()).reply(ok());
                var content = asked.next().content();
                while (!(content instanceof Content.Error)) { // how far it was
                    assertTrue(
                            content instanceof Content.DisplayData || content instanceof Content.UpdateDisplayData,
                            content.toString());
                    content = asked.next().content();
                }
                asked.expect(idle()).reply(Expectation.failed("CellStopped"));
            }
            shows("1 + 1", "2");
        } finally {
            System.clearProperty(MavenDependencies.HOME_PROPERTY);
        }
    }
}
