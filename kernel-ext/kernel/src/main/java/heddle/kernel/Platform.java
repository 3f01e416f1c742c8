package heddle.kernel;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What this JVM's own reflection says of the JDK's classes, which are those that cells use: quicker than the compiler. */
final class Platform {
    private Platform() {}

    private static final Pattern OF_JDK = Pattern.compile("(?:javax?|sun|com\\.sun|jdk)\\.");

    /** @return null when the JDK has none of this name, in full or as every cell sees it */
    static Class<?> type(String name) {
        return Stream.concat(Stream.of(""), packages())
                .map(prefix -> load(prefix + name))
                .filter(type -> type != null)
                .findFirst()
                .orElse(null);
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, ClassLoader.getPlatformClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    /** The names of which all members are deprecated. */
    static Set<String> deprecated(Class<?> type) {
        if (type == null) {
            return Set.of();
        }
        Map<String, Boolean> all = Stream.<AccessibleObject>concat(
                        Arrays.stream(type.getMethods()), Arrays.stream(type.getFields()))
                .collect(Collectors.toMap(
                        member -> ((Member) member).getName(),
                        member -> ((AnnotatedElement) member).isAnnotationPresent(Deprecated.class),
                        Boolean::logicalAnd));
        return all.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    static boolean isOfJdk(String name) {
        return OF_JDK.matcher(name).lookingAt();
    }

    /** Whether a cell can use this class of the JDK's. */
    static boolean isUsable(String name) {
        if (!name.startsWith("java")) {
            return false;
        }
        var type = load(name);
        return type != null
                && Modifier.isPublic(type.getModifiers())
                && type.getModule().isExported(type.getPackageName())
                && !type.isAnnotationPresent(Deprecated.class);
    }

    /** Without its package where every cell imports that. */
    static String asWritten(String name) {
        return packages().anyMatch(prefix -> name.startsWith(prefix) && name.indexOf('.', prefix.length()) < 0)
                ? name.substring(name.lastIndexOf('.') + 1)
                : name;
    }

    private static Stream<String> packages() {
        return Stream.concat(
                Stream.of("java.lang."),
                Session.IMPORTS.stream()
                        .filter(line -> line.startsWith("import java.") && line.endsWith(".*;"))
                        .map(line -> line.substring("import ".length(), line.length() - 2)));
    }
}
