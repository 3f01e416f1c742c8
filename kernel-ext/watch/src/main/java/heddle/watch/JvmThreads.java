package heddle.watch;

import com.sun.management.ThreadMXBean;
import heddle.watch.Look.Lock;
import heddle.watch.Look.Seen;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import jdk.management.VirtualThreadSchedulerMXBean;

/** Looks at this JVM's threads: the one that asked, those that began after it did, and those that have a lock which one of these needs. */
final class JvmThreads {

    /** Deep enough for any lock a lesson takes; bounds what a look at a runaway recursion costs. */
    private static final int FRAMES = 128;

    private static final int FRAMES_OF_SLEEP = 6;

    private static final long FRAMES_FRESH_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final VirtualThreadSchedulerMXBean scheduler =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private final ThreadGroup system = systemGroup();
    private final Thread caller;
    private final LockNames names;
    private final Predicate<StackTraceElement[]> idle;
    private final Set<Long> before = new HashSet<>();
    private final Set<Long> drawnIn = new HashSet<>();
    private final Map<Long, Memory> memories = new HashMap<>();
    private final Set<Long> met = new HashSet<>();
    private final long startedBefore = threads.getTotalStartedThreadCount();
    private final int metBefore;

    /** Takes what is alive now for threads that were there before. */
    JvmThreads(Thread caller, LockNames names, Predicate<StackTraceElement[]> idle) {
        this.caller = caller;
        this.names = names;
        this.idle = idle;
        for (var thread : alive()) {
            if (thread != caller) {
                before.add(thread.threadId());
            }
        }
        metBefore = met.size();
    }

    /** How much a look asks for; each costs more than the one before. */
    enum Depth {
        /** States, and who waits for whose lock. Stops nobody. */
        STATES,
        /** Also the monitors that nobody waits for. Stops all threads for the time of a stack walk. */
        MONITORS,
        /** Also the locks of the concurrent package that nobody waits for. Stops all threads for the time of a walk through the heap. */
        LOCKS
    }

    /** What is remembered of a thread from its last look. */
    private static final class Memory {
        ThreadInfo info;
        long cpuNs;
        long atNs;
        StackTraceElement[] frames;
        long framesAtNs;
    }

    /**
     * Looks once.
     *
     * @param withCaller false when what the caller does at the moment is of no interest
     */
    Look look(Clock clock, boolean withCaller, Depth depth) {
        var shown = new HashMap<Long, Thread>();
        for (var thread : alive()) {
            var id = thread.threadId();
            if (thread == caller ? withCaller : !before.contains(id) || drawnIn.contains(id)) {
                shown.put(id, thread);
            }
        }
        var ids = shown.keySet().stream().mapToLong(Long::longValue).toArray();
        var asked = clock.sinceBeginNs();
        var infos = depth == Depth.STATES
                ? threads.getThreadInfo(ids)
                : threads.getThreadInfo(ids, true, depth == Depth.LOCKS, FRAMES);
        var cpu = threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
                ? threads.getThreadCpuTime(ids)
                : filled(ids.length);
        var atNs = asked + (clock.sinceBeginNs() - asked) / 2;

        var joined = new HashMap<Lock, String>();
        for (var thread : shown.values()) {
            joined.put(new Lock(thread.getClass().getName(), System.identityHashCode(thread)), thread.getName());
        }
        memories.keySet().retainAll(shown.keySet());
        var seen = new ArrayList<Seen>();
        var callerIdle = false;
        for (var i = 0; i < infos.length; i++) {
            if (infos[i] != null && infos[i].getThreadState() != Thread.State.NEW) {
                var frames = frames(shown.get(ids[i]), infos[i], cpu[i], atNs, depth);
                // a stack that is cut off, or not known, does not say what it stands on
                var whole = frames.length > 0 && frames.length < FRAMES;
                if (shown.get(ids[i]) == caller && whole && idle.test(frames)) {
                    callerIdle = true;
                } else {
                    seen.add(seen(infos[i], frames, cpu[i], joined));
                }
            }
        }
        var needed = new HashSet<Lock>();
        for (var one : seen) {
            if (one.lock() != null) {
                needed.add(one.lock());
                names.meet(one.lock(), shown.get(one.id()));
                if (one.owner() != -1 && !shown.containsKey(one.owner()) && one.owner() != caller.threadId()) {
                    drawnIn.add(one.owner());
                }
            }
            one.holds().forEach(lock -> names.meet(lock, null));
        }
        return new Look(
                atNs,
                withHolds(seen),
                depth != Depth.STATES,
                depth == Depth.LOCKS,
                callerIdle,
                needed.isEmpty() ? List.of() : deadlocked(seen),
                new Timeline.VirtualLoad(
                        atNs,
                        Math.max(0, scheduler.getMountedVirtualThreadCount()),
                        (int) Math.max(0, scheduler.getQueuedVirtualThreadCount()),
                        -1));
    }

