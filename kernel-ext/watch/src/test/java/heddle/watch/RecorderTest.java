package heddle.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.watch.Look.Lock;
import heddle.watch.Look.Seen;
import heddle.watch.Timeline.End;
import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.VirtualLoad;
import heddle.watch.Timeline.Wait;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What becomes of looks, told look by look in milliseconds. */
class RecorderTest {

    private static final long MS = 1_000_000;
    private static final Lock FORK_A = new Lock("Fork", 1);
    private static final Lock FORK_B = new Lock("Fork", 2);
    private static final Lock COUNTER = new Lock("java.util.concurrent.locks.ReentrantLock$NonfairSync", 3);

    private final Recorder recorder = new Recorder(1, "main", 0, lock -> switch (lock.identity()) {
        case 1 -> "fork A";
        case 2 -> "fork B";
        default -> "counter";
    });

    private static Seen seen(long id, State state, double cpuMs, int pauses) {
        return new Seen(
                id, "t" + id, state, null, -1, false, List.of(), "", "cell 7:3", Math.round(cpuMs * MS), pauses, true);
    }

    private static Seen blocked(long id, Lock lock, long owner, Lock... holds) {
        return new Seen(
                id, "t" + id, State.BLOCKED, lock, owner, false, List.of(holds), "", "cell 7:" + id, 0, 1, true);
    }

    private static Seen holding(long id, Lock... holds) {
        return new Seen(id, "t" + id, State.SLEEPING, null, -1, true, List.of(holds), "", "", 0, 1, true);
    }

    private void look(long atMs, boolean complete, List<Long> deadlocked, Seen... threads) {
        recorder.add(new Look(
                atMs * MS,
                List.of(threads),
                complete,
                complete,
                false,
                deadlocked,
                new VirtualLoad(atMs * MS, 0, 0, -1)));
    }

    private void look(long atMs, Seen... threads) {
        look(atMs, true, List.of(), threads);
    }

    private Timeline timeline(long nowMs) {
        return recorder.timeline("Cell 7", Language.ENGLISH, nowMs * MS, false);
    }

    @Test
    void aChangeBetweenTwoLooksIsPlacedMidwayAndSoft() {
        look(10, seen(1, State.RUNNING, 10, 0), seen(2, State.RUNNING, 1, 0));
        look(20, seen(1, State.RUNNING, 20, 0), seen(2, State.SLEEPING, 1, 1));
        look(30, seen(1, State.RUNNING, 30, 0), seen(2, State.SLEEPING, 1, 1));
        look(40, seen(1, State.RUNNING, 40, 0));
        var lane = timeline(50).lane("t2");
        assertEquals(5 * MS, lane.fromNs());
        assertEquals(35 * MS, lane.toNs());
        assertTrue(lane.ended());
        var sleep = lane.segments().getLast();
        assertEquals(State.SLEEPING, sleep.state());
        assertEquals(15 * MS, sleep.fromNs());
        assertEquals(5 * MS, sleep.beginWithinNs());
        assertEquals(5 * MS, sleep.endWithinNs());
        assertEquals(20, lane.sleeping().toMillis());
        assertEquals(10, lane.running().toMillis());
    }

    private List<String> holdsOf(long lane, long nowMs) {
        return timeline(nowMs).holds().stream()
                .filter(hold -> hold.lane() == lane)
                .map(hold -> hold.lock() + " " + hold.fromNs() / MS + "-" + hold.toNs() / MS)
                .toList();
    }

    @Test
    void whoWasBlockedByAMonitorHasItFromThenOn() {
        look(10, false, List.of(), holding(2, FORK_A), blocked(3, FORK_A, 2));
        look(20, false, List.of(), seen(3, State.SLEEPING, 0, 2));
        look(60, false, List.of(), seen(3, State.SLEEPING, 0, 2));
        look(100, true, List.of(), holding(3, FORK_A));
        assertEquals(List.of("fork A 15-110"), holdsOf(3, 110));
    }

    @Test
    void whoHadAMonitorAndGaveItBackDoesNotHaveItStill() {
        look(10, false, List.of(), holding(2, FORK_A), blocked(3, FORK_A, 2));
        look(20, false, List.of(), seen(3, State.SLEEPING, 0, 2));
        look(60, true, List.of(), seen(3, State.SLEEPING, 0, 2));
        look(100, true, List.of(), holding(3, FORK_A));
        assertEquals(List.of("fork A 80-110"), holdsOf(3, 110));
    }

