package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import heddle.processes.ChildProcess;
import java.util.List;
import java.util.Optional;

/** The exercises of lesson 16: updates that must not get lost, seats that must not be sold twice. */
final class SharingExercises {
    private static final int CASHIERS_OF_A = 4;
    private static final int CASHIERS_OF_B = 3;
    private static final int SEATS = 7;

    private SharingExercises() {}

    /** Made are the cashiers, and what they left of the tickets, all of which they sold. */
    static Verdict nothingLost(Object[] made) {
        if (made == null || made.length < 2 || !(made[1] instanceof Number left)) {
            return wrong("kind");
        }
        return endedWell(made[0], CASHIERS_OF_A).orElseGet(() -> {
            if (left.longValue() > 0) {
                return new Verdict.Open();
            }
            return left.longValue() == 0 ? new Verdict.Right() : wrong("below");
        });
    }

    /** Made are the cashiers, the seats left, and the seats sold. */
    static Verdict everySeatOnce(Object[] made) {
        if (made == null
                || made.length < 3
                || !(made[1] instanceof Number seats)
                || !(made[2] instanceof Number sold)) {
            return wrong("kind");
        }
        return endedWell(made[0], CASHIERS_OF_B).orElseGet(() -> {
            if (sold.longValue() == SEATS) {
                return seats.longValue() == 0 ? new Verdict.Right() : wrong("seats");
            }
            if (sold.longValue() < SEATS) {
                return wrong("few");
            }
            return seats.longValue() < 0 ? new Verdict.Open() : wrong("many");
        });
    }

    private static Optional<Verdict> endedWell(Object made, int cashiers) {
        if (!(made instanceof List<?> list)) {
            return Optional.of(wrong("kind"));
        }
        if (list.size() != cashiers) {
            return Optional.of(wrong("count"));
        }
        return list.stream()
                .map(each -> Exercises.ended(each)
                        .or(() ->
                                ((ChildProcess) each).exitCode() == 0 ? Optional.empty() : Optional.of(wrong("code"))))
                .flatMap(Optional::stream)
                .findFirst();
    }
}
