package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import java.util.List;
import java.util.concurrent.BlockingQueue;

/** The exercises of lesson 13 that no other lesson has: who finds room in a queue. */
final class QueueExercises {
    private static final List<String> AT_THE_COUNTER = List.of("Anna", "Ben", "Chen");
    private static final List<String> TOO_MANY = List.of("Dora", "Emil");

    private QueueExercises() {}

    /** Made are the queue, with the guests in it, and the list of those who were sent away. */
    static Verdict counter(Object[] made) {
        if (made == null
                || made.length < 2
                || !(made[0] instanceof BlockingQueue<?> queue)
                || !(made[1] instanceof List<?> sentAway)) {
            return wrong("kind");
        }
        var guests = List.copyOf(queue);
        if (guests.isEmpty() && sentAway.isEmpty()) {
            return new Verdict.Open();
        }
        if (!guests.equals(AT_THE_COUNTER)) {
            return wrong("counter");
        }
        if (sentAway.isEmpty()) {
            return wrong("nobody");
        }
        return sentAway.equals(TOO_MANY) ? new Verdict.Right() : wrong("away");
    }
}
