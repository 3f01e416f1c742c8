package heddle.processes;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/** Shared objects for states by the million, used in turn: each has a file, and is as new when a state has been tried. */
final class Reused<T> {
    /** More than jcstress has states at a time, see {@link StressTest}. */
    private static final int COUNT = 2100;

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