    private void idle(long atMs) {
        recorder.add(new Look(atMs * MS, List.of(), true, true, true, List.of(), new VirtualLoad(atMs * MS, 0, 0, -1)));
    }

    @Test
    void ofAnIdleCallerNothingIsTold() {
        idle(10);
        idle(20);
        look(30, seen(1, State.WAITING, 5, 1));
        look(40, seen(1, State.WAITING, 5, 1));
        idle(50);
        look(60, seen(1, State.WAITING, 5, 2));
        idle(70);
        var lane = timeline(100).lane("t1");
        assertEquals(
                List.of("RUNNING 0-5", "WAITING 25-45", "WAITING 55-65"),
                lane.segments().stream()
                        .map(one -> one.state() + " " + one.fromNs() / MS + "-" + one.toNs() / MS)
                        .toList());
        assertEquals(30, lane.waiting().toMillis());
        assertFalse(lane.ended());
        assertEquals(100 * MS, lane.toNs());
    }

    @Test
    void theSameStateInManyLooksIsOneSegment() {
        for (var at = 10; at <= 1000; at += 10) {
            look(at, seen(2, State.SLEEPING, 1, 1));
        }
        assertEquals(1, timeline(1000).lane("t2").segments().size());
    }

    @Test
    void timeWithoutACoreIsMeasuredNotGuessed() {
        look(10, seen(2, State.RUNNING, 5, 0));
        look(20, seen(2, State.RUNNING, 10, 0));
        look(30, seen(2, State.RUNNING, 10, 0));
        look(40, seen(2, State.RUNNING, 20, 0));
        var lane = timeline(40).lane("t2");
        var shares = lane.segments().stream()
                .map(segment -> segment.state() + " " + segment.onCore())
                .toList();
        assertEquals(List.of("RUNNING 1.0", "RUNNING 0.5", "READY 0.0", "RUNNING 1.0"), shares);
        assertEquals(15, lane.ready().toMillis());
        assertEquals(20, lane.running().toMillis());
    }

    @Test
    void whoPausedBetweenTwoLooksDidNotWaitForACore() {
        look(10, seen(2, State.RUNNING, 10, 0));
        look(20, seen(2, State.RUNNING, 11, 1));
        assertEquals(0, timeline(20).lane("t2").ready().toMillis());
    }

    @Test
    void aHoldLastsUntilALookThatWouldHaveSeenItSaysNo() {
        look(10, true, List.of(), holding(2, COUNTER));
        look(20, false, List.of(), holding(2));
        look(30, true, List.of(), holding(2, COUNTER));
        look(40, true, List.of(), holding(2));
        assertEquals(
                List.of(new Hold(2, "counter", 5 * MS, 35 * MS)), timeline(50).holds());
    }

    @Test
    void aLockSeenWithSomebodyElseIsNoLongerHeld() {
        look(10, false, List.of(), holding(2, FORK_A), holding(3));
        look(20, false, List.of(), holding(2), holding(3, FORK_A));
        assertEquals(
                List.of(new Hold(2, "fork A", 5 * MS, 15 * MS), new Hold(3, "fork A", 15 * MS, 20 * MS)),
                timeline(20).holds());
    }

    @Test
    void aWaitNamesEachHolderInTurn() {
        look(10, holding(2, FORK_A), holding(3), blocked(4, FORK_A, 2));
        look(20, holding(2, FORK_A), holding(3), blocked(4, FORK_A, 2));
        look(30, holding(2), holding(3, FORK_A), blocked(4, FORK_A, 3));
        look(40, holding(2), holding(3), seen(4, State.RUNNING, 0, 1));
        var seen = timeline(40);
        assertEquals(
                List.of(new Wait(4, 2, "fork A", 5 * MS, 25 * MS), new Wait(4, 3, "fork A", 25 * MS, 35 * MS)),
                seen.waits());
        assertEquals(30, seen.lane("t4").blocked().toMillis());
        assertEquals(
                1,
                seen.lane("t4").segments().stream()
                        .filter(segment -> segment.state() == State.BLOCKED)
                        .count());
    }

