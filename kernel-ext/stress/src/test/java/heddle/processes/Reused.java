package heddle.processes;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/** Shared objects for states by the million, used in turn: each has a file, and is as new when a state has been tried. */
final class Reused<T> {
    /**
     * What {@link StressTest} lets jcstress have at a time. Few: each JVM of the several that run makes so many queues, of 64 KB each, before it begins.
     */
    static final int STATES = 100;

    private static final int COUNT = STATES + 10;

    private final AtomicReferenceArray<T> all = new AtomicReferenceArray<>(COUNT);
    private final AtomicInteger next = new AtomicInteger();
    private final Supplier<T> maker;

    Reused(Supplier<T> maker) {
        this.maker = maker;
    }

    T next() {
        var index = Math.floorMod(next.getAndIncrement(), COUNT);
        var object = all.get(index);
        if (object == null) {
            object = maker.get();
            all.set(index, object);
        }
        return object;
    }
}
