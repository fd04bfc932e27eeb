package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.SnapshotDeletions;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Manifest;
import dev.afterimage.repository.ManifestListing;
import dev.afterimage.repository.Repository;
import dev.afterimage.sqlite.PageProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Makes the catalog's rows about databases and snapshots anew, from the manifests alone. What has a row stays as it is. */
@Component
public class Rebuild {

    private final Repository repository;
    private final Databases databases;
    private final Snapshots snapshots;
    private final UnrecordedSnapshots unrecorded;
    private final SnapshotDeletions deletions;
    private final SnapshotTotals totals;

    Rebuild(
            Repository repository,
            Databases databases,
            Snapshots snapshots,
            UnrecordedSnapshots unrecorded,
            SnapshotDeletions deletions,
            SnapshotTotals totals) {
        this.repository = repository;
        this.databases = databases;
        this.snapshots = snapshots;
        this.unrecorded = unrecorded;
        this.deletions = deletions;
        this.totals = totals;
    }

    /**
     * Goes through all databases of the repository. Run again, it finds nothing left to do; when two run at once, each
     * tells what it has added itself.
     *
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read; what was added stays
     */
    public Rebuilt run(PageProgress progress) {
        var adopted = new ArrayList<Rebuilt.Adopted>();
        var unreadable = new ArrayList<Rebuilt.Unreadable>();
        int added = 0;
        var inRepository = repository.databases();
        var counting = progress.phase("LISTING", 0);
        for (int done = 0; done < inRepository.size(); done++) {
            counting.pages(done, inRepository.size());
            var id = inRepository.get(done);
            var listing = repository.list(id);
            listing.unreadable().forEach(one -> unreadable.add(new Rebuilt.Unreadable(one.key(), one.reason())));
            adopt(id, listing).ifPresent(adopted::add);
            added += addSnapshots(id, listing);
        }
        counting.pages(inRepository.size(), inRepository.size());
        return new Rebuilt(adopted, added, unreadable, missing());
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

    private int addSnapshots(UUID databaseId, ManifestListing listing) {
        var without = unrecorded.of(databaseId);
        return (int) listing.readable().stream()
                .filter(manifest -> without.contains(manifest.id()))
                .filter(this::add)
                .count();
    }

    /** A deletion that came to its end between the listing and now must not be undone. */
    private boolean add(Manifest manifest) {
        boolean added = snapshots.add(SnapshotRows.of(manifest));
        if (repository.find(manifest.databaseId(), manifest.id()).isEmpty()) {
            deletions.finish(deletions.begin(manifest.id(), candidate -> {}));
        }
        return added;
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
