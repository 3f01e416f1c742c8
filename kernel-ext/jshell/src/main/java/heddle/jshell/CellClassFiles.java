package heddle.jshell;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Map;

/**
 * A child process is sent the class files of what a cell declared, which are read as resources of the class loader that defined them. JShell's own loader gives them; JJava's
 * keeps them in a map and gives none. So a place is added to where that loader looks for resources: the map.
 */
final class CellClassFiles extends URLStreamHandler {
    private static final String SUFFIX = ".class";

    private final Map<?, ?> classFiles;

    private CellClassFiles(Map<?, ?> classFiles) {
        this.classFiles = classFiles;
    }

    /**
     * From now on JJava's loader of cells gives their class files.
     *
     * @throws IllegalStateException if it is made differently from what is known
     */
    static void give(ClassLoader jjava) {
        try {
            var delegateField = jjava.getClass().getDeclaredField("this$0");
            delegateField.setAccessible(true);
            var delegate = delegateField.get(jjava);
            var classFiles = delegate.getClass().getDeclaredField("declaredClasses");
            classFiles.setAccessible(true);
            var addUrl = jjava.getClass().getDeclaredMethod("addURL", URL.class);
            addUrl.setAccessible(true);
            var handler = new CellClassFiles((Map<?, ?>) classFiles.get(delegate));
            addUrl.invoke((URLClassLoader) jjava, URL.of(URI.create("cells:/"), handler));
        } catch (ReflectiveOperationException | MalformedURLException | ClassCastException e) {
            throw new IllegalStateException(
                    "This version of JJava keeps the classes of its cells in a way that Heddle does not know, so child processes cannot run what a cell declares: use"
                            + " JJava 1.0-a8, or Heddle's own kernel.",
                    e instanceof InvocationTargetException failed ? failed.getCause() : e);
        }
    }

    @Override
    protected URLConnection openConnection(URL url) throws IOException {
        var path = url.getPath().substring(1);
        var name = path.endsWith(SUFFIX)
                ? path.substring(0, path.length() - SUFFIX.length()).replace('/', '.')
                : "";
        if (!(classFiles.get(name) instanceof byte[] bytes)) {
            throw new FileNotFoundException(path);
        }
        return new URLConnection(url) {
            @Override
            public void connect() {}

            @Override
            public InputStream getInputStream() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }
}
