package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.sqlite.PageProgress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.springframework.stereotype.Component;

/**
 * Looks for what the storage has lost or changed since it was written. It costs one read of the bytes and no room, where a
 * {@link Check} restores a snapshot and lets SQLite look at it.
 */
@Component
public class RepositoryCheck {

    /** In which progress is counted, in bytes. */
    private static final int UNIT = 4096;

    /** While databases are counted, not bytes. */
    private static final int NO_BYTES = 0;

    private final Repository repository;
    private final SnapshotTotals totals;
    private final StoredManifests manifests;
    private final LayersToCheck layers;
    private final LogCheck logs;
    private final Quarantines quarantines;
    private final Clock clock;

    RepositoryCheck(
            Repository repository,
            SnapshotTotals totals,
            StoredManifests manifests,
            LayersToCheck layers,
            LogCheck logs,
            Quarantines quarantines,
            Clock clock) {
        this.repository = repository;
        this.totals = totals;
        this.manifests = manifests;
        this.layers = layers;
        this.logs = logs;
        this.quarantines = quarantines;
        this.clock = clock;
    }

    /** What was found so far. */
    private static final class Found {
        private final List<Damage> damaged = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();
    }

    /**
     * Looks at all manifests and copies of catalogs, and at so many of the bytes of layers and logs, first at those that were looked at longest ago. Damage is
     * noted with the snapshots that it hits as soon as it is found, so that a check that is stopped has not found it in vain.
     * What cannot be read, while the storage is there, is told and passed over: it is no damage.
     *
     * @param share of the bytes of all layers, and of each log, that is read, above 0 and at most 1
     * @throws ProblemException REPOSITORY_DAMAGED when there is damage, and the snapshots that it hits are then quarantined; LOG_DAMAGED when
     *     only logs are damaged; else
     *     OBJECTS_ARCHIVED when all that could not be read lies in an archive, and REPOSITORY_UNREADABLE when anything else could not
     *     be read; its snapshots stay as they are
     * @throws ProblemException STORAGE_UNREACHABLE when there is nothing where something should be; nothing is quarantined then
     * @throws ProblemException STORAGE_UNREACHABLE when the storage is not there, or no longer
     */
    public RepositoryChecked run(double share, PageProgress progress) {
        repository.requirePresence();
        var databases = databases();
        requireAnyLayer(databases.keySet());
        var found = new Found();
        var listed = lookAtManifests(databases, found, progress.phase("LISTING", NO_BYTES));
        var due = layers.due(listed, share);
        var missing = listed.values().stream()
                .flatMap(layersOf -> layersOf.missing().stream())
                .toList();
        lookAtLayers(missing, databases, found, PageProgress.NONE);
        lookAtLayers(due, databases, found, progress.phase("READING", UNIT));
        var log = logs.run(databases, share, progress.phase("READING_LOGS", UNIT));
        lookAtCatalogCopies(found);
        var checked = new RepositoryChecked(due.size(), LayersToCheck.bytes(due), log, found.damaged, found.unreadable);
        checked.requireNothingFound();
        return checked;
    }

    /** Names by id, of all that the catalog or the repository knows. */
    private Map<UUID, String> databases() {
        var names = new LinkedHashMap<UUID, String>();
        long snapshots = 0;
        for (var total : totals.all()) {
            names.put(total.databaseId(), total.name());
            snapshots += total.snapshots();
        }
        var stored = repository.databases();
        if (stored.isEmpty() && snapshots > 0) {
            throw new ProblemException(Problem.of(
                    ProblemCode.STORAGE_UNREACHABLE,
                    "The repository is empty, the catalog has %d snapshots: its storage is not there"
                            .formatted(snapshots)));
        }
        stored.forEach(id -> names.putIfAbsent(id, id.toString()));
        return names;
    }

    /** Where all are gone a directory or a bucket is missing; one that is damaged loses some. */
    private void requireAnyLayer(Set<UUID> databases) {
        boolean anyNamed = false;
        for (var databaseId : databases) {
            try {
                var layers = manifests.layers(databaseId);
                if (layers.anyThere()) {
                    return;
                }
                anyNamed |= !layers.named().isEmpty();
            } catch (ProblemException e) {
                requireOnlyUnreadable(e); // it is told when its manifests are looked at
            }
        }
        if (anyNamed) {
            throw new ProblemException(Problem.of(
                    ProblemCode.STORAGE_UNREACHABLE,
                    "The repository has none of the layers that its manifests name: its storage is not there"));
        }
    }

