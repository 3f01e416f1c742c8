package heddle.watch;

import heddle.watch.Timeline.Deadlock;
import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a picture says, in each language. Names are the learner's own and stay as they are. */
enum Words {
    ENGLISH {
        @Override
        String state(State state) {
            return switch (state) {
                case RUNNING -> "running";
                case READY -> "waiting for a core";
                case BLOCKED -> "blocked by a lock";
                case WAITING -> "waiting";
                case SLEEPING -> "sleeping";
                case IO -> "input/output";
            };
        }

        @Override
        String total(State state, long ns) {
            return switch (state) {
                        case RUNNING -> "ran ";
                        case READY -> "no core for ";
                        case BLOCKED -> "blocked ";
                        case WAITING -> "waited ";
                        case SLEEPING -> "slept ";
                        case IO -> "input/output ";
                    }
                    + duration(ns);
        }

        @Override
        String duration(long ns) {
            return span(ns, " ms", " s", " min ");
        }

        @Override
        String title(String of) {
            return of.isEmpty() ? "Threads" : of + " · threads";
        }

        @Override
        String threads(long count) {
            return count(count) + (count == 1 ? " thread" : " threads");
        }

        @Override
        String virtualThreads(long count) {
            return count(count) + (count == 1 ? " virtual thread" : " virtual threads");
        }

        @Override
        String deadlockAfter(long ns) {
            return "deadlock after " + duration(ns);
        }

        @Override
        String holds(String lock) {
            return "holds " + lock;
        }

        @Override
        String holds(String thread, String lock) {
            return thread + " holds " + lock;
        }

        @Override
        String heldInAll(String thread, String lock, int times, long ns) {
            return thread + " held " + lock + " " + (times == 1 ? "once" : times + " times") + ", " + duration(ns);
        }

        @Override
        String waitsFor(String waiter, String lock, String holder, long ns) {
            return waiter + " waited " + duration(ns) + " for " + lock + ", which " + holder + " had";
        }

        @Override
        String alive() {
            return "still alive";
        }

        @Override
        String ended(String thread, long atNs) {
            return thread + " ended at " + duration(atNs);
        }

        @Override
        String now() {
            return "now";
        }

        @Override
        String endedLegend() {
            return "ended";
        }

        @Override
        String holdLegend() {
            return "holds a lock";
        }

        @Override
        String arrowLegend() {
            return "waits for the holder";
        }

        @Override
        String waitingFor(String lock) {
            return "waiting for " + lock;
        }

        @Override
        String upTo(int count) {
            return "up to " + count + " at once";
        }

        @Override
        String virtualLabel() {
            return "virtual threads";
        }

        @Override
        String virtualPeak(int alive, int mounted, int queued) {
            return (alive < 0 ? "up to " : "up to " + count(alive) + " alive, ") + count(mounted) + " running"
                    + (alive >= 0 || queued == 0 ? "" : ", " + count(queued) + " queued");
        }

        @Override
        String unseen(String thread, long ns) {
            return thread + ": lived " + duration(ns) + ", too short to see what it did";
        }

        @Override
        String unseenLegend() {
            return "too short to see its state";
        }

        @Override
        String lived(long ns) {
            return "lived " + duration(ns);
        }

        @Override
        String others() {
            return "other threads";
        }

        @Override
        String deadlock(Deadlock deadlock) {
            return (deadlock.over() ? "Deadlock for " + duration(deadlock.toNs() - deadlock.fromNs()) : "Deadlock")
                    + ": "
                    + deadlock.ring().stream()
                            .map(party ->
                                    party.name() + " holds " + party.holds() + " and waits for " + party.waitsFor())
                            .collect(Collectors.joining("; "))
                    + ".";
        }

        @Override
        String deadlockNext(Deadlock deadlock, boolean live) {
            var none = deadlock.ring().size() == 2 ? "neither" : "none of them";
            var next = deadlock.over()
                    ? none + " could go on until one gave up"
                    : live
                            ? none + " can go on; press Stop to end the cell"
                            : none + " can go on; they stay stuck until Java is restarted";
            return places(deadlock, "at") + next + ".";
        }

        @Override
        String footer(Timeline timeline, long coarserNs) {
            var parts = new ArrayList<String>();
            var source = timeline.source();
            if (source.looks() > 1) {
                parts.add((source.startsExact() ? "Starts and ends exact; states sampled" : "Sampled")
                        + " about every " + duration(source.everyNs())
                        + (worthSaying(source) ? " (at worst " + duration(source.worstNs()) + " apart)" : "")
                        + ": a change lies somewhere within its soft edge");
            }
            if (coarserNs > 0) {
                parts.add("of anything shorter than " + duration(coarserNs) + " the longest state is drawn");
            }
            if (source.missed() > 0) {
                parts.add(threads(source.missed()) + " of this JVM came and went unseen");
            }
            return sentence(parts, "; ", ".");
        }

        @Override
        String arrowsLeftOut(int count) {
            return waits(count) + ": too many for arrows. ";
        }

        @Override
        String waits(int count) {
            return count(count) + (count == 1 ? " wait for a lock" : " waits for locks");
        }

        @Override
        String mostly(String state) {
            return "mostly " + state;
        }

        @Override
        String shared(double onCore) {
            return "on a core " + Math.round(onCore * 100) + " % of the time";
        }

        @Override
        String at(String place) {
            return " at " + place;
        }

        @Override
        String what(Segment segment) {
            return switch (segment.state()) {
                case BLOCKED -> " " + segment.what();
                case WAITING ->
                    segment.what().contains(".") ? " in " + segment.what() : " for the end of " + segment.what();
                default -> " in " + segment.what();
            };
        }

        @Override
        List<String> columns() {
            return List.of("thread", "from", "to");
        }

        @Override
        String nothing() {
            return "No thread was seen.";
        }
    },

