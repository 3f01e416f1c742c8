package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows QU1 to QU16. */
@Timeout(120)
class QueueTest {
    @Test
    @DisplayName("QU1 what three producers put, one consumer takes: none lost, each producer's in order")
    void qu1Order() throws Exception {
        try (var queue = new ProcessQueue<int[]>()) {
            for (var producer = 0; producer < 3; producer++) {
                var who = producer;
                new ChildProcess(() -> {
                            for (var i = 0; i < 500; i++) {
                                queue.put(new int[] {who, i});
                            }
                        })
                        .start();
            }
            var next = new int[3];
            for (var i = 0; i < 1500; i++) {
                var taken = queue.take();
                assertEquals(next[taken[0]]++, taken[1]);
            }
            assertEquals(0, queue.size());
            for (var child : ChildProcess.activeChildren()) {
                child.join();
            }
        }
    }

    @Test
    @DisplayName("QU16 close ends every consumer, also one that starts later, after what was put before")
    void qu16Close() throws Exception {
        var queue = new ProcessQueue<Integer>();
        var sums = new ProcessQueue<Integer>();
        var consumers = new ArrayList<ChildProcess>();
        for (var i = 0; i < 3; i++) {
            consumers.add(new ChildProcess(() -> {
                        var sum = 0;
                        for (var each : queue.untilClosed()) {
                            sum += each;
                        }
                        sums.put(sum);
                    })
                    .start());
        }
        for (var each : List.of(1, 2, 3, 4)) {
            queue.put(each);
        }
        queue.close();
        for (var consumer : consumers) {
            consumer.join();
            assertEquals(0, consumer.exitCode());
        }
        assertEquals(10, sums.take() + sums.take() + sums.take());
        sums.close();
    }
}
