package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.ended;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 11: not begun, each mistake it knows, and right. */
class IsolationExercisesTest {
    @Test
    void ticketsByExitCode() throws Exception {
        var cashiers = new ArrayList<ChildProcess>();
        assertEquals(OPEN, grade("11.A", cashiers, 0));
        assertEquals(wrong("kind"), grade("11.A", cashiers));
        assertEquals(wrong("kind"), grade("11.A", 10, 55));
        assertEquals(wrong("count"), grade("11.A", cashiers, 55));
        for (var tickets = 1; tickets <= 10; tickets++) {
            cashiers.add(ChildProcess.of(System::exit, tickets));
        }
        assertEquals(wrong("new"), grade("11.A", cashiers, 55));
        for (var cashier : cashiers) {
            cashier.start();
        }
        for (var cashier : cashiers) {
            cashier.join();
        }
        assertEquals(RIGHT, grade("11.A", cashiers, 55));
        assertEquals(wrong("sum"), grade("11.A", cashiers, 54));
        cashiers.set(3, ended(() -> {}));
        assertEquals(wrong("codes"), grade("11.A", cashiers, 55));
        cashiers.set(3, new ChildProcess(() -> new CountDownLatch(1).await()).start());
        assertEquals(wrong("alive"), grade("11.A", cashiers, 55));
        cashiers.get(3).kill();
        cashiers.get(3).join();
    }

    @Test
    void takings() throws Exception {
        assertEquals(OPEN, grade("11.B", null, 0));
        assertEquals(wrong("new"), grade("11.B", new ChildProcess(() -> {}), 1234));
        var accountant = ended(() -> {});
        assertEquals(RIGHT, grade("11.B", accountant, 1234));
        assertEquals(wrong("kind"), grade("11.B", accountant, "1234"));
        assertEquals(wrong("kind"), grade("11.B", List.of(accountant), 1234));
        assertEquals(wrong("zero"), grade("11.B", accountant, 0));
        assertEquals(wrong("sum"), grade("11.B", accountant, 1233));
        var byCode = ended(() -> System.exit(1234));
        assertEquals(wrong("byte"), grade("11.B", byCode, byCode.exitCode()));
        assertEquals(wrong("byte"), grade("11.B", byCode, 0));
        assertEquals(wrong("code"), grade("11.B", ended(() -> System.exit(3)), 1234));
    }
}
