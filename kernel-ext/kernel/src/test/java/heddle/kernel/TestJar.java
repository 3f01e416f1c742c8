package heddle.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;

/** A library made of one class. */
final class TestJar {
    private TestJar() {}

    /** @param others name and content of each file more */
    static void make(Path jar, String className, String source, String... others) throws IOException {
        var folder = Files.createTempDirectory(jar.getParent(), "classes");
        var file = folder.resolve(className.replaceFirst(".*\\.", "") + ".java");
        Files.writeString(file, source);
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", folder.toString(), file.toString());
        if (failed != 0) {
            throw new IllegalArgumentException("The class of " + jar + " does not compile.");
        }
        Files.delete(file);
        for (int i = 0; i < others.length; i += 2) {
            var other = folder.resolve(others[i]);
            Files.createDirectories(other.getParent());
            Files.writeString(other, others[i + 1]);
        }
        var files = new ArrayList<Path>();
        try (var walk = Files.walk(folder)) {
            walk.filter(Files::isRegularFile).forEach(files::add);
        }
        Files.createDirectories(jar.getParent());
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var one : List.copyOf(files)) {
                out.putNextEntry(new ZipEntry(folder.relativize(one).toString().replace('\\', '/')));
                Files.copy(one, out);
                out.closeEntry();
            }
        }
    }
}