    CHINESE {
        @Override
        String state(State state) {
            return switch (state) {
                case RUNNING -> "运行";
                case READY -> "就绪（等 CPU）";
                case BLOCKED -> "阻塞（等锁）";
                case WAITING -> "等待";
                case SLEEPING -> "睡眠";
                case IO -> "输入/输出";
            };
        }

        @Override
        String total(State state, long ns) {
            return switch (state) {
                        case RUNNING -> "运行 ";
                        case READY -> "等 CPU ";
                        case BLOCKED -> "等锁 ";
                        case WAITING -> "等待 ";
                        case SLEEPING -> "睡眠 ";
                        case IO -> "输入/输出 ";
                    }
                    + duration(ns);
        }

        @Override
        String duration(long ns) {
            return span(ns, " 毫秒", " 秒", " 分 ");
        }

        @Override
        String title(String of) {
            return of.isEmpty() ? "线程" : of + " · 线程";
        }

        @Override
        String threads(long count) {
            return count(count) + " 个线程";
        }

        @Override
        String virtualThreads(long count) {
            return count(count) + " 个虚拟线程";
        }

        @Override
        String deadlockAfter(long ns) {
            return duration(ns) + "后死锁";
        }

        @Override
        String holds(String lock) {
            return spaced("持有", lock);
        }

        @Override
        String holds(String thread, String lock) {
            return spaced(thread, "持有", lock);
        }

        @Override
        String heldInAll(String thread, String lock, int times, long ns) {
            return spaced(thread, "持有", lock, "共 " + times + " 次，" + duration(ns));
        }

        @Override
        String waitsFor(String waiter, String lock, String holder, long ns) {
            return spaced(waiter, "等", lock, "等了 " + duration(ns) + "，锁在", holder, "手里");
        }

        @Override
        String alive() {
            return "未结束";
        }

        @Override
        String ended(String thread, long atNs) {
            return spaced(thread, "在 " + duration(atNs) + "时结束");
        }

        @Override
        String now() {
            return "现在";
        }

        @Override
        String endedLegend() {
            return "结束";
        }

        @Override
        String holdLegend() {
            return "持有锁";
        }

        @Override
        String arrowLegend() {
            return "等锁的持有者";
        }

        @Override
        String waitingFor(String lock) {
            return spaced("等待", lock);
        }

        @Override
        String upTo(int count) {
            return "最多同时 " + count + " 个";
        }

        @Override
        String virtualLabel() {
            return "虚拟线程";
        }

        @Override
        String virtualPeak(int alive, int mounted, int queued) {
            return (alive < 0 ? "最多 " : "最多 " + count(alive) + " 个，其中 ") + count(mounted) + " 个在运行"
                    + (alive >= 0 || queued == 0 ? "" : "，" + count(queued) + " 个在排队");
        }

        @Override
        String unseen(String thread, long ns) {
            return thread + "：存活 " + duration(ns) + "，太短，看不到状态";
        }

        @Override
        String unseenLegend() {
            return "太短，看不到状态";
        }

        @Override
        String lived(long ns) {
            return "存活 " + duration(ns);
        }

        @Override
        String others() {
            return "其他线程";
        }

        @Override
        String deadlock(Deadlock deadlock) {
            return (deadlock.over() ? "死锁持续了 " + duration(deadlock.toNs() - deadlock.fromNs()) : "死锁") + "："
                    + deadlock.ring().stream()
                            .map(party -> spaced(party.name(), "持有", party.holds(), "，在等", party.waitsFor()))
                            .collect(Collectors.joining("；"))
                    + "。";
        }

        @Override
        String deadlockNext(Deadlock deadlock, boolean live) {
            var all = deadlock.ring().size() == 2 ? "双方" : "它们";
            var next = deadlock.over()
                    ? all + "互不相让，直到有一方放弃"
                    : live ? all + "都无法继续，请按“停止”结束这个单元格" : all + "都无法继续，重启 Java 之前会一直卡住";
            return places(deadlock, "停在") + next + "。";
        }

        @Override
        String footer(Timeline timeline, long coarserNs) {
            var parts = new ArrayList<String>();
            var source = timeline.source();
            if (source.looks() > 1) {
                parts.add((source.startsExact() ? "起止时刻精确；状态靠采样得到" : "靠采样得到") + "，大约每 "
                        + duration(source.everyNs()) + "一次"
                        + (worthSaying(source) ? "，最长隔了 " + duration(source.worstNs()) : "")
                        + "：状态是在渐变边缘之内的某一刻改变的");
            }
            if (coarserNs > 0) {
                parts.add("短于 " + duration(coarserNs) + "的片段只画其中最长的状态");
            }
            if (source.missed() > 0) {
                parts.add("另有本 JVM 的 " + threads(source.missed()) + "来去太快，没有看到");
            }
            return sentence(parts, "；", "。");
        }

        @Override
        String arrowsLeftOut(int count) {
            return waits(count) + "，箭头太多，不再画出。";
        }

        @Override
        String waits(int count) {
            return "等锁 " + count(count) + " 次";
        }

        @Override
        String mostly(String state) {
            return "大部分时间" + state;
        }

        @Override
        String shared(double onCore) {
            return Math.round(onCore * 100) + "% 的时间占有 CPU";
        }

        @Override
        String at(String place) {
            return spaced("，位于", place);
        }

        @Override
        String what(Segment segment) {
            return switch (segment.state()) {
                case BLOCKED -> "：" + segment.what();
                case WAITING ->
                    segment.what().contains(".") ? "：" + segment.what() : spaced("：等", segment.what(), "结束");
                default -> "：" + segment.what();
            };
        }

        @Override
        List<String> columns() {
            return List.of("线程", "开始", "结束");
        }

        @Override
        String nothing() {
            return "没有看到线程。";
        }
    };

