package heddle.lessons;

import heddle.notebook.Cell;
import heddle.notebook.extension.CellStopper;
import heddle.processes.ChildProcess;
import heddle.processes.ProcessObserver;
import heddle.processes.ProcessPool;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lets Stop find the processes of {@code heddle.processes} that a cell has started. */
final class CellProcesses implements ProcessObserver, CellStopper {

    /** Those that are not at their end, and which cell made each. Guarded by itself. */
    private final Map<ProcessPool, Cell> pools = new HashMap<>();

    @Override
    public void launched(ProcessHandle jvm) {
        CellStopper.belongsToNobody(jvm, null); // it may be for the reserve, or a worker
    }

    @Override
    public void startedWorker(ChildProcess worker) {
        CellStopper.belongsToNobody(worker.toHandle(), worker.name());
    }

    @Override
    public void started(ChildProcess child) {
        CellStopper.belongs(child.toHandle(), child.name());
    }

    @Override
    public void made(ProcessPool pool) {
        synchronized (pools) {
            pools.put(pool, Cell.current());
        }
    }

    private List<ProcessPool> pools() {
        synchronized (pools) {
            pools.keySet().removeIf(ProcessPool::isTerminated);
            return List.copyOf(pools.keySet());
        }
    }

    private Cell maker(ProcessPool pool) {
        synchronized (pools) {
            return pools.get(pool);
        }
    }

    @Override
    public int stop(Cell cell, boolean itself) {
        int cancelled = 0;
        for (var pool : pools()) {
            cancelled += pool.cancelIf(() -> Cell.current() == cell);
            if (itself && maker(pool) == cell) {
                pool.terminate();
            }
        }
        return cancelled;
    }

    @Override
    public boolean isRunning(Cell cell) {
        var found = new AtomicBoolean();
        for (var pool : pools()) {
            pool.cancelIf(() -> {
                if (Cell.current() == cell) {
                    found.set(true);
                }
                return false;
            });
        }
        return found.get();
    }
}
