package dev.afterimage.backup;

import dev.afterimage.catalog.snapshots.Collapse;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.PublishedSnapshot;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.format.Manifest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the catalog says of a snapshot whose manifest is published. */
public final class SnapshotRows {

    private SnapshotRows() {}

    public static PublishedSnapshot of(Manifest manifest) {
        return new PublishedSnapshot(snapshot(manifest), manifest.parent(), collapse(manifest), anchor(manifest));
    }

    private static Snapshot snapshot(Manifest manifest) {
        var content = new Snapshot.Content(
                manifest.pageSize(),
                manifest.pageCount(),
                manifest.storedBytes(),
                manifest.newBytes(),
                manifest.treeDigest(),
                manifest.sha256());
        var facts = manifest.capture();
        var capture = new Snapshot.Capture(
                Objects.requireNonNullElse(facts.requested(), facts.method()),
                facts.method(),
                facts.reason(),
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
                manifest.groupId(),
                Snapshot.State.AVAILABLE,
                Snapshot.Verification.UNVERIFIED,
                Snapshot.Proof.NONE,
                content,
                capture,
                manifest.takenForSafety(),
                null,
                manifest.labels(),
                place(manifest));
    }

    private static Snapshot.@Nullable LogPlace place(Manifest manifest) {
        var log = manifest.capture().log();
        return log == null || log.from() != log.to() ? null : new Snapshot.LogPlace(log.chain(), log.to(), log.at());
    }

    private static @Nullable LogAnchor anchor(Manifest manifest) {
        var log = manifest.capture().log();
        return log == null ? null : new LogAnchor(manifest.id(), log.chain(), log.from(), log.to(), log.at());
    }

    private static @Nullable Collapse collapse(Manifest manifest) {
        var extent = manifest.capture().extent();
        var collapse = manifest.capture().collapse();
        return extent == null || collapse == null
                ? null
                : new Collapse(
                        manifest.id(),
                        manifest.databaseId(),
                        collapse.before(),
                        manifest.createdAt(),
                        collapse.extent().bytesInUse(),
                        extent.bytesInUse(),
                        collapse.extent().tables(),
                        extent.tables(),
                        null);
    }
}