    static Words in(Language language) {
        return switch (language) {
            case ENGLISH -> ENGLISH;
            case CHINESE -> CHINESE;
        };
    }

    abstract String state(State state);

    abstract String total(State state, long ns);

    abstract String duration(long ns);

    abstract String title(String of);

    abstract String threads(long count);

    abstract String virtualThreads(long count);

    abstract String deadlockAfter(long ns);

    abstract String holds(String lock);

    abstract String holds(String thread, String lock);

    abstract String heldInAll(String thread, String lock, int times, long ns);

    abstract String waitsFor(String waiter, String lock, String holder, long ns);

    abstract String alive();

    abstract String ended(String thread, long atNs);

    abstract String now();

    abstract String endedLegend();

    abstract String holdLegend();

    abstract String arrowLegend();

    abstract String waitingFor(String lock);

    abstract String upTo(int count);

    abstract String virtualLabel();

    abstract String virtualPeak(int alive, int mounted, int queued);

    abstract String unseen(String thread, long ns);

    abstract String unseenLegend();

    abstract String lived(long ns);

    abstract String others();

    abstract String deadlock(Deadlock deadlock);

    abstract String deadlockNext(Deadlock deadlock, boolean live);

    /** @param coarserNs stretches shorter than this are drawn together; 0 when all are drawn */
    abstract String footer(Timeline timeline, long coarserNs);

