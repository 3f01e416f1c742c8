package heddle.kernel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import heddle.notebook.channel.Frame;
import heddle.protocol.Content;
import heddle.protocol.Exchange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What one cell has put out and is not published yet, and how much of it still may be. Guarded by the monitor of {@link Outputs}.
 *
 * <p>Shown are the beginning, how much is left out (counted while it grows), and the end. How much that is at most, and how quickly it goes out,
 * follows what Jupyter's server hands on to a browser: in 3 seconds 3 MB of text and 3,000 messages, anything above it drops.
 */
final class OutputOfCell {

    static final int LINES_SHOWN = 50_000;
    static final int DISPLAYS_SHOWN = 2_000;

    /** Bytes of text that may go out at once, and how many are added to them in a second. */
    static final int BYTES_AT_ONCE = 2_000_000;

    private static final int BYTES_PER_SECOND = 200_000;

    /** Characters of a cell in all, and those of its displays. */
    static final int CHARACTERS_SHOWN = 16_000_000;

    static final int DISPLAYED_CHARACTERS = 64_000_000;

    /** What comes within this time is joined. */
    static final Duration JOINING = Duration.ofMillis(25);

    /** How often displays are updated: more often than anybody sees only costs. */
    static final Duration UPDATING = Duration.ofMillis(100);

    /** A cut output's end is shown when the cell ends, when nothing came for this long, and when little comes in a {@link #TICK}. */
    static final Duration PAUSE = Duration.ofMillis(250);

    /** How often it is said how much has been left out so far. */
    static final Duration TICK = Duration.ofMillis(500);

    static final long NEVER = Long.MAX_VALUE;

    private static final int LITTLE = CutOutput.LAST_LINES / 2;
    private static final int UPDATES_AT_ONCE = 20;
    private static final int MOST_UPDATES = 2_000;
    private static final int MOST_TURNS = 500;
    private static final int LONGEST_MESSAGE = 1 << 16;
    private static final int LONGEST_UPDATES = 1 << 22;

    /** A line this long is rather cut than kept whole. */
    private static final int LONG_LINE = 1_000;

    sealed interface Item {
        Content content();
    }

    record Text(Frame.Stream stream, StringBuilder text) implements Item {
        @Override
        public Content content() {
            return new Content.Stream(stream == Frame.Stream.STDOUT ? "stdout" : "stderr", text.toString());
        }
    }

    /** @param characters how large it is */
    record Picture(
            boolean update, String id, Map<String, JsonNode> data, Map<String, JsonNode> metadata, int characters)
            implements Item {

        static Picture of(Frame.Display display) {
            var bundle = display.bundle();
            int characters = 0;
            for (var text : bundle.data().values()) {
                characters += text.length();
            }
            return new Picture(
                    display.update(),
                    display.id(),
                    Bundles.json(bundle.data()),
                    Bundles.metadata(bundle.metadata()),
                    characters);
        }

        static Picture ofText(boolean update, String id, String text) {
            return new Picture(update, id, Map.of("text/plain", TextNode.valueOf(text)), Map.of(), text.length());
        }

        Picture first() {
            return new Picture(false, id, data, metadata, characters);
        }

        @Override
        public Content content() {
            var transientData = new Content.Transient(id);
            return update
                    ? new Content.UpdateDisplayData(data, metadata, transientData)
                    : new Content.DisplayData(data, metadata, transientData);
        }
    }

    private record Clear(boolean untilNextOutput) implements Item {
        @Override
        public Content content() {
            return new Content.ClearOutput(untilNextOutput);
        }
    }

    private Exchange exchange;
    private boolean silent;

    private final List<Item> pending = new ArrayList<>();
    private final Map<String, Integer> pendingDisplays = new HashMap<>();
    private int pendingCharacters;
    private long publishedNs = System.nanoTime() - JOINING.toNanos();

    private final Map<String, Picture> updates = new LinkedHashMap<>();
    private int updateCharacters;
    private long updatedNs = System.nanoTime() - UPDATING.toNanos();

    private int linesLeft;
    private int charactersLeft;
    private int displaysLeft;
    private int displayedCharactersLeft;
    private int endsLeft;
    private int turnsLeft = MOST_TURNS;
    private double bytesLeft = BYTES_AT_ONCE;
    private long refilledNs = System.nanoTime();
    private boolean endsLine = true;

