package heddle.processes;

import java.io.Serializable;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/** A path on its way. No Path is Serializable, but those of the default file system are no more than their names. */
final class PathName implements Serializable {
    private static final long serialVersionUID = 1;

    private final String name;

    private PathName(String name) {
        this.name = name;
    }

    /** What travels in place of that object. */
    static Object orSame(Object object) {
        if (object instanceof Path path && path.getFileSystem() == FileSystems.getDefault()) {
            var name = path.toString();
            // else it has bytes that are no characters here, and the name would be another file's
            return Path.of(name).equals(path) ? new PathName(name) : object;
        }
        return object;
    }

    private Object readResolve() {
        return Path.of(name);
    }
}
