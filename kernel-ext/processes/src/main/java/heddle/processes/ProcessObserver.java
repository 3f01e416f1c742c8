package heddle.processes;

/**
 * Told of the processes that this one starts: for a program that supervises others' code, as a notebook does, and has to know what was started by whom.
 *
 * {@snippet :
 * ProcessObserver.register(new ProcessObserver() {
 *     @Override
 *     public void started(ChildProcess child) {
 *         System.out.println(Thread.currentThread().getName() + " started " + child.name());
 *     }
 * });
 * new ChildProcess("kid", () -> {}).start().join(); // main started kid
 * ProcessObserver.register(new ProcessObserver() {}); // nobody is told any more
 * }
 *
 * <p>Called at once, by the thread that did it; an observer must be quick, and what it throws is thrown there.
 */
public interface ProcessObserver {

    /** A JVM was launched: for a child, a worker, or the reserve. */
    default void launched(ProcessHandle jvm) {}

    /** A child runs that is no worker. */
    default void started(ChildProcess child) {}

    /** A worker of a pool runs: it is the pool's, whichever task it was started for. */
    default void startedWorker(ChildProcess worker) {}

    /** A pool was made. */
    default void made(ProcessPool pool) {}

    /** From now on this observer alone is told. */
    static void register(ProcessObserver observer) {
        Nursery.get().observe(observer);
    }
}
