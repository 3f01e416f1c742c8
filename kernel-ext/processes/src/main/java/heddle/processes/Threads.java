package heddle.processes;

import java.util.Arrays;
import java.util.List;

/** Threads of ours: daemons in the JVM's own group, so that they are not among the user's. */
final class Threads {
    private static final ThreadGroup SYSTEM = system();

    private Threads() {}

    private static ThreadGroup system() {
        var group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /** The live platform threads of this JVM, whoever's they are. */
    static List<Thread> all() {
        var all = new Thread[SYSTEM.activeCount() + 16];
        return List.of(Arrays.copyOf(all, SYSTEM.enumerate(all)));
    }

    /** A thread that inherits nothing from whoever happens to make it. */
    static Thread start(String name, Runnable work) {
        return start(name, false, work);
    }

    /** A thread that inherits the inheritable thread locals of its maker: what it prints is the maker's. */
    static Thread startForCaller(String name, Runnable work) {
        return start(name, true, work);
    }

    private static Thread start(String name, boolean inherit, Runnable work) {
        var thread = new Thread(SYSTEM, work, name, 0, inherit);
        thread.setDaemon(true);
        thread.setPriority(Thread.NORM_PRIORITY);
        thread.start();
        return thread;
    }
}