    abstract String arrowsLeftOut(int count);

    abstract String waits(int count);

    abstract String mostly(String state);

    abstract String shared(double onCore);

    abstract String at(String place);

    abstract String what(Segment segment);

    abstract List<String> columns();

    abstract String nothing();

    /** The right end of the title line: the answer in numbers. */
    String caption(Timeline timeline) {
        var parts = new ArrayList<String>();
        parts.add(threads(timeline.lanes().size()));
        if (timeline.source().virtualStarted() > 0) {
            parts.add(virtualThreads(timeline.source().virtualStarted()));
        }
        parts.add(duration(timeline.lengthNs()));
        timeline.deadlock().ifPresent(deadlock -> parts.add(deadlockAfter(deadlock.fromNs())));
        return String.join(" · ", parts);
    }

    /** The facts in one line. */
    String summary(Timeline timeline) {
        return title(timeline.title()) + ": " + caption(timeline)
                + timeline.lanes().stream()
                        .filter(lane -> lane.blocked().isPositive())
                        .max((one, other) -> one.blocked().compareTo(other.blocked()))
                        .map(lane -> " · " + lane.name() + " "
                                + total(State.BLOCKED, lane.blocked().toNanos()))
                        .orElse("");
    }

    /** A lane's total in words: its longest states. */
    String totals(Lane lane, int states) {
        var text = lane.longestFirst().stream()
                .filter(entry -> entry.getValue() * 20 >= lane.length().toNanos())
                .limit(states)
                .map(entry -> total(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(" · "));
        return text;
    }

    /** What hovering over a bar says. */
    String hover(String thread, Segment segment) {
        return thread + ": " + state(segment.state())
                + (segment.what().isEmpty() ? "" : what(segment))
                + (segment.state() == State.RUNNING && segment.onCore() < 1 ? ", " + shared(segment.onCore()) : "")
                + ", " + duration(segment.lengthNs())
                + (segment.place().isEmpty() ? "" : at(segment.place()));
    }

    /** Joins words with a space between them, except where two Chinese characters meet. */
    static String spaced(String... words) {
        var text = new StringBuilder();
        for (var word : words) {
            if (!text.isEmpty()
                    && !word.isEmpty()
                    && !(Svg.isWide(text.codePointBefore(text.length())) && Svg.isWide(word.codePointAt(0)))
                    && !word.startsWith("，")) {
                text.append(' ');
            }
            text.append(word);
        }
        return text.toString();
    }

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static boolean worthSaying(Timeline.Source source) {
        return source.worstNs() > 3 * source.everyNs();
    }

    private static String places(Deadlock deadlock, String at) {
        return deadlock.ring().stream()
                .filter(party -> !party.place().isEmpty())
                .map(party -> spaced(party.name(), at, party.place()) + " · ")
                .collect(Collectors.joining());
    }

    private static String sentence(List<String> parts, String between, String end) {
        return parts.isEmpty() ? "" : String.join(between, parts) + end;
    }

    /** Three digits are enough for the eye. */
    private static String span(long ns, String ms, String s, String min) {
        if (ns < 9_950_000) {
            return ns < 50_000 ? "0" + ms : String.format(Locale.ROOT, "%.1f%s", ns / 1e6, ms);
        }
        if (ns < 99_500_000) {
            return Math.round(ns / 1e6) + ms;
        }
        if (ns < 9_995_000_000L) {
            return String.format(Locale.ROOT, "%.2f%s", ns / 1e9, s);
        }
        if (ns < 119_950_000_000L) {
            return String.format(Locale.ROOT, "%.1f%s", ns / 1e9, s);
        }
        var seconds = Math.round(ns / 1e9);
        return seconds / 60 + min + seconds % 60 + s;
    }
}
