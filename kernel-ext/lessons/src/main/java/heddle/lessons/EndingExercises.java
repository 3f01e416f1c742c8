package heddle.lessons;

import static heddle.lessons.Exercises.wrong;

import heddle.processes.ChildProcess;

/** The exercises of lesson 07: what becomes of a child that is asked to end. */
final class EndingExercises {
    private static final int ASKED = -15;
    private static final int KILLED = -9;

    private EndingExercises() {}

    /** Made are the child, and whether it was still there when the learner's program looked. */
    static Verdict waitedFor(Object[] made) {
        if (made == null || made.length < 2 || !(made[1] instanceof Boolean stillThere)) {
            return wrong("kind");
        }
        if (stillThere) {
            return new Verdict.Open();
        }
        return Exercises.ended(made[0]).orElseGet(() -> leftInPeace((ChildProcess) made[0]));
    }

    static Verdict saysClosed(Object made) {
        return Exercises.ended(made).orElseGet(() -> {
            var cashier = (ChildProcess) made;
            var verdict = leftInPeace(cashier);
            if (verdict instanceof Verdict.Right && !cashier.lastLines().contains("closed")) {
                return wrong("silent");
            }
            return verdict;
        });
    }

    private static Verdict leftInPeace(ChildProcess child) {
        return switch (child.exitCode()) {
            case ASKED -> new Verdict.Right();
            case KILLED -> wrong("killed");
            case 0 -> wrong("ran");
            // Windows has no signals: a process that is ended from outside ends with 1
            case 1 -> Exercises.ON_WINDOWS ? new Verdict.Right() : wrong("code");
            default -> wrong("code");
        };
    }

    static Verdict askedThenKilled(Object made) {
        return Exercises.ended(made).orElseGet(() -> {
            var guard = (ChildProcess) made;
            return switch (guard.exitCode()) {
                case KILLED -> guard.lastLines().contains("asked") ? new Verdict.Right() : wrong("rushed");
                case ASKED -> wrong("patient");
                case 1 -> Exercises.ON_WINDOWS ? new Verdict.Right() : wrong("code");
                default -> wrong("code");
            };
        });
    }
}
