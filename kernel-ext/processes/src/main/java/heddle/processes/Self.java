package heddle.processes;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Who this process is in the tree of processes: the main process, or a child that {@link ChildMain} told so. */
final class Self {
    /**
     * @param numbers the numbers in its default name, such as "2:1"; empty in the main process
     * @param handedOn JVM options that the main process runs with and its children need too; null in the main process
     * @param number in the {@link Census}; 0 in the main process, whose number is its {@link Tree}'s affair
     * @param tree the directory of the tree; null in the main process
     */
    record Identity(String name, String numbers, boolean daemon, List<String> handedOn, int number, String tree) {
        /** One who is not born yet. */
        static Identity unborn(String name, String numbers, boolean daemon) {
            return new Identity(name, numbers, daemon, List.of(), 0, null);
        }

        Identity born(List<String> handedOn, int number, String tree) {
            return new Identity(name, numbers, daemon, handedOn, number, tree);
        }

        /** How many processes lie between this one and the main process, itself included. */
        int depth() {
            return numbers.isEmpty() ? 0 : numbers.split(":").length;
        }
    }

    private static volatile Identity identity = new Identity("MainProcess", "", false, null, 0, null);
    private static final AtomicInteger children = new AtomicInteger();

    private Self() {}

    static Identity identity() {
        return identity;
    }

    static void become(Identity child) {
        identity = child;
    }

    static boolean isMain() {
        return identity.numbers().isEmpty();
    }

    /** The numbers of the next child made here. */
    static String nextNumbers() {
        var mine = identity.numbers();
        return (mine.isEmpty() ? "" : mine + ":") + children.incrementAndGet();
    }
}
