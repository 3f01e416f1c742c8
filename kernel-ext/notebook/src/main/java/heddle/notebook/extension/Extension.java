package heddle.notebook.extension;

import java.util.List;

/**
 * What a library may add to the kernel; found through {@code ServiceLoader} in both processes.
 *
 * <p>{@link #imports} and {@link #magics} are asked for in the kernel process, {@link #install} is called once in each notebook
 * process before its first cell. An extension that fails is reported by name and left out; it never stops the kernel.
 */
public interface Extension {

    /** Import declarations every cell sees, such as {@code "import java.util.concurrent.*;"}. Few and package-wide: each costs every compilation. */
    default List<String> imports() {
        return List.of();
    }

    default List<Magic> magics() {
        return List.of();
    }

    /** Prepares the notebook process, for example registers renderers with {@link heddle.notebook.Notebook}. */
    default void install() throws Exception {}
}
