package heddle.processes;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * In a child: the classes that are not on its class path. They came with the task, or are asked of the parent when they are needed.
 * Their class files stay readable as resources, so that the child can ship them on to children of its own.
 */
final class ShippedClasses extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    /** The parent process. */
    interface Source {
        /** The class file of the class of that name, or null if there is none. */
        byte[] classFile(String name);
    }

    private final Map<String, byte[]> classFiles;
    private final Source parent;

    /**
     * @param classFiles by class name
     */
    ShippedClasses(Map<String, byte[]> classFiles, Source parent) {
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
        var fetched = parent.classFile(name);
        if (fetched != null) {
            classFiles.put(name, fetched);
        }
        return fetched;
    }
}
