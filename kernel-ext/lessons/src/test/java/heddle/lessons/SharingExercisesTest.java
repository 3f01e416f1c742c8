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

/** Every grader of lesson 16: not begun, each mistake it knows, and right. */
class SharingExercisesTest {
    @Test
    void nothingLost() throws Exception {
        var cashiers = cashiers(4);
        assertEquals(OPEN, grade("16.A", cashiers, 72));
        assertEquals(RIGHT, grade("16.A", cashiers, 0));
        assertEquals(wrong("below"), grade("16.A", cashiers, -3));
        assertEquals(wrong("kind"), grade("16.A", cashiers));
        assertEquals(wrong("kind"), grade("16.A", cashiers, "0"));
        assertEquals(wrong("kind"), grade("16.A", 0, 0));
        assertEquals(wrong("count"), grade("16.A", cashiers.subList(0, 3), 0));
        cashiers.set(3, ended(() -> System.exit(3)));
        assertEquals(wrong("code"), grade("16.A", cashiers, 0));
        cashiers.set(3, new ChildProcess(() -> {}));
        assertEquals(wrong("new"), grade("16.A", cashiers, 0));
        cashiers.set(3, new ChildProcess(() -> new CountDownLatch(1).await()).start());
        assertEquals(wrong("alive"), grade("16.A", cashiers, 0));
        cashiers.get(3).kill();
        cashiers.get(3).join();
    }

    @Test
    void everySeatOnce() throws Exception {
        var cashiers = cashiers(3);
        assertEquals(OPEN, grade("16.B", cashiers, -2L, 9L));
        assertEquals(RIGHT, grade("16.B", cashiers, 0L, 7L));
        assertEquals(wrong("seats"), grade("16.B", cashiers, -1L, 7L));
        assertEquals(wrong("few"), grade("16.B", cashiers, 0L, 6L));
        assertEquals(wrong("many"), grade("16.B", cashiers, 0L, 15L));
        assertEquals(wrong("kind"), grade("16.B", cashiers, 0L));
        assertEquals(wrong("kind"), grade("16.B", cashiers, 0L, "7"));
        assertEquals(wrong("kind"), grade("16.B", cashiers, "0", 7L));
        assertEquals(wrong("count"), grade("16.B", List.of(), 0L, 7L));
    }

    private static List<ChildProcess> cashiers(int number) throws InterruptedException {
        var cashiers = new ArrayList<ChildProcess>();
        for (var i = 0; i < number; i++) {
            cashiers.add(new ChildProcess(() -> {}).start());
        }
        for (var cashier : cashiers) {
            cashier.join();
        }
        return cashiers;
    }
}
