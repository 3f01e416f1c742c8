package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.ended;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.processes.ChildProcess;
import heddle.processes.Task;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 07: not begun, each mistake it knows, and right. */
class EndingExercisesTest {
    private static final Task STAYS = () -> new CountDownLatch(1).await();

    @BeforeAll
    static void needsSignals() {
        Assumptions.assumeFalse(Exercises.ON_WINDOWS);
    }

    @Test
    void waitedFor() throws Exception {
        var cook = new ChildProcess(STAYS);
        assertEquals(OPEN, grade("7.A", cook, true));
        assertEquals(wrong("kind"), grade("7.A", cook));
        assertEquals(wrong("kind"), grade("7.A", "cook", false));
        assertEquals(wrong("new"), grade("7.A", cook, false));
        cook.start();
        assertEquals(wrong("alive"), grade("7.A", cook, false));
        cook.terminate();
        cook.join();
        assertEquals(RIGHT, grade("7.A", cook, false));
        assertEquals(wrong("killed"), grade("7.A", killed(new ChildProcess(STAYS)), false));
        assertEquals(wrong("ran"), grade("7.A", ended(() -> {}), false));
        assertEquals(wrong("code"), grade("7.A", ended(() -> System.exit(3)), false));
    }

    @Test
    void saysClosed() throws Exception {
        assertEquals(OPEN, grade("7.B", (Object) null));
        assertEquals(wrong("kind"), grade("7.B", "closed"));
        assertEquals(wrong("new"), grade("7.B", new ChildProcess(STAYS)));
        var cashier = answering("closed");
        assertEquals(wrong("alive"), grade("7.B", cashier));
        cashier.terminate();
        cashier.join();
        assertEquals(RIGHT, grade("7.B", cashier));
        var silent = answering("good bye");
        silent.terminate();
        silent.join();
        assertEquals(wrong("silent"), grade("7.B", silent));
        assertEquals(wrong("killed"), grade("7.B", killed(answering("closed"))));
        assertEquals(wrong("ran"), grade("7.B", ended(() -> System.out.println("closed"))));
        assertEquals(wrong("code"), grade("7.B", ended(() -> System.exit(1))));
    }

    @Test
    void askedThenKilled() throws Exception {
        assertEquals(OPEN, grade("7.C", (Object) null));
        assertEquals(wrong("kind"), grade("7.C", 9));
        assertEquals(wrong("new"), grade("7.C", new ChildProcess(STAYS)));
        var guard = answering("asked", true);
        assertEquals(wrong("alive"), grade("7.C", guard));
        guard.terminate();
        assertTrue(guard.awaitLine("asked"));
        guard.kill();
        guard.join();
        assertEquals(RIGHT, grade("7.C", guard));
        assertEquals(wrong("rushed"), grade("7.C", killed(answering("asked", true))));
        var leaving = answering("asked");
        leaving.terminate();
        leaving.join();
        assertEquals(wrong("patient"), grade("7.C", leaving));
        assertEquals(wrong("code"), grade("7.C", ended(() -> {})));
    }

    private static ChildProcess answering(String answer) throws Exception {
        return answering(answer, false);
    }

    /** A child at work that prints {@code answer} when it is asked to end, and then stays if it is stubborn. */
    private static ChildProcess answering(String answer, boolean stubborn) throws Exception {
        var child = new ChildProcess(() -> {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                System.out.println(answer);
                if (stubborn) {
                    Pause.seconds(600);
                }
            }));
            System.out.println("at work");
            STAYS.run();
        });
        child.start();
        assertTrue(child.awaitLine("at work"));
        return child;
    }

    private static ChildProcess killed(ChildProcess child) throws InterruptedException {
        if (child.pid() == null) {
            child.start();
        }
        child.kill();
        child.join();
        return child;
    }
}
