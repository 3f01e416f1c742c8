package heddle.scheduling;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What a policy made of some jobs.
 *
 * @param slices what the processor did, without gaps, from the first arrival to the end
 * @param waits what jobs did at devices
 * @param steps each moment at which something happened
 */
public record Schedule(
        Policy policy, List<Job> jobs, long switchCost, List<Slice> slices, List<Slice> waits, List<Step> steps) {

    public enum Activity {
        RUN,
        SWITCH,
        IDLE,
        IO
    }

    /**
     * A stretch of time in which one thing was done.
     *
     * @param job null while idle; of a switch, the one that is switched to
     * @param from in units of time, inclusive
     * @param to exclusive
     */
    public record Slice(Activity activity, Job job, long from, long to) {
        public long length() {
            return to - from;
        }
    }

    /**
     * What happened at one moment, and how things stood then.
     *
     * @param running who has the processor, or is being switched to; null when it is idle
     * @param queues who is ready, in the order in which they will run as things stand; one list for each queue of the policy
     */
    public record Step(long time, List<Event> events, Job running, List<List<Job>> queues) {}

    /**
     * @param job null for a {@link Kind#BOOST}, which is for all
     * @param level the queue that it belongs to now, 0 for the highest
     */
    public record Event(Kind kind, Job job, int level) {
        public enum Kind {
            ARRIVE,
            RETURN,
            DISPATCH,
            PREEMPT,
            QUANTUM,
            SINK,
            BLOCK,
            FINISH,
            BOOST
        }
    }

    /**
     * One job's times.
     *
     * @param start when it ran first
     * @param end when it was done
     * @param waiting how long it was ready and did not run, switches to it included
     */
    public record Times(Job job, long start, long end, long waiting) {
        /** From its arrival until it was done. */
        public long turnaround() {
            return end - job.arrival();
        }

        /** From its arrival until it ran first. */
        public long response() {
            return start - job.arrival();
        }
    }

    public Schedule {
        jobs = List.copyOf(jobs);
        slices = List.copyOf(slices);
        waits = List.copyOf(waits);
        steps = List.copyOf(steps);
    }

    /** In the order in which the jobs were given. */
    public List<Times> times() {
        return jobs.stream().map(this::times).toList();
    }

    /** @throws IllegalArgumentException if it is not in this schedule */
    public Times times(Job job) {
        var ran = slices.stream()
                .filter(slice -> slice.activity() == Activity.RUN && slice.job().equals(job))
                .toList();
        if (ran.isEmpty()) {
            throw new IllegalArgumentException(job.name() + " is not in this schedule.");
        }
        var end = ran.getLast().to();
        return new Times(job, ran.getFirst().from(), end, end - job.arrival() - job.cpuTime() - job.ioTime());
    }

    public double averageTurnaround() {
        return average(Times::turnaround);
    }

    public double averageWaiting() {
        return average(Times::waiting);
    }

    public double averageResponse() {
        return average(Times::response);
    }

    private double average(ToLongFunction<Times> what) {
        return times().stream().mapToLong(what).average().orElseThrow();
    }

    /** When the first job arrived. */
    public long begin() {
        return slices.getFirst().from();
    }

    /** When the last job was done. */
    public long end() {
        return slices.getLast().to();
    }

    /** The part of the time from the first arrival to the end in which a job ran, 0 to 1. */
    public double cpuUse() {
        return (double) total(Activity.RUN) / (end() - begin());
    }

    private long total(Activity activity) {
        return slices.stream()
                .filter(slice -> slice.activity() == activity)
                .mapToLong(Slice::length)
                .sum();
    }

    /** How often the processor went from one job to another. */
    public int switches() {
        var count = 0;
        Job last = null;
        for (var slice : slices) {
            if (slice.activity() == Activity.RUN) {
                count += last != null && !last.equals(slice.job()) ? 1 : 0;
                last = slice.job();
            }
        }
        return count;
    }
}
