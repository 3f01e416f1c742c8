package heddle.processes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.processes.memory.Words;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows EV1 to EV3. */
@Timeout(120)
class EventTest {
    private static void awaitWaiter(ProcessEvent event) {
        InThread.awaitUntil(() -> (Words.getInt(event.memory, ProcessEvent.WORD) & ProcessEvent.AWAITED) != 0);
    }

    @Test
    @DisplayName("EV1 a new event is not set; set, once or twice, lets pass; cleared, it does not")
    void ev1() throws Exception {
        try (var event = new ProcessEvent()) {
            assertEquals("ProcessEvent[not set]", event.toString());
            assertFalse(event.isSet());
            assertFalse(event.await(100, MILLISECONDS));
            event.set();
            event.set();
            assertEquals("ProcessEvent[set]", event.toString());
            assertTrue(event.isSet());
            assertTrue(event.await(0, SECONDS));
            event.await();
            event.clear();
            event.clear();
            assertFalse(event.isSet());
            assertFalse(event.await(0, SECONDS));
            assertFalse(event.await(Duration.ZERO));
            assertThrows(IllegalArgumentException.class, () -> event.await(-1, SECONDS));
            assertThrows(IllegalArgumentException.class, () -> event.await(Duration.ofNanos(-1)));
            new ChildProcess(event::set).start();
            assertTrue(event.await(20, SECONDS));
        }
    }

    @Test
    @DisplayName("EV2 who waits when it is set gets true, also if it is cleared at once")
    void ev2() throws Exception {
        try (var event = new ProcessEvent();
                var passed = new ProcessSemaphore(0);
                var cleared = new ProcessSemaphore(0)) {
            var child = new ChildProcess(() -> {
                        for (var i = 0; i < 15; i++) {
                            if (event.await(20, SECONDS)) {
                                passed.release();
                            }
                            cleared.acquire();
                        }
                    })
                    .start();
            for (var i = 0; i < 15; i++) {
                awaitWaiter(event);
                event.set();
                event.clear();
                assertTrue(passed.tryAcquire(20, SECONDS), "round " + i);
                cleared.release();
            }
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("EV3 a waiter that was killed disturbs nobody")
    void ev3() throws Exception {
        try (var event = new ProcessEvent()) {
            var child = new ChildProcess(event::await).start();
            awaitWaiter(event);
            var waiter = InThread.start(() -> event.await(20, SECONDS));
            child.kill();
            event.set();
            assertTrue(event.isSet());
            assertTrue(waiter.get());
            child.join();
            event.clear();
            assertFalse(event.await(10, MILLISECONDS));
        }
    }

    @Test
    @DisplayName("a waiting thread can be interrupted, and learns that the event is closed")
    void waits() throws Exception {
        var event = new ProcessEvent();
        var interrupted = InThread.start(() -> event.await(20, SECONDS));
        var virtual = InThread.startVirtual(() -> event.await(20, SECONDS));
        interrupted.interrupt();
        virtual.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, interrupted::get).getCause());
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, virtual::get).getCause());
        var waiter = InThread.start(() -> event.await(20, SECONDS));
        awaitWaiter(event);
        event.close();
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, waiter::get).getCause());
        assertThrows(IllegalStateException.class, event::isSet);
    }
}
