package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The rows TH1 to TH4. The library has no threads for its users: Java's own do. So these rows are proved of Java's, because the lessons say so; where a ChildProcess has
 * the like, of that too. Python's error of a thread that joins itself is not had: Java's waits for ever, which is not tried here.
 */
class ThreadTest {
    @Test
    @DisplayName(
            "TH1 a thread starts once, and is made a daemon before; join before start returns at once, of a child process it is a misuse")
    void th1() throws Exception {
        var thread = new Thread(() -> {});
        thread.join();
        thread.start();
        thread.join();
        assertThrows(IllegalThreadStateException.class, thread::start);
        var end = new CountDownLatch(1);
        var running = Thread.ofPlatform().start(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThrows(IllegalThreadStateException.class, () -> running.setDaemon(true));
        end.countDown();
        running.join();
        assertThrows(IllegalStateException.class, new ChildProcess(() -> {})::join);
    }

    @Test
    @DisplayName(
            "TH2 a thread that fails is printed, and harms nobody; when main fails, the other threads go on to their end")
    void th2() throws Exception {
        try (var program = new Program(ThreadFails.class)) {
            var ended = program.ended();
            assertEquals(0, ended.exitCode());
            assertEquals("joined", ended.out().getLast());
            assertTrue(ended.err().contains("the thread fails"), ended.err());
        }
        try (var program = new Program(MainFails.class)) {
            var ended = program.ended();
            assertEquals(1, ended.exitCode());
            assertEquals("the thread ends", ended.out().getLast());
            assertTrue(ended.err().contains("main fails"), ended.err());
        }
    }

    static final class ThreadFails {
        public static void main(String[] arguments) throws InterruptedException {
            var thread = new Thread(() -> {
                throw new IllegalStateException("the thread fails");
            });
            thread.start();
            thread.join();
            System.out.println("joined");
        }
    }

    static final class MainFails {
        public static void main(String[] arguments) {
            var main = Thread.currentThread();
            new Thread(() -> {
                        try {
                            main.join();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        System.out.println("the thread ends");
                    })
                    .start();
            throw new IllegalStateException("main fails");
        }
    }

    @Test
    @DisplayName(
            "TH3 each thread has an id of its own, before its start too; results are kept by task all the same, since nothing promises that for ever")
    void th3() throws Exception {
        var ids = new HashSet<Long>();
        for (var i = 0; i < 20; i++) {
            var thread = new Thread(() -> {});
            ids.add(thread.threadId());
            thread.start();
            thread.join();
        }
        assertEquals(20, ids.size());
    }

    @Test
    @DisplayName("TH4 another thread finds a ThreadLocal empty")
    void th4() throws Exception {
        var local = new ThreadLocal<String>();
        local.set("mine");
        var seen = new AtomicReference<>("unset");
        var thread = new Thread(() -> seen.set(local.get()));
        thread.start();
        thread.join();
        assertNull(seen.get());
        assertEquals("mine", local.get());
        assertFalse(thread.isAlive());
    }
}
