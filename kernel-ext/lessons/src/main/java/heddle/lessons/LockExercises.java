package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import heddle.processes.ChildProcess;
import heddle.processes.ProcessLock;
import heddle.processes.ProcessReentrantLock;
import java.util.List;
import java.util.concurrent.locks.Lock;

/** The exercises of lesson 12: what must not be interrupted, and a lock that its holder may lock again. */
final class LockExercises {
    private static final int GUESTS = 6;
    private static final int TICKETS = 3;

    private LockExercises() {}

    /** Made are the guests, each of whom prints {@code sold} when it has a ticket, and the text that is left in the box. */
    static Verdict ticketsSold(Object[] made) {
        if (made == null
                || made.length < 2
                || !(made[0] instanceof List<?> list)
                || !(made[1] instanceof String left)) {
            return wrong("kind");
        }
        if (list.size() != GUESTS) {
            return wrong("count");
        }
        for (var each : list) {
            var problem = Exercises.ended(each);
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        var guests = list.stream().map(ChildProcess.class::cast).toList();
        if (!guests.stream().allMatch(guest -> guest.exitCode() == 0)) {
            return wrong("code");
        }
        var sold = guests.stream()
                .filter(guest -> guest.lastLines().contains("sold"))
                .count();
        if (sold > TICKETS) {
            return new Verdict.Open();
        }
        if (sold < TICKETS) {
            return wrong("few");
        }
        return left.strip().equals("0") ? new Verdict.Right() : wrong("left");
    }

    /** Made are the lock, and whether its holder got it once more. */
    static Verdict lockedTwice(Object[] made) {
        if (made == null || made.length < 2 || !(made[0] instanceof Lock lock) || !(made[1] instanceof Boolean again)) {
            return wrong("kind");
        }
        return switch (lock) {
            case ProcessLock _ -> again ? wrong("gap") : new Verdict.Open();
            case ProcessReentrantLock reentrant when reentrant.isLocked() -> wrong("held");
            case ProcessReentrantLock _ -> again ? new Verdict.Right() : new Verdict.Open();
            default -> wrong("own");
        };
    }
}