    /** A bad sector may be passed over, a storage that has gone may not: its objects would all seem to be missing. */
    private void requireOnlyUnreadable(ProblemException e) {
        if (e.code() != ProblemCode.STORAGE_UNREACHABLE && e.code() != ProblemCode.OBJECTS_ARCHIVED) {
            throw e;
        }
        repository.requirePresence();
    }

    /** Returns the layers of the databases whose layers can be listed. */
    private Map<UUID, StoredManifests.OfDatabase> lookAtManifests(
            Map<UUID, String> databases, Found found, PageProgress progress) {
        var listed = new LinkedHashMap<UUID, StoredManifests.OfDatabase>();
        int done = 0;
        for (var database : databases.entrySet()) {
            progress.pages(done++, databases.size());
            try {
                lookAtManifests(database.getKey(), database.getValue(), found);
                listed.put(database.getKey(), manifests.layers(database.getKey()));
            } catch (ProblemException e) {
                requireOnlyUnreadable(e);
                found.unreadable.add(new Unreadable(
                        database.getValue(), null, String.valueOf(e.getMessage()), List.of(), archived(e)));
            }
        }
        return listed;
    }

    private void lookAtManifests(UUID databaseId, String database, Found found) {
        var looked = manifests.lookAt(databaseId);
        looked.damaged().forEach((snapshotId, damage) -> {
            var all = new Damage(database, null, damage, List.of(snapshotId));
            quarantines.add(all);
            found.damaged.add(all);
        });
        looked.unreadable()
                .forEach((snapshotId, e) -> found.unreadable.add(
                        new Unreadable(database, null, "manifest: " + e.reason(), List.of(snapshotId), e.archived())));
    }

    private static List<ArchivedObject> archived(ProblemException e) {
        return e instanceof SnapshotUnreadableException unreadable ? unreadable.archived() : List.of();
    }

    /** All of them, for they are few and small. They hit no snapshot. */
    private void lookAtCatalogCopies(Found found) {
        for (var copy : repository.catalogObjects().list()) {
            switch (repository.catalogObjects().condition(copy)) {
                case ObjectCondition.Whole whole -> {}
                case ObjectCondition.Damaged damaged -> {
                    if (repository.catalogObjects().list().contains(copy)) { // else a newer one has taken its place
                        found.damaged.add(new Damage(null, null, copy.key() + ": " + damaged.found(), List.of()));
                    }
                }
                case ObjectCondition.Unreadable unreadable ->
                    found.unreadable.add(
                            new Unreadable(null, null, unreadable.reason(), List.of(), unreadable.archived()));
            }
        }
    }

    private void lookAtLayers(
            List<Layers.Named> layers, Map<UUID, String> databases, Found found, PageProgress progress) {
        long total = LayersToCheck.bytes(layers) / UNIT;
        long bytes = 0;
        for (var layer : layers) {
            long before = bytes;
            LongConsumer reading = read -> progress.pages(Math.min((before + read) / UNIT, total), total);
            lookAt(layer, String.valueOf(databases.get(layer.databaseId())), found, reading);
            bytes += layer.layer().bytes();
        }
        progress.pages(total, total);
    }

    private void lookAt(Layers.Named layer, String database, Found found, LongConsumer progress) {
        var id = layer.layer().id();
        switch (repository.condition(layer, progress)) {
            case ObjectCondition.Whole whole -> layers.checked(layer, clock.instant(), null);
            case ObjectCondition.Damaged damaged -> {
                layers.checked(layer, clock.instant(), damaged.found());
                quarantines.ofLayer(layer.databaseId(), database, id).ifPresent(found.damaged::add);
            }
            case ObjectCondition.Unreadable unreadable -> {
                layers.checked(layer, clock.instant(), unreadable.reason());
                var hit = quarantines.needing(layer.databaseId(), id);
                if (!hit.isEmpty()) {
                    found.unreadable.add(new Unreadable(database, id, unreadable.reason(), hit, unreadable.archived()));
                }
            }
        }
    }
}
