package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.ended;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 14: not begun, each mistake it knows, and right. */
class TalkingExercisesTest {
    @Test
    void questionAndAnswer() throws Exception {
        var first = says("p1 gets 9527");
        var second = says("p2 gets 100");
        assertEquals(RIGHT, grade("14.A", first, second));
        assertEquals(OPEN, grade("14.A", says("p1 gets 100"), says("p2 gets null")));
        assertEquals(wrong("first"), grade("14.A", says("9527"), second));
        assertEquals(wrong("second"), grade("14.A", first, says("p2 gets null")));
        assertEquals(wrong("kind"), grade("14.A", first));
        assertEquals(wrong("kind"), grade("14.A", first, null));
        assertEquals(wrong("new"), grade("14.A", first, new ChildProcess(() -> {})));
        assertEquals(wrong("code"), grade("14.A", first, ended(() -> System.exit(1))));
        var waiting = new ChildProcess(() -> new CountDownLatch(1).await()).start();
        assertEquals(wrong("alive"), grade("14.A", waiting, second));
        waiting.kill();
        waiting.join();
    }

    @Test
    void lastWords() throws Exception {
        var station = ended(() -> Runtime.getRuntime().halt(5));
        assertEquals(OPEN, grade("14.B", station, List.of(1)));
        assertEquals(RIGHT, grade("14.B", station, List.of(1, 2, 3, 4, 5)));
        assertEquals(wrong("missing"), grade("14.B", station, List.of(1, 2, 3, 4)));
        assertEquals(wrong("other"), grade("14.B", station, List.of(1, 2, 3, 5, 4)));
        assertEquals(wrong("other"), grade("14.B", station, List.of(1, 2, 3, 4, 5, 5)));
        assertEquals(wrong("kind"), grade("14.B", station, 5));
        assertEquals(wrong("kind"), grade("14.B", station));
        assertEquals(wrong("new"), grade("14.B", new ChildProcess(() -> {}), List.of(1, 2)));
    }

    private static ChildProcess says(String line) throws InterruptedException {
        return ended(ChildProcess.of(words -> IO.println(words), line));
    }
}
