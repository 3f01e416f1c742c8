package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.ended;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import heddle.processes.ProcessLock;
import heddle.processes.ProcessReentrantLock;
import heddle.processes.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** Every grader of lesson 12: not begun, each mistake it knows, and right. */
class LockExercisesTest {
    private static final Task BUYS = () -> System.out.println("sold");
    private static final Task COMES_TOO_LATE = () -> System.out.println("too late");

    @Test
    void ticketsSold() throws Exception {
        var guests = new ArrayList<ChildProcess>();
        assertEquals(wrong("kind"), grade("12.A"));
        assertEquals(wrong("kind"), grade("12.A", guests));
        assertEquals(wrong("kind"), grade("12.A", guests, 0));
        assertEquals(wrong("kind"), grade("12.A", "sold", "0"));
        assertEquals(wrong("count"), grade("12.A", guests, "0"));
        for (var task : List.of(BUYS, BUYS, BUYS, COMES_TOO_LATE, COMES_TOO_LATE, COMES_TOO_LATE)) {
            guests.add(ended(task));
        }
        assertEquals(RIGHT, grade("12.A", guests, "0"));
        assertEquals(RIGHT, grade("12.A", guests, "0\n"));
        assertEquals(wrong("left"), grade("12.A", guests, "1"));
        guests.set(3, ended(BUYS));
        assertEquals(OPEN, grade("12.A", guests, "0"));
        guests.set(0, ended(COMES_TOO_LATE));
        guests.set(1, ended(COMES_TOO_LATE));
        assertEquals(wrong("few"), grade("12.A", guests, "0"));
        guests.set(5, ended(() -> System.exit(1)));
        assertEquals(wrong("code"), grade("12.A", guests, "0"));
        guests.set(5, new ChildProcess(BUYS));
        assertEquals(wrong("new"), grade("12.A", guests, "0"));
        guests.set(5, new ChildProcess(() -> new CountDownLatch(1).await()).start());
        assertEquals(wrong("alive"), grade("12.A", guests, "0"));
        guests.get(5).kill();
        guests.get(5).join();
    }

    @Test
    void lockedTwice() {
        assertEquals(wrong("kind"), grade("12.B"));
        assertEquals(wrong("kind"), grade("12.B", "key", true));
        assertEquals(wrong("own"), grade("12.B", new ReentrantLock(), true));
        try (var plain = new ProcessLock();
                var reentrant = new ProcessReentrantLock()) {
            assertEquals(wrong("kind"), grade("12.B", plain));
            assertEquals(OPEN, grade("12.B", plain, false));
            assertEquals(wrong("gap"), grade("12.B", plain, true));
            assertEquals(OPEN, grade("12.B", reentrant, false));
            assertEquals(RIGHT, grade("12.B", reentrant, true));
            reentrant.lock();
            assertEquals(wrong("held"), grade("12.B", reentrant, true));
        }
    }
}
