package heddle.notebook.process;

import heddle.notebook.channel.Frame.ClassBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Compiles cells in memory as the kernel does: one class of package REPL each, that sees the declarations of those before it. */
final class Cells {
    private final Map<String, byte[]> classes = new TreeMap<>();
    private final List<Integer> before = new ArrayList<>();

    static String className(int cell) {
        return "REPL.$JShell$" + cell;
    }

    /** @param body begins on line 1 of the cell, unless the declarations have several lines */
    List<ClassBytes> compile(int cell, String declarations, String body) {
        var source = new StringBuilder(
                "package REPL; import java.util.*; import java.util.concurrent.*; import java.util.function.*;"
                        + " import java.util.stream.*; import heddle.notebook.*;");
        before.forEach(earlier ->
                source.append(" import static ").append(className(earlier)).append(".*;"));
        source.append(" class $JShell$").append(cell).append(" { ").append(declarations);
        source.append(" public static Object do_it$() throws Throwable { ")
                .append(body)
                .append("\n}}");
        var compiled = compile("cell " + cell, source.toString());
        before.add(cell);
        var loads = new ArrayList<ClassBytes>();
        compiled.forEach((name, bytes) -> loads.add(new ClassBytes(name, bytes)));
        return loads;
    }

    private Map<String, byte[]> compile(String label, String source) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        var compiled = new LinkedHashMap<String, byte[]>();
        var unit =
                new SimpleJavaFileObject(
                        URI.create("string:///" + label.replace(" ", "%20")), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }

                    @Override
                    public boolean isNameCompatible(String simpleName, Kind kind) {
                        return true;
                    }
                };
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var memory = new InMemory(files, compiled);
            var done = compiler.getTask(null, memory, problems, List.of("-g", "-proc:none"), null, List.of(unit))
                    .call();
            if (!done) {
                throw new AssertionError(problems.getDiagnostics() + "\n" + source);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        classes.putAll(compiled);
        return compiled;
    }

    private final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, byte[]> compiled;

        InMemory(JavaFileManager files, Map<String, byte[]> compiled) {
            super(files);
            this.compiled = compiled;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("bytes:///" + className), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return new ByteArrayOutputStream() {
                        @Override
                        public void close() {
                            compiled.put(className, toByteArray());
                        }
                    };
                }
            };
        }

        @Override
        public Iterable<JavaFileObject> list(
                Location location, String packageName, java.util.Set<JavaFileObject.Kind> kinds, boolean recurse)
                throws IOException {
            if (location != StandardLocation.CLASS_PATH || !packageName.equals("REPL")) {
                return super.list(location, packageName, kinds, recurse);
            }
            var found = new ArrayList<JavaFileObject>();
            classes.forEach((name, bytes) -> found.add(new ClassFile(name, bytes)));
            return found;
        }

        @Override
        public String inferBinaryName(Location location, JavaFileObject file) {
            return file instanceof ClassFile own ? own.name : super.inferBinaryName(location, file);
        }
    }

    private static final class ClassFile extends SimpleJavaFileObject {
        final String name;
        private final byte[] bytes;

        ClassFile(String name, byte[] bytes) {
            super(URI.create("bytes:///" + name + ".class"), Kind.CLASS);
            this.name = name;
            this.bytes = bytes;
        }

        @Override
        public java.io.InputStream openInputStream() {
            return new java.io.ByteArrayInputStream(bytes);
        }
    }
}
