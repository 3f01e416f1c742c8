package heddle.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The children of this process: those that run, a small reserve of started JVMs that wait for a task, and the {@link Door} they all
 * came through. The one place with static mutable state: there is one of it, as there is one of this process.
 */
final class Nursery {
    private static final Nursery THE_ONE = new Nursery();

    /** The reserve is refilled when nothing was started for this long: not in the middle of somebody's loop. */
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(60);

    private static final long TRAINING_QUIET_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TRAINING_S = 60;
    /** A JVM that is not ready by then has hung; the reserve gives up on it. */
    private static final long READY_S = 30;
    /** What a child may take for its own end when this process ends. */
    private static final long LAST_WORDS_S = 5;

    private static final Duration LOOK_FOR_SIGNAL = Duration.ofMillis(100);

    // all guarded by this
    private Door door;
    private final Set<ChildJvm> launched = new LinkedHashSet<>();
    private final List<ChildJvm> reserve = new ArrayList<>();
    private final Set<ChildJvm> running = new LinkedHashSet<>();
    private int launching;
    private boolean keepsReserve;
    private boolean swept;
    private boolean ending;
    private long lastStartNs;
    private Thread filler;
    private CompletableFuture<Void> filled = new CompletableFuture<>();
    /** What the last task needed, and the rehearsal for those of its kind. */
    private List<String> types = List.of();

    private byte[] rehearsal;
    private Thread trainer;
    private final List<ChildJvm> training = new ArrayList<>();
    private final CompletableFuture<Void> trained = new CompletableFuture<>();

    private final Object hooking = new Object();
    /** Guarded by hooking. */
    private boolean hooked;

    private volatile ProcessObserver observer = new ProcessObserver() {};

    private Nursery() {}

    void observe(ProcessObserver observer) {
        this.observer = Objects.requireNonNull(observer, "the observer must not be null");
    }

    ProcessObserver observer() {
        return observer;
    }

    static Nursery get() {
        return THE_ONE;
    }

    /**
     * @param more JVM options for this child alone; such a child is launched fresh
     * @throws IllegalArgumentException if something that the child's task needs cannot travel
     * @throws UncheckedIOException if the system refuses another process
     */
    ChildJvm start(ChildProcess child, List<String> more) {
        var member = Member.enter(child.name());
        try {
            return start(child, member, more);
        } catch (Throwable e) {
            member.bury(0);
            throw e;
        }
    }

    private ChildJvm start(ChildProcess child, Member member, List<String> more) {
        try {
            var packed = Parcel.of(child, member.identity(child.identity()));
            while (true) {
                var idle = more.isEmpty() ? claim() : null;
                var use = packed.isSimple() ? Launcher.Use.SIMPLE_TASK : Launcher.Use.TASK;
                var jvm = idle != null ? idle : launch(use, more, null, running);
                try {
                    jvm.be(child, member, packed);
                } catch (IOException e) {
                    // an idle one that has just died; a fresh one is not connected yet and cannot fail so
                    gone(jvm);
                    jvm.dismiss();
                    if (idle == null) {
                        throw e;
                    }
                    continue;
                }
                started(packed.types());
                return jvm;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + child.name() + ": " + firstLine(e), e);
        }
    }

    /** The JDK goes on for a page about what may have kept the system from launching a process. */
    private static String firstLine(IOException e) {
        var message = String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse(message).strip();
    }

    List<ChildProcess> running() {
        List<ChildJvm> all;
        synchronized (this) {
            all = List.copyOf(running);
        }
        return all.stream()
                .filter(jvm -> jvm.child() != null && jvm.process().isAlive())
                .map(ChildJvm::child)
                .toList();
    }

    /** Makes the cache and fills the reserve now; completed when both are there. */
    synchronized CompletableFuture<Void> prepare() {
        if (ending || Settings.reserve() == 0) {
            return CompletableFuture.completedFuture(null);
        }
        lastStartNs = System.nanoTime() - TRAINING_QUIET_NS;
        keepsReserve = true;
        fill();
        notifyAll();
        return CompletableFuture.allOf(filled, trained);
    }

