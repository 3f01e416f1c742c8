package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * In a child: the classes that are not on its class path. They came with the task, or are asked of the parent when they are needed.
 * Their class files stay readable as resources, so that the child can ship them on to children of its own.
 */
final class ShippedClasses extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private final Map<String, byte[]> classFiles;
    private final Function<String, byte[]> parent;

    /**
     * @param classFiles by class name
     * @param parent answers a class name with the class file, or null if it has none
     */
    ShippedClasses(Map<String, byte[]> classFiles, Function<String, byte[]> parent) {
        super("heddle", ClassLoader.getSystemClassLoader());
        this.classFiles = new ConcurrentHashMap<>(classFiles);
        this.parent = parent;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        var classFile = classFile(name);
        if (classFile == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, classFile, 0, classFile.length);
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        var found = super.getResourceAsStream(name);
        if (found != null || !name.endsWith(".class")) {
            return found;
        }
        var classFile =
                classFile(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
        return classFile == null ? null : new ByteArrayInputStream(classFile);
    }

    private byte[] classFile(String name) {
        var known = classFiles.get(name);
        if (known != null) {
            return known;
        }
        var fetched = parent.apply(name);
        if (fetched != null) {
            classFiles.put(name, fetched);
        }
        return fetched;
    }
}
