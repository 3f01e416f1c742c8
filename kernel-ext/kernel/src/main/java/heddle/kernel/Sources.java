package heddle.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;

/**
 * Where the source of a class is: the JDK's in {@code src.zip}, that of a jar in the {@code -sources.jar} beside it, that of Heddle within its
 * own jars.
 */
final class Sources implements AutoCloseable {

    private static final String OWN = "META-INF/sources/";

    private final Path jdkSources;
    private final List<Path> classPath = new ArrayList<>();

    // of src.zip, from its first use on
    private ZipFile jdk;
    private final Map<String, String> modules = new HashMap<>();
    private boolean closed;

    Sources(Path jdkSources) {
        this.jdkSources = jdkSources;
    }

    static Sources ofThisJdk() {
        return new Sources(Path.of(System.getProperty("java.home"), "lib", "src.zip"));
    }

    synchronized void add(List<String> paths) {
        paths.stream().filter(path -> !path.isBlank()).map(Path::of).forEach(classPath::add);
    }

    /**
     * The text of the file that declares a class.
     *
     * @param className with dots, also before the name of a class inside another
     * @return null when there is none
     */
    synchronized String of(String className) {
        try {
            for (var name = className.replace('.', '/'); ; name = name.substring(0, name.lastIndexOf('/'))) {
                var text = file(name + ".java");
                if (text != null || name.indexOf('/') < 0) {
                    return text;
                }
            }
        } catch (IOException e) {
            return null; // a broken archive documents nothing
        }
    }

    private String file(String name) throws IOException {
        openJdk();
        var module = modules.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
        if (module != null) {
            var text = entry(jdk, module + "/" + name);
            if (text != null) {
                return text;
            }
        }
        for (var path : classPath) {
            if (Files.isDirectory(path)) {
                var file = path.resolve(OWN + name);
                if (Files.isRegularFile(file)) {
                    return Files.readString(file);
                }
            } else if (path.toString().endsWith(".jar")) {
                var beside = Path.of(path.toString().replaceFirst("\\.jar$", "-sources.jar"));
                var text = Files.isRegularFile(beside) ? inJar(beside, name) : null;
                if (text == null && Files.isRegularFile(path)) {
                    text = inJar(path, OWN + name);
                }
                if (text != null) {
                    return text;
                }
            }
        }
        return null;
    }

    private static String inJar(Path jar, String name) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            return entry(zip, name);
        }
    }

    private static String entry(ZipFile zip, String name) throws IOException {
        var entry = zip.getEntry(name);
        if (entry == null) {
            return null;
        }
        try (var in = zip.getInputStream(entry)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** Once: its 15,000 names take as long to read as all else of an answer. */
    private void openJdk() throws IOException {
        if (jdk != null || closed || !Files.isReadable(jdkSources)) {
            return;
        }
        jdk = new ZipFile(jdkSources.toFile());
        for (var entries = jdk.entries(); entries.hasMoreElements(); ) {
            var name = entries.nextElement().getName();
            int module = name.indexOf('/');
            int last = name.lastIndexOf('/');
            if (last > module) {
                modules.putIfAbsent(name.substring(module + 1, last), name.substring(0, module));
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (jdk != null) {
            try {
                jdk.close();
            } catch (IOException e) {
                // it was only read
            }
            jdk = null;
            modules.clear();
        }
    }
}
