package heddle.notebook;

/** What code in a cell, and an extension, may ask of the notebook it runs in. */
public final class Notebook {
    private Notebook() {}
}
