package heddle.kernel;

import static heddle.kernel.TestRepository.needs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import heddle.kernel.Dependencies.Repository;
import heddle.kernel.Dependencies.UnresolvedException;
import heddle.kernel.Dependencies.Wanted;
import heddle.kernel.maven.MavenDependencies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maven's artifacts. */
class MavenTest {

    @TempDir
    Path folder;

    private TestRepository repository;
    private final Dependencies maven = new MavenDependencies();

    @BeforeEach
    void make() throws Exception {
        repository = new TestRepository(folder);
        System.setProperty(MavenDependencies.HOME_PROPERTY, repository.home.toString());
        repository.add("org.deep", "deepest", "1.0");
        repository.add("org.deep", "deepest", "1.5");
        repository.add("org.deep", "tester", "1.0");
        repository.add("org.deep", "maybe", "1.0");
        repository.add(
                "org.deep",
                "middle",
                "2.0",
                needs("org.deep", "deepest", "1.0"),
                needs("org.deep", "tester", "1.0", "<scope>test</scope>"),
                needs("org.deep", "maybe", "1.0", "<optional>true</optional>"));
        repository.add("org.top", "top", "3.0", needs("org.deep", "middle", "2.0", "<scope>runtime</scope>"));
        repository.add("org.top", "top", "3.0", "extra", new String[] {
            needs("org.deep", "middle", "2.0", "<scope>runtime</scope>")
        });
    }

    @AfterEach
    void forget() {
        System.clearProperty(MavenDependencies.HOME_PROPERTY);
    }

    private Set<String> names(Wanted wanted, Repository... others) throws Exception {
        var names = new TreeSet<String>();
        for (var found : maven.resolve(wanted, List.of(others), _ -> {})) {
            assertTrue(Files.isRegularFile(found.file()), found.toString());
            assertTrue(found.file().startsWith(repository.home.resolve("repository")), found.toString());
            names.add(found.identity() + ":" + found.version());
        }
        return names;
    }

    private static Wanted artifacts(String... coordinates) {
        return new Wanted.Artifacts(List.of(coordinates));
    }

    private String refused(Wanted wanted, Repository... others) {
        return assertThrows(UnresolvedException.class, () -> names(wanted, others))
                .getMessage();
    }

    private Wanted pom(String content, String... scopes) throws Exception {
        var file = Files.writeString(folder.resolve("pom.xml"), PomFragment.complete(content));
        return new Wanted.Pom(file, scopes.length == 0 ? Set.of("compile", "runtime") : Set.of(scopes));
    }

    @Test
    @DisplayName("come with what they need to run, not with what is optional or for tests")
    void transitive() throws Exception {
        var all = Set.of("org.top:top:3.0", "org.deep:middle:2.0", "org.deep:deepest:1.0");
        assertEquals(all, names(artifacts("org.top:top:3.0")));
        assertEquals(
                Set.of("org.top:top:extra:3.0", "org.deep:middle:2.0", "org.deep:deepest:1.0"),
                names(artifacts("org.top:top:jar:extra:3.0")));
    }

    @Test
    @DisplayName("have ranges and names for the latest version; of two versions one is taken")
    void versions() throws Exception {
        assertEquals(Set.of("org.deep:deepest:1.5"), names(artifacts("org.deep:deepest:LATEST")));
        assertEquals(Set.of("org.deep:deepest:1.5"), names(artifacts("org.deep:deepest:RELEASE")));
        assertEquals(Set.of("org.deep:deepest:1.0"), names(artifacts("org.deep:deepest:[1.0,1.5)")));
        assertEquals(
                Set.of("org.deep:deepest:1.5", "org.deep:middle:2.0"),
                names(artifacts("org.deep:deepest:1.5", "org.deep:middle:2.0")));
        assertTrue(refused(artifacts("org.deep:deepest:[7,)"))
                .startsWith("There is no version [7,) of org.deep:deepest in test (file:"));
    }

