package heddle.processes;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A child's place in the {@link Tree}, from before its birth until it is buried. */
final class Member {
    private final int number;
    /** Null when it is buried: who keeps the handle of a child that has ended need not keep the tree. */
    private volatile Tree tree;

    private final AtomicBoolean burying = new AtomicBoolean();
    private final CountDownLatch buried = new CountDownLatch(1);

    private Member(Tree tree, int number) {
        this.tree = tree;
        this.number = number;
    }

    static Member enter(String name) {
        var tree = Tree.use();
        try {
            return new Member(tree, tree.census().enter(name, tree.self()));
        } catch (RuntimeException e) {
            Tree.release();
            throw e;
        }
    }

    Self.Identity identity(Self.Identity unborn) {
        return unborn.born(Launcher.handedOn(), number, tree.path().toString());
    }

    void is(Process process) {
        tree.census().isProcess(number, process.pid());
    }

    /** Puts in order what the child left, once it has ended. Again, it does nothing. */
    void bury(int exitCode) {
        if (burying.compareAndSet(false, true)) {
            try {
                Undertaker.bury(tree, number, exitCode);
            } finally {
                tree = null;
                buried.countDown();
                Tree.release();
            }
        }
    }

    /** Waits for that, if there is anything to be put in order. */
    boolean awaitBuried(long ns) throws InterruptedException {
        var tree = this.tree;
        if (tree == null || !tree.census().hasTouched(number)) {
            return true;
        }
        return buried.await(ns, TimeUnit.NANOSECONDS);
    }
}
