package heddle.notebook.channel;

import java.util.List;
import java.util.Map;

/**
 * What the kernel process and the notebook process say to each other, over one private ordered channel.
 *
 * <p>The kernel asks for one thing at a time ({@link Load}, {@link Invoke}, {@link Variable}) and waits for its answer; {@link Output},
 * {@link Display}, {@link ClearOutput}, {@link InputRequest} and {@link FromComm} come at any time, from any thread, and name their cell.
 * Since the channel is ordered, all that {@code main} printed before an answer has arrived before it.
 *
 * <p>A {@code cell} is the kernel's number for one execute request (never reused); its label ("cell 7") is what a learner sees.
 */
public sealed interface Frame {

    /** Kernel to notebook. */
    sealed interface Order extends Frame {}

    /** Notebook to kernel. */
    sealed interface Report extends Frame {}

    record ClassBytes(String name, byte[] bytes) {}

    /** From now on {@code main} works for this cell. */
    record Begin(int cell, String label, boolean mayAskForInput) implements Order {}

    /** The cell's code has ended; answered by {@link Ended} after all that main printed is on the channel and {@link RawOutput#mark}s are in the pipes. */
    record End(int cell) implements Order {}

    /** Define these classes; answered by {@link Loaded}. */
    record Load(List<ClassBytes> classes) implements Order {}

    /** Change these loaded classes in place, objects and all; answered by {@link Loaded}. */
    record Redefine(List<ClassBytes> classes) implements Order {}

    /**
     * Call a static method without parameters on {@code main}; answered by {@link Returned}, {@link Threw} or {@link Unresolved}.
     *
     * @param show whether the value is to be rendered (false for declarations: no {@code toString} of a learner's is run)
     */
    record Invoke(String className, String methodName, boolean show) implements Order {}

    /** The value of a static field as text; answered by {@link Returned} or {@link Threw}. */
    record Variable(String className, String fieldName) implements Order {}

    record AddToClassPath(List<String> paths) implements Order {}

    /** Answer to {@link InputRequest}; null when the input was ended or refused. */
    record Input(String line) implements Order {}

    /** First level of Stop: interrupt what the running cell is doing. */
    record Interrupt() implements Order {}

    /**
     * Stop ends what a cell has started; answered by {@link Swept}, whatever else is going on.
     *
     * @param cell of which the phase is; for {@link Phase#IDLE} cells after this one are left alone
     */
    record Sweep(int request, int cell, Phase phase) implements Order {}

    enum Phase {
        /** {@code main} does not listen, perhaps because it waits for another thread of the cell, or in the system: both are interrupted. */
        AROUND,
        /** The cell's code has ended: so does all that it started, and what it made for later use is closed. */
        END,
        /** No cell runs: what still runs for the latest of those that have something running ends. */
        IDLE,
        /** Those who do not listen have been stopped by force, and child processes are killed; follows {@link #END} or {@link #IDLE}. */
        FORCE
    }

    /**
     * What became of it.
     *
     * @param cell whose work it was; 0 when nothing runs for any cell
     * @param threads how many have ended, as with the following two; a thread of an executor that lives on counts as a task
     * @param processes what each that has ended is called
     * @param threadsLeft those who go on, with their states
     * @param unhearing how many threads are to be stopped by force
     * @param more whether an earlier cell has something running as well
     * @param problem why this JVM cannot tell what a cell has started, or null
     */
    record Swept(
            int request,
            int cell,
            int threads,
            int virtualThreads,
            int tasks,
            List<String> processes,
            List<String> threadsLeft,
            int virtualThreadsLeft,
            List<String> processesLeft,
            int unhearing,
            boolean more,
            String problem)
            implements Report {}

    /**
     * A child process of the learner's has started, or was found to have ended.
     *
     * @param cell 0 for one that is no cell's alone
     * @param follows whether it ends by itself when this process does
     */
    record Child(int cell, long pid, String name, boolean follows, boolean ended) implements Report {}

    /** An exception that ended a thread. */
    record Uncaught(int cell, String thread, Failure failure) implements Report {}

    /** What a front end says over a comm; answered by {@link Handled}, whatever else is going on. Its output names the {@code cell}, which is its own. */
    record ToComm(int cell, CommMessage message) implements Order {}

    record Handled(int cell) implements Report {}

    /**
     * Code on {@code main} asks the kernel to do something, and waits for {@link CallEnded}. Until then main carries out orders as ever: what it
     * asked for may run there. Answers to those come before the answer to the order that the code belongs to.
     *
     * @param number never used again in this process
     * @param magic without percent signs; null to evaluate the body as a cell is
     * @param body null for a line magic
     */
    record Call(int number, String magic, List<String> arguments, String body) implements Report {}

    /**
     * @param problem one sentence; null when all was well
     * @param evaluated whether the value is that of the {@link Invoke} that came last
     * @param value what the magic gives, when nothing was evaluated
     */
    record CallEnded(int number, String problem, boolean evaluated, List<String> value) implements Order {}

    /** What code says over a comm. */
    record FromComm(int cell, CommMessage message) implements Report {}

    /**
     * One message of a comm.
     *
     * @param target of an {@link Kind#OPEN}; null where only the id counts
     * @param data JSON: null, {@code Boolean}, {@code Integer}, {@code Long}, {@code BigInteger}, {@code Double}, {@code BigDecimal},
     *     {@code String}, {@code List}, {@code Map} with texts as keys
     */
    record CommMessage(
            Kind kind,
            String id,
            String target,
            Map<String, Object> data,
            Map<String, Object> metadata,
            List<byte[]> buffers) {

        public enum Kind {
            OPEN,
            MESSAGE,
            CLOSE
        }
    }

    record Ready(long pid) implements Report {}

    /** @param problem null when all was well */
    record Loaded(String problem) implements Report {}

    /** @param marked whether both pipes have their {@link RawOutput#mark} */
    record Ended(int cell, boolean marked) implements Report {}

    /** @param value null when there is nothing to show */
    record Returned(Bundle value) implements Report {}

    record Threw(Failure failure) implements Report {}

    /** A method that waits for a declaration was called ({@code SPIResolutionException}). */
    record Unresolved(int id) implements Report {}

    record Output(int cell, Stream stream, String text) implements Report {}

    enum Stream {
        STDOUT,
        STDERR
    }

    /** @param id the display id; an update names one that was shown before */
    record Display(int cell, boolean update, String id, Bundle bundle) implements Report {}

    record ClearOutput(int cell, boolean untilNextOutput) implements Report {}

    record InputRequest(int cell, String prompt, boolean password) implements Report {}

    /**
     * A MIME bundle. Values are text; binary types carry base64, JSON types ({@code application/json}, {@code ...+json}) JSON text.
     *
     * @param metadata values are JSON text
     */
    record Bundle(Map<String, String> data, Map<String, String> metadata) {}

    /**
     * An exception as it is shown.
     *
     * @param type the class name
     * @param message never null
     * @param traceback ready-made lines, causes and suppressed exceptions included, the learner's frames only ("cell 7:3")
     */
    record Failure(String type, String message, List<String> traceback) {}
}
