package heddle.lessons;

/** What a grader found in an answer. */
sealed interface Verdict {

    /** The learner has not begun: the cell stands as the lesson gives it. */
    record Open() implements Verdict {}

    /** The answer is none of those the question offers; this is not a try. */
    record Unusable() implements Verdict {}

    record Right() implements Verdict {}

    /** @param finding what is missing or mistaken, a key of the lesson's texts */
    record Wrong(String finding) implements Verdict {}
}
