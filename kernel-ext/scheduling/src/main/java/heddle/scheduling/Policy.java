package heddle.scheduling;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Who gets the processor next, and for how long. A policy is a pure function from jobs to a {@link Schedule}.
 *
 * {@snippet :
 * var jobs = List.of(Job.of("P1", 0, 24), Job.of("P2", 0, 3), Job.of("P3", 0, 3));
 * var schedule = Policy.roundRobin(4).schedule(jobs);
 * System.out.println(schedule.averageWaiting()); // 5.666666666666667
 * }
 *
 * <p>What textbooks leave open is decided so: of what happens at the same time, jobs arrive and come back from devices before a quantum ends; who is equal is taken in
 * the order in which they became ready, and of those who became ready together in the order of the list.
 */
public sealed interface Policy {

    /** First come, first served: nobody is interrupted. */
    static Policy firstComeFirstServed() {
        return new FirstComeFirstServed();
    }

    /** The job with the shortest next CPU burst; nobody is interrupted. */
    static Policy shortestJobFirst() {
        return new ShortestFirst(false);
    }

    /** As {@link #shortestJobFirst}, but who becomes ready with less than the running job has left interrupts it. */
    static Policy shortestRemainingTimeFirst() {
        return new ShortestFirst(true);
    }

    /** The most urgent job; nobody is interrupted. See {@link Priority} for the kinds. */
    static Priority priority() {
        return new Priority(false, 0, 0);
    }

    /** In turn, for so many units of time at most. */
    static Policy roundRobin(long quantum) {
        return new RoundRobin(quantum);
    }

    /**
     * Several queues, of which the first that is not empty is served, in turn. Who has used up the quantum of its queue sinks into the next one; what it used counts together, also over
     * waits for a device in between. Who becomes ready in a higher queue interrupts; the interrupted goes on first in its own, with the rest of its quantum. The last queue is served
     * round robin with its quantum.
     *
     * @param quanta one for each queue, the highest first
     */
    static MultilevelFeedback multilevelFeedback(long... quanta) {
        return new MultilevelFeedback(Arrays.stream(quanta).boxed().toList(), 0);
    }

    /** What it is called, with its numbers, such as {@code RR(q=4)}. */
    String name();

    /** Runs these jobs; going from one job to another takes no time. */
    default Schedule schedule(List<Job> jobs) {
        return schedule(jobs, 0);
    }

    /**
     * Runs these jobs.
     *
     * @param switchCost units of time that the processor needs to go from one job to another; the first job of all costs none
     * @throws IllegalArgumentException if there is no job, two have the same name, or one ends at a device
     */
    default Schedule schedule(List<Job> jobs, long switchCost) {
        return new Simulation(this, jobs, switchCost).run();
    }

    record FirstComeFirstServed() implements Policy {
        @Override
        public String name() {
            return "FCFS";
        }
    }

    record ShortestFirst(boolean preemptive) implements Policy {
        @Override
        public String name() {
            return preemptive ? "SRTF" : "SJF";
        }
    }

    /**
     * @param preemptive whether a more urgent job interrupts
     * @param ageing a ready job becomes more urgent by 1 each time it has waited so long, until it runs; 0 for never
     * @param quantum equally urgent jobs take turns after so long; 0 for never
     */
    record Priority(boolean preemptive, long ageing, long quantum) implements Policy {
        public Priority {
            notNegative(ageing, "The time after which a job becomes more urgent");
            notNegative(quantum, "A quantum");
        }

        public Priority preempting() {
            return new Priority(true, ageing, quantum);
        }

        public Priority ageing(long every) {
            return new Priority(preemptive, every, quantum);
        }

        public Priority roundRobin(long each) {
            return new Priority(preemptive, ageing, each);
        }

        @Override
        public String name() {
            return "Priority"
                    + (preemptive || ageing > 0 || quantum > 0
                            ? List.of(
                                            preemptive ? "preemptive" : "",
                                            ageing > 0 ? "ageing=" + ageing : "",
                                            quantum > 0 ? "q=" + quantum : "")
                                    .stream()
                                    .filter(word -> !word.isEmpty())
                                    .collect(Collectors.joining(", ", "(", ")"))
                            : "");
        }
    }

    record RoundRobin(long quantum) implements Policy {
        public RoundRobin {
            positive(quantum);
        }

        @Override
        public String name() {
            return "RR(q=" + quantum + ")";
        }
    }

    /** @param boost all jobs go back to the highest queue every so many units of time; 0 for never */
    record MultilevelFeedback(List<Long> quanta, long boost) implements Policy {
        public MultilevelFeedback {
            quanta = List.copyOf(quanta);
            if (quanta.isEmpty()) {
                throw new IllegalArgumentException(
                        "A multilevel feedback queue has one queue or more: give each a quantum.");
            }
            quanta.forEach(Policy::positive);
            notNegative(boost, "The time after which all jobs go back to the highest queue");
        }

        /** All jobs go back to the highest queue every so many units of time, so that none starves. */
        public MultilevelFeedback boost(long every) {
            return new MultilevelFeedback(quanta, every);
        }

        @Override
        public String name() {
            return "MLFQ(q=" + quanta.stream().map(String::valueOf).collect(Collectors.joining(","))
                    + (boost > 0 ? ", boost=" + boost : "") + ")";
        }
    }

    private static void positive(long quantum) {
        if (quantum <= 0) {
            throw new IllegalArgumentException("A quantum is 1 unit of time or more, not " + quantum + ".");
        }
    }

    private static void notNegative(long time, String what) {
        if (time < 0) {
            throw new IllegalArgumentException(what + " is 0 (for never) or more, not " + time + ".");
        }
    }
}
