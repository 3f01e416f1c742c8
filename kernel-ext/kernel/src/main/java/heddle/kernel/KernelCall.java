package heddle.kernel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/** One thing that code of a cell asks of the kernel, done on the session's thread while that code waits. */
final class KernelCall {

    /** One sentence for the learner. */
    static final class RefusedException extends Exception {
        RefusedException(String message) {
            super(message);
        }

        RefusedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What a file may be called in short. */
    private static final List<String> ENDINGS = List.of("", ".jsh", ".jshell", ".java", ".ijava", ".ipynb");

    private static final Set<String> SCOPES = Set.of("compile", "runtime", "system", "import");

    private static final Pattern IVY = Pattern.compile("([^#;]+)#([^#;]+);([^#;]+)");
    private static final Duration PROGRESS = Duration.ofMillis(250);

    private final Run run;
    private final Session.Tools tools;
    private final Texts texts = Texts.ofThisNotebook();

    KernelCall(Run run, Session.Tools tools) {
        this.run = run;
        this.tools = tools;
    }

    Frame.CallEnded answer(Frame.Call call) {
        try {
            if (call.magic() == null) {
                run.runPart(call.body(), "eval");
                return new Frame.CallEnded(call.number(), null, true, List.of());
            }
            var action = Action.named(call.magic());
            if (action == null || call.body() != null && !action.takesBody()) {
                var known = tools.magics().names();
                var name = (call.body() == null ? "%" : "%%") + call.magic();
                if (!known.contains(name)) {
                    throw new RefusedException(tools.magics().unknown(name));
                }
                run.runPart(Magics.cell(call.magic(), call.arguments(), call.body()), "eval");
                return new Frame.CallEnded(call.number(), null, true, List.of());
            }
            var value = action.run(this, call.arguments(), call.body());
            return new Frame.CallEnded(call.number(), null, value == null, value == null ? List.of() : value);
        } catch (Run.EvaluatedBadlyException e) {
            run.remember(e.failed());
            return new Frame.CallEnded(call.number(), e.failed().evalue(), true, List.of());
        } catch (RefusedException e) {
            run.remember(Run.Result.Failed.of("MagicError", e.getMessage()));
            return new Frame.CallEnded(call.number(), e.getMessage(), false, List.of());
        } catch (RuntimeException e) {
            if (e instanceof NotebookProcess.EndedException) {
                throw e;
            }
            // For the server's log: a fault of ours, or of a library's.
            e.printStackTrace();
            var sentence = "%" + call.magic() + " failed: " + e;
            run.remember(Run.Result.Failed.of("MagicError", sentence));
            return new Frame.CallEnded(call.number(), sentence, false, List.of());
        }
    }

    // ---- the class path

    List<String> classPath(List<String> words) throws RefusedException {
        return tools.classPath()
                .add(files("classpath", words).stream().map(ClassPath.Entry::of).toList(), run::note);
    }

    /** As {@link #classPath}, but of a folder the jars in it. */
    List<String> jars(List<String> words) throws RefusedException {
        var jars = new ArrayList<ClassPath.Entry>();
        for (var file : files("jars", words)) {
            if (Files.isDirectory(file)) {
                Globs.files(file + "/*.jar").forEach(jar -> jars.add(ClassPath.Entry.of(jar)));
            } else {
                jars.add(ClassPath.Entry.of(file));
            }
        }
        return tools.classPath().add(jars, run::note);
    }

    private List<Path> files(String magic, List<String> words) throws RefusedException {
        if (words.isEmpty()) {
            throw new RefusedException(texts.say("magics.files", magic));
        }
        var found = new LinkedHashSet<Path>();
        for (var word : words) {
            try {
                var files = Globs.files(word);
                if (files.isEmpty()) {
                    run.warn(texts.say("magics.no.file", word, Path.of("").toAbsolutePath()));
                }
                found.addAll(files);
            } catch (InvalidPathException | UncheckedIOException e) {
                throw new RefusedException(texts.say("magics.no.path", word, e.getMessage()), e);
            }
        }
        return List.copyOf(found);
    }

    // ---- Maven

    List<String> mavenRepository(List<String> words) throws RefusedException {
        if (words.size() != 2) {
            throw new RefusedException(texts.say("maven.repository"));
        }
        tools.classPath().repositories().removeIf(known -> known.id().equals(words.get(0)));
        tools.classPath().repositories().add(new Dependencies.Repository(words.get(0), address(words.get(1))));
        return List.of();
    }

    /** A folder may be given by its path. */
    private static String address(String text) {
        return text.contains(":/")
                ? text
                : Path.of(text).toAbsolutePath().toUri().toString();
    }

    List<String> maven(List<String> words) throws RefusedException {
        var repositories = new ArrayList<>(tools.classPath().repositories());
        var coordinates = new ArrayList<String>();
        for (var all = words.iterator(); all.hasNext(); ) {
            var word = all.next();
            if (word.startsWith("--from")) {
                if (!word.startsWith("--from=") && !all.hasNext()) {
                    throw new RefusedException(texts.say("maven.from"));
                }
                var from = word.startsWith("--from=") ? word.substring("--from=".length()) : all.next();
                repositories.add(
                        new Dependencies.Repository("from-" + Integer.toHexString(from.hashCode()), address(from)));
            } else if (!word.equals("-v") && !word.equals("--verbose")) {
                var ivy = IVY.matcher(word);
                coordinates.add(ivy.matches() ? ivy.replaceAll("$1:$2:$3") : word);
            }
        }
        if (coordinates.isEmpty()) {
            throw new RefusedException(texts.say("maven.nothing"));
        }
        return resolve(new Dependencies.Wanted.Artifacts(coordinates), repositories);
    }

