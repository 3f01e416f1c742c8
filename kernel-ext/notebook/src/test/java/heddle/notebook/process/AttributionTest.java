package heddle.notebook.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import heddle.notebook.channel.Frame;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every line belongs to the cell that started the work. */
class AttributionTest {

    private static NotebookUnderTest notebook;
    private static int lastCell;

    @BeforeAll
    static void start() throws Exception {
        notebook = NotebookUnderTest.start();
        notebook.run(++lastCell, """
                public static class Say implements Runnable, Callable<String> {
                    public void run() { System.out.println("said"); }
                    public String call() { run(); return "done"; } }
                public static class Fork extends RecursiveAction {
                    final int depth; Fork(int depth) { this.depth = depth; }
                    protected void compute() { System.out.println("fork " + depth); if (depth > 0) invokeAll(new Fork(depth - 1), new Fork(depth - 1)); } }
                """, "");
    }

    @AfterAll
    static void stop() throws Exception {
        notebook.close();
    }

    static Arguments work(String name, String declarations, String made, String used, String... lines) {
        return Arguments.of(name, declarations, made, used, List.of(lines));
    }

    static Stream<Arguments> workOfALaterCell() {
        return Stream.of(
                work("main", "", "", "new Say().run();", "said"),
                work("new thread", "", "", "var t = new Thread(new Say()); t.start(); t.join();", "said"),
                work(
                        "thread made before, started now",
                        "public static Thread #t = new Thread(new Say());",
                        "",
                        "#t.start(); #t.join();",
                        "said"),
                work("virtual thread", "", "", "Thread.startVirtualThread(new Say()).join();", "said"),
                work(
                        "virtual thread made before",
                        "public static Thread #t = Thread.ofVirtual().unstarted(new Say());",
                        "",
                        "#t.start(); #t.join();",
                        "said"),
                work(
                        "thread without inheritance",
                        "",
                        "",
                        "Thread.ofPlatform().inheritInheritableThreadLocals(false).start(new Say()).join();",
                        "said"),
                work(
                        "thread of a thread",
                        "",
                        "",
                        "Thread.ofPlatform().start(() -> { try { Thread.startVirtualThread(new Say()).join(); } catch (InterruptedException e) { throw new AssertionError(e); } }).join();",
                        "said"),
                work(
                        "fixed pool, submit",
                        "public static ExecutorService #e = Executors.newFixedThreadPool(1);",
                        "#e.submit(() -> {}).get();",
                        "#e.submit((Runnable) new Say()).get(); #e.submit((Callable<String>) new Say()).get();",
                        "said",
                        "said"),
                work(
                        "fixed pool, execute",
                        "public static ExecutorService #e = Executors.newFixedThreadPool(1);",
                        "#e.execute(() -> {}); #e.submit(() -> {}).get();",
                        "#e.execute(new Say()); #e.submit(() -> {}).get();",
                        "said"),
                work(
                        "cached pool, invokeAll",
                        "public static ExecutorService #e = Executors.newCachedThreadPool();",
                        "#e.submit(() -> {}).get();",
                        "for (var f : #e.invokeAll(List.of(new Say(), new Say()))) f.get();",
                        "said",
                        "said"),
                work(
                        "single thread executor",
                        "public static ExecutorService #e = Executors.newSingleThreadExecutor();",
                        "#e.submit(() -> {}).get();",
                        "#e.execute(new Say()); #e.submit(() -> {}).get();",
                        "said"),
                work(
                        "task that another's thread executes, as ProcessPool lets a worker's lines be printed",
                        "public static BlockingQueue<ForkJoinTask<?>> #q = new LinkedBlockingQueue<>();",
                        "Thread.ofPlatform().daemon().start(() -> { try { while (true) { var f = #q.take(); f.reinitialize(); f.invoke(); } } catch (InterruptedException e) { throw new AssertionError(e); } });",
                        "var l = new CountDownLatch(1); #q.add(new RecursiveAction() { protected void compute() { new Say().run(); l.countDown(); } }); l.await();",
                        "said"),
                work(
                        "scheduled",
                        "public static ScheduledExecutorService #e = Executors.newScheduledThreadPool(1);",
                        "#e.submit(() -> {}).get();",
                        "#e.schedule((Runnable) new Say(), 1, TimeUnit.MILLISECONDS).get(); #e.execute(new Say()); #e.submit(() -> {}).get();",
                        "said",
                        "said"),
                work(
                        "scheduled at a fixed rate",
                        "public static ScheduledExecutorService #e = Executors.newScheduledThreadPool(1);",
                        "#e.submit(() -> {}).get();",
                        "var three = new CountDownLatch(3); var f = #e.scheduleAtFixedRate(() -> { if (three.getCount() > 0) new Say().run(); three.countDown(); }, 0, 1, TimeUnit.MILLISECONDS); three.await(); f.cancel(false);",
                        "said",
                        "said",
                        "said"),
                work(
                        "virtual thread per task",
                        "public static ExecutorService #e = Executors.newVirtualThreadPerTaskExecutor();",
                        "#e.submit(() -> {}).get();",
                        "#e.submit((Runnable) new Say()).get(); var l = new CountDownLatch(1); #e.execute(() -> { new Say().run(); l.countDown(); }); l.await();",
                        "said",
                        "said"),
                work(
                        "common pool",
                        "",
                        "ForkJoinPool.commonPool().submit(() -> {}).get();",
                        "ForkJoinPool.commonPool().submit((Runnable) new Say()).get(); var l = new CountDownLatch(1); ForkJoinPool.commonPool().execute(() -> { new Say().run(); l.countDown(); }); l.await();",
                        "said",
                        "said"),
                work(
                        "fork and join, task made before",
                        "public static Fork #f = new Fork(2); public static ForkJoinPool #p = new ForkJoinPool(3);",
                        "#p.submit(() -> {}).get();",
                        "#p.invoke(#f);",
                        "fork 0",
                        "fork 0",
                        "fork 0",
                        "fork 0",
                        "fork 1",
                        "fork 1",
                        "fork 2"),
                work(
                        "work stealing pool",
                        "public static ExecutorService #e = Executors.newWorkStealingPool();",
                        "#e.submit(() -> {}).get();",
                        "#e.submit((Callable<String>) new Say()).get();",
                        "said"),
                work(
                        "pool with delays",
                        "",
                        "",
                        "ForkJoinPool.commonPool().schedule((Runnable) new Say(), 1, TimeUnit.MILLISECONDS).get();",
                        "said"),
                work(
                        "parallel stream",
                        "",
                        "IntStream.range(0, 64).parallel().forEach(i -> {});",
                        "IntStream.range(0, 4).parallel().forEach(i -> System.out.println(i));",
                        "0",
                        "1",
                        "2",
                        "3"),
                work(
                        "async chain",
                        "",
                        "CompletableFuture.runAsync(() -> {}).get();",
                        "CompletableFuture.supplyAsync(() -> { new Say().run(); return 1; }).thenApplyAsync(x -> { new Say().run(); return 2; }).thenAccept(x -> new Say().run()).whenCompleteAsync((x, e) -> new Say().run()).get();",
                        "said",
                        "said",
                        "said",
                        "said"),
                work(
                        "async on an executor of another cell",
                        "public static ExecutorService #e = Executors.newFixedThreadPool(1);",
                        "#e.submit(() -> {}).get();",
                        "CompletableFuture.runAsync(new Say(), #e).thenRunAsync(new Say(), #e).get();",
                        "said",
                        "said"),
                work(
                        "delayed executor",
                        "",
                        "",
                        "CompletableFuture.runAsync(new Say(), CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS)).get();",
                        "said"),
                work(
                        "timer",
                        "public static java.util.Timer #t = new java.util.Timer(true);",
                        "",
                        "var l = new CountDownLatch(2); #t.schedule(new TimerTask() { public void run() { if (l.getCount() > 0) new Say().run(); l.countDown(); } }, 0, 1); l.await();",
                        "said",
                        "said"),
                work(
                        "completion service",
                        "public static ExecutorService #e = Executors.newFixedThreadPool(1);",
                        "#e.submit(() -> {}).get();",
                        "var s = new ExecutorCompletionService<String>(#e); s.submit((Callable<String>) new Say()); s.take().get();",
                        "said"),
                work(
                        "structured by try",
                        "",
                        "",
                        "try (var e = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) { e.submit((Runnable) new Say()); }",
                        "said"),
                work(
                        "hand-made worker, bound",
                        "public static BlockingQueue<Runnable> #q = new LinkedBlockingQueue<>();",
                        "Thread.ofVirtual().start(() -> { try { while (true) #q.take().run(); } catch (InterruptedException e) {} });",
                        "var l = new CountDownLatch(1); #q.put(Cell.bind(() -> { new Say().run(); l.countDown(); })); l.await();",
                        "said"));
    }

