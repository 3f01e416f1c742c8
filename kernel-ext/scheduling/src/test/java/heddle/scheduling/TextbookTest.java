package heddle.scheduling;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import heddle.scheduling.Schedule.Activity;
import heddle.scheduling.Schedule.Times;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Worked examples of the standard textbooks: the jobs, and what the books print as the result. */
class TextbookTest {
    private static final double EXACT = 1e-9;

    // ---- Silberschatz, Galvin, Gagne: Operating System Concepts, the chapter on CPU scheduling

    private static final List<Job> LONG_FIRST = List.of(Job.of("P1", 0, 24), Job.of("P2", 0, 3), Job.of("P3", 0, 3));

    private static final List<Job> FOUR_AT_ONCE =
            List.of(Job.of("P1", 0, 6), Job.of("P2", 0, 8), Job.of("P3", 0, 7), Job.of("P4", 0, 3));

    private static final List<Job> FOUR_IN_TURN =
            List.of(Job.of("P1", 0, 8), Job.of("P2", 1, 4), Job.of("P3", 2, 9), Job.of("P4", 3, 5));

    private static String gantt(Schedule schedule) {
        return schedule.slices().stream()
                .map(slice -> switch (slice.activity()) {
                            case RUN -> slice.job().name();
                            case IDLE -> "-";
                            default -> "*";
                        }
                        + " " + slice.to())
                .collect(joining(" | "));
    }

    private static List<Long> waiting(Schedule schedule) {
        return schedule.times().stream().map(Times::waiting).toList();
    }

    private static List<Long> ends(Schedule schedule) {
        return schedule.times().stream().map(Times::end).toList();
    }

    private static double averageWaiting(Policy policy, List<Job> jobs) {
        return policy.schedule(jobs).averageWaiting();
    }

    @Test
    @DisplayName("Silberschatz, FCFS: 24, 3, 3 wait 17 on average; the short ones first, 3")
    void firstComeFirstServed() {
        var policy = Policy.firstComeFirstServed();
        assertEquals("P1 24 | P2 27 | P3 30", gantt(policy.schedule(LONG_FIRST)));
        assertEquals(17, averageWaiting(policy, LONG_FIRST), EXACT);
        assertEquals(3, averageWaiting(policy, LONG_FIRST.reversed()), EXACT);
        assertEquals(10.25, averageWaiting(policy, FOUR_AT_ONCE), EXACT);
    }

    @Test
    @DisplayName("Silberschatz, SJF: 6, 8, 7, 3 wait 7 on average")
    void shortestJobFirst() {
        var schedule = Policy.shortestJobFirst().schedule(FOUR_AT_ONCE);
        assertEquals("P4 3 | P1 9 | P3 16 | P2 24", gantt(schedule));
        assertEquals(List.of(3L, 16L, 9L, 0L), waiting(schedule));
        assertEquals(7, schedule.averageWaiting(), EXACT);
    }

    @Test
    @DisplayName("Silberschatz, preemptive SJF: 6.5 on average instead of 7.75")
    void shortestRemainingTimeFirst() {
        var schedule = Policy.shortestRemainingTimeFirst().schedule(FOUR_IN_TURN);
        assertEquals("P1 1 | P2 5 | P4 10 | P1 17 | P3 26", gantt(schedule));
        assertEquals(List.of(9L, 0L, 15L, 2L), waiting(schedule));
        assertEquals(6.5, schedule.averageWaiting(), EXACT);
        assertEquals(7.75, averageWaiting(Policy.shortestJobFirst(), FOUR_IN_TURN), EXACT);
    }

    @Test
    @DisplayName("Silberschatz, round robin with quantum 4: 17/3 on average")
    void roundRobin() {
        var schedule = Policy.roundRobin(4).schedule(LONG_FIRST);
        assertEquals("P1 4 | P2 7 | P3 10 | P1 30", gantt(schedule));
        assertEquals(List.of(6L, 4L, 7L), waiting(schedule));
        assertEquals(17 / 3.0, schedule.averageWaiting(), EXACT);
    }

    @Test
    @DisplayName(
            "Silberschatz, one job of 10 with quantum 12, 6 and 1: alone it is never switched; beside another 0, 1 and 9 of its quanta end")
    void quantumAndSwitches() {
        for (var quantum : new long[] {12, 6, 1}) {
            assertEquals(
                    0,
                    Policy.roundRobin(quantum)
                            .schedule(List.of(Job.of("P", 0, 10)))
                            .switches());
        }
        var two = List.of(Job.of("P", 0, 10), Job.of("Q", 0, 10));
        assertEquals(
                List.of(1, 3, 19),
                List.of(12L, 6L, 1L).stream()
                        .map(quantum -> Policy.roundRobin(quantum).schedule(two).switches())
                        .toList());
    }

    @Test
    @DisplayName("Silberschatz, priority: 8.2 on average")
    void priority() {
        var jobs = List.of(
                Job.of("P1", 0, 10).priority(3),
                Job.of("P2", 0, 1).priority(1),
                Job.of("P3", 0, 2).priority(4),
                Job.of("P4", 0, 1).priority(5),
                Job.of("P5", 0, 5).priority(2));
        var schedule = Policy.priority().schedule(jobs);
        assertEquals("P2 1 | P5 6 | P1 16 | P3 18 | P4 19", gantt(schedule));
        assertEquals(8.2, schedule.averageWaiting(), EXACT);
    }

