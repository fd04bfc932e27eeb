package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.Level;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Proves what was stored for a snapshot, at a cost that follows what has changed: its new bytes are read back, the rest is there. SQLite
 * looks at nothing.
 */
@Component
class StoredCheck {

    private final Snapshots snapshots;
    private final Repository repository;
    private final Check check;
    private final Clock clock;

    StoredCheck(Snapshots snapshots, Repository repository, Check check, Clock clock) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.check = check;
        this.clock = clock;
    }

    /**
     * Checks a snapshot and records the outcome, as {@link Check#run} does.
     *
     * @throws CheckFailedException when the snapshot did not pass; it is then quarantined
     */
    SnapshotCheck run(Snapshot snapshot, PageProgress progress) {
        var started = clock.instant();
        var found = check.proven(snapshot, () -> prove(snapshot, progress), damage -> damage);
        return check.record(snapshot, started, Level.STORED, found);
    }

    private List<String> prove(Snapshot snapshot, PageProgress progress) {
        var manifest = repository
                .find(snapshot.databaseId(), snapshot.id())
                .orElseThrow(() -> new SnapshotGoneException(snapshot.id()));
        repository.proveStored(manifest, provenBelow(manifest), progress.phase("PROVING", manifest.pageSize()));
        return List.of();
    }

    /** The layers of the nearest of those it was built on that has passed a check; none where that cannot be found. */
    private Set<UUID> provenBelow(Manifest manifest) {
        for (var below = parent(manifest); below.isPresent(); below = below.flatMap(this::parent)) {
            if (hasPassed(below.get())) {
                return below.get().layers().stream().map(LayerRef::id).collect(Collectors.toSet());
            }
        }
        return Set.of();
    }

    private Optional<Manifest> parent(Manifest manifest) {
        try {
            return Optional.ofNullable(manifest.parent()).flatMap(id -> repository.find(manifest.databaseId(), id));
        } catch (UnusableSnapshotException e) {
            return Optional.empty(); // then more is read back
        }
    }

    private boolean hasPassed(Manifest manifest) {
        return snapshots
                .find(manifest.id())
                .filter(snapshot -> snapshot.state() == Snapshot.State.AVAILABLE)
                .filter(snapshot -> snapshot.proof().reaches(Level.STORED))
                .isPresent();
    }
}
