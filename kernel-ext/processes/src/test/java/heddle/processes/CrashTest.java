package heddle.processes;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of the survivors when a process dies in the middle of something: each row of the table, for each way to die. To add a row: a static method
 * that makes a {@link Scenario}, and a line in {@link #ROWS}.
 */
@Timeout(120)
class CrashTest {
    private static final List<Row> ROWS = List.of(
            new Row("lock", CrashTest::lock),
            new Row("reentrant lock", CrashTest::reentrantLock),
            new Row("semaphore", CrashTest::semaphore),
            new Row("waiting for a condition", CrashTest::conditionWaiter),
            new Row("signalling a condition", CrashTest::conditionSignaller),
            new Row("waiting for an event", CrashTest::event),
            new Row("waiting at a barrier", CrashTest::barrierWaiter),
            new Row("in a barrier's action", CrashTest::barrierAction),
            new Row("putting into a queue", CrashTest::queuePut),
            new Row("taking from a queue", CrashTest::queueTake),
            new Row("sending into a pipe", CrashTest::pipe),
            new Row("manager: changing a map", CrashTest::managerMap),
            new Row("manager: changing a list", CrashTest::managerList),
            new Row("manager: changing a value", CrashTest::managerValue),
            new Row("manager: having made it", CrashTest::managerMaker));

    /** A way to die, in the child. */
    enum Manner {
        EXCEPTION(1),
        SYSTEM_EXIT(3),
        HALT(4),
        KILL(-9),
        STOP_THEN_KILL(-9),
        OUT_OF_MEMORY(1),
        STACK_OVERFLOW(1);

        private final int exitCode;

        Manner(int exitCode) {
            this.exitCode = exitCode;
        }

        /** Whether the child does it by itself. */
        private boolean isOwn() {
            return this != KILL && this != STOP_THEN_KILL;
        }

        private void run() throws Exception {
            System.out.println("dying");
            switch (this) {
                case EXCEPTION -> throw new IllegalStateException("on purpose");
                case SYSTEM_EXIT -> System.exit(3);
                case HALT -> Runtime.getRuntime().halt(4);
                case OUT_OF_MEMORY -> {
                    var kept = new ArrayList<long[]>();
                    while (true) {
                        kept.add(new long[1 << 20]);
                    }
                }
                case STACK_OVERFLOW -> HarshTest.deeper();
                default -> ProcessTest.forever(); // and the parent kills it
            }
        }

        private void kill(ChildProcess child) throws Exception {
            if (this == STOP_THEN_KILL) {
                HarshTest.signal(child, "STOP");
            }
            if (!isOwn()) {
                child.kill();
            }
        }
    }

    /** @param scenario given the way to die, to be run by the child when it is in the middle of it */
    record Row(String name, Function<Task, Scenario> scenario) {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * @param object what all share
     * @param child what the child does with it, and where in it it dies
     * @param survivor what another thread, of this process, does meanwhile; its result or failure is given to {@code after}
     * @param after what must be true when the child is dead
     */
    record Scenario(AutoCloseable object, Task child, Survivor survivor, After after) {}

    interface Survivor {
        Object run() throws Exception;
    }

    interface After {
        void check(ChildProcess dead, InThread<Object> survivor) throws Exception;
    }

    static Stream<Arguments> table() {
        return ROWS.stream().flatMap(row -> Arrays.stream(Manner.values()).map(manner -> Arguments.of(row, manner)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("table")
    void theSurvivorsGoOn(Row row, Manner manner) throws Exception {
        var scenario = row.scenario().apply(manner::run);
        try (var _ = scenario.object();
                var captured = new Captured()) {
            var survivor = InThread.start(() -> scenario.survivor().run());
            var task = scenario.child();
            var child = new ChildProcess("dies", task).jvmOptions("-Xmx32m").start();
            captured.awaitLine("dying");
            manner.kill(child);
            child.join();
            assertEquals(manner.exitCode, child.exitCode(), captured.err());
            scenario.after().check(child, survivor);
        }
    }

    // ---- the rows of locks and the like

    private static Scenario lock(Task dying) {
        return held(new ProcessLock(), dying);
    }

    private static Scenario reentrantLock(Task dying) {
        return held(new ProcessReentrantLock(), dying);
    }

    private static Scenario held(AbstractProcessLock lock, Task dying) {
        var waits = new ProcessEvent();
        return new Scenario(
                () -> {
                    waits.close();
                    lock.close();
                },
                () -> {
                    lock.lock();
                    waits.set();
                    dying.run();
                },
                () -> {
                    waits.await();
                    lock.lock();
                    var left = lock.abandonedBy();
                    lock.unlock();
                    return left;
                },
                (dead, survivor) -> {
                    assertEquals(new ProcessEnd("dies", dead.pid(), dead.exitCode()), survivor.get());
                    assertTrue(lock.tryLock());
                    assertEquals(null, lock.abandonedBy());
                    lock.unlock();
                });
    }

    private static Scenario semaphore(Task dying) {
        var semaphore = new ProcessSemaphore(2);
        return new Scenario(
                semaphore,
                () -> {
                    semaphore.acquire();
                    dying.run();
                },
                () -> {
                    var acquired = semaphore.tryAcquire(2, 30, SECONDS);
                    semaphore.release(2);
                    return acquired;
                },
                (_, survivor) -> {
                    assertEquals(true, survivor.get());
                    assertEquals(2, semaphore.availablePermits());
                });
    }

    private static Scenario conditionWaiter(Task dying) {
        var lock = new ProcessReentrantLock();
        var condition = lock.newCondition();
        return new Scenario(
                lock,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> {
                        lock.lock();
                        condition.awaitUninterruptibly();
                    });
                    awaitWaiters(lock, condition, 1);
                    dying.run();
                },
                () -> null,
                (_, survivor) -> {
                    survivor.get();
                    var living = InThread.start(() -> {
                        try (var _ = lock.hold()) {
                            return condition.await(30, SECONDS);
                        }
                    });
                    awaitWaiters(lock, condition, 1);
                    try (var _ = lock.hold()) {
                        condition.signal();
                    }
                    assertTrue(living.get());
                });
    }

    private static Scenario conditionSignaller(Task dying) {
        var lock = new ProcessLock();
        var condition = lock.newCondition();
        return new Scenario(
                lock,
                () -> {
                    awaitWaiters(lock, condition, 1);
                    lock.lock();
                    condition.signal();
                    dying.run();
                },
                () -> {
                    try (var _ = lock.hold()) {
                        return condition.await(30, SECONDS) && lock.abandonedBy() != null;
                    }
                },
                (_, survivor) -> assertEquals(true, survivor.get()));
    }

    static void awaitWaiters(AbstractProcessLock lock, ProcessCondition condition, int count) {
        InThread.awaitUntil(() -> {
            try (var _ = lock.hold()) {
                return condition.getWaitQueueLength() == count;
            }
        });
    }

    private static Scenario event(Task dying) {
        var event = new ProcessEvent();
        return new Scenario(
                event,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> awaitQuietly(event));
                    dying.run();
                },
                () -> event.await(30, SECONDS),
                (_, survivor) -> {
                    assertFalse(event.isSet());
                    event.set();
                    assertEquals(true, survivor.get());
                    assertTrue(event.isSet());
                });
    }

    private static void awaitQuietly(ProcessEvent event) {
        try {
            event.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Scenario barrierWaiter(Task dying) {
        var barrier = new ProcessBarrier(3);
        return new Scenario(
                barrier,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> {
                        try {
                            barrier.await();
                        } catch (InterruptedException | BrokenBarrierException e) {
                            throw new AssertionError(e);
                        }
                    });
                    InThread.awaitUntil(() -> barrier.getNumberWaiting() == 2);
                    dying.run();
                },
                barrier::await,
                (_, survivor) -> assertBrokenAndRepaired(barrier, survivor));
    }

    private static Scenario barrierAction(Task dying) {
        var barrier = new ProcessBarrier(2, dying);
        return new Scenario(
                barrier,
                () -> {
                    InThread.awaitUntil(() -> barrier.getNumberWaiting() == 1);
                    barrier.await();
                },
                barrier::await,
                (_, survivor) -> {
                    assertInstanceOf(
                            BrokenBarrierException.class,
                            assertThrows(ExecutionException.class, survivor::get)
                                    .getCause());
                    assertTrue(barrier.isBroken());
                });
    }

    private static void assertBrokenAndRepaired(ProcessBarrier barrier, InThread<Object> survivor) throws Exception {
        assertInstanceOf(
                BrokenBarrierException.class,
                assertThrows(ExecutionException.class, survivor::get).getCause());
        assertTrue(barrier.isBroken());
        barrier.reset();
        var others = List.of(InThread.start(() -> barrier.await()), InThread.start(() -> barrier.await()));
        barrier.await(30, SECONDS);
        for (var other : others) {
            other.get();
        }
    }

    // ---- the rows of a manager

    private static Scenario managerMap(Task dying) {
        var manager = new ProcessManager();
        var map = manager.map(Map.of("a", 1));
        var inside = manager.event();
        return new Scenario(
                manager,
                () -> map.compute("a", (_, _) -> dies(inside, dying, 2)),
                () -> {
                    inside.await();
                    assertEquals(1, map.get("a"));
                    return map.merge("a", 10, Integer::sum);
                },
                (_, survivor) -> {
                    assertEquals(11, survivor.get());
                    assertEquals(Map.of("a", 11), map);
                });
    }

    private static Scenario managerList(Task dying) {
        var manager = new ProcessManager();
        var list = manager.list(List.of(1, 2));
        var inside = manager.event();
        return new Scenario(
                manager,
                () -> list.replaceAll(n -> n == 1 ? n + 1 : dies(inside, dying, n)),
                () -> {
                    inside.await();
                    assertEquals(1, list.get(0));
                    return list.add(3);
                },
                (_, survivor) -> {
                    assertEquals(true, survivor.get());
                    assertEquals(List.of(1, 2, 3), list);
                });
    }

    private static Scenario managerValue(Task dying) {
        var manager = new ProcessManager();
        var value = manager.value("before");
        var inside = manager.event();
        return new Scenario(
                manager,
                () -> value.updateAndGet(text -> dies(inside, dying, text + "!")),
                () -> {
                    inside.await();
                    assertEquals("before", value.get());
                    return value.updateAndGet(text -> text + " and after");
                },
                (_, survivor) -> assertEquals("before and after", survivor.get()));
    }

    private static Scenario managerMaker(Task dying) {
        var meeting = new ProcessQueue<SharedMap<String, Integer>>();
        return new Scenario(
                meeting,
                () -> {
                    var map = new ProcessManager().<String, Integer>map();
                    map.put("a", 1);
                    meeting.put(map);
                    dying.run();
                },
                meeting::take,
                (_, survivor) -> {
                    try (@SuppressWarnings("unchecked")
                            var map = (SharedMap<String, Integer>) survivor.get()) {
                        assertEquals(11, map.merge("a", 10, Integer::sum));
                    }
                });
    }

    private static <T> T dies(ProcessEvent inside, Task dying, T result) {
        inside.set();
        try {
            dying.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return result;
    }

    // ---- the rows of queues and pipes

    private static long[] element(long number) {
        var element = new long[1 + (int) (Math.abs(number) % 300)];
        element[0] = number;
        element[element.length - 1] = number;
        return element;
    }

    private static long number(long[] element) {
        assertEquals(1 + (int) (Math.abs(element[0]) % 300), element.length);
        assertEquals(element[0], element[element.length - 1]);
        return element[0];
    }

    private static Scenario queuePut(Task dying) {
        var queue = new ProcessQueue<long[]>(10);
        return new Scenario(
                queue,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> {
                        for (var i = 0L; true; i++) {
                            putQuietly(queue, element(i));
                        }
                    });
                    dying.run();
                },
                () -> {
                    var next = 0L;
                    for (var number = number(queue.take()); number >= 0; number = number(queue.take())) {
                        assertEquals(next++, number);
                    }
                    return next;
                },
                (_, survivor) -> {
                    assertTrue(queue.offer(element(-1), 30, SECONDS));
                    assertTrue((Long) survivor.get() >= 0);
                    assertTrue(queue.isEmpty());
                });
    }

    private static void putQuietly(ProcessQueue<long[]> queue, long[] element) {
        try {
            queue.put(element);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Scenario queueTake(Task dying) {
        var queue = new ProcessQueue<long[]>();
        for (var i = 0; i < 20_000; i++) {
            queue.add(element(i));
        }
        return new Scenario(
                queue,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> queue.untilClosed().forEach(CrashTest::number));
                    dying.run();
                },
                () -> {
                    var previous = -1L;
                    var count = 0;
                    for (var number = number(queue.take()); number >= 0; number = number(queue.take())) {
                        assertTrue(number > previous);
                        previous = number;
                        count += number >= 20_000 ? 1 : 0;
                    }
                    return count;
                },
                (_, survivor) -> {
                    for (var i = 20_000; i < 21_000; i++) {
                        queue.put(element(i));
                    }
                    queue.put(element(-1));
                    assertEquals(1000, survivor.get());
                });
    }

    private static Scenario pipe(Task dying) {
        var pipe = new ProcessPipe();
        var here = pipe.first();
        var there = pipe.second();
        return new Scenario(
                pipe,
                () -> {
                    Thread.ofPlatform().daemon().start(() -> {
                        for (var i = 0L; true; i++) {
                            sendQuietly(there, element(i));
                        }
                    });
                    dying.run();
                },
                () -> {
                    var next = 0L;
                    while (true) {
                        try {
                            assertEquals(next++, number((long[]) here.receive()));
                        } catch (EOFException e) {
                            return true;
                        }
                    }
                },
                (_, survivor) -> {
                    assertEquals(true, survivor.get());
                    assertThrows(IOException.class, () -> here.send(1));
                });
    }

    private static void sendQuietly(Connection there, long[] element) {
        try {
            there.send(element);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
