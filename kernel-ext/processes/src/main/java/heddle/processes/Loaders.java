package heddle.processes;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the classes of values are looked for. In a child: among the classes that its parent sends. Then, everywhere: the calling thread's context loader, the
 * loaders that tasks and values came from so far, the newest first, and this library's own.
 */
final class Loaders {
    private static final Loaders HERE = new Loaders();

    private volatile ClassLoader shipped;
    /** Never changed, only replaced. */
    private volatile List<WeakReference<ClassLoader>> known = List.of();

    /** What the first loader to be asked gave, by name. Only these: another's answer is no longer right when the first one defines such a class. */
    private final ConcurrentHashMap<String, Hit> hits = new ConcurrentHashMap<>();

    private record Hit(WeakReference<ClassLoader> first, WeakReference<Class<?>> type) {}

    private static final int MOST_HITS = 1000;

    private Loaders() {}

    /** In a child: the loader that asks the parent. */
    static void shipped(ClassLoader loader) {
        HERE.shipped = loader;
    }

    /** An object of this class travels, or its class came with something that does. */
    static void remember(Class<?> type) {
        remember(type.getClassLoader());
    }

    static void remember(ClassLoader loader) {
        if (loader != null && loader != HERE.shipped && !HERE.knows(loader) && !isOfEveryJvm(loader)) {
            HERE.add(loader);
        }
    }

    private static boolean isOfEveryJvm(ClassLoader loader) {
        for (var each = ClassLoader.getSystemClassLoader(); each != null; each = each.getParent()) {
            if (each == loader) {
                return true;
            }
        }
        return false;
    }

    private boolean knows(ClassLoader loader) {
        for (var each : known) {
            if (each.refersTo(loader)) {
                return true;
            }
        }
        return false;
    }

    private synchronized void add(ClassLoader loader) {
        var all = new ArrayList<WeakReference<ClassLoader>>();
        all.add(new WeakReference<>(loader));
        for (var each : known) {
            if (!each.refersTo(null) && !each.refersTo(loader)) {
                all.add(each);
            }
        }
        known = List.copyOf(all);
    }

    /** The class of that name, as {@link Class#getName} gives it, not initialized. */
    static Class<?> find(String name) throws ClassNotFoundException {
        var here = HERE.shipped;
        var context = Thread.currentThread().getContextClassLoader();
        var first = here != null ? here : context != null ? context : ClassLoader.getSystemClassLoader();
        var hit = HERE.hits.get(name);
        var type = hit != null && hit.first.refersTo(first) ? hit.type.get() : null;
        return type != null ? type : find(name, first, context);
    }

    private static Class<?> find(String name, ClassLoader first, ClassLoader context) throws ClassNotFoundException {
        var found = in(first, name);
        if (found != null) {
            if (HERE.hits.size() >= MOST_HITS) {
                HERE.hits.clear();
            }
            HERE.hits.put(name, new Hit(new WeakReference<>(first), new WeakReference<>(found)));
            return found;
        }
        if (context != null && context != first) {
            found = in(context, name);
        }
        var known = HERE.known;
        for (var i = 0; found == null && i < known.size(); i++) {
            var loader = known.get(i).get();
            found = loader == null || loader == first || loader == context ? null : in(loader, name);
        }
        return found != null ? found : Class.forName(name, false, Loaders.class.getClassLoader());
    }

    private static Class<?> in(ClassLoader loader, String name) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    /** The class file of that name, for a child that lacks it; null where nobody has it. */
    static byte[] classFile(String name) {
        var resource = name.replace('.', '/').concat(".class");
        var here = HERE.shipped;
        var found = here == null ? null : classFile(here, resource);
        var known = HERE.known;
        for (var i = 0; found == null && i < known.size(); i++) {
            var loader = known.get(i).get();
            found = loader == null ? null : classFile(loader, resource);
        }
        return found;
    }

    /** The bytes of that resource, or null where the loader has none. */
    static byte[] classFile(ClassLoader loader, String resource) {
        try (var in = loader.getResourceAsStream(resource)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            return null; // as if it were not there: the child will name the class that it misses
        }
    }
}
