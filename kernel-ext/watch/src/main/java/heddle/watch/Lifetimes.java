package heddle.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.StackTrace;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** The exact beginnings and ends of threads, from JDK Flight Recorder: also of those too short-lived for any look. */
final class Lifetimes implements AutoCloseable {

    /** A moment outside the recording. */
    static final long UNKNOWN = Long.MIN_VALUE;

    /** A thread's life; either time may be {@link #UNKNOWN}. */
    record Life(long id, String name, long fromNs, long toNs) {}

    /**
     * What the recorder saw.
     *
     * @param platform threads that began or ended meanwhile, by id
     * @param virtualStarted how many virtual threads began
     * @param virtualAlive changes of the number of virtual threads that are alive, of those that began meanwhile: +1 and -1, summed up per moment
     */
    record Found(Map<Long, Life> platform, long virtualStarted, TreeMap<Long, Integer> virtualAlive) {}

    private static final int ANCHORS = 5;

    private final Recording recording;

    /** Says what time it is on the clock of {@link System#nanoTime}: the recorder has one of its own. */
    @Name("heddle.WatchAnchor")
    @StackTrace(false)
    static final class Anchor extends Event {
        long nanoTime;
    }

    private Lifetimes(Recording recording) {
        this.recording = recording;
    }

    /** Begins to record; empty where the JVM has no flight recorder, or refuses. */
    static Optional<Lifetimes> begin() {
        // The recorder keeps a thread in the group of whoever starts it first; a learner who counts threads must not
        // find it among theirs.
        var begun = new CompletableFuture<Optional<Lifetimes>>();
        var starter = new Thread(
                JvmThreads.systemGroup(),
                () -> {
                    try {
                        begun.complete(record());
                    } catch (Throwable e) {
                        begun.completeExceptionally(e);
                    }
                },
                "heddle-watch-recorder");
        starter.setDaemon(true);
        starter.start();
        return begun.join();
    }

    private static Optional<Lifetimes> record() {
        try {
            if (!FlightRecorder.isAvailable()) {
                return Optional.empty();
            }
            var recording = new Recording();
            recording.setName("heddle-watch");
            for (var event :
                    List.of("jdk.ThreadStart", "jdk.ThreadEnd", "jdk.VirtualThreadStart", "jdk.VirtualThreadEnd")) {
                recording.enable(event).withoutStackTrace();
            }
            recording.enable(Anchor.class);
            recording.start();
            for (var i = 0; i < ANCHORS; i++) {
                var anchor = new Anchor();
                anchor.nanoTime = System.nanoTime();
                anchor.commit();
            }
            return Optional.of(new Lifetimes(recording));
        } catch (IllegalStateException | SecurityException | LinkageError e) {
            return Optional.empty();
        }
    }

    /**
     * Stops, and tells what was recorded.
     *
     * @param beganAtNs the {@link System#nanoTime} from which on times are to be counted
     */
    Found end(long beganAtNs) throws IOException {
        recording.stop();
        var file = Files.createTempFile("heddle-watch", ".jfr");
        try {
            recording.dump(file);
            return read(RecordingFile.readAllEvents(file), beganAtNs);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public void close() {
        recording.close();
    }

    private static Found read(List<RecordedEvent> recorded, long beganAtNs) throws IOException {
        var events = new ArrayList<>(recorded);
        events.sort(Comparator.comparing(RecordedEvent::getStartTime));
        // Of the anchors, the one that was delayed least between the two clocks.
        var began = events.stream()
                .filter(event -> event.getEventType().getName().equals("heddle.WatchAnchor"))
                .map(event -> event.getStartTime().plusNanos(beganAtNs - event.getLong("nanoTime")))
                .min(Comparator.naturalOrder())
                .orElseThrow(
                        () -> new IOException("The flight recorder lost the events that tell its clock from ours."));
        var platform = new HashMap<Long, Life>();
        var virtual = new HashSet<Long>();
        var virtualStarted = 0L;
        var virtualAlive = new TreeMap<Long, Integer>();
        for (var event : events) {
            var atNs = began.until(event.getStartTime(), ChronoUnit.NANOS);
            switch (event.getEventType().getName()) {
                case "jdk.ThreadStart" -> {
                    var thread = event.getThread("thread");
                    if (isLearners(thread)) {
                        var id = thread.getJavaThreadId();
                        platform.put(id, new Life(id, thread.getJavaName(), atNs, UNKNOWN));
                    }
                }
                case "jdk.ThreadEnd" -> {
                    var thread = event.getThread("thread");
                    if (isLearners(thread)) {
                        var id = thread.getJavaThreadId();
                        var fromNs = platform.containsKey(id) ? platform.get(id).fromNs() : UNKNOWN;
                        platform.put(id, new Life(id, thread.getJavaName(), fromNs, atNs));
                    }
                }
                case "jdk.VirtualThreadStart" -> {
                    virtual.add(event.getLong("javaThreadId"));
                    virtualStarted++;
                    virtualAlive.merge(atNs, 1, Integer::sum);
                }
                case "jdk.VirtualThreadEnd" -> {
                    if (virtual.remove(event.getLong("javaThreadId"))) {
                        virtualAlive.merge(atNs, -1, Integer::sum);
                    }
                }
                default -> {}
            }
        }
        return new Found(platform, virtualStarted, virtualAlive);
    }

    private static boolean isLearners(RecordedThread thread) {
        if (thread == null || thread.getJavaName() == null || thread.getThreadGroup() == null) {
            return false;
        }
        var group = thread.getThreadGroup();
        while (group.getParent() != null && group.getParent().getParent() != null) {
            group = group.getParent();
        }
        return JvmThreads.isLearnersGroup(group.getName()) && JvmThreads.isLearnersName(thread.getJavaName());
    }
}
