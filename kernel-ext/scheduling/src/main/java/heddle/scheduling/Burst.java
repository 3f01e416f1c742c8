package heddle.scheduling;

/**
 * What a job does without a break.
 *
 * @param length in units of time, above 0
 */
public record Burst(Kind kind, long length) {
    public enum Kind {
        CPU,
        /** On a device of the job's own, which nobody else waits for. */
        IO
    }

    public Burst {
        if (length <= 0) {
            throw new IllegalArgumentException("A burst takes 1 unit of time or more, not " + length + ".");
        }
    }
}
