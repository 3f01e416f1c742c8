package heddle.notebook.process;

import java.lang.reflect.Method;

/**
 * Gets {@code main} out of a system call that waits for others (a socket, a pipe): an exception that is thrown into a thread comes when that runs Java code again. The JDK
 * does the same to close a socket that a thread is reading: it sends the thread a signal that does nothing.
 */
final class SystemCall {
    private final long thread;
    private final Method signal;

    private SystemCall(long thread, Method signal) {
        this.thread = thread;
        this.signal = signal;
    }

    /** For the calling thread. Null where a JVM has no agent, or a system no such signals: then a system call lasts as long as it does. */
    static SystemCall ofThisThread() {
        try {
            var type = Class.forName("sun.nio.ch.NativeThread");
            var thread = (long) type.getMethod("current").invoke(null);
            return thread == 0 ? null : new SystemCall(thread, type.getMethod("signal", long.class));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** What waits returns, and begins anew unless something else has happened meanwhile. */
    void interrupt() {
        try {
            signal.invoke(null, thread);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("an exported method, and a thread that lives as long as this process", e);
        }
    }
}
