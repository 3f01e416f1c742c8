package heddle.notebook.process;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** What whoever starts a notebook process must know. */
public final class NotebookLaunch {
    private NotebookLaunch() {}

    /** Its argument is the channel's address; the channel's token is the first line of its standard input. */
    public static final String MAIN_CLASS = NotebookMain.class.getName();

    /** What the JVM must be told besides the class path. */
    public static List<String> jvmArguments() throws IOException {
        return List.of("-javaagent:" + AgentJar.PATH, "-Dstdin.encoding=UTF-8");
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
            var jar = Files.createTempFile("heddle-agent-", ".jar");
            jar.toFile().deleteOnExit();
            new JarOutputStream(Files.newOutputStream(jar), manifest).close();
            return jar;
        }
    }
}
