package heddle.processes;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Two threads at what processes wait for each other with. One that is never woken makes jcstress give up, which fails too. */
final class SyncStress {
    private static final Reused<ProcessSemaphore> SEMAPHORES = new Reused<>(() -> new ProcessSemaphore(1));
    private static final Reused<ProcessEvent> EVENTS = new Reused<>(ProcessEvent::new);
    private static final Reused<ProcessBarrier> BARRIERS = new Reused<>(() -> new ProcessBarrier(2));
    private static final Reused<ProcessReentrantLock> LOCKS = new Reused<>(ProcessReentrantLock::new);
    private static final Reused<WithCondition> CONDITIONS = new Reused<>(WithCondition::new);

    private SyncStress() {}

    private static final class WithCondition {
        final ProcessLock lock = new ProcessLock();
        final ProcessCondition ready = lock.newCondition();
    }

    @JCStressTest
    @State
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "one after the other, and the permit is back")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both had the permit, or it is lost")
    public static class Semaphore {
        final ProcessSemaphore semaphore = SEMAPHORES.next();
        int count;

        private void count() {
            semaphore.acquireUninterruptibly();
            count++;
            semaphore.release();
        }

        @Actor
        public void first() {
            count();
        }

        @Actor
        public void second() {
            count();
        }

        @Arbiter
        public void end(II_Result result) {
            result.r1 = count;
            result.r2 = semaphore.availablePermits();
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "4", expect = Expect.ACCEPTABLE, desc = "each counted twice, holding the lock twice")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both held the lock")
    public static class ReentrantLock {
        final ProcessReentrantLock lock = LOCKS.next();
        int count;

        private void count() {
            lock.lock();
            count++;
            lock.lock();
            count++;
            lock.unlock();
            lock.unlock();
        }

        @Actor
        public void first() {
            count();
        }

        @Actor
        public void second() {
            count();
        }

        @Arbiter
        public void end(I_Result result) {
            result.r1 = count;
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "who waits sees what was written before the signal")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it went on without")
    public static class Condition {
        final WithCondition with = CONDITIONS.next();
        int written;

        @Actor
        public void waits(I_Result result) {
            with.lock.lock();
            while (written == 0) {
                with.ready.awaitUninterruptibly();
            }
            result.r1 = written;
            with.lock.unlock();
        }

        @Actor
        public void signals() {
            with.lock.lock();
            written = 1;
            with.ready.signal();
            with.lock.unlock();
        }
    }

    @JCStressTest
    @State
    @Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "who waits sees what was written before the event was set")
    @Outcome(expect = Expect.FORBIDDEN, desc = "it does not")
    public static class Event {
        final ProcessEvent event = EVENTS.next();
        int written;

        public Event() {
            event.clear();
        }

        @Actor
        public void waits(Z_Result result) {
            Uninterrupted.run(event::await);
            result.r1 = written == 1;
        }

        @Actor
        public void sets() {
            written = 1;
            event.set();
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = "10, 21",
            expect = Expect.ACCEPTABLE,
            desc = "the first came first, and each sees what the other wrote")
    @Outcome(id = "11, 20", expect = Expect.ACCEPTABLE, desc = "the second did")
    @Outcome(expect = Expect.FORBIDDEN, desc = "they had the same place, or did not meet")
    public static class Barrier {
        final ProcessBarrier barrier = BARRIERS.next();
        int first;
        int second;

        @Actor
        public void first(II_Result result) {
            first = 20;
            result.r1 = Uninterrupted.call(barrier::await) + second;
        }

        @Actor
        public void second(II_Result result) {
            second = 10;
            result.r2 = Uninterrupted.call(barrier::await) + first;
        }
    }
}
