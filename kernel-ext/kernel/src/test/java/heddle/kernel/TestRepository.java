package heddle.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** A Maven repository of libraries made for a test, and a folder instead of {@code ~/.m2} whose settings lead everything there. */
final class TestRepository {

    final Path folder;
    final Path home;

    TestRepository(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("remote"));
        this.home = Files.createDirectories(folder.resolve("m2"));
        settings(this.folder.toUri().toString(), "");
    }

    /** @param more elements of the settings */
    void settings(String mirror, String more) throws IOException {
        Files.writeString(home.resolve("settings.xml"), """
                <settings>
                  <mirrors><mirror><id>test</id><mirrorOf>*</mirrorOf><url>%s</url></mirror></mirrors>
                  %s
                </settings>
                """.formatted(mirror, more));
    }

    /** A class {@code artifact.Its} whose {@code version()} says which it is, and a dependency element for each of the others. */
    void add(String group, String artifact, String version, String... dependencies) throws IOException {
        add(group, artifact, version, null, dependencies);
    }

    void add(String group, String artifact, String version, String classifier, String[] dependencies)
            throws IOException {
        var place = Files.createDirectories(
                folder.resolve(group.replace('.', '/')).resolve(artifact).resolve(version));
        var name = artifact + "-" + version;
        var jar = place.resolve(name + (classifier == null ? "" : "-" + classifier) + ".jar");
        TestJar.make(
                jar,
                artifact + ".Its",
                "package " + artifact
                        + "; public class Its implements java.io.Serializable { public static String version() { return \""
                        + version + (classifier == null ? "" : "-" + classifier) + "\"; } }");
        sum(jar);
        var pom = place.resolve(name + ".pom");
        Files.writeString(pom, """
                <project><modelVersion>4.0.0</modelVersion>
                  <groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>
                  <dependencies>%s</dependencies>
                </project>
                """.formatted(group, artifact, version, String.join("", dependencies)));
        sum(pom);
        try (var versions = Files.list(place.getParent())) {
            var metadata = place.resolveSibling("maven-metadata.xml");
            Files.writeString(metadata, """
                    <metadata><groupId>%s</groupId><artifactId>%s</artifactId>
                      <versioning><latest>%3$s</latest><release>%3$s</release><versions>%4$s</versions></versioning>
                    </metadata>
                    """.formatted(
                            group,
                            artifact,
                            version,
                            versions.filter(Files::isDirectory)
                                    .map(one -> "<version>" + one.getFileName() + "</version>")
                                    .sorted()
                                    .collect(Collectors.joining())));
            sum(metadata);
        }
    }

    /** @param more elements, such as a scope */
    static String needs(String group, String artifact, String version, String... more) {
        return "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>%s</dependency>"
                .formatted(group, artifact, version, Arrays.stream(more).collect(Collectors.joining()));
    }

    static void sum(Path file) throws IOException {
        try {
            var sum = MessageDigest.getInstance("SHA-1").digest(Files.readAllBytes(file));
            Files.writeString(
                    file.resolveSibling(file.getFileName() + ".sha1"),
                    HexFormat.of().formatHex(sum));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
