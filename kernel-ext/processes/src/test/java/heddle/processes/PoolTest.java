package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The rows PO1 to PO15 and PO19 to PO24, and EX1 to EX7, of a pool whose workers live; {@link PoolDeathTest} has the others. */
@Timeout(120)
class PoolTest {
    private static int count;

    private static long pid() {
        return ProcessHandle.current().pid();
    }

    private static int next() {
        return ++count;
    }

    private static void stay() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void touch(String file) {
        try {
            Files.createFile(Path.of(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Throwable cause(Future<?> future) {
        return assertThrows(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS))
                .getCause();
    }

    // ---- results

    @Test
    @DisplayName("PO1 map, imap, starmap give results in the order of the items")
    void po1() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var items = List.of(0, 1, 2, 3, 4);
            assertEquals(List.of(0, 1, 4, 9, 16), pool.map(n -> n * n, items));
            assertEquals(List.of(), pool.map(n -> n, List.of()));
            assertEquals(
                    List.of(0, 1, 4, 9, 16),
                    pool.imap(n -> n * n, items).stream().toList());
            assertEquals(
                    List.of(0, 1, 4, 9, 16),
                    pool.imap(n -> n * n, items, 2).stream().toList());
            assertEquals(List.of(3, 7), pool.starmap((a, b) -> a + b, List.of(Map.entry(1, 2), Map.entry(3, 4))));
            assertEquals(42, pool.apply(() -> 42));
            assertEquals("42", pool.apply(String::valueOf, 42));
            assertNull(pool.submit(() -> {}).get());
            assertEquals("done", pool.submit((Action) () -> {}, "done").get());
        }
    }

    @Test
    @DisplayName("PO1 imapUnordered gives results as they come, and all of them")
    void po1Unordered() throws Exception {
        try (var second = new ProcessEvent();
                var pool = new ProcessPool(2)) {
            var results = pool.<Integer, Integer>imapUnordered(
                    n -> {
                        if (n == 0) {
                            second.await();
                        }
                        return n;
                    },
                    List.of(0, 1));
            assertEquals(1, results.next());
            second.set();
            assertEquals(0, results.next());
            assertFalse(results.hasNext());
            assertThrows(NoSuchElementException.class, results::next);
            var all = new ArrayList<Integer>();
            pool.<Integer, Integer>imapUnordered(
                            n -> n, IntStream.range(0, 1000).boxed().toList(), 7)
                    .forEach(all::add);
            Collections.sort(all);
            assertEquals(IntStream.range(0, 1000).boxed().toList(), all);
        }
    }

    @Test
    @DisplayName("PO1 imap takes its items when they are needed: there may be any number")
    void po1Lazy() {
        try (var pool = new ProcessPool(2)) {
            var results = pool.<Integer, Integer>imap(
                    n -> n + 1, IntStream.iterate(0, n -> n + 1).boxed()::iterator);
            for (var i = 1; i <= 100; i++) {
                assertEquals(i, results.next());
            }
        }
    }

    @Test
    @DisplayName("PO2 each future has its own result, however they are asked for")
    void po2() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var futures = new ArrayList<CompletableFuture<Integer>>();
            for (var i = 0; i < 3000; i++) {
                var n = i;
                futures.add(pool.applyAsync(() -> n * n));
            }
            for (var i = futures.size() - 1; i >= 0; i--) {
                assertEquals(i * i, futures.get(i).get());
            }
            for (var i = 0; i < futures.size(); i++) {
                assertEquals(i * i, futures.get(i).get());
            }
        }
    }

    @Test
    @DisplayName("PO2 many threads may ask at a time")
    void po2Threads() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var wrong = new AtomicReference<Throwable>();
            var threads = new ArrayList<Thread>();
            for (var t = 0; t < 4; t++) {
                var base = t * 1000;
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        for (var i = base; i < base + 200; i++) {
                            var n = i;
                            assertEquals(n + 1, pool.apply(() -> n + 1));
                        }
                    } catch (Throwable e) {
                        wrong.set(e);
                    }
                }));
            }
            for (var thread : threads) {
                thread.join();
            }
            assertNull(wrong.get());
        }
    }

    @Test
    @DisplayName("large tasks and results pass whole, more of them than the shared memory holds")
    void large() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var numbers = new int[1_000_000];
            numbers[999_999] = 7;
            var future = pool.applyAsync((int[] array) -> array, numbers);
            var texts = pool.map(n -> "x".repeat(n), List.of(1, 100_000, 300_000, 5));
            assertEquals(
                    List.of(1, 100_000, 300_000, 5),
                    texts.stream().map(String::length).toList());
            assertEquals(7, future.get()[999_999]);
            var many = new ArrayList<CompletableFuture<Integer>>();
            for (var i = 0; i < 30; i++) {
                many.add(pool.applyAsync((byte[] array) -> array.length, new byte[100_000 + i]));
            }
            for (var i = 0; i < 30; i++) {
                assertEquals(100_000 + i, many.get(i).get());
            }
        }
    }

    @Test
    @DisplayName("PO3 a result that is not there: TimeoutException; later it is; asking for it now is a misuse")
    void po3() throws Exception {
        try (var go = new ProcessEvent();
                var pool = new ProcessPool(1)) {
            var future = pool.submit(() -> {
                go.await();
                return 3;
            });
            assertThrows(TimeoutException.class, () -> future.get(20, TimeUnit.MILLISECONDS));
            assertThrows(IllegalStateException.class, future::resultNow);
            assertFalse(future.isDone());
            assertEquals(-1, future.getNow(-1));
            go.set();
            assertEquals(3, future.get(60, TimeUnit.SECONDS));
            assertEquals(3, future.resultNow());
            assertEquals(3, future.join());
            assertTrue(future.isDone());
            assertEquals(Future.State.SUCCESS, future.state());
        }
    }

    @Test
    @DisplayName("PO4 EX1 what a task throws is the cause, of its own type, with the worker's stack trace, each time")
    void po4() {
        try (var pool = new ProcessPool(1)) {
            var future = pool.submit(() -> Integer.parseInt("two"));
            for (var i = 0; i < 2; i++) {
                var cause = assertInstanceOf(NumberFormatException.class, cause(future));
                assertEquals("For input string: \"two\"", cause.getMessage());
                var frames = cause.getStackTrace();
                assertTrue(
                        List.of(frames).toString().contains("PoolTest.lambda$po4"),
                        () -> List.of(frames).toString());
                assertEquals("process", frames[frames.length - 1].getClassName());
            }
            assertEquals(Future.State.FAILED, future.state());
            assertInstanceOf(NumberFormatException.class, future.exceptionNow());
            assertInstanceOf(
                    NumberFormatException.class,
                    assertThrows(CompletionException.class, future::join).getCause());
        }
    }

    @Test
    @DisplayName("PO5 map fails with the first failure when all have run; imap throws there and goes on")
    void po5(@TempDir Path directory) throws Exception {
        var place = directory.toString();
        CallOf<Integer, Integer> function = n -> {
            touch(place + "/" + n);
            if (n % 2 == 1) {
                throw new IllegalArgumentException("odd " + n);
            }
            return n;
        };
        try (var pool = new ProcessPool(2)) {
            var failure = assertThrows(
                    ExecutionException.class, () -> pool.map(function, List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 5));
            assertEquals("odd 1", failure.getCause().getMessage());
            try (var files = Files.list(directory)) {
                assertEquals(10, files.count());
            }
            var results = pool.<Integer, Integer>imap(n -> 6 / n, List.of(1, 0, 3), 2);
            assertEquals(6, results.next());
            assertInstanceOf(
                    ArithmeticException.class,
                    assertThrows(CompletionException.class, results::next).getCause());
            assertEquals(2, results.next());
            assertFalse(results.hasNext());
        }
    }

    // ---- what cannot travel

    @Test
    @DisplayName("PO6 a task that cannot travel is refused at the call, by name")
    void po6Task() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var thread = Thread.currentThread();
            var captured = assertThrows(IllegalArgumentException.class, () -> pool.submit(() -> thread.getName()));
            assertTrue(captured.getMessage().contains("java.lang.Thread"), captured.getMessage());
            Callable<Integer> plain = () -> 1;
            var refused = assertThrows(IllegalArgumentException.class, () -> pool.submit(plain));
            assertTrue(refused.getMessage().contains("is not Serializable"), refused.getMessage());
            assertThrows(NullPointerException.class, () -> pool.submit((Call<Integer>) null));
            var items = List.of(1, new Object());
            for (var refusing : List.<Executable>of(
                    () -> pool.map(Object::hashCode, items), () -> pool.imap(Object::hashCode, items, 2))) {
                assertEquals(
                        "the value (java.lang.Object) cannot travel to another process, because its class is not Serializable",
                        assertThrows(IllegalArgumentException.class, refusing).getMessage());
            }
            var supply =
                    assertThrows(IllegalArgumentException.class, () -> CompletableFuture.supplyAsync(() -> 1, pool));
            assertTrue(supply.getMessage().contains("use the pool's submit"), supply.getMessage());
            assertEquals(1, pool.apply(() -> 1));
        }
    }

    @Test
    @DisplayName("paths travel to a pool's workers and back")
    void paths() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var home = Path.of("home");
            assertEquals(
                    List.of(Path.of("home", "a"), Path.of("home", "b")),
                    pool.map(home::resolve, List.of(Path.of("a"), Path.of("b"))));
        }
    }

    @Test
    @DisplayName("PO6 a result that cannot travel fails its own task, by name")
    void po6Result() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var cause = cause(pool.submit(() -> Thread.currentThread()));
            assertInstanceOf(IllegalArgumentException.class, cause);
            assertInstanceOf(NotSerializableException.class, cause.getCause());
            assertTrue(cause.getMessage().contains("java.lang.Thread"), cause.getMessage());
            var results = pool.<Integer, Object>imap(n -> n == 1 ? new Object() : n, List.of(0, 1, 2), 3);
            assertEquals(0, results.next());
            assertThrows(CompletionException.class, results::next);
            assertEquals(2, results.next());
        }
    }

    @Test
    @DisplayName("PO7 a chunk of less than one item is refused")
    void po7() {
        try (var pool = new ProcessPool(1)) {
            for (var size : new int[] {0, -1}) {
                assertThrows(IllegalArgumentException.class, () -> pool.map(n -> n, List.of(1), size));
                assertThrows(IllegalArgumentException.class, () -> pool.imap(n -> n, List.of(1), size));
                assertThrows(IllegalArgumentException.class, () -> pool.imapUnordered(n -> n, List.of(1), size));
            }
        }
    }

    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable() {
            super("unreadable");
        }

        private void readObject(java.io.ObjectInputStream in) throws IOException {
            throw new IOException("not here");
        }
    }

    @Test
    @DisplayName("PO17 PO18 any Throwable is delivered; for one that cannot be rebuilt a RemoteException stands")
    void po18() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var cause = assertInstanceOf(RemoteException.class, cause(pool.submit(() -> {
                throw new Unreadable();
            })));
            assertEquals(Unreadable.class.getName(), cause.originalClassName());
            assertEquals("unreadable", cause.originalMessage());
            assertInstanceOf(AssertionError.class, cause(pool.submit(() -> {
                throw new AssertionError("an Error");
            })));
            assertEquals(1, pool.apply(() -> 1));
        }
    }

    // ---- the life of a pool

    @Test
    @DisplayName("PO8 EX4 after shutdown nothing is accepted; what was submitted is done; shutdown again is nothing")
    void po8() throws Exception {
        try (var go = new ProcessEvent();
                var pool = new ProcessPool(1)) {
            var first = pool.submit(() -> {
                go.await();
                return 1;
            });
            var second = pool.submit(() -> 2);
            pool.shutdown();
            pool.shutdown();
            assertTrue(pool.isShutdown());
            assertFalse(pool.isTerminated());
            assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 3));
            assertThrows(RejectedExecutionException.class, () -> pool.map(n -> n, List.of(1)));
            assertThrows(RejectedExecutionException.class, () -> pool.imap(n -> n, List.of(1)));
            assertFalse(pool.awaitTermination(10, TimeUnit.MILLISECONDS));
            go.set();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertTrue(pool.isTerminated());
            assertEquals(1, first.get());
            assertEquals(2, second.get());
        }
    }

    @Test
    @DisplayName("PO9 join of a running pool is a misuse; after shutdown it waits; again it is nothing")
    void po9() throws Exception {
        try (var pool = new ProcessPool(1)) {
            assertThrows(IllegalStateException.class, pool::join);
            pool.shutdown();
            pool.join();
            pool.join();
            pool.terminate();
            pool.close();
        }
    }

    @Test
    @DisplayName("PO10 terminate ends what runs at once, and every future says so")
    void po10() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var running = pool.submit(PoolTest::stay);
            var spinning = pool.submit(() -> {
                while (true) {
                    Thread.onSpinWait();
                }
            });
            var waiting = pool.submit(() -> 1);
            var mapped = pool.mapAsync(n -> n, List.of(1, 2, 3));
            pool.terminate();
            for (var future : List.of(running, spinning, waiting, mapped)) {
                assertThrows(CancellationException.class, () -> future.get(60, TimeUnit.SECONDS));
                assertTrue(future.isCancelled());
            }
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertThrows(RejectedExecutionException.class, () -> pool.submit(() -> 1));
        }
    }

    @Test
    @DisplayName("PO10 EX4 shutdownNow gives back what nobody had begun")
    void po10Now() throws Exception {
        try (var begun = new ProcessEvent();
                var pool = new ProcessPool(1)) {
            var running = pool.submit(() -> {
                begun.set();
                new CountDownLatch(1).await();
                return 0;
            });
            begun.await();
            var waiting = pool.submit(() -> 1);
            assertEquals(1, pool.shutdownNow().size());
            assertThrows(CancellationException.class, running::get);
            assertThrows(CancellationException.class, waiting::get);
        }
    }

    @Test
    @DisplayName(
            "PO10 EX1 a task that waits can be cancelled; one that runs only by ending its worker, which is replaced")
    void cancel() throws Exception {
        try (var begun = new ProcessEvent();
                var ran = new ProcessEvent();
                var pool = new ProcessPool(1)) {
            var running = pool.submit(() -> {
                begun.set();
                while (true) {
                    Thread.onSpinWait();
                }
            });
            var waiting = pool.submit(() -> ran.set());
            begun.await();
            assertTrue(waiting.cancel(false));
            assertTrue(waiting.isCancelled());
            assertFalse(running.cancel(false));
            assertFalse(running.isDone());
            var worker = pool.workers().getFirst().pid();
            assertTrue(running.cancel(true));
            assertThrows(CancellationException.class, running::get);
            assertNotEquals(worker, pool.apply(() -> pid()));
            assertTrue(running.cancel(true));
            assertFalse(running.complete(null));
            assertFalse(ran.isSet());
        }
    }

    @Test
    @DisplayName(
            "PO12 EX5 no workers, no tasks for a worker, no initializer: refused; the default is a worker for each processor")
    void po12() {
        assertThrows(IllegalArgumentException.class, () -> new ProcessPool(0));
        assertThrows(IllegalArgumentException.class, () -> new ProcessPool(-1));
        var builder = ProcessPool.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.tasksPerWorker(0));
        assertThrows(IllegalArgumentException.class, () -> builder.workers(0));
        assertThrows(IllegalArgumentException.class, () -> builder.idleTimeout(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> builder.initializer(null));
        try (var pool = new ProcessPool()) {
            assertEquals(Runtime.getRuntime().availableProcessors(), pool.size());
        }
    }

    @Test
    @DisplayName("PO12 a builder that is changed afterwards changes no pool that it made, nor its later workers")
    void builderAfterwards() throws Exception {
        var builder = ProcessPool.builder().workers(1);
        try (var pool = builder.build()) {
            builder.workers(3).initializer(() -> {
                throw new IllegalStateException("for another pool");
            });
            pool.workers().getFirst().kill();
            assertEquals(2, pool.submit(() -> 2).get(60, TimeUnit.SECONDS));
            assertEquals(1, pool.size());
        }
    }

    @Test
    @DisplayName(
            "PO13 the initializer runs in each worker only; a worker keeps its variables; what changes here is not seen there")
    void po13() throws Exception {
        count = 10;
        try (var pool =
                ProcessPool.builder().workers(1).initializer(() -> count = 100).build()) {
            count = 20;
            assertEquals(List.of(101, 102, 103), pool.map(_ -> next(), List.of(1, 2, 3)));
            assertEquals(20, count);
        }
    }

    @Test
    @DisplayName("PO15 a worker ends after its tasks, and another takes its place; a chunk is one task")
    void po15() throws Exception {
        try (var pool = ProcessPool.builder().workers(1).tasksPerWorker(2).build()) {
            var pids = new HashSet<>(
                    pool.map(_ -> pid(), IntStream.range(0, 8).boxed().toList(), 1));
            assertEquals(4, pids.size());
            assertEquals(
                    1,
                    new HashSet<>(pool.map(
                                    _ -> pid(), IntStream.range(0, 8).boxed().toList(), 8))
                            .size());
        }
    }

    @Test
    @DisplayName("idle workers end, and others come when they are needed")
    void idle() throws Exception {
        try (var pool = ProcessPool.builder()
                .workers(2)
                .idleTimeout(Duration.ofMillis(300))
                .build()) {
            var first = pool.apply(() -> pid());
            for (var worker : pool.workers()) {
                assertTrue(worker.join(Duration.ofSeconds(60)));
                assertEquals(0, worker.exitCode());
            }
            assertNotEquals(first, pool.apply(() -> pid()));
        }
    }

    @Test
    @DisplayName("resize gives a pool more workers, or less")
    void resize() throws Exception {
        try (var pool = new ProcessPool(1)) {
            pool.resize(3);
            assertEquals(3, pool.workers().size());
            var before = pool.workers();
            pool.resize(1);
            var left = 0;
            for (var worker : before) {
                left += worker.join(Duration.ofSeconds(2)) ? 0 : 1;
            }
            assertEquals(1, left);
            assertEquals(1, pool.workers().size());
            assertEquals(5, pool.apply(() -> 5));
            assertThrows(IllegalArgumentException.class, () -> pool.resize(0));
        }
    }

    @Test
    @DisplayName("workers are named, and are daemons; their JVM options are theirs")
    void names() throws Exception {
        try (var pool = ProcessPool.builder()
                .workers(1)
                .name("Squares")
                .jvmOptions("-Dcolour=blue")
                .build()) {
            assertEquals(
                    "Squares-worker-1", pool.apply(() -> ChildProcess.current().name()));
            assertTrue(pool.apply(() -> ChildProcess.current().isDaemon()));
            assertEquals("blue", pool.apply(() -> System.getProperty("colour")));
        }
    }

    @Test
    @DisplayName("what a task prints appears here")
    void output() throws Exception {
        try (var captured = new Captured();
                var pool = new ProcessPool(1)) {
            pool.apply(() -> {
                System.out.println("printed by a task");
                return 0;
            });
            captured.awaitLine("printed by a task");
        }
    }

    @Test
    @DisplayName("a task is called by what its author knows: a class that is made for a cell has no name")
    void nameOfATask() throws Exception {
        try (var pool = new ProcessPool(1)) {
            assertTrue(pool.submit($Made.answer()).toString().startsWith("task #1 (a lambda)["));
            assertTrue(pool.submit(() -> 42).toString().startsWith("task #2 (a lambda of PoolTest)["));
        }
    }

    // ---- callbacks

    /** What the library logs. What the console shows would not do: its handler keeps the stream that it saw first. */
    private static final class Logged extends Handler implements AutoCloseable {
        private final Logger logger = Logger.getLogger("heddle.processes");
        private final StringBuffer text = new StringBuffer();

        Logged() {
            logger.addHandler(this);
        }

        String text() {
            return text.toString();
        }

        @Override
        public void publish(LogRecord logged) {
            text.append(logged.getMessage())
                    .append(": ")
                    .append(logged.getThrown())
                    .append('\n');
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }

    @Test
    @DisplayName("PO20 a callback gets the one result, in the pool's callback thread; PO22 the other the exception")
    void po20() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var got = new CompletableFuture<Object>();
            var thread = new CompletableFuture<Thread>();
            pool.applyAsync(() -> List.of(1, 2), got::complete)
                    .whenComplete((_, _) -> thread.complete(Thread.currentThread()));
            assertEquals(List.of(1, 2), got.get(60, TimeUnit.SECONDS));
            pool.mapAsync(n -> n + 1, List.of(1, 2)).thenAccept(all -> thread.complete(Thread.currentThread()));
            assertTrue(thread.get(60, TimeUnit.SECONDS).getName().endsWith("-callbacks"));
            assertTrue(thread.get().isDaemon());
            var failure = new CompletableFuture<Throwable>();
            pool.applyAsync(() -> Integer.parseInt("x"), _ -> {}, failure::complete);
            assertInstanceOf(NumberFormatException.class, failure.get(60, TimeUnit.SECONDS));
            var length = new CompletableFuture<Integer>();
            pool.applyAsync(String::length, "four", length::complete);
            assertEquals(4, length.get(60, TimeUnit.SECONDS));
            var wrong = new CompletableFuture<Throwable>();
            pool.applyAsync(Integer::parseInt, "x", _ -> {}, wrong::complete);
            assertInstanceOf(NumberFormatException.class, wrong.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    @DisplayName("PO19 EX3 a callback that fails harms nobody")
    void po19() throws Exception {
        try (var logged = new Logged();
                var pool = new ProcessPool(1)) {
            var future = pool.applyAsync(() -> 1, _ -> {
                throw new IllegalStateException("a bad callback");
            });
            assertEquals(1, future.get(60, TimeUnit.SECONDS));
            var after = new CompletableFuture<Integer>();
            future.thenRun(() -> {
                throw new StackOverflowError();
            });
            pool.applyAsync(() -> 2, after::complete);
            assertEquals(2, after.get(60, TimeUnit.SECONDS));
            assertTrue(logged.text().contains("a bad callback"), logged.text());
        }
    }

    @Test
    @DisplayName("PO21 a slow callback holds up no result, and a callback may use the pool")
    void po21() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var slow = new CountDownLatch(1);
            var nested = new CompletableFuture<Integer>();
            pool.applyAsync(() -> 1, _ -> {
                try {
                    slow.await();
                    nested.complete(pool.apply(() -> 5));
                } catch (InterruptedException | ExecutionException e) {
                    nested.completeExceptionally(e);
                }
            });
            for (var i = 0; i < 5; i++) {
                var n = i;
                assertEquals(n, pool.submit(() -> n).get(60, TimeUnit.SECONDS));
            }
            slow.countDown();
            assertEquals(5, nested.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    @DisplayName("EX2 what depends on a future runs once it is done, and at once if it is done already")
    void ex2() throws Exception {
        try (var go = new ProcessEvent();
                var pool = new ProcessPool(2)) {
            var future = pool.submit(() -> {
                go.await();
                return 20;
            });
            var both = future.thenCombine(pool.submit(() -> 1), Integer::sum);
            var all = CompletableFuture.allOf(future, both);
            assertFalse(all.isDone());
            go.set();
            assertEquals(21, both.get(60, TimeUnit.SECONDS));
            all.get(60, TimeUnit.SECONDS);
            assertEquals(40, future.thenApply(n -> 2 * n).get(60, TimeUnit.SECONDS));
            var cancelled = pool.submit(PoolTest::stay);
            var seen = cancelled.handle((_, failure) -> failure);
            assertTrue(cancelled.cancel(true));
            assertInstanceOf(CancellationException.class, seen.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    @DisplayName("PO22 the failure of an executed task is printed")
    void executeFails() throws Exception {
        try (var captured = new Captured()) {
            try (var pool = new ProcessPool(1)) {
                pool.execute(() -> {
                    throw new IllegalStateException("executed and failed");
                });
            }
            assertTrue(captured.err().contains("executed and failed"), captured.err());
        }
    }

    @Test
    @DisplayName("PO22 a callback that waits in vain: the failure of the task is logged, a cancellation is not")
    void callbackInVain() throws Exception {
        try (var logged = new Logged()) {
            try (var pool = new ProcessPool(1)) {
                pool.applyAsync(Integer::parseInt, "in vain", _ -> {});
            }
            assertTrue(logged.text().contains("its callback was not called"), logged.text());
            assertTrue(logged.text().contains("NumberFormatException"), logged.text());
        }
        try (var logged = new Logged();
                var pool = new ProcessPool(1)) {
            var endless = pool.applyAsync(
                    () -> {
                        new CountDownLatch(1).await();
                        return 1;
                    },
                    _ -> {});
            pool.terminate();
            pool.join();
            assertTrue(endless.isCancelled());
            assertFalse(logged.text().contains("callback"), logged.text());
        }
    }

    // ---- an ExecutorService

    private record Times(int n, int factor) implements Call<Integer> {
        @Override
        public Integer call() {
            if (n < 0) {
                throw new IllegalArgumentException("negative");
            }
            return n * factor;
        }
    }

    @Test
    @DisplayName("invokeAll waits for all, failed ones too; invokeAny gives one that succeeded")
    void invoke() throws Exception {
        try (var pool = new ProcessPool(2)) {
            var futures = pool.invokeAll(List.of(new Times(1, 2), new Times(-1, 2), new Times(3, 2)));
            assertEquals(2, futures.get(0).get());
            assertInstanceOf(IllegalArgumentException.class, cause(futures.get(1)));
            assertEquals(6, futures.get(2).get());
            assertEquals(8, pool.invokeAny(List.of(new Times(-1, 2), new Times(4, 2))));
            assertThrows(ExecutionException.class, () -> pool.invokeAny(List.of(new Times(-1, 2))));
            Call<Integer> endless = () -> {
                new CountDownLatch(1).await();
                return 0;
            };
            assertThrows(TimeoutException.class, () -> pool.invokeAny(List.of(endless), 10, TimeUnit.MILLISECONDS));
            assertTrue(pool.invokeAll(List.of(endless), 10, TimeUnit.MILLISECONDS)
                    .getFirst()
                    .isCancelled());
            assertEquals(1, pool.apply(() -> 1));
        }
    }

    @Test
    @DisplayName("an interrupt ends the waiting, not the task")
    void interrupt() throws Exception {
        try (var go = new ProcessEvent();
                var pool = new ProcessPool(1)) {
            var future = pool.submit(() -> {
                go.await();
                return 1;
            });
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, future::get);
            var waiter = new AtomicReference<Throwable>();
            var waiting = new CountDownLatch(1);
            var thread = Thread.ofPlatform().start(() -> {
                waiting.countDown();
                try {
                    future.get();
                } catch (InterruptedException | ExecutionException e) {
                    waiter.set(e);
                }
            });
            waiting.await();
            thread.interrupt();
            thread.join();
            assertInstanceOf(InterruptedException.class, waiter.get());
            go.set();
            assertEquals(1, future.get());
        }
    }

    @Test
    @DisplayName("a future can be completed, or given a time limit, like any CompletableFuture")
    void completed() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var future = pool.submit(() -> {
                new CountDownLatch(1).await();
                return 1;
            });
            assertTrue(future.complete(5));
            assertEquals(5, future.get());
            assertFalse(future.complete(6));
            var late = pool.submit(() -> 1).orTimeout(10, TimeUnit.MILLISECONDS);
            assertInstanceOf(TimeoutException.class, cause(late));
            pool.terminate();
        }
    }

    // ---- rules

    @Test
    @DisplayName("PO23 a worker cannot make a pool, and a pool cannot travel; a child that is no daemon can have one")
    void po23() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var refused = assertInstanceOf(IllegalStateException.class, cause(pool.submit(() -> {
                new ProcessPool(1);
            })));
            assertTrue(refused.getMessage().contains("daemon"), refused.getMessage());
            var captured = assertThrows(IllegalArgumentException.class, () -> pool.submit(() -> pool.size()));
            assertTrue(captured.getMessage().contains("ProcessPool"), captured.getMessage());
        }
        try (var captured = new Captured()) {
            new ChildProcess(() -> {
                        try (var pool = new ProcessPool(1)) {
                            System.out.println(pool.map(n -> n * n, List.of(1, 2, 3)));
                        }
                    })
                    .start()
                    .join();
            assertEquals(List.of("[1, 4, 9]"), captured.lines(), captured.err());
        }
    }

    @Test
    @DisplayName("EX7 a task cannot wait for another task of its pool: futures and the pool stay where they are")
    void ex7() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var future = pool.submit(() -> 1);
            var refused = assertThrows(IllegalArgumentException.class, () -> pool.submit(() -> future.join()));
            assertTrue(refused.getMessage().contains("PoolFuture"), refused.getMessage());
            assertThrows(IllegalArgumentException.class, () -> pool.submit(() -> pool.apply(() -> 1)));
            assertEquals(1, future.get());
            assertEquals(2, pool.apply(() -> 2));
        }
    }

    @Test
    @DisplayName(
            "PO24 functions and classes that are defined after the pool was made work, and see variables as they are")
    void po24() throws Exception {
        try (var pool = new ProcessPool(1)) {
            var cells = Cells.of(Map.of("Cell1", """
                    public class Cell1 {
                        public static int factor = 2;
                        public record Point(int x, int y) implements java.io.Serializable {}
                    }
                    """, "Cell2", """
                    import heddle.processes.*;
                    import java.util.*;
                    public class Cell2 {
                        public static ProcessPool pool;
                        public static Object run() throws Exception {
                            var first = pool.map(n -> n * Cell1.factor, List.of(1, 2));
                            Cell1.factor = 5;
                            var second = pool.map(n -> new Cell1.Point(n, n * Cell1.factor), List.of(1, 2));
                            return first + " " + second;
                        }
                    }
                    """));
            cells.loadClass("Cell2").getField("pool").set(null, pool);
            assertEquals("[2, 4] [Point[x=1, y=5], Point[x=2, y=10]]", cells.run("Cell2"));
        }
    }

    @Test
    @DisplayName("PO11 EX6 a main program that ends without closing its pool ends; workers and tasks end with it")
    void po11() throws Exception {
        try (var program = new Program(Main.class)) {
            var ended = program.ended();
            assertEquals(0, ended.exitCode(), ended.err());
            assertEquals("main ends", ended.out().get(2), ended.err());
            for (var pid : ended.out().subList(0, 2)) {
                var worker = ProcessHandle.of(Long.parseLong(pid));
                if (worker.isPresent()) {
                    Gone.await(worker.get());
                }
            }
        }
    }

    static final class Main {
        public static void main(String[] arguments) throws Exception {
            var pool = new ProcessPool(2);
            for (var worker : pool.workers()) {
                System.out.println(worker.pid());
            }
            for (var i = 0; i < 5; i++) {
                pool.submit(PoolTest::stay);
            }
            assertSame(1, pool.size() - 1);
            System.out.println("main ends");
        }
    }
}

/** Named as a shell names the class of a cell. */
final class $Made {
    private $Made() {}

    static Call<Integer> answer() {
        return () -> 42;
    }
}
