package heddle.processes;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** "Processes", by their numbers, at one {@link Mutex}. Two actors each: jcstress runs no more of them than there are cores. */
final class MutexStress {
    private static final int FIRST = 1025;
    private static final int SECOND = 1026;
    private static final int THIRD = 1027;
    private static final long COUNT = 8;

    private MutexStress() {}

    /** Plain reads and writes in between: what one writes the next sees. */
    private static void count(MemorySegment memory, int self) {
        Mutex.lock(memory, 0, self);
        memory.set(ValueLayout.JAVA_INT, COUNT, memory.get(ValueLayout.JAVA_INT, COUNT) + 1);
        Mutex.unlock(memory, 0);
    }

    @JCStressTest
    @State
    @Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "each counted once, and nobody holds it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an update was lost, or the mutex stayed locked")
    public static class Excludes {
        final MemorySegment memory = Slices.next();

        @Actor
        public void first() {
            count(memory, FIRST);
            count(memory, FIRST);
        }

        @Actor
        public void second() {
            count(memory, SECOND);
            count(memory, SECOND);
        }

        @Arbiter
        public void end(II_Result result) {
            result.r1 = memory.get(ValueLayout.JAVA_INT, COUNT);
            result.r2 = Mutex.holder(memory, 0);
        }
    }

    /** The first holds it and is dead; its parent buries it while the others come. */
    @JCStressTest
    @State
    @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "both got it, one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both had it at once, or the mutex stayed locked")
    public static class OutlivesItsHolder {
        final MemorySegment memory = Slices.next();

        public OutlivesItsHolder() {
            Mutex.tryLock(memory, 0, FIRST);
        }

        @Actor
        public void second() {
            count(memory, SECOND);
        }

        @Actor
        public void undertaker() {
            Mutex.bury(memory, 0, FIRST);
            count(memory, THIRD);
            Mutex.bury(memory, 0, FIRST);
        }

        @Arbiter
        public void end(II_Result result) {
            result.r1 = memory.get(ValueLayout.JAVA_INT, COUNT);
            result.r2 = Mutex.holder(memory, 0);
        }
    }

    /** One gives up, at any moment: the mutex must not be left to it. */
    @JCStressTest
    @State
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "it got it in time")
    @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "it gave up")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the mutex stayed locked")
    public static class CanBeGivenUp {
        final MemorySegment memory = Slices.next();

        @Actor
        public void first() {
            count(memory, FIRST);
        }

        @Actor
        public void second(ZI_Result result) {
            result.r1 = Mutex.lock(memory, 0, SECOND, Waiting.deadline(1_000));
            if (result.r1) {
                Mutex.unlock(memory, 0);
            }
        }

        @Arbiter
        public void end(ZI_Result result) {
            result.r2 = Mutex.holder(memory, 0);
        }
    }
}
