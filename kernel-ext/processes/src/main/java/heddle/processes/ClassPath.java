package heddle.processes;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The children's class path: this process's own, and this library. A class that a child finds there need not be sent, and its static variables are each process's own,
 * also where another loader than the system's has defined it here: a notebook's {@code %classpath} leads to such copies, maybe of this library itself.
 */
final class ClassPath {
    private static final File LIBRARY = place(ClassPath.class);

    /** Of the class path that was asked for last, which hardly ever changes. */
    private static volatile ClassPath known = new ClassPath("");

    private final String text;
    private final Set<File> places;

    private ClassPath(String text) {
        this.text = text;
        places = Arrays.stream(text.split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsoluteFile())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static ClassPath now() {
        var text = Objects.requireNonNullElseGet(Settings.classPath(), () -> System.getProperty("java.class.path"));
        var last = known;
        if (!last.text.equals(text)) {
            last = new ClassPath(text);
            known = last;
        }
        return last;
    }

    /** As a child is given it. */
    static String ofChildren() {
        var now = now();
        return Settings.classPath() != null || LIBRARY == null || now.places.contains(LIBRARY)
                ? now.text
                : LIBRARY + File.pathSeparator + now.text;
    }

    /** Whether a child finds this class by itself. */
    static boolean leadsTo(Class<?> type) {
        var place = place(type);
        return place != null && (place.equals(LIBRARY) || now().places.contains(place));
    }

    /** This library's jar, or null where it is a directory. */
    static Path ownJar() {
        return LIBRARY != null && LIBRARY.isFile() ? LIBRARY.toPath() : null;
    }

    /** The jar or directory that a class came from; null where it came from none. */
    private static File place(Class<?> type) {
        var source = type.getProtectionDomain().getCodeSource();
        var location = source == null ? null : source.getLocation();
        try {
            return location == null || !location.getProtocol().equals("file") ? null : new File(location.toURI());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null; // on another machine
        }
    }
}
