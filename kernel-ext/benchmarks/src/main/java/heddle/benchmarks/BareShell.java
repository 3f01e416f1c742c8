package heddle.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;

/**
 * The JDK's own shell and nothing around it, for {@code kernel.py}: each line of standard input is evaluated, each answer is the last value
 * and the nanoseconds it took, with a tab between. The first line's time includes what the shell needs to be made.
 *
 * <p>It runs in one process, without the connection to another that every kernel pays for.
 */
public final class BareShell {
    private BareShell() {}

    /** As many as a kernel gives to its cells. */
    private static final List<String> IMPORTS = List.of(
            "import java.util.*;",
            "import java.util.concurrent.*;",
            "import java.util.concurrent.atomic.*;",
            "import java.util.concurrent.locks.*;",
            "import java.util.function.*;",
            "import java.util.stream.*;",
            "import java.time.*;",
            "import java.io.*;",
            "import java.nio.file.*;",
            "import static java.lang.Math.*;");

    public static void main(String[] arguments) throws IOException {
        var answers = System.out;
        System.setOut(new PrintStream(PrintStream.nullOutputStream())); // what cells print is not what is measured here
        var lines = new BufferedReader(new InputStreamReader(System.in));
        JShell shell = null;
        answers.println("ready");
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            long began = System.nanoTime();
            if (shell == null) {
                shell = JShell.builder().executionEngine("local").build();
                for (var imported : IMPORTS) {
                    shell.eval(imported);
                }
            }
            var value = evaluate(shell, line);
            answers.println(value + "\t" + (System.nanoTime() - began));
        }
    }

    /** Piece by piece, as the shell wants it. */
    private static String evaluate(JShell shell, String code) {
        var analysis = shell.sourceCodeAnalysis();
        String value = null;
        for (var rest = code; !rest.isBlank(); ) {
            var piece = analysis.analyzeCompletion(rest);
            for (SnippetEvent event : shell.eval(piece.source() == null ? rest : piece.source())) {
                if (event.status() == Snippet.Status.REJECTED || event.exception() != null) {
                    throw new IllegalArgumentException("The shell refuses " + code);
                }
                value = event.value();
            }
            rest = piece.remaining();
        }
        return value;
    }
}
