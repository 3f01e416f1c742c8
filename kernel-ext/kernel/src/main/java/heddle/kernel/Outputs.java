package heddle.kernel;

import heddle.notebook.channel.Frame;
import heddle.notebook.channel.SystemThreads;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings output to the front end under the cell that it belongs to, whenever it comes.
 *
 * <p>A cell's outputs keep their order. What comes in quick succession is joined for {@link #JOINING} at most. A cell that puts out more than
 * anybody can read is cut, and the cut says how much is missing: its beginning and its end are shown.
 */
final class Outputs implements AutoCloseable {

    static final Duration JOINING = Duration.ofMillis(25);

    /** A cut output's end is shown when the cell ends, or when nothing came for this long. */
    static final Duration PAUSE = Duration.ofMillis(250);

    static final int LINES_SHOWN = 50_000;
    static final int CHARACTERS_SHOWN = 16_000_000;
    static final int DISPLAYS_SHOWN = 2_000;
    static final int LAST_LINES = 200;
    private static final int LONGEST_LAST_LINE = 10_000;
    private static final int LONGEST_MESSAGE = 1 << 16;

    private sealed interface Item {}

    private record Text(Frame.Stream stream, StringBuilder text) implements Item {}

    /** @param updates the display id that is updated, or null */
    private record Shown(Content content, String updates) implements Item {}

    private final Map<Integer, CellOutput> cells = new HashMap<>();
    private final Set<CellOutput> waiting = new LinkedHashSet<>();
    private CellOutput latest;
    private boolean closed;

    Outputs() {
        SystemThreads.thread("output", this::publishWhenDue).start();
    }

    /** From now on output of this cell goes to this exchange; output that names no known cell goes to the cell opened last. */
    synchronized void open(int cell, Exchange exchange, boolean silent) {
        var before = cells.get(cell);
        var output = new CellOutput(exchange, silent);
        cells.put(cell, output);
        latest = output;
        var lobby = cells.remove(null);
        if (lobby != null && before == null) {
            waiting.remove(lobby);
            lobby.pending.forEach(item -> {
                switch (item) {
                    case Text(var stream, var text) -> output.text(stream, text.toString());
                    case Shown shown -> output.show(shown);
                }
            });
            schedule(output);
        }
    }

    /** As {@link #open}, for what is no cell: a message of a comm. */
    synchronized void openAside(int number, Exchange exchange) {
        cells.put(number, new CellOutput(exchange, false));
    }

    /** Nothing is to come for this number any more; what comes all the same goes to the latest cell. */
    synchronized void forget(int number) {
        flush(number);
        cells.remove(number);
    }

    /** The output of this cell, of the latest, or before any cell a place where it waits for the first. */
    private CellOutput of(int cell) {
        var output = cells.get(cell);
        if (output == null) {
            output = latest != null ? latest : cells.computeIfAbsent(null, _ -> new CellOutput(null, false));
        }
        return output;
    }

    /** Text that no cell is known for: what the process writes past {@code System.out}. */
    synchronized void text(Frame.Stream stream, String text) {
        text(-1, stream, text);
    }

    synchronized void text(int cell, Frame.Stream stream, String text) {
        if (!text.isEmpty()) {
            var output = of(cell);
            output.text(stream, text);
            schedule(output);
        }
    }

    synchronized void display(Frame.Display display) {
        var data = Bundles.json(display.bundle().data());
        var metadata = Bundles.metadata(display.bundle().metadata());
        var id = new Content.Transient(display.id());
        var output = of(display.cell());
        output.show(
                display.update()
                        ? new Shown(new Content.UpdateDisplayData(data, metadata, id), display.id())
                        : new Shown(new Content.DisplayData(data, metadata, id), null));
        schedule(output);
    }

    synchronized void clear(Frame.ClearOutput clear) {
        var output = of(clear.cell());
        output.clear(new Content.ClearOutput(clear.untilNextOutput()));
        waiting.remove(output); // it may have been waiting for a later time
        schedule(output);
    }

    /** Publishes all that this cell has put out so far. */
    synchronized void flush(int cell) {
        var output = of(cell);
        output.publish();
        output.publishEnd();
        waiting.remove(output);
    }

