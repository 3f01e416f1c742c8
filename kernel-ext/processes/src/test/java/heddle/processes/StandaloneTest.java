package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program of the README, compiled and run with this library and nothing else. */
@Timeout(120)
class StandaloneTest {
    private static final String ALLOWED = "--enable-native-access=ALL-UNNAMED";
    private static final String DENIED = "--illegal-native-access=deny";
    private static final List<String> PRINTED = List.of("{tea=2, rice=1}", "[1, 4, 9]");

    @TempDir
    Path directory;

    private Path source;
    private String library;

    @BeforeEach
    void writeProgram() throws Exception {
        source = Files.writeString(
                directory.resolve("Shop.java"),
                SnippetsTest.readmeBlocks(Path.of("README.md")).getFirst());
        library = Path.of(ChildProcess.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    private static Program.Ended run(String classPath, String main, String... options) throws Exception {
        var all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-cp", classPath));
        try (var program = new Program(all, main)) {
            return program.ended();
        }
    }

    private void compile(Path source) {
        var said = new StringWriter();
        var writer = new PrintWriter(said, true);
        var result = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(writer, writer, "-Xlint:all", "-cp", library, "-d", directory.toString(), source.toString());
        assertEquals(0, result, said::toString);
        assertEquals("", said.toString());
    }

    @Test
    @DisplayName("compiled, with native access: it prints its lines and no warning, and leaves nothing behind")
    void compiled() throws Exception {
        compile(source);
        var ended = run(library + System.getProperty("path.separator") + directory, "Shop", ALLOWED);
        assertEquals(new Program.Ended(0, PRINTED, ""), ended);
    }

    @Test
    @DisplayName("as a source file, whose classes nobody has on the class path")
    void asSource() throws Exception {
        assertEquals(new Program.Ended(0, PRINTED, ""), run(library, source.toString(), ALLOWED));
    }

    @Test
    @DisplayName("without the option the JVM warns, and all works")
    void warned() throws Exception {
        var ended = run(library, source.toString());
        assertEquals(0, ended.exitCode(), ended.err());
        assertEquals(PRINTED, ended.out());
        if (!"portable".equals(System.getProperty("heddle.processes.waiting"))) {
            assertTrue(ended.err().contains("WARNING") && ended.err().contains(ALLOWED), ended.err());
        }
    }

    @Test
    @DisplayName(
            "brought by a class loader, as a notebook's %classpath brings it: children find it all the same, and its own variables do not travel")
    void brought() throws Exception {
        compile(source);
        var kernel = Files.writeString(directory.resolve("Kernel.java"), """
                void main(String[] places) throws Exception {
                    var jars = new java.net.URL[places.length];
                    for (int i = 0; i < jars.length; i++) {
                        jars[i] = java.nio.file.Path.of(places[i]).toUri().toURL();
                    }
                    var shop = new java.net.URLClassLoader(jars).loadClass("Shop");
                    var main = shop.getDeclaredMethod("main");
                    main.setAccessible(true);
                    var made = shop.getDeclaredConstructor();
                    made.setAccessible(true);
                    main.invoke(made.newInstance());
                }
                """);
        try (var program = new Program(List.of(ALLOWED, "-cp", ""), kernel.toString(), library, directory.toString())) {
            assertEquals(new Program.Ended(0, PRINTED, ""), program.ended());
        }
    }

    @Test
    @DisplayName(
            "where native access is denied all works, and children do not wait to be woken by a process that cannot")
    void denied() throws Exception {
        assertEquals(new Program.Ended(0, PRINTED, ""), run(library, source.toString(), DENIED));
        var asks = Files.writeString(directory.resolve("Asks.java"), """
                import heddle.processes.*;

                void main() throws Exception {
                    new ChildProcess(() -> new ChildProcess(() -> System.out.println(System.getProperty("heddle.processes.waiting")))
                                    .start()
                                    .join())
                            .start()
                            .join();
                }
                """);
        assertEquals(new Program.Ended(0, List.of("portable"), ""), run(library, asks.toString(), DENIED));
    }
}
