package heddle.watch;

/** What a thread was doing, as a lesson on operating systems would say it. */
public enum State {
    /** On a core. */
    RUNNING,
    /** Could run, but other threads had the cores. */
    READY,
    /** Needs a lock that another thread has: a monitor, or a lock of {@code java.util.concurrent.locks}. */
    BLOCKED,
    /** Waits for another thread to do something: {@code join}, {@code wait}, {@code take}, {@code await}; with or without a time limit. */
    WAITING,
    /** In {@code Thread.sleep}. */
    SLEEPING,
    /** In a native call of the JDK's that reads, writes, connects or accepts. */
    IO
}
