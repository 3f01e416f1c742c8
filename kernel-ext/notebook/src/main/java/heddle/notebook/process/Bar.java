package heddle.notebook.process;

import heddle.notebook.Cell;
import heddle.notebook.Notebook;
import heddle.notebook.channel.SystemThreads;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far a piece of work is. Whoever works only counts; a thread of ours looks at the count some times a second and draws. A bar that begins
 * while another of its thread is open is drawn beneath that one and vanishes when it is done.
 */
public final class Bar {

    /** How a piece of work goes, or went. */
    public enum State {
        RUNNING,
        DONE,
        STOPPED,
        FAILED
    }

    private static final long EVERY_MS = 200;

    /** What is over sooner is drawn once, when it is over. */
    private static final long FIRST_NS = 100_000_000;

    /** When nothing has happened for so long, nothing is drawn until something does. */
    private static final long ASLEEP_NS = 60_000_000_000L;

    private static final ThreadLocal<Bar> INNERMOST = new ThreadLocal<>();

    /** The outermost ones that are open; also the monitor of the thread that draws. */
    private static final Set<Bar> OPEN = new LinkedHashSet<>();

    private static boolean drawing;

    final String title;
    final long total;
    final long beganNs = System.nanoTime();
    private final LongAdder count = new LongAdder();
    private final Bar parent;
    private final Thread owner;

    /** Whether its end is the end of its loop, of which nobody tells when the loop is left. */
    private final boolean isLoop;

    private final LoopPlace place;

    private volatile Bar child;
    private volatile State state = State.RUNNING;
    private volatile long endedNs;

    // Of an outermost one, under its monitor.
    private final Cell cell = Cell.current();
    private String id;
    private boolean over;
    private long countDrawn;
    private long changedNs = beganNs;

    private Bar(String title, long total, boolean isLoop, Thread owner, Bar parent) {
        this.title = title;
        this.owner = owner;
        this.total = total;
        this.isLoop = isLoop;
        this.parent = parent;
        this.place = isLoop && owner == Thread.currentThread() ? LoopPlace.here() : null;
    }

    /** @param total negative when it is not known */
    public static Bar begin(String title, long total, boolean isLoop) {
        return begin(title, total, isLoop, Thread.currentThread());
    }

    /** @param owner with whose end, or whose cell's end, a loop ends at the latest */
    static Bar begin(String title, long total, boolean isLoop, Thread owner) {
        Bar around = null;
        if (owner == Thread.currentThread()) {
            around = INNERMOST.get();
            while (around != null && (around.state != State.RUNNING || around.isLeft())) {
                around.end(State.STOPPED);
                around = around.parent;
            }
        }
        var bar = new Bar(title, total, isLoop, owner, around);
        if (owner == Thread.currentThread()) {
            INNERMOST.set(bar);
        }
        if (around != null) {
            around.child = bar;
        } else if (Screen.output() != null) {
            synchronized (OPEN) {
                OPEN.add(bar);
                if (!drawing) {
                    drawing = true;
                    SystemThreads.thread("progress", Bar::draw).start();
                }
            }
        }
        return bar;
    }

    public void step(long steps) {
        if (child != null) {
            endChild(); // a loop inside this one that was left
        }
        count.add(steps);
    }

    public long count() {
        return count.sum();
    }

    /** Whether all that was to be done is done, as far as anybody knows. */
    public boolean isComplete() {
        return total < 0 || count() >= total;
    }

    public State state() {
        return state;
    }

    long elapsedNs() {
        return (state == State.RUNNING ? System.nanoTime() : endedNs) - beganNs;
    }

    /** Only the first end counts. */
    public void end(State how) {
        synchronized (this) {
            if (state != State.RUNNING) {
                return;
            }
            endedNs = System.nanoTime();
            state = how;
        }
        if (how == State.DONE) {
            endChild();
        } else if (child != null) {
            child.end(how);
        }
        if (INNERMOST.get() == this) {
            if (parent == null) {
                INNERMOST.remove();
            } else {
                INNERMOST.set(parent);
            }
        }
        if (parent == null) {
            boolean drawn;
            synchronized (OPEN) {
                drawn = OPEN.remove(this);
                OPEN.notifyAll();
            }
            if (drawn) {
                show();
            }
        }
    }

    private boolean isLeft() {
        return place != null && place.isLeft();
    }

    private void endChild() {
        var inner = child;
        child = null;
        if (inner != null) {
            inner.end(State.STOPPED);
        }
    }

    /** A cell's code has ended: the loops of its thread that are still open were left. */
    static void left(Thread thread, State how) {
        List<Bar> open;
        synchronized (OPEN) {
            open = List.copyOf(OPEN);
        }
        open.stream().filter(bar -> bar.isLoop && bar.owner == thread).forEach(bar -> bar.end(how));
    }

    private static void draw() {
        while (true) {
            List<Bar> open;
            synchronized (OPEN) {
                if (OPEN.isEmpty()) {
                    drawing = false;
                    return;
                }
                open = List.copyOf(OPEN);
            }
            open.forEach(Bar::look);
            synchronized (OPEN) {
                try {
                    if (!OPEN.isEmpty()) {
                        TimeUnit.MILLISECONDS.timedWait(OPEN, EVERY_MS);
                    }
                } catch (InterruptedException e) {
                    drawing = false; // nobody does this to a thread of ours; the next bar starts another
                    return;
                }
            }
        }
    }

    private void look() {
        long now = System.nanoTime();
        if (total >= 0 && isComplete() && !isLoop) {
            end(State.DONE);
        } else if (!owner.isAlive() && isLoop) {
            end(State.STOPPED);
        } else if (now - beganNs >= FIRST_NS) {
            show();
        }
    }

    private synchronized void show() {
        long now = System.nanoTime();
        var bars = withChildren();
        long counted = bars.stream().mapToLong(Bar::count).sum() + bars.size();
        if (counted != countDrawn) {
            countDrawn = counted;
            changedNs = now;
        }
        if (over || cell == null || state == State.RUNNING && now - changedNs > ASLEEP_NS) {
            return;
        }
        over = state != State.RUNNING;
        var picture = BarPainter.paint(bars);
        Cell.run(cell, () -> {
            if (id == null) {
                id = Notebook.display((Object) picture);
            } else {
                Notebook.updateDisplay(id, picture);
            }
        });
    }

    private List<Bar> withChildren() {
        var bars = new ArrayList<Bar>();
        for (var bar = this; bar != null; bar = bar.child) {
            if (bar == this || bar.state != State.DONE) {
                bars.add(bar);
            }
        }
        return bars;
    }
}