    /**
     * The thread's stack. Of a thread that waits it is asked for once; of one that runs, only when it does not get on as it could, and not each time:
     * it cannot answer before it is on a core again, and we would wait for that.
     *
     * @return no frames when nothing is known of them
     */
    private StackTraceElement[] frames(Thread thread, ThreadInfo info, long cpuNs, long atNs, Depth depth) {
        var memory = memories.computeIfAbsent(info.getThreadId(), id -> new Memory());
        var last = memory.info;
        var same = last != null
                && last.getThreadState() == info.getThreadState()
                && last.getBlockedCount() == info.getBlockedCount()
                && last.getWaitedCount() == info.getWaitedCount();
        StackTraceElement[] frames;
        if (depth != Depth.STATES) {
            frames = info.getStackTrace();
            memory.framesAtNs = atNs;
        } else if (info.getThreadState() != Thread.State.RUNNABLE) {
            frames = same && memory.frames.length > 0 ? memory.frames : thread.getStackTrace();
        } else if (same && cpuNs >= 0 && cpuNs - memory.cpuNs < (atNs - memory.atNs) * 9 / 10) {
            var fresh = memory.frames.length > 0 && atNs - memory.framesAtNs < FRAMES_FRESH_NS;
            frames = fresh ? memory.frames : thread.getStackTrace();
            memory.framesAtNs = fresh ? memory.framesAtNs : atNs;
        } else {
            frames = new StackTraceElement[0];
        }
        memory.info = info;
        memory.cpuNs = cpuNs;
        memory.atNs = atNs;
        memory.frames = frames;
        return frames;
    }

    /** Time on a core that the asking thread has used, or the time of day where that is not known. */
    long ownCpuNs() {
        return threads.isCurrentThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
                ? threads.getCurrentThreadCpuTime()
                : System.nanoTime();
    }

    /** -1 when not known. */
    long cpuOfCallerNs() {
        return caller.isVirtual() || !threads.isThreadCpuTimeSupported() || !threads.isThreadCpuTimeEnabled()
                ? -1
                : threads.getThreadCpuTime(caller.threadId());
    }

    /** Threads of this JVM, its own included, that began and ended without ever being met. */
    int missed() {
        return (int) Math.max(0, threads.getTotalStartedThreadCount() - startedBefore - (met.size() - metBefore));
    }

    private static long[] filled(int length) {
        var unknown = new long[length];
        Arrays.fill(unknown, -1);
        return unknown;
    }

    /** The JVM takes a lock attempt with a time limit for part of a deadlock; it is not, it ends by itself. */
    private List<Long> deadlocked(List<Seen> seen) {
        var ids = threads.findDeadlockedThreads();
        if (ids == null) {
            return List.of();
        }
        var ring = new HashMap<Long, Long>();
        for (var one : seen) {
            if (!one.limited() && one.owner() != -1) {
                ring.put(one.id(), one.owner());
            }
        }
        for (var first : ids) {
            var members = new ArrayList<Long>();
            Long next = first;
            while (next != null && !members.contains(next)) {
                members.add(next);
                next = ring.get(next);
            }
            if (next != null && next == first) {
                return members;
            }
        }
        return List.of();
    }

