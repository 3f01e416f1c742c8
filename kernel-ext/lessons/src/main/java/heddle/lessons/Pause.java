package heddle.lessons;

import java.time.Duration;

/** {@link Thread#sleep} that may stand where a checked exception may not, as in a {@code Runnable}. */
public final class Pause {
    private Pause() {}

    /**
     * The calling thread sleeps, as with {@link Thread#sleep(long)}. An interrupt ends the sleep with the very
     * {@link InterruptedException} that {@code Thread.sleep} throws; only the compiler is not told of it.
     */
    public static void millis(long millis) {
        try {
            Thread.sleep(Duration.ofMillis(millis));
        } catch (InterruptedException e) {
            throw Pause.<RuntimeException>unchecked(e);
        }
    }

    /** As {@link #millis}, in seconds: {@code Pause.seconds(0.5)}. */
    public static void seconds(double seconds) {
        millis(Math.round(seconds * 1000));
    }

    @SuppressWarnings("unchecked") // erased: nothing is cast at run time
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
