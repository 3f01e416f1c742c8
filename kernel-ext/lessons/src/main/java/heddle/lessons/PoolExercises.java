package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/** The exercises of lesson 18: what a pool was asked for, and when. */
final class PoolExercises {
    private static final int PRICE = 8;
    private static final double SECONDS_A_BILL = 0.4;
    private static final List<Integer> BILLS =
            IntStream.rangeClosed(1, 8).mapToObj(guests -> guests * PRICE).toList();
    private static final int TAKINGS = (2 + 5 + 3) * PRICE;

    private PoolExercises() {}

    /** Made are the bills of tables with one to eight guests, and how many seconds they took. */
    static Verdict billsSideBySide(Object[] made) {
        if (made == null
                || made.length < 2
                || !(made[0] instanceof List<?> bills)
                || !(made[1] instanceof Number took)) {
            return wrong("kind");
        }
        if (bills.isEmpty()) {
            return new Verdict.Open();
        }
        if (!bills.equals(BILLS)) {
            return wrong(
                    bills.size() == BILLS.size() && new HashSet<>(bills).equals(new HashSet<>(BILLS))
                            ? "order"
                            : "bills");
        }
        if (took.doubleValue() < SECONDS_A_BILL) {
            return wrong("early");
        }
        // One after the other takes at least this, on any machine.
        return took.doubleValue() < BILLS.size() * SECONDS_A_BILL ? new Verdict.Right() : wrong("serial");
    }

    static Verdict takings(Object made) {
        if (!(made instanceof Number takings)) {
            return wrong("kind");
        }
        return switch (takings.intValue()) {
            case TAKINGS -> new Verdict.Right();
            case 0 -> wrong("zero");
            default -> wrong("sum");
        };
    }
}
