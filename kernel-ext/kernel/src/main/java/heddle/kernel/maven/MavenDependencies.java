package heddle.kernel.maven;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.Runtimes;
import eu.maveniverse.maven.mima.extensions.mmr.MavenModelReader;
import eu.maveniverse.maven.mima.extensions.mmr.ModelRequest;
import heddle.kernel.Dependencies;
import heddle.kernel.Texts;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.ModelProblem;
import org.apache.maven.settings.building.DefaultSettingsBuilderFactory;
import org.apache.maven.settings.building.DefaultSettingsBuildingRequest;
import org.apache.maven.settings.building.SettingsBuildingException;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositoryException;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.collection.UnsolvableVersionConflictException;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactResolutionException;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.ArtifactNotFoundException;
import org.eclipse.aether.transfer.ChecksumFailureException;
import org.eclipse.aether.transfer.RepositoryOfflineException;
import org.eclipse.aether.transfer.TransferCancelledException;
import org.eclipse.aether.transfer.TransferEvent;
import org.eclipse.aether.util.repository.SimpleResolutionErrorPolicy;

/** Maven's own resolver, as MIMA sets it up: with the user's settings, local repository, mirrors, proxies and credentials. */
public final class MavenDependencies implements Dependencies {

    /** System property: a folder instead of {@code ~/.m2}. Where it is not set, {@link #HOME_VARIABLE} counts. */
    public static final String HOME_PROPERTY = "heddle.maven.home";

    /** Environment variable. */
    public static final String HOME_VARIABLE = "HEDDLE_MAVEN_HOME";

    private static final Set<String> SCOPES = Set.of("compile", "runtime", "system");
    private static final Map<String, Object> CONFIGURATION = Map.of(
            "aether.connector.connectTimeout",
            10_000,
            "aether.connector.requestTimeout",
            60_000,
            "aether.connector.http.reuseConnections", // nothing stays open
            false);

    private final Texts texts = Texts.ofThisNotebook();

    @Override
    public List<Found> resolve(Wanted wanted, List<Repository> repositories, Consumer<String> progress)
            throws UnresolvedException {
        var loader = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(MavenDependencies.class.getClassLoader());
        var transfers = new Transfers(progress);
        try (var context = context(repositories, transfers)) {
            var session = new DefaultRepositorySystemSession(context.repositorySystemSession());
            // Who tries again after a failure wants it to be tried again.
            session.setResolutionErrorPolicy(new SimpleResolutionErrorPolicy(false, false));
            var request = new CollectRequest();
            request.setRepositories(context.remoteRepositories());
            var scopes = switch (wanted) {
                case Wanted.Artifacts(var coordinates) -> {
                    for (var one : coordinates) {
                        request.addDependency(new Dependency(artifact(one), "compile"));
                    }
                    yield SCOPES;
                }
                case Wanted.Pom(var file, var its) -> {
                    read(file, its, context, request);
                    yield its;
                }
            };
            var result = context.repositorySystem()
                    .resolveDependencies(
                            session,
                            new DependencyRequest(
                                    request,
                                    (node, _) -> node.getDependency() == null || isIn(scopes, node.getDependency())));
            return result.getArtifactResults().stream()
                    .map(ArtifactResult::getArtifact)
                    .filter(artifact -> !artifact.getExtension().equals("pom"))
                    .map(artifact -> new Found(
                            identity(artifact),
                            artifact.getVersion(),
                            artifact.getFile().toPath()))
                    .toList();
        } catch (RepositoryException e) {
            throw new UnresolvedException(sentence(e, transfers), e);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UnresolvedException(texts.say("maven.failed", root(e)), e);
        } finally {
            Thread.currentThread().setContextClassLoader(loader);
        }
    }

    private static ContextOverrides settings(List<Repository> repositories, Transfers transfers) {
        var home = System.getProperty(HOME_PROPERTY, System.getenv(HOME_VARIABLE));
        return ContextOverrides.create()
                .withUserSettings(true)
                .withMavenUserHomeOverride(home == null ? null : Path.of(home))
                .configProperties(CONFIGURATION)
                .repositories(Stream.concat(
                                Stream.of(ContextOverrides.CENTRAL),
                                repositories.stream()
                                        .map(one ->
                                                new RemoteRepository.Builder(one.id(), "default", one.url()).build()))
                        .toList())
                .addRepositoriesOp(ContextOverrides.AddRepositoriesOp.APPEND)
                .transferListener(transfers)
                .build();
    }

    private static Context context(List<Repository> repositories, Transfers transfers) {
        var runtime = Runtimes.INSTANCE.getRuntime();
        var overrides = settings(repositories, transfers);
        var context = runtime.create(overrides);
        if (!isOffline(context)) {
            return context;
        }
        context.close();
        return runtime.create(overrides.toBuilder().offline(true).build());
    }

