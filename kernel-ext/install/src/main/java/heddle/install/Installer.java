package heddle.install;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * Installs the kernel that this jar carries where Jupyter finds it, without a network, and removes it again.
 *
 * <p>A kernelspec is a folder: the jars and what training has made lie in a folder of it for each build, so that a kernel that runs keeps its
 * jars while a newer one is installed.
 */
public final class Installer {

    private static final String USAGE = """
            java -jar heddle-kernel.jar install      installs the kernel for the Java that runs this
            java -jar heddle-kernel.jar uninstall    removes it

            --user               for you alone, where every Jupyter of yours looks (this is what happens without any of the three)
            --sys-prefix         into the Python environment that is active
            --prefix DIR         into DIR/share/jupyter/kernels
            --name NAME          the kernel's name on command lines (heddle)
            --display-name TEXT  its name in menus (Java (Heddle))
            --no-training        is quicker now; the kernel then starts slower
            """;

    private static final int TRAINING_LIMIT_S = 120;

    /** What the user is told, in one sentence. */
    static final class Problem extends RuntimeException {
        Problem(String message) {
            super(message);
        }
    }

    /** What the command line says. */
    private static final class Options {
        Path kernels;
        String name = "heddle";
        String displayName = "Java (Heddle)";
        boolean isTrained = true;
        boolean isRemoved;
    }

    private Installer() {}

