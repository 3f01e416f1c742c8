package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rows IS1 to IS5. IS6 is about locks and queues; a ChildProcess that travels is in ProcessTest.pr19. */
class IsolationTest {
    static int global = 10;

    @Test
    @DisplayName("IS1 what the child does to a global and to a list is not seen in the parent")
    void is1() throws Exception {
        try (var captured = new Captured()) {
            var list = new ArrayList<>(List.of(1));
            ChildProcess.of(
                            given -> {
                                global = 99;
                                given.add(2);
                                System.out.println(global + " " + given);
                            },
                            list)
                    .start()
                    .join();
            assertEquals(List.of("99 [1, 2]"), captured.lines());
            assertEquals(10, global);
            assertEquals(List.of(1), list);
        }
    }

    @Test
    @DisplayName("IS2 statics of classes on the class path begin anew in the child")
    void is2() throws Exception {
        try (var captured = new Captured()) {
            global = 99;
            new ChildProcess(() -> System.out.println(global)).start().join();
            assertEquals(List.of("10"), captured.lines());
        } finally {
            global = 10;
        }
    }

    @Test
    @DisplayName("IS3 what is not serializable is refused at start; the child stays unstarted")
    void is3() {
        var thread = new Thread(() -> {});
        var child = new ChildProcess(() -> thread.start());
        var e = assertThrows(IllegalArgumentException.class, child::start);
        assertTrue(e.getMessage().startsWith("an argument (java.lang.Thread) of the task of Process-"), e.getMessage());
        assertInstanceOfNotSerializable(e.getCause());
        assertFalse(child.isAlive());
        assertNull(child.pid());
        assertEquals(List.of(), ChildProcess.activeChildren());
    }

    @Test
    @DisplayName("IS3 what is nested too deeply is refused at start, by name")
    void nested() {
        var deep = new ArrayList<Object>();
        for (var i = 0; i < 100_000; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        var all = deep;
        var child = new ChildProcess("late", () -> System.out.println(all.size()));
        var e = assertThrows(IllegalArgumentException.class, child::start);
        assertEquals(
                "an argument (java.util.ArrayList) of the task of late cannot travel to a child process, because its objects are nested too deeply",
                e.getMessage());
    }

    private static void assertInstanceOfNotSerializable(Throwable cause) {
        assertEquals(java.io.NotSerializableException.class, cause.getClass());
    }

    @Test
    @DisplayName("IS4 the child does not run the user's main again")
    void is4() throws Exception {
        try (var program = new Program(Mains.class, "unguarded")) {
            var ended = program.ended();
            assertEquals(List.of("main begins", "child", "main ends"), ended.out());
            assertEquals(0, ended.exitCode());
        }
    }

    @Test
    @DisplayName("IS5 (*) a lock that another thread of the parent holds is free in the child")
    void is5() throws Exception {
        try (var captured = new Captured()) {
            var lock = new ReentrantLock();
            lock.lock();
            ChildProcess.of(
                            copy -> {
                                copy.lock();
                                System.out.println("got it");
                            },
                            lock)
                    .start()
                    .join();
            assertEquals(List.of("got it"), captured.lines());
        }
    }
}