    /** MIMA takes all from the settings but this. */
    private static boolean isOffline(Context context) {
        var request = new DefaultSettingsBuildingRequest();
        request.setUserSettingsFile(context.mavenUserHome().settingsXml().toFile());
        if (context.mavenSystemHome() != null) {
            request.setGlobalSettingsFile(
                    context.mavenSystemHome().settingsXml().toFile());
        }
        try {
            return new DefaultSettingsBuilderFactory()
                    .newInstance()
                    .build(request)
                    .getEffectiveSettings()
                    .isOffline();
        } catch (SettingsBuildingException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private Artifact artifact(String coordinates) throws UnresolvedException {
        try {
            return new DefaultArtifact(coordinates);
        } catch (IllegalArgumentException e) {
            throw new UnresolvedException(texts.say("maven.coordinates", coordinates), e);
        }
    }

    private void read(Path pom, Set<String> scopes, Context context, CollectRequest request)
            throws RepositoryException, UnresolvedException {
        try {
            var reader = new MavenModelReader(context);
            var response =
                    reader.readModel(ModelRequest.builder().setPomFile(pom).build());
            var described = response.toArtifactDescriptorResult(response.getEffectiveModel());
            request.setDependencies(described.getDependencies().stream()
                    .filter(dependency -> isIn(scopes, dependency))
                    .toList());
            request.setManagedDependencies(described.getManagedDependencies());
            request.setRepositories(Stream.concat(
                            request.getRepositories().stream(),
                            context
                                    .repositorySystem()
                                    .newResolutionRepositories(
                                            context.repositorySystemSession(), described.getRepositories())
                                    .stream())
                    .distinct()
                    .toList());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UnresolvedException(texts.say("maven.pom.bad", root(e)), e);
        }
    }

    private static boolean isIn(Set<String> scopes, Dependency dependency) {
        return scopes.contains(dependency.getScope().isEmpty() ? "compile" : dependency.getScope());
    }

    private static String identity(Artifact artifact) {
        return Stream.of(
                        artifact.getGroupId(),
                        artifact.getArtifactId(),
                        artifact.getExtension().equals("jar") ? "" : artifact.getExtension(),
                        artifact.getClassifier())
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(":"));
    }

    // ---- what went wrong, in one sentence

    private String sentence(RepositoryException failure, Transfers transfers) {
        if (transfers.damaged != null) {
            return texts.say(
                    "maven.checksum", transfers.damaged.getResourceName(), plain(transfers.damaged.getRepositoryUrl()));
        }
        String last = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case ArtifactResolutionException unresolved -> last = sentence(unresolved);
                case VersionRangeResolutionException range -> {
                    var asked = range.getResult().getRequest();
                    last = texts.say(
                            "maven.version",
                            asked.getArtifact().getGroupId() + ":"
                                    + asked.getArtifact().getArtifactId(),
                            asked.getArtifact().getVersion(),
                            names(asked.getRepositories()));
                }
                case ModelBuildingException bad ->
                    last = texts.say(
                            "maven.pom.bad",
                            bad.getProblems().stream()
                                    .map(ModelProblem::getMessage)
                                    .findFirst()
                                    .orElse(bad.getModelId()));
                case UnsolvableVersionConflictException conflict ->
                    last = texts.say("maven.failed", conflict.getMessage());
                default -> {}
            }
        }
        return last != null ? last : texts.say("maven.failed", root(failure));
    }

    private String sentence(ArtifactResolutionException unresolved) {
        var result = unresolved.getResults().stream()
                .filter(one -> !one.isResolved())
                .findFirst()
                .orElse(unresolved.getResult());
        var asked = result.getRequest();
        var artifact = asked.getArtifact();
        var name = (artifact.getExtension().equals("pom")
                        ? artifact.getGroupId() + ":" + artifact.getArtifactId()
                        : identity(artifact))
                + ":" + artifact.getVersion();
        for (var problem : result.getExceptions()) {
            var root = root(problem);
            if (problem instanceof RepositoryOfflineException || root instanceof RepositoryOfflineException) {
                return texts.say("maven.offline", name);
            }
            if (!(problem instanceof ArtifactNotFoundException)) {
                return texts.say(
                        "maven.network",
                        name,
                        names(asked.getRepositories()),
                        root.getClass().getSimpleName().replaceFirst("Exception$", "")
                                + (root.getMessage() == null
                                        ? ""
                                        : ", "
                                                + root.getMessage()
                                                        .lines()
                                                        .findFirst()
                                                        .orElse("")));
            }
            if (String.valueOf(problem.getMessage()).contains("offline mode")) {
                return texts.say("maven.offline", name);
            }
        }
        return texts.say("maven.found.not", name, names(asked.getRepositories()));
    }

    private static String names(List<RemoteRepository> repositories) {
        return repositories.stream()
                .map(one -> one.getId() + " (" + plain(one.getUrl()) + ")")
                .collect(Collectors.joining(", "));
    }

    /** Without a password. */
    private static String plain(String url) {
        return url.replaceFirst("//[^/@]*@", "//");
    }

    private static Throwable root(Throwable failure) {
        var root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    /** Says what is on its way, and lets nothing in that arrived damaged. */
    private final class Transfers extends AbstractTransferListener {
        private final Consumer<String> progress;
        private volatile org.eclipse.aether.transfer.TransferResource damaged;

        Transfers(Consumer<String> progress) {
            this.progress = progress;
        }

        @Override
        public void transferInitiated(TransferEvent event) throws TransferCancelledException {
            tell(event);
        }

        @Override
        public void transferProgressed(TransferEvent event) throws TransferCancelledException {
            tell(event);
        }

        @Override
        public void transferCorrupted(TransferEvent event) throws TransferCancelledException {
            if (event.getException() instanceof ChecksumFailureException failure && failure.getExpected() != null) {
                damaged = event.getResource();
                throw new TransferCancelledException("The checksum differs.");
            }
        }

        private void tell(TransferEvent event) throws TransferCancelledException {
            var resource = event.getResource();
            long length = resource.getContentLength();
            var size = length > 0
                    ? String.format(Locale.ROOT, "%,d / %,d KiB", event.getTransferredBytes() >> 10, length >> 10)
                    : String.format(Locale.ROOT, "%,d KiB", event.getTransferredBytes() >> 10);
            var name = resource.getResourceName();
            try {
                progress.accept(texts.say(
                        "maven.download",
                        name.substring(name.lastIndexOf('/') + 1),
                        plain(resource.getRepositoryUrl()),
                        size));
            } catch (CancellationException e) {
                throw new TransferCancelledException("It is not wanted any more.", e);
            }
        }
    }
}