    /** Ends the idle JVMs and waits for that; the next start begins a new reserve. */
    void release() {
        List<ChildJvm> idle;
        Thread filling;
        synchronized (this) {
            keepsReserve = false;
            idle = List.copyOf(reserve);
            reserve.clear();
            filling = filler;
            filler = null;
            notifyAll();
        }
        try {
            if (filling != null) {
                filling.interrupt();
                filling.join(TimeUnit.SECONDS.toMillis(LAST_WORDS_S));
            }
            for (var jvm : idle) {
                jvm.dismiss();
            }
            for (var jvm : idle) {
                jvm.process().waitFor(LAST_WORDS_S, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        idle.forEach(this::gone);
        closeIfEmpty();
    }

    // ---- launching

    /** @param role whom it joins, in the same step in which it ceases to be launched: with nobody in sight the directory would be removed under it */
    private ChildJvm launch(Launcher.Use use, List<String> more, byte[] rehearsal, Collection<ChildJvm> role)
            throws IOException {
        var jvm = new ChildJvm(this::gone);
        jvm.rehearse(rehearsal);
        Door door;
        synchronized (this) {
            door = door();
            launched.add(jvm);
            launching++;
        }
        try {
            jvm.launch(door.options(use), more, door.address(), rehearsal != null);
            launched(jvm, role);
            observer.launched(jvm.process().toHandle());
            return jvm;
        } catch (IOException | RuntimeException e) {
            launched(jvm, null);
            gone(jvm);
            throw e;
        }
    }

    private synchronized void launched(ChildJvm jvm, Collection<ChildJvm> role) {
        launching--;
        if (role != null) {
            role.add(jvm);
        }
        notifyAll();
    }

    /** Sees that nothing of ours outlives this process. Takes no lock of the nursery's: {@link Tree} asks for it, which the nursery uses. */
    void hook() {
        synchronized (hooking) {
            if (!hooked) {
                try {
                    Runtime.getRuntime().addShutdownHook(new Thread(null, this::end, "heddle-end", 0, false));
                } catch (IllegalStateException e) {
                    throw new IllegalStateException("this process is ending and starts no more children", e);
                }
                hooked = true;
            }
        }
    }

    /** Guarded by this. */
    private Door door() throws IOException {
        if (ending) {
            throw new IllegalStateException("this process is ending and starts no more children");
        }
        hook();
        if (door == null) {
            var options = Launcher.options();
            door = new Door(options, this::welcome);
            Tree.use();
            var missing =
                    options.caches().stream().filter(cache -> !cache.exists()).toList();
            if (!Self.isMain() || missing.isEmpty()) {
                if (Self.isMain()) {
                    options.caches().forEach(AotCache::used);
                }
                trained.complete(null);
            } else if (trainer == null) {
                trainer = Threads.start("heddle-cache", () -> train(missing));
            }
            if (!swept && Self.isMain()) {
                swept = true;
                Threads.start("heddle-sweep", Nursery::sweep);
            }
        }
        return door;
    }

    /** Removes what processes left that crashed. */
    static void sweep() {
        RuntimeDirectory.sweep(RuntimeDirectory.temporary());
        try {
            RuntimeDirectory.sweep(Tree.base());
        } catch (IOException e) {
            // then nothing was left there either
        }
    }

    private void welcome(Wire wire) {
        var kept = false;
        try {
            if (!(wire.receive(Wire.SECRET_LENGTH) instanceof Message(var kind, var secret))) {
                return;
            }
            ChildJvm known = null;
            synchronized (this) {
                for (var jvm : launched) {
                    if (jvm.isKnownBy(secret)) {
                        known = jvm;
                    }
                }
            }
            if (known != null && kind == Message.Kind.IDLE) {
                kept = true;
                known.serve(wire);
            } else if (known != null && kind == Message.Kind.HELLO) {
                known.answer(wire);
            }
        } catch (IOException | IllegalArgumentException e) {
            // a stranger, or a child that died early
        } finally {
            if (!kept) {
                wire.close();
            }
        }
    }

    private void gone(ChildJvm jvm) {
        synchronized (this) {
            launched.remove(jvm);
            reserve.remove(jvm);
            running.remove(jvm);
            training.remove(jvm);
        }
        closeIfEmpty();
    }

    /** Holds the lock while it removes the directory, so that the end of this process waits for that. */
    private synchronized void closeIfEmpty() {
        if (door == null
                || keepsReserve
                || launching > 0
                || !training.isEmpty()
                || !running.isEmpty()
                || !reserve.isEmpty()) {
            return;
        }
        try {
            door.close();
        } catch (IOException e) {
            // the sweep of a later process removes what is left
        } finally {
            door = null;
            Tree.release();
        }
    }

    // ---- the reserve

    private synchronized ChildJvm claim() {
        ChildJvm best = null;
        for (var jvm : reserve) {
            if (jvm.process().isAlive()
                    && (best == null || jvm.ready().isDone() && !best.ready().isDone())) {
                best = jvm;
            }
        }
        if (best != null) {
            reserve.remove(best);
            running.add(best);
            best.ready().complete(null); // or else who fills the reserve would take its end for a failure
        }
        return best;
    }

    private synchronized void started(List<String> needed) {
        if (!needed.equals(types)) {
            types = needed;
            rehearsal = null;
        }
        lastStartNs = System.nanoTime();
        keepsReserve = Settings.reserve() > 0 || !Self.isMain();
        fill();
    }

    /** Guarded by this. */
    private void fill() {
        if (reserve.size() >= Settings.reserve()) {
            filled.complete(null);
            return;
        }
        if (filled.isDone()) {
            filled = new CompletableFuture<>();
        }
        if (filler == null) {
            filler = Threads.start("heddle-reserve", this::keepFilled);
        } else {
            notifyAll();
        }
    }

    private void keepFilled() {
        try {
            while (awaitQuiet()) {
                var jvm = launch(Launcher.Use.TASK, List.of(), rehearsal(), reserve);
                if (isReleased(jvm)) {
                    jvm.dismiss();
                    jvm.process().onExit().join();
                    gone(jvm);
                    return;
                }
                jvm.ready().get(READY_S, TimeUnit.SECONDS);
            }
        } catch (IOException | ExecutionException | TimeoutException | RuntimeException e) {
            synchronized (this) {
                if (filler == Thread.currentThread()) {
                    filler = null;
                    filled.completeExceptionally(e);
                }
            }
        } catch (InterruptedException e) {
            // released
        }
        closeIfEmpty();
    }

    /** Whether the reserve was given up while this JVM of it was being launched. */
    private synchronized boolean isReleased(ChildJvm jvm) {
        return filler != Thread.currentThread() && reserve.remove(jvm);
    }

    /** Whether one more is to be launched, now. */
    private synchronized boolean awaitQuiet() throws InterruptedException {
        while (filler == Thread.currentThread() && !ending) {
            if (reserve.size() >= Settings.reserve()) {
                filler = null;
                filled.complete(null);
                return false;
            }
            var waitNs = lastStartNs + QUIET_NS - System.nanoTime();
            if (waitNs <= 0) {
                return true;
            }
            TimeUnit.NANOSECONDS.timedWait(this, waitNs);
        }
        return false;
    }

    private synchronized byte[] rehearsal() {
        if (rehearsal == null) {
            rehearsal = Rehearsal.ofTheReserve(types).bytes();
        }
        return rehearsal;
    }

    // ---- the caches

    /** Has children make the caches that this process's later children and all later processes use. */
    private void train(List<AotCache> caches) {
        try {
            for (var cache : caches) {
                awaitTraining();
                train(cache);
            }
        } catch (InterruptedException e) {
            // nobody does
        } finally {
            trained.complete(null);
            closeIfEmpty();
        }
    }

    /** Not in the middle of somebody's first example. */
    private synchronized void awaitTraining() throws InterruptedException {
        for (var waitNs = 1L; waitNs > 0; waitNs = lastStartNs + TRAINING_QUIET_NS - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, waitNs);
        }
    }

    private void train(AotCache cache) {
        ChildJvm jvm = null;
        Path made = null;
        try {
            synchronized (this) {
                if (ending) {
                    return;
                }
            }
            made = cache.beginTraining();
            if (made == null) {
                return;
            }
            jvm = launch(Launcher.Use.TRAINING, cache.trainingOptions(made), null, training);
            jvm.train(cache.isSimple() ? Rehearsal.ofTheSimpleCache() : Rehearsal.ofTheCache());
            jvm.ended().get(TRAINING_S, TimeUnit.SECONDS);
        } catch (IOException | ExecutionException | TimeoutException | InterruptedException | IllegalStateException e) {
            // then there is no cache; children start all the same
        } finally {
            if (jvm != null) {
                jvm.signal(true);
            }
            if (made != null) {
                cache.endTraining(made);
            }
            synchronized (this) {
                training.remove(jvm);
                if (door != null && cache.exists()) {
                    try {
                        door.options(Launcher.options());
                    } catch (IOException e) {
                        // the options as they are serve too
                    }
                }
            }
        }
    }

    // ---- the end of this process

    /**
     * The shutdown hook: daemon children are ended first, then the others are waited for. When a signal ends this process nobody waits: the
     * others are ended too, also by one that comes while they are waited for.
     */
    private void end() {
        List<ChildJvm> all;
        List<ChildJvm> broken;
        synchronized (this) {
            ending = true;
            notifyAll();
            awaitLaunched();
            all = List.copyOf(running);
            broken = List.copyOf(training);
        }
        broken.forEach(jvm -> jvm.signal(true));
        release();
        var signalled = isSignalled();
        try {
            terminate(all.stream()
                    .filter(jvm ->
                            signalled || jvm.child() == null || jvm.child().isDaemon())
                    .toList());
            for (var jvm : all) {
                do { // nobody tells a process that is ending already of a signal
                    if (isSignalled()) {
                        terminate(all);
                    }
                } while (!jvm.join(LOOK_FOR_SIGNAL));
            }
        } catch (InterruptedException e) {
            // then nothing is left to wait for
        }
        synchronized (this) {
            running.clear();
            reserve.clear();
            keepsReserve = false;
        }
        closeIfEmpty();
        Tree.end();
    }

    private static void terminate(List<ChildJvm> all) throws InterruptedException {
        all.forEach(jvm -> jvm.signal(false));
        var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LAST_WORDS_S);
        for (var jvm : all) {
            if (!jvm.process().waitFor(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                jvm.signal(true);
            }
        }
    }

    /** Guarded by this. What another thread is about to start is a child like the others. */
    private void awaitLaunched() {
        var deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LAST_WORDS_S);
        try {
            for (var waitNs = 1L; launching > 0 && waitNs > 0; waitNs = deadlineNs - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, waitNs);
            }
        } catch (InterruptedException e) {
            // then that one learns by itself that its parent has ended
        }
    }

    /** Whether the JVM is going down because of SIGTERM, SIGINT or SIGHUP: their handler then waits for the hooks. */
    private static boolean isSignalled() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().startsWith("SIG"))
                .flatMap(entry -> List.of(entry.getValue()).stream())
                .anyMatch(frame -> frame.getClassName().startsWith("java.lang.Terminator"));
    }
}
