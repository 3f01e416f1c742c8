package heddle.scheduling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Who is ready, and what a policy makes of that. */
abstract sealed class Ready {
    static final long NEVER = Long.MAX_VALUE;

    static Ready of(Policy policy) {
        return switch (policy) {
            case Policy.FirstComeFirstServed _ -> new Single(_ -> 0, false, 0, 0);
            case Policy.ShortestFirst(boolean preemptive) -> new Single(task -> task.left, preemptive, 0, 0);
            case Policy.RoundRobin(long quantum) -> new Single(_ -> 0, false, 0, quantum);
            case Policy.Priority(boolean preemptive, long ageing, long quantum) ->
                new Single(task -> task.job.priority() - task.gained, preemptive, ageing, quantum);
            case Policy.MultilevelFeedback feedback -> new Levels(feedback.quanta());
        };
    }

    /** Time has come to this. */
    void at(long now) {}

    /** When something changes by the passing of time alone. */
    long nextChange(long now) {
        return NEVER;
    }

    /** One more who is ready, behind its equals. */
    abstract void add(Task task);

    /** The one that was interrupted. */
    abstract void addInterrupted(Task task);

    /** Takes out who runs next; null when nobody is ready. */
    abstract Task next();

    /** The first of those who are ready, if it interrupts this one; else null. */
    abstract Task interrupter(Task running);

    /** For how much of its quantum it may still run. */
    abstract long allowance(Task task);

    /** Its quantum is used up; it is not among those who are ready. @return whether it sinks into a lower queue */
    boolean endQuantum(Task task) {
        task.used = 0;
        return false;
    }

    /** All who are ready go to the highest queue. */
    void boost() {}

    /** In the order in which they would run. */
    abstract Stream<List<Task>> queues();

    /** One queue, in which the least number is the most urgent. */
    private static final class Single extends Ready {
        private final List<Task> tasks = new ArrayList<>();
        private final Comparator<Task> order;
        private final ToLongFunction<Task> urgency;
        private final boolean preemptive;
        private final long ageing;
        private final long quantum;

        Single(ToLongFunction<Task> urgency, boolean preemptive, long ageing, long quantum) {
            this.urgency = urgency;
            this.order = Comparator.comparingLong(urgency); // sorting keeps the order of equals
            this.preemptive = preemptive;
            this.ageing = ageing;
            this.quantum = quantum;
        }

        @Override
        void at(long now) {
            if (ageing > 0) {
                tasks.forEach(task -> task.gained = (now - task.readySince) / ageing);
                tasks.sort(order);
            }
        }

        @Override
        long nextChange(long now) {
            return ageing == 0
                    ? NEVER
                    : tasks.stream()
                            .mapToLong(task -> now + ageing - (now - task.readySince) % ageing)
                            .min()
                            .orElse(NEVER);
        }

        @Override
        void add(Task task) {
            task.used = 0;
            task.gained = 0;
            tasks.add(task);
            tasks.sort(order);
        }

        @Override
        void addInterrupted(Task task) {
            add(task);
        }

        @Override
        Task next() {
            return tasks.isEmpty() ? null : tasks.removeFirst();
        }

        @Override
        Task interrupter(Task running) {
            return preemptive
                            && !tasks.isEmpty()
                            && urgency.applyAsLong(tasks.getFirst()) < urgency.applyAsLong(running)
                    ? tasks.getFirst()
                    : null;
        }

        @Override
        long allowance(Task task) {
            return quantum == 0 ? NEVER : quantum - task.used;
        }

        @Override
        Stream<List<Task>> queues() {
            return Stream.of(tasks);
        }
    }

    /** A multilevel feedback queue. */
    private static final class Levels extends Ready {
        private final List<Long> quanta;
        private final List<List<Task>> levels = new ArrayList<>();

        Levels(List<Long> quanta) {
            this.quanta = quanta;
            quanta.forEach(_ -> levels.add(new ArrayList<>()));
        }

        @Override
        void add(Task task) {
            levels.get(task.level).addLast(task);
        }

        @Override
        void addInterrupted(Task task) {
            levels.get(task.level).addFirst(task);
        }

        private List<Task> highest() {
            return levels.stream().filter(level -> !level.isEmpty()).findFirst().orElse(null);
        }

        @Override
        Task next() {
            var level = highest();
            return level == null ? null : level.removeFirst();
        }

        @Override
        Task interrupter(Task running) {
            var level = highest();
            return level != null && level.getFirst().level < running.level ? level.getFirst() : null;
        }

        @Override
        long allowance(Task task) {
            return quanta.get(task.level) - task.used;
        }

        @Override
        boolean endQuantum(Task task) {
            task.used = 0;
            if (task.level == quanta.size() - 1) {
                return false;
            }
            task.level++;
            return true;
        }

        @Override
        void boost() {
            var all = levels.stream().flatMap(List::stream).toList();
            levels.forEach(List::clear);
            all.forEach(Task::rise);
            levels.getFirst().addAll(all);
        }

        @Override
        Stream<List<Task>> queues() {
            return levels.stream();
        }
    }
}
