package heddle.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SpareMemoryTest {

    private static final int GARBAGE = 32 << 20;

    @Test
    @DisplayName("what the last work left behind is collected when nothing follows it, and nothing is collected twice")
    void collects() throws Exception {
        try (var thread = new ScheduledThreadPoolExecutor(1)) {
            thread.setRemoveOnCancelPolicy(true);
            var spare = new SpareMemory(thread, Duration.ofMillis(20), _ -> {});
            var collected = new ReferenceQueue<byte[]>();
            var garbage = thread.submit(() -> {
                        var left = new WeakReference<>(new byte[GARBAGE], collected);
                        spare.workDone();
                        return left;
                    })
                    .get();
            assertNotNull(collected.remove(TimeUnit.SECONDS.toMillis(20)), garbage + " is still there");
            thread.submit(() -> {}).get(); // the collection's own end
            long before = collections();
            thread.submit(spare::workDone).get();
            thread.schedule(() -> {}, 40, TimeUnit.MILLISECONDS).get();
            assertEquals(before, collections());
        }
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }
}