    @Test
    void aDeadlockIsToldFromItsRing() {
        look(10, blocked(2, FORK_B, 3, FORK_A), blocked(3, FORK_A, 2, FORK_B));
        look(20, true, List.of(2L, 3L), blocked(2, FORK_B, 3, FORK_A), blocked(3, FORK_A, 2, FORK_B));
        look(30, true, List.of(2L, 3L), blocked(2, FORK_B, 3, FORK_A), blocked(3, FORK_A, 2, FORK_B));
        var deadlock = timeline(30).deadlock().orElseThrow();
        assertFalse(deadlock.over());
        assertEquals(15 * MS, deadlock.fromNs());
        assertEquals(
                List.of(
                        new Timeline.Deadlock.Party(2, "t2", "fork A", "fork B", "cell 7:2"),
                        new Timeline.Deadlock.Party(3, "t3", "fork B", "fork A", "cell 7:3")),
                deadlock.ring());

        look(40, holding(2, FORK_A));
        deadlock = timeline(50).deadlock().orElseThrow();
        assertTrue(deadlock.over());
        assertEquals(35 * MS, deadlock.toNs());
    }

    @Test
    void whatTheFlightRecorderKnowsReplacesWhatWasGuessed() {
        look(10, seen(1, State.WAITING, 1, 1), seen(2, State.SLEEPING, 1, 1));
        look(20, seen(1, State.WAITING, 1, 1));
        var lives = Map.of(
                2L, new Lifetimes.Life(2, "t2", 2 * MS, 12 * MS),
                3L, new Lifetimes.Life(3, "t3", 13 * MS, 14 * MS),
                4L, new Lifetimes.Life(4, "before", Lifetimes.UNKNOWN, 14 * MS),
                5L, new Lifetimes.Life(5, "after", 31 * MS, Lifetimes.UNKNOWN));
        recorder.lifetimes(new Lifetimes.Found(lives, 0, new TreeMap<>()));
        var seen = timeline(30);
        assertEquals(
                List.of("main", "t2", "t3"),
                seen.lanes().stream()
                        .map(Timeline.Lane::name)
                        .map(name -> name.equals("t1") ? "main" : name)
                        .toList());
        assertEquals(2 * MS, seen.lane("t2").fromNs());
        assertEquals(12 * MS, seen.lane("t2").toNs());
        assertEquals(10, seen.lane("t2").sleeping().toMillis());
        assertEquals(0, seen.lane("t2").segments().getFirst().beginWithinNs());
        assertEquals(List.of(), seen.lane("t3").segments());
        assertEquals(End.ENDED, seen.lane("t3").end());
        assertTrue(seen.source().startsExact());
    }

    @Test
    void virtualThreadsAreCountedExactlyAndTheirLoadIsBoundedByTheCount() {
        recorder.add(new Look(10 * MS, List.of(), true, true, false, List.of(), new VirtualLoad(10 * MS, 2, 50, -1)));
        var alive = new TreeMap<Long, Integer>();
        alive.put(5 * MS, 3);
        alive.put(20 * MS, -3);
        recorder.lifetimes(new Lifetimes.Found(Map.of(), 3, alive));
        var seen = timeline(30);
        assertEquals(3, seen.source().virtualStarted());
        assertTrue(seen.virtual().stream().allMatch(load -> load.mounted() + load.queued() <= load.alive()));
        assertEquals(
                3, seen.virtual().stream().mapToInt(VirtualLoad::alive).max().orElseThrow());
        assertEquals(0, seen.virtual().getLast().alive());
    }

    @Test
    void aLongWatchIsToldInCoarserStepsWithTheSameTotals() {
        for (var i = 1; i <= 40_000; i++) {
            look(i * 10L, seen(2, i % 3 == 0 ? State.SLEEPING : State.WAITING, 1, i));
        }
        var lane = timeline(400_000).lane("t2");
        assertTrue(lane.segments().size() <= Recorder.STRETCHES, lane.segments().size() + " segments");
        assertEquals(
                lane.length().toMillis(),
                lane.sleeping().plus(lane.waiting()).plusMillis(0).toMillis());
        assertEquals(400_000 / 3, lane.sleeping().toMillis(), 100);
    }

    @Test
    void askingForAThreadThatWasNotSeenSaysWhoWas() {
        look(10, seen(2, State.SLEEPING, 1, 1));
        var error = org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class, () -> timeline(10).lane("egon"));
        assertEquals("No thread named \"egon\" was seen. Seen: main, t2.", error.getMessage());
    }
}
