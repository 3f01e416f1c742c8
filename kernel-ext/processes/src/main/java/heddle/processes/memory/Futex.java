package heddle.processes.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Waiting by Linux's futex(2), the primitive under every lock of the C library. */
final class Futex extends Waiting {
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    /**
     * Nobody sleeps longer at a stretch: an exception that another thread sends (a debugger's stop) reaches a thread only when it is back
     * in Java.
     */
    private static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(500);

    /** For threads that would take their carrier along into the system call. */
    private final Backoff virtual = new Backoff();

    private final MethodHandle syscall;
    private final long number;
    private final ThreadLocal<Sleeper> sleepers = ThreadLocal.withInitial(Sleeper::new);

    private Futex(MethodHandle syscall, long number) {
        this.syscall = syscall;
        this.number = number;
    }

    /** Null where there is none. */
    @SuppressWarnings("restricted") // a system call is what this is about
    static Futex ofThisSystem() {
        var number = switch (System.getProperty("os.arch")) {
            case "amd64", "x86_64" -> 202;
            case "aarch64", "riscv64" -> 98;
            default -> 0;
        };
        if (!System.getProperty("os.name").equals("Linux") || number == 0) {
            return null;
        }
        try {
            var linker = Linker.nativeLinker();
            var function = linker.defaultLookup().find("syscall");
            if (function.isEmpty()) {
                return null;
            }
            var handle = linker.downcallHandle(
                    function.get(),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS),
                    Linker.Option.firstVariadicArg(1));
            return new Futex(handle, number);
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            return null; // native access is denied to this program, or there is no linker
        }
    }

    private long call(MemorySegment word, int operation, int value, MemorySegment timeout) {
        try {
            return (long) syscall.invokeExact(number, word, operation, value, timeout);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call throws nothing", e);
        }
    }

    @Override
    public void sleep(MemorySegment memory, long at, int value, long deadlineNs) {
        if (Thread.currentThread().isVirtual()) {
            virtual.sleep(memory, at, value, deadlineNs);
            return;
        }
        var ns = Math.min(remaining(deadlineNs), LONGEST_NS);
        if (ns > 0) {
            sleepers.get().sleep(memory.asSlice(at, Integer.BYTES), value, ns);
        }
    }

    @Override
    public int wake(MemorySegment memory, long at, int atMost) {
        return (int) call(memory.asSlice(at, Integer.BYTES), FUTEX_WAKE, atMost, MemorySegment.NULL);
    }

    /**
     * Makes a thread's sleep interruptible: a selector is what {@link Thread#interrupt} tells that its thread is to wake up, and selectors may be
     * written by anybody.
     */
    private final class Sleeper extends AbstractSelector {
        private final Thread owner = Thread.currentThread();
        private final MemorySegment timeout = Arena.ofAuto().allocate(2 * ValueLayout.JAVA_LONG.byteSize(), 8);
        private volatile MemorySegment word;
        private volatile boolean asleep;

        private Sleeper() {
            super(null);
        }

        private void sleep(MemorySegment word, int value, long ns) {
            timeout.set(ValueLayout.JAVA_LONG, 0, ns / 1_000_000_000);
            timeout.set(ValueLayout.JAVA_LONG, 8, ns % 1_000_000_000);
            this.word = word;
            asleep = true;
            begin();
            try {
                if (!owner.isInterrupted()) {
                    call(word, FUTEX_WAIT, value, timeout);
                }
            } finally {
                asleep = false;
                end();
                this.word = null;
            }
        }

        /** Called in a thread that interrupts the owner, which may be about to fall asleep: so it is woken until it is up. */
        @Override
        public Selector wakeup() {
            if (Thread.currentThread() != owner) {
                while (asleep) {
                    var word = this.word;
                    if (word != null) {
                        call(word, FUTEX_WAKE, ALL, MemorySegment.NULL);
                    }
                    Thread.yield();
                }
            }
            return this;
        }

        @Override
        protected void implCloseSelector() {}

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
            throw new UnsupportedOperationException("this selector has no channels");
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public int selectNow() {
            return 0;
        }

        @Override
        public int select(long timeout) {
            return 0;
        }

        @Override
        public int select() {
            return 0;
        }
    }
}
