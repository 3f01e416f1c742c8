package heddle.notebook.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Records, maps, and what holds several of them or of lists, as HTML tables. They bring neither colours nor a style sheet, so that they look
 * like the page around them, on every theme, and lose nothing where styles are removed.
 */
final class Tables {

    private static final int FIRST_ROWS = 20;
    private static final int LAST_ROWS = 5;
    private static final int MOST_COLUMNS = 20;

    private final PlainText text = PlainText.brief();
    private final StringBuilder html = new StringBuilder();

    private Tables() {}

    /**
     * @param text the value as text
     * @return null when a table would say nothing more than that
     */
    static String html(Object value, String text) {
        return new Tables().table(value, text);
    }

    private String table(Object value, String said) {
        return switch (value) {
            case Record record -> record(record, said);
            case Map<?, ?> map when PlainText.isPlain(map) -> many(map);
            case Collection<?> collection when PlainText.isPlain(collection) -> many(collection);
            case Object[] array -> many(array);
            default -> null;
        };
    }

    private String record(Record record, String said) {
        var parts = record.getClass().getRecordComponents();
        // One with a toString() of its own is shown as that says.
        if (parts.length == 0 || !said.contains(record.getClass().getSimpleName() + "[" + parts[0].getName() + "=")) {
            return null;
        }
        html.append("<table><thead><tr>");
        head(Names.of(record.getClass()), "colspan=\"2\" ");
        html.append("</tr></thead><tbody>");
        for (var part : parts) {
            html.append("<tr>");
            head(part.getName(), "");
            cell(component(record, part));
            html.append("</tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    /**
     * What makes columns of an element.
     *
     * @param columns the first of them
     * @param all how many there are
     */
    private record Shape(List<String> columns, int all, Function<Object, List<?>> cells) {
        Shape(List<String> all, Function<Object, List<?>> cells) {
            this(all.stream().limit(MOST_COLUMNS).toList(), all.size(), cells);
        }

        boolean isCut() {
            return all > columns.size();
        }
    }

    private String many(Object many) {
        var sample = Sample.of(many, FIRST_ROWS, LAST_ROWS);
        var rows = new ArrayList<>(sample.first());
        rows.addAll(sample.last());
        if (rows.isEmpty()) {
            return null;
        }
        boolean pairs = rows.stream().allMatch(Map.Entry.class::isInstance);
        var values = pairs
                ? rows.stream()
                        .map(row -> (Object) ((Map.Entry<?, ?>) row).getValue())
                        .toList()
                : rows;
        var shape = shape(values, pairs);
        if (shape == null) {
            if (!pairs) {
                return null;
            }
            shape = new Shape(List.of(Words.either("value", "值")), Arrays::asList);
        }
        boolean numbered = !pairs && (many instanceof List || many instanceof Object[]);
        html.append("<table><thead><tr>");
        if (pairs || numbered) {
            head(pairs ? Words.either("key", "键") : "", "");
        }
        shape.columns.forEach(column -> head(column, ""));
        if (shape.isCut()) {
            head(
                    String.format(
                            Locale.ROOT, Words.either("... %,d more", "……还有 %,d 列"), shape.all - shape.columns.size()),
                    "");
        }
        html.append("</tr></thead><tbody>");
        int columns = shape.columns.size() + (shape.isCut() ? 1 : 0) + (pairs || numbered ? 1 : 0);
        for (int i = 0; i < rows.size(); i++) {
            if (i == sample.first().size()) {
                cut(sample.left(), columns);
            }
            html.append("<tr>");
            if (pairs) {
                head(text.of(((Map.Entry<?, ?>) rows.get(i)).getKey()), "");
            } else if (numbered) {
                head(String.valueOf(i < sample.first().size() ? i : sample.size() - rows.size() + i), "");
            }
            var cells = values.get(i) == null ? null : shape.cells.apply(values.get(i));
            for (int column = 0; column < shape.columns.size(); column++) {
                if (cells == null || column < cells.size()) {
                    cell(cells == null ? null : cells.get(column));
                } else {
                    html.append("<td></td>");
                }
            }
            html.append(shape.isCut() ? "<td>...</td></tr>" : "</tr>");
        }
        if (sample.last().isEmpty()) {
            cut(sample.left(), columns);
        }
        return html.append("</tbody></table>").toString();
    }

    private void cut(int rows, int columns) {
        if (rows > 0) {
            html.append("<tr><td colspan=\"")
                    .append(columns)
                    .append("\" style=\"text-align:center\">")
                    .append(String.format(Locale.ROOT, Words.either("... %,d more rows ...", "……还有 %,d 行……"), rows))
                    .append("</td></tr>");
        }
    }

    /**
     * @param named whether the elements are values of keys: a list is one value then, such as a group of a {@code groupingBy}
     * @return null when the elements have nothing in common that columns could be made of
     */
    private static Shape shape(List<?> elements, boolean named) {
        var some = elements.stream().filter(Objects::nonNull).toList();
        if (some.isEmpty()) {
            return null;
        }
        if (some.getFirst() instanceof Record one
                && some.stream().allMatch(each -> each.getClass() == one.getClass())
                && one.getClass().getRecordComponents().length > 0) {
            var parts = List.of(one.getClass().getRecordComponents());
            return new Shape(
                    parts.stream().map(RecordComponent::getName).toList(),
                    each -> parts.stream().map(part -> component(each, part)).toList());
        }
        if (some.stream().allMatch(each -> each instanceof Map<?, ?> && PlainText.isPlain(each))) {
            var keys = new LinkedHashSet<String>();
            for (var each : some) {
                var entries = Sample.of(each, MOST_COLUMNS, 0);
                for (var entry : entries.first()) {
                    if (!(((Map.Entry<?, ?>) entry).getKey() instanceof String key)) {
                        return null;
                    }
                    keys.add(key);
                }
            }
            var columns = List.copyOf(new ArrayList<>(keys));
            return columns.isEmpty()
                    ? null
                    : new Shape(columns, each -> {
                        var map = (Map<?, ?>) each;
                        var cells = new ArrayList<Object>();
                        for (var column : columns) {
                            cells.add(map.containsKey(column) ? map.get(column) : "");
                        }
                        return cells;
                    });
        }
        if (!named
                && some.stream()
                        .allMatch(each ->
                                each.getClass().isArray() || each instanceof List<?> && PlainText.isPlain(each))) {
            var rows = new IdentityHashMap<Object, Sample>();
            int widest = 0;
            for (var each : some) {
                var row = rows.computeIfAbsent(each, any -> Sample.of(any, MOST_COLUMNS, 0));
                widest = Math.max(widest, row.size());
            }
            return widest == 0
                    ? null
                    : new Shape(
                            IntStream.range(0, Math.min(widest, MOST_COLUMNS))
                                    .mapToObj(String::valueOf)
                                    .toList(),
                            widest,
                            each -> rows.get(each).first());
        }
        return null;
    }

    /** What the accessor says; its own code may do anything. */
    static Object component(Object record, RecordComponent part) {
        try {
            var accessor = part.getAccessor();
            accessor.setAccessible(true); // a learner's record need not be public
            return accessor.invoke(record);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Stop stop) {
                throw stop;
            }
            return Renderers.failed(part.getName() + "(): ", e.getCause());
        } catch (ReflectiveOperationException | RuntimeException e) {
            return "?";
        }
    }

    private void head(String name, String attributes) {
        html.append("<th ")
                .append(attributes)
                .append("style=\"text-align:left\">")
                .append(escape(name))
                .append("</th>");
    }

    private void cell(Object value) {
        var align = value instanceof Number ? "right" : "left";
        html.append("<td align=\"")
                .append(align)
                .append("\" style=\"text-align:")
                .append(align)
                .append("\">");
        html.append(escape(text.of(value)).replace("\n", "<br>")).append("</td>");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
