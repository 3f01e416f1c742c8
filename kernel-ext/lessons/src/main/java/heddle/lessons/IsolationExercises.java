package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import heddle.processes.ChildProcess;
import java.util.List;
import java.util.stream.IntStream;

/** The exercises of lesson 11: ways out of a child whose memory is its own. */
final class IsolationExercises {
    private static final int CASHIERS = 10;
    private static final int TICKETS = IntStream.rangeClosed(1, CASHIERS).sum();
    private static final int TAKINGS = 480 + 350 + 404;

    private IsolationExercises() {}

    /** Made are the children, and the sum in the main process. */
    static Verdict ticketsByExitCode(Object[] made) {
        if (made == null
                || made.length < 2
                || !(made[0] instanceof List<?> list)
                || !(made[1] instanceof Number sold)) {
            return wrong("kind");
        }
        if (sold.intValue() == 0) {
            return new Verdict.Open();
        }
        if (list.size() != CASHIERS) {
            return wrong("count");
        }
        for (var each : list) {
            var problem = Exercises.ended(each);
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        var codes = list.stream()
                .map(each -> ((ChildProcess) each).exitCode())
                .sorted()
                .toList();
        if (!codes.equals(IntStream.rangeClosed(1, CASHIERS).boxed().toList())) {
            return wrong("codes");
        }
        return sold.intValue() == TICKETS ? new Verdict.Right() : wrong("sum");
    }

    /** Made are the child, and the sum in the main process. */
    static Verdict takings(Object[] made) {
        if (made == null || made.length < 2 || made[0] == null) {
            return new Verdict.Open();
        }
        if (!(made[1] instanceof Number takings)) {
            return wrong("kind");
        }
        return Exercises.ended(made[0]).orElseGet(() -> {
            var code = ((ChildProcess) made[0]).exitCode();
            if (takings.intValue() == (TAKINGS & 0xff) || code == (TAKINGS & 0xff)) {
                return wrong("byte");
            }
            if (code != 0) {
                return wrong("code");
            }
            if (takings.intValue() == 0) {
                return wrong("zero");
            }
            return takings.intValue() == TAKINGS ? new Verdict.Right() : wrong("sum");
        });
    }
}
