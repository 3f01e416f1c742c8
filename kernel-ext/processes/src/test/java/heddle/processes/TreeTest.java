package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tree of processes: its census, what lies in its directory, and how it dies from the top down. */
class TreeTest {
    @TempDir
    Path directory;

    // ---- the census

    @Test
    void everyProcessHasANumberOfItsOwn() throws Exception {
        var census = Census.create(directory.resolve("census"));
        var numbers = new HashSet<Integer>();
        for (var i = 0; i < 3 * CensusDescriptor.ENTRIES; i++) {
            var number = census.enter("p" + i, 5);
            assertTrue(number > 0 && numbers.add(number), "number " + number);
            assertTrue(census.isAlive(number));
            census.died(number, i);
            assertFalse(census.isAlive(number));
            assertEquals(new Census.Entry(number, 0, 5, "p" + i, i), census.entry(number));
            census.buried(number);
            assertEquals(new Census.Entry(number, 0, 5, "p" + i, i), census.entry(number));
        }
        assertNull(census.entry(numbers.iterator().next() + (4 << 10)));
    }

    @Test
    void aFullTreeRefusesTheNext() throws Exception {
        var census = Census.create(directory.resolve("census"));
        var first = census.enter("first", 0);
        for (var i = 1; i < CensusDescriptor.ENTRIES; i++) {
            census.enter("p" + i, first);
        }
        assertEquals(CensusDescriptor.ENTRIES - 1, census.children(first).size());
        assertEquals(
                "there are 1024 processes already, and no more are allowed; end some first",
                assertThrows(IllegalStateException.class, () -> census.enter("one too many", 0))
                        .getMessage());
        census.died(first, 0);
        assertThrows(IllegalStateException.class, () -> census.enter("one that is not buried keeps its place", 0));
        census.buried(first);
        assertNotEquals(first, census.enter("now there is room", 0));
        assertFalse(census.isAlive(first));
        assertNull(census.entry(first));
    }

    @Test
    void aLongNameIsCutBetweenCharacters() throws Exception {
        var census = Census.create(directory.resolve("census"));
        var number = census.enter("进程".repeat(30), 0);
        assertEquals("进程".repeat(16), census.entry(number).name());
    }

    // ---- the directory

    @Test
    void itIsClosedToOthersAndGoesWithTheLastUse() throws Exception {
        Path path;
        try (var lock = new ProcessLock()) {
            path = lock.tree().path();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            new ChildProcess(lock::lock).start().onExit().get(30, TimeUnit.SECONDS);
            assertTrue(Files.isDirectory(path));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void whatWasForgottenGoesWithTheGarbage() throws Exception {
        try (var kept = new ProcessLock()) {
            var path = kept.tree().path();
            forget();
            var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (objects(path) > 1 && System.nanoTime() < deadlineNs) {
                System.gc();
                Thread.onSpinWait();
            }
            assertEquals(1, objects(path));
        }
    }

    private static void forget() {
        assertNotNull(new ProcessLock());
    }

    private static long objects(Path path) throws Exception {
        try (var files = Files.list(path)) {
            return files.filter(file -> file.getFileName().toString().startsWith("Process"))
                    .count();
        }
    }

    @Test
    void whatADeadChildMadeForItselfIsRemoved() throws Exception {
        try (var kept = new ProcessLock();
                var captured = new Captured()) {
            var path = kept.tree().path();
            var child = new ChildProcess(() -> {
                        var own = new ProcessLock();
                        System.out.println("made");
                        new CountDownLatch(1).await();
                        own.close();
                    })
                    .start();
            captured.awaitLine("made");
            assertEquals(2, objects(path));
            child.kill();
            child.join();
            assertEquals(1, objects(path));
        }
    }

    @Test
    void whatWasClosedCannotTravel() throws Exception {
        var lock = new ProcessLock();
        lock.close();
        lock.close();
        assertEquals(
                "an argument (heddle.processes.ProcessLock) of the task of late cannot travel to a child process, because a closed"
                        + " ProcessLock is not Serializable; make it inside the task instead",
                assertThrows(IllegalArgumentException.class, () -> new ChildProcess("late", lock::lock).start())
                        .getMessage());
    }

    @Test
    void ofOneObjectAProcessHasOneHandle() throws Exception {
        try (var lock = new ProcessLock();
                var captured = new Captured()) {
            ChildProcess.of((a, b) -> System.out.println(a == b), lock, lock)
                    .start()
                    .join();
            assertEquals("true", captured.lines().getFirst());
            assertEquals(lock, SharedObject.open(Kind.LOCK, lock.id()));
        }
    }

    @Test
    void sharedObjectsDoNotWaitForChildrenThatAreBeingLaunched() throws Exception {
        Thread maker;
        synchronized (Nursery.get()) {
            maker = Thread.ofPlatform().start(() -> new ProcessLock().close());
            assertTrue(maker.join(Duration.ofSeconds(20)));
        }
    }

    // ---- from the top down

    @Test
    @DisplayName("who was below a dead process ends too, even if it was stopped, and what it held is handed on")
    void aStoppedGrandchildEnds() throws Exception {
        try (var lock = new ProcessLock();
                var captured = new Captured()) {
            var child = new ChildProcess("middle", () -> {
                        new ChildProcess("below", () -> {
                                    lock.lock();
                                    System.out.println("locked by "
                                            + ProcessHandle.current().pid());
                                    new CountDownLatch(1).await();
                                })
                                .start();
                        new CountDownLatch(1).await();
                    })
                    .start();
            var below = captured.awaitLineWith("locked by ");
            var handle = ProcessHandle.of(Long.parseLong(below)).orElseThrow();
            signal("STOP", handle.pid());
            // the child alone, not the tree below it
            ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
            assertTrue(lock.tryLock(20, TimeUnit.SECONDS));
            assertEquals("below", lock.abandonedBy().name());
            child.join();
            assertFalse(handle.isAlive());
        }
    }

    static void signal(String name, long pid) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor());
    }

    @Test
    void generationsWithoutEndAreRefused() throws Exception {
        try (var captured = new Captured()) {
            new ChildProcess("1", () -> nest(2)).start().join();
            assertEquals(
                    "cannot start 17: processes may be nested 16 deep; a child that starts children without end is usually a"
                            + " mistake",
                    captured.lines().stream().collect(Collectors.joining()));
        }
    }

    private static void nest(int generation) throws Exception {
        try {
            new ChildProcess("" + generation, () -> nest(generation + 1))
                    .start()
                    .join();
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
