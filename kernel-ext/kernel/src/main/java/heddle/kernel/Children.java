package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The child processes of the main process, as that has told of them: so that it can be said what became of them when it is lost. */
final class Children {

    /** By then who notices the end of the main process has ended. */
    static final Duration FOLLOWING = Duration.ofSeconds(3);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);
    private static final int MOST_NAMED = 10;

    private record Child(ProcessHandle handle, int cell, String name, boolean follows) {
        /** What is dead, and only not asked how it ended (a zombie), has no program any more. */
        boolean lives() {
            return handle.isAlive() && handle.info().command().isPresent();
        }

        @Override
        public String toString() {
            return name + " (pid " + handle.pid() + ")";
        }
    }

    private final Map<Long, Child> children = new ConcurrentSkipListMap<>();

    void told(Frame.Child child) {
        if (child.ended()) {
            children.remove(child.pid());
        } else {
            ProcessHandle.of(child.pid())
                    .ifPresent(handle ->
                            children.put(child.pid(), new Child(handle, child.cell(), child.name(), child.follows())));
        }
    }

    /** Kills what this cell has started, and all below it. */
    void kill(int cell) {
        for (var child : children.values()) {
            if (child.cell() == cell) {
                var below = child.handle().descendants().toList();
                child.handle().destroyForcibly();
                below.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    /** The main process has ended: which children have too, and which have not, in a sentence or two; empty when there were none. Bounded. */
    String fate(Texts texts) throws InterruptedException {
        long deadlineNs = System.nanoTime() + FOLLOWING.toNanos();
        while (children.values().stream().anyMatch(child -> child.follows() && child.lives())
                && System.nanoTime() < deadlineNs) {
            Thread.sleep(LOOK_AGAIN); // who is not a process's parent is not told of its end
        }
        var ended = new ArrayList<Child>();
        var alive = new ArrayList<Child>();
        children.values().forEach(child -> (child.lives() ? alive : ended).add(child));
        return say(texts, "children.ended", ended) + say(texts, "children.alive", alive);
    }

    private static String say(Texts texts, String key, List<Child> some) {
        if (some.isEmpty()) {
            return "";
        }
        var names = new ArrayList<String>();
        some.stream().limit(MOST_NAMED).forEach(child -> names.add(child.toString()));
        if (some.size() > MOST_NAMED) {
            names.add("...");
        }
        return " "
                + texts.say(
                        key + (some.size() == 1 ? ".one" : ".more"),
                        String.join(texts.say("comma"), names),
                        some.size(),
                        some.getFirst().handle().pid());
    }
}
