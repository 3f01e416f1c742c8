package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rows PI1 to PI9. */
@Timeout(120)
class PipeTest {
    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);

    private static void awaitWaiter(ProcessPipe pipe) {
        Waiters.await(pipe.from(0), pipe.from(1));
    }

    @Test
    @DisplayName(
            "PI1 what is sent into one end is received from the other, null included; each end of a one-way pipe does one thing")
    void pi1() throws Exception {
        try (var pipe = new ProcessPipe();
                var oneWay = ProcessPipe.oneWay()) {
            pipe.second().send("there");
            pipe.first().send(List.of(1, 2));
            pipe.first().send(null);
            assertEquals("there", pipe.first().receive());
            assertEquals(List.of(1, 2), pipe.second().receive());
            assertNull(pipe.second().receive());

            oneWay.second().send(7);
            assertEquals(7, oneWay.first().receive());
            assertThrows(IllegalStateException.class, () -> oneWay.first().send(1));
            assertThrows(IllegalStateException.class, () -> oneWay.second().receive());
            assertThrows(IllegalStateException.class, () -> oneWay.second().poll());
        }
    }

    @Test
    @DisplayName("PI1 a child answers, as often as it is asked")
    void pi1Child() throws Exception {
        try (var pipe = new ProcessPipe()) {
            var here = pipe.first();
            var there = pipe.second();
            var child = new ChildProcess(() -> {
                        while (true) {
                            try {
                                there.send(-(Integer) there.receive());
                            } catch (EOFException e) {
                                break;
                            }
                        }
                    })
                    .start();
            for (var i = 0; i < 10_000; i++) {
                here.send(i);
                assertEquals(-i, here.receive());
            }
            here.close();
            child.join();
            assertEquals(0, child.exitCode());
        }
    }

    @Test
    @DisplayName("PI2 when the other end was closed, what was sent is received, then comes the end; sending is refused")
    void pi2() throws Exception {
        try (var pipe = new ProcessPipe()) {
            pipe.second().send(1);
            pipe.second().send(2);
            pipe.second().close();
            assertTrue(pipe.first().poll());
            assertEquals(1, pipe.first().receive());
            assertEquals(2, pipe.first().receive());
            assertTrue(pipe.first().poll());
            assertThrows(EOFException.class, () -> pipe.first().receive());
            assertThrows(EOFException.class, () -> pipe.first().receive());
            assertThrows(IOException.class, () -> pipe.first().send(3));
        }
    }

    @Test
    @DisplayName(
            "PI3 an end that this process has closed is refused; closing it again does nothing; who waits at it is woken")
    void pi3() throws Exception {
        var pipe = new ProcessPipe();
        var waiting = InThread.start(
                () -> assertThrows(IOException.class, () -> pipe.first().receive()));
        awaitWaiter(pipe);
        pipe.first().close();
        pipe.first().close();
        assertFalse(waiting.get() instanceof EOFException);
        for (var thrown : List.of(
                assertThrows(IOException.class, () -> pipe.first().send(1)),
                assertThrows(IOException.class, () -> pipe.first().receive()),
                assertThrows(IOException.class, () -> pipe.first().poll()))) {
            assertEquals("this Connection is closed", thrown.getMessage());
        }
        pipe.close();
        pipe.close();
    }

    @Test
    @DisplayName("PI4 looking for data: at once, for a time, and at several ends")
    void pi4() throws Exception {
        try (var pipe = new ProcessPipe();
                var other = new ProcessPipe()) {
            var both = List.of(pipe.first(), other.first());
            assertFalse(pipe.first().poll());
            assertFalse(pipe.first().poll(SOON));
            assertEquals(List.of(), Connection.await(both, Duration.ZERO));
            assertEquals(List.of(), Connection.await(both, SOON));
            assertThrows(IllegalArgumentException.class, () -> pipe.first().poll(Duration.ofMillis(-1)));

            other.second().send(1);
            assertEquals(List.of(other.first()), Connection.await(both, LONG));
            assertTrue(other.first().poll());
            assertTrue(other.first().poll(LONG));
            pipe.second().send(2);
            assertEquals(both, Connection.await(both, LONG));
            other.first().receive();
            pipe.first().receive();

            var waiting = InThread.start(() -> Connection.await(both, LONG));
            awaitWaiter(pipe);
            var one = pipe.second();
            var child = new ChildProcess(() -> one.send("late")).start();
            assertEquals(List.of(pipe.first()), waiting.get());
            child.join();
            assertEquals("late", pipe.first().receive());
        }
    }

    @Test
    @DisplayName(
            "PI5 when the process at the other end closes it or dies, the end is seen, although this one holds a copy that it never used")
    void pi5() throws Exception {
        try (var captured = new Captured()) {
            for (var kill : new boolean[] {false, true}) {
                try (var pipe = new ProcessPipe()) {
                    var there = pipe.second();
                    var child = new ChildProcess(() -> {
                                there.send("before");
                                there.receive();
                                there.close();
                                System.out.println("closed");
                                ProcessTest.forever();
                            })
                            .start();
                    assertEquals("before", pipe.first().receive());
                    var waiting = InThread.start(() ->
                            assertThrows(EOFException.class, () -> pipe.first().receive()));
                    awaitWaiter(pipe);
                    if (kill) {
                        child.kill();
                    } else {
                        pipe.first().send("close it");
                        captured.awaitLine("closed");
                    }
                    waiting.get();
                    child.kill();
                    child.join();
                }
            }
            assertEquals(List.of("closed"), captured.lines());
        }
    }

    @Test
    @DisplayName(
            "PI5 an end that was handed on and closed here at once lives in the child, also when the child was given the whole pipe, or got it through a queue")
    void pi5HandedOn() throws Exception {
        try (var pipe = new ProcessPipe()) {
            var there = pipe.second();
            var child = new ChildProcess(() -> there.send(1)).start();
            there.close();
            assertEquals(1, pipe.first().receive());
            assertThrows(EOFException.class, () -> pipe.first().receive());
            child.join();
        }
        try (var pipe = new ProcessPipe()) {
            var child = new ChildProcess(() -> pipe.second().send(1)).start();
            assertEquals(1, pipe.first().receive());
            assertThrows(EOFException.class, () -> pipe.first().receive());
            child.join();
        }
        try (var pipe = new ProcessPipe();
                var queue = new ProcessQueue<Connection>()) {
            queue.put(pipe.second());
            pipe.second().close();
            assertFalse(pipe.first().poll(SOON));
            var child = new ChildProcess(() -> queue.take().send(1)).start();
            assertEquals(1, pipe.first().receive());
            assertThrows(EOFException.class, () -> pipe.first().receive());
            child.join();
        }
    }

    @Test
    @DisplayName("PI5 a child that dies before it has done anything with its end counts as well")
    void pi5Unused() throws Exception {
        try (var pipe = new ProcessPipe();
                var captured = new Captured()) {
            var there = pipe.second();
            var child = new ChildProcess(() -> {
                        if (there != null) {
                            Runtime.getRuntime().halt(3);
                        }
                    })
                    .start();
            assertThrows(EOFException.class, () -> pipe.first().receive());
            child.join();
            assertEquals(3, child.exitCode(), captured.err());
        }
    }

    @Test
    @DisplayName(
            "PI6 a message is there whole or not at all, when its sender is killed at any moment; sending waits while a megabyte is unread")
    void pi6() throws Exception {
        for (var i = 0; i < 8; i++) {
            try (var pipe = new ProcessPipe()) {
                var there = pipe.second();
                var child = new ChildProcess(() -> {
                            var message = new byte[10_000_000];
                            Arrays.fill(message, (byte) 5);
                            while (true) {
                                there.send(message);
                            }
                        })
                        .start();
                var message = pipe.first().receiveBytes();
                Thread.sleep(i * 7); // any moment
                child.kill();
                var count = 0;
                while (true) {
                    assertEquals(10_000_000, message.length);
                    assertEquals(5, message[0]);
                    assertEquals(5, message[9_999_999]);
                    count++;
                    try {
                        message = pipe.first().receiveBytes();
                    } catch (EOFException e) {
                        break;
                    }
                }
                assertTrue(count <= 2, count + " messages");
                child.join();
            }
        }
        try (var pipe = new ProcessPipe()) {
            pipe.first().send(new byte[2_000_000]);
            var second = InThread.start(() -> {
                pipe.first().send(1);
                return true;
            });
            awaitWaiter(pipe);
            pipe.second().receive();
            assertEquals(true, second.get());
            assertEquals(1, pipe.second().receive());
        }
    }

    @Test
    @DisplayName("PI6 a sender that waits is told when the last receiver has gone")
    void pi6Gone() throws Exception {
        try (var pipe = new ProcessPipe()) {
            var there = pipe.second();
            var child = new ChildProcess(() -> {
                        there.receive();
                        ProcessTest.forever();
                    })
                    .start();
            pipe.first().send("begin");
            pipe.first().send(new byte[2_000_000]);
            var waiting = InThread.start(
                    () -> assertThrows(IOException.class, () -> pipe.first().send(1)));
            awaitWaiter(pipe);
            child.kill();
            waiting.get();
            child.join();
        }
    }

    @Test
    @DisplayName("PI7 processes that share an end each get whole messages, and each message goes to one of them")
    void pi7() throws Exception {
        try (var pipe = new ProcessPipe();
                var sums = new ProcessQueue<Integer>()) {
            var there = pipe.second();
            var children = new ArrayList<ChildProcess>();
            for (var i = 0; i < 2; i++) {
                children.add(new ChildProcess(() -> {
                            var sum = 0;
                            while (true) {
                                try {
                                    var message = there.receiveBytes();
                                    assertEquals(message[0], message[message.length - 1]);
                                    sum += message[0];
                                } catch (EOFException e) {
                                    break;
                                }
                            }
                            sums.put(sum);
                        })
                        .start());
            }
            var expected = 0;
            for (var i = 0; i < 2000; i++) {
                var message = new byte[1 + i * 37 % 5000];
                Arrays.fill(message, (byte) (i % 100));
                pipe.first().sendBytes(message);
                expected += i % 100;
            }
            pipe.first().close();
            assertEquals(expected, sums.take() + sums.take());
            for (var child : children) {
                child.join();
                assertEquals(0, child.exitCode());
            }
        }
    }

    @Test
    @DisplayName("PI8 bytes: too long a message is refused and stays; parts, empty messages, bad offsets")
    void pi8() throws Exception {
        try (var pipe = new ProcessPipe()) {
            var here = pipe.first();
            var there = pipe.second();
            here.sendBytes(new byte[] {1, 2, 3, 4, 5});
            var thrown = assertThrows(IOException.class, () -> there.receiveBytes(3));
            assertTrue(thrown.getMessage().contains("5 bytes, which is more than 3"), thrown.getMessage());
            assertThrows(IOException.class, () -> there.receiveBytes(new byte[7], 3));
            var target = new byte[7];
            assertEquals(5, there.receiveBytes(target, 2));
            assertArrayEquals(new byte[] {0, 0, 1, 2, 3, 4, 5}, target);
            assertThrows(IndexOutOfBoundsException.class, () -> there.receiveBytes(target, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> here.sendBytes(target, 5, 3));
            assertThrows(IllegalArgumentException.class, () -> there.receiveBytes(-1));
            here.sendBytes(target, 2, 3);
            here.sendBytes(new byte[0]);
            assertArrayEquals(new byte[] {1, 2, 3}, there.receiveBytes(3));
            assertArrayEquals(new byte[0], there.receiveBytes());
            here.send("text");
            assertThrows(IOException.class, () -> there.receiveBytes());
        }
    }

    @Test
    @DisplayName("PI9 what cannot travel is refused where it is sent, and the connection goes on")
    void pi9() throws Exception {
        try (var pipe = new ProcessPipe()) {
            Runnable plain = () -> {};
            assertThrows(IllegalArgumentException.class, () -> pipe.first().send(plain));
            pipe.first().send(1);
            assertEquals(1, pipe.second().receive());
        }
    }

    @Test
    @DisplayName("a thread that waits in a connection can be interrupted, platform and virtual")
    void interrupted() throws Exception {
        try (var pipe = new ProcessPipe()) {
            for (var virtual : new boolean[] {false, true}) {
                var started = new CountDownLatch(1);
                Runnable waits = () -> {
                    started.countDown();
                    assertThrows(InterruptedException.class, () -> pipe.first().receive());
                };
                var thread = virtual
                        ? Thread.startVirtualThread(waits)
                        : Thread.ofPlatform().start(waits);
                started.await();
                thread.interrupt();
                assertTrue(thread.join(LONG));
            }
            pipe.second().send(1);
            assertEquals(1, pipe.first().receive());
        }
    }

    @Test
    @DisplayName("ends that two children have, and their maker closes at once, work between the children")
    void betweenChildren() throws Exception {
        try (var done = new ProcessQueue<Object>()) {
            var pipe = new ProcessPipe();
            var one = pipe.first();
            var two = pipe.second();
            var first = new ChildProcess(() -> {
                        one.send("question");
                        done.put(one.receive());
                    })
                    .start();
            var second = new ChildProcess(() -> two.send(two.receive() + " answered")).start();
            pipe.close();
            assertEquals("question answered", done.take());
            first.join();
            second.join();
            assertFalse(java.nio.file.Files.exists(pipe.file().path()));
        }
    }
}
