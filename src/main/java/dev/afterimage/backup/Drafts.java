package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.Quarantines;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.hashes.PageHashCache;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Begins snapshots, each on top of an earlier one of the same database: pages that this has are not stored again. */
@Component
class Drafts {

    /** So many are looked at; when none of them can be built on, the new snapshot is stored in full. */
    private static final int CANDIDATES = 10;

    private final Snapshots snapshots;
    private final Repository repository;
    private final Node node;
    private final Quarantines quarantines;
    private final PageHashCache hashes;

    Drafts(
            Snapshots snapshots,
            Repository repository,
            Node node,
            Quarantines quarantines,
            CaptureSettings settings,
            Clock clock) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.node = node;
        this.quarantines = quarantines;
        this.hashes = new PageHashCache(node.pageHashes(), settings.fullDigestEvery(), clock);
    }

    /** Forgets by what it knows the pages of databases that are not there any more. */
    void forgetHashes(Predicate<UUID> isThere) {
        hashes.databases().stream().filter(Predicate.not(isThere)).forEach(hashes::forget);
    }

    /** On top of the newest snapshot that is not quarantined and whose manifest can be read. The caller closes it. */
    Draft begin(Database database, Method method) {
        return method == Method.VACUUM
                ? inFull(database, null, List.of()) // nothing will build on it
                : begin(database, snapshots.newestAvailable(database.id(), CANDIDATES), hashes);
    }

    /**
     * On top of a certain snapshot. The caller closes it.
     *
     * @throws UnusableSnapshotException when that cannot be built on
     */
    Draft beginOn(Database database, Manifest parent) {
        var baseline = baseline(database, parent);
        var writer = repository.begin(database.id(), parent, null);
        return new Draft(database, ParentState.UNKNOWN, writer, node.id().toString(), List.of(), baseline);
    }

    /**
     * On top of the snapshot that is nearest to a moment: of backups that are imported one after the other, each has
     * most in common with its neighbours. What is known of the newest snapshot's pages stays known.
     */
    Draft beginAt(Instant moment, Database database) {
        return begin(database, snapshots.nearestAvailable(database.id(), moment, CANDIDATES), null);
    }

    private Draft begin(Database database, List<Snapshot> candidates, @Nullable PageHashCache cache) {
        var parent = parent(candidates);
        if (parent == null) {
            return inFull(database, cache, List.of());
        }
        // Before the writer opens layers, which nobody would close if one of these failed.
        var baseline = baseline(database, parent);
        var state = state(parent, database);
        try {
            var writer = repository.begin(database.id(), parent, cache);
            return new Draft(database, state, writer, node.id().toString(), List.of(), baseline);
        } catch (UnusableSnapshotException e) {
            return beginWithout(e, database);
        } catch (SnapshotGoneException e) { // deleted since it was found
            return inFull(database, cache, List.of());
        }
    }

    /**
     * On top of nothing, because what it would build on cannot be read back; all snapshots that damage hits are quarantined. The caller
     * closes it.
     */
    Draft beginWithout(UnusableSnapshotException parent, Database database) {
        quarantines.met(parent, database.id(), database.name());
        var why = parent instanceof SnapshotDamagedException ? "is damaged" : "cannot be read";
        return inFull(
                database,
                hashes,
                List.of("It is stored in full, because the snapshot that it would have built on %s: %s"
                        .formatted(why, parent.getMessage())));
    }

    private Draft inFull(Database database, @Nullable PageHashCache cache, List<String> notes) {
        var baseline = baseline(database, null);
        return new Draft(
                database,
                ParentState.UNKNOWN,
                repository.begin(database.id(), null, cache),
                node.id().toString(),
                notes,
                baseline);
    }

    /** @param parent whose manifest is known: mostly it is the baseline, too, and in a bucket each is a request */
    private @Nullable Baseline baseline(Database database, @Nullable Manifest parent) {
        return snapshots.newestAvailable(database.id(), CANDIDATES).stream()
                .filter(snapshot -> snapshot.verification() != Snapshot.Verification.FAILED)
                .flatMap(snapshot -> parent != null && parent.id().equals(snapshot.id())
                        ? Stream.of(parent)
                        : readable(snapshot).stream())
                .flatMap(manifest -> Stream.ofNullable(manifest.capture().extent())
                        .map(extent -> new Baseline(manifest.id(), manifest.createdAt(), extent)))
                .findFirst()
                .orElse(null);
    }

    private @Nullable Manifest parent(List<Snapshot> candidates) {
        return candidates.stream()
                .filter(snapshot -> !isVacuumed(snapshot))
                .flatMap(snapshot -> readable(snapshot).stream())
                .findFirst()
                .orElse(null);
    }

    /** VACUUM moves pages, so no other capture has much in common with it. */
    private static boolean isVacuumed(Snapshot snapshot) {
        return snapshot.capture().methodUsed().equals(Method.VACUUM.name());
    }

    private Optional<Manifest> readable(Snapshot snapshot) {
        try {
            return repository.find(snapshot.databaseId(), snapshot.id());
        } catch (UnusableSnapshotException e) {
            return Optional.empty(); // a check of the repository tells that; here it is only no help
        }
    }

    /**
     * By which a capture may find out that nothing has changed since; null when the parent was taken of another file, and when it is time to look at all
     * pages whatever is known of them.
     */
    @Nullable
    String stateMark(Manifest parent, Database database) {
        return state(parent, database).trustedMark();
    }

    private ParentState state(Manifest parent, Database database) {
        var capture = parent.capture();
        boolean sameFile = capture.node().equals(node.id().toString())
                && capture.sourcePath().equals(database.location());
        return sameFile ? new ParentState(capture.stateMark(), !hashes.fullDigestIsDue(parent)) : ParentState.UNKNOWN;
    }
}
