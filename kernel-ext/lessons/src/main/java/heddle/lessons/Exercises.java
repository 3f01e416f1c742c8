package heddle.lessons;

import static java.util.Map.entry;

import heddle.processes.ChildProcess;
import heddle.watch.Timeline;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What each exercise asks for. Graders look at what the learner's code made, never at the code. */
final class Exercises {

    /** Looks at what was handed to {@link Check#exercise}. */
    interface Grader {
        Verdict grade(Object[] made);
    }

    /** {@link Grader} of one value that is not null. */
    interface GraderOfOne {
        Verdict grade(Object made);
    }

    // one line for each exercise, in the order of the lessons
    static final Map<String, Grader> GRADERS = Map.ofEntries(
            entry("0.A", one(Exercises::ownPid)),
            entry("0.B", one(Exercises::weaver)),
            entry("1.A", one(Exercises::grandparent)),
            entry("1.B", one(Exercises::killed)),
            entry("4.A", Exercises::threeTables),
            entry("4.B", one(Exercises::squareAsExitCode)),
            entry("7.A", EndingExercises::waitedFor),
            entry("7.B", one(EndingExercises::saysClosed)),
            entry("7.C", one(EndingExercises::askedThenKilled)),
            entry("11.A", IsolationExercises::ticketsByExitCode),
            entry("11.B", IsolationExercises::takings),
            entry("12.A", LockExercises::ticketsSold),
            entry("12.B", LockExercises::lockedTwice),
            entry("13.A", QueueExercises::counter),
            entry("13.B", IsolationExercises::takings),
            entry("14.A", TalkingExercises::questionAndAnswer),
            entry("14.B", TalkingExercises::lastWords),
            entry("16.A", SharingExercises::nothingLost),
            entry("16.B", SharingExercises::everySeatOnce),
            entry("18.A", PoolExercises::billsSideBySide),
            entry("18.B", one(PoolExercises::takings)),
            entry("19.A", one(Exercises::squaresInOrder)),
            entry("19.B", one(Exercises::twoAtTheSameTime)));

    static final boolean ON_WINDOWS = System.getProperty("os.name").startsWith("Windows");

    private Exercises() {}

    static Grader one(GraderOfOne grader) {
        return made -> made == null || made.length == 0 || made[0] == null ? new Verdict.Open() : grader.grade(made[0]);
    }

    static Verdict wrong(String finding) {
        return new Verdict.Wrong(finding);
    }

    private static Verdict ownPid(Object made) {
        if (!(made instanceof Number number) || number.longValue() == 0) {
            return new Verdict.Open();
        }
        return number.longValue() == ProcessHandle.current().pid() ? new Verdict.Right() : wrong("number");
    }

    private static Verdict weaver(Object made) {
        if (!(made instanceof Thread thread)) {
            return wrong("kind");
        }
        if (!thread.getName().equals("weaver")) {
            return wrong("name");
        }
        return switch (thread.getState()) {
            case NEW -> wrong("new");
            case TERMINATED -> new Verdict.Right();
            default -> wrong("alive");
        };
    }

    private static Verdict grandparent(Object made) {
        if (!(made instanceof Number number) || number.longValue() == 0) {
            return new Verdict.Open();
        }
        var self = ProcessHandle.current();
        var parent = self.parent();
        var pid = number.longValue();
        if (pid == pid(parent.flatMap(ProcessHandle::parent))) {
            return new Verdict.Right();
        }
        return wrong(pid == self.pid() ? "self" : pid == pid(parent) ? "parent" : "number");
    }

    /** -1 where there is none or the system does not show it, as the solution has it. */
    private static long pid(Optional<ProcessHandle> process) {
        return process.map(ProcessHandle::pid).orElse(-1L);
    }

    private static Verdict killed(Object made) {
        return ended(made).orElseGet(() -> switch (((ChildProcess) made).exitCode()) {
            case -9 -> new Verdict.Right();
            // Windows has no signals: a process that is ended from outside ends with 1
            case 1 -> ON_WINDOWS ? new Verdict.Right() : wrong("code");
            case -15 -> wrong("asked");
            case 0 -> wrong("ran");
            default -> wrong("code");
        });
    }

