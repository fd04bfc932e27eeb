package dev.afterimage.check;

import dev.afterimage.catalog.SnapshotTotals;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Repository.StoredLayer;
import dev.afterimage.sqlite.PageProgress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final Quarantines quarantines;
    private final Clock clock;

    RepositoryCheck(
            Repository repository,
            SnapshotTotals totals,
            StoredManifests manifests,
            LayersToCheck layers,
            Quarantines quarantines,
            Clock clock) {
        this.repository = repository;
        this.totals = totals;
        this.manifests = manifests;
        this.layers = layers;
        this.quarantines = quarantines;
        this.clock = clock;
    }

    /**
     * Looks at all manifests, and at so many of the layers' bytes, first at those that were looked at longest ago. Damage is
     * noted with the snapshots that it hits as soon as it is found, so that a check that is stopped has not found it in vain.
     *
     * @param share of the bytes of all layers that is read, above 0 and at most 1
     * @throws RepositoryDamagedException when there is damage; the snapshots that it hits are then quarantined
     * @throws RepositoryAwayException when there is nothing where something should be; nothing is quarantined then
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read
     */
    public RepositoryChecked run(double share, PageProgress progress) {
        var databases = databases();
        requireAnyLayer(databases.keySet());
        var found = new ArrayList<Damage>();
        var missing = lookAtManifests(databases, found, progress.phase("LISTING", NO_BYTES));
        var due = layers.due(databases.keySet(), share);
        lookAtLayers(missing, databases, found, PageProgress.NONE);
        lookAtLayers(due, databases, found, progress.phase("READING", UNIT));
        var checked = new RepositoryChecked(due.size(), LayersToCheck.bytes(due), found);
        if (!found.isEmpty()) {
            throw new RepositoryDamagedException(checked);
        }
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
            throw RepositoryAwayException.withoutManifests(snapshots);
        }
        stored.forEach(id -> names.putIfAbsent(id, id.toString()));
        return names;
    }

    /** Where all are gone a directory or a bucket is missing; one that is damaged loses some. */
    private void requireAnyLayer(Set<UUID> databases) {
        boolean anyNamed = false;
        for (var databaseId : databases) {
            var layers = manifests.layers(databaseId);
            if (layers.anyThere()) {
                return;
            }
            anyNamed |= !layers.named().isEmpty();
        }
        if (anyNamed) {
            throw RepositoryAwayException.withoutLayers();
        }
    }

    /** Returns the layers that manifests name and that are not there. */
    private List<StoredLayer> lookAtManifests(Map<UUID, String> databases, List<Damage> found, PageProgress progress) {
        var missing = new ArrayList<StoredLayer>();
        int done = 0;
        for (var database : databases.entrySet()) {
            progress.pages(done++, databases.size());
            manifests.damaged(database.getKey()).forEach((snapshotId, damage) -> {
                var all = new Damage(database.getValue(), null, damage, List.of(snapshotId));
                quarantines.add(all);
                found.add(all);
            });
            missing.addAll(manifests.layers(database.getKey()).missing());
        }
        return missing;
    }

    private void lookAtLayers(
            List<StoredLayer> layers, Map<UUID, String> databases, List<Damage> found, PageProgress progress) {
        long total = LayersToCheck.bytes(layers) / UNIT;
        long bytes = 0;
        for (var layer : layers) {
            long before = bytes;
            LongConsumer reading = read -> progress.pages(Math.min((before + read) / UNIT, total), total);
            damage(layer, String.valueOf(databases.get(layer.databaseId())), reading)
                    .ifPresent(found::add);
            bytes += layer.bytes();
        }
        progress.pages(total, total);
    }

    private Optional<Damage> damage(StoredLayer layer, String database, LongConsumer progress) {
        var damage = repository.damageOf(layer.databaseId(), layer.id(), progress);
        layers.checked(layer, clock.instant(), damage.orElse(null));
        return damage.flatMap(first -> quarantines.ofLayer(layer.databaseId(), database, layer.id()));
    }
}