    @Test
    @DisplayName("of a POM: scopes, exclusions, managed versions, properties")
    void poms() throws Exception {
        var exclusion =
                "<exclusions><exclusion><groupId>org.deep</groupId><artifactId>deepest</artifactId></exclusion></exclusions>";
        assertEquals(Set.of("org.deep:middle:2.0"), names(pom(needs("org.deep", "middle", "2.0", exclusion))));
        var managed = "<properties><deep>1.5</deep></properties><dependencyManagement><dependencies>"
                + needs("org.deep", "deepest", "${deep}") + "</dependencies></dependencyManagement>"
                + needs("org.deep", "middle", "2.0") + needs("org.deep", "tester", "1.0", "<scope>test</scope>");
        assertEquals(Set.of("org.deep:middle:2.0", "org.deep:deepest:1.5"), names(pom(managed)));
        assertEquals(Set.of("org.deep:tester:1.0"), names(pom(managed, "test")));
        var whole =
                "<?xml version=\"1.0\"?>\n<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version>"
                        + "<dependencies>" + needs("org.deep", "tester", "1.0") + "</dependencies></project>";
        assertEquals(Set.of("org.deep:tester:1.0"), names(pom(whole)));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> pom("<a>\n</b>"))
                .getMessage()
                .startsWith("line 2: "));
        var without = refused(pom("<dependency><artifactId>x</artifactId></dependency>"));
        assertTrue(without.startsWith("The POM is not valid: "), without);
    }

    @Test
    @DisplayName("that are not there are named, with the repositories that were asked, and can be there the next time")
    void notFound() throws Exception {
        var said = refused(artifacts("org.none:none:1.0"));
        assertTrue(said.matches("org.none:none:1.0 was not found in test \\(file:.*/remote/\\)\\."), said);
        assertEquals(
                "org.none names no artifact: write group:artifact:version, or group:artifact:extension:classifier:version.",
                refused(artifacts("org.none")));
        repository.add("org.none", "none", "1.0");
        assertEquals(Set.of("org.none:none:1.0"), names(artifacts("org.none:none:1.0")));
    }

    @Test
    @DisplayName("that arrive damaged are refused")
    void damaged() throws Exception {
        var jar = repository.folder.resolve("org/deep/tester/1.0/tester-1.0.jar");
        Files.write(jar, new byte[] {1, 2, 3});
        var said = refused(artifacts("org.deep:tester:1.0"));
        assertTrue(said.startsWith("org/deep/tester/1.0/tester-1.0.jar from file:"), said);
        assertTrue(said.endsWith("arrived damaged (its checksum differs); nothing was added, try again."), said);
        TestRepository.sum(jar);
        assertEquals(Set.of("org.deep:tester:1.0"), names(artifacts("org.deep:tester:1.0")));
    }

    @Test
    @DisplayName("are in the local repository afterwards, also for settings that are offline")
    void offline() throws Exception {
        names(artifacts("org.deep:deepest:1.0"));
        repository.settings(repository.folder.toUri().toString(), "<offline>true</offline>");
        assertEquals(Set.of("org.deep:deepest:1.0"), names(artifacts("org.deep:deepest:1.0")));
        assertEquals(
                "org.deep:tester:1.0 is not in the local repository, and the settings are offline.",
                refused(artifacts("org.deep:tester:1.0")));
    }

    @Test
    @DisplayName(
            "come over the network with the settings' credentials, and tell how far they are; one that nobody wants any more stops")
    void overTheNetwork() throws Exception {
        var wanted = "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes());
        var asked = new ConcurrentLinkedQueue<String>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            var file =
                    repository.folder.resolve(exchange.getRequestURI().getPath().substring(1));
            if (!wanted.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"test\"");
                exchange.sendResponseHeaders(401, -1);
            } else if (!Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                exchange.sendResponseHeaders(200, Files.size(file));
                Files.copy(file, exchange.getResponseBody());
            }
            exchange.close();
        });
        server.start();
        try {
            var address = "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                    + server.getAddress().getPort();
            repository.settings(address, "");
            var said = refused(artifacts("org.deep:deepest:1.0"));
            assertTrue(said.contains("could not be fetched from test (" + address + ")") && said.contains("401"), said);
            repository.settings(
                    address,
                    "<servers><server><id>test</id><username>me</username><password>secret</password></server></servers>");
            assertThrows(CancellationException.class, () -> {
                try {
                    maven.resolve(artifacts("org.deep:deepest:1.0"), List.of(), _ -> {
                        throw new CancellationException();
                    });
                } catch (UnresolvedException e) { // what is left of it
                    throw new CancellationException();
                }
            });
            var progress = new ArrayList<String>();
            var found = maven.resolve(artifacts("org.deep:deepest:1.0"), List.of(), progress::add);
            assertEquals(1, found.size());
            assertTrue(progress.toString().contains("fetching deepest-1.0.jar from " + address), progress.toString());
            assertTrue(asked.contains("/org/deep/deepest/1.0/deepest-1.0.jar"), asked.toString());
        } finally {
            server.stop(0);
        }
        var gone = refused(artifacts("org.deep:tester:1.0"));
        assertTrue(
                gone.contains("org.deep:tester:1.0 could not be fetched from test") && gone.contains("refused"), gone);
    }

    @Test
    @DisplayName("of a repository that the notebook names")
    void namedRepositories() throws Exception {
        var other = new TestRepository(folder.resolve("other"));
        other.add("org.own", "own", "1.0");
        Files.writeString(repository.home.resolve("settings.xml"), """
                <settings><mirrors><mirror><id>test</id><mirrorOf>central</mirrorOf><url>%s</url></mirror></mirrors></settings>
                """.formatted(repository.folder.toUri()));
        assertEquals(
                Set.of("org.own:own:1.0", "org.deep:deepest:1.0"),
                names(
                        artifacts("org.own:own:1.0", "org.deep:deepest:1.0"),
                        new Repository("own", other.folder.toUri().toString())));
        var declared = names(pom("<repository><id>own</id><url>" + other.folder.toUri() + "</url></repository>"
                + needs("org.own", "own", "1.0")));
        assertEquals(Set.of("org.own:own:1.0"), declared);
        assertInstanceOf(MavenDependencies.class, Dependencies.ofMaven());
    }
}
