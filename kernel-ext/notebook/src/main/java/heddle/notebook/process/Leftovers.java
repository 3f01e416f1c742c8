package heddle.notebook.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;

/** Removes the files of a notebook process that cannot do so itself any more. What cannot be removed stays. */
public final class Leftovers {
    private Leftovers() {}

    /** System property of the notebook process: the kernel's folder, which is removed with a kernel that was killed. */
    public static final String FOLDER_PROPERTY = "heddle.kernel.folder";

    /** How the flight recorder calls its folder: when it was made and by which process. */
    private static final String RECORDER_FOLDER = "[0-9_]{19}_";

    /** A folder and all that is in it. */
    public static void remove(Path folder) {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // It has gone already, or is not ours.
        }
    }

    /**
     * What a killed JVM leaves in the folder for temporary files: the flight recorder's folder, and the counters that tools list JVMs by. (With
     * {@code -XX:FlightRecorderOptions} the former would lie elsewhere, but this option alone makes each start of a JVM 60 ms longer.)
     */
    public static void removeOf(long pid) {
        var temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (var folders = Files.newDirectoryStream(
                temporary,
                path -> path.getFileName().toString().matches(RECORDER_FOLDER + pid)
                        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            folders.forEach(Leftovers::remove);
            Files.deleteIfExists(temporary
                    .resolve("hsperfdata_" + System.getProperty("user.name"))
                    .resolve(String.valueOf(pid)));
        } catch (IOException | RuntimeException e) {
            // They are small, and a system tidies its temporary files up.
        }
    }

    /** For a notebook process whose kernel is gone. */
    static void removeOwn() {
        for (var property : new String[] {FOLDER_PROPERTY, "jdk.jfr.repository"}) {
            var folder = System.getProperty(property);
            if (folder != null && !folder.isEmpty()) {
                remove(Path.of(folder));
            }
        }
    }
}
