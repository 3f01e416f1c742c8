package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradingTest {
    private final Grading english = new Grading("en");

    @ParameterizedTest
    @ValueSource(strings = {"?", "", "  "})
    void anOpenPredictionIsAnInvitationAndNoTry(String guess) {
        var card = english.predict("4.3", guess);
        assertEquals(Card.State.OPEN, card.state());
        assertTrue(card.body().contains("replace the question mark by a, b or c"), card.body());
        assertEquals("not yet · try 1", english.predict("4.3", "a").status());
    }

    @Test
    void nullIsOpenToo() {
        assertEquals(Card.State.OPEN, english.predict("4.3", null).state());
    }

    @Test
    void whatIsNoChoiceIsNoTry() {
        assertEquals("not one of the choices", english.predict("4.3", "q").status());
        assertEquals("not one of the choices", english.predict("4.5", "many").status());
        assertEquals(Card.State.OPEN, english.predict("4.3", "q").state());
    }

    @Test
    void eachFurtherTryGivesAHintMoreAndNeverTheAnswer() {
        var first = english.predict("4.5", 8);
        var second = english.predict("4.5", 16);
        var third = english.predict("4.5", "4");
        var tenth = first;
        for (var more = 4; more <= 10; more++) {
            tenth = english.predict("4.5", more);
        }
        assertEquals("not yet · try 10", tenth.status());
        assertNotEquals(first.body(), second.body());
        assertNotEquals(second.body(), third.body());
        assertEquals(third.body(), tenth.body(), "the last hint stays");
        for (var card : new Card[] {first, second, third, tenth}) {
            assertEquals(Card.State.TRY_AGAIN, card.state());
            assertFalse(card.body().contains("24"), card.body());
        }
        assertEquals("right this time", english.predict("4.5", 24).status());
    }

    @Test
    void aWrongChoiceIsToldWhatItOverlooks() {
        var first = english.predict("4.2", "a");
        var second = english.predict("4.2", "a");
        assertTrue(first.body().startsWith("Mostly perhaps"), first.body());
        assertTrue(second.body().startsWith(first.body()), second.body());
        assertTrue(second.body().length() > first.body().length(), second.body());
    }

    @Test
    void rightIsRightHoweverItIsWritten() {
        assertAll(
                () -> assertEquals("right", english.predict("4.5", "24").status()),
                () -> assertEquals("right", english.predict("4.5", 24L).status()),
                () -> assertEquals("right", english.predict("4.2", " C ").status()),
                () -> assertEquals("right", english.predict("4.2", 'c').status()));
    }

    @Test
    void speaksChineseInAChineseNotebook() {
        var chinese = new Grading("zh");
        assertEquals(
                "请先预测：把问号换成 a、b 或 c，再运行这一格。猜错没有关系。", chinese.predict("4.3", "?").body());
        assertEquals("还差一点 · 第 1 次", chinese.predict("4.3", "a").status());
        assertEquals("预测 4.3", chinese.predict("4.3", "b").title());
    }

    @Test
    void aQuestionThatDoesNotExistIsAMistakeOfTheLessonsAuthor() {
        assertThrows(IllegalArgumentException.class, () -> english.predict("99.1", "a"));
        assertThrows(IllegalArgumentException.class, () -> english.exercise("99.A", 1));
    }

    @Test
    void aCheckOfOnesOwn() {
        assertEquals(Card.State.RIGHT, english.that("sum", true, "add").state());
        assertEquals("one", english.that("product", false, "one", "two").body());
        assertEquals("two", english.that("product", false, "one", "two").body());
        assertEquals("two", english.that("product", false, "one", "two").body());
        assertFalse(english.that("no hints", false).body().isEmpty());
    }

    @Test
    void bothLanguagesSayTheSameThings() {
        assertEquals(keys("en"), keys("zh"));
    }

    @Test
    void everyQuestionHasWhatItMayHaveToSay() {
        for (var language : new String[] {"en", "zh"}) {
            var texts = Texts.in(language);
            for (var key : Texts.answers().keys()) {
                if (!key.endsWith(".options")) {
                    texts.say(key + ".right");
                    texts.say(key + ".hint.1");
                    assertFalse(
                            texts.find(key + ".on." + Texts.answers().say(key)).isPresent(),
                            "the right answer of " + key);
                }
            }
            for (var exercise : Exercises.GRADERS.keySet()) {
                texts.say(exercise + ".open");
                texts.say(exercise + ".right");
                texts.say(exercise + ".hint.1");
            }
        }
    }

    private static TreeSet<String> keys(String language) {
        var keys = new TreeSet<String>();
        Texts.in(language).keys().forEach(keys::add);
        return keys;
    }
}