    private void schedule(CellOutput output) {
        if (output.exchange == null || !waiting.add(output) && output.pendingCharacters < LONGEST_MESSAGE) {
            return;
        }
        if (!output.pending.isEmpty()
                && (output.pendingCharacters >= LONGEST_MESSAGE || output.publishAtNs() - System.nanoTime() <= 0)) {
            output.publish();
            if (output.end == null) {
                waiting.remove(output);
                return;
            }
        }
        notifyAll();
    }

    private synchronized void publishWhenDue() {
        try {
            while (!closed) {
                long now = System.nanoTime();
                long next = Long.MAX_VALUE;
                for (var output : List.copyOf(waiting)) {
                    if (!output.pending.isEmpty() && output.publishAtNs() - now <= 0) {
                        output.publish();
                    }
                    if (output.end != null && output.endAtNs() - now <= 0) {
                        output.publishEnd();
                    }
                    if (output.pending.isEmpty() && output.end == null) {
                        waiting.remove(output);
                        continue;
                    }
                    next = Math.min(next, output.pending.isEmpty() ? Long.MAX_VALUE : output.publishAtNs() - now);
                    next = Math.min(next, output.end == null ? Long.MAX_VALUE : output.endAtNs() - now);
                }
                if (next == Long.MAX_VALUE) {
                    wait();
                } else {
                    wait(Math.max(1, next / 1_000_000));
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody interrupts this thread.", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** What one cell has put out and is not published yet, and how much it may still. */
    private static final class CellOutput {
        private final Exchange exchange;
        private final boolean silent;
        private final List<Item> pending = new ArrayList<>();
        private int pendingCharacters;
        private long publishedNs = System.nanoTime() - JOINING.toNanos();
        private long latestNs;
        private int linesLeft = LINES_SHOWN;
        private int charactersLeft = CHARACTERS_SHOWN;
        private int displaysLeft = DISPLAYS_SHOWN;
        private boolean endsLine = true;
        private End end;

        CellOutput(Exchange exchange, boolean silent) {
            this.exchange = exchange;
            this.silent = silent;
        }

        long publishAtNs() {
            return publishedNs + JOINING.toNanos();
        }

        long endAtNs() {
            return latestNs + PAUSE.toNanos();
        }

        void text(Frame.Stream stream, String text) {
            latestNs = System.nanoTime();
            if (end != null) {
                end.add(stream, text);
                return;
            }
            int fits = 0;
            while (fits < text.length() && linesLeft > 0) {
                int line = text.indexOf('\n', fits) + 1;
                int stop = line == 0 ? text.length() : line;
                if (stop - fits > charactersLeft) {
                    linesLeft = 0;
                    break;
                }
                charactersLeft -= stop - fits;
                linesLeft -= line == 0 ? 0 : 1;
                fits = stop;
            }
            if (fits > 0) {
                append(stream, text.substring(0, fits));
            }
            if (fits < text.length()) {
                end = new End(endsLine);
                end.add(stream, text.substring(fits));
            }
        }

        private void append(Frame.Stream stream, String text) {
            if (!pending.isEmpty() && pending.getLast() instanceof Text(var last, var builder) && last == stream) {
                builder.append(text);
            } else {
                pending.add(new Text(stream, new StringBuilder(text)));
            }
            pendingCharacters += text.length();
            endsLine = text.charAt(text.length() - 1) == '\n';
        }

        void show(Shown shown) {
            latestNs = System.nanoTime();
            if (shown.updates() != null) {
                // Of several states of one picture that nobody has seen yet, the latest is enough.
                boolean waits = pending.removeIf(
                        item -> item instanceof Shown waiting && shown.updates().equals(waiting.updates()));
                if (waits || end == null) {
                    pending.add(shown);
                } else {
                    end.update(shown);
                }
            } else if (end == null && displaysLeft > 0) {
                displaysLeft--;
                pending.add(shown);
            } else {
                if (end == null) {
                    end = new End(endsLine);
                }
                end.show(shown);
            }
        }

        void clear(Content.ClearOutput clear) {
            pending.clear();
            pendingCharacters = 0;
            end = null;
            linesLeft = LINES_SHOWN;
            charactersLeft = CHARACTERS_SHOWN;
            displaysLeft = DISPLAYS_SHOWN;
            pending.add(new Shown(clear, null));
        }

        void publish() {
            for (var item : pending) {
                publish(item);
            }
            if (!pending.isEmpty()) {
                publishedNs = System.nanoTime();
            }
            pending.clear();
            pendingCharacters = 0;
        }

        private void publish(Item item) {
            if (silent) {
                return;
            }
            exchange.publish(
                    switch (item) {
                        case Text(var stream, var text) ->
                            new Content.Stream(stream == Frame.Stream.STDOUT ? "stdout" : "stderr", text.toString());
                        case Shown shown -> shown.content();
                    });
        }

        void publishEnd() {
            if (end != null) {
                publish();
                end.items().forEach(this::publish);
                end = null;
                linesLeft = 0; // what comes after the cut begins a new end at once: slow output is shown whole
                publishedNs = System.nanoTime();
            }
        }
    }

    /** The end of a flood: its last lines and its last display, and how much came before them. */
    private static final class End {
        private record Line(Frame.Stream stream, StringBuilder text) {}

        private final Deque<Line> lines = new ArrayDeque<>();
        private final boolean startsLine;
        private final Map<String, Shown> updates = new HashMap<>();
        private Shown lastDisplay;
        private long linesCut;
        private long charactersCut;
        private long displaysCut;

        End(boolean startsLine) {
            this.startsLine = startsLine;
        }

        void add(Frame.Stream stream, String text) {
            int at = 0;
            long newlines = text.chars().filter(c -> c == '\n').count();
            if (newlines > LAST_LINES) { // most of it is cut anyway
                at = text.length();
                for (int i = 0; i <= LAST_LINES; i++) {
                    at = text.lastIndexOf('\n', at - 1);
                }
                at++;
                linesCut += newlines - LAST_LINES + lines.size();
                if (!lines.isEmpty() && lines.getLast().stream() == stream && !isEnded(lines.getLast())) {
                    linesCut--; // its end is among the newlines
                }
                lines.clear();
            }
            while (at < text.length()) {
                int newline = text.indexOf('\n', at);
                int stop = newline < 0 ? text.length() : newline + 1;
                var last = lines.peekLast();
                if (last == null || last.stream() != stream || isEnded(last)) {
                    last = new Line(stream, new StringBuilder());
                    lines.add(last);
                    if (lines.size() > LAST_LINES) {
                        lines.remove();
                        linesCut++;
                    }
                }
                int room = LONGEST_LAST_LINE - last.text().length();
                if (stop - at <= room) {
                    last.text().append(text, at, stop);
                } else {
                    last.text().append(text, at, at + Math.max(0, room));
                    charactersCut += stop - at - Math.max(0, room);
                    if (newline >= 0) {
                        last.text().append('\n');
                    }
                }
                at = stop;
            }
        }

        private static boolean isEnded(Line line) {
            return !line.text().isEmpty() && line.text().charAt(line.text().length() - 1) == '\n';
        }

        void show(Shown shown) {
            displaysCut += lastDisplay == null ? 0 : 1;
            lastDisplay = shown;
        }

        void update(Shown shown) {
            updates.put(shown.updates(), shown);
        }

        List<Item> items() {
            var items = new ArrayList<Item>();
            var stream = lines.isEmpty() ? Frame.Stream.STDOUT : lines.getFirst().stream();
            var cuts = new ArrayList<String>();
            if (linesCut > 0) {
                cuts.add("%,d more %s".formatted(linesCut, linesCut == 1 ? "line" : "lines"));
            }
            if (charactersCut > 0) {
                cuts.add("%,d more characters in long lines".formatted(charactersCut));
            }
            if (displaysCut > 0) {
                cuts.add("%,d more %s".formatted(displaysCut, displaysCut == 1 ? "display" : "displays"));
            }
            if (!cuts.isEmpty()) {
                var follows = lines.size() <= 1 ? "the last follows" : "the last %d follow".formatted(lines.size());
                items.add(new Text(
                        stream,
                        new StringBuilder(startsLine ? "" : "\n")
                                .append("... ")
                                .append(String.join(", ", cuts))
                                .append("; ")
                                .append(follows)
                                .append('\n')));
            }
            for (var line : lines) {
                if (!items.isEmpty() && items.getLast() instanceof Text(var last, var text) && last == line.stream()) {
                    text.append(line.text());
                } else {
                    items.add(new Text(line.stream(), new StringBuilder(line.text())));
                }
            }
            if (lastDisplay != null) {
                items.add(lastDisplay);
            }
            items.addAll(updates.values());
            return items;
        }
    }
}