    private CutOutput end; // null while nothing is cut
    private String counter; // the display that counts what the end left out, null when there is none
    private long latestNs;
    private long tickNs;

    OutputOfCell() {
        begin();
    }

    private void begin() {
        linesLeft = LINES_SHOWN;
        charactersLeft = CHARACTERS_SHOWN;
        displaysLeft = DISPLAYS_SHOWN;
        displayedCharactersLeft = DISPLAYED_CHARACTERS;
        endsLeft = LINES_SHOWN;
        end = null;
        counter = null;
    }

    /** Where it goes; until then it waits. */
    void open(Exchange exchange, boolean silent) {
        this.exchange = exchange;
        this.silent = silent;
    }

    /** Null before it is open. */
    Exchange exchange() {
        return exchange;
    }

    // ---- what comes

    void text(Frame.Stream stream, String text) {
        latestNs = System.nanoTime();
        int fits = end == null ? fitting(text) : 0;
        if (fits > 0) {
            append(stream, text.substring(0, fits));
        }
        if (fits < text.length()) {
            end().add(stream, fits == 0 ? text : text.substring(fits));
        }
    }

    /** How many of its characters are still shown: whole lines where these are not long. */
    private int fitting(String text) {
        long elapsedNs = latestNs - refilledNs;
        bytesLeft = Math.min(BYTES_AT_ONCE, bytesLeft + elapsedNs * (BYTES_PER_SECOND / 1e9));
        refilledNs = latestNs;
        int at = 0;
        int lineStart = 0;
        while (at < text.length() && linesLeft > 0) {
            char c = text.charAt(at);
            int cost = cost(c);
            if (cost > bytesLeft || charactersLeft == 0) {
                linesLeft = 0;
                if (at - lineStart < LONG_LINE && (lineStart > 0 || endsLine)) {
                    return lineStart;
                }
                return at - (at > 0 && Character.isHighSurrogate(text.charAt(at - 1)) ? 1 : 0);
            }
            bytesLeft -= cost;
            charactersLeft--;
            at++;
            if (c == '\n') {
                linesLeft--;
                lineStart = at;
            }
        }
        return at;
    }

    /** Bytes in a message, which is JSON. */
    private static int cost(char c) {
        return c >= 0x800 ? 3 : c >= 0x80 || c == '\n' || c == '"' || c == '\\' || c == '\t' ? 2 : c >= ' ' ? 1 : 6;
    }

    private void append(Frame.Stream stream, String text) {
        StringBuilder same = null;
        for (int i = pending.size() - 1;
                i >= 0 && same == null && pending.get(i) instanceof Text(var of, var said);
                i--) {
            same = of == stream ? said : null;
            if (same == null && turnsLeft > 0) {
                break; // the order of what was printed to both streams is kept
            }
        }
        if (same != null) {
            same.append(text);
        } else {
            turnsLeft -= !pending.isEmpty() && pending.getLast() instanceof Text ? 1 : 0;
            pending.add(new Text(stream, new StringBuilder(text)));
        }
        pendingCharacters += text.length();
        endsLine = text.charAt(text.length() - 1) == '\n';
    }

    void show(Picture picture) {
        latestNs = System.nanoTime();
        if (picture.update()) {
            update(picture);
        } else if (end == null && displaysLeft > 0 && picture.characters() <= displayedCharactersLeft) {
            displaysLeft--;
            displayedCharactersLeft -= picture.characters();
            pendingDisplays.put(picture.id(), pending.size());
            pending.add(picture);
            pendingCharacters += picture.characters();
        } else {
            end().show(picture);
        }
    }

    /** Of several states of one picture that nobody has seen yet, the latest is enough. */
    private void update(Picture picture) {
        var waiting = pendingDisplays.get(picture.id());
        if (waiting != null) {
            pendingCharacters += picture.characters() - ((Picture) pending.get(waiting)).characters();
            pending.set(waiting, picture.first());
        } else if (end == null || !end.update(picture)) {
            var before = updates.put(picture.id(), picture);
            updateCharacters += picture.characters() - (before == null ? 0 : before.characters());
        }
    }

