package heddle.watch;

/**
 * The same facts three times, for whoever can show which.
 *
 * @param html the drawing inline, so that hovering over a bar says what it is
 * @param svg the drawing as a document of its own
 * @param text the table, for a terminal and for a screen reader
 */
public record Picture(String html, String svg, String text) {}
