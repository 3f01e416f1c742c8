package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CardTest {
    private final Card card = new Card(Card.State.TRY_AGAIN, "a < b & \"c\"", "try 1", "use `List<T>` here\nor there");

    @Test
    void theTextSaysAllThatTheCardSays() {
        assertEquals("↻ a < b & \"c\" · try 1\n  use List<T> here\n  or there", card.text());
    }

    @Test
    void theLearnersCharactersAreNoMarkup() {
        var html = card.html();
        assertTrue(html.contains("a &lt; b &amp; &quot;c&quot;"), html);
        assertTrue(html.contains("use <code>List&lt;T&gt;</code> here<br>or there"), html);
    }

    @Test
    void standsAloneAndStylesNothingOutside() {
        var html = card.html();
        assertFalse(html.contains("http") || html.contains("<script") || html.contains("url("), html);
        var style = html.substring(html.indexOf("<style>") + 7, html.indexOf("</style>"));
        for (var rule : style.replaceAll("@media[^{]*\\{", "").split("}")) {
            var selector = rule.split("\\{")[0].strip();
            assertTrue(selector.isEmpty() || selector.contains(".heddle-check"), selector);
        }
    }
}
