package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What was thrown, as bytes and back. */
class FailureTest {
    private static Throwable through(Throwable thrown) {
        return (Throwable) CodecTest.through(Failure.pack(thrown));
    }

    private static String printed(Throwable thrown) {
        var text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    static final class Holder extends RuntimeException {
        final Object held;

        Holder(String message, Object held, Throwable cause) {
            super(message, cause);
            this.held = held;
        }
    }

    @Test
    @DisplayName("PO5 an exception arrives as what it was, with its fields, causes, suppressed ones and stack trace")
    void itself() {
        var cause = new IOException("disk");
        var sent = new Holder("held", List.of(1, "a"), cause);
        sent.addSuppressed(new InvocationTargetException(new ArithmeticException("zero")));
        var arrived = assertInstanceOf(Holder.class, through(sent));
        assertEquals("held", arrived.getMessage());
        assertEquals(List.of(1, "a"), arrived.held);
        assertInstanceOf(IOException.class, arrived.getCause());
        assertEquals("disk", arrived.getCause().getMessage());
        assertInstanceOf(ArithmeticException.class, arrived.getSuppressed()[0].getCause());
        assertEquals(sent.getStackTrace()[0], arrived.getStackTrace()[0]);
        assertTrue(sent.getSuppressed().length == 1 && sent.getStackTrace().length != 0, "the original is as it was");
    }

    @Test
    @DisplayName("the last frame tells the process in which it was thrown")
    void where() throws Exception {
        try (var worker = new Worker()) {
            var pid = (Long) worker.call(() -> ProcessHandle.current().pid());
            var e = assertThrows(IllegalStateException.class, () -> worker.run(() -> thrower("there")));
            assertEquals("there", e.getMessage());
            assertEquals("thrower", e.getStackTrace()[0].getMethodName());
            var text = printed(e);
            assertTrue(text.endsWith("\tat process.worker(pid " + pid + ")" + System.lineSeparator()), text);
            assertFalse(text.contains("ChildMain"), text);
        }
    }

    private static void thrower(String message) {
        throw new IllegalStateException(message);
    }

    @Test
    @DisplayName("PO6 PO18 what cannot travel is a RemoteException there, what is linked with it is itself")
    void standIn() {
        var top = new UncheckedIOException(
                "top", new IOException("middle", new Holder("deep", new Object(), new ArithmeticException("root"))));
        top.addSuppressed(new Holder("aside", Thread.currentThread(), null));
        var arrived = assertInstanceOf(UncheckedIOException.class, through(top));
        var deep = assertInstanceOf(RemoteException.class, arrived.getCause().getCause());
        assertEquals(Holder.class.getName(), deep.originalClassName());
        assertEquals("deep", deep.originalMessage());
        assertEquals(Holder.class.getName() + ": deep", deep.getMessage());
        assertInstanceOf(ArithmeticException.class, deep.getCause());
        assertEquals("aside", ((RemoteException) arrived.getSuppressed()[0]).originalMessage());
        var text = printed(arrived);
        assertTrue(
                text.contains("Caused by: heddle.processes.RemoteException: " + Holder.class.getName() + ": deep"),
                text);

        var alone = assertInstanceOf(
                RemoteException.class, through(new Holder("alone", new Object(), new ArithmeticException("root"))));
        assertEquals("alone", alone.originalMessage());
        assertEquals("standIn", alone.getStackTrace()[0].getMethodName());
        assertInstanceOf(ArithmeticException.class, alone.getCause());
    }

    @Test
    @DisplayName("PO18 an exception whose class nobody has here is a RemoteException with the whole story")
    void unknownClass() throws Exception {
        var cells = Cells.of(Map.of("lonely.Lonely", """
                package lonely;
                public class Lonely extends RuntimeException {
                    public Lonely(Throwable cause) { super("lonely", cause); }
                    public static Object run() { return new Lonely(new Lonely(new ArithmeticException("root"))); }
                }
                """));
        var bytes = Failure.pack((Throwable) cells.run("lonely.Lonely")).toBytes();
        var known = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        // a class that was never anywhere
        var unknown =
                known.replace("lonely.Lonely", "lonely.Nobody").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        assertEquals("lonely.Lonely", Codec.read(bytes).value().getClass().getName());
        var arrived =
                assertInstanceOf(RemoteException.class, Codec.read(unknown).value());
        assertEquals("lonely.Nobody", arrived.originalClassName());
        assertEquals("lonely", arrived.originalMessage());
        assertEquals("run", arrived.getStackTrace()[0].getMethodName());
        assertInstanceOf(RemoteException.class, arrived.getCause());
        assertEquals(
                "java.lang.ArithmeticException: root",
                arrived.getCause().getCause().getMessage());
    }

    @Test
    @DisplayName("circles of causes arrive as circles")
    void circles() {
        var a = new Exception("a");
        var b = new Exception("b", a);
        a.initCause(b);
        b.addSuppressed(a);
        var arrived = through(a);
        assertSame(arrived, arrived.getCause().getCause());
        assertSame(arrived, arrived.getCause().getSuppressed()[0]);

        var c = new Holder("c", new Object(), a);
        b.addSuppressed(c);
        var stood = through(c);
        assertInstanceOf(RemoteException.class, stood);
        assertSame(stood, stood.getCause().getCause().getSuppressed()[1]);
    }

    static final class Hostile extends RuntimeException {
        @Override
        public String getMessage() {
            throw new IllegalStateException("no message");
        }

        @Override
        public String toString() {
            throw new StackOverflowError();
        }

        @Override
        public Throwable getCause() {
            throw new IllegalStateException("no cause");
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            throw new IllegalStateException("no trace");
        }

        @Override
        public boolean equals(Object other) {
            throw new IllegalStateException("no equals");
        }

        @Override
        public int hashCode() {
            throw new IllegalStateException("no hash");
        }

        private void writeObject(ObjectOutputStream out) {
            throw new IllegalStateException("no bytes");
        }
    }

    @Test
    @DisplayName("an exception whose own methods all throw arrives by name")
    void hostile() {
        var arrived = assertInstanceOf(RemoteException.class, through(new Hostile()));
        assertEquals(Hostile.class.getName(), arrived.originalClassName());
        assertNull(arrived.originalMessage());
        assertEquals(
                Hostile.class.getName() + " (its message cannot be told: java.lang.IllegalStateException)",
                arrived.getMessage());
        assertInstanceOf(
                RemoteException.class,
                through(new Exception("around", new Hostile())).getCause());
    }

    private static int deeper(int n) {
        return deeper(n + 1) + 1;
    }

    @Test
    @DisplayName("a stack overflow arrives with the frames that tell something")
    void overflow() {
        var thrown = assertThrows(StackOverflowError.class, () -> deeper(0));
        assertEquals(1024, thrown.getStackTrace().length);
        var encoded = Failure.pack(thrown);
        assertTrue(encoded.length() < 20_000, "bytes: " + encoded.length());
        var arrived = assertInstanceOf(StackOverflowError.class, CodecTest.through(encoded));
        assertEquals(200, arrived.getStackTrace().length);
        assertEquals(thrown.getStackTrace()[0], arrived.getStackTrace()[0]);
        assertTrue(printed(arrived).contains("\tat ....826 more(Unknown Source)"), printed(arrived));
    }

    @Test
    @DisplayName("a thousand causes, a message of megabytes, and an exception without a stack trace do not hinder")
    void extremes() {
        Throwable chain = new Exception("0");
        for (var i = 1; i < 1000; i++) {
            chain = new Exception("" + i, chain);
            chain.setStackTrace(new StackTraceElement[0]);
        }
        assertEquals("999", through(chain).getMessage().replace("java.lang.Exception: ", ""));
        assertEquals(
                5_000_000,
                through(new Exception("x".repeat(5_000_000))).getMessage().length());
        class Bare extends Exception {
            final Object held = new Object();

            Bare() {
                super("bare", null, false, false);
            }
        }
        assertEquals("bare", ((RemoteException) through(new Bare())).originalMessage());
        assertEquals(
                "bare too",
                through(new Error("bare too", null, false, false) {})
                        .getMessage()
                        .replaceFirst(".*: ", ""));
    }

    @Test
    @DisplayName("damaged bytes of a failure give an exception or a Throwable")
    void fuzz() {
        var seed = Failure.pack(new Exception("a", new Holder("b", new Object(), null)))
                .toBytes();
        var random = new Random(5);
        for (var round = 0; round < 2000; round++) {
            var bytes = seed.clone();
            for (var flips = 1 + random.nextInt(5); flips > 0; flips--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
            }
            try {
                assertInstanceOf(Throwable.class, Codec.read(bytes).value());
            } catch (UnreadableValueException e) {
                // as it should be
            }
        }
    }
}
