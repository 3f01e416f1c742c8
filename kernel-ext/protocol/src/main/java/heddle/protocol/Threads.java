package heddle.protocol;

/** Threads of ours: daemons in the JVM's system group, so that they are not among the threads a learner sees. */
final class Threads {

    private static final ThreadGroup SYSTEM = system();

    private Threads() {}

    static Thread daemon(String name, Runnable task) {
        var thread = new Thread(SYSTEM, task, "heddle-" + name, 0, false);
        thread.setDaemon(true);
        return thread;
    }

    private static ThreadGroup system() {
        var group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }
}
