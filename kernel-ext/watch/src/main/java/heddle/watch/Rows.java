package heddle.watch;

import heddle.watch.Timeline.Hold;
import heddle.watch.Timeline.Lane;
import heddle.watch.Timeline.Wait;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which lanes are drawn one by one, and which together. */
sealed interface Rows {

    /** More rows than this cannot be taken in. */
    int MOST = 24;

    /** Of the lanes that would go into a group, so many of the longest blocked are kept apart. */
    int BLOCKED_APART = 3;

    /** A lane of its own; {@code locks} are the locks it held, the first first. */
    record Single(Lane lane, List<String> locks) implements Rows {}

    /** Many lanes as one band; {@code label} is null when their names have nothing in common. */
    record Group(String label, List<Lane> lanes) implements Rows {}

    /** The rows of a picture, in the order of their first thread. */
    static List<Rows> of(Timeline timeline) {
        var locks = new LinkedHashMap<Long, List<String>>();
        for (Hold hold : timeline.holds()) {
            var held = locks.computeIfAbsent(hold.lane(), id -> new ArrayList<>());
            if (!held.contains(hold.lock())) {
                held.add(hold.lock());
            }
        }
        var groups = timeline.lanes().size() <= MOST ? Map.<Long, Group>of() : groups(timeline);
        var rows = new ArrayList<Rows>();
        // By identity: to compare two groups would compare all that is known of their threads.
        var drawn = Collections.newSetFromMap(new IdentityHashMap<Group, Boolean>());
        for (var lane : timeline.lanes()) {
            var group = groups.get(lane.id());
            if (group == null) {
                rows.add(new Single(lane, locks.getOrDefault(lane.id(), List.of())));
            } else if (drawn.add(group)) {
                rows.add(group);
            }
        }
        return rows;
    }

    private static Map<Long, Group> groups(Timeline timeline) {
        var apart = apart(timeline);
        var byStem = new LinkedHashMap<String, List<Lane>>();
        for (var lane : timeline.lanes()) {
            if (!apart.contains(lane.id())) {
                byStem.computeIfAbsent(stem(lane.name()), stem -> new ArrayList<>())
                        .add(lane);
            }
        }
        var stems = new ArrayList<>(byStem.entrySet());
        stems.sort(Comparator.comparingInt(entry -> -entry.getValue().size()));
        var rest = new ArrayList<Lane>();
        while (!stems.isEmpty() && stems.size() + apart.size() + (rest.isEmpty() ? 0 : 1) > MOST) {
            rest.addAll(stems.removeLast().getValue());
        }
        var groups = new LinkedHashMap<Long, Group>();
        for (var entry : stems) {
            if (entry.getValue().size() > 1) {
                var group = new Group(entry.getKey() + "*", entry.getValue());
                entry.getValue().forEach(lane -> groups.put(lane.id(), group));
            }
        }
        if (!rest.isEmpty()) {
            var group = new Group(null, rest);
            rest.forEach(lane -> groups.put(lane.id(), group));
        }
        return groups;
    }

    /** The caller, whoever is in a deadlock, and the longest blocked with those they waited for. */
    private static Set<Long> apart(Timeline timeline) {
        var apart = new HashSet<Long>();
        timeline.lanes().stream().filter(Lane::caller).forEach(lane -> apart.add(lane.id()));
        timeline.deadlock()
                .ifPresent(
                        deadlock -> deadlock.ring().stream().limit(MOST / 2).forEach(party -> apart.add(party.lane())));
        var longest = timeline.lanes().stream()
                .filter(lane -> lane.blocked().isPositive())
                .sorted(Comparator.comparing(Lane::blocked).reversed())
                .limit(BLOCKED_APART)
                .map(Lane::id)
                .toList();
        apart.addAll(longest);
        timeline.waits().stream()
                .filter(wait -> longest.contains(wait.waiter()))
                .sorted(Comparator.comparingLong((Wait wait) -> wait.fromNs() - wait.toNs()))
                .limit(BLOCKED_APART)
                .forEach(wait -> apart.add(wait.holder()));
        return apart;
    }

    /** A name without the number that makes it unique. */
    static String stem(String name) {
        var stem = name.replaceFirst("\\d+\\D?$", "");
        return stem.isBlank() ? name : stem;
    }
}
