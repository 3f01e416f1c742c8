package heddle.watch;

import static heddle.watch.Svg.number;

import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Segment;
import heddle.watch.Timeline.Wait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Paints facts. A pure function: the same facts give the same picture. */
final class Painter {

    private static final double WIDTH = 860;
    private static final double MARGIN = 20;
    private static final double TOP = 56;
    private static final double BAR = 16;
    private static final double PITCH = 30;
    private static final double HOLD_PITCH = 17;
    private static final double BAND = 36;
    private static final double SMALL = 11;
    private static final double NORMAL = 12;

    /** Bars, and with them the size of the picture, are bounded: see {@link #coarseness}. */
    private static final int BARS = 1000;

    private static final int ARROWS = 40;
    private static final int LOCKS_OF_A_LANE = 3;
    private static final int DEPTHS = 3;
    private static final int SLOTS = 160;

    /** A live picture shows the whole run in one of these, and later the last of them. */
    private static final long[] WINDOWS_NS = {
        TimeUnit.SECONDS.toNanos(1),
        TimeUnit.SECONDS.toNanos(2),
        TimeUnit.SECONDS.toNanos(5),
        TimeUnit.SECONDS.toNanos(10)
    };

    private final Timeline timeline;
    private final Words words;
    private final String prefix;
    private final List<Rows> rows;
    private final Svg svg = new Svg();
    private final EnumSet<State> drawn = EnumSet.noneOf(State.class);
    private final Map<Long, String> names;
    private final Map<String, List<Wait>> depths;
    private final Map<Long, Double> middles = new LinkedHashMap<>();
    private final Map<Long, Map<String, Double>> holdLines = new LinkedHashMap<>();

    private final long fromNs;
    private final long toNs;
    private final double left;
    private final double right;
    private double bottom;
    private boolean endsDrawn;
    private boolean holdsDrawn;
    private boolean arrowsDrawn;
    private boolean unseenDrawn;

    private Painter(Timeline timeline, String prefix) {
        this.timeline = timeline;
        this.words = Words.in(timeline.language());
        this.prefix = prefix;
        this.rows = Rows.of(timeline);
        this.names = timeline.names();
        this.depths = depths(timeline.waits());
        if (timeline.live()) {
            var soonNs = timeline.lengthNs() + timeline.lengthNs() / 20;
            var window = Arrays.stream(WINDOWS_NS)
                    .filter(length -> soonNs <= length)
                    .findFirst()
                    .orElse(WINDOWS_NS[WINDOWS_NS.length - 1]);
            toNs = Math.max(window, timeline.lengthNs() + window / 20);
            fromNs = toNs - window;
        } else {
            fromNs = 0;
            toNs = Math.max(timeline.lengthNs(), 100_000);
        }
        var label = 60.0;
        var totals = 70.0;
        for (var row : rows) {
            label = Math.max(label, Svg.width(label(row), NORMAL));
            totals = Math.max(totals, Svg.width(total(row), SMALL));
            if (row instanceof Rows.Single single) {
                for (var lock : shownLocks(single)) {
                    label = Math.max(label, Svg.width(words.holds(lock), SMALL));
                }
            }
        }
        if (!timeline.virtual().isEmpty()) {
            label = Math.max(label, Svg.width(words.virtualLabel(), NORMAL));
            totals = Math.max(totals, Svg.width(virtualTotal(), SMALL));
        }
        for (var lock : depths.keySet()) {
            label = Math.max(label, Svg.width(words.waitingFor(lock), SMALL));
        }
        left = MARGIN + Math.min(label, 180) + 14;
        right = WIDTH - MARGIN - Math.min(totals, 210) - 14;
    }

    /** A prefix for ids and classes that no other picture on the page has. */
    static String newPrefix() {
        return "hw" + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
    }

    /** @param prefix begins each id and class; the same for all pictures that take each other's place */
    static Picture paint(Timeline timeline, String prefix) {
        var drawing = new Painter(timeline, prefix).draw();
        return new Picture(
                "<div style=\"overflow-x:auto\">" + drawing + "</div>",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + drawing,
                Table.of(timeline));
    }

