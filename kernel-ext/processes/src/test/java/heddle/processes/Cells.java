package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Classes as a notebook has them: compiled in memory, in a class loader of their own that gives their class files as resources. */
final class Cells extends ClassLoader {
    private final Map<String, byte[]> classFiles = new HashMap<>();

    private Cells() {
        super(Cells.class.getClassLoader());
    }

    /** @param sources by class name */
    static Cells of(Map<String, String> sources) throws Exception {
        var cells = new Cells();
        var compiler = ToolProvider.getSystemJavaCompiler();
        var units = sources.entrySet().stream()
                .map(entry -> (JavaFileObject)
                        new SimpleJavaFileObject(
                                URI.create("cell:///" + entry.getKey().replace('.', '/') + ".java"),
                                JavaFileObject.Kind.SOURCE) {
                            @Override
                            public CharSequence getCharContent(boolean ignoreErrors) {
                                return entry.getValue();
                            }
                        })
                .toList();
        var options = List.of("-classpath", System.getProperty("java.class.path"));
        try (var files = cells.files(compiler.getStandardFileManager(null, null, null))) {
            if (!compiler.getTask(null, files, null, options, null, units).call()) {
                throw new AssertionError("the cells do not compile");
            }
        }
        return cells;
    }

    /** Calls the static method {@code run()} of a cell. */
    Object run(String name) throws Exception {
        return loadClass(name).getMethod("run").invoke(null);
    }

    private JavaFileManager files(StandardJavaFileManager standard) {
        return new ForwardingJavaFileManager<>(standard) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                    Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
                return new SimpleJavaFileObject(URI.create("cell:///" + name.replace('.', '/') + ".class"), kind) {
                    @Override
                    public OutputStream openOutputStream() {
                        return new ByteArrayOutputStream() {
                            @Override
                            public void close() {
                                classFiles.put(name, toByteArray());
                            }
                        };
                    }
                };
            }
        };
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        var classFile = classFiles.get(name);
        if (classFile == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, classFile, 0, classFile.length);
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        var classFile = classFiles.get(name.replace('/', '.').replaceFirst("\\.class$", ""));
        return classFile == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(classFile);
    }
}
