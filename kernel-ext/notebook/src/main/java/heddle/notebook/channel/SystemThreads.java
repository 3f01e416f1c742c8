package heddle.notebook.channel;

/** Where threads of ours live: out of the learner's sight, and never a reason for a JVM to stay. */
public final class SystemThreads {
    private SystemThreads() {}

    private static final ThreadGroup SYSTEM = system();

    private static ThreadGroup system() {
        var group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /** A daemon in the {@code system} thread group that inherits nothing (thread locals, cell) from whoever starts it; not yet started. */
    public static Thread thread(String name, Runnable work) {
        var thread = new Thread(SYSTEM, work, "heddle-" + name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }
}