    private String draw() {
        var coarse = coarseness();
        var y = TOP;
        var lanes = new ArrayList<Runnable>();
        for (var row : rows) {
            var top = y;
            switch (row) {
                case Rows.Single single -> {
                    var middle = top + PITCH / 2;
                    middles.put(single.lane().id(), middle);
                    var locks = shownLocks(single);
                    var lines = new LinkedHashMap<String, Double>();
                    for (var i = 0; i < locks.size(); i++) {
                        lines.put(locks.get(i), middle + BAR / 2 + 4.5 + HOLD_PITCH * i);
                    }
                    holdLines.put(single.lane().id(), lines);
                    lanes.add(() -> lane(single, middle, coarse));
                    y += PITCH + (locks.isEmpty() ? 0 : HOLD_PITCH * locks.size() - 3);
                }
                case Rows.Group group -> {
                    lanes.add(() -> group(group, top + 4));
                    y += BAND + 10;
                }
            }
        }
        if (!timeline.virtual().isEmpty()) {
            var top = y;
            lanes.add(() -> virtual(top + 4));
            y += BAND + 10;
        }
        if (!depths.isEmpty()) {
            y += 4;
        }
        for (var queue : depths.entrySet()) {
            var top = y;
            lanes.add(() -> depth(queue.getKey(), queue.getValue(), top));
            y += 30;
        }
        bottom = y + 4;

        axis();
        lanes.forEach(Runnable::run);
        if (depths.isEmpty()) {
            arrows();
        }
        now();
        var below = deadlock(bottom + 34);
        below = legend(below + 2);
        below = footer(below, coarse);
        return frame(below + 6);
    }

