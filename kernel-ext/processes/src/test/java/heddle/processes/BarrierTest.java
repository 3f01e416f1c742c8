package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.TreeSet;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows BA1 to BA6. */
@Timeout(120)
class BarrierTest {
    /** A thread that waits at the barrier; it does so when this returns. */
    private static InThread<Integer> waiter(ProcessBarrier barrier) {
        var before = barrier.getNumberWaiting();
        var thread = InThread.start(() -> barrier.await());
        InThread.awaitUntil(() -> barrier.getNumberWaiting() == before + 1);
        return thread;
    }

    private static void assertBroken(InThread<?> thread) {
        assertInstanceOf(
                BrokenBarrierException.class,
                assertThrows(ExecutionException.class, thread::get).getCause());
    }

    private static void assertWorks(ProcessBarrier barrier) throws Exception {
        var threads = new ArrayList<InThread<Integer>>();
        for (var i = 0; i < barrier.getParties(); i++) {
            threads.add(InThread.start(() -> barrier.await(20, SECONDS)));
        }
        var indexes = new TreeSet<Integer>();
        for (var thread : threads) {
            indexes.add(thread.get());
        }
        assertEquals(barrier.getParties(), indexes.size());
        assertEquals(0, barrier.getNumberWaiting());
    }

    @Test
    @DisplayName("BA1 three processes get 0, 1, 2 as they arrive; before, the last runs the action once; and so again")
    void ba1() throws Exception {
        try (var runs = new SharedLong(0);
                var captured = new Captured();
                var barrier = new ProcessBarrier(3, () -> runs.getAndAdd(1))) {
            var children = new ArrayList<ChildProcess>();
            for (var i = 0; i < 3; i++) {
                children.add(new ChildProcess(() -> {
                            for (var round = 1; round <= 4; round++) {
                                System.out.println(round + ": " + barrier.await() + " after " + runs.get());
                                barrier.await(20, SECONDS);
                            }
                        })
                        .start());
            }
            for (var child : children) {
                child.join();
                assertEquals(0, child.exitCode(), captured.err());
            }
            var expected = new TreeSet<String>();
            for (var round = 1; round <= 4; round++) {
                for (var index = 0; index < 3; index++) {
                    expected.add(round + ": " + index + " after " + (2 * round - 1));
                }
            }
            assertEquals(expected, new TreeSet<>(captured.lines()));
            assertEquals(8, runs.get());
        }
        try (var barrier = new ProcessBarrier(3)) {
            var first = waiter(barrier);
            var second = waiter(barrier);
            assertEquals(2, barrier.await());
            assertEquals(0, first.get());
            assertEquals(1, second.get());
        }
    }

    @Test
    @DisplayName(
            "BA2 abort breaks it for those who wait and those who come, until reset; reset breaks it for those who wait")
    void ba2() throws Exception {
        try (var barrier = new ProcessBarrier(3)) {
            var waiters = new ArrayList<InThread<Integer>>();
            waiters.add(waiter(barrier));
            waiters.add(waiter(barrier));
            barrier.abort();
            waiters.forEach(BarrierTest::assertBroken);
            assertTrue(barrier.isBroken());
            assertThrows(BrokenBarrierException.class, barrier::await);
            assertEquals(0, barrier.getNumberWaiting());
            barrier.reset();
            assertFalse(barrier.isBroken());
            assertWorks(barrier);
            var waiter = waiter(barrier);
            barrier.reset();
            assertBroken(waiter);
            assertFalse(barrier.isBroken());
            assertWorks(barrier);
        }
    }

    @Test
    @DisplayName("BA3 who waits too long gets a TimeoutException, all others a BrokenBarrierException")
    void ba3() throws Exception {
        try (var barrier = new ProcessBarrier(3)) {
            var other = waiter(barrier);
            assertThrows(TimeoutException.class, () -> barrier.await(200, MILLISECONDS));
            assertBroken(other);
            assertTrue(barrier.isBroken());
            assertThrows(BrokenBarrierException.class, barrier::await);
            assertThrows(IllegalArgumentException.class, () -> barrier.await(-1, SECONDS));
            barrier.reset();
            assertWorks(barrier);
        }
    }

    @Test
    @DisplayName("BA3 so it is when one is interrupted, who gets that")
    void ba3Interrupted() throws Exception {
        try (var barrier = new ProcessBarrier(3)) {
            var other = waiter(barrier);
            var interrupted = waiter(barrier);
            interrupted.interrupt();
            assertInstanceOf(
                    InterruptedException.class,
                    assertThrows(ExecutionException.class, interrupted::get).getCause());
            assertBroken(other);
            assertTrue(barrier.isBroken());
        }
    }

    @Test
    @DisplayName("BA4 when the action fails, its party gets the failure, the others a BrokenBarrierException")
    void ba4() throws Exception {
        try (var barrier = new ProcessBarrier(2, () -> {
            throw new ArithmeticException("on purpose");
        })) {
            var other = waiter(barrier);
            assertThrows(ArithmeticException.class, barrier::await);
            assertBroken(other);
            assertTrue(barrier.isBroken());
        }
        try (var barrier = new ProcessBarrier(1, () -> {
            throw new IOException("on purpose");
        })) {
            assertInstanceOf(
                    IOException.class,
                    assertThrows(CompletionException.class, barrier::await).getCause());
        }
    }

    @Test
    @DisplayName("BA5 a barrier for nobody is refused")
    void ba5() {
        assertThrows(IllegalArgumentException.class, () -> new ProcessBarrier(0));
        assertThrows(IllegalArgumentException.class, () -> new ProcessBarrier(-1));
        assertThrows(IllegalArgumentException.class, () -> new ProcessBarrier(1025));
    }

    @Test
    @DisplayName("BA6 when a waiting party is killed, the barrier breaks, and counts it no more")
    void ba6() throws Exception {
        try (var barrier = new ProcessBarrier(3)) {
            var child = new ChildProcess(barrier::await).start();
            InThread.awaitUntil(() -> barrier.getNumberWaiting() == 1);
            var other = waiter(barrier);
            child.kill();
            assertBroken(other);
            child.join();
            assertEquals(0, barrier.getNumberWaiting());
            assertThrows(BrokenBarrierException.class, () -> barrier.await(20, SECONDS));
            barrier.reset();
            assertWorks(barrier);
        }
    }

    @Test
    @DisplayName("more threads than parties form one party after the other, also while an action runs")
    void moreThanParties() throws Exception {
        try (var barrier = new ProcessBarrier(2, Thread::yield)) {
            var arrivals = new AtomicInteger(1200);
            var threads = new ArrayList<InThread<Integer>>();
            for (var i = 0; i < 6; i++) {
                threads.add(InThread.start(() -> {
                    var sum = 0;
                    while (arrivals.getAndDecrement() > 0) {
                        sum += barrier.await(20, SECONDS);
                    }
                    return sum;
                }));
            }
            var sum = 0;
            for (var thread : threads) {
                sum += thread.get();
            }
            assertEquals(600, sum);
        }
    }

    @Test
    @DisplayName("closing wakes those who wait")
    void closed() throws Exception {
        var barrier = new ProcessBarrier(2);
        var waiter = waiter(barrier);
        barrier.close();
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, waiter::get).getCause());
        assertThrows(IllegalStateException.class, barrier::await);
    }
}
