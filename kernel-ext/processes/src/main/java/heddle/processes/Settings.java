package heddle.processes;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The system properties of this library, read when they are needed. They travel to the children. The README lists all; {@code waiting} is read where it is
 * heeded, in {@link heddle.processes.memory.Waiting}.
 */
final class Settings {
    static final String PREFIX = "heddle.processes.";
    private static final String RESERVE = PREFIX + "reserve";

    private Settings() {}

    /** How many started JVMs wait in the reserve. A child keeps none of its own unless told: few children have many children. */
    static int reserve() {
        var text = System.getProperty(RESERVE);
        if (text == null) {
            return Self.isMain() ? 2 : 0;
        }
        try {
            return Math.clamp(Integer.parseInt(text), 0, 64);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "the system property " + RESERVE + " must be a number, not \"" + text + "\"", e);
        }
    }

    /** Whether children connect by loopback TCP instead of a Unix-domain socket. */
    static boolean tcp() {
        var text = System.getProperty(PREFIX + "transport", "unix");
        return switch (text) {
            case "unix" -> false;
            case "tcp" -> true;
            default ->
                throw new IllegalArgumentException(
                        "the system property " + PREFIX + "transport must be unix or tcp, not \"" + text + "\"");
        };
    }

    /** The children's class path; null where it is this process's own. */
    static String classPath() {
        return System.getProperty(PREFIX + "classpath");
    }

    static List<String> jvmOptions() {
        return Arrays.stream(System.getProperty(PREFIX + "jvmOptions", "").split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Where the children's AOT cache is kept, or null where none is wanted. */
    static Path cache() {
        var text = System.getProperty(PREFIX + "cache");
        if (text != null) {
            return text.equals("none") ? null : Path.of(text);
        }
        var xdg = System.getenv("XDG_CACHE_HOME");
        var base = xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return base.resolve("heddle");
    }

    /** Where shared memory is kept, or null where that is for the library to choose. */
    static Path memory() {
        var text = System.getProperty(PREFIX + "memory");
        return text == null ? null : Path.of(text);
    }

    /** What children inherit. */
    static Map<String, String> all() {
        var all = new TreeMap<String, String>();
        for (var property : System.getProperties().entrySet()) {
            // how many wait in reserve is each process's own affair
            if (property.getKey() instanceof String name
                    && name.startsWith(PREFIX)
                    && !name.equals(RESERVE)
                    && property.getValue() instanceof String value) {
                all.put(name, value);
            }
        }
        if (Launcher.isDeniedNativeAccess()) {
            all.put(
                    PREFIX + "waiting",
                    "portable"); // this process cannot wake them, so they have to look up by themselves
        }
        return all;
    }
}
