package heddle.scheduling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.scheduling.Schedule.Activity;
import heddle.scheduling.Schedule.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What holds for all jobs, shown for many random ones; and what is refused. */
class SchedulingTest {
    private static final int TRIES = 300;

    private static final List<Policy> POLICIES = List.of(
            Policy.firstComeFirstServed(),
            Policy.shortestJobFirst(),
            Policy.shortestRemainingTimeFirst(),
            Policy.priority(),
            Policy.priority().preempting(),
            Policy.priority().preempting().ageing(3).roundRobin(2),
            Policy.priority().ageing(1),
            Policy.roundRobin(1),
            Policy.roundRobin(5),
            Policy.multilevelFeedback(2, 4, 8),
            Policy.multilevelFeedback(1, 3).boost(10));

    private static List<Job> jobs(Random random, boolean devices, boolean together) {
        return IntStream.range(0, 1 + random.nextInt(6))
                .mapToObj(i -> {
                    var job = Job.of("J" + i, together ? 0 : random.nextInt(20), 1 + random.nextInt(9))
                            .priority(random.nextInt(5));
                    for (var more = devices ? random.nextInt(3) : 0; more > 0; more--) {
                        job = job.io(1 + random.nextInt(9)).cpu(1 + random.nextInt(9));
                    }
                    return job;
                })
                .toList();
    }

    @Test
    @DisplayName(
            "every job runs just as long as it needs, never before its arrival nor at two places at once; the processor does one thing at a time, without gaps")
    void accounts() {
        for (var seed = 0; seed < TRIES; seed++) {
            var random = new Random(seed);
            var jobs = jobs(random, true, false);
            var cost = random.nextInt(3);
            for (var policy : POLICIES) {
                var schedule = policy.schedule(jobs, cost);
                var at = schedule.begin();
                for (var slice : schedule.slices()) {
                    assertEquals(at, slice.from());
                    assertTrue(slice.length() > 0);
                    at = slice.to();
                }
                for (var job : jobs) {
                    var own = Stream.concat(schedule.slices().stream(), schedule.waits().stream())
                            .filter(slice -> job.equals(slice.job()) && slice.activity() != Activity.SWITCH)
                            .sorted((a, b) -> Long.compare(a.from(), b.from()))
                            .toList();
                    assertTrue(own.getFirst().from() >= job.arrival());
                    for (var i = 1; i < own.size(); i++) {
                        assertTrue(own.get(i - 1).to() <= own.get(i).from(), policy.name() + " " + jobs);
                    }
                    assertEquals(job.cpuTime(), sum(own, Activity.RUN));
                    assertEquals(job.ioTime(), sum(own, Activity.IO));
                    assertTrue(schedule.times(job).waiting() >= 0);
                }
                assertEquals(schedule, policy.schedule(jobs, cost), "always the same");
            }
        }
    }

    private static long sum(List<Slice> slices, Activity activity) {
        return slices.stream()
                .filter(slice -> slice.activity() == activity)
                .mapToLong(Slice::length)
                .sum();
    }

