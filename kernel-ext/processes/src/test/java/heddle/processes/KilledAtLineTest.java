package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.ListeningConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Kills processes at chosen lines of the code that changes shared memory, with the help of a debugger: where chance would have to be very
 * lucky.
 */
@Timeout(900)
class KilledAtLineTest {
    private static final int ENOUGH = 20;
    private static final long FIRST = 30;
    private static final long LAST = 160;

    /** Where each class changes shared memory. */
    private static final Map<Class<?>, Set<String>> CHANGING = Map.of(
            MapTable.class, Set.of("make", "put", "insert", "remove", "grow"),
            ListTable.class,
                    Set.of("set", "add", "removeLast", "replace", "rearrange", "grow", "index", "commit", "first"),
            SharedValue.class, Set.of("set", "next"),
            Heap.class, Set.of("next", "commit", "lock", "unlock"),
            Generation.class, Set.of("take", "put"));

    record Line(String type, int number) {}

    /** @param changing methods of classes */
    static List<Line> lines(Map<Class<?>, Set<String>> changing) throws IOException {
        var lines = new TreeSet<Line>(Comparator.comparing(Line::type).thenComparing(Line::number));
        for (var methods : changing.entrySet()) {
            var type = methods.getKey();
            try (var file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
                for (var method : ClassFile.of().parse(file.readAllBytes()).methods()) {
                    if (methods.getValue().contains(method.methodName().stringValue())) {
                        method.code()
                                .orElseThrow()
                                .findAttribute(Attributes.lineNumberTable())
                                .orElseThrow()
                                .lineNumbers()
                                .forEach(line -> lines.add(new Line(type.getName(), line.lineNumber())));
                    }
                }
            }
        }
        return new ArrayList<>(lines);
    }

    /** One change, of which there are enough kinds to reach nearly every line. */
    private static void change(Map<String, Object> map, List<Object> list, Consumer<Object> value, long step) {
        var key = "key " + step % 13;
        var text = "text ".repeat((int) (step % 5 * 200));
        switch ((int) (step % 12)) {
            case 0, 1, 2 -> map.put(key, step);
            case 3 -> map.remove("key " + (step - 2) % 13);
            case 4 -> map.put(key, text);
            case 5 -> map.merge("count", 1, (a, b) -> (Integer) a + (Integer) b);
            case 6 -> list.add(text);
            case 7 -> list.add(list.size() / 2, step);
            case 8 -> list.set(0, text);
            case 9 -> value.accept(text + step);
            case 10 -> {
                if (step % 24 == 10) {
                    list.sort(Comparator.comparing(String::valueOf));
                } else {
                    list.removeLast();
                }
            }
            default -> {
                if (step % 36 == 35) {
                    map.clear();
                } else {
                    list.add(step);
                }
            }
        }
    }

    /** What there is after so many changes, in words; of a map the order and the size too. */
    private static String after(long steps) {
        var map = new LinkedHashMap<String, Object>();
        var list = new ArrayList<>();
        var value = new Object[] {"begin"};
        for (var step = 1L; step <= steps; step++) {
            change(map, list, changed -> value[0] = changed, step);
        }
        return map.size() + " " + map + " " + list + " " + value[0];
    }

    @Test
    @DisplayName(
            "killed at any line that changes shared memory, a process leaves all as it was before its change or as it is after it")
    void killedAtLine() throws Exception {
        tryLines(CHANGING, (debugger, line, random) -> {
            try (var map = new SharedMap<String, Object>();
                    var list = new SharedList<>();
                    var value = new SharedValue<Object>("begin");
                    var begun = new SharedLong()) {
                while (begun.get() < FIRST) {
                    change(map, list, value::set, begun.incrementAndGet());
                }
                var killed = debugger.killAt(line, 1 + random.nextInt(3), () -> {
                    while (begun.get() < LAST) {
                        change(map, list, value::set, begun.incrementAndGet());
                    }
                });
                if (killed) {
                    var found = map.size() + " " + map + " " + list + " " + value;
                    if (!found.equals(after(begun.get()))) {
                        assertEquals(after(begun.decrementAndGet()), found);
                    }
                }
                while (begun.get() < LAST) { // the survivors go on
                    change(map, list, value::set, begun.incrementAndGet());
                }
                assertEquals(after(LAST), map.size() + " " + map + " " + list + " " + value);
                return killed;
            }
        });
    }

