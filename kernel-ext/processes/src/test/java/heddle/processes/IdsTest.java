package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Python's 144 behaviours by their ids: what this library does in each case is a test that has the id in its name. */
class IdsTest {
    /** How many ids there are of each kind, numbered from 1. */
    private static final Map<String, Integer> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put("PR", 25); // Process
        KINDS.put("DM", 6); // exit and daemon processes
        KINDS.put("IS", 6); // start method and isolation
        KINDS.put("LK", 9); // Lock, RLock
        KINDS.put("SM", 4); // Semaphore, BoundedSemaphore
        KINDS.put("CO", 6); // Condition
        KINDS.put("EV", 3); // Event
        KINDS.put("BA", 6); // Barrier
        KINDS.put("QU", 16); // Queue
        KINDS.put("JQ", 5); // JoinableQueue, SimpleQueue
        KINDS.put("PI", 9); // Pipe
        KINDS.put("MG", 8); // Manager
        KINDS.put("VA", 6); // Value, Array
        KINDS.put("PO", 24); // Pool
        KINDS.put("TH", 4); // Thread
        KINDS.put("EX", 7); // concurrent.futures
    }

    private static final Pattern ID = Pattern.compile("\\b(?:" + String.join("|", KINDS.keySet()) + ")[0-9]+\\b");

    @Test
    @DisplayName("each of the 144 ids stands in the name of a test, and no other does")
    void eachHasATest() throws Exception {
        var all = new TreeSet<String>();
        KINDS.forEach((kind, last) -> IntStream.rangeClosed(1, last).forEach(number -> all.add(kind + number)));
        assertEquals(144, all.size());
        var tested = testedIds();
        var missing = new TreeSet<>(all);
        missing.removeAll(tested.keySet());
        assertEquals(Set.of(), missing, "have no test");
        var unknown = new TreeSet<>(tested.keySet());
        unknown.removeAll(all);
        assertEquals(Set.of(), unknown, () -> "are no ids, but named in " + tested);
    }

    /** The ids in the names of this module's tests, with the classes that have these. */
    private static Map<String, Set<String>> testedIds() throws IOException, ReflectiveOperationException {
        var tested = new TreeMap<String, Set<String>>();
        for (var type : testClasses()) {
            for (var method : type.getDeclaredMethods()) {
                var parameterized = method.getAnnotation(ParameterizedTest.class);
                var display = method.getAnnotation(DisplayName.class);
                var name = (display == null ? "" : display.value())
                        + " "
                        + (parameterized == null ? "" : parameterized.name());
                ID.matcher(name)
                        .results()
                        .forEach(id -> tested.computeIfAbsent(id.group(), _ -> new TreeSet<>())
                                .add(type.getSimpleName()));
            }
        }
        return tested;
    }

    private static Iterable<Class<?>> testClasses() throws IOException, ReflectiveOperationException {
        var root = Path.of("target", "test-classes");
        var classes = Stream.<Class<?>>builder();
        try (var files = Files.walk(root)) {
            for (var file :
                    files.filter(file -> file.toString().endsWith("Test.class")).toList()) {
                var name = root.relativize(file).toString().replace(".class", "");
                classes.add(
                        Class.forName(String.join(".", name.split("[/\\\\]")), false, IdsTest.class.getClassLoader()));
            }
        }
        return classes.build().toList();
    }
}
