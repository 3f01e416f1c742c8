package heddle.processes;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** How a child JVM is launched. */
final class Launcher {
    private Launcher() {}

    /** What a child JVM is launched for. */
    enum Use {
        /** Any task. */
        TASK,
        /** One that travels without Java serialization. */
        SIMPLE_TASK,
        /** To make a cache. */
        TRAINING
    }

    /**
     * How child JVMs are launched.
     *
     * @param texts the options, one a line, for a file that {@code java} reads by {@code @FILE}
     * @param caches what they can share
     */
    record Options(Map<Use, String> texts, List<AotCache> caches) {}

    static Options options() {
        var options = new ArrayList<String>();
        var chosen = Settings.jvmOptions();
        if (chosen.stream().noneMatch(option -> option.matches("-XX:\\+Use\\w+GC"))) {
            options.add("-XX:+UseSerialGC"); // the least to start and to end
        }
        options.add("-XX:-UsePerfData"); // a file for monitoring tools, written by each JVM
        options.add("-Xlog:disable"); // what the JVM has to say of its archives is nothing to the user
        options.add(
                "-Djdk.reflect.useNativeAccessorOnly=true"); // a task is called once; no method handles are spun for
        // that
        if (Runtime.version().feature() == 25) { // a diagnostic option, which the next JDK may refuse to know
            // without a random address the cache need not be rewritten in memory: 5 MB less in each child, to make and
            // to clear away
            options.add("-XX:+UnlockDiagnosticVMOptions");
            options.add("-XX:ArchiveRelocationMode=0");
            // what was hot in the training would be compiled at once, in children that end before they need it
            options.add("-XX:-AOTReplayTraining");
        }
        options.add("--enable-native-access=ALL-UNNAMED"); // for waiting; without it each child would print a warning
        options.add("-Dstdout.encoding=UTF-8");
        options.add("-Dstderr.encoding=UTF-8");
        options.addAll(handedOn());
        options.addAll(chosen);
        var caches = AotCache.of(options);
        options.add("-cp");
        // a cache of the library's own jar serves every class path that begins with it
        options.add(
                caches.isEmpty()
                        ? ClassPath.ofChildren()
                        : caches.getFirst().jar() + File.pathSeparator + ClassPath.ofChildren());
        var texts = new EnumMap<Use, String>(Use.class);
        texts.put(Use.TRAINING, text(options));
        for (var use : List.of(Use.TASK, Use.SIMPLE_TASK)) {
            for (var cache : caches) { // the last one serves best
                if (cache.exists() && (use == Use.SIMPLE_TASK || !cache.isSimple())) {
                    texts.put(use, text(List.of("-XX:AOTCache=" + cache.file())) + text(options));
                }
            }
            texts.putIfAbsent(use, text(options));
        }
        return new Options(texts, caches);
    }

    private static String text(List<String> options) {
        return options.stream()
                .map(option -> '"' + option.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Options of the main process without which a task's classes might not run. No agents, no debugger. */
    static List<String> handedOn() {
        var inherited = Self.identity().handedOn();
        return inherited != null ? inherited : OfThisJvm.OPTIONS;
    }

    private static final class OfThisJvm {
        private static final List<String> TAKEN =
                List.of("--enable-preview", "--enable-native-access", "--add-", "-ea", "-da", "-Djava.io.tmpdir=");
        private static final List<String> GIVEN =
                ManagementFactory.getRuntimeMXBean().getInputArguments();
        private static final List<String> OPTIONS = GIVEN.stream()
                .filter(option -> TAKEN.stream().anyMatch(option::startsWith))
                .toList();
        private static final boolean IS_DENIED_NATIVE_ACCESS = GIVEN.contains("--illegal-native-access=deny")
                && !Launcher.class.getModule().isNativeAccessEnabled();
    }

    /** Whether the user denies this process what waking others needs. Never so in a child. */
    static boolean isDeniedNativeAccess() {
        return Self.isMain() && OfThisJvm.IS_DENIED_NATIVE_ACCESS;
    }

    /**
     * @param more JVM options for this child alone
     * @throws IOException if the system refuses another process
     */
    static Process launch(Path options, List<String> more, String address) throws IOException {
        var command = new ArrayList<String>();
        command.add(java().toString());
        command.add("@" + options);
        command.addAll(more);
        command.add(ChildMain.class.getName());
        command.add(address);
        var builder = new ProcessBuilder(command);
        // each JVM that finds these tells so on its standard error, and they may carry agents
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        return builder.start();
    }

    private static Path java() {
        var bin = Path.of(System.getProperty("java.home"), "bin");
        var windows = bin.resolve("java.exe");
        return Files.exists(windows) ? windows : bin.resolve("java");
    }
}
