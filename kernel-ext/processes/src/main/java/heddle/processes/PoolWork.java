package heddle.processes;

/**
 * What a worker is to do, ready to travel.
 *
 * @param argument null, or what the function is called with
 */
record PoolWork(int kind, Encoded function, Encoded argument) {
    /** A Callable, or a Runnable. */
    static final int CALL = 0;

    static final int RUN = 1;
    /** A CallOf of one argument. */
    static final int APPLY = 2;
    /** A CallOf of each of an array's elements. */
    static final int MAP = 3;
    /** A CallOf2 of each two of an array's elements. */
    static final int STARMAP = 4;

    private static final Encoded NOTHING = Codec.encode(null);

    static PoolWork of(int kind, Encoded function) {
        return new PoolWork(kind, function, NOTHING);
    }
}
