package heddle.lessons;

import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import heddle.watch.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every grader: not begun, each mistake it knows, and right. */
class ExercisesTest {
    private static final Verdict OPEN = new Verdict.Open();
    private static final Verdict RIGHT = new Verdict.Right();

    // a test proves that it left no child behind; JVMs in reserve would be some
    @BeforeAll
    static void keepNoReserve() {
        System.setProperty("heddle.processes.reserve", "0");
    }

    @AfterAll
    static void keepTheUsualReserve() {
        System.clearProperty("heddle.processes.reserve");
    }

    @Test
    void ownPid() {
        var self = ProcessHandle.current().pid();
        assertEquals(OPEN, grade("0.A", 0L));
        assertEquals(wrong("number"), grade("0.A", self + 1));
        assertEquals(RIGHT, grade("0.A", self));
    }

    @Test
    void weaver() throws Exception {
        var door = new CountDownLatch(1);
        var thread = new Thread(() -> await(door), "weaver");
        assertEquals(OPEN, grade("0.B", (Object) null));
        assertEquals(wrong("kind"), grade("0.B", "weaver"));
        assertEquals(wrong("name"), grade("0.B", Thread.currentThread()));
        assertEquals(wrong("new"), grade("0.B", thread));
        thread.start();
        assertEquals(wrong("alive"), grade("0.B", thread));
        door.countDown();
        thread.join();
        assertEquals(RIGHT, grade("0.B", thread));
    }

    @Test
    void grandparent() {
        var self = ProcessHandle.current();
        var parent = self.parent().orElseThrow();
        assertEquals(OPEN, grade("1.A", 0L));
        assertEquals(wrong("self"), grade("1.A", self.pid()));
        assertEquals(wrong("parent"), grade("1.A", parent.pid()));
        assertEquals(wrong("number"), grade("1.A", Long.MAX_VALUE));
        assertEquals(RIGHT, grade("1.A", parent.parent().map(ProcessHandle::pid).orElse(-1L)));
    }

    @Test
    void killed() throws Exception {
        assertEquals(OPEN, grade("1.B", (Object) null));
        assertEquals(wrong("kind"), grade("1.B", ProcessHandle.current()));
        assertEquals(wrong("new"), grade("1.B", new ChildProcess(() -> {})));
        var sleeper = new ChildProcess(() -> Thread.sleep(Duration.ofMinutes(5)));
        sleeper.start();
        assertEquals(wrong("alive"), grade("1.B", sleeper));
        ProcessHandle.of(sleeper.pid()).orElseThrow().destroyForcibly();
        sleeper.join();
        assertEquals(RIGHT, grade("1.B", sleeper));
        assertEquals(wrong("ran"), grade("1.B", ended(new ChildProcess(() -> {}))));
        assertEquals(wrong("code"), grade("1.B", ended(new ChildProcess(() -> System.exit(7)))));
        var asked = new ChildProcess(() -> Thread.sleep(Duration.ofMinutes(5)));
        asked.start();
        asked.terminate();
        asked.join();
        assertEquals(wrong("asked"), grade("1.B", asked));
    }

    @Test
    void threeTables() throws Exception {
        var tables = new ArrayList<ChildProcess>();
        assertEquals(OPEN, grade("4.A", tables));
        assertEquals(wrong("kind"), grade("4.A", "three"));
        tables.add(new ChildProcess("table 1", () -> {}));
        assertEquals(wrong("count"), grade("4.A", tables));
        tables.add(new ChildProcess("table 2", () -> {}));
        tables.add(new ChildProcess("table 3", () -> {}));
        assertEquals(wrong("new"), grade("4.A", tables));
        for (var table : tables) {
            ended(table);
        }
        assertEquals(RIGHT, grade("4.A", tables));
        assertEquals(wrong("kind"), grade("4.A", List.of(1, 2, 3)));
        var other = ended(new ChildProcess("table 4", () -> {}));
        assertEquals(wrong("names"), grade("4.A", List.of(tables.get(0), tables.get(1), other)));
        var failed = ended(new ChildProcess("table 3", () -> System.exit(2)));
        assertEquals(wrong("code"), grade("4.A", List.of(tables.get(0), tables.get(1), failed)));
    }

    @Test
    void squareAsExitCode() throws Exception {
        assertEquals(RIGHT, grade("4.B", ended(ChildProcess.of(n -> System.exit(n * n), 6))));
        assertEquals(wrong("zero"), grade("4.B", ended(ChildProcess.of(n -> {}, 6))));
        assertEquals(wrong("failed"), grade("4.B", ended(ChildProcess.of(n -> System.exit(n / 6), 6))));
        assertEquals(wrong("code"), grade("4.B", ended(ChildProcess.of(n -> System.exit(n), 6))));
    }

    @Test
    void squaresInOrder() {
        var squares = IntStream.rangeClosed(1, 10).map(n -> n * n).toArray();
        assertEquals(OPEN, grade("19.A", new int[10]));
        assertEquals(RIGHT, grade("19.A", squares));
        assertEquals(wrong("kind"), grade("19.A", List.of(1, 4, 9)));
        var early = squares.clone();
        early[3] = 0;
        assertEquals(wrong("early"), grade("19.A", early));
        var shifted = new int[10];
        System.arraycopy(squares, 0, shifted, 1, 9);
        assertEquals(wrong("shifted"), grade("19.A", shifted));
        assertEquals(wrong("values"), grade("19.A", IntStream.rangeClosed(1, 10).toArray()));
    }

    @Test
    void twoAtTheSameTime() throws Exception {
        assertEquals(wrong("kind"), grade("19.B", 2));
        assertEquals(OPEN, grade("19.B", Watch.threads(() -> {})));
        assertEquals(wrong("one"), grade("19.B", Watch.threads(() -> porter(200).join())));
        assertEquals(wrong("serial"), grade("19.B", Watch.threads(() -> {
            porter(200).join();
            porter(200).join();
        })));
        assertEquals(wrong("idle"), grade("19.B", Watch.threads(() -> {
            var one = idler();
            var other = idler();
            one.join();
            other.join();
        })));
        var door = new CountDownLatch(1);
        var late = new Thread(() -> await(door));
        assertEquals(wrong("alive"), grade("19.B", Watch.threads(() -> {
            late.start();
            porter(200).join();
        })));
        door.countDown();
        late.join();
        var together = new CountDownLatch(2);
        Runnable carry = () -> {
            together.countDown();
            await(together);
            Pause.millis(200);
        };
        assertEquals(RIGHT, grade("19.B", Watch.threads(() -> {
            var one = Thread.ofPlatform().start(carry);
            var other = Thread.ofPlatform().start(carry);
            one.join();
            other.join();
        })));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes its time, but not in sleep. */
    private static Thread idler() {
        return Thread.ofPlatform()
                .start(() -> LockSupport.parkNanos(Duration.ofMillis(50).toNanos()));
    }

    private static Thread porter(long millis) {
        return Thread.ofPlatform().start(() -> Pause.millis(millis));
    }

    private static ChildProcess ended(ChildProcess child) throws InterruptedException {
        child.start();
        child.join();
        return child;
    }

    private static Verdict wrong(String finding) {
        return new Verdict.Wrong(finding);
    }

    private static Verdict grade(String exercise, Object made) {
        return Exercises.GRADERS.get(exercise).grade(new Object[] {made});
    }
}
