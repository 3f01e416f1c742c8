package heddle.processes;

import java.util.concurrent.RejectedExecutionException;

/**
 * A {@link ProcessPool} cannot go on, because its workers die before they can run anything; the cause tells why. Its tasks have all failed with this, and it accepts no
 * others. Follows Python's {@code concurrent.futures.process.BrokenProcessPool}.
 */
public final class BrokenPoolException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    BrokenPoolException(String message, Throwable cause) {
        super(message, cause);
    }
}
