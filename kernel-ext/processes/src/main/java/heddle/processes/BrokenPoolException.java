package heddle.processes;

import java.util.concurrent.RejectedExecutionException;

/**
 * A {@link ProcessPool} cannot go on, because its workers die before they can run anything; the cause tells why. Its tasks have all failed with this, and it accepts no
 * others.
 *
 * {@snippet :
 * var options = ProcessPool.builder().workers(1).initializer(() -> {
 *     throw new IllegalStateException("no licence");
 * });
 * try (var pool = options.build()) {
 *     pool.submit(() -> "never").get();
 * } catch (BrokenPoolException e) { // it broke before the task was submitted
 *     System.out.println(e.getMessage());
 * } catch (ExecutionException e) { // it broke afterwards
 *     System.out.println(e.getCause().getMessage());
 * }
 * }
 *
 * <p>Follows Python's {@code concurrent.futures.process.BrokenProcessPool}.
 */
public final class BrokenPoolException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    BrokenPoolException(String message, Throwable cause) {
        super(message, cause);
    }
}
