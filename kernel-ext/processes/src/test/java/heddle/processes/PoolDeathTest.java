package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rows PO14, PO16 and PO17, and the rows of the crash table for pools: a worker dies, in each manner, before, during and after a task and while it is idle. One
 * task fails, by name, or none; the pool goes on.
 */
@Timeout(120)
class PoolDeathTest {
    /** In which manner. */
    enum Death {
        EXCEPTION,
        EXIT,
        HALT,
        KILL,
        STOP_THEN_KILL,
        OUT_OF_MEMORY,
        STACK_OVERFLOW;

        /** Whether a task that does so has an answer all the same. */
        boolean isAnswered() {
            return this == EXCEPTION || this == OUT_OF_MEMORY || this == STACK_OVERFLOW;
        }

        String message() {
            return switch (this) {
                case EXIT -> "ended with exit code 7";
                case HALT -> "ended with exit code 8";
                default -> "was killed by SIGKILL";
            };
        }

        /** In the worker. */
        void die() {
            switch (this) {
                case EXCEPTION -> throw new IllegalStateException("as wanted");
                case EXIT -> System.exit(7);
                case HALT -> Runtime.getRuntime().halt(8);
                case KILL -> {
                    signal("KILL", ProcessHandle.current().pid());
                    stay();
                }
                case STOP_THEN_KILL -> {
                    var pid = ProcessHandle.current().pid();
                    run("sh", "-c", "(sleep 0.2; kill -KILL " + pid + ") >/dev/null 2>&1 & kill -STOP " + pid);
                    stay();
                }
                case OUT_OF_MEMORY -> {
                    var all = new ArrayList<long[]>();
                    while (true) {
                        all.add(new long[1 << 22]);
                    }
                }
                case STACK_OVERFLOW -> overflow(0);
            }
        }

        private static long overflow(long depth) {
            return overflow(depth + 1) + depth;
        }
    }

    /** A signal takes a moment. */
    private static void stay() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void signal(String name, long pid) {
        run("kill", "-" + name, Long.toString(pid));
    }

