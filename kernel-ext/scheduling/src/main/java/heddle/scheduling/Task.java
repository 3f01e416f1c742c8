package heddle.scheduling;

/** A job on its way through a {@link Simulation}. */
final class Task {
    final Job job;

    private int burst;
    /** What is left of the present burst. */
    long left;
    /** When it became ready last. */
    long readySince;
    /** How much more urgent than its priority it is by having waited; while it runs, what it had gained until then. */
    long gained;
    /** What it has used of its quantum, which is its queue's where there are several. */
    long used;
    /** Its queue, 0 for the highest. */
    int level;
    /** When it comes back from its device. */
    long back;

    Task(Job job) {
        this.job = job;
        left = job.bursts().getFirst().length();
    }

    boolean hasMore() {
        return burst + 1 < job.bursts().size();
    }

    /** To the highest queue, with a whole quantum. */
    void rise() {
        level = 0;
        used = 0;
    }

    void nextBurst() {
        left = job.bursts().get(++burst).length();
    }
}
