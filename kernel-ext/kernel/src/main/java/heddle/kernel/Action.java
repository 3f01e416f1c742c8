package heddle.kernel;

import java.util.Arrays;
import java.util.List;

/** A magic that is done in the kernel process, for code that waits on the notebook's main thread; by the names that IJava and JJava have for it. */
enum Action {
    CLASS_PATH((call, words, _) -> call.classPath(words), "classpath"),
    JARS((call, words, _) -> call.jars(words), "jars"),
    MAVEN((call, words, _) -> call.maven(words), "maven", "addMavenDependencies", "addMavenDependency"),
    MAVEN_REPOSITORY((call, words, _) -> call.mavenRepository(words), "mavenRepo", "addMavenRepo"),
    POM((call, words, body) -> call.pom(words, body), "loadFromPOM"),
    LOAD((call, words, _) -> call.load(words), "load");

    private interface Deed {
        List<String> of(KernelCall call, List<String> words, String body)
                throws KernelCall.RefusedException, Run.EvaluatedBadlyException;
    }

    private final Deed deed;
    private final List<String> names;

    Action(Deed deed, String... names) {
        this.deed = deed;
        this.names = List.of(names);
    }

    /** Null where this name is another magic's. */
    static Action named(String name) {
        return Arrays.stream(values())
                .filter(action -> action.names.contains(name))
                .findFirst()
                .orElse(null);
    }

    /** Its own, then what else it is called. */
    List<String> names() {
        return names;
    }

    /** Whether it is a cell magic, too. */
    boolean takesBody() {
        return this == POM;
    }

    boolean isOfClassPath() {
        return this != LOAD;
    }

    /** @return null when the value is what was evaluated last */
    List<String> run(KernelCall call, List<String> words, String body)
            throws KernelCall.RefusedException, Run.EvaluatedBadlyException {
        return deed.of(call, words, body);
    }
}