    private static void run(String... command) {
        try {
            new ProcessBuilder(command).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class SquareTask implements Call<Integer> {
        private static final long serialVersionUID = 1;

        private final int n;
        private final Death death;

        SquareTask(int n, Death death) {
            this.n = n;
            this.death = death;
        }

        @Override
        public Integer call() {
            if (death != null) {
                System.out.println("squaring " + n);
                death.die();
            }
            return n * n;
        }
    }

    private static ProcessPool pool(int workers) {
        return ProcessPool.builder()
                .workers(workers)
                .name("Pool")
                .jvmOptions("-Xmx64m", "-Xss512k")
                .build();
    }

    private static Throwable cause(CompletableFuture<?> future) throws Exception {
        try {
            return fail("it gave " + future.get(60, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static void goesOn(ProcessPool pool) throws Exception {
        for (var i = 0; i < 10; i++) {
            assertEquals(i * i, pool.submit(new SquareTask(i, null)).get(60, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PO16 PO17 pool task during: it alone fails, and says who died, how, and at what")
    void during(Death death) throws Exception {
        try (var captured = new Captured();
                var pool = pool(1)) {
            var before = pool.submit(new SquareTask(2, null));
            var dying = pool.submit(new SquareTask(3, death));
            var after = pool.submit(new SquareTask(4, null));
            assertEquals(4, before.get(60, TimeUnit.SECONDS));
            var worker = pool.workers();
            var cause = cause(dying);
            switch (death) {
                case EXCEPTION -> assertEquals("as wanted", cause.getMessage());
                case OUT_OF_MEMORY -> assertInstanceOf(OutOfMemoryError.class, cause);
                case STACK_OVERFLOW -> assertInstanceOf(StackOverflowError.class, cause);
                default -> {
                    var died = assertInstanceOf(ChildDiedException.class, cause);
                    assertEquals(
                            "child " + died.pid() + " (Pool-worker-1) " + death.message()
                                    + " while running task #2 (SquareTask); the last it printed:\n  squaring 3",
                            died.getMessage());
                    assertEquals(List.of("squaring 3"), died.lastLines());
                }
            }
            assertEquals(16, after.get(60, TimeUnit.SECONDS));
            goesOn(pool);
            if (death == Death.OUT_OF_MEMORY) {
                assertTrue(worker.getFirst().join(Duration.ofSeconds(60)), "its heap may be in ruins");
            }
            captured.awaitLine("squaring 3");
        }
    }

    /** Dies while it is read by the worker. */
    private static final class Fuse implements Call<Integer> {
        private static final long serialVersionUID = 1;

        private final Death death;

        Fuse(Death death) {
            this.death = death;
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            death.die();
        }

        @Override
        public Integer call() {
            return 0;
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("pool task before: a task that kills its worker before it runs fails alone")
    void before(Death death) throws Exception {
        try (var pool = pool(1)) {
            var cause = cause(pool.submit(new Fuse(death)));
            if (death.isAnswered()) {
                assertInstanceOf(UnreadableValueException.class, death == Death.OUT_OF_MEMORY ? wrapped(cause) : cause);
            } else {
                assertTrue(
                        cause.getMessage().contains(death.message() + " while running task #1 (Fuse)"),
                        cause.getMessage());
            }
            goesOn(pool);
        }
    }

    private static Throwable wrapped(Throwable cause) {
        return cause instanceof OutOfMemoryError ? new UnreadableValueException("", cause) : cause;
    }

    /** A result that dies while it is written by the worker. */
    private static final class LateBomb implements Serializable {
        private static final long serialVersionUID = 1;

        private final Death death;

        LateBomb(Death death) {
            this.death = death;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            death.die();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("pool task after: a result that kills its worker fails alone; those before are not lost")
    void after(Death death) throws Exception {
        try (var pool = pool(1)) {
            var before = new ArrayList<CompletableFuture<Integer>>();
            for (var i = 0; i < 20; i++) {
                before.add(pool.submit(new SquareTask(i, null)));
            }
            var cause = cause(pool.submit(() -> new LateBomb(death)));
            if (!death.isAnswered()) {
                assertTrue(
                        cause.getMessage()
                                .contains(death.message() + " while running task #21 (a lambda of PoolDeathTest)"),
                        cause.getMessage());
            }
            for (var i = 0; i < 20; i++) {
                assertEquals(i * i, before.get(i).get(60, TimeUnit.SECONDS));
            }
            goesOn(pool);
        }
    }

    private static boolean leaveBehind(ProcessEvent go, Death death) {
        return Thread.ofPlatform()
                .start(() -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        return;
                    }
                    System.out.println("left behind");
                    death.die();
                })
                .isAlive();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("PO16 pool idle worker: another takes its place, no task notices")
    void idle(Death death) throws Exception {
        try (var go = new ProcessEvent();
                var captured = new Captured();
                var pool = pool(2)) {
            var first = pool.workers();
            for (var worker : first) {
                switch (death) {
                    case KILL -> worker.kill();
                    case STOP_THEN_KILL -> {
                        signal("STOP", worker.pid());
                        worker.kill();
                    }
                    default -> {}
                }
            }
            if (death != Death.KILL && death != Death.STOP_THEN_KILL) {
                // a thread that a task leaves behind dies, or all die of it, when the worker is idle
                assertTrue(pool.submit(() -> leaveBehind(go, death)).get(60, TimeUnit.SECONDS));
                go.set();
                captured.awaitLine("left behind");
                if (!death.isAnswered()) {
                    var deaths = first.stream().map(ChildProcess::onExit).toArray(CompletableFuture[]::new);
                    CompletableFuture.anyOf(deaths).get(60, TimeUnit.SECONDS);
                }
            } else {
                for (var worker : first) {
                    assertTrue(worker.join(Duration.ofSeconds(60)));
                }
            }
            goesOn(pool);
            goesOn(pool);
        }
    }

    @Test
    @DisplayName("PO16 a worker dies in map: it fails when the rest has run; close does not hang")
    void inMap(@TempDir Path directory) throws Exception {
        var place = directory.toString();
        var pool = pool(2);
        try (pool) {
            var future = pool.mapAsync(
                    n -> {
                        if (n == 3) {
                            Runtime.getRuntime().halt(9);
                        }
                        Files.createFile(Path.of(place, "" + n));
                        return n;
                    },
                    List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
                    1);
            assertInstanceOf(ChildDiedException.class, cause(future));
            try (var files = Files.list(directory)) {
                assertEquals(9, files.count());
            }
        }
        assertTrue(pool.isTerminated());
    }

    @Test
    @DisplayName("PO16 200 tasks under random kills: each gives its value or tells of the death; the pool goes on")
    void randomKills() throws Exception {
        var random = new Random(4);
        try (var pool = new ProcessPool(3)) {
            var futures = new ArrayList<CompletableFuture<Integer>>();
            for (var i = 0; i < 200; i++) {
                var n = i;
                futures.add(pool.submit(() -> {
                    Thread.sleep(2);
                    return n * n;
                }));
            }
            var died = 0;
            for (var i = 0; i < 200; i++) {
                if (i % 20 == 0) {
                    var workers = pool.workers();
                    if (!workers.isEmpty()) {
                        workers.get(random.nextInt(workers.size())).kill();
                    }
                }
                try {
                    assertEquals(i * i, futures.get(i).get(60, TimeUnit.SECONDS));
                } catch (ExecutionException e) {
                    assertInstanceOf(ChildDiedException.class, e.getCause());
                    died++;
                }
            }
            assertTrue(died <= 10, died + " tasks failed of 10 kills");
            goesOn(pool);
        }
    }

    @Test
    @DisplayName("a stopped worker holds up its own task only")
    void stopped() throws Exception {
        try (var pool = pool(2)) {
            var worker = pool.workers().getFirst();
            goesOn(pool);
            signal("STOP", worker.pid());
            goesOn(pool);
            worker.kill();
            goesOn(pool);
        }
    }

    @Test
    @DisplayName("PO14 an initializer that fails breaks the pool, and says so")
    void po14() throws Exception {
        try (var pool = ProcessPool.builder()
                .workers(2)
                .name("Bad")
                .initializer(() -> {
                    throw new IllegalStateException("no data base");
                })
                .build()) {
            try {
                pool.submit(() -> 1).get(60, TimeUnit.SECONDS);
                fail("a broken pool has run a task");
            } catch (ExecutionException e) {
                assertInstanceOf(BrokenPoolException.class, e.getCause());
                assertEquals("no data base", e.getCause().getCause().getMessage());
            } catch (BrokenPoolException e) {
                assertEquals("no data base", e.getCause().getMessage());
            }
            var refused = assertThrows(BrokenPoolException.class, () -> pool.submit(() -> 1));
            assertTrue(refused.getMessage().contains("no data base"), refused.getMessage());
            assertTrue(refused.getMessage().startsWith("Bad is broken"), refused.getMessage());
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    @Test
    @DisplayName("PO14 so do workers that die before they can run anything")
    void cannotStart() throws Exception {
        try (var captured = new Captured();
                var pool = ProcessPool.builder()
                        .workers(2)
                        .jvmOptions("-XX:NoSuchOption")
                        .build()) {
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            var refused = assertThrows(BrokenPoolException.class, () -> pool.submit(() -> 1));
            assertInstanceOf(ChildDiedException.class, refused.getCause());
            assertTrue(refused.getMessage().contains("NoSuchOption"), refused.getMessage());
            assertTrue(captured.err().contains("NoSuchOption"), captured.err());
        }
    }

    @Test
    @DisplayName("a thread that a task left behind does not keep the pool from closing")
    void leftBehind() throws Exception {
        try (var pool = pool(1)) {
            assertTrue(pool.apply(() -> Thread.ofPlatform()
                    .start(() -> {
                        while (true) {
                            try {
                                Thread.sleep(1000);
                            } catch (InterruptedException e) {
                                return;
                            }
                        }
                    })
                    .isAlive()));
        }
    }

    @Test
    @DisplayName("a time limit holds while a worker is stopped")
    void stoppedInTask() throws Exception {
        try (var pool = pool(1)) {
            var future = pool.submit(() -> {
                signal("STOP", ProcessHandle.current().pid());
                stay();
                return 1;
            });
            assertThrows(TimeoutException.class, () -> future.get(200, TimeUnit.MILLISECONDS));
            assertTrue(future.cancel(true));
            goesOn(pool);
        }
    }
}
