package heddle.scheduling;

import heddle.scheduling.Schedule.Activity;
import heddle.scheduling.Schedule.Event;
import heddle.scheduling.Schedule.Event.Kind;
import heddle.scheduling.Schedule.Slice;
import heddle.scheduling.Schedule.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/** One processor, from one moment at which something happens to the next. */
final class Simulation {
    private final Policy policy;
    private final List<Job> jobs;
    private final long switchCost;
    private final Ready ready;
    private final long boost;

    /** In the order of the list of jobs. */
    private final List<Task> toCome = new ArrayList<>();

    private final List<Task> atDevices = new ArrayList<>();

    private final List<Slice> slices = new ArrayList<>();
    private final List<Slice> waits = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private List<Event> events = new ArrayList<>();

    private long now;
    private Task running;
    /** When the running job begins to run, which is later than now during a switch. */
    private long runsFrom;

    private long dispatched;

    private Job last;

    Simulation(Policy policy, List<Job> jobs, long switchCost) {
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException("There is no job to schedule.");
        }
        if (switchCost < 0) {
            throw new IllegalArgumentException("A switch takes 0 units of time or more, not " + switchCost + ".");
        }
        var names = new HashSet<String>();
        for (var job : jobs) {
            if (!names.add(job.name())) {
                throw new IllegalArgumentException(
                        "Two jobs are called " + job.name() + ": give each a name of its own.");
            }
            if (job.bursts().getLast().kind() == Burst.Kind.IO) {
                throw new IllegalArgumentException(job.name() + " ends at a device: add a CPU burst behind it.");
            }
            toCome.add(new Task(job));
        }
        this.policy = policy;
        this.jobs = jobs;
        this.switchCost = switchCost;
        ready = Ready.of(policy);
        boost = policy instanceof Policy.MultilevelFeedback feedback ? feedback.boost() : 0;
    }

    Schedule run() {
        now = toCome.stream().mapToLong(task -> task.job.arrival()).min().orElseThrow();
        var begin = now;
        while (true) {
            arrivals();
            endOfRun();
            if (boost > 0 && now > begin && (now - begin) % boost == 0) {
                boost();
            }
            ready.at(now);
            if (running != null && runsFrom <= now) {
                interrupt();
            }
            if (running == null) {
                dispatch();
            }
            note();
            if (running == null && toCome.isEmpty() && atDevices.isEmpty()) {
                return new Schedule(policy, jobs, switchCost, slices, waits, steps);
            }
            advance(begin);
        }
    }

    private void arrivals() {
        for (var task : List.copyOf(atDevices)) {
            if (task.back == now) {
                atDevices.remove(task);
                task.nextBurst();
                becomesReady(task, Kind.RETURN);
            }
        }
        for (var task : List.copyOf(toCome)) {
            if (task.job.arrival() == now) {
                toCome.remove(task);
                becomesReady(task, Kind.ARRIVE);
            }
        }
    }

    private void becomesReady(Task task, Kind why) {
        task.readySince = now;
        ready.add(task);
        events.add(new Event(why, task.job, task.level));
    }

    private void endOfRun() {
        if (running == null || runsFrom > now) {
            return;
        }
        if (running.left == 0) {
            leave();
        } else if (ready.allowance(running) == 0) {
            var task = running;
            running = null;
            var sinks = ready.endQuantum(task);
            events.add(new Event(sinks ? Kind.SINK : Kind.QUANTUM, task.job, task.level));
            task.readySince = now;
            ready.add(task);
        }
    }

    private void leave() {
        var task = running;
        running = null;
        if (!task.hasMore()) {
            events.add(new Event(Kind.FINISH, task.job, task.level));
            return;
        }
        if (ready.allowance(task) == 0) { // at the same moment: it does not escape so
            ready.endQuantum(task);
        }
        task.nextBurst();
        task.back = now + task.left;
        waits.add(new Slice(Activity.IO, task.job, now, task.back));
        atDevices.add(task);
        events.add(new Event(Kind.BLOCK, task.job, task.level));
    }

    private void boost() {
        ready.boost();
        atDevices.forEach(Task::rise);
        if (running != null) {
            running.rise();
        }
        events.add(new Event(Kind.BOOST, null, 0));
    }

    private void interrupt() {
        var interrupter = ready.interrupter(running);
        // who only aged during a switch waits until the other has run at all: else both might age and switch for ever
        if (interrupter == null || now == runsFrom && interrupter.readySince < dispatched) {
            return;
        }
        var task = running;
        running = null;
        events.add(new Event(Kind.PREEMPT, task.job, task.level));
        task.readySince = now;
        ready.addInterrupted(task);
    }

    private void dispatch() {
        running = ready.next();
        if (running != null) {
            var cost = last == null || last.equals(running.job) ? 0 : switchCost;
            if (cost > 0) {
                slices.add(new Slice(Activity.SWITCH, running.job, now, now + cost));
            }
            dispatched = now;
            runsFrom = now + cost;
            last = running.job;
            events.add(new Event(Kind.DISPATCH, running.job, running.level));
        }
    }

    private void note() {
        if (!events.isEmpty()) {
            var queues = ready.queues()
                    .map(queue -> queue.stream().map(task -> task.job).toList())
                    .toList();
            steps.add(new Step(now, List.copyOf(events), running == null ? null : running.job, queues));
            events = new ArrayList<>();
        }
    }

    /** To the next moment at which anything happens. */
    private void advance(long begin) {
        var switching = running != null && runsFrom > now;
        var next = LongStream.of(
                        toCome.stream()
                                .mapToLong(task -> task.job.arrival())
                                .min()
                                .orElse(Ready.NEVER),
                        atDevices.stream().mapToLong(task -> task.back).min().orElse(Ready.NEVER),
                        switching ? runsFrom : Ready.NEVER,
                        running == null || switching
                                ? Ready.NEVER
                                : now + Math.min(running.left, ready.allowance(running)),
                        ready.nextChange(now),
                        boost == 0 ? Ready.NEVER : now + boost - (now - begin) % boost)
                .min()
                .orElseThrow();
        if (running == null) {
            add(Activity.IDLE, null, next);
        } else if (!switching) {
            add(Activity.RUN, running.job, next);
            running.left -= next - now;
            running.used += next - now;
        }
        now = next;
    }

    /** One more slice, or a longer last one. */
    private void add(Activity activity, Job job, long to) {
        var before = slices.isEmpty() ? null : slices.getLast();
        if (before != null
                && before.activity() == activity
                && before.to() == now
                && Objects.equals(before.job(), job)) {
            slices.set(slices.size() - 1, new Slice(activity, job, before.from(), to));
        } else {
            slices.add(new Slice(activity, job, now, to));
        }
    }
}
