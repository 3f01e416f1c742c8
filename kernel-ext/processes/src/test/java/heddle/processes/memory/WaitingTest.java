package heddle.processes.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways to wait, whatever this system has chosen. */
class WaitingTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final MemorySegment memory = Arena.ofAuto().allocate(64, 64);

    static Stream<Waiting> ways() {
        return Stream.of(Futex.ofThisSystem(), new Backoff()).filter(way -> way != null);
    }

    @Test
    void linuxHasAFutex() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "Linux only");
        assertNotNull(Futex.ofThisSystem());
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aChangedWordIsNotWaitedFor(Waiting way) {
        way.sleep(memory, 8, 1, Waiting.FOREVER);
        way.await(memory, 8, 1, Waiting.FOREVER);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theDeadlineEndsIt(Waiting way) {
        var deadline = Waiting.deadline(TimeUnit.MILLISECONDS.toNanos(30));
        while (Waiting.remaining(deadline) > 0) {
            way.await(memory, 8, 0, deadline);
        }
        assertTrue(System.nanoTime() >= deadline);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aChangeWakes(Waiting way) throws Exception {
        var sleeper = Thread.ofPlatform().start(() -> {
            while (Words.getInt(memory, 8) == 0) {
                way.await(memory, 8, 0, Waiting.FOREVER);
            }
        });
        Words.setInt(memory, 8, 1);
        way.wake(memory, 8, Waiting.ALL);
        assertTrue(sleeper.join(LONG));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anInterruptWakesAndStays(Waiting way) throws Exception {
        // at many moments: before, while and after it falls asleep
        for (var round = 0; round < 200; round++) {
            var begins = new CountDownLatch(1);
            var sleeper = Thread.ofPlatform().start(() -> {
                begins.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                    way.sleep(memory, 8, 0, Waiting.FOREVER);
                }
            });
            begins.await();
            for (var i = 0; i < round * 50; i++) {
                Thread.onSpinWait();
            }
            sleeper.interrupt();
            assertTrue(sleeper.join(LONG), "round " + round);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void virtualThreadsWaitWithoutTheirCarriers(Waiting way) throws Exception {
        var sleepers = new ArrayList<Thread>();
        var woken = new AtomicInteger();
        for (var i = 0; i < 200; i++) {
            sleepers.add(Thread.startVirtualThread(() -> {
                while (Words.getInt(memory, 8) == 0) {
                    way.await(memory, 8, 0, Waiting.FOREVER);
                }
                woken.incrementAndGet();
            }));
        }
        // there are more of them than carriers: this one would never run if they kept theirs
        assertTrue(Thread.startVirtualThread(() -> Words.setInt(memory, 8, 1)).join(LONG));
        way.wake(memory, 8, Waiting.ALL);
        for (var sleeper : sleepers) {
            assertTrue(sleeper.join(LONG));
        }
        assertEquals(200, woken.get());
    }

    @Test
    void farDeadlinesNeverCome() {
        assertEquals(Waiting.FOREVER, Waiting.deadline(Long.MAX_VALUE));
        assertEquals(Waiting.FOREVER, Waiting.deadline(Long.MAX_VALUE / 2 + 1));
        assertEquals(Waiting.FOREVER, Waiting.remaining(Waiting.FOREVER));
        assertTrue(Waiting.remaining(Waiting.deadline(-5)) <= 0);
    }
}