    /** @param body null where the first word is the path of the POM */
    List<String> pom(List<String> words, String body) throws RefusedException {
        if (body == null && words.isEmpty()) {
            throw new RefusedException(texts.say("maven.pom"));
        }
        var named = words.stream()
                .skip(body == null ? 1 : 0)
                .filter(word -> !word.startsWith("-"))
                .toList();
        var scopes = named.isEmpty() ? SCOPES : Set.copyOf(named);
        try {
            if (body == null) {
                var file = Path.of(words.getFirst());
                if (!Files.isReadable(file)) {
                    throw new RefusedException(
                            texts.say("magics.no.file", file, Path.of("").toAbsolutePath()));
                }
                return resolve(
                        new Dependencies.Wanted.Pom(file, scopes),
                        tools.classPath().repositories());
            }
            var file = Files.createTempFile("heddle-", ".pom");
            try {
                Files.writeString(file, PomFragment.complete(body));
                return resolve(
                        new Dependencies.Wanted.Pom(file, scopes),
                        tools.classPath().repositories());
            } catch (IllegalArgumentException e) {
                throw new RefusedException(texts.say("maven.pom.xml", e.getMessage()), e);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException | InvalidPathException e) {
            throw new RefusedException(
                    texts.say("magics.unreadable", words.isEmpty() ? "POM" : words.getFirst(), e), e);
        }
    }

    /** On a thread of its own, so that Stop need not wait for the network. */
    private List<String> resolve(Dependencies.Wanted wanted, List<Dependencies.Repository> repositories)
            throws RefusedException {
        var result = new CompletableFuture<List<Dependencies.Found>>();
        try (var shown = new Progress()) {
            var worker = SystemThreads.thread("maven", () -> {
                try {
                    result.complete(Dependencies.ofMaven().resolve(wanted, repositories, shown::say));
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
            worker.start();
            run.onStop(() -> {
                worker.interrupt();
                result.cancel(false);
            });
            var found = result.get();
            var paths = tools.classPath()
                    .add(
                            found.stream()
                                    .map(one -> new ClassPath.Entry(
                                            one.file().toAbsolutePath().normalize(), one.identity(), one.version()))
                                    .toList(),
                            run::note);
            if (!paths.isEmpty()) {
                shown.end(texts.say(
                        paths.size() == 1 ? "maven.added" : "maven.added.more",
                        paths.size(),
                        Path.of(paths.getFirst()).getFileName(),
                        paths.size() - 1));
            }
            return paths;
        } catch (CancellationException e) {
            throw new RefusedException(texts.say("maven.stopped"), e);
        } catch (ExecutionException e) {
            throw new RefusedException(
                    e.getCause() instanceof Dependencies.UnresolvedException || e.getCause() instanceof IOException
                            ? e.getCause().getMessage()
                            : texts.say("maven.failed", e.getCause()),
                    e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts this thread.", e);
        }
    }

    /** One line in the cell, updated in place; nothing is shown of what is done at once. */
    private final class Progress implements AutoCloseable {
        private final String id = "heddle-" + UUID.randomUUID();
        private long lastNs = System.nanoTime();
        private boolean shown;
        private boolean ended;

        /** @throws CancellationException when nobody waits for it any more */
        synchronized void say(String words) {
            if (ended) {
                throw new CancellationException();
            }
            if (System.nanoTime() - lastNs > PROGRESS.toNanos()) {
                lastNs = System.nanoTime();
                show(words);
            }
        }

        synchronized void end(String words) {
            show(words);
            ended = true;
        }

        private void show(String words) {
            run.display(shown, id, new Frame.Bundle(Map.of("text/plain", words), Map.of()));
            shown = true;
        }

        @Override
        public synchronized void close() {
            if (shown && !ended) {
                end(texts.say("maven.nothing.new"));
            }
            ended = true;
        }
    }

    // ---- load

    List<String> load(List<String> words) throws RefusedException, Run.EvaluatedBadlyException {
        if (words.size() != 1) {
            throw new RefusedException(texts.say("load.one"));
        }
        try {
            Path file = null;
            for (var ending : ENDINGS) {
                var candidate = Path.of(words.getFirst() + ending);
                file = file == null && Files.isRegularFile(candidate) ? candidate : file;
            }
            if (file == null) {
                throw new RefusedException(texts.say(
                        "magics.no.file", words.getFirst(), Path.of("").toAbsolutePath()));
            }
            load(file);
        } catch (MalformedInputException e) {
            throw new RefusedException(texts.say("load.no.text", words.getFirst()), e);
        } catch (IOException | InvalidPathException e) {
            throw new RefusedException(texts.say("magics.unreadable", words.getFirst(), e), e);
        }
        return null;
    }

    private void load(Path file) throws IOException, RefusedException, Run.EvaluatedBadlyException {
        var name = file.getFileName().toString();
        var text = Files.readString(file);
        if (!name.endsWith(".ipynb")) {
            run.runPart(text, name);
            return;
        }
        JsonNode notebook;
        try {
            notebook = new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new RefusedException(texts.say("load.no.notebook", name, e.getOriginalMessage()), e);
        }
        if (!notebook.path("cells").isArray()) {
            throw new RefusedException(texts.say("load.no.notebook", name, "no cells"));
        }
        int number = 0;
        for (var cell : notebook.path("cells")) {
            if (cell.path("cell_type").asText().equals("code")) {
                number++;
                var source = cell.path("source");
                var code = new StringBuilder();
                if (source.isArray()) {
                    source.forEach(line -> code.append(line.asText()));
                } else {
                    code.append(source.asText());
                }
                if (!code.toString().isBlank()) {
                    run.runPart(code.toString(), name + " [" + number + "]");
                }
            }
        }
    }
}
