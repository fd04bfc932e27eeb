package dev.afterimage.recovery;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.DiskSettings;
import dev.afterimage.catalog.home.HomeLock;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.follow.LogRecords;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.lease.Lease;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;
import org.springframework.util.FileSystemUtils;
import org.springframework.util.unit.DataSize;

/** A home that is made of what a repository has, where no service runs yet. */
public final class NewHome {

    /** Of the service what a rebuild needs: no threads, no web server, nothing that begins by itself. */
    @ComponentScan(basePackageClasses = Catalog.class, lazyInit = true)
    @Import({Rebuild.class, LogRecords.class, LostCatalogSearch.class, UnrecordedSnapshots.class})
    @ImportAutoConfiguration({DataSourceTransactionManagerAutoConfiguration.class, FlywayAutoConfiguration.class})
    private static final class Parts {}

    private final Path home;
    private final Path repositoryInHome;

    /** @param home a directory, which may not be there yet */
    public NewHome(Path home) {
        this.home = home.toAbsolutePath().normalize();
        this.repositoryInHome = this.home.resolve("repository");
    }

    public Path path() {
        return home;
    }

    /**
     * Nothing is written for it.
     *
     * @param repository of which it will be made; a directory in the home is the only one that may lie there
     * @throws ProblemException TARGET_EXISTS when something is there that no attempt to make it has left
     */
    public void requireEmpty(String repository) {
        try {
            if (Files.exists(home) && !isAsGoodAsEmpty(repository)) {
                throw new ProblemException(Problem.of(
                        ProblemCode.TARGET_EXISTS,
                        "%s is not empty; name a new directory, or move away what is there".formatted(home)));
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private boolean isAsGoodAsEmpty(String repository) throws IOException {
        return Node.isUnfinished(home, Path.of(repository).equals(repositoryInHome));
    }

    /**
     * What was made.
     *
     * @param taken the lease with which the new home writes to the repository; null where it was not to take any, or could not
     * @param takenFrom who wrote to it before; null for nobody
     * @param notTaken why it could not; null when it could, or was not to
     */
    public record Made(
            Rebuilt rebuilt,
            @Nullable Lease taken,
            @Nullable Lease takenFrom,
            @Nullable Problem notTaken) {}

    /**
     * Makes it. It is a home when this returns; after a failure, and for who dies on the way, it is as good as empty, and this can be called again.
     *
     * @param vault of the repository, which is not changed, but for the lease: the new home takes it when it is to have what was set, schedules and all,
     *     and so stands in for the service that had it
     * @param repositoryId its id
     * @param version of Afterimage
     * @throws ProblemException TARGET_UNWRITABLE when the directory cannot be made or written, or somebody else uses it
     * @throws ProblemException as {@link Rebuild#run} does
     */
    public Made make(Vault vault, UUID repositoryId, RebuildOrder order, String version, PageProgress progress) {
        try {
            var node = Node.unfinished(home);
            var held = new HomeLock(node);
            try {
                node.beginAnew();
                var rebuilt = make(node, held, new Repository(vault, Clock.systemUTC()), repositoryId, order, progress);
                // Dying behind this leaves the lease with the id that this directory has already: the next attempt goes
                // on with it.
                var made =
                        order.settings() ? taken(rebuilt, node, vault, version) : new Made(rebuilt, null, null, null);
                node.finish();
                return made;
            } finally {
                held.release();
            }
        } catch (StartRefusedException | UncheckedIOException | IOException e) {
            throw unusable(e);
        }
    }

    private static Made taken(Rebuilt rebuilt, Node node, Vault vault, String version) {
        try {
            var hold = new Hold(vault.storage(), node.id(), node.name(), version, Duration.ZERO, Clock.systemUTC());
            var before = hold.newest().orElse(null);
            return new Made(rebuilt, hold.takeOver(before == null ? 0 : before.epoch()), before, null);
        } catch (ProblemException e) { // such as of a storage that can only be read: all that is to be restored can be
            return new Made(rebuilt, null, null, e.problem());
        }
    }

    private Rebuilt make(
            Node node,
            HomeLock held,
            Repository repository,
            UUID repositoryId,
            RebuildOrder order,
            PageProgress progress)
            throws IOException {
        var staging = Files.createDirectories(node.staging().resolve("rebuild"));
        try (var context = new AnnotationConfigApplicationContext()) {
            context.registerBean("homeLock", HomeLock.class, () -> held);
            context.registerBean(Node.class, () -> node);
            context.registerBean(Repository.class, () -> repository);
            context.registerBean(Segments.class, () -> new Segments(repository.vault()));
            context.registerBean(Clock.class, Clock::systemUTC);
            context.registerBean(DiskSettings.class, () -> new DiskSettings(DataSize.ofBytes(0), DataSize.ofBytes(0)));
            context.register(Parts.class);
            context.refresh();
            var rebuilt = context.getBean(Rebuild.class).run(order, staging, progress);
            context.getBean(Adoptions.class).adopt(repositoryId);
            context.getBean(Catalog.class).endWal();
            return rebuilt;
        } finally {
            FileSystemUtils.deleteRecursively(staging);
        }
    }

    private ProblemException unusable(Exception e) {
        return new ProblemException(
                Problem.of(ProblemCode.TARGET_UNWRITABLE, "%s cannot be made a home: %s".formatted(home, told(e))), e);
    }

    /** Those of files say only a path by themselves. */
    private static String told(Exception e) {
        return switch (e) {
            case UncheckedIOException failed -> String.valueOf(failed.getCause());
            case FileSystemException failed -> failed.toString();
            default -> String.valueOf(e.getMessage());
        };
    }
}
