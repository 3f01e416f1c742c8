package heddle.watch;

import heddle.watch.Look.Lock;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * What locks are called: by the learner's variable where one is found, else by class and number.
 *
 * <p>The JVM tells of a lock only its class and identity hash. Variables are looked through for the object that has both, one level deep: elements of
 * arrays and collections, fields of the learner's own objects. A lock of the concurrent package hides behind an inner object; it is known by its queue.
 */
final class LockNames {

    /** A variable with more elements than this is not looked through. */
    private static final int ELEMENTS = 1000;

    private final Supplier<Map<String, ?>> variables;
    private final Map<Lock, String> names = new HashMap<>();
    private final Map<Lock, String> numbered = new HashMap<>();
    private final Set<Lock> searched = new HashSet<>();
    private final Map<String, Integer> perClass = new HashMap<>();

    LockNames(Supplier<Map<String, ?>> variables) {
        this.variables = variables;
    }

    /** Looks for the lock's name, as long as it is not known; {@code waiter} waits for it, or is null. */
    synchronized void meet(Lock lock, Thread waiter) {
        numbered.computeIfAbsent(lock, LockNames.this::number);
        if (names.containsKey(lock) || (waiter == null || !lock.ofConcurrentPackage()) && !searched.add(lock)) {
            return;
        }
        try {
            variables.get().forEach((name, value) -> {
                offer(lock, waiter, name, value);
                elements(name, value, (inner, element) -> offer(lock, waiter, inner, element));
            });
        } catch (RuntimeException e) {
            // The learner's collection changed while it was looked through: the lock keeps its number, or is found at
            // the next look.
            searched.remove(lock);
        }
    }

    synchronized String name(Lock lock) {
        var name = names.get(lock);
        return name != null ? name : numbered.computeIfAbsent(lock, this::number);
    }

    private String number(Lock lock) {
        var outer = lock.className().replaceFirst("\\$(Nonfair|Fair)?Sync$", "");
        var simple = outer.substring(Math.max(outer.lastIndexOf('.'), outer.lastIndexOf('$')) + 1);
        return simple + " #" + perClass.merge(simple, 1, Integer::sum);
    }

    private void offer(Lock lock, Thread waiter, String name, Object value) {
        var is = switch (value) {
            case null -> false;
            case ReentrantLock known when waiter != null -> known.hasQueuedThread(waiter);
            case ReentrantReadWriteLock known when waiter != null -> known.hasQueuedThread(waiter);
            default ->
                System.identityHashCode(value) == lock.identity()
                        && value.getClass().getName().equals(lock.className());
        };
        if (is) {
            names.putIfAbsent(lock, name);
        }
    }

    private static void elements(String name, Object value, BiConsumer<String, Object> found) {
        switch (value) {
            case null -> {}
            case Object[] array
            when array.length <= ELEMENTS -> {
                for (var i = 0; i < array.length; i++) {
                    found.accept(name + "[" + i + "]", array[i]);
                }
            }
            case Collection<?> collection
            when ofJdk(collection) && collection.size() <= ELEMENTS -> {
                var i = 0;
                for (var element : collection) {
                    found.accept(name + "[" + i++ + "]", element);
                }
            }
            case Map<?, ?> map
            when ofJdk(map) && map.size() <= ELEMENTS ->
                map.forEach((key, element) -> found.accept(name + "[" + key + "]", element));
            default -> fields(name, value, found);
        }
    }

    private static void fields(String name, Object value, BiConsumer<String, Object> found) {
        if (ofJdk(value)) {
            return;
        }
        for (var field : value.getClass().getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                try {
                    field.setAccessible(true);
                    found.accept(name + "." + field.getName(), field.get(value));
                } catch (IllegalAccessException | InaccessibleObjectException e) {
                    // A library that keeps its fields to itself: its locks keep their numbers.
                }
            }
        }
    }

    /** The learner's own collections are not iterated: their code might block, or print. */
    private static boolean ofJdk(Object value) {
        var module = value.getClass().getModule().getName();
        return module != null && (module.startsWith("java.") || module.startsWith("jdk."));
    }
}
