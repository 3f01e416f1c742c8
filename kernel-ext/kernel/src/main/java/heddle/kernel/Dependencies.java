package heddle.kernel;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Finds artifacts, and all that they need, in Maven's repositories. What does it is loaded when it is first used, from a folder of its own. */
public interface Dependencies {

    /** Where Maven's libraries lie; not set where they are on the class path, as in tests. */
    String FOLDER_PROPERTY = "heddle.maven.folder";

    record Repository(String id, String url) {}

    /**
     * @param identity what there can be only one version of: {@code group:artifact}, with extension and classifier where they are special
     * @param file its jar
     */
    record Found(String identity, String version, Path file) {}

    /** What is asked for; {@link #resolve} may be told to stop by an interrupt. */
    sealed interface Wanted {
        /** @param coordinates {@code group:artifact[:extension[:classifier]]:version}, each with what it needs to run */
        record Artifacts(List<String> coordinates) implements Wanted {}

        /** The dependencies of these scopes that a {@code pom.xml} declares, with its repositories. */
        record Pom(Path file, Set<String> scopes) implements Wanted {}
    }

    /** The message is one sentence. */
    final class UnresolvedException extends Exception {
        public UnresolvedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * @param repositories besides those of the settings, and Maven Central
     * @param progress is told in a few words what is being done, often
     */
    List<Found> resolve(Wanted wanted, List<Repository> repositories, Consumer<String> progress)
            throws UnresolvedException, InterruptedException;

    /** Loads it; the second call gives the same. */
    static Dependencies ofMaven() throws IOException {
        return Loaded.instance();
    }

    /** Once for the process: a few megabytes of Maven's libraries. */
    final class Loaded {
        private Loaded() {}

        private static Dependencies instance;

        private static synchronized Dependencies instance() throws IOException {
            if (instance == null) {
                System.setProperty("slf4j.internal.verbosity", "ERROR"); // that nothing logs is meant
                try {
                    instance = (Dependencies) loader().loadClass("heddle.kernel.maven.MavenDependencies")
                            .getDeclaredConstructor()
                            .newInstance();
                } catch (ReflectiveOperationException | LinkageError e) {
                    throw new IOException("What resolves Maven's artifacts is missing from this installation: " + e, e);
                }
            }
            return instance;
        }

        private static ClassLoader loader() throws IOException {
            var folder = System.getProperty(FOLDER_PROPERTY);
            var own = Dependencies.class.getClassLoader();
            if (folder == null) {
                return own;
            }
            var jars = new ArrayList<URL>();
            try (var files = Files.newDirectoryStream(Path.of(folder), "*.jar")) {
                for (var jar : files) {
                    jars.add(jar.toUri().toURL());
                }
            } catch (MalformedURLException e) {
                throw new IOException(e);
            }
            return new URLClassLoader("maven", jars.toArray(URL[]::new), own);
        }
    }
}
