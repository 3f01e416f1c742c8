package heddle.lessons;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Grades answers and remembers how often each question was tried, for one notebook process. */
final class Grading {
    private final Texts answers = Texts.answers();
    private final Texts texts;
    private final Map<String, Integer> tries = new ConcurrentHashMap<>();

    Grading(String language) {
        this.texts = Texts.in(language);
    }

    Card predict(String question, Object guess) {
        var answer = answers.find(question)
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no question " + question + "; the lesson's text names its questions."));
        var options = answers.find(question + ".options").orElse("");
        return card(
                question,
                texts.say("prediction", question),
                options.isEmpty()
                        ? texts.say("prediction.open.number")
                        : texts.say("prediction.open", listed(List.of(options.split(" ")))),
                judge(String.valueOf(guess).strip().toLowerCase(Locale.ROOT), answer, options));
    }

    private static Verdict judge(String guess, String answer, String options) {
        if (guess.isEmpty() || guess.equals("?") || guess.equals("null")) {
            return new Verdict.Open();
        }
        if (guess.equals(answer)) {
            return new Verdict.Right();
        }
        var usable = options.isEmpty()
                ? guess.matches("-?\\d+")
                : List.of(options.split(" ")).contains(guess);
        return usable ? new Verdict.Wrong(guess) : new Verdict.Unusable();
    }

    Card exercise(String exercise, Object... made) {
        var grader = Exercises.GRADERS.get(exercise);
        if (grader == null) {
            throw new IllegalArgumentException(
                    "There is no exercise " + exercise + "; the lesson's text names its exercises.");
        }
        return card(exercise, texts.say("exercise", exercise), texts.say(exercise + ".open"), verdict(grader, made));
    }

    private static Verdict verdict(Exercises.Grader grader, Object[] made) {
        try {
            return grader.grade(made);
        } catch (RuntimeException e) {
            // what a learner hands in may be anything, a closed child for example; it is not right, and a lesson must
            // run on
            return new Verdict.Wrong("unreadable");
        }
    }

    Card that(String title, boolean condition, String... hints) {
        if (condition) {
            return new Card(Card.State.RIGHT, title, "", texts.say("that.right"));
        }
        var tried = count(title);
        var hint = hints.length == 0 ? texts.say("that.wrong") : hints[Math.min(tried, hints.length) - 1];
        return new Card(Card.State.TRY_AGAIN, title, texts.say("try", tried), hint);
    }

    private Card card(String id, String title, String open, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Open _ -> new Card(Card.State.OPEN, title, texts.say("open"), open);
            case Verdict.Unusable _ -> new Card(Card.State.OPEN, title, texts.say("unusable"), open);
            case Verdict.Right _ ->
                new Card(
                        Card.State.RIGHT,
                        title,
                        texts.say(tries.containsKey(id) ? "right.after.tries" : "right"),
                        texts.say(id + ".right"));
            case Verdict.Wrong(var finding) -> {
                var tried = count(id);
                yield new Card(Card.State.TRY_AGAIN, title, texts.say("try", tried), help(id, finding, tried));
            }
        };
    }

    /** First what was found about this answer, then a hint more on each further try; the last hint stays. */
    private String help(String id, String finding, int tried) {
        var found = texts.find(id + ".on." + finding);
        var hint = hint(id, found.isPresent() ? tried - 1 : tried);
        var parts = List.of(found, hint).stream().flatMap(Optional::stream).toList();
        return parts.isEmpty() ? texts.say("that.wrong") : String.join("\n", parts);
    }

    private Optional<String> hint(String id, int number) {
        return number < 1
                ? Optional.empty()
                : texts.find(id + ".hint." + number).or(() -> number == 1 ? Optional.empty() : hint(id, number - 1));
    }

    private int count(String id) {
        return tries.merge(id, 1, Integer::sum);
    }

    private String listed(List<String> options) {
        return String.join(texts.say("comma"), options.subList(0, options.size() - 1))
                + texts.say("or")
                + options.getLast();
    }
}
