package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples in the Javadoc and in the READMEs are programs: they compile, run, and print what their comments say. */
@Timeout(120)
class SnippetsTest {
    private static final Path SOURCES = Path.of("src", "main", "java", "heddle", "processes");
    private static final String BEGIN = "{@snippet :";
    /** The module's, and the project's in both languages. */
    private static final List<Path> READMES =
            List.of(Path.of("README.md"), Path.of("..", "..", "README.md"), Path.of("..", "..", "README.zh.md"));

    private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern PROPERTY =
            Pattern.compile("(?:PREFIX \\+ \"|property heddle\\.processes\\.)([a-z]\\w+)");
    private static final Pattern PRINTS = Pattern.compile("System\\.out\\.println\\(.*\\); // (.*)");
    private static final List<String> IMPORTS = List.of(
            "heddle.processes.*",
            "java.io.*",
            "java.lang.foreign.*",
            "java.time.*",
            "java.util.*",
            "java.util.concurrent.*",
            "java.util.stream.*");

    @TempDir
    Path classes;

    private record Snippet(String name, String code) {
        List<String> printed() {
            return code.lines()
                    .map(PRINTS::matcher)
                    .filter(java.util.regex.Matcher::find)
                    .map(match -> match.group(1))
                    .toList();
        }

        /** Whether it is a source file, not some statements. */
        boolean isProgram() {
            return code.contains("void main(");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<String> readmeBlocks(Path readme) throws IOException {
        return BLOCK.matcher(Files.readString(readme))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    static Stream<Snippet> snippets() throws IOException {
        var snippets = new ArrayList<Snippet>();
        try (var files = Files.list(SOURCES)) {
            for (var file : files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                var text = Files.readString(file);
                var number = 0;
                for (var at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
                    var name = file.getFileName().toString().replace(".java", "") + (number++ == 0 ? "" : number);
                    snippets.add(new Snippet(name, code(text, at + BEGIN.length())));
                }
            }
        }
        for (var readme : READMES) {
            for (var block : readmeBlocks(readme)) {
                snippets.add(new Snippet(readme.toString(), block));
            }
        }
        return snippets.stream();
    }

    /** Up to the brace that closes the snippet, without the stars. */
    private static String code(String text, int from) {
        var open = 1;
        var to = from;
        while (open > 0) {
            var next = text.charAt(to++);
            open += next == '{' ? 1 : next == '}' ? -1 : 0;
        }
        return text.substring(from, to - 1).replaceAll("(?m)^ *\\* ?", "");
    }

    @Test
    void everyPublicClassHasAnExample() throws Exception {
        var names = snippets().map(Snippet::name).toList();
        assertTrue(snippets().flatMap(snippet -> snippet.printed().stream()).count() > 10);
        for (var readme : READMES) {
            assertTrue(names.contains(readme.toString()), readme + " has no example");
        }
        var looked = 0;
        try (var files = Files.list(SOURCES)) {
            for (var file : files.filter(
                            file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java"))
                    .toList()) {
                var name = file.getFileName().toString().replace(".java", "");
                var type = Class.forName(
                        "heddle.processes." + name, false, getClass().getClassLoader());
                if (Modifier.isPublic(type.getModifiers()) && type != ChildMain.class) {
                    looked++;
                    assertTrue(names.contains(name), name + " has no example in its Javadoc");
                }
            }
        }
        assertTrue(looked > 30, "only " + looked + " public classes");
    }

    @Test
    void everySystemPropertyIsInTheReadme() throws IOException {
        var table = Files.readString(READMES.getFirst());
        var properties = new TreeSet<String>();
        try (var files = Files.walk(SOURCES)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                PROPERTY.matcher(Files.readString(file))
                        .results()
                        .forEach(property -> properties.add("heddle.processes." + property.group(1)));
            }
        }
        assertTrue(properties.size() >= 7, properties::toString);
        for (var property : properties) {
            assertTrue(table.contains("| `" + property + "` |"), property + " is not in the README's table");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("snippets")
    void runs(Snippet snippet) throws Exception {
        compile(snippet);
        try (var captured = new Captured();
                var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            try {
                var example = loader.loadClass("Example");
                var constructor = example.getDeclaredConstructor();
                var main = example.getDeclaredMethod("main");
                constructor.setAccessible(true);
                main.setAccessible(true);
                main.invoke(constructor.newInstance());
            } catch (InvocationTargetException e) {
                throw new AssertionError(snippet + " failed", e.getCause());
            }
            for (var child : ChildProcess.activeChildren()) {
                child.join();
                assertEquals(0, child.exitCode(), captured.err());
            }
            var lines = captured.lines().iterator();
            for (var expected : snippet.printed()) {
                var found = false;
                while (!found && lines.hasNext()) {
                    found = lines.next().equals(expected);
                }
                assertTrue(
                        found,
                        snippet + " should print " + expected + " but printed " + captured.lines() + captured.err());
            }
        }
    }

    private void compile(Snippet snippet) {
        var source = new StringBuilder();
        if (snippet.isProgram()) {
            source.append(snippet.code());
        } else {
            addStatements(source, snippet);
        }
        compile(snippet, source);
    }

    private static void addStatements(StringBuilder source, Snippet snippet) {
        for (var name : IMPORTS) {
            source.append("import ").append(name).append(";\n");
        }
        source.append("public class Example {\n    public static void main() throws Exception {\n")
                .append(snippet.code())
                .append("\n    }\n}\n");
    }

    private void compile(Snippet snippet, CharSequence source) {
        var file = new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var options = List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString(), "-proc:none");
        var compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, diagnostics, options, null, List.of(file))
                .call();
        assertTrue(compiled, () -> snippet + " does not compile: " + diagnostics.getDiagnostics() + "\n" + source);
    }
}
