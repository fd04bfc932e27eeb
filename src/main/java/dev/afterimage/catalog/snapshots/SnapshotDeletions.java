package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/** Deletions of snapshots, from the decision until the row is removed: meanwhile nobody else sees the snapshot. */
@Component
public class SnapshotDeletions {

    /** Which snapshot is being deleted. */
    public record Deletion(UUID databaseId, UUID snapshotId) {}

    /**
     * A snapshot that somebody wants to delete.
     *
     * @param lastGood whether it is good, and no other good one of the database is proven as well as it is: one that was
     *     not checked never replaces one that passed, nor does one that only passed less the last that passed a FULL check
     * @param lastBeforeCollapse whether it is one of {@link Collapses#lastBefore}
     */
    public record Candidate(Snapshot snapshot, boolean lastGood, boolean lastBeforeCollapse) {}

    private final Catalog catalog;
    private final Clock clock;
    private final SnapshotRow row;

    public SnapshotDeletions(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
        this.row = new SnapshotRow(catalog);
    }

    /**
     * Decides and marks in one transaction, so that of two deletions the later one knows of the earlier, and a pin comes
     * either before the decision or too late. A deletion that began already is not decided again.
     *
     * @param decision throws when the snapshot must stay
     * @throws SnapshotNotFoundException when there is none of that id
     */
    public Deletion begin(UUID id, Consumer<Candidate> decision) {
        return catalog.inTransaction(() -> begun(id).orElseGet(() -> decideAndMark(id, decision)));
    }

    private Optional<Deletion> begun(UUID id) {
        return catalog.queryInTransaction(
                        "SELECT id, database_id FROM snapshot WHERE id = :id AND deleted_at IS NOT NULL")
                .param("id", id.toString())
                .query(SnapshotDeletions::deletion)
                .optional();
    }

    private Deletion decideAndMark(UUID id, Consumer<Candidate> decision) {
        var candidate = candidate(id).orElseThrow(() -> new SnapshotNotFoundException(id));
        decision.accept(candidate);
        return mark(candidate.snapshot());
    }

    /**
     * The same, where it is no failure that the snapshot stays: then nothing is returned, nor when there is none of that id,
     * or its deletion began already.
     */
    public Optional<Deletion> beginIf(UUID id, Predicate<Candidate> wanted) {
        return catalog.inTransaction(() -> candidate(id).filter(wanted).map(candidate -> mark(candidate.snapshot())));
    }

    private Optional<Candidate> candidate(UUID id) {
        return catalog.queryInTransaction(SnapshotRow.SELECT + "AND snapshot.id = :id")
                .param("id", id.toString())
                .query(row)
                .optional()
                .map(snapshot ->
                        new Candidate(snapshot, lastGood(snapshot), Collapses.isLastBefore(catalog, snapshot)));
    }

    private Deletion mark(Snapshot snapshot) {
        catalog.update("UPDATE snapshot SET deleted_at = :now WHERE id = :id")
                .param("now", clock.millis())
                .param("id", snapshot.id().toString())
                .update();
        CopiedSnapshots.isGoing(catalog, snapshot);
        return new Deletion(snapshot.databaseId(), snapshot.id());
    }

    private boolean lastGood(Snapshot snapshot) {
        return isGood(snapshot) && !hasOther(snapshot);
    }

    private static boolean isGood(Snapshot snapshot) {
        return snapshot.state() == Snapshot.State.AVAILABLE && snapshot.verification() != Snapshot.Verification.FAILED;
    }

    private boolean hasOther(Snapshot good) {
        return catalog.queryInTransaction("""
                        SELECT count(*) FROM snapshot
                        WHERE database_id = :databaseId AND id <> :id AND deleted_at IS NULL
                          AND state = 'AVAILABLE' AND verification <> 'FAILED'
                          AND (:verification = 'UNVERIFIED' OR verification = :verification)
                          AND (NOT :full OR level = 'FULL')
                        """)
                        .param("databaseId", good.databaseId().toString())
                        .param("id", good.id().toString())
                        .param("verification", good.verification().name())
                        .param("full", good.proof().reaches(Snapshot.Level.FULL))
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Deletions that began and did not end, oldest first. */
    public List<Deletion> unfinished() {
        return catalog.query(
                        "SELECT id, database_id FROM snapshot WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id")
                .query(SnapshotDeletions::deletion)
                .list();
    }

    private static Deletion deletion(ResultSet row, int number) throws SQLException {
        return new Deletion(UUID.fromString(row.getString("database_id")), UUID.fromString(row.getString("id")));
    }

    /** Removes the row, and its checks; its manifest must be gone already, or the start would bring the row back. */
    public void finish(Deletion deletion) {
        catalog.inTransaction(() -> {
            CopiedSnapshots.isDeleted(catalog, deletion.snapshotId(), clock.instant());
            return catalog.update("DELETE FROM snapshot WHERE id = :id AND deleted_at IS NOT NULL")
                    .param("id", deletion.snapshotId().toString())
                    .update();
        });
    }
}
