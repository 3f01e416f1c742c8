package heddle.notebook;

/** Its class is the monitor of all {@code synchronized} methods that cells declare outside of a class. */
public final class TopLevel {
    private TopLevel() {}
}
