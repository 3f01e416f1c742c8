package heddle.processes;

import heddle.processes.memory.Words;
import java.lang.foreign.MemorySegment;

/**
 * Which processes have one end of something.
 *
 * <pre>
 *    0 one above the highest index in use; 0 as long as nobody has ever had it
 *    8 for each process of the census, by its index:
 *      | on its way, sent by it (30) | holds (1) | uses (1) | its number (32) |
 * </pre>
 *
 * {@code uses}: the end was sent to it, or it has done something with it. {@code holds}: it got the whole of what has ends, and may use this one yet. What
 * it has sent to somebody unknown, through a queue for example, counts as its own until it arrives.
 */
final class Owners {
    static final long LENGTH = 8 + 8L * CensusDescriptor.ENTRIES;

    private static final long NUMBER_MASK = 0xFFFFFFFFL;
    static final long USES = 1L << 32;
    static final long HOLDS = 1L << 33;
    static final long ON_ITS_WAY = 1L << 34;

    private final MemorySegment memory;
    private final long at;

    Owners(MemorySegment memory, long at) {
        this.memory = memory;
        this.at = at;
    }

    private static long entry(int number) {
        return 8 + 8L * Census.index(number);
    }

    /** Whether it does; without any change this is a single look. */
    boolean has(int number, long what) {
        return (of(number) & what) != 0;
    }

    private long of(int number) {
        var word = Words.getLong(memory, at + entry(number));
        return (word & NUMBER_MASK) == number ? word : number;
    }

    void add(int number, long what) {
        var entry = at + entry(number);
        while (true) {
            var word = Words.getLong(memory, entry);
            var own = (word & NUMBER_MASK) == number ? word : number;
            if (Words.casLong(memory, entry, word, what == ON_ITS_WAY ? own + what : own | what)) {
                break;
            }
        }
        somebody(Census.index(number) + 1);
    }

    /** Notes that there was an owner, which may be gone. */
    void somebody(int above) {
        var highest = Words.getInt(memory, at);
        while (highest < above && !Words.casInt(memory, at, highest, above)) {
            highest = Words.getInt(memory, at);
        }
    }

    /** What that process sent has arrived. */
    void arrived(int number) {
        var entry = at + entry(number);
        var word = Words.getLong(memory, entry);
        while ((word & NUMBER_MASK) == number
                && word >>> 34 != 0
                && !Words.casLong(memory, entry, word, word - ON_ITS_WAY)) {
            word = Words.getLong(memory, entry);
        }
    }

    /** It gives it up; what it has sent is still on its way. */
    void remove(int number) {
        var entry = at + entry(number);
        var word = Words.getLong(memory, entry);
        while ((word & NUMBER_MASK) == number && !Words.casLong(memory, entry, word, word & ~(USES | HOLDS))) {
            word = Words.getLong(memory, entry);
        }
    }

    void bury(int dead) {
        var entry = at + entry(dead);
        var word = Words.getLong(memory, entry);
        while ((word & NUMBER_MASK) == dead && !Words.casLong(memory, entry, word, 0)) {
            word = Words.getLong(memory, entry);
        }
    }

    /** Whether there was an owner and none is left; whoever asks does not count as one that might use it yet. */
    boolean areGone(int asking) {
        var above = Words.getInt(memory, at);
        for (var index = 0; index < above; index++) {
            var word = Words.getLong(memory, at + 8 + 8L * index);
            var owns = (word & NUMBER_MASK) == asking ? word & ~HOLDS : word;
            if (owns >>> 32 != 0) {
                return false;
            }
        }
        return above > 0;
    }
}
