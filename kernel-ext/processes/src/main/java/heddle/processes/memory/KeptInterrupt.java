package heddle.processes.memory;

/** An interrupt that came during something that goes on regardless: the thread is interrupted again when that is over. */
public final class KeptInterrupt implements AutoCloseable {
    private boolean came;

    /** If the thread is interrupted, it no longer is for now. */
    public void keep() {
        came |= Thread.interrupted();
    }

    public void keep(InterruptedException e) {
        came = true;
    }

    @Override
    public void close() {
        if (came) {
            Thread.currentThread().interrupt();
        }
    }
}
