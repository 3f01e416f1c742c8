package heddle.notebook;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** What {@code %time} and {@code %%time} measure: the time on the clock, and that of the processors, of this process with all its threads. */
public final class Timing {
    private Timing() {}

    private record Begun(long clockNs, Duration processors) {}

    private static final ThreadLocal<Deque<Begun>> BEGUN = ThreadLocal.withInitial(ArrayDeque::new);

    public static void begin() {
        BEGUN.get().push(new Begun(System.nanoTime(), processors()));
    }

    /** Prints the times since the latest {@link #begin} of this thread that has had no end yet. */
    public static void end() {
        long nowNs = System.nanoTime();
        var processors = processors();
        var begun = BEGUN.get().poll();
        if (begun != null) {
            System.out.printf(
                    Locale.ROOT,
                    Notebook.language().equals("zh")
                            ? "处理器时间（所有线程）：%s，实际用时：%s%n"
                            : "CPU time (all threads): %s, wall time: %s%n",
                    text(processors.minus(begun.processors)),
                    text(Duration.ofNanos(nowNs - begun.clockNs)));
        }
    }

    /** The system counts it in steps of 10 ms. */
    private static Duration processors() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    static String text(Duration time) {
        double ms = time.toNanos() / 1e6;
        return ms < 1
                ? String.format(Locale.ROOT, "%.0f µs", ms * 1e3)
                : ms < 1_000
                        ? String.format(Locale.ROOT, ms < 10 ? "%.1f ms" : "%.0f ms", ms)
                        : String.format(Locale.ROOT, "%.2f s", ms / 1e3);
    }
}
