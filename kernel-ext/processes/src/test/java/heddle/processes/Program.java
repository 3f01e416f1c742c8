package heddle.processes;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A Java program of its own, for what cannot be tried in the JVM of the tests: how a main process ends. */
final class Program implements AutoCloseable {
    record Ended(int exitCode, List<String> out, String err) {}

    private final Process process;
    private final CompletableFuture<List<String>> out = new CompletableFuture<>();
    private final CompletableFuture<String> err = new CompletableFuture<>();
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Program(Class<?> main, String... arguments) throws IOException {
        this(List.of(), main, arguments);
    }

    Program(List<String> options, Class<?> main, String... arguments) throws IOException {
        this(options, main.getName(), arguments);
    }

    /** @param main the name of a class, or of a source file */
    Program(List<String> options, String main, String... arguments) throws IOException {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        for (var name : System.getProperties().stringPropertyNames()) {
            var given = options.stream().anyMatch(option -> option.startsWith("-D" + name + "="));
            if (name.startsWith(Settings.PREFIX) && !name.endsWith(".reserve") && !given) {
                command.add("-D" + name + "=" + System.getProperty(name));
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(options); // which may say -cp again
        command.add(main);
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).start();
        Thread.ofPlatform().start(() -> {
            var all = new ArrayList<String>();
            process.inputReader().lines().forEach(line -> {
                all.add(line);
                lines.add(line);
            });
            out.complete(all);
        });
        Thread.ofPlatform().start(() -> {
            try {
                err.complete(new String(process.getErrorStream().readAllBytes()));
            } catch (IOException e) {
                err.completeExceptionally(e);
            }
        });
    }

    Process process() {
        return process;
    }

    String nextLine() throws InterruptedException {
        var line = lines.poll(30, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("the program printed nothing more");
        }
        return line;
    }

    Ended ended() throws InterruptedException, ExecutionException, TimeoutException {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the program did not end; it printed " + lines);
        }
        return new Ended(process.exitValue(), out.get(30, TimeUnit.SECONDS), err.get(30, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the streams that are being read
    }
}
