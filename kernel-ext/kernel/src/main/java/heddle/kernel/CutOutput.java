package heddle.kernel;

import heddle.notebook.channel.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** What a cell put out after the beginning that is shown: its last lines and its last display are kept, what came before them is counted. */
final class CutOutput {

    static final int LAST_LINES = 200;

    /** Characters that the last lines have at most in all, and of one that is longer the end. */
    private static final int LAST_CHARACTERS = 60_000;

    private static final int LONGEST_LINE = 10_000;

    private static final class Line {
        final Frame.Stream stream;
        final StringBuilder text = new StringBuilder();
        long cut;

        Line(Frame.Stream stream) {
            this.stream = stream;
        }

        boolean isEnded() {
            return !text.isEmpty() && text.charAt(text.length() - 1) == '\n';
        }
    }

    private final Deque<Line> lines = new ArrayDeque<>();
    private int characters;
    private OutputOfCell.Picture lastDisplay;
    private long linesCut;
    private long charactersCut; // of pieces of lines without an end
    private long displaysCut;
    private long seen;
    private long seenAtTick;
    private boolean news = true;

    void add(Frame.Stream stream, String text) {
        news = true;
        int newlines = 0;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            newlines++;
        }
        seen += newlines;
        int at = 0;
        if (newlines > LAST_LINES) { // most of it is left out anyway
            at = text.length();
            for (int i = 0; i <= LAST_LINES; i++) {
                at = text.lastIndexOf('\n', at - 1);
            }
            at++;
            var last = lines.peekLast();
            if (last != null && last.stream == stream && !last.isEnded()) {
                forget(lines.removeLast()); // its end is among the newlines
            }
            while (!lines.isEmpty()) {
                leaveOut(lines.removeFirst());
            }
            linesCut += newlines - LAST_LINES;
        }
        while (at < text.length()) {
            int newline = text.indexOf('\n', at);
            int stop = newline < 0 ? text.length() : newline + 1;
            var last = lines.peekLast();
            if (last == null || last.stream != stream || last.isEnded()) {
                last = new Line(stream);
                lines.add(last);
            }
            extend(last, text, at, stop);
            while (lines.size() > LAST_LINES || characters > LAST_CHARACTERS && lines.size() > 1) {
                leaveOut(lines.removeFirst());
            }
            at = stop;
        }
    }

    private void extend(Line line, String text, int from, int to) {
        int start = Math.max(from, to - LONGEST_LINE);
        if (start > from) {
            line.cut += start - from + line.text.length();
            characters -= line.text.length();
            line.text.setLength(0);
        }
        line.text.append(text, start, to);
        characters += to - start;
        if (line.text.length() > 2 * LONGEST_LINE || line.isEnded()) {
            shorten(line);
        }
    }

    private void shorten(Line line) {
        int over = line.text.length() - LONGEST_LINE;
        if (over > 0) {
            over += Character.isLowSurrogate(line.text.charAt(over)) ? 1 : 0;
            line.text.delete(0, over);
            line.cut += over;
            characters -= over;
        }
    }

    private void forget(Line line) {
        characters -= line.text.length();
    }

    private void leaveOut(Line line) {
        forget(line);
        if (line.isEnded()) {
            linesCut++;
        } else {
            charactersCut += line.cut + line.text.length();
        }
    }

    void show(OutputOfCell.Picture picture) {
        news = true;
        seen++;
        displaysCut += lastDisplay == null ? 0 : 1;
        lastDisplay = picture;
    }

    /** @return false when it is of another display */
    boolean update(OutputOfCell.Picture picture) {
        boolean ofLast = lastDisplay != null && lastDisplay.id().equals(picture.id());
        if (ofLast) {
            lastDisplay = picture.first();
        }
        return ofLast;
    }

    /** Lines and displays that came since the last tick. */
    long seenInTick() {
        return seen - seenAtTick;
    }

    void tick() {
        seenAtTick = seen;
        news = false;
    }

    /** Whether anything came since the last tick. */
    boolean hasNews() {
        return news;
    }

    int linesKept() {
        return lines.size();
    }

    /** The display that was put out last, or null. */
    OutputOfCell.Picture lastDisplay() {
        return lastDisplay;
    }

    boolean endsLine() {
        return lines.isEmpty() || lines.getLast().isEnded();
    }

    /**
     * How much is left out.
     *
     * @param goesOn whether there may be more
     * @return null when it is nothing
     */
    String sentence(boolean goesOn) {
        long charactersCut = this.charactersCut;
        for (var line : lines) {
            shorten(line);
            charactersCut += line.cut;
        }
        var texts = Texts.ofThisNotebook();
        var cuts = new ArrayList<String>();
        if (linesCut > 0) {
            cuts.add(texts.say(linesCut == 1 ? "cut.line" : "cut.lines", number(linesCut)));
        }
        if (charactersCut > 0) {
            cuts.add(texts.say("cut.characters", number(charactersCut)));
        }
        if (displaysCut > 0) {
            cuts.add(texts.say(displaysCut == 1 ? "cut.display" : "cut.displays", number(displaysCut)));
        }
        return cuts.isEmpty()
                ? null
                : texts.say(goesOn ? "cut.so.far" : "cut", String.join(texts.say("cut.and"), cuts));
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /**
     * The end as it is shown.
     *
     * @param says whether to say what is left out
     * @param startsLine whether what was shown before it ends with a whole line
     */
    List<OutputOfCell.Item> items(boolean says, boolean startsLine) {
        var items = new ArrayList<OutputOfCell.Item>();
        var sentence = says ? sentence(false) : null;
        if (sentence != null) {
            var stream = lines.isEmpty() ? Frame.Stream.STDOUT : lines.getFirst().stream;
            items.add(new OutputOfCell.Text(
                    stream,
                    new StringBuilder(startsLine ? "" : "\n").append(sentence).append('\n')));
        }
        for (var line : lines) {
            StringBuilder text;
            if (!items.isEmpty()
                    && items.getLast() instanceof OutputOfCell.Text(var stream, var said)
                    && stream == line.stream) {
                text = said;
            } else {
                text = new StringBuilder();
                items.add(new OutputOfCell.Text(line.stream, text));
            }
            text.append(line.cut > 0 ? "... " : "").append(line.text);
        }
        if (lastDisplay != null) {
            items.add(lastDisplay);
        }
        return items;
    }
}
