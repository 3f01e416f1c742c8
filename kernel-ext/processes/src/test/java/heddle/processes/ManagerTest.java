package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows MG1 to MG8 and DM6 as far as they concern the manager and its values; MapTest and ListTest have the rest. */
@Timeout(120)
class ManagerTest {
    @Test
    @DisplayName("MG1 a shared value is updated by 4 processes, and every update counts")
    void mg1() throws Exception {
        try (var manager = new ProcessManager()) {
            var number = manager.value(0);
            var text = manager.value("");
            ValueTest.inChildren(4, () -> {
                for (var i = 0; i < 300; i++) {
                    number.updateAndGet(n -> n + 1);
                    text.accumulateAndGet("x", String::concat);
                }
            });
            assertEquals(1200, number.get());
            assertEquals("x".repeat(1200), text.get());
        }
    }

    @Test
    @DisplayName("MG2 a list in a value or namespace refuses to be changed where that would be lost")
    void mg2() {
        try (var manager = new ProcessManager()) {
            var value = manager.<List<Integer>>value(new ArrayList<>(List.of(1)));
            assertThrows(UnsupportedOperationException.class, () -> value.get().add(2));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> value.updateAndGet(list -> {
                        list.add(2);
                        return list;
                    }));
            var names = manager.namespace();
            names.set("l", new ArrayList<>(List.of(1)));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> names.<List<Integer>>get("l").add(2));
            assertEquals(List.of(1), value.get());
        }
    }

    @Test
    @DisplayName(
            "MG4 a namespace has what was set by any process; a missing name is a NoSuchElementException that says which there are")
    void mg4() throws Exception {
        try (var manager = new ProcessManager()) {
            var names = manager.namespace();
            names.set("x", 10);
            ValueTest.inChildren(1, () -> {
                names.set("y", names.<Integer>get("x") + 1);
                names.set("_z", "shared too");
            });
            int y = names.get("y");
            assertEquals(11, y);
            assertEquals("shared too", names.get("_z"));
            var failure = assertThrows(NoSuchElementException.class, () -> names.get("a"));
            assertEquals("nothing is named \"a\"; there is [x, y, _z]", failure.getMessage());
            names.remove("y");
            assertThrows(NoSuchElementException.class, () -> names.get("y"));
            assertThrows(NoSuchElementException.class, () -> names.remove("y"));
            assertEquals("{x=10, _z=shared too}", names.toString());
            assertEquals(List.of("x", "_z"), List.copyOf(names.names()));
            assertThrows(ClassCastException.class, () -> {
                String text = names.get("x");
                System.out.println(text);
            });
        }
    }

    @Test
    @DisplayName("MG5 maps and lists that begin with something are equal to it")
    void mg5() {
        try (var manager = new ProcessManager()) {
            assertEquals(Map.of("a", 1), manager.map(Map.of("a", 1)));
            assertEquals(List.of("a", 1), manager.list(List.of("a", 1)));
            assertEquals(Map.of(), manager.map());
            assertEquals(List.of(), manager.list());
        }
    }

    @Test
    @DisplayName("MG6 a value is of its type when it is compiled; its updates are atomic, a failed one changes nothing")
    void mg6() {
        assertTrue(Compiles.statement("new ProcessManager().value(1).set(2);"));
        assertFalse(Compiles.statement("new ProcessManager().value(1).set(\"str\");"));
        assertFalse(Compiles.statement("new ProcessManager().<String, Integer>map().put(\"a\", \"str\");"));
        try (var value = new SharedValue<>((Integer) null)) {
            assertNull(value.get());
            assertTrue(value.compareAndSet(null, 1));
            assertFalse(value.compareAndSet(null, 2));
            assertEquals(1, value.getAndSet(5));
            assertEquals(5, value.getAndUpdate(n -> n + 1));
            assertEquals(7, value.updateAndGet(n -> n + 1));
            assertThrows(ArithmeticException.class, () -> value.updateAndGet(n -> n / (n - 7)));
            assertThrows(IllegalStateException.class, () -> value.updateAndGet(n -> value.getAndSet(n)));
            value.set(value.get());
            assertEquals("7", value.toString());
        }
        try (var value = new SharedValue<Object>("a")) {
            for (var i = 0; i < 300; i++) {
                value.set("text ".repeat(i));
                assertEquals("text ".repeat(i), value.get());
            }
            assertThrows(IllegalArgumentException.class, () -> value.set(new Object()));
            assertEquals("text ".repeat(299), value.get());
            value.set(new byte[1_000_000]);
            assertEquals(1_000_000, ((byte[]) value.get()).length);
        }
        assertThrows(IllegalArgumentException.class, () -> new SharedValue<>(new Object()));
    }

    @Test
    @DisplayName(
            "MG7 closing ends all that it made; closed it makes nothing; closing again is nothing; other users cannot look in")
    void mg7() throws Exception {
        var manager = new ProcessManager();
        var map = manager.<String, Integer>map();
        var list = manager.<Integer>list();
        var value = manager.value(1);
        var names = manager.namespace();
        var lock = manager.lock();
        var directory = Tree.current().path();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        manager.close();
        manager.close();
        assertThrows(IllegalStateException.class, () -> map.put("a", 1));
        assertThrows(IllegalStateException.class, () -> list.add(1));
        assertThrows(IllegalStateException.class, value::get);
        assertThrows(IllegalStateException.class, () -> names.set("a", 1));
        assertThrows(IllegalStateException.class, lock::lock);
        var failure = assertThrows(IllegalStateException.class, manager::map);
        assertEquals("this ProcessManager is closed; make a new one", failure.getMessage());
        assertFalse(Files.exists(directory)); // with all its files
    }

    @Test
    @DisplayName("what a manager makes works in a child, inside its other things too")
    void everything() throws Exception {
        try (var manager = new ProcessManager()) {
            var things = manager.<String, Object>map();
            things.put("lock", manager.lock());
            things.put("reentrant", manager.reentrantLock());
            things.put("semaphore", manager.semaphore(1));
            things.put("bounded", manager.boundedSemaphore(1));
            things.put("event", manager.event());
            things.put("barrier", manager.barrier(2));
            things.put("bounded queue", manager.queue(1));
            things.put("joinable queue", manager.joinableQueue());
            var queue = manager.<String>queue();
            things.put("queue", queue);
            var child = new ChildProcess(() -> {
                        ((ProcessEvent) things.get("event")).await();
                        try (var _ = ((ProcessLock) things.get("lock")).hold();
                                var _ = ((ProcessReentrantLock) things.get("reentrant")).hold();
                                var _ = ((ProcessSemaphore) things.get("bounded")).hold()) {
                            ((ProcessSemaphore) things.get("semaphore")).release();
                            @SuppressWarnings("unchecked")
                            var words = (ProcessQueue<String>) things.get("queue");
                            words.put("done");
                        }
                        ((ProcessBarrier) things.get("barrier")).await();
                    })
                    .start();
            ((ProcessEvent) things.get("event")).set();
            ((ProcessBarrier) things.get("barrier")).await();
            assertEquals("done", queue.poll(20, TimeUnit.SECONDS));
            assertEquals(2, ((ProcessSemaphore) things.get("semaphore")).availablePermits());
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("MG8 when the process that made the manager is killed, those who have its objects go on")
    void mg8() throws Exception {
        try (var meeting = new SharedList<Object>();
                var captured = new Captured()) {
            var maker = new ChildProcess("maker", () -> {
                        var manager = new ProcessManager();
                        var map = manager.<String, Integer>map();
                        map.put("a", 1);
                        meeting.add(map);
                        meeting.add(manager.list(List.of(1)));
                        meeting.add(manager.value("v"));
                        System.out.println("made");
                        map.compute("a", (_, _) -> {
                            System.out.println("computes");
                            MapTest.awaitForever();
                            return 2;
                        });
                    })
                    .start();
            captured.awaitLine("computes");
            maker.kill();
            maker.join();
            ValueTest.inChildren(2, () -> {
                @SuppressWarnings("unchecked")
                var map = (SharedMap<String, Integer>) meeting.get(0);
                map.merge("a", 1, Integer::sum);
                @SuppressWarnings("unchecked")
                var list = (SharedList<Integer>) meeting.get(1);
                list.add(2);
            });
            try (var map = (SharedMap<?, ?>) meeting.get(0);
                    var list = (SharedList<?>) meeting.get(1);
                    var value = (SharedValue<?>) meeting.get(2)) {
                assertEquals(Map.of("a", 3), map);
                assertEquals(List.of(1, 2, 2), list);
                assertEquals("v", value.get());
            }
        }
    }

    @Test
    @DisplayName("DM6 a child that uses a manager's map may go on when the main program has come to its end")
    void dm6() throws Exception {
        try (var program = new Program(Mains.class, "manages")) {
            var ended = program.ended();
            assertEquals(List.of("main ends", "child has 3"), ended.out(), ended.err());
            assertEquals(0, ended.exitCode(), ended.err());
        }
    }
}