    void clear(boolean untilNextOutput) {
        pending.clear();
        pendingDisplays.clear();
        pendingCharacters = 0;
        begin();
        pending.add(new Clear(untilNextOutput));
    }

    /** From here on only the end is shown. */
    void cut() {
        linesLeft = 0;
        displaysLeft = 0;
    }

    private CutOutput end() {
        if (end == null) {
            end = new CutOutput();
            tickNs = latestNs;
        }
        return end;
    }

    // ---- what goes out, and when

    /** Nanoseconds until {@link #publishDue} has something to do, or {@link #NEVER}. */
    long dueInNs(long nowNs) {
        long dueInNs = NEVER;
        if (exchange != null) {
            if (!pending.isEmpty()) {
                dueInNs = publishedNs + JOINING.toNanos() - nowNs;
            }
            if (!updates.isEmpty()) {
                dueInNs = Math.min(dueInNs, updatedNs + UPDATING.toNanos() - nowNs);
            }
            if (end != null && (endsLeft > 0 || end.hasNews())) {
                dueInNs = Math.min(dueInNs, tickNs + TICK.toNanos() - nowNs);
                dueInNs = Math.min(dueInNs, latestNs + PAUSE.toNanos() - nowNs);
            }
        }
        return dueInNs;
    }

    void publishDue(long nowNs) {
        if (exchange == null) {
            return;
        }
        if (!pending.isEmpty() && (pendingCharacters >= LONGEST_MESSAGE || nowNs - publishedNs >= JOINING.toNanos())) {
            publish();
        }
        if (nowNs - updatedNs >= UPDATING.toNanos()) {
            publishUpdates(UPDATES_AT_ONCE);
        } else if (updates.size() > MOST_UPDATES || updateCharacters > LONGEST_UPDATES) {
            publishUpdates(1); // too many at once to wait
        }
        if (end != null) {
            boolean paused = nowNs - latestNs >= PAUSE.toNanos();
            boolean ticks = nowNs - tickNs >= TICK.toNanos();
            if (endsLeft > 0 && (paused || ticks && end.seenInTick() < LITTLE)) {
                publishEnd();
            } else if (paused || ticks) {
                count(true);
                end.tick();
                tickNs = nowNs;
            }
        }
    }

    /** Publishes all there is. */
    void flush() {
        if (exchange != null) {
            publish();
            publishUpdates(Integer.MAX_VALUE);
            if (end != null) {
                publishEnd();
            }
        }
    }

    private void publish() {
        if (!pending.isEmpty()) {
            pending.forEach(this::publish);
            pending.clear();
            pendingDisplays.clear();
            pendingCharacters = 0;
            publishedNs = System.nanoTime();
        }
    }

    private void publish(Item item) {
        if (!silent) {
            exchange.publish(item.content());
        }
    }

    private void publishUpdates(int most) {
        if (updates.isEmpty()) {
            return;
        }
        publish(); // what is updated may be among it
        updatedNs = System.nanoTime();
        int left = most;
        for (Iterator<Picture> each = updates.values().iterator(); left > 0 && each.hasNext(); left--) {
            var picture = each.next();
            each.remove();
            updateCharacters -= picture.characters();
            publish(picture);
        }
    }

    private void publishEnd() {
        publish();
        if (counter != null) {
            count(false);
        }
        var items = end.items(counter == null, endsLine);
        items.forEach(this::publish);
        endsLeft -= end.linesKept();
        if (end.lastDisplay() != null) {
            displayedCharactersLeft -= end.lastDisplay().characters();
            endsLeft -= LINES_SHOWN / DISPLAYS_SHOWN;
        }
        endsLeft = displayedCharactersLeft < 0 ? 0 : endsLeft;
        endsLine = end.endsLine();
        end = null;
        counter = null;
        cut(); // what comes after a cut is shown as an end at once, or when it is: so slow output is shown whole
        publishedNs = System.nanoTime();
    }

    /** Says how much is left out. */
    private void count(boolean goesOn) {
        var sentence = end.sentence(goesOn);
        if (sentence != null) {
            publish();
            boolean update = counter != null;
            counter = update ? counter : UUID.randomUUID().toString();
            publish(Picture.ofText(update, counter, sentence));
        }
    }
}