    private Seen seen(ThreadInfo info, StackTraceElement[] frames, long cpuNs, Map<Lock, String> joined) {
        var lock = lock(info.getLockInfo());
        var owner = info.getLockOwnerId();
        var parked = frames.length > 0 && frames[0].getMethodName().equals("park");
        var inJava = frames.length > 0 && !frames[0].isNativeMethod();
        var state = switch (info.getThreadState()) {
            case NEW, RUNNABLE, TERMINATED -> frames.length > 0 && transfersData(frames[0]) ? State.IO : State.RUNNING;
            case BLOCKED -> State.BLOCKED;
            case WAITING, TIMED_WAITING -> {
                if (sleeps(frames)) {
                    yield State.SLEEPING;
                }
                yield parked && lock != null && isExclusive(lock, owner) ? State.BLOCKED : State.WAITING;
            }
        };
        var holds = new ArrayList<Lock>();
        for (var monitor : info.getLockedMonitors()) {
            var held = lock(monitor);
            // A thread inside Object.wait still stands in the block whose monitor it has given up.
            if (!held.equals(lock) && !holds.contains(held) && isLearners(monitor.getLockedStackFrame())) {
                holds.add(held);
            }
        }
        for (var synchronizer : info.getLockedSynchronizers()) {
            var held = lock(synchronizer);
            if (held.ofConcurrentPackage() && !holds.contains(held)) {
                holds.add(held);
            }
        }
        var learners = learnersFrame(frames);
        var what = "";
        if (state == State.WAITING || state == State.IO) {
            what = lock != null
                            && joined.containsKey(lock)
                            && calledFrom(frames, learners).endsWith(".join")
                    ? joined.get(lock)
                    : calledFrom(frames, learners);
        }
        return new Seen(
                info.getThreadId(),
                info.getThreadName(),
                state,
                state == State.BLOCKED ? lock : null,
                state == State.BLOCKED ? owner : -1,
                info.getThreadState() == Thread.State.TIMED_WAITING,
                holds,
                what,
                learners < 0 ? "" : place(frames[learners]),
                cpuNs,
                info.getBlockedCount() + info.getWaitedCount(),
                inJava);
    }

    /** Whoever has a lock that somebody else needs holds it, whether or not the JVM was asked to walk the heap, and whoever's code took it. */
    private static List<Seen> withHolds(List<Seen> seen) {
        var owned = new HashMap<Long, Set<Lock>>();
        for (var one : seen) {
            if (one.lock() != null && one.owner() != -1) {
                owned.computeIfAbsent(one.owner(), id -> new HashSet<>()).add(one.lock());
            }
        }
        var complete = new ArrayList<Seen>();
        for (var one : seen) {
            var holds = new ArrayList<>(one.holds());
            for (var lock : owned.getOrDefault(one.id(), Set.of())) {
                if (!holds.contains(lock)) {
                    holds.add(lock);
                }
            }
            complete.add(new Seen(
                    one.id(),
                    one.name(),
                    one.state(),
                    one.lock(),
                    one.owner(),
                    one.limited(),
                    List.copyOf(holds),
                    one.what(),
                    one.place(),
                    one.cpuNs(),
                    one.pauses(),
                    one.inJava()));
        }
        return complete;
    }

    private static Lock lock(LockInfo info) {
        return info == null ? null : new Lock(info.getClassName(), info.getIdentityHashCode());
    }

    private static boolean isExclusive(Lock lock, long owner) {
        return owner != -1 || lock.className().startsWith("java.util.concurrent.locks.Reentrant");
    }

