package heddle.processes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProcessObserverTest {

    @AfterEach
    void nobodyObserves() {
        ProcessObserver.register(new ProcessObserver() {});
        ChildProcess.releaseReserve();
    }

    @Test
    @DisplayName(
            "An observer is told by the thread that starts a child or makes a pool, of workers only that they were launched")
    void isTold() throws Exception {
        var told = Collections.synchronizedList(new ArrayList<String>());
        var launched = Collections.synchronizedList(new ArrayList<Long>());
        ProcessObserver.register(new ProcessObserver() {
            @Override
            public void launched(ProcessHandle jvm) {
                launched.add(jvm.pid());
            }

            @Override
            public void started(ChildProcess child) {
                told.add(Thread.currentThread().getName() + " started " + child.name());
            }

            @Override
            public void made(ProcessPool pool) {
                told.add(Thread.currentThread().getName() + " made a pool");
            }
        });
        var child = new ChildProcess("Anna", () -> {});
        var starter = Thread.ofPlatform().name("starter").start(child::start);
        starter.join();
        child.join();
        try (var pool = new ProcessPool(1)) {
            var worker = pool.apply(() -> ProcessHandle.current().pid());
            assertTrue(launched.containsAll(List.of(child.pid(), worker)), launched.toString());
        }
        assertEquals(List.of("starter started Anna", Thread.currentThread().getName() + " made a pool"), told);
    }

    @Test
    @DisplayName("cancelIf asks once for each task, as a task of its submitter, and cancels waiting and running ones")
    void cancelIf() throws Exception {
        try (var pool = new ProcessPool(1);
                var gate = new ProcessEvent()) {
            var running = pool.submit(() -> {
                gate.set();
                Thread.sleep(1_000_000);
                return 0;
            });
            gate.await();
            var waiting = pool.submit(() -> 1);
            var other = pool.submit(() -> 2);
            var asked = new AtomicInteger();
            assertEquals(2, pool.cancelIf(() -> {
                assertFalse(ForkJoinTask.inForkJoinPool());
                return asked.incrementAndGet() <= 2; // in the order of their ids
            }));
            assertEquals(3, asked.get());
            for (CompletableFuture<?> future : List.of(running, waiting)) {
                assertThrows(CancellationException.class, future::get);
                assertTrue(future.isCancelled());
            }
            assertEquals(2, other.get());
        }
    }
}
