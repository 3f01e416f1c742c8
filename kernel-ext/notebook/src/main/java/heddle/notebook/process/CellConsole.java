package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Locale;

/**
 * {@code System.console()} of the notebook process, which has no terminal: asks the person in front of the notebook, as {@code System.in} does.
 *
 * <p>The JDK lets nobody else be a console, so its own is given another back end. It is made when a class that mentions it is loaded: most
 * notebooks never do.
 */
final class CellConsole {
    private final CellInput input;
    private Object backEnd;

    private CellConsole(CellInput input) {
        this.input = input;
    }

    private static CellInput connected;
    private static boolean installed;

    static synchronized void connect(CellInput input) {
        connected = input;
    }

    /** Does nothing where the JVM was started without the agent, or is another than this knows: {@code System.console()} is null then. */
    static synchronized void install() {
        if (installed || connected == null || CellAgent.instrumentation() == null) {
            return;
        }
        installed = true;
        try {
            var type = Class.forName("jdk.internal.io.JdkConsole");
            var console = new CellConsole(connected);
            console.backEnd = Proxy.newProxyInstance(
                    CellConsole.class.getClassLoader(),
                    new Class<?>[] {type},
                    (_, method, arguments) -> console.call(method, arguments));
            var proxying = Class.forName("java.io.ProxyingConsole").getDeclaredConstructor(type);
            proxying.setAccessible(true);
            var field = System.class.getDeclaredField("cons");
            field.setAccessible(true);
            field.set(null, (Console) proxying.newInstance(console.backEnd));
        } catch (ReflectiveOperationException | RuntimeException e) {
            System.err.println("System.console() is null, for this JDK's has another make: " + e);
        }
    }

    private Object call(Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "writer" -> new PrintWriter(new Printer());
            case "reader" -> new InputStreamReader(input, UTF_8);
            case "println" -> {
                System.out.println(arguments[0]);
                yield backEnd;
            }
            case "print" -> {
                System.out.print(arguments[0]);
                yield backEnd;
            }
            case "format" -> {
                System.out.print(text(arguments));
                yield backEnd;
            }
            case "readLine" -> line(arguments, false);
            case "readPassword" -> {
                var line = line(arguments, true);
                yield line == null ? null : line.toCharArray();
            }
            case "charset" -> UTF_8;
            case "flush" -> null;
            case "hashCode" -> System.identityHashCode(this);
            case "equals" -> arguments[0] == backEnd;
            default -> "the console of a notebook";
        };
    }

    private String line(Object[] arguments, boolean password) {
        try {
            return input.readLine(arguments == null ? "" : text(arguments), password);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    e); // as the JDK's own does not: it would be an end of input that nobody wanted
        }
    }

    /** Holds nothing back. */
    private static final class Printer extends Writer {
        @Override
        public void write(char[] text, int offset, int length) {
            System.out.print(new String(text, offset, length));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static String text(Object[] arguments) {
        return String.format((Locale) arguments[0], (String) arguments[1], (Object[]) arguments[2]);
    }
}