    private static boolean sleeps(StackTraceElement[] frames) {
        for (var i = 0; i < Math.min(frames.length, FRAMES_OF_SLEEP); i++) {
            if (frames[i].getClassName().equals("java.lang.Thread")
                    && frames[i].getMethodName().startsWith("sleep")) {
                return true;
            }
        }
        return false;
    }

    private static boolean transfersData(StackTraceElement frame) {
        var name = frame.getClassName();
        return frame.isNativeMethod()
                && (name.startsWith("java.io.")
                        || name.startsWith("sun.nio.")
                        || name.startsWith("java.net.")
                        || name.startsWith("sun.net."));
    }

    private static boolean isLearners(StackTraceElement frame) {
        var module = frame == null ? "java.base" : frame.getModuleName();
        return module == null || !module.startsWith("java.") && !module.startsWith("jdk.");
    }

    /** Index of the frame that is the learner's line: the topmost of a cell, else the topmost outside the JDK; -1 when there is none. */
    private static int learnersFrame(StackTraceElement[] frames) {
        var outside = -1;
        for (var i = 0; i < frames.length; i++) {
            var file = frames[i].getFileName();
            if (file != null && file.startsWith("cell ")) {
                return i;
            }
            if (outside < 0 && isLearners(frames[i])) {
                outside = i;
            }
        }
        return outside;
    }

    /** The method that the learner's line called, as {@code Class.method}. */
    private static String calledFrom(StackTraceElement[] frames, int learners) {
        var index = (learners < 0 ? frames.length : learners) - 1;
        if (index < 0) {
            return "";
        }
        if (learners < 0) {
            for (var frame : frames) {
                if (frame.getMethodName().equals("getTask")) {
                    return "ThreadPoolExecutor.getTask";
                }
            }
            index = Math.min(index, 2);
        }
        var name = frames[index].getClassName();
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1) + "."
                + frames[index].getMethodName();
    }

    private static String place(StackTraceElement frame) {
        var file = frame.getFileName() == null ? frame.getClassName() : frame.getFileName();
        return frame.getLineNumber() > 0 ? file + ":" + frame.getLineNumber() : file;
    }

    /** Platform threads that are alive and not the JVM's own. */
    private List<Thread> alive() {
        var all = new Thread[system.activeCount() + 16];
        for (var count = system.enumerate(all); ; count = system.enumerate(all)) {
            if (count < all.length) {
                var ours = new ArrayList<Thread>(count);
                for (var i = 0; i < count; i++) {
                    met.add(all[i].threadId());
                    if (isLearners(all[i])) {
                        ours.add(all[i]);
                    }
                }
                return ours;
            }
            all = new Thread[all.length * 2];
        }
    }

    /** Whether a thread is one that code outside the JVM started. */
    private boolean isLearners(Thread thread) {
        var type = thread.getClass().getName();
        return isLearners(thread.getThreadGroup(), thread.getName())
                && !type.startsWith("jdk.")
                && !type.equals("java.util.concurrent.DelayScheduler");
    }

    private boolean isLearners(ThreadGroup group, String name) {
        if (group == null || group == system || !isLearnersName(name)) {
            return false;
        }
        while (group.getParent() != system) {
            group = group.getParent();
        }
        return isLearnersGroup(group.getName());
    }

    /** Whether the learner's threads live below that child of the JVM's group: those that a virtual thread starts go to a group of their own. */
    static boolean isLearnersGroup(String name) {
        return name.equals("main") || name.equals("VirtualThreads");
    }

    /** Whether a thread of that name, and not of the JVM's group, may be the learner's. */
    static boolean isLearnersName(String name) {
        return !name.startsWith("heddle-")
                && !name.equals("DestroyJavaVM")
                && !name.endsWith("DelayScheduler")
                && !name.endsWith("-delayScheduler");
    }

    /** The group in which the JVM keeps its own threads, and we ours. */
    static ThreadGroup systemGroup() {
        var group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }
}
