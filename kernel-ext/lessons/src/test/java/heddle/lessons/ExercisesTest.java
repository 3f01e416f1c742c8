package heddle.lessons;

import static heddle.lessons.Graded.OPEN;
import static heddle.lessons.Graded.RIGHT;
import static heddle.lessons.Graded.ended;
import static heddle.lessons.Graded.grade;
import static heddle.lessons.Graded.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.processes.ChildProcess;
import heddle.watch.Language;
import heddle.watch.State;
import heddle.watch.Timeline;
import heddle.watch.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every grader: not begun, each mistake it knows, and right. */
class ExercisesTest {
    private static final long MS = 1_000_000;

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
        assertEquals(wrong("ran"), grade("1.B", ended(() -> {})));
        assertEquals(wrong("code"), grade("1.B", ended(() -> System.exit(7))));
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
        assertEquals(RIGHT, timed(tables, 1_200));
        assertEquals(RIGHT, timed(tables, 2_999));
        assertEquals(wrong("serial"), timed(tables, 3_000));
        assertEquals(wrong("idle"), timed(tables, 999));
        assertEquals(wrong("clock"), grade("4.A", tables));
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
        assertEquals(OPEN, grade("19.B", shift()));
        assertEquals(wrong("one"), grade("19.B", shift(porter(1, 0, 200))));
        assertEquals(wrong("serial"), grade("19.B", shift(porter(1, 0, 200), porter(2, 200, 400))));
        // under load an end is told late
        assertEquals(wrong("serial"), grade("19.B", shift(porter(1, 0, 250), porter(2, 210, 410))));
        assertEquals(wrong("idle"), grade("19.B", shift(porter(1, 0, 200), porter(2, 0, 50))));
        assertEquals(wrong("alive"), grade("19.B", shift(porter(1, 0, 200), lane(2, 0, 400, Timeline.End.ALIVE))));
        assertEquals(RIGHT, grade("19.B", shift(porter(1, 0, 200), porter(2, 1, 201))));
        assertEquals(RIGHT, grade("19.B", shift(porter(1, 0, 200), porter(2, 90, 400))));
    }

    @Test
    void twoThatReallyWorkAtTheSameTime() throws Exception {
        var together = new CountDownLatch(2);
        Runnable carry = () -> {
            together.countDown();
            await(together);
            Pause.seconds(1); // long enough to be seen, whatever else this machine does
        };
        assertEquals(RIGHT, grade("19.B", Watch.threads(() -> {
            var one = Thread.ofPlatform().start(carry);
            var other = Thread.ofPlatform().start(carry);
            one.join();
            other.join();
        })));
    }

    /** What a watch would have seen of these threads, main besides. */
    private static Timeline shift(Timeline.Lane... porters) {
        var lanes = new ArrayList<Timeline.Lane>();
        lanes.add(new Timeline.Lane(0, "main", true, 0, 500 * MS, Timeline.End.ALIVE, List.of(), -1, Map.of()));
        lanes.addAll(List.of(porters));
        return new Timeline(
                "",
                Language.ENGLISH,
                500 * MS,
                false,
                lanes,
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(),
                new Timeline.Source(50, 10 * MS, 10 * MS, true, 0, -1));
    }

    private static Timeline.Lane porter(long id, long fromMs, long toMs) {
        return lane(id, fromMs, toMs, Timeline.End.ENDED);
    }

    private static Timeline.Lane lane(long id, long fromMs, long toMs, Timeline.End end) {
        var sleep = new Timeline.Segment(State.SLEEPING, fromMs * MS, toMs * MS, 0, "", "", 0, 0);
        return new Timeline.Lane(id, "porter " + id, false, fromMs * MS, toMs * MS, end, List.of(sleep), -1, Map.of());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Verdict timed(List<ChildProcess> tables, long tookMs) {
        return Exercises.GRADERS.get("4.A").grade(new Object[] {tables, tookMs * MS});
    }
}
