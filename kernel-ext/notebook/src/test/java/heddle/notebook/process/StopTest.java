package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.ListeningConnector;
import heddle.notebook.channel.Frame;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's second level: an asynchronous stop, through a debugger connection that the kernel listens for. */
class StopTest {

    private NotebookUnderTest notebook;
    private VirtualMachine debugged;
    private ThreadReference main;
    private ObjectReference stop;

    @BeforeEach
    void start() throws Exception {
        ListeningConnector connector = Bootstrap.virtualMachineManager().listeningConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketListen"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("port").setValue("0");
        arguments.get("localAddress").setValue("127.0.0.1");
        var address = connector.startListening(arguments);
        // The JVM waits for the debugger's hand-shake before it runs main.
        var accepting = new FutureTask<>(() -> connector.accept(arguments));
        Thread.ofPlatform().start(accepting);
        try {
            notebook =
                    NotebookUnderTest.start("-agentlib:jdwp=transport=dt_socket,server=n,suspend=n,address=" + address);
            debugged = accepting.get();
        } finally {
            connector.stopListening(arguments);
        }
        notebook.await("ready", frames -> !frames.isEmpty());
        notebook.run(0, "", "");
        main = debugged.allThreads().stream()
                .filter(thread -> thread.name().equals("main"))
                .findFirst()
                .orElseThrow();
        var type = debugged.classesByName(Stop.class.getName()).getFirst();
        stop = (ObjectReference) type.getValue(type.fieldByName("CELL_STOPPED"));
    }

    @AfterEach
    void end() throws Exception {
        debugged.dispose();
        notebook.close();
    }

    @Test
    void aLoopThatHearsNothingIsStoppedAndALoopOnANonVolatileFlagSpins() throws Exception {
        notebook.begin(
                1,
                false,
                "public static boolean stopFlag;",
                "Thread.ofPlatform().daemon().start(() -> stopFlag = true).join(); boolean seen = false; System.out.println(\"in\"); while (true) { seen ^= stopFlag; }");
        notebook.awaitOut(1, "in");
        notebook.channel.send(new Frame.Interrupt());
        main.stop(stop);
        var failure = ((Frame.Threw) notebook.end(1)).failure();
        assertEquals("CellStopped", failure.type(), failure.traceback().toString());
        assertEquals("The cell was stopped.", failure.message());
        notebook.run(2, "", "System.out.println(Thread.interrupted());");
        assertEquals("false\n", notebook.out(2));
    }

    @Test
    void aFloodIsStopped() throws Exception {
        notebook.begin(1, false, "", "for (long i = 0; ; i++) { System.out.println(i); System.out.print(i); }");
        notebook.awaitOut(1, "1000");
        main.stop(stop);
        assertEquals("CellStopped", ((Frame.Threw) notebook.end(1)).failure().type());
        notebook.run(2, "", "System.out.println(\"on\");");
        assertEquals("on\n", notebook.out(2));
    }

    @Test
    void aStopAtAnyInstantCostsNothingButTheCell() throws Exception {
        notebook.channel.send(new Frame.Load(notebook.cells.compile(
                1,
                "public static int n; public static Object one() { System.out.print(n++); System.out.println(); return n; }",
                "for (int i = 0; i < 1_000; i++) one(); return Notebook.render(List.of(n));")));
        assertEquals(new Frame.Loaded(null), notebook.answer());
        // Once undisturbed: a class of anybody's whose initializer is stopped is lost for ever, that is the JVM's rule.
        for (var method : List.of("one", "do_it$")) {
            notebook.channel.send(new Frame.Invoke(Cells.className(1), method, true));
            assertTrue(notebook.answer() instanceof Frame.Returned);
        }
        var random = new Random(7);
        int stopped = 0;
        int rounds = 300;
        for (int cell = 2; cell < 2 + rounds; cell++) {
            notebook.channel.send(new Frame.Begin(cell, "cell " + cell, false));
            boolean brief = random.nextBoolean();
            notebook.channel.send(new Frame.Invoke(Cells.className(1), brief ? "one" : "do_it$", true));
            LockSupport.parkNanos(random.nextInt(brief ? 300_000 : 2_000_000)); // any instant will do
            main.stop(stop);
            var answer = notebook.end(cell);
            switch (answer) {
                case Frame.Threw(var failure) -> {
                    assertEquals(
                            "CellStopped", failure.type(), failure.traceback().toString());
                    stopped++;
                }
                case Frame.Returned returned -> assertTrue(returned.value() != null);
                default -> throw new AssertionError(answer);
            }
        }
        System.out.println("stops at random instants: " + rounds + ", of them in time: " + stopped);
        assertTrue(stopped > 0 && stopped < rounds, stopped + " of " + rounds);
        int last = rounds + 2;
        notebook.run(last, "", "System.out.println(\"alive\"); System.out.print(\"and well\");");
        assertEquals("alive\nand well", notebook.out(last));
    }
}
