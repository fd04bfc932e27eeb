package dev.afterimage.api.repository;

import dev.afterimage.api.repository.RepositoryJson.StoredDatabase;
import dev.afterimage.catalog.Adoptions;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.recovery.CatalogCopies;
import dev.afterimage.recovery.CatalogCopyUpkeep;
import dev.afterimage.recovery.HeldRepository;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.objects.DatabaseUsage;
import dev.afterimage.storage.Location;
import java.util.ArrayList;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Describes the repository: what the catalog says of the snapshots, and what the storage says of their objects. */
@Component
public class RepositoryDescriptions {

    private final Repository repository;
    private final SnapshotTotals totals;
    private final Adoptions adoptions;
    private final HeldRepository held;
    private final CatalogCopies copies;
    private final CatalogCopyUpkeep copyUpkeep;
    private final Node node;

    RepositoryDescriptions(
            Repository repository,
            SnapshotTotals totals,
            Adoptions adoptions,
            HeldRepository held,
            CatalogCopies copies,
            CatalogCopyUpkeep copyUpkeep,
            Node node) {
        this.node = node;
        this.repository = repository;
        this.totals = totals;
        this.adoptions = adoptions;
        this.held = held;
        this.copies = copies;
        this.copyUpkeep = copyUpkeep;
    }

    public UsageJson of(Database database) {
        return UsageJson.of(
                totals.of(database.id()),
                new DatabaseUsage(repository.usage(database.id()), repository.logUsage(database.id())));
    }

    RepositoryJson all() {
        var usages = new TreeMap<>(repository.usages());
        var all = usages.values().stream().reduce(DatabaseUsage.NONE, DatabaseUsage::plus);
        var databases = new ArrayList<StoredDatabase>();
        for (var total : totals.all()) {
            var usage = usages.remove(total.databaseId());
            if (usage != null || total.registered() || total.snapshots() > 0) {
                databases.add(StoredDatabase.of(total, usage == null ? DatabaseUsage.NONE : usage));
            }
        }
        usages.forEach((id, usage) -> databases.add(StoredDatabase.unknown(id, usage)));
        long logicalBytes = sum(databases.stream().map(StoredDatabase::logicalBytes));
        return new RepositoryJson(
                adoptions.current().orElseThrow(), // else nothing could have been listed
                Location.parse(node.repository()).toString(),
                repository.hasAtomicPuts(),
                held.lease().map(lease -> LeaseJson.of(lease, held.isOurs())).orElse(null),
                repository.vault().isSealed(),
                all.all().objects(),
                all.all().bytes(),
                all.log().bytes(),
                sum(databases.stream().map(StoredDatabase::snapshots)),
                logicalBytes,
                UsageJson.ratio(logicalBytes, all.snapshots().bytes()),
                copies.newest().map(CatalogCopyJson::of).orElse(null),
                copyUpkeep.failure(),
                databases);
    }

    private static long sum(Stream<Long> numbers) {
        return numbers.mapToLong(Long::longValue).sum();
    }
}