    public static void main(String[] arguments) {
        try {
            run(List.of(arguments), System.getenv());
        } catch (Problem e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    static void run(List<String> arguments, Map<String, String> environment) {
        if (arguments.isEmpty() || arguments.contains("--help") || arguments.contains("-h")) {
            System.out.print(USAGE);
            return;
        }
        var options = options(arguments, environment);
        var folder = options.kernels.resolve(options.name);
        try {
            if (options.isRemoved) {
                uninstall(folder);
            } else {
                install(folder, options);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new Problem(folder + " cannot be written (" + e
                    + "): choose another place with --user or --prefix, or ask for the right to write there.");
        }
    }

    private static Options options(List<String> arguments, Map<String, String> environment) {
        var options = new Options();
        var words = arguments.iterator();
        var command = words.next();
        if (!command.equals("install") && !command.equals("uninstall")) {
            throw new Problem("There is no command " + command + ": it is install or uninstall; --help says more.");
        }
        options.isRemoved = command.equals("uninstall");
        while (words.hasNext()) {
            var word = words.next();
            var value = word.contains("=") ? word.substring(word.indexOf('=') + 1) : null;
            switch (value == null ? word : word.substring(0, word.indexOf('='))) {
                case "--user" -> options.kernels = ofUser(environment);
                case "--sys-prefix" -> options.kernels = below(pythonPrefix(environment));
                case "--prefix" -> options.kernels = below(path(argument(word, value, words)));
                case "--name" -> options.name = argument(word, value, words).toLowerCase(Locale.ROOT);
                case "--display-name" -> options.displayName = argument(word, value, words);
                case "--no-training" -> options.isTrained = false;
                default -> throw new Problem("There is no option " + word + "; --help lists those that there are.");
            }
        }
        if (!options.name.matches("[a-z0-9._-]+")) {
            throw new Problem(
                    "A kernel cannot be called \"" + options.name + "\": Jupyter allows letters, digits, and . _ -");
        }
        if (options.kernels == null) {
            options.kernels = ofUser(environment);
        }
        return options;
    }

    private static String argument(String option, String value, java.util.Iterator<String> words) {
        if (value == null && !words.hasNext()) {
            throw new Problem(option + " needs a word behind it; --help says which.");
        }
        return value == null ? words.next() : value;
    }

    private static Path path(String text) {
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new Problem(text + " is no path on this system.");
        }
    }

    // ---- where

    private static Path below(Path prefix) {
        return prefix.resolve("share").resolve("jupyter").resolve("kernels");
    }

    /** As Jupyter's own {@code jupyter_data_dir} says it. */
    private static Path ofUser(Map<String, String> environment) {
        var home = Path.of(System.getProperty("user.home"));
        var system = System.getProperty("os.name");
        var data = environment.get("JUPYTER_DATA_DIR");
        if (data != null && !data.isEmpty()) {
            return path(data).resolve("kernels");
        }
        if (system.startsWith("Mac")) {
            return home.resolve("Library").resolve("Jupyter").resolve("kernels");
        }
        if (system.startsWith("Windows")) {
            var roaming = environment.get("APPDATA");
            return (roaming == null ? home.resolve("AppData").resolve("Roaming") : path(roaming))
                    .resolve("jupyter")
                    .resolve("kernels");
        }
        var local = environment.get("XDG_DATA_HOME");
        return (local == null || local.isEmpty() ? home.resolve(".local").resolve("share") : path(local))
                .resolve("jupyter")
                .resolve("kernels");
    }

    private static Path pythonPrefix(Map<String, String> environment) {
        for (var variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            if (environment.get(variable) != null) {
                return path(environment.get(variable));
            }
        }
        for (var python : List.of("python3", "python")) {
            try {
                var process = new ProcessBuilder(python, "-c", "import sys; print(sys.prefix)")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                if (process.waitFor() == 0 && !said.isEmpty()) {
                    return path(said);
                }
            } catch (IOException e) {
                // not this one
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Problem("Interrupted.");
            }
        }
        throw new Problem(
                "No Python environment is active and there is no python to ask: say the place with --prefix DIR.");
    }

    // ---- install

    private static void checkJdk() {
        var home = Path.of(System.getProperty("java.home"));
        var javac = home.resolve("bin").resolve(File.separatorChar == '\\' ? "javac.exe" : "javac");
        if (!Files.isRegularFile(javac)
                || ModuleFinder.ofSystem().find("jdk.jshell").isEmpty()) {
            throw new Problem("The Java in " + home
                    + " has no compiler: Heddle needs a whole JDK, not a JRE; start this jar with the java of one.");
        }
    }

    private static void install(Path folder, Options options) throws IOException {
        checkJdk();
        var jar = ownJar();
        var build = folder.resolve("build-" + digest(jar, folder));
        Files.createDirectories(folder);
        removeTree(build);
        unpack(jar, build, folder);
        var places = places(build);
        writeMain(build, places);
        var java = Path.of(System.getProperty("java.home"), "bin", File.separatorChar == '\\' ? "java.exe" : "java")
                .toString();
        boolean isTrained = options.isTrained && train(java, places);
        var command = new ArrayList<>(List.of(java));
        command.addAll(LaunchFile.own().words("command", places, isTrained ? "cached" : null));
        command.add("{connection_file}");
        replace(folder.resolve("kernel.json"), """
                {
                 "argv": [
                %s
                 ],
                 "display_name": %s,
                 "language": "java",
                 "interrupt_mode": "message",
                 "metadata": {"debugger": false}
                }
                """.formatted(
                        command.stream().map(word -> "  " + json(word)).collect(Collectors.joining(",\n")),
                        json(options.displayName)));
        removeOldBuilds(folder, build);
        System.out.println("The kernel \"" + options.displayName + "\" is installed in " + folder);
    }

    private static Path ownJar() {
        try {
            var code = Path.of(Installer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isRegularFile(code)) {
                return code;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new Problem("This is not heddle-kernel.jar, which carries the kernel: build it with mvn package.");
    }

    /** A name that changes with what is installed, for which Java, and where: all of it is in what training makes. */
    private static String digest(Path jar, Path folder) throws IOException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(Files.readAllBytes(jar));
            for (var part :
                    List.of(System.getProperty("java.home"), Runtime.version().toString(), folder.toString())) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unpack(Path jar, Path build, Path folder) throws IOException {
        try (var inside = FileSystems.newFileSystem(jar)) {
            try (var libs = Files.walk(inside.getPath("/lib"))) {
                for (var file : (Iterable<Path>) libs.filter(Files::isRegularFile)::iterator) {
                    var place = build.resolve(file.toString().substring(1));
                    Files.createDirectories(place.getParent());
                    Files.copy(file, place, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            try (var logos = Files.newDirectoryStream(inside.getPath("/"), "logo-*")) {
                for (var logo : logos) {
                    Files.copy(
                            logo, folder.resolve(logo.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static List<Path> jars(Path build, String part) throws IOException {
        try (var files = Files.list(build.resolve("lib").resolve(part))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, String> places(Path build) throws IOException {
        return Map.of(
                "notebook",
                jars(build, "notebook").stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                "archive",
                build.resolve("notebook.jsa").toString(),
                "cache",
                build.resolve("kernel.aot").toString(),
                "classlist",
                build.resolve("notebook.classlist").toString(),
                "maven",
                build.resolve("lib").resolve("maven").toString(),
                "main",
                build.resolve("lib").resolve("kernel.jar").toString());
    }

    private static void writeMain(Path build, Map<String, String> places) throws IOException {
        var manifest = new Manifest();
        for (var line : LaunchFile.own().words("manifest", places, null)) {
            manifest.getMainAttributes()
                    .putValue(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
        var names = new ArrayList<String>();
        for (var part : List.of("kernel", "notebook")) {
            for (var jar : jars(build, part)) {
                names.add(part + "/" + jar.getFileName());
            }
        }
        manifest.getMainAttributes().putValue("Class-Path", String.join(" ", names));
        new JarOutputStream(Files.newOutputStream(Path.of(places.get("main"))), manifest).close();
    }

    /** Runs the kernel once so that the JVM can keep loaded and linked classes. @return false when it only starts slower */
    private static boolean train(String java, Map<String, String> places) throws IOException {
        System.out.println("Training the kernel's start, which takes some seconds ...");
        var training = new ArrayList<>(LaunchFile.own().words("command", places, "train"));
        training.add("--train");
        boolean isTrained = make(java, training, places.get("cache"));
        boolean isArchived = make(java, LaunchFile.own().words("archive", places, null), places.get("archive"));
        Files.deleteIfExists(Path.of(places.get("classlist")));
        if (!isTrained || !isArchived) {
            System.out.println("  it could not be trained, so it starts a little slower.");
        }
        return isTrained;
    }

    private static boolean make(String java, List<String> arguments, String made) throws IOException {
        var command = new ArrayList<>(List.of(java));
        command.addAll(arguments);
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            process.getOutputStream().close();
            if (process.waitFor(TRAINING_LIMIT_S, TimeUnit.SECONDS)
                    && process.exitValue() == 0
                    && Files.isRegularFile(Path.of(made))) {
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        Files.deleteIfExists(Path.of(made));
        return false;
    }

    /** The build before this one may still be running in an open notebook. */
    private static void removeOldBuilds(Path folder, Path build) throws IOException {
        try (var builds = Files.newDirectoryStream(folder, "build-*")) {
            var others = new ArrayList<Path>();
            for (var other : builds) {
                if (!other.equals(build)) {
                    others.add(other);
                }
            }
            others.sort(Comparator.comparing(Installer::age));
            for (var old : others.subList(0, Math.max(0, others.size() - 1))) {
                removeTree(old);
            }
        }
    }

    private static long age(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }

    private static void uninstall(Path folder) throws IOException {
        var spec = folder.resolve("kernel.json");
        if (!Files.isRegularFile(spec)) {
            throw new Problem("No kernel is installed in " + folder
                    + "; --user, --sys-prefix, --prefix and --name say where to look.");
        }
        if (!Files.readString(spec).contains("heddle.notebook.classpath")) {
            throw new Problem("The kernel in " + folder + " is not Heddle's, so it is left alone.");
        }
        removeTree(folder);
        System.out.println("The kernel in " + folder + " is removed.");
    }

    private static void removeTree(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var all = Files.walk(folder)) {
                for (var file : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(file);
                }
            }
        }
    }

    /** Another process sees the old file or the new one. */
    private static void replace(Path file, String text) throws IOException {
        var fresh = Files.createTempFile(file.getParent(), ".kernel", ".json");
        Files.writeString(fresh, text);
        if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(fresh, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        }
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String json(String text) {
        var out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
