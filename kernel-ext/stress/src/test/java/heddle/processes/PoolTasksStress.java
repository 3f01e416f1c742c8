package heddle.processes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Workers, by their numbers, at the slots of one {@link PoolTasks}, of which there are two here. */
final class PoolTasksStress {
    private static final int FIRST = 1025;
    private static final int SECOND = 1026;
    private static final int SLOTS = 2;
    private static final long LENGTH = 512;
    private static final long COUNT = 1 << 17;

    private static final MemorySegment ALL = Arena.global().allocate(LENGTH * COUNT, LENGTH);
    private static final AtomicLong NEXT = new AtomicLong();

    static {
        if (PoolTasks.length(SLOTS) > LENGTH) {
            throw new AssertionError(PoolTasks.length(SLOTS));
        }
    }

    private PoolTasksStress() {}

    /** @param tasks how many are there at first */
    private static MemorySegment with(int tasks) {
        var memory =
                ALL.asSlice(NEXT.getAndIncrement() % COUNT * LENGTH, LENGTH).fill((byte) 0);
        PoolTasks.begin(memory);
        for (var number = 1; number <= tasks; number++) {
            PoolTasks.offer(memory, SLOTS, number);
        }
        return memory;
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "each has one")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both have the same, or one has none")
    public static class EachTakesAnother {
        final MemorySegment memory = with(2);

        @Actor
        public void first(II_Result result) {
            result.r1 = PoolTasks.take(memory, SLOTS, FIRST);
        }

        @Actor
        public void second(II_Result result) {
            result.r2 = PoolTasks.take(memory, SLOTS, SECOND);
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "it was cancelled, and nobody has it")
    @Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "the worker has it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it is lost, or cancelled and taken")
    public static class CancelledOrTaken {
        final MemorySegment memory = with(1);

        @Actor
        public void pool(ZI_Result result) {
            result.r1 = PoolTasks.cancel(memory, SLOTS, 1);
        }

        @Actor
        public void worker(ZI_Result result) {
            result.r2 = PoolTasks.take(memory, SLOTS, FIRST);
        }
    }

    /** A slot is used again as soon as it is free, while the other worker may still be looking at it. */
    @JCStressTest
    @State
    @Outcome(
            id = "1, 2, 3",
            expect = Expect.ACCEPTABLE,
            desc = "the first worker was first, and so there is a third task")
    @Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "the second worker was first")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one was taken twice, or lost")
    public static class SlotsAreUsedAgain {
        final MemorySegment memory = with(2);

        @Actor
        public void first(III_Result result) {
            var number = PoolTasks.take(memory, SLOTS, FIRST);
            PoolTasks.free(memory, SLOTS, number);
            if (number == 1) {
                PoolTasks.offer(memory, SLOTS, 3);
            }
            result.r1 = number;
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = PoolTasks.take(memory, SLOTS, SECOND);
        }

        @Arbiter
        public void rest(III_Result result) {
            result.r3 = PoolTasks.take(memory, SLOTS, SECOND);
        }
    }
}
