package heddle.watch;

import heddle.watch.Timeline.Deadlock;
import heddle.watch.Timeline.End;
import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Segment;
import heddle.watch.Timeline.Source;
import heddle.watch.Timeline.VirtualLoad;
import heddle.watch.Timeline.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Facts as they might be seen, and a {@code main} that writes their pictures to a folder so that anybody can look at them. */
final class Samples {

    private static final long MS = 1_000_000;

    private Samples() {}

    /** A lane written down by hand: {@code at(...)} begins it, each call adds a stretch. */
    static final class LaneWriter {
        private final long id;
        private final String name;
        private final long fromNs;
        private final List<Segment> segments = new ArrayList<>();
        private long atNs;

        LaneWriter(long id, String name, long fromMs) {
            this.id = id;
            this.name = name;
            this.fromNs = fromMs * MS;
            this.atNs = fromNs;
        }

        LaneWriter then(State state, long ms, String what, String place) {
            return then(state, ms, state == State.RUNNING ? 1 : 0, what, place);
        }

        LaneWriter then(State state, long ms, double onCore, String what, String place) {
            segments.add(
                    new Segment(state, atNs, atNs + ms * MS, onCore, what, place, atNs > 0 ? 10 * MS : 0, 10 * MS));
            atNs += ms * MS;
            return this;
        }

        LaneWriter run(long ms) {
            return then(State.RUNNING, ms, "", "cell 12:5");
        }

        LaneWriter sleep(long ms) {
            return then(State.SLEEPING, ms, "", "cell 12:6");
        }

        LaneWriter block(long ms, String lock) {
            return then(State.BLOCKED, ms, lock, "cell 12:7");
        }

        LaneWriter wait(long ms, String what) {
            return then(State.WAITING, ms, what, "cell 12:20");
        }

        long atMs() {
            return atNs / MS;
        }

        Lane ended() {
            return new Lane(id, name, false, fromNs, atNs, End.ENDED, segments, -1, Map.of());
        }

        Lane alive() {
            return new Lane(id, name, false, fromNs, atNs, End.ALIVE, segments, -1, Map.of());
        }

        Lane caller() {
            return new Lane(id, name, true, fromNs, atNs, End.ALIVE, segments, -1, Map.of());
        }
    }

    static LaneWriter lane(long id, String name, long fromMs) {
        return new LaneWriter(id, name, fromMs);
    }

    static Hold hold(long lane, String lock, long fromMs, long toMs) {
        return new Hold(lane, lock, fromMs * MS, toMs * MS);
    }

    static Wait waiting(long waiter, long holder, String lock, long fromMs, long toMs) {
        return new Wait(waiter, holder, lock, fromMs * MS, toMs * MS);
    }

    static Timeline timeline(
            Language language, long lengthMs, boolean live, List<Lane> lanes, List<Hold> holds, List<Wait> waits) {
        return new Timeline(
                language == Language.CHINESE ? "单元格 12" : "Cell 12",
                language,
                lengthMs * MS,
                live,
                lanes,
                holds,
                waits,
                Optional.empty(),
                List.of(),
                new Source((int) (lengthMs / 20), 20 * MS, 21 * MS, false, 0, -1));
    }

    static Timeline turns(Language language) {
        var ada = lane(2, language == Language.CHINESE ? "售票员-1" : "clerk-1", 8);
        var ben = lane(3, language == Language.CHINESE ? "售票员-2" : "clerk-2", 10);
        var eve = lane(4, language == Language.CHINESE ? "售票员-3" : "clerk-3", 14);
        ada.run(12)
                .then(State.RUNNING, 300, "", "cell 12:9")
                .sleep(200)
                .block(340, "counter")
                .run(220)
                .sleep(60);
        ben.run(14)
                .block(296, "counter")
                .run(220)
                .sleep(300)
                .block(230, "counter")
                .run(90);
        eve.run(10)
                .block(516, "counter")
                .run(320)
                .then(State.IO, 120, "FileOutputStream.write", "cell 12:14")
                .run(40);
        var main = lane(1, "main", 0)
                .run(16)
                .wait(ada.atMs() - 16, ada.ended().name())
                .wait(10, ben.ended().name())
                .run(14);
        var end = main.atMs();
        return timeline(
                language,
                end,
                false,
                List.of(main.caller(), ada.ended(), ben.ended(), eve.ended()),
                List.of(
                        hold(2, "counter", 20, 320),
                        hold(3, "counter", 320, 540),
                        hold(4, "counter", 540, 860),
                        hold(2, "counter", 860, 1080),
                        hold(3, "counter", 1080, 1160)),
                List.of(
                        waiting(3, 2, "counter", 24, 320),
                        waiting(4, 2, "counter", 24, 320),
                        waiting(4, 3, "counter", 320, 540),
                        waiting(2, 4, "counter", 520, 860),
                        waiting(3, 4, "counter", 840, 860),
                        waiting(3, 2, "counter", 860, 1070)));
    }

    static Timeline deadlock(Language language, boolean live) {
        var fork = language == Language.CHINESE ? "叉子" : "fork";
        var one = language == Language.CHINESE ? "哲学家-1" : "philosopher-1";
        var two = language == Language.CHINESE ? "哲学家-2" : "philosopher-2";
        var a = lane(2, one, 20).run(30).sleep(250).run(10).block(1690, fork + " B");
        var b = lane(3, two, 30).run(30).sleep(250).block(1690, fork + " A");
        var main = lane(1, "main", 0).run(20).wait(1980, one);
        var plain = timeline(
                language,
                2000,
                live,
                List.of(main.caller(), a.alive(), b.alive()),
                List.of(hold(2, fork + " A", 50, 2000), hold(3, fork + " B", 60, 2000)),
                List.of(waiting(2, 3, fork + " B", 310, 2000), waiting(3, 2, fork + " A", 310, 2000)));
        return new Timeline(
                plain.title(),
                language,
                plain.lengthNs(),
                live,
                plain.lanes(),
                plain.holds(),
                plain.waits(),
                Optional.of(new Deadlock(
                        310 * MS,
                        2000 * MS,
                        false,
                        List.of(
                                new Deadlock.Party(2, one, fork + " A", fork + " B", "cell 12:7"),
                                new Deadlock.Party(3, two, fork + " B", fork + " A", "cell 12:14")))),
                List.of(),
                plain.source());
    }

