package heddle.kernel;

import heddle.notebook.extension.Extension;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/** What was added to the class path of one session: each file once, and one version of each library. Used by one thread at a time. */
final class ClassPath implements AutoCloseable {

    private static final String EXTENSIONS = "META-INF/services/" + Extension.class.getName();
    private static final String EXTENSIONS_OF_JJAVA = "META-INF/services/org.dflib.jjava.jupyter.Extension";
    private static final Pattern VERSIONED = Pattern.compile("(.+?)-(\\d[\\w.+-]*)\\.jar");

    /**
     * A file that is to be on the class path.
     *
     * @param identity what there can be only one version of
     * @param version null where none is known
     */
    record Entry(Path file, String identity, String version) {
        static Entry of(Path file) {
            var real = file.toAbsolutePath().normalize();
            var versioned = VERSIONED.matcher(String.valueOf(real.getFileName()));
            return versioned.matches()
                    ? new Entry(real, versioned.group(1), versioned.group(2))
                    : new Entry(real, real.toString(), null);
        }
    }

    private final Compiler compiler;
    private final Magics magics;
    private final boolean loadsExtensions;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<Dependencies.Repository> repositories = new ArrayList<>();
    private final List<URLClassLoader> loaders = new ArrayList<>();

    ClassPath(Compiler compiler, Magics magics, boolean loadsExtensions) {
        this.compiler = compiler;
        this.magics = magics;
        this.loadsExtensions = loadsExtensions;
    }

    List<Dependencies.Repository> repositories() {
        return repositories;
    }

    /**
     * Adds what is not there yet, for code that is compiled and run from here on.
     *
     * @param say is told in sentences what is left out, and why
     * @return the paths that were added
     */
    List<String> add(List<Entry> wanted, Consumer<String> say) {
        var texts = Texts.ofThisNotebook();
        var added = new ArrayList<Entry>();
        var again = new ArrayList<String>();
        for (var entry : wanted) {
            var before = entries.putIfAbsent(entry.identity(), entry);
            if (before == null) {
                added.add(entry);
            } else if (before.file().equals(entry.file())
                    || before.version() != null && before.version().equals(entry.version())) {
                again.add(entry.file().getFileName().toString());
            } else {
                say.accept(texts.say(
                        "path.version",
                        entry.file().getFileName(),
                        before.file().getFileName()));
            }
        }
        if (added.isEmpty() && !again.isEmpty()) {
            say.accept(texts.say(again.size() == 1 ? "path.again" : "path.again.all", String.join(", ", again)));
        }
        var paths = added.stream().map(entry -> entry.file().toString()).toList();
        if (!paths.isEmpty()) {
            compiler.addToClassPath(paths);
            added.forEach(entry -> extensions(entry, say));
        }
        return paths;
    }

    private void extensions(Entry entry, Consumer<String> say) {
        var texts = Texts.ofThisNotebook();
        if (announces(entry.file(), EXTENSIONS_OF_JJAVA)) {
            say.accept(texts.say("path.jjava", entry.file().getFileName()));
        }
        if (!announces(entry.file(), EXTENSIONS)) {
            return;
        }
        if (!loadsExtensions) {
            say.accept(texts.say("path.no.extensions", entry.file().getFileName()));
            return;
        }
        // It may need what else is on the class path; what it brings itself is looked for in this jar only.
        var loader = new URLClassLoader(
                entries.values().stream().map(one -> url(one.file())).toArray(URL[]::new),
                ClassPath.class.getClassLoader());
        loaders.add(loader);
        var known = new ArrayList<String>(installed);
        var fresh = ServiceLoader.load(Extension.class, loader).stream()
                .filter(provider -> provider.type().getClassLoader() == loader
                        && !known.contains(provider.type().getName()))
                .map(provider -> {
                    installed.add(provider.type().getName());
                    return provider.get();
                });
        var result = magics.add(fresh::iterator);
        result.problems().forEach(say);
        for (var line : result.imports()) {
            if (compiler.evaluate(line, new WrappedLines.Origin(0, 1), false) instanceof Compiler.Outcome.Refused) {
                say.accept(texts.say("path.import", line, entry.file().getFileName()));
            }
        }
    }

    private final List<String> installed = new ArrayList<>();

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(file.toString(), e);
        }
    }

    private static boolean announces(Path file, String service) {
        if (Files.isDirectory(file)) {
            return Files.isRegularFile(file.resolve(service));
        }
        try (var jar = new JarFile(file.toFile())) {
            return jar.getEntry(service) != null;
        } catch (IOException e) {
            return false; // whoever uses it is told
        }
    }

    @Override
    public void close() {
        for (var loader : loaders) {
            try {
                loader.close();
            } catch (IOException e) {
                // The process ends, or its class path is of no use any more.
            }
        }
    }
}