    interface Trial {
        /** Whether a child was killed at that line, after which all was as it must be. */
        boolean kills(Debugger debugger, Line line, Random random) throws Exception;
    }

    /**
     * Tries lines in any order until enough of them were reached: some only an error reaches, or two threads that meet. With
     * {@code -Dheddle.test.lines=MapTable} tries all of the classes whose names contain that.
     */
    static void tryLines(Map<Class<?>, Set<String>> changing, Trial trial) throws Exception {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        var lines = lines(changing);
        Collections.shuffle(lines, random);
        var wanted = System.getProperty("heddle.test.lines");
        if (wanted != null) {
            lines.removeIf(line -> !line.type().contains(wanted));
        }
        var reached = 0;
        var missed = new ArrayList<Line>();
        try (var debugger = new Debugger()) {
            for (var line : lines) {
                if (wanted == null && reached == ENOUGH) {
                    return;
                }
                try {
                    if (trial.kills(debugger, line, random)) {
                        reached++;
                    } else {
                        missed.add(line);
                    }
                } catch (AssertionError | Exception e) {
                    throw new AssertionError("killed at " + line + ", seed " + seed, e);
                }
            }
        }
        assertTrue(reached > lines.size() / 3, "not reached: " + missed + ", seed " + seed);
    }

    static final class Debugger implements AutoCloseable {
        private final ListeningConnector connector = Bootstrap.virtualMachineManager().listeningConnectors().stream()
                .filter(each -> each.transport().name().equals("dt_socket"))
                .findFirst()
                .orElseThrow();
        private final Map<String, Connector.Argument> arguments = connector.defaultArguments();
        private final String address;

        Debugger() throws Exception {
            arguments.get("localAddress").setValue("127.0.0.1");
            arguments.get("timeout").setValue("30000");
            address = connector.startListening(arguments);
        }

        /** Whether the child came to that line so often; it is killed there, and buried when this returns. */
        boolean killAt(Line line, int times, Task task) throws Exception {
            try (var child = new ChildProcess(task)
                    .jvmOptions("-agentlib:jdwp=transport=dt_socket,server=n,suspend=y,address=" + address)) {
                child.start();
                var machine = connector.accept(arguments);
                var wanted = machine.eventRequestManager().createClassPrepareRequest();
                wanted.addClassFilter(line.type());
                wanted.enable();
                machine.resume();
                try {
                    run(machine, child, line, times);
                } catch (VMDisconnectedException e) {
                    // it was killed
                }
                child.join();
                if (child.exitCode() != -9) {
                    assertEquals(0, child.exitCode(), child.lastLines().toString());
                }
                return child.exitCode() == -9;
            }
        }

        private static void run(VirtualMachine machine, ChildProcess child, Line line, int times) throws Exception {
            while (true) {
                var events = machine.eventQueue().remove();
                for (var event : events) {
                    switch (event) {
                        case ClassPrepareEvent prepared -> {
                            for (var location : prepared.referenceType().locationsOfLine(line.number())) {
                                var breakpoint = machine.eventRequestManager().createBreakpointRequest(location);
                                breakpoint.addCountFilter(times);
                                breakpoint.enable();
                            }
                        }
                        case BreakpointEvent _ -> child.kill();
                        case VMDisconnectEvent _ -> {
                            return;
                        }
                        default -> {}
                    }
                }
                events.resume();
            }
        }

        @Override
        public void close() throws IOException {
            try {
                connector.stopListening(arguments);
            } catch (com.sun.jdi.connect.IllegalConnectorArgumentsException e) {
                throw new AssertionError(e);
            }
        }
    }
}
