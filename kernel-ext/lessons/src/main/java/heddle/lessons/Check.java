package heddle.lessons;

import heddle.notebook.Notebook;

/**
 * Self-grading cells. Each shows a small card at once, in the notebook's language: kind, a hint more on each further try, never the
 * answer. A wrong or missing answer throws nothing, so that "Run All" goes through.
 */
public final class Check {
    private Check() {}

    /** Made on first use: the language is known only in the notebook process. Tries are counted per notebook process. */
    private static final class State {
        static final Grading GRADING = new Grading(Notebook.language());
    }

    /**
     * Grades a prediction.
     *
     * @param question its number as the lesson's text gives it, such as {@code "4.2"}
     * @param guess a letter or a number; {@code "?"} means not answered yet
     * @throws IllegalArgumentException if there is no such question
     */
    public static void predict(String question, Object guess) {
        Notebook.display(State.GRADING.predict(question, guess).bundle());
    }

    /**
     * Looks at what the learner's code really made: values, threads, ended children.
     *
     * @param exercise its number as the lesson's text gives it, such as {@code "4.A"}
     * @param made what the exercise asks for
     * @throws IllegalArgumentException if there is no such exercise
     */
    public static void exercise(String exercise, Object... made) {
        Notebook.display(State.GRADING.exercise(exercise, made).bundle());
    }

    /**
     * A check of one's own.
     *
     * @param hints shown one after the other on each further try, the last one from then on
     */
    public static void that(String title, boolean condition, String... hints) {
        Notebook.display(State.GRADING.that(title, condition, hints).bundle());
    }
}
