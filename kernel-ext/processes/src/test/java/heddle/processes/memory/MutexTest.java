package heddle.processes.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MutexTest {
    private static final int ME = 1025;
    private static final int OTHER = 1026;

    private final MemorySegment memory = Arena.ofAuto().allocate(64, 64);

    @Test
    void oneHoldsIt() {
        assertTrue(Mutex.tryLock(memory, 0, ME));
        assertEquals(ME, Mutex.holder(memory, 0));
        assertFalse(Mutex.tryLock(memory, 0, ME));
        assertFalse(Mutex.lock(memory, 0, OTHER, Waiting.deadline(TimeUnit.MILLISECONDS.toNanos(5))));
        Mutex.unlock(memory, 0);
        assertEquals(0, Mutex.holder(memory, 0));
        assertTrue(Mutex.lock(memory, 0, OTHER, Waiting.FOREVER));
    }

    @Test
    void aDeadHolderFreesIt() throws Exception {
        Mutex.lock(memory, 0, OTHER);
        var waiter = Thread.ofPlatform().start(() -> Mutex.lock(memory, 0, ME));
        assertFalse(Mutex.bury(memory, 0, ME));
        assertTrue(Mutex.bury(memory, 0, OTHER));
        assertTrue(waiter.join(Duration.ofSeconds(30)));
        assertEquals(ME, Mutex.holder(memory, 0));
    }

    @Test
    void anInterruptIsKeptForLater() throws Exception {
        Mutex.lock(memory, 0, OTHER);
        var begins = new CountDownLatch(1);
        var waiter = Thread.ofPlatform().start(() -> {
            begins.countDown();
            Mutex.lock(memory, 0, ME);
            assertTrue(Thread.interrupted());
        });
        begins.await();
        waiter.interrupt();
        assertFalse(waiter.join(Duration.ofMillis(20)));
        Mutex.unlock(memory, 0);
        assertTrue(waiter.join(Duration.ofSeconds(30)));
    }

    @Test
    void manyExcludeEachOther() throws Exception {
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < 6; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (var round = 0; round < 20_000; round++) {
                    Mutex.lock(memory, 0, ME);
                    Words.setLong(memory, 8, Words.getLong(memory, 8) + 1);
                    Mutex.unlock(memory, 0);
                }
            }));
        }
        for (var thread : threads) {
            assertTrue(thread.join(Duration.ofSeconds(60)));
        }
        assertEquals(120_000, Words.getLong(memory, 8));
    }
}
