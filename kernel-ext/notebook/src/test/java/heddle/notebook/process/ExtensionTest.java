package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.notebook.channel.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtensionTest {

    @Test
    void extensionsAreInstalledAndBrokenOnesAreNamedInTheFirstCell(@TempDir Path folder) throws Exception {
        var source = folder.resolve("Extensions.java");
        Files.writeString(source, """
                package ext;
                public class Extensions {
                    public static class Good implements heddle.notebook.extension.Extension {
                        public void install() { heddle.notebook.Notebook.renderer(Thread.class, t -> heddle.notebook.MimeBundle.text("a thread")); }
                    }
                    public static class Bad implements heddle.notebook.extension.Extension {
                        public void install() { throw new IllegalStateException("no network"); }
                    }
                }
                """);
        assertEquals(
                0,
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", folder.toString(), "-proc:none", source.toString()));
        Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(
                folder.resolve("META-INF/services/heddle.notebook.extension.Extension"),
                "ext.Missing\next.Extensions$Bad\next.Extensions$Good\n");
        try (var notebook = NotebookUnderTest.start(List.of(), List.of(folder))) {
            var shown = (Frame.Returned) notebook.cell(1, "", "return new Thread();");
            assertEquals("a thread", shown.value().data().get("text/plain"));
            var said = notebook.err(1).lines().toList();
            assertEquals(2, said.size(), said.toString());
            assertTrue(said.get(0).contains("ext.Missing"), said.get(0));
            assertEquals(
                    "The extension ext.Extensions$Bad could not be installed and is left out: java.lang.IllegalStateException: no network",
                    said.get(1));
        }
    }
}
