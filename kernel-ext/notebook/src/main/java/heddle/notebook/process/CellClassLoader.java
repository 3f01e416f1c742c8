package heddle.notebook.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import heddle.notebook.channel.Frame.ClassBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The classes of the cells, and what the learner added to the class path. The bytes of the former can be had as resources, as those of any class. */
final class CellClassLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    private final Map<String, byte[]> classes = new ConcurrentHashMap<>();

    /** Classes whose bytes somebody has read: they may be in another process by now, so they stay what they are. */
    private final Set<String> read = ConcurrentHashMap.newKeySet();

    private final List<Class<?>> wrappers = new CopyOnWriteArrayList<>();

    CellClassLoader(ClassLoader parent) {
        super(new URL[0], parent);
    }

    /** @return null when all was well, else one sentence */
    String load(List<ClassBytes> loads) {
        for (var load : loads) {
            if (new String(load.bytes(), ISO_8859_1).contains("java/io/Console")) {
                CellConsole.install();
            }
            var before = classes.putIfAbsent(load.name(), load.bytes());
            if (before != null && !Arrays.equals(before, load.bytes())) {
                return "The class " + load.name() + " is already there, and different.";
            }
        }
        for (var load : loads) {
            try {
                var loaded = Class.forName(load.name(), false, this);
                if (Names.isWrapper(load.name()) && Names.readable(load.name()).isEmpty()) {
                    wrappers.add(loaded);
                }
            } catch (ClassNotFoundException | LinkageError e) {
                return "The class " + load.name() + " could not be loaded: " + e;
            }
        }
        return null;
    }

    /**
     * Changes classes in place, with their objects: the bodies of methods may differ, and nothing else.
     *
     * @return null when it is done, else why it is not, and then nothing is changed
     */
    String redefine(List<ClassBytes> changes) {
        var instrumentation = CellAgent.instrumentation();
        if (instrumentation == null) {
            return "this JVM was started without the agent";
        }
        var definitions = new ArrayList<ClassDefinition>();
        for (var change : changes) {
            var loaded = findLoadedClass(change.name());
            if (loaded == null || read.contains(change.name())) {
                return change.name() + (loaded == null ? " is not there" : " may be in another process, too");
            }
            definitions.add(new ClassDefinition(loaded, change.bytes()));
        }
        try {
            instrumentation.redefineClasses(definitions.toArray(ClassDefinition[]::new));
        } catch (ClassNotFoundException | UnmodifiableClassException | UnsupportedOperationException | LinkageError e) {
            return e.toString();
        }
        changes.forEach(change -> classes.put(change.name(), change.bytes()));
        return null;
    }

    /** The variables of the cells, of two with the same name the later one. */
    Map<String, Object> variables() {
        var variables = new LinkedHashMap<String, Object>();
        for (var wrapper : wrappers) {
            for (var field : wrapper.getFields()) {
                // "$3" is what JShell calls the value of an expression
                if (Modifier.isStatic(field.getModifiers()) && !field.getName().startsWith("$")) {
                    try {
                        field.setAccessible(true); // the class around it is not public
                        variables.put(field.getName(), field.get(null));
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    } catch (LinkageError e) {
                        // a cell that could not be initialised has no values to show
                    }
                }
            }
        }
        return Collections.unmodifiableMap(variables);
    }

    /** @throws IllegalArgumentException when a path is none */
    void addToClassPath(List<String> paths) {
        for (var path : paths) {
            try {
                addURL(Path.of(path).toUri().toURL());
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(path, e);
            }
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        var bytes = classes.get(name);
        return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
    }

    /** The bytes of a cell's class, for a look at them that stays in this process; null when it is none. */
    byte[] peek(String name) {
        return classes.get(name);
    }

    private byte[] classFile(String resource) {
        if (!resource.endsWith(".class")) {
            return null;
        }
        var name = resource.substring(0, resource.length() - ".class".length()).replace('/', '.');
        read.add(name); // first: no change comes between
        return classes.get(name);
    }

    @Override
    public URL findResource(String name) {
        var bytes = classFile(name);
        if (bytes == null) {
            return super.findResource(name);
        }
        try {
            return URL.of(URI.create("heddle-cell:/" + name.replace("$", "%24")), new FromMemory(bytes));
        } catch (MalformedURLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        var bytes = classFile(name);
        return bytes == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(bytes);
    }

    private static final class FromMemory extends URLStreamHandler {
        private final byte[] bytes;

        FromMemory(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {}

                @Override
                public InputStream getInputStream() throws IOException {
                    return new ByteArrayInputStream(bytes);
                }
            };
        }
    }
}
