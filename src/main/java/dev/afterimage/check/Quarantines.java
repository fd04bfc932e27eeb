package dev.afterimage.check;

import dev.afterimage.catalog.SnapshotCheck;
import dev.afterimage.catalog.SnapshotChecks;
import dev.afterimage.catalog.SnapshotNotFoundException;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.repository.LayerRef;
import dev.afterimage.repository.Manifest;
import dev.afterimage.repository.Repository;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Keeps damage of the storage from spreading: all snapshots that need what is damaged are quarantined, so that nobody
 * restores them, and no backup builds on them.
 */
@Component
class Quarantines {

    /** The level of the checks that this leaves with the snapshots that damage hits. */
    private static final String LEVEL = "REPOSITORY";

    private final Repository repository;
    private final SnapshotChecks checks;
    private final Clock clock;

    Quarantines(Repository repository, SnapshotChecks checks, Clock clock) {
        this.repository = repository;
        this.checks = checks;
        this.clock = clock;
    }

    /**
     * Reads a layer that seems to be damaged once more. If it is, quarantines all snapshots that need it.
     *
     * @return empty when it is not, or when no manifest needs it any more: it was deleted while it was read, or is a
     *     leftover that the next sweep takes
     */
    Optional<Damage> ofLayer(UUID databaseId, String databaseName, String layerId) {
        var hit = repository.list(databaseId).readable().stream()
                .filter(manifest -> manifest.layers().stream().map(LayerRef::id).anyMatch(layerId::equals))
                .map(Manifest::id)
                .toList();
        if (hit.isEmpty()) {
            return Optional.empty();
        }
        var damage =
                repository.damageOf(databaseId, layerId).map(found -> new Damage(databaseName, layerId, found, hit));
        damage.ifPresent(this::add);
        return damage;
    }

    /** Quarantines the snapshots that it hits. */
    void add(Damage damage) {
        var now = clock.instant();
        var message = damage.layer() == null ? damage.damage() : "layer " + damage.layer() + ": " + damage.damage();
        for (var snapshotId : damage.snapshots()) {
            try {
                checks.add(new SnapshotCheck(
                        TimeOrderedId.next(clock), snapshotId, LEVEL, false, now, now, List.of(message), List.of(), 0));
            } catch (SnapshotNotFoundException unknown) {
                // The catalog does not offer it, so there is nothing to keep anybody from.
            }
        }
    }
}
