/**
 * {@code java.util.concurrent} across processes: child processes from lambdas, and what they share and wait for.
 *
 * <ul>
 *   <li>Processes: {@link heddle.processes.ChildProcess}; a pool of them: {@link heddle.processes.ProcessPool}.
 *   <li>To take turns: {@link heddle.processes.ProcessLock}, {@link heddle.processes.ProcessReentrantLock}, {@link heddle.processes.ProcessCondition},
 *       {@link heddle.processes.ProcessSemaphore}, {@link heddle.processes.ProcessEvent}, {@link heddle.processes.ProcessBarrier}.
 *   <li>To talk: {@link heddle.processes.ProcessQueue}, {@link heddle.processes.JoinableProcessQueue}, {@link heddle.processes.ProcessPipe}.
 *   <li>To share: {@link heddle.processes.SharedMap}, {@link heddle.processes.SharedList}, {@link heddle.processes.SharedValue},
 *       {@link heddle.processes.SharedLong}, {@link heddle.processes.SharedDouble}, {@link heddle.processes.SharedArray},
 *       {@link heddle.processes.SharedMemory}; {@link heddle.processes.ProcessManager} makes such objects and closes them together.
 * </ul>
 *
 * <p>Tasks, functions and values travel to another process by value and must be {@link java.io.Serializable}; what is not is refused by name. A record has to say that it is
 * ({@code record Page(String url) implements Serializable}); a {@link java.nio.file.Path} of the default file system travels though it is not. Misuse of a state is an
 * {@link java.lang.IllegalStateException}, a bad argument an {@link java.lang.IllegalArgumentException}; where there is no memory to share, an
 * {@link java.io.UncheckedIOException}. Null handed over where it is not allowed is a {@link java.lang.NullPointerException}.
 *
 * <p>Programs start with {@code --enable-native-access=ALL-UNNAMED}; without it the JVM prints a warning at the first use.
 */
package heddle.processes;
