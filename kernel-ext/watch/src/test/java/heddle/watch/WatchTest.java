package heddle.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import heddle.watch.Timeline.Lane;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real threads that do what the test knows they do. A test waits for pictures to say what it wants to see, and then asks
 * the facts; the bounds are those of cause and effect.
 */
class WatchTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Wall wall = new Wall();

    @AfterEach
    void backToTheDefaults() {
        Watch.screen(first -> newer -> {});
        Watch.language("en");
        Watch.title(() -> "");
        Watch.names(Map::of);
        Watch.idle(frames -> false);
    }

    /** A screen that can be waited for. */
    private static final class Wall implements Screen {
        private final List<Picture> pictures = new ArrayList<>();

        @Override
        public synchronized View show(Picture first) {
            add(first);
            return this::add;
        }

        private synchronized void add(Picture picture) {
            pictures.add(picture);
            notifyAll();
        }

        synchronized Picture last() {
            return pictures.getLast();
        }

        /** Blocks until a picture that comes later than this call says this, in its table. */
        synchronized void await(String text) throws InterruptedException {
            var deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            var from = pictures.size();
            while (pictures.stream()
                    .skip(from)
                    .noneMatch(picture -> picture.text().contains(text))) {
                var leftNs = deadlineNs - System.nanoTime();
                assertTrue(leftNs > 0, () -> "never shown: " + text + "; shown: " + pictures);
                TimeUnit.NANOSECONDS.timedWait(this, leftNs);
            }
        }
    }

    private static Thread start(String name, Runnable work) {
        return Thread.ofPlatform().name(name).start(work);
    }

    private static void interrupted(Sleeping sleeping) {
        try {
            sleeping.sleep();
        } catch (InterruptedException e) {
            // the way the test ends it
        }
    }

    private interface Sleeping {
        void sleep() throws InterruptedException;
    }

    /** The state lasted at least from when a picture had shown it until then. */
    private static void assertLasted(Duration atLeast, Duration total, Timeline seen) {
        var slack = Duration.ofNanos(2 * seen.source().worstNs());
        assertTrue(total.compareTo(atLeast.minus(slack)) >= 0, total + " of at least " + atLeast + " less " + slack);
        assertTrue(total.compareTo(seen.length()) <= 0, total + " of " + seen.length());
    }

    /** Lets two more pictures be painted, and says how much time was surely between them. */
    private Duration aWhile(String text) throws InterruptedException {
        wall.await(text);
        var fromNs = System.nanoTime();
        wall.await(text);
        return Duration.ofNanos(System.nanoTime() - fromNs);
    }

    @Test
    void aSleepingThread() throws Exception {
        Watch.screen(wall);
        var lasted = new AtomicReference<Duration>();
        var seen = Watch.threads(() -> {
            var sleeper = start("sleeper", () -> interrupted(() -> Thread.sleep(Duration.ofHours(1))));
            lasted.set(aWhile("sleeping"));
            sleeper.interrupt();
            sleeper.join();
        });
        var lane = seen.lane("sleeper");
        assertLasted(lasted.get(), lane.sleeping(), seen);
        assertTrue(lane.ended());
        assertEquals(Duration.ZERO, lane.blocked());
        assertTrue(placeOf(lane, State.SLEEPING).startsWith("WatchTest.java:"), placeOf(lane, State.SLEEPING));
    }

    @Test
    void ofACallerThatIsIdleNothingIsDrawn() throws Exception {
        Watch.screen(wall);
        Watch.idle(frames ->
                Stream.of(frames).map(StackTraceElement::getMethodName).anyMatch("givesBackTheControl"::equals));
        var lasted = new AtomicReference<Duration>();
        var seen = Watch.threads(() -> {
            var sleeper = start("sleeper", () -> interrupted(() -> Thread.sleep(Duration.ofHours(1))));
            lasted.set(givesBackTheControl());
            sleeper.interrupt();
            sleeper.join();
        });
        var lane = seen.lane(Thread.currentThread().getName());
        var told =
                lane.segments().stream().mapToLong(Timeline.Segment::lengthNs).reduce(0, Long::sum);
        var slackNs = 2 * seen.source().worstNs();
        assertTrue(
                told <= seen.lengthNs() - lasted.get().toNanos() + slackNs,
                told + " told of " + seen.lengthNs() + ", idle for " + lasted.get());
        assertTrue(lasted.get().toNanos() > slackNs || told < seen.lengthNs(), "nothing was left out");
    }

    private Duration givesBackTheControl() throws InterruptedException {
        return aWhile("sleeping");
    }

    private static String placeOf(Lane lane, State state) {
        return lane.segments().stream()
                .filter(segment -> segment.state() == state)
                .findFirst()
                .orElseThrow()
                .place();
    }

    @Test
    void aThreadBlockedByAMonitorOfTheLearnersVariable() throws Exception {
        Watch.screen(wall);
        var till = new Object();
        Watch.names(() -> Map.of("till", till, "other", "till"));
        var lasted = new AtomicReference<Duration>();
        var seen = Watch.threads(() -> {
            var has = new CountDownLatch(1);
            var release = new CountDownLatch(1);
            var holder = start("holder", () -> {
                synchronized (till) {
                    has.countDown();
                    interrupted(release::await);
                }
            });
            has.await();
            var waiter = start("waiter", () -> {
                synchronized (till) {
                    has.countDown();
                }
            });
            lasted.set(aWhile("waiter waited"));
            release.countDown();
            holder.join();
            waiter.join();
        });
        assertLasted(lasted.get(), seen.lane("waiter").blocked(), seen);
        assertEquals("till", seen.waits().getFirst().lock());
        assertEquals(seen.lane("holder").id(), seen.waits().getFirst().holder());
        assertTrue(seen.holds().stream()
                .anyMatch(hold -> hold.lock().equals("till")
                        && hold.lane() == seen.lane("holder").id()));
        assertTrue(seen.lane("holder").waiting().isPositive());
        assertEquals(Duration.ZERO, seen.lane("holder").blocked());
        assertTrue(seen.deadlock().isEmpty());
        assertTrue(seen.toString().contains("waiter blocked "), seen.toString());
    }

    @Test
    void aThreadBlockedByALockOfTheConcurrentPackageInAnArray() throws Exception {
        Watch.screen(wall);
        ReentrantLock[] forks = {new ReentrantLock(), new ReentrantLock()};
        Watch.names(() -> Map.of("forks", forks));
        var seen = Watch.threads(() -> {
            forks[1].lock();
            var eater = start("eater", () -> {
                forks[1].lock();
                forks[1].unlock();
            });
            wall.await("eater waited");
            forks[1].unlock();
            eater.join();
        });
        assertTrue(seen.lane("eater").blocked().isPositive());
        assertTrue(
                seen.waits().stream().anyMatch(wait -> wait.lock().equals("forks[1]")),
                seen.waits().toString());
        assertTrue(seen.holds().stream()
                .anyMatch(hold -> hold.lock().equals("forks[1]")
                        && hold.lane() == Thread.currentThread().threadId()));
    }

    @Test
    void aThreadWaitingInAQueue() throws Exception {
        Watch.screen(wall);
        var orders = new SynchronousQueue<String>();
        var lasted = new AtomicReference<Duration>();
        var seen = Watch.threads(() -> {
            var cook = start("cook", () -> interrupted(orders::take));
            lasted.set(aWhile("waiting"));
            orders.put("soup");
            cook.join();
        });
        var cook = seen.lane("cook");
        assertLasted(lasted.get(), cook.waiting(), seen);
        var waiting = cook.segments().stream()
                .filter(segment -> segment.state() == State.WAITING)
                .findFirst()
                .orElseThrow();
        assertEquals("SynchronousQueue.take", waiting.what());
        assertTrue(seen.holds().isEmpty(), seen.holds().toString());
    }

    @Test
    void aSpinningThreadRunsOrHasNoCore() throws Exception {
        Watch.screen(wall);
        var on = new AtomicBoolean(true);
        var seen = Watch.threads(() -> {
            var spinner = start("spinner", () -> {
                while (on.get()) {
                    Thread.onSpinWait();
                }
            });
            wall.await("spinner");
            wall.await("spinner");
            on.set(false);
            spinner.join();
        });
        var lane = seen.lane("spinner");
        assertTrue(lane.running().isPositive());
        assertEquals(Duration.ZERO, lane.waiting().plus(lane.blocked()).plus(lane.sleeping()));
        assertTrue(lane.cpuNs() > 0 && lane.cpuNs() <= seen.lengthNs(), "cpu " + lane.cpuNs());
    }

    @Test
    void theCallerJoiningIsSaidToWaitForTheThread() throws Exception {
        Watch.screen(wall);
        var seen = Watch.threads(() -> {
            var release = new CountDownLatch(1);
            var worker = start("worker", () -> interrupted(release::await));
            var friend = start("friend", () -> {
                interrupted(() -> wall.await("waiting"));
                release.countDown();
            });
            worker.join();
            friend.join();
        });
        var caller = seen.lanes().getFirst();
        assertTrue(caller.caller());
        assertEquals(0, caller.fromNs());
        assertTrue(
                caller.segments().stream()
                        .anyMatch(segment -> segment.state() == State.WAITING
                                && segment.what().equals("worker")),
                caller.toString());
    }

    @Test
    void threadsTooShortForAnyLookAreNotMissed() throws Exception {
        var seen = Watch.threads(() -> {
            for (var i = 0; i < 30; i++) {
                start("short-" + i, () -> {}).join();
            }
        });
        assertTrue(seen.source().startsExact(), "this JVM has a flight recorder");
        for (var i = 0; i < 30; i++) {
            var lane = seen.lane("short-" + i);
            assertTrue(lane.ended() && lane.fromNs() >= 0 && lane.toNs() <= seen.lengthNs(), lane.toString());
            assertTrue(
                    i == 0 || lane.fromNs() >= seen.lane("short-" + (i - 1)).fromNs(), "in the order of their starts");
        }
        assertEquals(31, seen.lanes().size());
    }

    @Test
    void virtualThreadsAreCounted() throws Exception {
        var seen = Watch.threads(() -> {
            var threads = new ArrayList<Thread>();
            for (var i = 0; i < 200; i++) {
                threads.add(Thread.startVirtualThread(() -> {}));
            }
            for (var thread : threads) {
                thread.join();
            }
        });
        assertEquals(200, seen.source().virtualStarted());
        assertEquals(1, seen.lanes().size(), "carriers are not the learner's: " + seen.lanes());
        assertTrue(seen.picture().text().contains("200 virtual threads"));
    }

    @Test
    void aVirtualThreadMayWatch() throws Exception {
        var seen = new AtomicReference<Timeline>();
        Thread.ofVirtual()
                .start(() -> seen.set(Watch.threads(
                        () -> interrupted(() -> start("worker", () -> {}).join()))))
                .join();
        assertEquals(
                List.of("worker"), seen.get().lanes().stream().map(Lane::name).toList());
    }

    @Test
    void aPoolThatWasClosedHasNoThreadLeft() throws Exception {
        var seen = Watch.threads(() -> {
            try (var pool = Executors.newFixedThreadPool(3)) {
                for (var i = 0; i < 9; i++) {
                    pool.submit(() -> interrupted(() -> Thread.sleep(1)));
                }
            }
        });
        assertEquals(4, seen.lanes().size());
        assertEquals(
                3,
                seen.lanes().stream().filter(Lane::ended).count(),
                seen.lanes().toString());
    }

    @Test
    void looksCostNoMoreThanTheyMay() {
        var pace = new Session.Pace();
        var second = TimeUnit.SECONDS.toNanos(1);
        var ms = TimeUnit.MILLISECONDS.toNanos(1);
        assertEquals(JvmThreads.Depth.STATES, pace.depth(0), "the first look is quick");
        assertEquals(ms, pace.pauseNs(0));
        assertEquals(20 * ms, pace.pauseNs(2 * second), "fifty looks a second");
        assertEquals(JvmThreads.Depth.LOCKS, pace.depth(second));
        pace.looked(second, ms, 30 * ms, JvmThreads.Depth.LOCKS);
        assertEquals(JvmThreads.Depth.MONITORS, pace.depth(3 * second), "a hundredth of the time is three seconds");
        assertEquals(JvmThreads.Depth.LOCKS, pace.depth(4 * second));
        pace.looked(second, 2 * ms, 2 * ms, JvmThreads.Depth.STATES);
        assertEquals(100 * ms, pace.pauseNs(2 * second), "a fiftieth of the time");
        pace.looked(second, second, second, JvmThreads.Depth.STATES);
        assertEquals(250 * ms, pace.pauseNs(2 * second), "but never blind for long");
    }

    @Test
    void ourThreadsAndTheJvmsAreNeverShown() throws Exception {
        var seen = Watch.threads(() -> {
            start("mine", () -> {}).join();
            Thread.ofPlatform().name("heddle-helper").start(() -> {}).join();
        });
        assertEquals(
                List.of(Thread.currentThread().getName(), "mine"),
                seen.lanes().stream().map(Lane::name).toList());
    }

    @Test
    void anExceptionPassesThroughAfterTheFinalPicture() {
        Watch.screen(wall);
        var mishap = new java.io.IOException("the oven is cold");
        var thrown = assertThrows(
                java.io.IOException.class,
                () -> Watch.threads(() -> {
                    wall.await("running");
                    throw mishap;
                }));
        assertSame(mishap, thrown);
        assertTrue(
                wall.last().svg().contains(" · ") && !wall.last().svg().contains(">now</text>"),
                "the last picture is final");
    }

    @Test
    void aBlockWithoutCheckedExceptionsNeedsNoHandler() {
        assertEquals(1, Watch.threads(() -> {}).lanes().size());
    }

    @Test
    void startAndStopGoAroundACell() throws Exception {
        Watch.screen(wall);
        Watch.title(() -> "Cell 12");
        Watch.start();
        var again = assertThrows(IllegalStateException.class, Watch::start);
        assertTrue(
                again.getMessage().contains("(Cell 12)") && again.getMessage().contains("Watch.stop()"),
                again.getMessage());
        start("worker", () -> {}).join();
        var inner = Watch.threads(() -> start("inner", () -> {}).join());
        var seen = Watch.stop();
        assertEquals("Cell 12", seen.title());
        seen.lane("worker");
        seen.lane("inner");
        assertEquals(2, inner.lanes().size(), "nested watches have their own pictures");
        var none = assertThrows(IllegalStateException.class, Watch::stop);
        assertTrue(none.getMessage().contains("Watch.start()"), none.getMessage());
    }

    @Test
    void stopFromAnotherThreadThanStarted() throws Exception {
        Watch.start();
        var seen = new AtomicReference<Timeline>();
        start("stopper", () -> seen.set(Watch.stop())).join();
        assertTrue(seen.get().lanes().getFirst().caller());
    }

    @Test
    void anInterruptEndsTheCallersWait() throws Exception {
        Watch.screen(wall);
        var thrown = new AtomicReference<Exception>();
        var caller = start("caller", () -> {
            try {
                Watch.threads(() -> new CountDownLatch(1).await());
            } catch (InterruptedException e) {
                thrown.set(e);
            }
        });
        wall.await("waiting");
        caller.interrupt();
        assertTrue(caller.join(PATIENCE));
        assertTrue(thrown.get() instanceof InterruptedException);
        assertFalse(wall.last().svg().contains(">now</text>"), "the last picture is final");
    }

    @Test
    void anInterruptThatTheBlockIgnoredIsStillThereAfterwards() {
        Watch.threads(() -> Thread.currentThread().interrupt());
        assertTrue(Thread.interrupted());
    }

    @Test
    void aSlowScreenDelaysNobody() throws Exception {
        var open = new CountDownLatch(1);
        var shown = new AtomicReference<Picture>();
        Watch.screen(first -> newer -> {
            interrupted(open::await);
            shown.set(newer);
        });
        var seen = Watch.threads(() -> {
            var entered = new ReentrantLock();
            var untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(600);
            var worker = start("worker", () -> {
                while (System.nanoTime() < untilNs) {
                    entered.lock();
                    entered.unlock();
                }
            });
            worker.join();
            open.countDown();
        });
        assertTrue(seen.source().looks() >= 5, seen.source().toString());
        assertTrue(seen.lane("worker").ended());
        assertFalse(shown.get().svg().contains(">now</text>"), "the final picture came through");
    }

    @Test
    void aScreenThatFailsTakesNothingFromTheLearner() throws Exception {
        Watch.screen(first -> {
            throw new IllegalStateException("no screen today");
        });
        assertEquals(
                2, Watch.threads(() -> start("worker", () -> {}).join()).lanes().size());
        Watch.screen(first -> newer -> {
            throw new IllegalStateException("no paint today");
        });
        assertEquals(
                2, Watch.threads(() -> start("worker", () -> {}).join()).lanes().size());
    }

    @Test
    void pictureSpeaksTheLanguageOfTheNotebook() throws Exception {
        Watch.language("zh");
        Watch.title(() -> "单元格 3");
        var picture = Watch.threads(() -> start("工人", () -> {}).join()).picture();
        assertTrue(PainterTest.texts(PainterTest.parse(picture.svg())).contains("单元格 3 · 线程"));
        assertTrue(picture.text().contains("2 个线程"), picture.text());
    }

    @Test
    void aRealDeadlockIsFoundWhileItLasts(@TempDir Path folder) throws Exception {
        var printed = folder.resolve("printed.txt");
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DeadlockMain.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            var ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            var output = Files.readString(printed);
            assertTrue(ended, output);
            assertEquals(0, process.exitValue(), output);
            assertTrue(
                    output.contains("egon holds forkA and waits for forkB")
                            && output.contains("dora holds forkB and waits for forkA"),
                    output);
            assertTrue(output.contains("neither can go on; press Stop to end the cell."), output);
            assertTrue(output.contains("they stay stuck until Java is restarted."), output);
            assertTrue(output.contains("egon at WatchTest.java:"), output);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs alone in its JVM, because nothing can end these two threads. */
    static final class DeadlockMain {
        static final Object FORK_A = new Object();
        static final Object FORK_B = new Object();

        private DeadlockMain() {}

        public static void main(String[] args) throws Exception {
            var wall = new Wall();
            Watch.screen(wall);
            Watch.names(() -> Map.of("forkA", FORK_A, "forkB", FORK_B));
            var seen = Watch.threads(() -> {
                var bothHaveOne = new CountDownLatch(2);
                dine("egon", FORK_A, FORK_B, bothHaveOne);
                dine("dora", FORK_B, FORK_A, bothHaveOne);
                wall.await("Deadlock");
            });
            System.out.println(wall.pictures.stream()
                    .filter(picture -> picture.text().contains("Deadlock"))
                    .findFirst()
                    .orElseThrow()
                    .text());
            System.out.println(seen.picture().text());
            System.out.flush();
            Runtime.getRuntime().halt(seen.deadlock().isPresent() ? 0 : 1);
        }

        private static void dine(String name, Object first, Object second, CountDownLatch bothHaveOne) {
            Thread.ofPlatform().daemon().name(name).start(() -> {
                synchronized (first) {
                    bothHaveOne.countDown();
                    interrupted(bothHaveOne::await);
                    synchronized (second) {
                        throw new AssertionError(name + " has both forks");
                    }
                }
            });
        }
    }
}