    /** Made in one cell, used in the next: all output stands under the one that used it, and in no other. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("workOfALaterCell")
    void workBelongsToTheCellThatSubmittedIt(
            String name, String declarations, String made, String used, List<String> lines) throws Exception {
        int making = ++lastCell;
        int using = ++lastCell;
        notebook.run(making, declarations.replace("#", "v" + making + "_"), made.replace("#", "v" + making + "_"));
        notebook.run(using, "", used.replace("#", "v" + making + "_"));
        assertEquals("", notebook.out(making));
        assertEquals("", notebook.err(making) + notebook.err(using));
        assertEquals(lines, notebook.out(using).lines().sorted().toList());
    }

    @Test
    void oneRunnableSubmittedByTwoCellsSpeaksForEach() throws Exception {
        int first = ++lastCell;
        int second = ++lastCell;
        notebook.run(
                first,
                "public static CountDownLatch gate = new CountDownLatch(1); public static Say same = new Say(); public static ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());",
                "one.execute(() -> { try { gate.await(); } catch (InterruptedException e) {} }); one.execute(same);");
        notebook.run(second, "", """
                one.execute(same); one.execute(same);
                if (one.getQueue().stream().filter(r -> r == same).count() != 3) throw new AssertionError("queue");
                one.execute(new Say());
                var removed = new Say(); one.execute(removed); if (!one.remove(removed)) throw new AssertionError("remove");
                gate.countDown(); one.submit(() -> {}).get();
                """);
        assertEquals("said\nsaid\nsaid\n", notebook.out(second));
        assertEquals("said\n", notebook.out(first));
    }

    @Test
    void anExecutorsHooksSeeTheTaskItselfAndSpeakForItsCell() throws Exception {
        int first = ++lastCell;
        int second = ++lastCell;
        notebook.run(first, """
                public static Runnable seen;
                public static ThreadPoolExecutor hooked = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
                    protected void beforeExecute(Thread t, Runnable r) { seen = r; System.out.println("before"); }
                    protected void afterExecute(Runnable r, Throwable t) { System.out.println("after"); } };
                """, "hooked.submit(() -> {}).get();");
        notebook.run(second, "", """
                var mine = new Say(); hooked.execute(mine); hooked.shutdown(); hooked.awaitTermination(10, TimeUnit.SECONDS);
                if (seen != mine) throw new AssertionError(seen);
                """);
        assertEquals("before\nsaid\nafter\n", notebook.out(second));
        assertEquals("before\nafter\n", notebook.out(first));
    }

    @Test
    void aStageBelongsToTheCellThatDeclaredItWhoeverCompletesIt() throws Exception {
        int declares = ++lastCell;
        int completes = ++lastCell;
        notebook.run(
                declares,
                "public static CompletableFuture<String> promise = new CompletableFuture<>(); public static CompletableFuture<Void> both;",
                "var a = promise.thenAccept(x -> System.out.println(\"sync \" + x)); var b = promise.thenAcceptAsync(x -> System.out.println(\"async \" + x)); both = CompletableFuture.allOf(a, b);");
        notebook.run(completes, "", "promise.complete(\"x\"); both.get();");
        assertEquals("", notebook.out(completes));
        assertEquals(
                List.of("async x", "sync x"),
                notebook.out(declares).lines().sorted().toList());
    }

    @Test
    void lateOutputGoesToItsOwnCellWhileAnotherRuns() throws Exception {
        int late = ++lastCell;
        int running = ++lastCell;
        notebook.run(
                late,
                "public static Semaphore ask = new Semaphore(0), asked = new Semaphore(0);",
                "Thread.ofPlatform().daemon().start(() -> { try { for (int i = 0; i < 3; i++) { ask.acquire(); System.out.println(\"late \" + i); Thread.startVirtualThread(() -> System.err.println(\"child\")).join(); asked.release(); } } catch (InterruptedException e) {} });");
        notebook.run(
                running,
                "",
                "for (int i = 0; i < 3; i++) { System.out.println(\"running \" + i); ask.release(); asked.acquire(); }");
        assertEquals("running 0\nrunning 1\nrunning 2\n", notebook.out(running));
        assertEquals("late 0\nlate 1\nlate 2\n", notebook.out(late));
        assertEquals("child\nchild\nchild\n", notebook.err(late));
    }

    @Test
    void whereNothingIsInheritedTheOutermostCellOnTheStackCounts() throws Exception {
        int declares = ++lastCell;
        int running = ++lastCell;
        notebook.run(
                declares, "public static class Dropped { public void say() { System.out.println(\"dropped\"); } }", "");
        notebook.run(
                running,
                "",
                "Cell.run(null, () -> new Dropped().say()); var t = new Thread[1]; Cell.run(null, () -> t[0] = Thread.ofPlatform().start(new Dropped()::say)); t[0].join();");
        assertEquals("dropped\n", notebook.out(running));
        assertEquals("dropped\n", notebook.out(declares));
    }

    @Test
    void aCellCanBeNamed() throws Exception {
        int named = ++lastCell;
        int running = ++lastCell;
        notebook.run(named, "public static Cell remembered = Cell.current();", "remembered = Cell.current();");
        notebook.run(
                running,
                "",
                "Cell.run(remembered, () -> System.out.println(Cell.current())); System.out.println(Cell.call(remembered, () -> Cell.current().number())); System.out.println(Cell.current());");
        assertEquals("cell " + named + "\n", notebook.out(named));
        assertEquals(named + "\ncell " + running + "\n", notebook.out(running));
    }

    @Test
    void noFrameOfOursShowsInAStackTrace() throws Exception {
        int cell = ++lastCell;
        notebook.run(cell, "", """
                Runnable trace = () -> { for (var f : new Throwable().getStackTrace()) System.out.println(f); };
                try (var e = Executors.newFixedThreadPool(1)) { e.execute(trace); e.submit(trace); }
                CompletableFuture.runAsync(trace).thenRun(trace).thenRunAsync(trace).get();
                ForkJoinPool.commonPool().submit(trace).get();
                """);
        assertFalse(notebook.out(cell).toLowerCase(java.util.Locale.ROOT).contains("heddle$"), notebook.out(cell));
        assertFalse(notebook.out(cell).contains("HeddleCells"), notebook.out(cell));
        assertEquals(
                6,
                notebook.out(cell)
                        .lines()
                        .filter(l -> l.contains("(cell " + cell + ":1)"))
                        .count());
    }

    @Test
    void noDemonOfOursIsAmongTheLearnersThreads() throws Exception {
        int cell = ++lastCell;
        var end = notebook.cell(
                cell,
                "",
                "var g = Thread.currentThread().getThreadGroup(); var ts = new Thread[1000]; int n = g.enumerate(ts); String found = \"\"; for (int i = 0; i < n; i++) if (ts[i].getName().startsWith(\"heddle\")) found += ts[i]; return Thread.currentThread().getName() + found;");
        assertEquals("main", ((Frame.Returned) end).value().data().get("text/plain"));
    }
}
