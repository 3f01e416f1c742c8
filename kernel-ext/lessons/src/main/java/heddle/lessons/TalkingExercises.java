package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import heddle.processes.ChildProcess;
import java.util.List;
import java.util.stream.IntStream;

/** The exercises of lesson 14: who hears what, and how the end is noticed. */
final class TalkingExercises {
    private TalkingExercises() {}

    /** Made are the two children; what they print says what they got. */
    static Verdict questionAndAnswer(Object[] made) {
        if (made == null || made.length < 2) {
            return wrong("kind");
        }
        for (var each : made) {
            var problem = Exercises.ended(each);
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        var first = (ChildProcess) made[0];
        var second = (ChildProcess) made[1];
        if (first.exitCode() != 0 || second.exitCode() != 0) {
            return wrong("code");
        }
        if (first.lastLines().contains("p1 gets 100")) {
            return new Verdict.Open();
        }
        if (!first.lastLines().contains("p1 gets 9527")) {
            return wrong("first");
        }
        return second.lastLines().contains("p2 gets 100") ? new Verdict.Right() : wrong("second");
    }

    /** Made are the station, whose exit code is how many readings it sent, and what was heard of them. */
    static Verdict lastWords(Object[] made) {
        if (made == null || made.length < 2 || !(made[1] instanceof List<?> heard)) {
            return wrong("kind");
        }
        return Exercises.ended(made[0]).orElseGet(() -> {
            if (heard.size() <= 1) {
                return new Verdict.Open();
            }
            var sent = ((ChildProcess) made[0]).exitCode();
            if (heard.size() < sent) {
                return wrong("missing");
            }
            return heard.equals(IntStream.rangeClosed(1, sent).boxed().toList()) ? new Verdict.Right() : wrong("other");
        });
    }
}
