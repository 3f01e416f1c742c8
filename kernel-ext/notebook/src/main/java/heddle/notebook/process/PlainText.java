package heddle.notebook.process;

import heddle.notebook.MimeBundle;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * A value as {@code println} would print it, but bounded: of what is long the beginning and the end, what contains itself once, and what
 * fails on the way in its place. A {@code toString()} that somebody wrote is asked first, and only once for each object.
 */
final class PlainText {

    static final int LONGEST = 100_000;
    private static final int DEEPEST = 8;

    private final int first;
    private final int last;
    private final int longest;
    private final Set<Object> around = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Object, String> said = new IdentityHashMap<>();
    private StringBuilder out = new StringBuilder();

    private PlainText(int first, int last, int longest) {
        this.first = first;
        this.last = last;
        this.longest = longest;
    }

    static PlainText full() {
        return new PlainText(100, 5, LONGEST);
    }

    static PlainText brief() {
        return new PlainText(10, 2, 200);
    }

    String of(Object value) {
        out = new StringBuilder();
        add(value);
        return cut(out.toString(), longest);
    }

    static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = longest - (Character.isHighSurrogate(text.charAt(longest - 1)) ? 1 : 0);
        return text.substring(0, end)
                + (longest < LONGEST
                        ? " ..."
                        : String.format(
                                Locale.ROOT,
                                Words.either("%n... %,d more characters", "%n……还有 %,d 个字符"),
                                text.length() - end));
    }

    private void add(Object value) {
        if (value == null) {
            out.append("null");
            return;
        }
        boolean nested = !around.isEmpty();
        switch (value) {
            case Object array when array.getClass().isArray() -> many('[', array, ']');
            case Collection<?> collection when isPlain(value) -> many('[', collection, ']');
            case Map<?, ?> map when isPlain(value) -> many('{', map, '}');
            case Map.Entry<?, ?> entry
            when isPlain(value) ->
                inside(entry, () -> {
                    add(entry.getKey());
                    out.append('=');
                    add(entry.getValue());
                });
            case Optional<?> optional
            when optional.isPresent() ->
                inside(optional, () -> {
                    out.append("Optional[");
                    add(optional.get());
                    out.append(']');
                });
            case Record record
            when holdsMuch(record) ->
                inside(record, () -> {
                    out.append(Names.of(record.getClass())).append('[');
                    var separator = "";
                    for (var part : record.getClass().getRecordComponents()) {
                        out.append(separator).append(part.getName()).append('=');
                        add(Tables.component(record, part));
                        separator = ", ";
                    }
                    out.append(']');
                });
            case Future<?> future when isPlain(value) -> inside(future, () -> future(future));
            default -> out.append(said.computeIfAbsent(value, each -> nested ? nested(each) : Renderers.words(each)));
        }
    }

    private void inside(Object value, Runnable parts) {
        if (around.size() >= DEEPEST || !around.add(value)) {
            out.append(
                    value instanceof Map
                            ? "{...}"
                            : value.getClass().isArray() || value instanceof Collection ? "[...]" : "...");
            return;
        }
        try {
            parts.run();
        } finally {
            around.remove(value);
        }
    }

    private void many(char open, Object many, char close) {
        inside(many, () -> {
            out.append(open);
            Sample sample;
            try {
                sample = Sample.of(many, first, last);
            } catch (Stop stop) {
                throw stop;
            } catch (Throwable failure) {
                out.append(Renderers.failed(Words.either("its elements: ", "取元素时抛出："), failure))
                        .append(close);
                return;
            }
            var separator = "";
            int shown = 0;
            for (var part : new Iterable<?>[] {sample.first(), sample.last()}) {
                for (var element : part) {
                    if (out.length() > longest) {
                        out.append(more(sample.size() - shown)).append(close);
                        return;
                    }
                    out.append(separator);
                    add(element);
                    separator = ", ";
                    shown++;
                }
                if (part == sample.first() && sample.left() > 0) {
                    out.append(more(sample.left()));
                }
            }
            if (sample.torn()) {
                out.append(Words.either(" (others were changing it while it was shown)", "（显示时有别的线程在修改它）"));
            }
            out.append(close);
        });
    }

    static String more(int count) {
        return String.format(Locale.ROOT, Words.either(", ... %,d more ...", "，……还有 %,d 个……"), count);
    }

    private void future(Future<?> future) {
        out.append(future.getClass().getSimpleName()).append('[');
        switch (future.state()) {
            case RUNNING -> out.append(Words.either("not completed", "未完成"));
            case CANCELLED -> out.append(Words.either("cancelled", "已取消"));
            case FAILED -> {
                var failure = Traceback.of(future.exceptionNow());
                out.append(Words.either("failed: ", "失败：")).append(failure.type());
                out.append(failure.message().isEmpty() ? "" : ": " + failure.message());
            }
            case SUCCESS -> {
                out.append(Words.either("completed: ", "已完成："));
                add(future.resultNow());
            }
        }
        out.append(']');
    }

    /** Whether its text is one that the JDK made for things of its kind. */
    static boolean isPlain(Object value) {
        try {
            var declaring = value.getClass().getMethod("toString").getDeclaringClass();
            return declaring.getName().startsWith("java.");
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    /** A record's {@code toString()} may be somebody's own; only what it holds can make it endless. */
    private boolean holdsMuch(Record record) {
        for (var part : record.getClass().getRecordComponents()) {
            var type = part.getType();
            if (type.isArray()
                    || Collection.class.isAssignableFrom(type)
                    || Map.class.isAssignableFrom(type)
                    || Record.class.isAssignableFrom(type)) {
                var value = Tables.component(record, part);
                if (value instanceof Collection<?> c && c.size() > first
                        || value instanceof Map<?, ?> m && m.size() > first
                        || value instanceof Record r && r != record && around.size() < DEEPEST && holdsMuch(r)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What {@link Renderers} would show of an element, in words. */
    private static String nested(Object value) {
        if (value instanceof MimeBundle || Renderers.isSpecial(value)) {
            var text = Renderers.render(value).data().get(Renderers.PLAIN);
            if (text != null) {
                return text;
            }
        }
        return Renderers.words(value);
    }

    static String toText(Object value) {
        try {
            var text = value.toString();
            return text == null
                    ? String.format(
                            Words.either("The toString() of %s returned null.", "%s 的 toString() 返回了 null。"),
                            Names.of(value.getClass()))
                    : Names.readableMessage(text);
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable failure) {
            return Renderers.failed(
                    String.format(
                            Words.either("The toString() of %s threw ", "%s 的 toString() 抛出了 "),
                            Names.of(value.getClass())),
                    failure);
        }
    }
}
