package heddle.watch;

/** The time of a watch. */
@FunctionalInterface
interface Clock {
    long sinceBeginNs();
}
