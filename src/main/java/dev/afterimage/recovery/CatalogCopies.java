package dev.afterimage.recovery;

import static java.util.stream.Collectors.groupingBy;

import dev.afterimage.catalog.CatalogCopy;
import dev.afterimage.catalog.CatalogCopy.Reason;
import dev.afterimage.catalog.CatalogIdentity;
import dev.afterimage.catalog.CopiesBeforeMigrations;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Copies of the catalog in the repository: of what was set, and of what is known of snapshots beside their manifests. */
@Component
public class CatalogCopies {

    private static final Logger log = LoggerFactory.getLogger(CatalogCopies.class);

    private final Repository repository;
    private final CatalogIdentity identity;
    private final CopiesBeforeMigrations beforeMigrations;
    private final Node node;
    private final CatalogCopySettings settings;
    private final Clock clock;
    private volatile @Nullable CatalogObject lastSeen;

    public CatalogCopies(
            Repository repository,
            CatalogIdentity identity,
            CopiesBeforeMigrations beforeMigrations,
            Node node,
            CatalogCopySettings settings,
            Clock clock) {
        this.repository = repository;
        this.identity = identity;
        this.beforeMigrations = beforeMigrations;
        this.node = node;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Copies the catalog as it is now. After a failure there is no new copy; dying on the way leaves none either.
     *
     * @throws ProblemException when the repository is away or full, or staging has no room
     */
    public synchronized CatalogObject take(Reason reason) {
        repository.requireWritable();
        var file = node.staging().resolve("catalog-copy-" + UUID.randomUUID());
        try {
            var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            CatalogCopy.write(node.catalogFile(), node.id(), reason, now, file);
            return store(identity.id(), now, reason, file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        } catch (SQLException e) {
            throw Refusal.primaryCode(e) == Refusal.FULL
                    ? StagingProblem.full(file, e)
                    : StagingProblem.unusable(file, String.valueOf(e.getMessage()), e);
        } finally {
            delete(file);
        }
    }

    /**
     * Stores what was copied before a migration, when the repository could not be asked for.
     *
     * @throws ProblemException when the repository is away or full
     */
    synchronized void storeKept() throws IOException {
        for (var file : beforeMigrations.list()) {
            var facts = CatalogCopy.facts(file);
            store(facts.catalogId(), facts.takenAt(), facts.reason(), file);
            Files.delete(file); // who dies before this stores the same once more
        }
    }

    private CatalogObject store(UUID catalogId, Instant takenAt, Reason reason, Path file) throws IOException {
        var stored = repository.catalogObjects().put(catalogId, takenAt, reason.text(), file);
        lastSeen = stored;
        prune(stored);
        return stored;
    }

    /**
     * Of each kind the newest stay, and the one that was just stored in any case. Those of other catalogs are not ours to delete: this one
     * may be about to be made of them.
     */
    private void prune(CatalogObject stored) {
        try {
            own().stream().collect(groupingBy(CatalogObject::reason)).values().stream()
                    .flatMap(kind -> kind.stream().skip(settings.keep()))
                    .filter(copy -> !copy.key().equals(stored.key()))
                    .forEach(repository.catalogObjects()::delete);
        } catch (ProblemException e) {
            log.warn("Old copies of the catalog could not be deleted, the next one tries again: {}", e.getMessage());
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("{} could not be deleted, the next start does", file, e);
        }
    }

    /**
     * All that there are, of this catalog and others, the newest first.
     *
     * @throws ProblemException when the repository is away or cannot be read
     */
    public List<CatalogObject> list() {
        return repository.catalogObjects().list();
    }

    /** Of this catalog, the newest first. */
    private List<CatalogObject> own() {
        var id = identity.id();
        return list().stream().filter(copy -> copy.catalogId().equals(id)).toList();
    }

    /** The newest of this catalog. */
    public Optional<CatalogObject> newest() {
        var newest = own().stream().findFirst();
        lastSeen = newest.orElse(null);
        return newest;
    }

    /** The same when it was last looked, which costs nothing; null when there was none, or it was not looked yet. */
    public @Nullable CatalogObject lastSeen() {
        return lastSeen;
    }
}
