package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import heddle.processes.ProcessQueue;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 13: not begun, each mistake it knows, and right. */
class QueueExercisesTest {
    private static final List<String> TOO_MANY = List.of("Dora", "Emil");

    @Test
    void counter() {
        var counter = new ProcessQueue<String>(3);
        assertEquals(wrong("kind"), grade("13.A"));
        assertEquals(wrong("kind"), grade("13.A", counter));
        assertEquals(wrong("kind"), grade("13.A", List.of(), List.of()));
        assertEquals(wrong("kind"), grade("13.A", counter, "Dora"));
        assertEquals(OPEN, grade("13.A", counter, List.of()));
        counter.add("Anna");
        assertEquals(wrong("counter"), grade("13.A", counter, TOO_MANY));
        counter.add("Ben");
        counter.add("Chen");
        assertEquals(RIGHT, grade("13.A", counter, TOO_MANY));
        assertEquals(wrong("nobody"), grade("13.A", counter, List.of()));
        assertEquals(wrong("away"), grade("13.A", counter, List.of("Emil")));
        counter.clear();
        counter.close();
    }

    @Test
    void takings() throws Exception {
        assertEquals(OPEN, grade("13.B", null, 0));
        var results = new ProcessQueue<Integer>();
        var accountant = new ChildProcess(() -> results.put(1234)).start();
        accountant.join();
        assertEquals(RIGHT, grade("13.B", accountant, results.take()));
        assertEquals(wrong("zero"), grade("13.B", accountant, 0));
        results.close();
    }
}
