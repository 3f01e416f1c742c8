package heddle.lessons;

import heddle.processes.ChildProcess;
import heddle.processes.Task;

/** What the tests of the graders have in common. */
final class Graded {
    static final Verdict OPEN = new Verdict.Open();
    static final Verdict RIGHT = new Verdict.Right();

    private Graded() {}

    static Verdict wrong(String finding) {
        return new Verdict.Wrong(finding);
    }

    static Verdict grade(String exercise, Object... made) {
        return Exercises.GRADERS.get(exercise).grade(made);
    }

    static ChildProcess ended(Task task) throws InterruptedException {
        return ended(new ChildProcess(task));
    }

    static ChildProcess ended(ChildProcess child) throws InterruptedException {
        child.start();
        child.join();
        return child;
    }
}
