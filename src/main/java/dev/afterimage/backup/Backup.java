package dev.afterimage.backup;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.DatabasePaths;
import dev.afterimage.catalog.Databases;
import dev.afterimage.catalog.Node;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.CaptureFacts;
import dev.afterimage.repository.Manifest;
import dev.afterimage.repository.NewSnapshot;
import dev.afterimage.repository.Repository;
import dev.afterimage.sqlite.Capture;
import dev.afterimage.sqlite.CaptureOptions;
import dev.afterimage.sqlite.OnlineCopy;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SqliteVersion;
import dev.afterimage.sqlite.VacuumCopy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Captures a live database and publishes a snapshot of it. */
@Component
public class Backup {

    private final Databases databases;
    private final DatabasePaths paths;
    private final Repository repository;
    private final Snapshots snapshots;
    private final Node node;
    private final Clock clock;

    Backup(
            Databases databases,
            DatabasePaths paths,
            Repository repository,
            Snapshots snapshots,
            Node node,
            Clock clock) {
        this.databases = databases;
        this.paths = paths;
        this.repository = repository;
        this.snapshots = snapshots;
        this.node = node;
        this.clock = clock;
    }

    /**
     * Makes the snapshot that the plan names. Run again after a crash, it takes up a snapshot that was already published.
     *
     * @param patience how long to wait for a locked source
     * @param staging an empty directory for the copy; the caller deletes it
     * @return the snapshot, published and in the catalog, not yet checked
     */
    public Snapshot run(UUID databaseId, BackupPlan plan, Duration patience, Path staging, PageProgress progress) {
        var database = databases.find(databaseId).orElseThrow();
        var manifest = repository.find(databaseId, plan.snapshotId()).orElseGet(() -> {
            var source = paths.existing(database.path().toString());
            var copy = staging.resolve("copy.db");
            var options = new CaptureOptions(patience, plan.maxBytesPerSecond(), clock);
            var capture = capture(plan.method(), source, copy, options, progress);
            var snapshot = describe(database, plan, capture);
            var saved = repository.save(copy, snapshot, progress.phase("SAVING", capture.pageSize()));
            delete(copy);
            return saved;
        });
        // Dying here leaves a manifest without a row: the job's next attempt finds it above and adds the row.
        snapshots.add(published(manifest));
        return snapshots.get(plan.snapshotId());
    }

    private static Capture capture(
            Method method, Path source, Path copy, CaptureOptions options, PageProgress progress) {
        return switch (method) {
            case ONLINE -> OnlineCopy.run(source, copy, options, progress);
            case VACUUM -> VacuumCopy.run(source, copy, options, progress);
        };
    }

    private NewSnapshot describe(Database database, BackupPlan plan, Capture capture) {
        var facts = new CaptureFacts(
                plan.method().name(),
                plan.method().name(),
                null,
                capture.journalMode(),
                capture.lockHeld().toMillis(),
                capture.walBytesBefore(),
                capture.walBytesAfter(),
                database.path().toString(),
                node.node(),
                SqliteVersion.ofLibrary(),
                capture.notes(),
                null);
        return new NewSnapshot(
                plan.snapshotId(), database.id(), database.name(), capture.pinnedAt(), null, plan.labels(), facts);
    }

    /** A check that follows needs room for a copy of its own. */
    private static void delete(Path copy) {
        try {
            Files.delete(copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Snapshot published(Manifest manifest) {
        var content = new Snapshot.Content(
                manifest.pageSize(),
                manifest.pageCount(),
                manifest.storedBytes(),
                manifest.newBytes(),
                manifest.treeDigest(),
                manifest.sha256());
        var facts = manifest.capture();
        var capture = new Snapshot.Capture(
                facts.method(),
                facts.journalMode().name(),
                facts.lockHeldMillis(),
                facts.walBytesBefore(),
                facts.walBytesAfter(),
                facts.notes());
        return new Snapshot(
                manifest.id(),
                manifest.databaseId(),
                manifest.databaseName(),
                manifest.createdAt(),
                Snapshot.State.AVAILABLE,
                Snapshot.Verification.UNVERIFIED,
                content,
                capture,
                false,
                null,
                manifest.labels());
    }
}