    static Timeline sleepers(Language language) {
        var lanes = new ArrayList<Lane>();
        lanes.add(lane(1, "main", 0).run(6).wait(1010, "sleeper-10").run(4).caller());
        for (var i = 1; i <= 10; i++) {
            lanes.add(
                    lane(1 + i, "sleeper-" + i, i).run(3).sleep(100 * i).run(2).ended());
        }
        return timeline(language, 1020, false, lanes, List.of(), List.of());
    }

    static Timeline many(Language language) {
        var lanes = new ArrayList<Lane>();
        var waits = new ArrayList<Wait>();
        var holds = new ArrayList<Hold>();
        lanes.add(lane(1, "main", 0)
                .run(30)
                .wait(1930, "ThreadPoolExecutor.awaitTermination")
                .run(40)
                .caller());
        for (var i = 0; i < 37; i++) {
            var id = 2 + i;
            var turn = 60 + i * 50;
            var writer = lane(id, "pool-1-thread-" + (i + 1), 10 + i)
                    .then(State.RUNNING, 20, 0.45, "", "cell 12:3")
                    .block(Math.max(1, turn - 30 - i), "ledger")
                    .run(40);
            holds.add(hold(id, "ledger", turn, turn + 50));
            for (var holder = Math.max(0, i - 3); holder < i; holder++) {
                waits.add(waiting(id, 2 + holder, "ledger", 60 + holder * 50, 110 + holder * 50));
            }
            lanes.add(writer.wait(1960 - writer.atMs(), "ThreadPoolExecutor.getTask")
                    .ended());
        }
        lanes.add(lane(90, "auditor", 100)
                .sleep(800)
                .then(State.IO, 300, "FileInputStream.read", "cell 12:30")
                .run(100)
                .ended());
        lanes.add(lane(91, "clock", 40).sleep(1960).alive());
        return timeline(language, 2000, false, lanes, holds, waits);
    }

    static Timeline live(Language language) {
        var baker = language == Language.CHINESE ? "面包师" : "baker";
        var waiter = language == Language.CHINESE ? "服务员" : "waiter";
        var a = lane(2, baker, 30);
        var b = lane(3, waiter, 40);
        var holds = new ArrayList<Hold>();
        for (var i = 0; i < 8; i++) {
            holds.add(hold(2, "shelf", a.atMs(), a.atMs() + 120));
            a.run(120).sleep(280);
            b.wait(370, "LinkedBlockingQueue.take").run(30);
        }
        var spin = lane(4, "spinner", 200)
                .then(State.RUNNING, 2000, 0.6, "", "cell 12:40")
                .then(State.READY, 300, 0.03, "", "")
                .run(800);
        var main = lane(1, "main", 0).run(20).wait(3280, baker);
        return new Timeline(
                language == Language.CHINESE ? "单元格 12" : "Cell 12",
                language,
                3300 * MS,
                true,
                List.of(main.caller(), a.alive(), b.alive(), spin.alive()),
                holds,
                List.of(),
                Optional.empty(),
                List.of(
                        new VirtualLoad(400 * MS, 2, 120, -1),
                        new VirtualLoad(900 * MS, 2, 60, -1),
                        new VirtualLoad(1400 * MS, 1, 0, -1),
                        new VirtualLoad(1600 * MS, 0, 0, -1)),
                new Source(165, 20 * MS, 95 * MS, true, 0, 1_000));
    }

    /** Each sample by the name of its file. */
    static Map<String, Timeline> all() {
        var samples = new LinkedHashMap<String, Timeline>();
        for (var language : Language.values()) {
            var tag = language == Language.CHINESE ? "zh" : "en";
            samples.put("turns-" + tag, turns(language));
            samples.put("deadlock-" + tag, deadlock(language, false));
            samples.put("deadlock-live-" + tag, deadlock(language, true));
            samples.put("sleepers-" + tag, sleepers(language));
            samples.put("many-" + tag, many(language));
            samples.put("live-" + tag, live(language));
        }
        return samples;
    }

    /** Writes all samples to the folder named by the argument, as pages in the light, the dark and no theme. */
    public static void main(String[] folder) throws IOException {
        var to = Files.createDirectories(Path.of(folder.length > 0 ? folder[0] : "target/pictures"));
        for (var sample : all().entrySet()) {
            var picture = Painter.paint(sample.getValue(), Painter.newPrefix());
            Files.writeString(to.resolve(sample.getKey() + ".svg"), picture.svg());
            Files.writeString(to.resolve(sample.getKey() + ".txt"), picture.text());
            page(to.resolve(sample.getKey() + "-light.html"), "true", "#fff", picture);
            page(to.resolve(sample.getKey() + "-dark.html"), "false", "#111", picture);
        }
    }

    private static void page(Path file, String light, String ground, Picture picture) throws IOException {
        Files.writeString(
                file,
                "<!DOCTYPE html><meta charset=\"utf-8\"><body data-jp-theme-light=\"" + light
                        + "\" style=\"margin:10px;background:" + ground + "\">" + picture.html() + "</body>");
    }
}
