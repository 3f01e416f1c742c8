package heddle.processes;

import java.io.Serializable;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * Values that have names, in a {@link SharedMap}.
 *
 * {@snippet :
 * try (var manager = new ProcessManager()) {
 *     var settings = manager.namespace();
 *     settings.set("limit", 10);
 *     int limit = settings.get("limit");
 *     System.out.println(limit + 1); // 11
 * }
 * }
 *
 * <p>Follows Python's {@code multiprocessing.managers.Namespace}; but all names are shared, those that begin with an underscore too.
 */
public final class SharedNamespace implements Serializable {
    private static final long serialVersionUID = 1;

    private final SharedMap<String, Object> values;

    SharedNamespace(SharedMap<String, Object> values) {
        this.values = values;
    }

    /**
     * The value of that name, as whatever type the caller expects.
     *
     * @throws NoSuchElementException if nothing has that name; says which names there are
     * @throws ClassCastException where it turns out to be of another type
     */
    @SuppressWarnings("unchecked")
    public <T> T get(String name) {
        var value = values.get(name);
        if (value == null) {
            throw new NoSuchElementException("nothing is named \"" + name + "\"; there is " + values.keySet());
        }
        return (T) value;
    }

    /**
     * Gives a name to a value; a value that had it before has it no longer.
     *
     * @throws NullPointerException if the name or the value is null
     */
    public void set(String name, Object value) {
        values.put(name, value);
    }

    /**
     * Removes a name and its value.
     *
     * @throws NoSuchElementException if nothing has that name
     */
    public void remove(String name) {
        if (values.remove(name) == null) {
            throw new NoSuchElementException("nothing is named \"" + name + "\"; there is " + values.keySet());
        }
    }

    /** All names, in the order in which they came. */
    public Set<String> names() {
        return values.keySet();
    }

    /** The values by name, for what a map can do. */
    public SharedMap<String, Object> asMap() {
        return values;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