    @Test
    @DisplayName(
            "work is conserved: the processor is idle only while nobody is ready, so without devices and costs all policies end at the same time")
    void conserves() {
        for (var seed = 0; seed < TRIES; seed++) {
            var jobs = jobs(new Random(seed), false, false);
            var ends = POLICIES.stream()
                    .map(policy -> policy.schedule(jobs).end())
                    .distinct()
                    .toList();
            assertEquals(1, ends.size(), jobs.toString());
            for (var policy : POLICIES) {
                var schedule = policy.schedule(jobs);
                for (var idle : schedule.slices()) {
                    if (idle.activity() == Activity.IDLE) {
                        for (var times : schedule.times()) {
                            assertTrue(times.job().arrival() >= idle.to() || times.end() <= idle.from());
                        }
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("of all orders SJF has the least average waiting when all arrive together, SRTF has it always")
    void optimal() {
        for (var seed = 0; seed < 60; seed++) {
            var random = new Random(seed);
            var together = jobs(random, false, true);
            var least = orders(together).stream()
                    .mapToDouble(order ->
                            Policy.firstComeFirstServed().schedule(order).averageWaiting())
                    .min()
                    .orElseThrow();
            assertEquals(least, Policy.shortestJobFirst().schedule(together).averageWaiting(), 1e-9);
            var spread = jobs(random, false, false);
            var best = Policy.shortestRemainingTimeFirst().schedule(spread).averageWaiting();
            for (var policy : POLICIES) {
                assertTrue(best <= policy.schedule(spread).averageWaiting() + 1e-9, policy.name() + " " + spread);
            }
        }
    }

    private static List<List<Job>> orders(List<Job> jobs) {
        if (jobs.isEmpty()) {
            return List.of(List.of());
        }
        var all = new ArrayList<List<Job>>();
        for (var first : jobs) {
            var rest = new ArrayList<>(jobs);
            rest.remove(first);
            for (var order : orders(rest)) {
                var whole = new ArrayList<>(List.of(first));
                whole.addAll(order);
                all.add(whole);
            }
        }
        return all;
    }

    @Test
    @DisplayName(
            "without ageing a job starves as long as more urgent ones come; with it, it runs after a bounded time, however many come")
    void ageing() {
        for (var count : List.of(50, 500)) {
            var jobs = new ArrayList<Job>();
            jobs.add(Job.of("patient", 0, 2).priority(9));
            for (var i = 0; i < count; i++) {
                jobs.add(Job.of("urgent" + i, 2L * i, 2).priority(0));
            }
            var starved = Policy.priority().preempting().schedule(jobs).times().getFirst();
            assertEquals(2L * count, starved.start(), "behind all others");
            var aged = Policy.priority()
                    .preempting()
                    .ageing(5)
                    .schedule(jobs)
                    .times()
                    .getFirst();
            assertTrue(aged.end() <= 9 * 5 + 4, "not " + aged.end());
        }
    }

    @Test
    @DisplayName(
            "switches cost what was said, the first job none; who ages during switches does not keep all others from running")
    void switches() {
        var two = List.of(Job.of("A", 0, 3), Job.of("B", 0, 3));
        var schedule = Policy.roundRobin(1).schedule(two, 2);
        assertEquals(5, schedule.switches());
        assertEquals(6 + 5 * 2, schedule.end());
        assertEquals(6 / 16.0, schedule.cpuUse(), 1e-9);
        var equal = List.of(Job.of("A", 0, 5).priority(1), Job.of("B", 0, 5).priority(1), Job.of("C", 0, 5));
        var end = Policy.priority().preempting().ageing(1).schedule(equal, 7).end();
        assertTrue(end >= 15 && end < 15 + 15 * 7, "" + end);
    }

    @Test
    @DisplayName("steps tell each moment: who arrived, who runs, who waits in which queue")
    void steps() {
        var schedule = Policy.multilevelFeedback(2, 4).schedule(List.of(Job.of("A", 0, 5), Job.of("B", 1, 1)));
        var told = schedule.steps().stream()
                .map(step -> step.time() + " "
                        + step.events().stream()
                                .map(event -> event.kind() + ":"
                                        + (event.job() == null
                                                ? ""
                                                : event.job().name()))
                                .toList()
                        + " " + (step.running() == null ? "-" : step.running().name()) + " "
                        + step.queues().stream()
                                .map(queue -> queue.stream().map(Job::name).toList())
                                .toList())
                .toList();
        assertEquals(
                List.of(
                        "0 [ARRIVE:A, DISPATCH:A] A [[], []]",
                        "1 [ARRIVE:B] A [[B], []]",
                        "2 [SINK:A, DISPATCH:B] B [[], [A]]",
                        "3 [FINISH:B, DISPATCH:A] A [[], []]",
                        "6 [FINISH:A] - [[], []]"),
                told);
    }

    @Test
    @DisplayName("what makes no sense is refused in one sentence")
    void refusals() {
        var job = Job.of("A", 0, 1);
        var fcfs = Policy.firstComeFirstServed();
        for (var wrong : List.<Runnable>of(
                () -> Job.of("A", -1, 1),
                () -> Job.of("A", 0, 0),
                () -> Job.of(" ", 0, 1),
                () -> job.cpu(1),
                () -> Policy.roundRobin(0),
                () -> Policy.multilevelFeedback(),
                () -> Policy.multilevelFeedback(4, 0),
                () -> Policy.priority().ageing(-1),
                () -> fcfs.schedule(List.of()),
                () -> fcfs.schedule(List.of(job, job)),
                () -> fcfs.schedule(List.of(job.io(3))),
                () -> fcfs.schedule(List.of(job), -1),
                () -> fcfs.schedule(List.of(job)).times(Job.of("B", 0, 1)))) {
            var message =
                    assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
            assertTrue(message.endsWith(".") && message.length() > 20, message);
        }
    }
}
