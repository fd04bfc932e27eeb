package dev.afterimage.check;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.catalog.snapshots.SnapshotNotFoundException;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ObjectCondition;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Keeps damage of the storage from spreading: all snapshots that need what is damaged are quarantined, so that nobody
 * restores them, and no backup builds on them.
 */
@Component
public class Quarantines {

    private static final Logger log = LoggerFactory.getLogger(Quarantines.class);

    /** The level of the checks that this leaves with the snapshots that damage hits. */
    private static final String LEVEL = "REPOSITORY";

    private final Repository repository;
    private final Snapshots snapshots;
    private final SnapshotChecks checks;
    private final Clock clock;

    public Quarantines(Repository repository, Snapshots snapshots, SnapshotChecks checks, Clock clock) {
        this.repository = repository;
        this.snapshots = snapshots;
        this.checks = checks;
        this.clock = clock;
    }

    /**
     * Takes note of a problem that somebody met who read a snapshot. If it is damage, it has the effect of a check that finds
     * it: all snapshots that need what is damaged are quarantined. A layer is read once more for that; nothing is done when
     * none of those snapshots is available, so that reading damage again and again costs no more. Never throws, since the
     * problem itself is still to be told.
     */
    public void met(ProblemException problem) {
        if (problem instanceof SnapshotDamagedException damaged) {
            try {
                snapshots.find(damaged.snapshotId()).ifPresent(snapshot -> met(damaged, snapshot));
            } catch (RuntimeException e) { // whoever reads the snapshot next, or checks it, tries again
                log.warn("Snapshot {} could not be quarantined", damaged.snapshotId(), e);
            }
        }
    }

    /**
     * The same for whoever met it in what a new snapshot was to be built on, or is to name: the layer counts, of whichever snapshot it was
     * read.
     */
    public void met(UnusableSnapshotException unusable, UUID databaseId, String databaseName) {
        var layer = unusable.layerId();
        if (unusable instanceof SnapshotDamagedException && layer != null) {
            try {
                met(databaseId, databaseName, layer);
            } catch (RuntimeException e) { // a check of the repository tries again
                log.warn("The snapshots that need layer {} could not be quarantined", layer, e);
            }
        }
    }

    private synchronized void met(UUID databaseId, String databaseName, UUID layer) {
        if (anyAvailable(needing(databaseId, layer))) {
            ofLayer(databaseId, databaseName, layer);
        }
    }

    /** One at a time: whoever meets the same damage meanwhile finds the snapshots quarantined. */
    private synchronized void met(SnapshotDamagedException damaged, Snapshot snapshot) {
        var layer = damaged.layerId();
        if (layer == null) {
            var hit = List.of(snapshot.id());
            if (anyAvailable(hit)) {
                add(new Damage(snapshot.databaseName(), null, damaged.damage(), hit));
            }
        } else {
            met(snapshot.databaseId(), snapshot.databaseName(), layer);
        }
    }

    private boolean anyAvailable(List<UUID> snapshotIds) {
        return snapshotIds.stream()
                .flatMap(id -> snapshots.find(id).stream())
                .anyMatch(snapshot -> snapshot.state() == Snapshot.State.AVAILABLE);
    }

    /**
     * Lifts the quarantine of a snapshot of which all that is stored was just proven to be as it was written, when nothing else was ever found.
     *
     * @return false when only a FULL check can lift it
     */
    public boolean lift(UUID snapshotId) {
        var now = clock.instant();
        return checks.mended(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshotId, LEVEL, true, now, now, List.of()));
    }

    /** Quarantines the snapshots that need something that is damaged or missing, and that nobody could put back. */
    public void lost(String databaseName, String damage, List<UUID> snapshotIds) {
        if (anyAvailable(snapshotIds)) {
            add(new Damage(databaseName, null, damage, snapshotIds));
        }
    }

    /** Those whose manifest names the layer. */
    List<UUID> needing(UUID databaseId, UUID layerId) {
        return repository.list(databaseId).readable().stream()
                .filter(manifest -> manifest.layers().stream().map(LayerRef::id).anyMatch(layerId::equals))
                .map(Manifest::id)
                .toList();
    }

    /**
     * Reads a layer that seems to be damaged once more. If it is, quarantines all snapshots that need it.
     *
     * @return empty when it is not, or cannot be read, or when no manifest needs it any more: it was deleted while it was read
     */
    Optional<Damage> ofLayer(UUID databaseId, String databaseName, UUID layerId) {
        return repository.namedLayers(databaseId).stream()
                .filter(named -> named.layer().id().equals(layerId))
                .flatMap(named -> damage(named).stream())
                .findFirst()
                .map(found -> new Damage(databaseName, layerId, found, needing(databaseId, layerId)))
                .map(damage -> {
                    add(damage);
                    return damage;
                });
    }

    private Optional<String> damage(Layers.Named layer) {
        return switch (repository.condition(layer, bytes -> {})) {
            case ObjectCondition.Damaged damaged -> Optional.of(damaged.found());
            case ObjectCondition.Whole whole -> Optional.empty();
            case ObjectCondition.Unreadable unreadable -> Optional.empty(); // a reason to quarantine nothing
        };
    }

    /** Quarantines the snapshots that it hits. */
    void add(Damage damage) {
        var now = clock.instant();
        var message = damage.layer() == null ? damage.damage() : "layer " + damage.layer() + ": " + damage.damage();
        for (var snapshotId : damage.snapshots()) {
            try {
                checks.add(new SnapshotCheck(
                        TimeOrderedId.next(clock), snapshotId, LEVEL, false, now, now, List.of(message)));
            } catch (SnapshotNotFoundException unknown) {
                // The catalog does not offer it, so there is nothing to keep anybody from.
            }
        }
    }
}