    @Test
    @DisplayName("Silberschatz, priority with round robin among equals, quantum 2")
    void priorityWithRoundRobin() {
        var jobs = List.of(
                Job.of("P1", 0, 4).priority(3),
                Job.of("P2", 0, 5).priority(2),
                Job.of("P3", 0, 8).priority(2),
                Job.of("P4", 0, 7).priority(1),
                Job.of("P5", 0, 3).priority(3));
        assertEquals(
                "P4 7 | P2 9 | P3 11 | P2 13 | P3 15 | P2 16 | P3 20 | P1 22 | P5 24 | P1 26 | P5 27",
                gantt(Policy.priority().roundRobin(2).schedule(jobs)));
    }

    // ---- Stallings: Operating Systems, Internals and Design Principles, the chapter on uniprocessor scheduling

    private static final List<Job> STALLINGS =
            List.of(Job.of("A", 0, 3), Job.of("B", 2, 6), Job.of("C", 4, 4), Job.of("D", 6, 5), Job.of("E", 8, 2));

    private static void stallings(Policy policy, double meanTurnaround, long... finish) {
        var schedule = policy.schedule(STALLINGS);
        assertEquals(Arrays.stream(finish).boxed().toList(), ends(schedule), policy.name());
        assertEquals(meanTurnaround, schedule.averageTurnaround(), EXACT, policy.name());
    }

    @Test
    @DisplayName("Stallings, five jobs: finish times and mean turnaround of FCFS, RR with 1 and 4, SPN, SRT")
    void stallings() {
        stallings(Policy.firstComeFirstServed(), 8.6, 3, 9, 13, 18, 20);
        stallings(Policy.roundRobin(1), 10.8, 4, 18, 17, 20, 15);
        stallings(Policy.roundRobin(4), 10, 3, 17, 11, 20, 19);
        stallings(Policy.shortestJobFirst(), 7.6, 3, 9, 15, 20, 11);
        stallings(Policy.shortestRemainingTimeFirst(), 7.2, 3, 15, 8, 20, 10);
    }

    // ---- Arpaci-Dusseau: Operating Systems, Three Easy Pieces, the chapters on scheduling

    private static List<Job> abc(long a, long b, long c, long later) {
        return List.of(Job.of("A", 0, a), Job.of("B", later, b), Job.of("C", later, c));
    }

    @Test
    @DisplayName("Three Easy Pieces: FIFO 20 and 110, SJF 50 and 103.33, STCF 50, RR responds in 1 instead of 5")
    void threeEasyPieces() {
        var fifo = Policy.firstComeFirstServed();
        assertEquals(20, fifo.schedule(abc(10, 10, 10, 0)).averageTurnaround(), EXACT);
        assertEquals(110, fifo.schedule(abc(100, 10, 10, 0)).averageTurnaround(), EXACT);
        var shortest = Policy.shortestJobFirst();
        assertEquals(50, shortest.schedule(abc(100, 10, 10, 0)).averageTurnaround(), EXACT);
        assertEquals(310 / 3.0, shortest.schedule(abc(100, 10, 10, 10)).averageTurnaround(), EXACT);
        var toCompletion = Policy.shortestRemainingTimeFirst();
        assertEquals(50, toCompletion.schedule(abc(100, 10, 10, 10)).averageTurnaround(), EXACT);
        var five = abc(5, 5, 5, 0);
        assertEquals(5, shortest.schedule(five).averageResponse(), EXACT);
        var inTurn = Policy.roundRobin(1).schedule(five);
        assertEquals(1, inTurn.averageResponse(), EXACT);
        assertEquals(14, inTurn.averageTurnaround(), EXACT);
    }

    @Test
    @DisplayName("after Three Easy Pieces: while A waits for its disk B runs, and the processor is never idle")
    void overlap() {
        var a = Job.of("A", 0, 10)
                .io(10)
                .cpu(10)
                .io(10)
                .cpu(10)
                .io(10)
                .cpu(10)
                .io(10)
                .cpu(10);
        var schedule = Policy.shortestRemainingTimeFirst().schedule(List.of(a, Job.of("B", 0, 60)));
        assertEquals(
                IntStream.range(0, 10)
                        .mapToObj(i -> (i % 2 == 0 ? "A " : "B ") + (i < 9 ? 10 * (i + 1) : 110))
                        .collect(joining(" | ")),
                gantt(schedule));
        assertEquals(1, schedule.cpuUse(), EXACT);
        assertEquals(
                4,
                schedule.waits().stream()
                        .filter(wait -> wait.activity() == Activity.IO)
                        .count());
    }

    @Test
    @DisplayName(
            "Three Easy Pieces, MLFQ with three queues of 10: a long job sinks; a short one that comes at 100 is done before it")
    void multilevelFeedback() {
        var jobs = List.of(Job.of("A", 0, 180), Job.of("B", 100, 20));
        var schedule = Policy.multilevelFeedback(10, 10, 10).schedule(jobs);
        assertEquals("A 100 | B 120 | A 200", gantt(schedule));
        assertEquals(20, schedule.times().getLast().turnaround());
    }

    @Test
    @DisplayName("Three Easy Pieces, MLFQ: who gives the processor up just before its quantum ends sinks all the same")
    void multilevelFeedbackIsNotGamed() {
        var gamer = Job.of("gamer", 0, 9);
        for (var i = 0; i < 9; i++) {
            gamer = gamer.io(1).cpu(9);
        }
        var schedule = Policy.multilevelFeedback(10, 10, 10).schedule(List.of(gamer, Job.of("honest", 0, 90)));
        var honest = schedule.times().getLast();
        assertEquals(true, honest.end() < schedule.end(), "the honest job gets its share");
        assertEquals(
                2,
                schedule.steps().stream()
                        .flatMap(step -> step.events().stream())
                        .filter(event -> event.kind() == Schedule.Event.Kind.SINK
                                && event.job().name().equals("gamer"))
                        .count());
    }
}
