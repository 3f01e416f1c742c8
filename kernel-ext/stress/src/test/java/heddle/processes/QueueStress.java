package heddle.processes;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads at a queue that is full with one element, so that both wait for each other. */
final class QueueStress {
    private static final Reused<ProcessQueue<Integer>> QUEUES = new Reused<>(() -> new ProcessQueue<>(1));

    private QueueStress() {}

    @JCStressTest
    @State
    @Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "all, in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, twice or out of order")
    public static class OneToOne {
        final ProcessQueue<Integer> queue = QUEUES.next();

        @Actor
        public void puts() {
            Uninterrupted.run(() -> queue.put(1));
            Uninterrupted.run(() -> queue.put(2));
            Uninterrupted.run(() -> queue.put(3));
        }

        @Actor
        public void takes(III_Result result) {
            result.r1 = Uninterrupted.call(queue::take);
            result.r2 = Uninterrupted.call(queue::take);
            result.r3 = Uninterrupted.call(queue::take);
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one each")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one was lost, or taken twice")
    public static class TwoConsumers {
        final ProcessQueue<Integer> queue = QUEUES.next();

        private int turn(int mine) {
            Uninterrupted.run(() -> queue.put(mine));
            return Uninterrupted.call(queue::take);
        }

        @Actor
        public void first(II_Result result) {
            result.r1 = turn(1);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = turn(2);
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "what was put is taken, sooner or later")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it was lost, or taken twice")
    public static class Polls {
        final ProcessQueue<Integer> queue = QUEUES.next();

        private int polled() {
            var element = queue.poll();
            return element == null ? 0 : element;
        }

        @Actor
        public void puts() {
            Uninterrupted.run(() -> queue.put(1));
        }

        @Actor
        public void polls(II_Result result) {
            result.r1 = polled();
        }

        @Arbiter
        public void end(II_Result result) {
            result.r2 = polled();
        }
    }
}
