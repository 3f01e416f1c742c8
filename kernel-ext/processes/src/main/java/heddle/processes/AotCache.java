package heddle.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * The child JVMs' ahead-of-time cache (JEP 483, 514): the classes that every child loads, loaded and linked beforehand, which halves the work
 * of a start. Two files in the user's cache directory for each JDK, version of this library and set of options; made by the first
 * process that misses them, from children that it starts for that. Without them, children start all the same.
 *
 * @param jar this library; a cache can be made of jars only
 * @param file the cache, which need not exist
 * @param isSimple whether it has only what a task needs that travels without Java serialization, and so brings nothing shared along: each class in a cache costs
 *     each child, whether it needs it or not
 */
record AotCache(Path jar, Path file, boolean isSimple) {
    /** A training that has not ended by then was broken off. */
    private static final Duration TRAINING = Duration.ofMinutes(2);
    /** A cache that nobody has used for that long is removed when another is made. */
    private static final Duration KEPT = Duration.ofDays(30);

    private static final String PREFIX = "children-";

    /** The caches for children with these options, the one for simple tasks last; none where there can be none. */
    static List<AotCache> of(List<String> options) {
        var directory = Settings.cache();
        var jar = ClassPath.ownJar();
        if (directory == null || jar == null) {
            return List.of();
        }
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var parts = List.of(
                    System.getProperty("java.home"),
                    System.getProperty("java.vm.version"),
                    jar.toString(),
                    Files.getLastModifiedTime(jar).toString(),
                    String.valueOf(Files.size(jar)),
                    String.join("\n", options));
            digest.update(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
            var key = HexFormat.of().formatHex(digest.digest(), 0, 8);
            return List.of(
                    new AotCache(jar, directory.resolve(PREFIX + key + ".aot"), false),
                    new AotCache(jar, directory.resolve(PREFIX + key + "-simple.aot"), true));
        } catch (IOException e) {
            return List.of();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    boolean exists() {
        return Files.isRegularFile(file);
    }

    /** Says that it is still of use, for {@link #removeUnused}. */
    void used() {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // somebody else's, and theirs to keep
        }
    }

    /** Every new version of this library or of the JDK has a cache of its own; those of the old ones would stay for ever. */
    private void removeUnused() throws IOException {
        var since = FileTime.from(Instant.now().minus(KEPT));
        try (var all = Files.newDirectoryStream(file.getParent(), PREFIX + "*")) {
            for (var each : all) {
                if (Files.getLastModifiedTime(each).compareTo(since) < 0) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }

    /** The JVM options of a child that makes a cache when it ends; its class path is this library alone, with which every child's begins. */
    List<String> trainingOptions(Path made) {
        return List.of("-XX:AOTCacheOutput=" + made, "-cp", jar.toString());
    }

    /** Where to make the cache, or null when another process is at it, or nothing can be written there. */
    Path beginTraining() {
        var made = file.resolveSibling(file.getFileName() + ".training");
        try {
            Files.createDirectories(file.getParent());
            try {
                Files.createFile(claim());
            } catch (FileAlreadyExistsException e) {
                var since = Files.getLastModifiedTime(claim()).toInstant();
                if (Instant.now().isBefore(since.plus(TRAINING))) {
                    return null;
                }
                Files.delete(claim());
                Files.createFile(claim());
            }
            return made;
        } catch (IOException e) {
            return null;
        }
    }

    private Path claim() {
        return file.resolveSibling(file.getFileName() + ".claimed");
    }

    /** Puts a cache that was made in its place, whole or not at all. */
    void endTraining(Path made) {
        try {
            if (Files.exists(made)) {
                Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.deleteIfExists(claim());
            removeUnused();
        } catch (IOException | DirectoryIteratorException e) {
            // then there is no cache, or an old one stays; children start all the same
        }
    }
}
