package heddle.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.notebook.process.Renderers;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NotebookTest {

    @Test
    void theLanguageIsThatOfTheFolderUnlessItIsAskedFor() {
        assertEquals("en", Notebook.language(Map.of()));
        assertEquals("zh", Notebook.language(Map.of("JPY_SESSION_NAME", "notebooks/zh/00.ipynb")));
        assertEquals("en", Notebook.language(Map.of("JPY_SESSION_NAME", "notebooks/en/zh.ipynb")));
        assertEquals("en", Notebook.language(Map.of("JPY_SESSION_NAME", "\0")));
        assertEquals("zh", Notebook.language(Map.of("HEDDLE_LANGUAGE", "zh_CN")));
        assertEquals(
                "en", Notebook.language(Map.of("HEDDLE_LANGUAGE", "en", "JPY_SESSION_NAME", "notebooks/zh/00.ipynb")));
    }

    @Test
    void aTextIsShownAsTheTypeThatIsAskedFor() {
        assertEquals(
                Map.of("text/html", "<b>", "text/markdown", "<b>", "text/plain", "<b>"),
                Renderers.render("<b>", "text/html", "text/markdown").data());
        var both = MimeBundle.text("x").and("text/html", "<i>");
        assertEquals(
                both.data(), Renderers.render(both, "text/html", "image/png").data());
        assertEquals(
                both.data(),
                Renderers.render(both.and("text/latex", "$x$"), "text/html").data());
        assertEquals(both.data(), Renderers.render(both, "image/png").data());
    }
}
