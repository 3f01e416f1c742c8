package heddle.processes;

/** Where what this thread packs just now is going to, where that is known. */
final class Destination {
    private static final ThreadLocal<Integer> NUMBER = new ThreadLocal<>();

    private Destination() {}

    /** @param number of the process in the {@link Census}, or 0 for the end of that */
    static void set(int number) {
        if (number == 0) {
            NUMBER.remove();
        } else {
            NUMBER.set(number);
        }
    }

    /** The number of the process, or 0. */
    static int ofThisThread() {
        var number = NUMBER.get();
        return number == null ? 0 : number;
    }
}
