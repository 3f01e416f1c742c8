package heddle.processes;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;

/**
 * The classic mistake: a lambda captures a lock of the JDK's. It is Serializable, so it travels, as a copy that keeps nobody out. Said once for each class. Not
 * said of what lies deeper in an object, which may well use it among its own threads, nor of a notebook's variables, whose copying a lesson shows.
 */
final class Copies {
    private static final Map<Class<?>, String> BETTER = Map.of(
            ReentrantLock.class, "ProcessReentrantLock",
            ReentrantReadWriteLock.class, "ProcessReentrantLock",
            StampedLock.class, "ProcessLock",
            Semaphore.class, "ProcessSemaphore");
    private static final Set<Class<?>> SAID = ConcurrentHashMap.newKeySet();

    private Copies() {}

    /** @param captured what a lambda captured that is about to travel */
    static void look(Object... captured) {
        for (var each : captured) {
            var better = each == null ? null : BETTER.get(each.getClass());
            if (better != null && SAID.add(each.getClass())) {
                System.Logger log = System.getLogger(Copies.class.getName());
                log.log(
                        System.Logger.Level.WARNING,
                        "a task captured a " + each.getClass().getName()
                                + ": the other process gets a copy of its own, which excludes nobody here; use a "
                                + better);
            }
        }
    }
}
