package heddle.watch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What was seen of some threads: facts only. A picture is made from nothing else.
 *
 * <p>All times are nanoseconds since the watch began.
 *
 * @param title whose threads these are, such as {@code Cell 12}; may be empty
 * @param language the words a picture of this uses
 * @param lengthNs how long the watch lasted, or has lasted so far
 * @param live whether the watch still goes on
 * @param lanes one for each thread, in the order in which they began
 * @param holds who had which lock, when
 * @param waits who waited for a lock that whom had, when
 * @param deadlock the first deadlock that the JVM found
 * @param virtual how many virtual threads the JVM had, whenever that changed; empty when there were none
 * @param source how all this is known
 */
public record Timeline(
        String title,
        Language language,
        long lengthNs,
        boolean live,
        List<Lane> lanes,
        List<Hold> holds,
        List<Wait> waits,
        Optional<Deadlock> deadlock,
        List<VirtualLoad> virtual,
        Source source) {

    public Timeline {
        lanes = List.copyOf(lanes);
        holds = List.copyOf(holds);
        waits = List.copyOf(waits);
        virtual = List.copyOf(virtual);
    }

    /** How long the watch lasted. */
    public Duration length() {
        return Duration.ofNanos(lengthNs);
    }

    /**
     * The thread of that name.
     *
     * @throws IllegalArgumentException when no thread, or more than one, has the name
     */
    public Lane lane(String name) {
        var named = lanes.stream().filter(lane -> lane.name().equals(name)).toList();
        return switch (named.size()) {
            case 1 -> named.getFirst();
            case 0 ->
                throw new IllegalArgumentException("No thread named \"" + name + "\" was seen. Seen: "
                        + lanes.stream().map(Lane::name).distinct().collect(Collectors.joining(", ")) + ".");
            default ->
                throw new IllegalArgumentException(named.size() + " threads are named \"" + name
                        + "\". Give them names of their own, or look through lanes().");
        };
    }

    Map<Long, String> names() {
        return lanes.stream().collect(Collectors.toMap(Lane::id, Lane::name, (one, other) -> one));
    }

    /** The three representations of these facts. */
    public Picture picture() {
        return Painter.paint(this, Painter.newPrefix());
    }

    /** One line: how many threads, how long, and what was most remarkable. */
    @Override
    public String toString() {
        return Words.in(language).summary(this);
    }

    /** How a thread was at the end of its lane. */
    public enum End {
        /** It goes on. */
        ALIVE,
        /** Its {@code run} method returned, or threw. */
        ENDED
    }

    /**
     * One thread.
     *
     * @param id {@link Thread#threadId()}
     * @param name the last name it had
     * @param caller whether it is the thread that asked for the watch
     * @param fromNs when it began, or was first looked at
     * @param toNs when it ended, or when the watch did
     * @param segments one after the other; a gap is time of which nothing is known
     * @param cpuNs time on a core while it was watched, as the operating system counts it; -1 where that is not known
     * @param finerNs what the totals have more, or less, than the segments say; empty unless a long watch was told in coarser steps
     */
    public record Lane(
            long id,
            String name,
            boolean caller,
            long fromNs,
            long toNs,
            End end,
            List<Segment> segments,
            long cpuNs,
            Map<State, Long> finerNs) {

        public Lane {
            segments = List.copyOf(segments);
            finerNs = Map.copyOf(finerNs);
        }

        public Duration total(State state) {
            return Duration.ofNanos(totalsNs().getOrDefault(state, 0L));
        }

        public Duration running() {
            return total(State.RUNNING);
        }

        /** Time in which it could have run but had no core. */
        public Duration ready() {
            return total(State.READY);
        }

        /** Time in which it needed a lock that another thread had. */
        public Duration blocked() {
            return total(State.BLOCKED);
        }

        public Duration waiting() {
            return total(State.WAITING);
        }

        public Duration sleeping() {
            return total(State.SLEEPING);
        }

        public Duration io() {
            return total(State.IO);
        }

        /** From its beginning to its end, or to the end of the watch. */
        public Duration length() {
            return Duration.ofNanos(toNs - fromNs);
        }

        public boolean ended() {
            return end == End.ENDED;
        }

        /** States that occurred, with their totals. */
        Map<State, Long> totalsNs() {
            var totals = new EnumMap<State, Long>(State.class);
            for (var segment : segments) {
                var onCore = Math.round(segment.lengthNs() * segment.onCore());
                switch (segment.state()) {
                    case RUNNING, READY -> {
                        totals.merge(State.RUNNING, onCore, Long::sum);
                        totals.merge(State.READY, segment.lengthNs() - onCore, Long::sum);
                    }
                    default -> totals.merge(segment.state(), segment.lengthNs(), Long::sum);
                }
            }
            finerNs.forEach((state, more) -> totals.merge(state, more, Long::sum));
            totals.values().removeIf(total -> total <= 0);
            return totals;
        }

        /** States that occurred, the longest first, with their totals. */
        List<Map.Entry<State, Long>> longestFirst() {
            var entries = new ArrayList<>(totalsNs().entrySet());
            entries.sort(Map.Entry.<State, Long>comparingByValue(Comparator.reverseOrder()));
            return entries;
        }
    }

    /**
     * A stretch of time in one state.
     *
     * @param onCore for {@code RUNNING} and {@code READY} the part of the time, 0 to 1, that was spent on a core; else 0
     * @param what what exactly: the lock, the thread that is joined; empty when there is nothing to add
     * @param place the learner's line, such as {@code cell 7:3}; empty when not known
     * @param beginWithinNs how far its true beginning may lie from {@code fromNs}; 0 when it is exact
     * @param endWithinNs how far its true end may lie from {@code toNs}; 0 when it is exact
     */
    public record Segment(
            State state,
            long fromNs,
            long toNs,
            double onCore,
            String what,
            String place,
            long beginWithinNs,
            long endWithinNs) {
        long lengthNs() {
            return toNs - fromNs;
        }
    }

    /** The thread {@code lane} (its id) had {@code lock}. */
    public record Hold(long lane, String lock, long fromNs, long toNs) {}

    /** The thread {@code waiter} (its id) waited for {@code lock} while {@code holder} had it. */
    public record Wait(long waiter, long holder, String lock, long fromNs, long toNs) {}

    /**
     * Threads that wait for each other in a ring: each for the lock that the next one holds.
     *
     * @param fromNs when it was found
     * @param toNs when it was over, or the end of the watch
     * @param over whether it dissolved before the end of the watch
     */
    public record Deadlock(long fromNs, long toNs, boolean over, List<Party> ring) {
        public Deadlock {
            ring = List.copyOf(ring);
        }

        /** One thread of the ring. */
        public record Party(long lane, String name, String holds, String waitsFor, String place) {}
    }

    /** From {@code atNs} on, {@code mounted} virtual threads were on a carrier thread, {@code queued} waited for one, {@code alive} had begun and not ended; -1 when not known. */
    public record VirtualLoad(long atNs, int mounted, int queued, int alive) {}

    /**
     * How the facts are known.
     *
     * @param looks how many times the threads were looked at
     * @param everyNs the usual time between two looks: the median
     * @param worstNs the longest time between two looks
     * @param startsExact whether beginnings and ends of threads are known exactly, however short their lives
     * @param missed threads that began and ended unseen between two looks; 0 when {@code startsExact}
     * @param virtualStarted virtual threads that were started; -1 when not known
     */
    public record Source(int looks, long everyNs, long worstNs, boolean startsExact, int missed, long virtualStarted) {}
}
