package heddle.processes;

import heddle.processes.memory.Mutex;
import heddle.processes.memory.Waiting;
import java.lang.foreign.Arena;
import java.util.List;

/** What child JVMs run for exercise, so that the real task finds everything loaded, whichever way it travels. */
final class Rehearsal {
    private Rehearsal() {}

    /**
     * For an idle JVM of the reserve.
     *
     * @param types classes that its task may need as the last one did; they are loaded and linked, not initialized
     */
    static Parcel.Packed ofTheReserve(List<String> types) {
        var plain = ofTheSimpleCache().bytes();
        var names = types.toArray(String[]::new);
        // an array goes by Java serialization
        return parcel(() -> {
            Parcel.fromBytes(plain).unpack(null).run();
            for (var name : names) {
                link(name);
            }
        });
    }

    private static void link(String name) {
        try {
            Class.forName(name, false, ClassLoader.getSystemClassLoader()).getDeclaredMethods();
        } catch (ClassNotFoundException | LinkageError e) {
            // a task that needs it says so
        }
    }

    /** For the JVM that makes the cache of simple tasks. */
    static Parcel.Packed ofTheSimpleCache() {
        return parcel(() -> {});
    }

    /**
     * For the JVM that makes the cache of all others. It waits, too: linking the system call costs a fresh JVM 55 ms of processor time, and 20 ms with what it loads
     * in the cache. The reserve does not: it would take 10 MB more in each JVM.
     */
    static Parcel.Packed ofTheCache() {
        var both = ofTheReserve(List.of()).bytes();
        return parcel(() -> {
            Parcel.fromBytes(both).unpack(null).run();
            var memory = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);
            Mutex.lock(memory, 0, 1);
            Mutex.unlock(memory, 0);
            Waiting.chosen().wake(memory, 0, 1);
        });
    }

    private static Parcel.Packed parcel(Task task) {
        var child = new ChildProcess(Self.Identity.unborn("Rehearsal", "0", false), task);
        return Parcel.of(child, child.identity().born(List.of(), 0, ""));
    }
}