    private String frame(double height) {
        var title = words.title(timeline.title());
        var head = new Svg();
        head.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(WIDTH) + " " + number(height)
                + "\" width=\"" + number(WIDTH) + "\" height=\"" + number(height) + "\" class=\"" + prefix
                + "\" style=\"max-width:100%;height:auto\" role=\"img\" aria-labelledby=\"" + prefix + "-t " + prefix
                + "-d\" lang=\"" + (timeline.language() == Language.CHINESE ? "zh-CN" : "en") + "\">");
        head.raw("<title id=\"" + prefix + "-t\">" + Svg.escape(title + " · " + words.caption(timeline)) + "</title>");
        head.raw("<desc id=\"" + prefix + "-d\">" + Svg.escape(description()) + "</desc>\n");
        head.raw(Theme.styleAndDefs(prefix));
        head.rect(0.5, 0.5, WIDTH - 1, height - 1, 8, c("card"), "");
        var caption = words.caption(timeline);
        var room = WIDTH - 2 * MARGIN - Svg.width(caption, SMALL) - 20;
        head.text(MARGIN, 28, c("t") + " " + c("ink"), "start", Svg.fit(title, room, 15));
        head.text(WIDTH - MARGIN, 28, c("s") + " " + c("soft"), "end", caption);
        return head + svg.toString() + "</svg>";
    }

    private String description() {
        var facts = new ArrayList<String>();
        for (var row : rows) {
            facts.add(label(row) + ": " + total(row));
        }
        timeline.deadlock().ifPresent(deadlock -> facts.addFirst(words.deadlock(deadlock)));
        return String.join("; ", facts);
    }

    private String c(String name) {
        return prefix + "-" + name;
    }

    private double x(long ns) {
        return left + (right - left) * (double) (ns - fromNs) / (toNs - fromNs);
    }

    private double clampedX(long ns) {
        return Math.clamp(x(ns), left, right);
    }

    private double widthOf(long ns) {
        return (right - left) * (double) ns / (toNs - fromNs);
    }

    private String name(long lane) {
        return names.getOrDefault(lane, "#" + lane);
    }

    private String label(Rows row) {
        return switch (row) {
            case Rows.Single single -> single.lane().name();
            case Rows.Group group -> group.label() == null ? words.others() : group.label();
        };
    }

    private String total(Rows row) {
        return switch (row) {
            case Rows.Single single -> {
                var lane = single.lane();
                var totals =
                        lane.segments().isEmpty() ? words.lived(lane.length().toNanos()) : words.totals(lane, 2);
                var alive = !timeline.live() && !lane.caller() && !lane.ended();
                yield alive ? words.totals(lane, 1) + (totals.isEmpty() ? "" : " · ") + words.alive() : totals;
            }
            case Rows.Group group -> {
                var sums = new EnumMap<State, Long>(State.class);
                group.lanes().forEach(lane -> lane.totalsNs().forEach((state, ns) -> sums.merge(state, ns, Long::sum)));
                yield words.threads(group.lanes().size())
                        + sums.entrySet().stream()
                                .max(Map.Entry.comparingByValue())
                                .map(sum -> " · " + words.total(sum.getKey(), sum.getValue()))
                                .orElse("");
            }
        };
    }

    private static List<String> shownLocks(Rows.Single single) {
        return single.locks()
                .subList(0, Math.min(LOCKS_OF_A_LANE, single.locks().size()));
    }

    // ---- time

    private void axis() {
        var step = step();
        for (var at = (fromNs + step - 1) / step * step; at <= toNs; at += step) {
            svg.line(x(at), TOP - 6, x(at), bottom, c("faint"));
            svg.text(x(at), bottom + 15, c("s") + " " + c("soft"), "middle", tick(at, step));
        }
        svg.line(left, bottom, right, bottom, c("axis"));
    }

    /** The distance of ticks: 1, 2 or 5 times a power of ten, four to eight of them. */
    private long step() {
        var least = (toNs - fromNs) / 8;
        for (var power = 1000L; ; power *= 10) {
            for (var factor : new int[] {1, 2, 5}) {
                if (factor * power >= least) {
                    return factor * power;
                }
            }
        }
    }

    private String tick(long atNs, long stepNs) {
        var second = 1_000_000_000L;
        var chinese = timeline.language() == Language.CHINESE;
        if (stepNs >= 60 * second) {
            return atNs / (60 * second) + (chinese ? " 分" : " min");
        }
        var milli = toNs <= second;
        var value = milli ? atNs / 1e6 : atNs / 1e9;
        var text = value == Math.rint(value)
                ? Long.toString((long) value)
                : java.math.BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
        return text + (milli ? (chinese ? " 毫秒" : " ms") : (chinese ? " 秒" : " s"));
    }

    private void now() {
        if (timeline.live() && timeline.lengthNs() > 0) {
            var x = x(timeline.lengthNs());
            svg.line(x, TOP - 6, x, bottom, c("now"));
            svg.text(Math.min(x, right - 10), TOP - 9, c("s") + " " + c("ink"), "middle", words.now());
        }
    }

    // ---- lanes

    private record Bar(Segment segment, long fromNs, long toNs, boolean mixed) {}

    /** The width in pixels below which neighbours are drawn together, so that the picture keeps its bounds. */
    private double coarseness() {
        for (var pixels = 1.0; ; pixels *= 1.5) {
            var count = 0;
            for (var row : rows) {
                if (row instanceof Rows.Single single) {
                    count += bars(single.lane(), pixels).size();
                }
            }
            if (count <= BARS) {
                return pixels;
            }
        }
    }

    /** The lane's segments within the window; runs of segments narrower than {@code pixels} become one bar of the state that took longest. */
    private List<Bar> bars(Lane lane, double pixels) {
        var narrowNs = (long) (pixels * (toNs - fromNs) / (right - left));
        var bars = new ArrayList<Bar>();
        var small = new ArrayList<Segment>();
        for (var segment : lane.segments()) {
            if (segment.toNs() <= fromNs || segment.fromNs() >= toNs) {
                continue;
            }
            if (!small.isEmpty() && small.getLast().toNs() != segment.fromNs()) {
                flush(small, bars);
            }
            if (segment.lengthNs() >= narrowNs) {
                flush(small, bars);
                bars.add(new Bar(segment, segment.fromNs(), segment.toNs(), false));
            } else {
                small.add(segment);
                if (segment.toNs() - small.getFirst().fromNs() >= narrowNs) {
                    flush(small, bars);
                }
            }
        }
        flush(small, bars);
        return bars;
    }

    private static void flush(List<Segment> small, List<Bar> bars) {
        if (small.isEmpty()) {
            return;
        }
        var totals = new EnumMap<State, Long>(State.class);
        small.forEach(segment -> totals.merge(segment.state(), segment.lengthNs(), Long::sum));
        var longest = totals.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        var example = small.stream()
                .filter(segment -> segment.state() == longest)
                .max(Comparator.comparingLong(Segment::lengthNs))
                .orElseThrow();
        bars.add(new Bar(example, small.getFirst().fromNs(), small.getLast().toNs(), small.size() > 1));
        small.clear();
    }

    private void lane(Rows.Single single, double middle, double coarse) {
        var lane = single.lane();
        svg.text(MARGIN, middle + 4, c("ink"), "start", Svg.fit(lane.name(), left - MARGIN - 14, NORMAL));
        var trouble = timeline.deadlock().stream()
                .flatMap(deadlock -> deadlock.ring().stream())
                .anyMatch(party -> party.lane() == lane.id());
        svg.text(
                right + 14,
                middle + 4,
                c("s") + " " + c(trouble ? "warn" : "soft"),
                "start",
                Svg.fit(total(single), WIDTH - MARGIN - right - 10, SMALL));
        var bars = bars(lane, coarse);
        if (bars.isEmpty() && lane.toNs() >= fromNs && lane.fromNs() <= toNs) {
            unseenDrawn = true;
            var x = clampedX(lane.fromNs());
            svg.rect(
                    x - 0.5,
                    middle - BAR / 2 + 0.5,
                    Math.max(clampedX(lane.toNs()) - x, 3),
                    BAR - 1,
                    1,
                    c("unseen"),
                    words.unseen(lane.name(), lane.length().toNanos()));
        }
        for (var i = 0; i < bars.size(); i++) {
            // Where only what it waits for changes, the bar goes on.
            var begins = i == 0
                    || bars.get(i - 1).segment().state()
                            != bars.get(i).segment().state();
            var ends = i == bars.size() - 1
                    || bars.get(i + 1).segment().state()
                            != bars.get(i).segment().state();
            bar(lane, bars.get(i), middle, begins, ends);
        }
        if (lane.ended() && !bars.isEmpty() && lane.toNs() >= fromNs && lane.toNs() <= toNs) {
            endsDrawn = true;
            svg.rect(
                    x(lane.toNs()) - 1.5, middle - BAR / 2, 3, BAR, 0, c("end"), words.ended(lane.name(), lane.toNs()));
        }
        holdLines.get(lane.id()).forEach((lock, y) -> hold(lane, lock, y));
    }

    private void bar(Lane lane, Bar bar, double middle, boolean begins, boolean ends) {
        var segment = bar.segment();
        var state = segment.state();
        var x = clampedX(bar.fromNs());
        var width = Math.max(clampedX(bar.toNs()) - x, 1.2);
        var title = bar.mixed()
                ? lane.name() + ": " + words.mostly(words.state(state)) + ", "
                        + words.duration(bar.toNs() - bar.fromNs())
                : words.hover(lane.name(), segment);
        drawn.add(state);
        var height = height(state);
        var radius = width < 4 ? 0 : height > 6 ? 2 : 1;
        if (state == State.RUNNING && segment.onCore() < 1) {
            drawn.add(State.READY);
            var share = BAR * segment.onCore();
            svg.rect(x, middle - BAR / 2, width, BAR, radius, c("ready"), title);
            svg.rect(x, middle + BAR / 2 - share, width, share, radius, c("run"), title);
        } else {
            svg.rect(x, middle - height / 2, width, height, radius, c(styleOf(state)), title);
        }
        if (!bar.mixed()) {
            soft(x, width, middle, begins ? segment.beginWithinNs() : 0, true);
            soft(x, width, middle, ends ? segment.endWithinNs() : 0, false);
        }
    }

    /** Fades an end of a bar over the time in which the change of state may really lie. */
    private void soft(double x, double width, double middle, long withinNs, boolean begin) {
        var soft = Math.min(Math.min(widthOf(withinNs), width * 0.4), 24);
        if (soft >= 1) {
            svg.rect(begin ? x : x + width - soft, middle - BAR / 2, soft, BAR, 0, c(begin ? "in" : "out"), "");
        }
    }

    private static double height(State state) {
        return switch (state) {
            case RUNNING, READY, BLOCKED -> BAR;
            case IO -> 10;
            case WAITING -> 8;
            case SLEEPING -> 3;
        };
    }

    private static String styleOf(State state) {
        return switch (state) {
            case RUNNING -> "run";
            case READY -> "ready";
            case BLOCKED -> "block";
            case WAITING -> "wait";
            case SLEEPING -> "sleep";
            case IO -> "io";
        };
    }

    /** All the times that a thread held a lock are one shape, so that many cost little. */
    private void hold(Lane lane, String lock, double y) {
        var d = new StringBuilder();
        var drawnTo = Double.NEGATIVE_INFINITY;
        var times = 0;
        var heldNs = 0L;
        for (var hold : timeline.holds()) {
            if (hold.lane() != lane.id() || !hold.lock().equals(lock)) {
                continue;
            }
            times++;
            heldNs += hold.toNs() - hold.fromNs();
            if (hold.toNs() < fromNs || hold.fromNs() > toNs) {
                continue;
            }
            var x = Math.max(clampedX(hold.fromNs()), drawnTo);
            var end = Math.max(clampedX(hold.toNs()), x + 1);
            if (x - drawnTo < 1 && drawnTo > 0) {
                x = drawnTo;
            }
            if (end - drawnTo >= 1) {
                d.append('M')
                        .append(number(x))
                        .append(' ')
                        .append(number(y))
                        .append('H')
                        .append(number(end));
                drawnTo = end;
            }
        }
        if (d.isEmpty()) {
            return;
        }
        holdsDrawn = true;
        svg.path(d.toString(), c("hold"), "", words.heldInAll(lane.name(), lock, times, heldNs));
        svg.text(
                MARGIN,
                y + 6,
                c("s") + " " + c("soft"),
                "start",
                Svg.fit(words.holds(lock), left - MARGIN - 14, SMALL));
    }

    // ---- who waits for whom

    private List<Wait> drawableWaits() {
        return timeline.waits().stream()
                .filter(wait ->
                        middles.isEmpty() || middles.containsKey(wait.waiter()) && middles.containsKey(wait.holder()))
                .filter(wait -> wait.toNs() > fromNs && wait.fromNs() < toNs)
                .filter(wait -> widthOf(wait.toNs() - wait.fromNs()) >= 5)
                .toList();
    }

    private void arrows() {
        var taken = new ArrayList<Double>();
        for (var wait : drawableWaits()) {
            var from = middles.get(wait.waiter());
            var to = middles.get(wait.holder());
            if (from.equals(to)) {
                continue;
            }
            arrowsDrawn = true;
            var start = clampedX(wait.fromNs());
            var width = clampedX(wait.toNs()) - start;
            var x = start + Math.min(width / 2, 18);
            for (var other : taken.stream().sorted().toList()) {
                if (Math.abs(other - x) < 24 && other + 30 < start + width) {
                    x = Math.max(x, other + 30);
                }
            }
            taken.add(x);
            var down = to > from;
            var holdY = holdLines.get(wait.holder()).get(wait.lock());
            var y1 = from + (down ? BAR / 2 : -BAR / 2);
            var y2 = down ? to - BAR / 2 - 1.5 : (holdY == null ? to + BAR / 2 : holdY + 1.5) + 1.5;
            var bow = Math.min(26, 8 + Math.abs(y2 - y1) * 0.1) * (down ? 1 : -1);
            var d = "M" + number(x) + " " + number(y1) + "C" + number(x + bow) + " " + number(y1 + (y2 - y1) * 0.3)
                    + " " + number(x + bow) + " " + number(y1 + (y2 - y1) * 0.7) + " " + number(x) + " " + number(y2);
            svg.path(d, c("halo"), "", "");
            svg.path(
                    d,
                    c("arrow"),
                    " marker-end=\"url(#" + prefix + "-tip)\"",
                    words.waitsFor(name(wait.waiter()), wait.lock(), name(wait.holder()), wait.toNs() - wait.fromNs()));
        }
    }

    /** Locks whose queue is drawn instead of too many arrows, the most wanted first. */
    private static Map<String, List<Wait>> depths(List<Wait> waits) {
        if (waits.size() <= ARROWS) {
            return Map.of();
        }
        var byLock = new LinkedHashMap<String, List<Wait>>();
        waits.forEach(wait ->
                byLock.computeIfAbsent(wait.lock(), lock -> new ArrayList<>()).add(wait));
        var most = new LinkedHashMap<String, List<Wait>>();
        byLock.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> -entry.getValue().size()))
                .limit(DEPTHS)
                .forEach(entry -> most.put(entry.getKey(), entry.getValue()));
        return most;
    }

    private void depth(String lock, List<Wait> waits, double top) {
        var slots = (int) Math.ceil(right - left);
        var change = new int[slots + 2];
        var deepest = 0;
        for (var wait : waits) {
            change[slot(wait.fromNs(), slots)]++;
            change[Math.max(slot(wait.toNs(), slots), slot(wait.fromNs(), slots) + 1)]--;
        }
        for (int i = 0, depth = 0; i <= slots; i++) {
            depth += change[i];
            deepest = Math.max(deepest, depth);
        }
        var base = top + 22;
        var d = new StringBuilder("M" + number(left) + " " + number(base));
        var shown = 0;
        for (int i = 0, depth = 0; i <= slots; i++) {
            depth += change[i];
            if (depth != shown) {
                shown = depth;
                d.append('H').append(number(Math.min(left + i, right)));
                d.append('V').append(number(base - 16.0 * depth / Math.max(1, deepest)));
            }
        }
        d.append('H').append(number(timeline.live() ? clampedX(timeline.lengthNs()) : right));
        svg.line(left, base, right, base, c("axis"));
        svg.path(d.toString(), c("depth"), "", words.waitingFor(lock) + ": " + words.upTo(deepest));
        svg.text(
                MARGIN,
                base - 3,
                c("s") + " " + c("soft"),
                "start",
                Svg.fit(words.waitingFor(lock), left - MARGIN - 14, SMALL));
        svg.text(right + 14, base - 3, c("s") + " " + c("soft"), "start", words.upTo(deepest));
    }

    private int slot(long ns, int slots) {
        return Math.clamp(Math.round(x(ns) - left), 0, slots);
    }

    // ---- bands

    private static final State[] STACK = {
        State.RUNNING, State.READY, State.BLOCKED, State.IO, State.WAITING, State.SLEEPING
    };

    /** Many lanes as one band: how many of them are in which state. */
    private void group(Rows.Group group, double top) {
        var shares = new EnumMap<State, double[]>(State.class);
        var unseen = new double[SLOTS];
        for (var lane : group.lanes()) {
            for (var segment : lane.segments()) {
                var onCore = segment.onCore();
                spread(segment.fromNs(), segment.toNs(), (slot, part) -> {
                    if (segment.state() == State.RUNNING || segment.state() == State.READY) {
                        add(shares, State.RUNNING, slot, part * onCore);
                        add(shares, State.READY, slot, part * (1 - onCore));
                    } else {
                        add(shares, segment.state(), slot, part);
                    }
                });
            }
            if (lane.segments().isEmpty()) {
                spread(lane.fromNs(), lane.toNs(), (slot, part) -> unseen[slot] += part);
            }
        }
        var label = label(group);
        stack(shares, unseen, group.lanes().size(), top, label);
        band(top, label, total(group));
    }

    private void band(double top, String label, String total) {
        var y = top + BAND / 2 + 4;
        svg.text(MARGIN, y, c("ink"), "start", Svg.fit(label, left - MARGIN - 14, NORMAL));
        svg.text(right + 14, y, c("s") + " " + c("soft"), "start", Svg.fit(total, WIDTH - MARGIN - right - 10, SMALL));
    }

    private interface Part {
        void of(int slot, double part);
    }

    /** Calls for each slot of a band that the time touches, with the part of the slot that it covers. */
    private void spread(long partFromNs, long partToNs, Part use) {
        var slotNs = Math.max(1, (toNs - fromNs) / SLOTS);
        for (var slot = Math.max(0, (partFromNs - fromNs) / slotNs);
                slot < SLOTS && fromNs + slot * slotNs < partToNs;
                slot++) {
            var coveredNs =
                    Math.min(partToNs, fromNs + (slot + 1) * slotNs) - Math.max(partFromNs, fromNs + slot * slotNs);
            if (coveredNs > 0) {
                use.of((int) slot, (double) coveredNs / slotNs);
            }
        }
    }

    private static void add(Map<State, double[]> shares, State state, int slot, double part) {
        if (part > 0) {
            shares.computeIfAbsent(state, s -> new double[SLOTS])[slot] += part;
        }
    }

    private void stack(Map<State, double[]> shares, double[] unseen, double most, double top, String label) {
        svg.rect(left, top, right - left, BAND, 2, c("band"), "");
        var base = new double[SLOTS];
        for (var state : STACK) {
            if (shares.containsKey(state)) {
                drawn.add(state);
                layer(base, shares.get(state), most, top, styleOf(state), label + ": " + words.state(state));
            }
        }
        if (Arrays.stream(unseen).anyMatch(part -> part > 0)) {
            unseenDrawn = true;
            layer(base, unseen, most, top, "unseen", label + ": " + words.unseenLegend());
        }
    }

    private void layer(double[] base, double[] share, double most, double top, String style, String title) {
        var upper = new StringBuilder();
        var lower = new StringBuilder();
        var peak = 0.0;
        for (var i = 0; i < SLOTS; i++) {
            var x1 = number(left + (right - left) * i / SLOTS);
            var x2 = number(left + (right - left) * (i + 1) / SLOTS);
            var under = number(top + BAND - BAND * base[i] / most);
            base[i] += share[i];
            peak = Math.max(peak, share[i]);
            var over = number(top + BAND - BAND * base[i] / most);
            upper.append(i == 0 ? "M" : "L")
                    .append(x1)
                    .append(' ')
                    .append(over)
                    .append('H')
                    .append(x2);
            lower.insert(0, "L" + x2 + " " + under + "H" + x1);
        }
        svg.path(
                upper.append(lower).append('Z').toString(),
                c(style),
                "",
                title + ", " + words.upTo((int) Math.ceil(peak - 1e-6)));
    }

    private String virtualTotal() {
        var alive = -1;
        var mounted = 0;
        var queued = 0;
        for (var load : timeline.virtual()) {
            alive = Math.max(alive, load.alive());
            mounted = Math.max(mounted, load.mounted());
            queued = Math.max(queued, load.queued());
        }
        return words.virtualPeak(alive, mounted, queued);
    }

    private void virtual(double top) {
        var shares = new EnumMap<State, double[]>(State.class);
        var most = 1.0;
        var loads = timeline.virtual();
        for (var i = 0; i < loads.size(); i++) {
            var load = loads.get(i);
            var parked = Math.max(0, load.alive() - load.mounted() - load.queued());
            most = Math.max(most, parked + load.mounted() + load.queued());
            var loadToNs = i + 1 < loads.size() ? loads.get(i + 1).atNs() : timeline.lengthNs();
            spread(load.atNs(), loadToNs, (slot, part) -> {
                add(shares, State.RUNNING, slot, part * load.mounted());
                add(shares, State.READY, slot, part * load.queued());
                add(shares, State.WAITING, slot, part * parked);
            });
        }
        stack(shares, new double[SLOTS], most, top, words.virtualLabel());
        band(top, words.virtualLabel(), virtualTotal());
    }

    // ---- below the lanes

    /** @return the y below */
    private double deadlock(double top) {
        if (timeline.deadlock().isEmpty()) {
            return top;
        }
        var deadlock = timeline.deadlock().get();
        if (deadlock.fromNs() >= fromNs) {
            svg.line(x(deadlock.fromNs()), TOP - 6, x(deadlock.fromNs()), bottom, c("since"));
        }
        var lines = wrap(words.deadlock(deadlock), NORMAL);
        var next = wrap(words.deadlockNext(deadlock, timeline.live()), SMALL);
        var height = 12 + 17 * lines.size() + 16 * next.size() + 4;
        svg.rect(MARGIN, top, WIDTH - 2 * MARGIN, height, 6, c("warnbg"), "");
        var y = top + 20;
        for (var line : lines) {
            svg.text(MARGIN + 14, y, c("warn"), "start", line);
            y += 17;
        }
        for (var line : next) {
            svg.text(MARGIN + 14, y, c("s") + " " + c("warn"), "start", line);
            y += 16;
        }
        return top + height + 18;
    }

    private static List<String> wrap(String text, double size) {
        var room = WIDTH - 2 * MARGIN - 28;
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (var piece : text.split("(?<=[ ，；：。])")) {
            if (!line.isEmpty() && Svg.width(line + piece, size) > room) {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
            }
            line.append(piece);
        }
        lines.add(Svg.fit(line.toString().stripTrailing(), room, size));
        return lines;
    }

    /** @return the y below */
    private double legend(double top) {
        var x = MARGIN;
        var y = top;
        for (var state : State.values()) {
            if (!drawn.contains(state)) {
                continue;
            }
            var word = words.state(state);
            if (x + 24 + Svg.width(word, SMALL) > WIDTH - MARGIN) {
                x = MARGIN;
                y += 22;
            }
            var height = height(state);
            svg.rect(x, y + 8 - height / 2, 18, height, height > 6 ? 2 : 1, c(styleOf(state)), "");
            x = legendWord(x + 24, y, word);
        }
        if (unseenDrawn) {
            x = legendBreak(x, y, words.unseenLegend());
            y = x == MARGIN ? y + 22 : y;
            svg.rect(x + 4, y + 0.5, 6, BAR - 1, 1, c("unseen"), "");
            x = legendWord(x + 16, y, words.unseenLegend());
        }
        if (holdsDrawn) {
            x = legendBreak(x, y, words.holdLegend());
            y = x == MARGIN ? y + 22 : y;
            svg.path("M" + number(x) + " " + number(y + 8) + "h18", c("hold"), "", "");
            x = legendWord(x + 24, y, words.holdLegend());
        }
        if (arrowsDrawn) {
            x = legendBreak(x, y, words.arrowLegend());
            y = x == MARGIN ? y + 22 : y;
            svg.path(
                    "M" + number(x) + " " + number(y + 8) + "h18",
                    c("arrow"),
                    " marker-end=\"url(#" + prefix + "-tip)\"",
                    "");
            x = legendWord(x + 25, y, words.arrowLegend());
        }
        if (endsDrawn) {
            x = legendBreak(x, y, words.endedLegend());
            y = x == MARGIN ? y + 22 : y;
            svg.rect(x + 2, y, 3, BAR, 0, c("end"), "");
            legendWord(x + 11, y, words.endedLegend());
        }
        return y + 34;
    }

    private static double legendBreak(double x, double y, String word) {
        return x + 24 + Svg.width(word, SMALL) > WIDTH - MARGIN ? MARGIN : x;
    }

    private double legendWord(double x, double y, String word) {
        svg.text(x, y + 12, c("s") + " " + c("soft"), "start", word);
        return x + Svg.width(word, SMALL) + 11;
    }

    /** @return the y below */
    private double footer(double top, double coarse) {
        var coarserNs = coarse > 1 ? (long) (coarse * (toNs - fromNs) / (right - left)) : 0;
        var text = words.footer(timeline, coarserNs);
        if (timeline.waits().size() > ARROWS) {
            text = words.arrowsLeftOut(timeline.waits().size()) + text;
        }
        if (text.isBlank()) {
            return top - 10;
        }
        var y = top;
        for (var line : wrap(text, SMALL)) {
            svg.text(MARGIN, y, c("s") + " " + c("soft"), "start", line);
            y += 15;
        }
        return y - 5;
    }
}