    private static Verdict squareAsExitCode(Object made) {
        return ended(made).orElseGet(() -> switch (((ChildProcess) made).exitCode()) {
            case 36 -> new Verdict.Right();
            case 0 -> wrong("zero");
            case 1 -> wrong("failed");
            default -> wrong("code");
        });
    }

    /** Empty when it is a child process that has ended. */
    static Optional<Verdict> ended(Object made) {
        if (!(made instanceof ChildProcess child)) {
            return Optional.of(wrong("kind"));
        }
        if (child.pid() == null) {
            return Optional.of(wrong("new"));
        }
        return child.exitCode() == null ? Optional.of(wrong("alive")) : Optional.empty();
    }

    private static final Duration SERVICE = Duration.ofSeconds(1);

    /** Made are the children, and how many nanoseconds all took: each of the three serves for a second. */
    private static Verdict threeTables(Object[] made) {
        if (made == null || made.length == 0 || made[0] == null) {
            return new Verdict.Open();
        }
        if (!(made[0] instanceof List<?> list)) {
            return wrong("kind");
        }
        if (list.isEmpty()) {
            return new Verdict.Open();
        }
        if (list.size() != 3) {
            return wrong("count");
        }
        for (var each : list) {
            var problem = ended(each);
            if (problem.isPresent()) {
                return problem.get();
            }
        }
        var children = list.stream().map(ChildProcess.class::cast).toList();
        if (!children.stream()
                .map(ChildProcess::name)
                .sorted()
                .toList()
                .equals(List.of("table 1", "table 2", "table 3"))) {
            return wrong("names");
        }
        if (!children.stream().allMatch(child -> child.exitCode() == 0)) {
            return wrong("code");
        }
        if (made.length < 2 || !(made[1] instanceof Number tookNs)) {
            return wrong("clock");
        }
        var took = Duration.ofNanos(tookNs.longValue());
        if (took.compareTo(SERVICE) < 0) {
            return wrong("idle");
        }
        // One after the other takes at least this, on any machine.
        return took.compareTo(SERVICE.multipliedBy(3)) < 0 ? new Verdict.Right() : wrong("serial");
    }

    private static Verdict squaresInOrder(Object made) {
        if (!(made instanceof int[] given) || given.length != 10) {
            return wrong("kind");
        }
        var expected = IntStream.rangeClosed(1, 10).map(n -> n * n).toArray();
        if (Arrays.equals(given, expected)) {
            return new Verdict.Right();
        }
        if (Arrays.stream(given).allMatch(value -> value == 0)) {
            return new Verdict.Open();
        }
        if (IntStream.range(0, 10).allMatch(i -> given[i] == expected[i] || given[i] == 0)) {
            return wrong("early");
        }
        var shifted = IntStream.range(1, 10).allMatch(i -> given[i] == expected[i - 1]);
        return wrong(shifted ? "shifted" : "values");
    }

    private static final Duration LOAD = Duration.ofMillis(100); // asked for are 200, but a look may come late

    private static Verdict twoAtTheSameTime(Object made) {
        if (!(made instanceof Timeline timeline)) {
            return wrong("kind");
        }
        var porters = timeline.lanes().stream().filter(lane -> !lane.caller()).toList();
        if (porters.isEmpty()) {
            return new Verdict.Open();
        }
        if (porters.size() == 1) {
            return wrong("one");
        }
        if (!porters.stream().allMatch(Timeline.Lane::ended)) {
            return wrong("alive");
        }
        if (!porters.stream().allMatch(lane -> lane.sleeping().compareTo(LOAD) >= 0)) {
            return wrong("idle");
        }
        var lastStart = porters.stream().mapToLong(Timeline.Lane::fromNs).max().orElseThrow();
        var firstEnd = porters.stream().mapToLong(Timeline.Lane::toNs).min().orElseThrow();
        // A thread may be told to have ended a moment after the one that joined it went on: only a clear overlap
        // counts.
        return firstEnd - lastStart >= LOAD.toNanos() ? new Verdict.Right() : wrong("serial");
    }
}
