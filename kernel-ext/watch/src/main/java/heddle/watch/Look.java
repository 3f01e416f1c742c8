package heddle.watch;

import java.util.List;

/**
 * One look at the threads.
 *
 * @param atNs since the watch began
 * @param threads those that are shown and alive
 * @param monitorsComplete whether each thread's holds name every monitor; if not, only those that somebody waits for
 * @param locksComplete the same for the locks of {@code java.util.concurrent.locks}
 * @param callerIdle whether the thread that asked does nothing that is watched, and so is not among the threads
 * @param deadlocked ids of threads that the JVM found to wait for each other in a ring; empty when there is none
 */
record Look(
        long atNs,
        List<Seen> threads,
        boolean monitorsComplete,
        boolean locksComplete,
        boolean callerIdle,
        List<Long> deadlocked,
        Timeline.VirtualLoad virtual) {

    /** A lock as the JVM tells it from others. */
    record Lock(String className, int identity) {
        boolean ofConcurrentPackage() {
            return className.startsWith("java.util.concurrent.locks.");
        }
    }

    /**
     * One thread at that moment.
     *
     * @param lock what it is blocked by; null unless {@code BLOCKED}
     * @param owner id of the thread that has {@code lock}, -1 when nobody does
     * @param limited whether its waiting ends by itself after some time
     * @param holds locks that it has
     * @param what the JDK's method it waits in, or the name of the thread it joins; may be empty
     * @param place its line of the learner's code; may be empty
     * @param cpuNs time on a core since it began, -1 when not known
     * @param pauses how many times it has waited or been blocked since it began
     * @param inJava whether it ran Java code, so that time without a core is time waiting for one
     */
    record Seen(
            long id,
            String name,
            State state,
            Lock lock,
            long owner,
            boolean limited,
            List<Lock> holds,
            String what,
            String place,
            long cpuNs,
            long pauses,
            boolean inJava) {}
}
