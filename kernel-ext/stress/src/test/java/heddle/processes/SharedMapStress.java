package heddle.processes;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** Threads at one map, each pair of them at a key of its own, so that the map grows and moves to new generations meanwhile. */
final class SharedMapStress {
    private static final SharedMap<Integer, Object> MAP = new SharedMap<>();
    private static final SharedList<String> LIST = new SharedList<>();
    private static final AtomicInteger KEYS = new AtomicInteger();
    private static final String OLD = "a value that is longer than a word";
    private static final String NEW = "another one";

    private SharedMapStress() {}

    @JCStressTest
    @State
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both counted")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an update was lost")
    public static class Merges {
        final Integer key = KEYS.incrementAndGet();

        private void merge() {
            MAP.merge(key, 1, (one, other) -> (Integer) one + (Integer) other);
        }

        @Actor
        public void first() {
            merge();
        }

        @Actor
        public void second() {
            merge();
        }

        @Arbiter
        public void end(L_Result result) {
            result.r1 = MAP.remove(key);
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"null, null", "null, " + OLD, "null, " + NEW, OLD + ", " + OLD, OLD + ", " + NEW, NEW + ", " + NEW},
            expect = Expect.ACCEPTABLE,
            desc = "one after the other, each of them whole")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half a value, or an older one after a newer one")
    public static class ReadsWithoutLock {
        final Integer key = KEYS.incrementAndGet();

        @Actor
        public void writer() {
            MAP.put(key, OLD);
            MAP.put(key, NEW);
        }

        @Actor
        public void reader(LL_Result result) {
            result.r1 = MAP.get(key);
            result.r2 = MAP.get(key);
        }

        @Arbiter
        public void end(LL_Result result) {
            MAP.remove(key);
        }
    }

    /** An element that is removed makes room for the next one in the same place. */
    @JCStressTest
    @State
    @Outcome(
            id = {"none", OLD, NEW},
            expect = Expect.ACCEPTABLE,
            desc = "what was there at some moment")
    @Outcome(expect = Expect.FORBIDDEN, desc = "what never was")
    public static class ReadsTheLast {
        @Actor
        public void writer() {
            LIST.add(OLD);
            LIST.removeLast();
            LIST.add(NEW);
            LIST.removeLast();
        }

        @Actor
        public void reader(L_Result result) {
            try {
                result.r1 = LIST.get(0);
            } catch (IndexOutOfBoundsException e) {
                result.r1 = "none";
            }
        }
    }
}
