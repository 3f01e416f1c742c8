package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 18: not begun, each mistake it knows, and right. */
class PoolExercisesTest {
    private static final List<Integer> BILLS = List.of(8, 16, 24, 32, 40, 48, 56, 64);

    @Test
    void billsSideBySide() {
        assertEquals(wrong("kind"), grade("18.A"));
        assertEquals(wrong("kind"), grade("18.A", BILLS));
        assertEquals(wrong("kind"), grade("18.A", 8, 1.0));
        assertEquals(wrong("kind"), grade("18.A", BILLS, "1.0"));
        assertEquals(OPEN, grade("18.A", List.of(), 0.0));
        assertEquals(wrong("bills"), grade("18.A", BILLS.subList(0, 7), 1.0));
        assertEquals(wrong("bills"), grade("18.A", List.of(8, 16, 24, 32, 40, 48, 56, 65), 1.0));
        assertEquals(wrong("order"), grade("18.A", BILLS.reversed(), 1.0));
        assertEquals(wrong("early"), grade("18.A", BILLS, 0.1));
        assertEquals(wrong("serial"), grade("18.A", BILLS, 3.2));
        assertEquals(RIGHT, grade("18.A", BILLS, 0.9));
        assertEquals(RIGHT, grade("18.A", BILLS, 3.1));
    }

    @Test
    void takings() {
        assertEquals(OPEN, grade("18.B"));
        assertEquals(wrong("kind"), grade("18.B", "80"));
        assertEquals(wrong("zero"), grade("18.B", 0));
        assertEquals(wrong("sum"), grade("18.B", 40));
        assertEquals(RIGHT, grade("18.B", 80));
    }
}
