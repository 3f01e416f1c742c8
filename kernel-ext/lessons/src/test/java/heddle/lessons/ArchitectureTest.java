package heddle.lessons;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between the modules, as ARCHITECTURE.md draws them. */
class ArchitectureTest {
    private static final Map<String, Set<String>> ARROWS = Map.of(
            "protocol", Set.of(),
            "processes", Set.of(),
            "watch", Set.of(),
            "notebook", Set.of(),
            "kernel", Set.of("protocol", "notebook"),
            "lessons", Set.of("notebook", "processes", "watch"));

    /** As ARCHITECTURE.md lists them. */
    private static final Set<String> PACKAGES = Set.of(
            "heddle.protocol",
            "heddle.processes",
            "heddle.processes.memory",
            "heddle.watch",
            "heddle.notebook",
            "heddle.notebook.channel",
            "heddle.notebook.extension",
            "heddle.notebook.process",
            "heddle.kernel",
            "heddle.lessons");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("heddle");

    @Test
    void everyPackageWasSeenAndNoneIsUnknown() {
        var seen = CLASSES.stream()
                .filter(each -> !each.getPackageName().equals("heddle.testing"))
                // in a jar of its own, which is not here when the kernel has been packaged
                .filter(each -> !each.getPackageName().equals("heddle.kernel.maven"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        assertEquals(new TreeSet<>(PACKAGES), new TreeSet<>(seen.keySet()));
        seen.forEach((name, count) -> assertTrue(count >= 3, () -> "only " + count + " classes of " + name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"protocol", "processes", "watch", "notebook", "kernel", "lessons"})
    void pointsOnlyWhereItMay(String module) {
        mayUse(module, ARROWS.get(module)).check(CLASSES);
    }

    @Test
    void aForbiddenArrowWouldBeNoticed() {
        assertThrows(
                AssertionError.class,
                () -> mayUse("lessons", Set.of("processes", "watch")).check(CLASSES));
    }

    @Test
    void aLearnersClassPathHasNoCompilerAndNoLibrary() {
        noClasses()
                .that(resideInAnyPackage(
                        "heddle.notebook..", "heddle.processes..", "heddle.watch..", "heddle.lessons.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "com.fasterxml..", "org.zeromq..", "javax.tools..", "com.sun.tools..", "jdk.jshell"))
                .check(CLASSES);
    }

    private static ArchRule mayUse(String module, Set<String> others) {
        var forbidden = ARROWS.keySet().stream()
                .filter(other -> !other.equals(module) && !others.contains(other))
                .map(other -> "heddle." + other + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage("heddle." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden);
    }
}
