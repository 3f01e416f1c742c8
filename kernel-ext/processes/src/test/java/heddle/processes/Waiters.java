package heddle.processes;

import heddle.processes.memory.Words;
import java.util.stream.Stream;

/** Those who wait for something to arrive in a stream of values, or for room in it. */
final class Waiters {
    private Waiters() {}

    /** Waits until somebody has announced that he goes to sleep. */
    static void await(Records... streams) {
        InThread.awaitUntil(() -> Stream.of(streams)
                .anyMatch(stream -> isAnnounced(stream, RecordsDescriptor.ARRIVALS)
                        || isAnnounced(stream, RecordsDescriptor.DEPARTURES)));
    }

    /** The last bit of a {@link Signal}. */
    private static boolean isAnnounced(Records stream, long at) {
        return (Words.getInt(stream.memory, at) & 1) != 0;
    }
}
