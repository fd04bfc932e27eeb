package dev.afterimage.recovery;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.backup.SnapshotRows;
import dev.afterimage.catalog.LostCatalog;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.SnapshotDeletions;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.LogRecords;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Makes the catalog's rows anew: those about databases and snapshots from the manifests, and what was set from a copy of the catalog that
 * was lost. What was set here stays as it is.
 */
@Component
public class Rebuild {

    private final Repository repository;
    private final Databases databases;
    private final Snapshots snapshots;
    private final UnrecordedSnapshots unrecorded;
    private final SnapshotDeletions deletions;
    private final SnapshotTotals totals;
    private final LogRecords logs;
    private final LostCatalogSearch search;

    public Rebuild(
            Repository repository,
            Databases databases,
            Snapshots snapshots,
            UnrecordedSnapshots unrecorded,
            SnapshotDeletions deletions,
            SnapshotTotals totals,
            LogRecords logs,
            LostCatalogSearch search) {
        this.repository = repository;
        this.databases = databases;
        this.snapshots = snapshots;
        this.unrecorded = unrecorded;
        this.deletions = deletions;
        this.totals = totals;
        this.logs = logs;
        this.search = search;
    }

    /**
     * Brings back what was set, where a copy of a lost catalog has it, and goes through all databases of the repository. Run again, it
     * finds nothing left to do; when two run at once, each tells what it has added itself.
     *
     * @param staging a directory whose content is deleted when the job ends
     * @throws dev.afterimage.problem.ProblemException CATALOG_COPY_UNUSABLE when the copy that was asked for cannot be used; nothing was changed
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read; what was added stays
     */
    public Rebuilt run(RebuildOrder order, Path staging, PageProgress progress) {
        try (var found = search.find(order, staging)) {
            var lost = found.catalog();
            var adopted = new ArrayList<Rebuilt.Adopted>();
            if (lost != null) {
                lost.takeUpDatabases().stream().map(Rebuild::adopted).forEach(adopted::add);
            }
            var unreadable = new ArrayList<Rebuilt.Unreadable>();
            int added = addSnapshots(lost, adopted, unreadable, progress.phase("LISTING", 0));
            // Only now: a policy must not delete what has not got its pin yet.
            var broughtBack = lost == null
                    ? null
                    : new Rebuilt.BroughtBack(
                            String.valueOf(found.key()),
                            lost.takenAt(),
                            lost.addSettings(without(unreadable), order.tokens()));
            return new Rebuilt(adopted, added, unreadable, missing(), broughtBack, found.passedOver());
        }
    }

    /** Snapshots that still have no row. */
    private Set<UUID> without(List<Rebuilt.Unreadable> unreadable) {
        return unreadable.isEmpty()
                ? Set.of()
                : repository.databases().stream()
                        .flatMap(id -> unrecorded.of(id).stream())
                        .collect(toSet());
    }

    private static Rebuilt.Adopted adopted(LostCatalog.TakenUp database) {
        return new Rebuilt.Adopted(database.id(), database.name(), database.nameBefore(), database.path());
    }

    private int addSnapshots(
            @Nullable LostCatalog lost,
            List<Rebuilt.Adopted> adopted,
            List<Rebuilt.Unreadable> unreadable,
            PageProgress progress) {
        int added = 0;
        var inRepository = repository.databases();
        for (int done = 0; done < inRepository.size(); done++) {
            progress.pages(done, inRepository.size());
            var id = inRepository.get(done);
            var listing = repository.list(id);
            listing.unreadable().forEach(one -> unreadable.add(new Rebuilt.Unreadable(one.key(), one.reason())));
            adopt(id, listing).ifPresent(adopted::add);
            added += addSnapshots(id, listing, lost);
            logs.complete(id);
        }
        progress.pages(inRepository.size(), inRepository.size());
        return added;
    }

    /** Registers it as its newest manifest says, if it is unknown. */
    private Optional<Rebuilt.Adopted> adopt(UUID id, ManifestListing listing) {
        if (databases.find(id).isPresent() || listing.readable().isEmpty()) {
            return Optional.empty();
        }
        var newest = listing.readable().getLast();
        var path = newest.capture().sourcePath();
        return databases
                .adopt(id, newest.databaseName(), path)
                .map(database -> new Rebuilt.Adopted(id, database.name(), newest.databaseName(), path));
    }

    private int addSnapshots(UUID databaseId, ManifestListing listing, @Nullable LostCatalog lost) {
        var wanted = unrecorded.of(databaseId);
        if (lost != null) {
            wanted.addAll(snapshots.ids(databaseId)); // their rows may have been made without what was known of them
        }
        var added = listing.readable().stream()
                .filter(manifest -> wanted.contains(manifest.id()))
                .filter(manifest -> add(manifest, lost))
                .map(Manifest::id)
                .collect(toSet());
        takeBackDeleted(databaseId, added);
        return added.size();
    }

    private boolean add(Manifest manifest, @Nullable LostCatalog lost) {
        var found = SnapshotRows.of(manifest);
        return lost == null ? snapshots.add(found) : lost.add(found);
    }

    /** A deletion that came to its end between the listing and the new row must not be undone. */
    private void takeBackDeleted(UUID databaseId, Set<UUID> added) {
        if (!added.isEmpty()) {
            var stored = repository.snapshotIds(databaseId);
            added.stream()
                    .filter(id -> !stored.contains(id)
                            && repository.find(databaseId, id).isEmpty())
                    .forEach(id -> deletions.finish(deletions.begin(id, candidate -> {})));
        }
    }

    private List<UUID> missing() {
        return totals.all().stream()
                .filter(total -> total.snapshots() > 0)
                .flatMap(total -> missing(total.databaseId()))
                .toList();
    }

    /** Asked in this order: a deletion marks the row before it deletes the manifest. */
    private Stream<UUID> missing(UUID databaseId) {
        var stored = repository.snapshotIds(databaseId);
        return snapshots.ids(databaseId).stream()
                .filter(id -> !stored.contains(id))
                .filter(id -> repository.find(databaseId, id).isEmpty())
                .filter(id -> snapshots.find(id).isPresent())
                .sorted();
    }
}
