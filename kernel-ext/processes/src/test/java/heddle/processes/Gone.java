package heddle.processes;

import java.util.concurrent.TimeUnit;

/** Waits for the end of a process that is not a child of this one. */
final class Gone {
    private Gone() {}

    static void await(ProcessHandle handle) throws Exception {
        handle.onExit().get(20, TimeUnit.SECONDS);
    }
}
