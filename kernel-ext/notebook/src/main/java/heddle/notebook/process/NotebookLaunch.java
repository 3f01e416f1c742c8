package heddle.notebook.process;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** What whoever starts a notebook process must know. */
public final class NotebookLaunch {
    private NotebookLaunch() {}

    /** Its argument is the channel's address; the channel's token is the first line of its standard input. */
    public static final String MAIN_CLASS = NotebookMain.class.getName();

    /** System property of the process that launches: where what one start makes for the next is kept. */
    static final String CACHE_PROPERTY = "heddle.cache";

    /**
     * What the JVM must be told besides the class path. Its heap begins small, else it is filled with garbage before anybody collects; and what is
     * free is given back to the system when nothing was collected for half a minute, for a learner's program may need much once.
     */
    public static List<String> jvmArguments() throws IOException {
        var keep = kept();
        return List.of(
                "-javaagent:" + AgentJar.PATH + (keep == null ? "" : "=" + keep),
                "-Dstdin.encoding=UTF-8",
                "-Xms48m",
                "-XX:G1PeriodicGCInterval=30000");
    }

    /** Where the agent keeps the classes it changed: a file in a folder that is the user's alone; null when there is none. */
    private static Path kept() {
        try {
            var asked = System.getProperty(CACHE_PROPERTY);
            var cache = System.getenv("XDG_CACHE_HOME");
            var folder = asked != null
                    ? Path.of(asked)
                    : cache == null || cache.isBlank()
                            ? Path.of(System.getProperty("user.home"), ".cache", "heddle")
                            : Path.of(cache, "heddle");
            if (!folder.isAbsolute()) {
                return null;
            }
            Files.createDirectories(folder);
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
            return folder.resolve("task-classes-" + Runtime.version());
        } catch (IOException | RuntimeException e) {
            return null; // no home, or a read-only one
        }
    }

    private static final class AgentJar {
        static final Path PATH;

        static {
            try {
                var code = Path.of(CellAgent.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
                PATH = Files.isDirectory(code) ? manifestOnly() : code;
            } catch (IOException | URISyntaxException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        /** While Heddle itself is developed its classes are in a folder, but an agent must be a jar: this one only names the class. */
        private static Path manifestOnly() throws IOException {
            var manifest = new Manifest();
            manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.getMainAttributes().putValue("Premain-Class", CellAgent.class.getName());
            manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
            manifest.getMainAttributes().putValue("Can-Redefine-Classes", "true");
            var jar = Files.createTempFile("heddle-agent-", ".jar");
            jar.toFile().deleteOnExit();
            new JarOutputStream(Files.newOutputStream(jar), manifest).close();
            return jar;
        }
    }
}
