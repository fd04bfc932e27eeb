package dev.afterimage.repair;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.check.TestCheck;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Gives tests of other packages the real repair. */
public final class TestRepair {

    private TestRepair() {}

    /**
     * With copies in directories.
     *
     * @param parent of these directories
     * @param names of the copies and of their directories
     */
    static Repair from(TestBackups backups, Storage storage, Path parent, List<String> names, Clock clock) {
        var expected = backups.catalog.adoptions;
        var copies = names.stream()
                .map(name -> new Vault.Copy(
                        name, new Vault(new LocalStorage(parent.resolve(name), 0, expected::current), clock)))
                .toList();
        var vault = new Vault(storage, Optional::empty, copies, clock);
        return on(
                backups,
                new Repository(vault, IndexCache.none(), Duration.ZERO, backups.catalog.snapshots::present, clock),
                clock);
    }

    /** @param repository that knows its copies */
    public static Repair on(TestBackups backups, Repository repository, Clock clock) {
        var catalog = backups.catalog;
        return new Repair(
                repository,
                catalog.databases,
                catalog.snapshots,
                catalog.totals,
                catalog.deletions,
                catalog.layerChecks,
                new LogChecks(catalog.catalog),
                new LogCuts(catalog.catalog),
                backups.following.records,
                backups.unrecorded,
                TestCheck.quarantines(backups, clock),
                TestCheck.on(backups, clock),
                clock);
    }
}
