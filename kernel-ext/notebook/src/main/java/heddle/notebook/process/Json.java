package heddle.notebook.process;

import java.lang.reflect.Array;
import java.util.Map;

/** Values of a learner's as JSON text. */
public final class Json {
    private static final int DEEPEST = 100;

    private final StringBuilder out = new StringBuilder();

    private Json() {}

    /** @throws IllegalArgumentException when it contains itself, or is nested too deeply */
    public static String of(Object value) {
        var json = new Json();
        json.add(value, 0);
        return json.out.toString();
    }

    private void add(Object value, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException(
                    "JSON cannot show this: it contains itself, or is nested in more than " + DEEPEST + " levels.");
        }
        switch (value) {
            case null -> out.append("null");
            case Boolean bool -> out.append(bool);
            case Double number when !Double.isFinite(number) -> text(number.toString());
            case Float number when !Float.isFinite(number) -> text(number.toString());
            case Number number -> out.append(number);
            case Map<?, ?> map -> {
                out.append('{');
                map.forEach((name, each) -> member(String.valueOf(name), each, depth));
                out.append('}');
            }
            case Record record -> {
                out.append('{');
                for (var part : record.getClass().getRecordComponents()) {
                    member(part.getName(), Tables.component(record, part), depth);
                }
                out.append('}');
            }
            case Iterable<?> many
            when !(value instanceof java.nio.file.Path) -> {
                out.append('[');
                many.forEach(each -> element(each, depth));
                out.append(']');
            }
            case Object array
            when array.getClass().isArray() -> {
                out.append('[');
                for (int i = 0; i < Array.getLength(array); i++) {
                    element(Array.get(array, i), depth);
                }
                out.append(']');
            }
            default -> text(value.toString());
        }
    }

    private void member(String name, Object value, int depth) {
        comma('{');
        text(name);
        out.append(':');
        add(value, depth + 1);
    }

    private void element(Object value, int depth) {
        comma('[');
        add(value, depth + 1);
    }

    private void comma(char open) {
        if (out.charAt(out.length() - 1) != open) {
            out.append(',');
        }
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
