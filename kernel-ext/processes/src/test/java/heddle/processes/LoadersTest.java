package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Where the classes of values come from. */
class LoadersTest {
    private static Cells cells(String name, String result) throws Exception {
        return Cells.of(Map.of("late." + name, """
                package late;
                public record %1$s(int n) implements java.io.Serializable, Comparable<%1$s> {
                    public int compareTo(%1$s other) { return n - other.n; }
                    public static Object run() { return %2$s; }
                }
                """.formatted(name, result)));
    }

    @Test
    @DisplayName(
            "a value of a notebook's class arrives in the main process as one of that class, though no thread knows its loader")
    void inMain() throws Exception {
        var value = cells("Main", "new Main(3)").run("late.Main");
        var arrived = CodecTest.through(value);
        assertEquals(value, arrived);
        assertSame(value.getClass(), arrived.getClass());
        var array = (Object[]) CodecTest.through(java.lang.reflect.Array.newInstance(value.getClass(), 2));
        assertSame(value.getClass(), array.getClass().getComponentType());
    }

    @Test
    @DisplayName("of two classes of that name the thread's context loader decides, then the newer one")
    void sameName() throws Exception {
        var old = cells("Twin", "new Twin(1)").run("late.Twin");
        var oldBytes = Codec.encode(old).toBytes();
        var newer = cells("Twin", "new Twin(2)").run("late.Twin");
        Codec.encode(newer);
        assertSame(newer.getClass(), Codec.read(oldBytes).value().getClass());
        var thread = Thread.currentThread();
        var before = thread.getContextClassLoader();
        thread.setContextClassLoader(old.getClass().getClassLoader());
        try {
            assertSame(old.getClass(), Codec.read(oldBytes).value().getClass());
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    @DisplayName(
            "a class that is made after the child began resolves there, alone, in an array and in a list; and its objects come back")
    void inChild() throws Exception {
        try (var worker = new Worker()) {
            assertEquals(1, worker.send(1));
            var value = cells("Late", "new Late(5)").run("late.Late");
            assertEquals(value, worker.send(value));
            assertEquals(List.of(value, value), worker.send(List.of(value, value)));
            var constant =
                    cells("Constant", "java.util.concurrent.TimeUnit.DAYS").run("late.Constant");
            assertSame(constant, worker.send(constant));
        }
    }

    @Test
    @DisplayName("a proxy of a notebook's interface, and a lambda of a notebook's, arrive in a child")
    void proxies() throws Exception {
        var cells = Cells.of(Map.of("late.Face", """
                package late;
                public interface Face extends java.io.Serializable {
                    int n();
                    class Handler implements java.lang.reflect.InvocationHandler, java.io.Serializable {
                        public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments) { return 4; }
                    }
                    static Object run() {
                        var five = 5;
                        Face lambda = () -> five;
                        var proxy = (Face) java.lang.reflect.Proxy.newProxyInstance(Face.class.getClassLoader(), new Class<?>[] {Face.class}, new Handler());
                        return new java.util.ArrayList<>(java.util.List.of(lambda, proxy));
                    }
                }
                """));
        try (var worker = new Worker()) {
            var arrived = (List<?>) worker.send(cells.run("late.Face"));
            var method = cells.loadClass("late.Face").getMethod("n");
            assertEquals(5, method.invoke(arrived.get(0)));
            assertEquals(4, method.invoke(arrived.get(1)));
        }
    }

    @Test
    @DisplayName("PO24 a value whose class nobody has gives a sentence with its name, and the next value arrives")
    void nobody() throws Exception {
        var bytes =
                Codec.encode(cells("Known", "new Known(1)").run("late.Known")).toBytes();
        var at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("late.Known");
        bytes[at] = 'd';
        var e = assertThrows(
                UnreadableValueException.class, () -> Codec.read(bytes).value());
        assertInstanceOf(ClassNotFoundException.class, e.getCause());
        assertEquals(
                "a value came from another process but cannot be read here, because no class loader of this process or its parents has the class date.Known",
                e.getMessage());
        bytes[at] = 'l';
        assertNotNull(Codec.read(bytes).value());
    }

    @Test
    @DisplayName("a loader that nobody else holds is let go")
    void weak() throws Exception {
        var loader = forgotten();
        for (var i = 0; i < 50 && !loader.refersTo(null); i++) {
            System.gc();
        }
        assertTrue(loader.refersTo(null));
        assertNull(Loaders.classFile("late.Forgotten"));
    }

    private static WeakReference<ClassLoader> forgotten() throws Exception {
        var value = cells("Forgotten", "new Forgotten(1)").run("late.Forgotten");
        Loaders.remember(
                value.getClass()); // not Codec.encode: the JDK keeps what it knows of serialized classes for some time
        assertNotNull(Loaders.classFile("late.Forgotten"));
        return new WeakReference<>(value.getClass().getClassLoader());
    }
}
