package heddle.scheduling;

import java.util.ArrayList;
import java.util.List;

/**
 * What is to be scheduled. Times are whole numbers of a unit that the user chooses, such as milliseconds.
 *
 * {@snippet :
 * var editor = Job.of("editor", 0, 2).io(5).cpu(1).priority(1);
 * }
 *
 * @param arrival when it becomes ready for the first time, 0 or later
 * @param priority the smaller the number, the more urgent, as on Unix; 0 when nothing is said
 * @param bursts processor and input/output in turn, the processor first and last
 */
public record Job(String name, long arrival, int priority, List<Burst> bursts) {

    /**
     * @throws IllegalArgumentException if it has no name, arrives before 0, or its bursts do not take turns
     */
    public Job {
        bursts = List.copyOf(bursts);
        if (name.isBlank()) {
            throw new IllegalArgumentException("A job needs a name that is not blank.");
        }
        if (arrival < 0) {
            throw new IllegalArgumentException(name + " arrives at 0 or later, not at " + arrival + ".");
        }
        if (bursts.isEmpty()) {
            throw new IllegalArgumentException(name + " has nothing to do: give it a CPU burst.");
        }
        for (var i = 0; i < bursts.size(); i++) {
            if ((bursts.get(i).kind() == Burst.Kind.CPU) != (i % 2 == 0)) {
                throw new IllegalArgumentException(
                        name + " uses the processor and devices in turn, and the processor first: not " + bursts + ".");
            }
        }
    }

    /** A job of one CPU burst. */
    public static Job of(String name, long arrival, long cpu) {
        return new Job(name, arrival, 0, List.of(new Burst(Burst.Kind.CPU, cpu)));
    }

    /** The same, which then waits for a device for so long; a {@link #cpu} burst is to follow, else it ends with that. */
    public Job io(long length) {
        return with(new Burst(Burst.Kind.IO, length));
    }

    /** The same with one more CPU burst. */
    public Job cpu(long length) {
        return with(new Burst(Burst.Kind.CPU, length));
    }

    public Job priority(int priority) {
        return new Job(name, arrival, priority, bursts);
    }

    private Job with(Burst more) {
        var all = new ArrayList<>(bursts);
        all.add(more);
        return new Job(name, arrival, priority, all);
    }

    /** Units of processor time that it needs in all. */
    public long cpuTime() {
        return total(Burst.Kind.CPU);
    }

    /** Units of time that it spends at devices in all. */
    public long ioTime() {
        return total(Burst.Kind.IO);
    }

    private long total(Burst.Kind kind) {
        return bursts.stream()
                .filter(burst -> burst.kind() == kind)
                .mapToLong(Burst::length)
                .sum();
    }
}
