package heddle.notebook.process;

import heddle.notebook.MimeBundle;
import heddle.notebook.process.Bar.State;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Bars as HTML, which takes the colours of the page around it for all but the bar itself, and as text. */
final class BarPainter {
    private BarPainter() {}

    private static final int TEXT_WIDTH = 20;

    static MimeBundle paint(List<Bar> bars) {
        return MimeBundle.text(bars.stream().map(BarPainter::text).collect(Collectors.joining("\n")))
                .and("text/html", bars.stream().map(BarPainter::html).collect(Collectors.joining()));
    }

    private static int percent(Bar bar) {
        return bar.total > 0
                ? (int) Math.min(100, bar.count() * 100.0 / bar.total)
                : bar.state() == State.DONE ? 100 : 0;
    }

    static String text(Bar bar) {
        var title = bar.title.isEmpty() ? "" : bar.title + "  ";
        if (bar.total < 0) {
            return title + words(bar);
        }
        int filled = percent(bar) * TEXT_WIDTH / 100;
        return title + "[" + "#".repeat(filled) + "-".repeat(TEXT_WIDTH - filled) + "]  " + words(bar);
    }

    /** State is said by colour, by shape and in words. */
    private static String html(Bar bar) {
        int percent = percent(bar);
        var fill = switch (bar.state()) {
            case RUNNING, DONE -> "background:#009E73";
            case STOPPED -> hatch("#0072B2");
            case FAILED -> hatch("#D55E00");
        };
        var rail = bar.total < 0
                ? ""
                : "<div style=\"flex:0 0 18em;height:10px;border:1px solid #808080;border-radius:5px;overflow:hidden\">"
                        + "<div style=\"width:" + percent + "%;height:10px;" + fill + "\"></div></div>";
        return "<div role=\"progressbar\" aria-valuemin=\"0\" aria-valuemax=\"100\""
                + (bar.total < 0 ? "" : " aria-valuenow=\"" + percent + "\"")
                + " aria-valuetext=\"" + Tables.escape(bar.title + " " + words(bar)) + "\""
                + " style=\"display:flex;align-items:center;gap:0.75em;flex-wrap:wrap;margin:2px 0;"
                + "font-size:13px;font-variant-numeric:tabular-nums\">"
                + rail
                + (bar.title.isEmpty() ? "" : "<div>" + Tables.escape(bar.title) + "</div>")
                + "<div>" + Tables.escape(words(bar)) + "</div></div>";
    }

    private static String hatch(String colour) {
        return "background:repeating-linear-gradient(45deg," + colour + " 0 4px,transparent 4px 7px)";
    }

    private static String words(Bar bar) {
        long count = bar.count();
        var far = bar.total < 0
                ? format("%,d", count)
                : format(Words.either("%,d of %,d", "%,d / %,d"), count, bar.total);
        double seconds = bar.elapsedNs() / 1e9;
        var took = duration(seconds);
        return switch (bar.state()) {
            case DONE -> format(Words.either("%s · done in %s%s", "%s · 完成，用时 %s%s"), far, took, rate(count, seconds));
            case STOPPED -> format(Words.either("stopped at %s after %s", "停在 %s，用时 %s"), far, took);
            case FAILED -> format(Words.either("failed at %s after %s", "在 %s 处出错，用时 %s"), far, took);
            case RUNNING -> {
                var left = bar.total < 0 || count == 0
                        ? ""
                        : format(
                                Words.either(" · %s left", " · 还要约 %s"),
                                duration(seconds / count * Math.max(0, bar.total - count)));
                var percent = bar.total < 0 ? "" : percent(bar) + " % · ";
                yield percent + far + " · " + took + rate(count, seconds) + left;
            }
        };
    }

    private static String rate(long count, double seconds) {
        if (count == 0 || seconds <= 0) {
            return "";
        }
        double rate = count / seconds;
        return rate < 0.95
                ? format(Words.either(" · %s each", " · 每个 %s"), duration(1 / rate))
                : format(rate < 10 ? " · %,.1f%s" : " · %,.0f%s", rate, Words.either("/s", " 个/秒"));
    }

    private static String duration(double seconds) {
        if (seconds < 9.95) {
            return format(Words.either("%.1f s", "%.1f 秒"), seconds);
        }
        var time = Duration.ofSeconds(Math.round(Math.min(seconds, Integer.MAX_VALUE)));
        if (time.toMinutes() == 0) {
            return format(Words.either("%d s", "%d 秒"), time.toSeconds());
        }
        return time.toHours() == 0
                ? format(Words.either("%d min %d s", "%d 分 %d 秒"), time.toMinutes(), time.toSecondsPart())
                : format(Words.either("%d h %d min", "%d 小时 %d 分"), time.toHours(), time.toMinutesPart());
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
