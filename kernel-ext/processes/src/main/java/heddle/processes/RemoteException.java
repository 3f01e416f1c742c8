package heddle.processes;

/**
 * Stands for an exception of another process that cannot be here what it was there: its class is not known here, or it holds what cannot travel. It says what the
 * original said, and its stack trace, causes and suppressed exceptions are the original's. Follows Python's {@code multiprocessing.pool.RemoteTraceback}.
 *
 * {@snippet :
 * class SoldOutException extends RuntimeException {
 *     final Thread seller = Thread.currentThread(); // which cannot travel
 *
 *     SoldOutException(String message) {
 *         super(message);
 *     }
 * }
 *
 * try (var pool = new ProcessPool(1)) {
 *     pool.submit(() -> {
 *                 throw new SoldOutException("no seats left");
 *             })
 *             .get();
 * } catch (ExecutionException e) {
 *     if (e.getCause() instanceof RemoteException remote) {
 *         System.out.println(remote.originalMessage()); // no seats left
 *     }
 * }
 * }
 */
public final class RemoteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String originalClassName;
    private final String originalMessage;

    /** @param text what the original's {@code toString} gave */
    RemoteException(String originalClassName, String originalMessage, String text) {
        super(text);
        this.originalClassName = originalClassName;
        this.originalMessage = originalMessage;
    }

    /** The name of the original's class. */
    public String originalClassName() {
        return originalClassName;
    }

    /** The original's message, which may be null. */
    public String originalMessage() {
        return originalMessage;
    }
}
