package heddle.kernel;

import heddle.protocol.Content.HistoryItem;
import heddle.protocol.Content.HistoryReply;
import heddle.protocol.Content.HistoryRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The cells of this session, which is session 1 and the current one (0). */
final class History {

    private static final int SESSION = 1;

    private record Entry(int line, String input, String output) {}

    private final List<Entry> entries = new ArrayList<>();

    /** @param output the value's text, or empty */
    synchronized void add(int line, String input, String output) {
        entries.add(new Entry(line, input, output));
    }

    synchronized HistoryReply answer(HistoryRequest request) {
        var found = switch (request.histAccessType()) {
            case "range" -> range(request);
            case "search" -> search(request);
            default -> entries;
        };
        if (!request.histAccessType().equals("range") && request.n() != null) {
            found = found.subList(Math.max(0, found.size() - Math.max(0, request.n())), found.size());
        }
        return new HistoryReply(found.stream()
                .map(entry ->
                        new HistoryItem(SESSION, entry.line(), entry.input(), request.output() ? entry.output() : null))
                .toList());
    }

    private List<Entry> range(HistoryRequest request) {
        if (request.session() != 0 && request.session() != SESSION) {
            return List.of();
        }
        int start = request.start() == null ? 0 : request.start();
        int stop = request.stop() == null ? Integer.MAX_VALUE : request.stop();
        return entries.stream()
                .filter(entry -> entry.line() >= start && entry.line() < stop)
                .toList();
    }

    private List<Entry> search(HistoryRequest request) {
        var pattern = glob(request.pattern() == null ? "*" : request.pattern());
        var found = entries.stream()
                .filter(entry -> pattern.matcher(entry.input()).matches())
                .toList();
        if (!request.unique()) {
            return found;
        }
        var latest = new LinkedHashMap<String, Entry>();
        found.forEach(entry -> {
            latest.remove(entry.input());
            latest.put(entry.input(), entry);
        });
        return List.copyOf(latest.values());
    }

    /** {@code *} stands for any text, {@code ?} for one character. */
    private static Pattern glob(String glob) {
        return Pattern.compile(
                glob.codePoints()
                        .mapToObj(c -> switch (c) {
                            case '*' -> ".*";
                            case '?' -> ".";
                            default -> Pattern.quote(Character.toString(c));
                        })
                        .collect(Collectors.joining()),
                Pattern.DOTALL);
    }
}
