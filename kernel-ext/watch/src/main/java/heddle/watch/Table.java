package heddle.watch;

import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.Lane;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.LongFunction;

/** The facts as plain text: a table of lanes and totals, then who had and who waited for what. */
final class Table {

    /** More lanes, or more waits, than this are counted instead of listed. */
    private static final int LINES = 60;

    private Table() {}

    static String of(Timeline timeline) {
        var words = Words.in(timeline.language());
        var text = new StringBuilder();
        text.append(words.title(timeline.title()))
                .append("   ")
                .append(words.caption(timeline))
                .append('\n');
        if (timeline.lanes().isEmpty()) {
            return text.append(words.nothing()).append('\n').toString();
        }
        var states = EnumSet.noneOf(State.class);
        timeline.lanes().forEach(lane -> states.addAll(lane.totalsNs().keySet()));
        var rows = new ArrayList<List<String>>();
        var head = new ArrayList<>(words.columns());
        states.forEach(state -> head.add(words.state(state)));
        rows.add(head);
        timeline.lanes().stream().limit(LINES).forEach(lane -> rows.add(row(words, lane, states)));
        write(text, rows);
        if (timeline.lanes().size() > LINES) {
            text.append("+ ")
                    .append(words.threads(timeline.lanes().size() - LINES))
                    .append('\n');
        }
        var lines = new ArrayList<String>();
        var names = timeline.names();
        LongFunction<String> name = id -> names.getOrDefault(id, "#" + id);
        timeline.holds().stream()
                .map(hold -> new Hold(hold.lane(), hold.lock(), 0, 0))
                .distinct()
                .limit(LINES)
                .map(hold -> words.holds(name.apply(hold.lane()), hold.lock()))
                .forEach(lines::add);
        timeline.waits().stream()
                .limit(LINES)
                .map(wait -> words.waitsFor(
                        name.apply(wait.waiter()), wait.lock(), name.apply(wait.holder()), wait.toNs() - wait.fromNs()))
                .forEach(lines::add);
        if (timeline.waits().size() > LINES) {
            lines.add("+ " + words.waits(timeline.waits().size() - LINES));
        }
        timeline.deadlock().ifPresent(deadlock -> {
            lines.add(words.deadlock(deadlock));
            lines.add(words.deadlockNext(deadlock, timeline.live()));
        });
        lines.add(words.footer(timeline, 0));
        lines.stream()
                .filter(line -> !line.isEmpty())
                .forEach(line -> text.append(oneLine(line)).append('\n'));
        return text.toString();
    }

    private static List<String> row(Words words, Lane lane, EnumSet<State> states) {
        var totals = lane.totalsNs();
        var row = new ArrayList<String>();
        row.add(oneLine(lane.name()));
        row.add(words.duration(lane.fromNs()));
        row.add(lane.ended() ? words.duration(lane.toNs()) : words.alive());
        states.forEach(state -> row.add(totals.containsKey(state) ? words.duration(totals.get(state)) : ""));
        return row;
    }

    private static String oneLine(String name) {
        return name.replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    private static void write(StringBuilder text, List<List<String>> rows) {
        for (var row : rows) {
            for (var column = 0; column < row.size(); column++) {
                var cell = row.get(column);
                var width = 0;
                for (var other : rows) {
                    width = Math.max(width, cells(other.get(column)));
                }
                var padding = " ".repeat(width - cells(cell));
                text.append(column == 0 ? cell + padding : "  " + padding + cell);
            }
            while (text.charAt(text.length() - 1) == ' ') {
                text.setLength(text.length() - 1);
            }
            text.append('\n');
        }
    }

    /** Width in a terminal. */
    private static int cells(String text) {
        return text.codePoints().map(c -> Svg.isWide(c) ? 2 : 1).sum();
    }
}
