package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The checks that were made, and what each means for its snapshot. */
@Component
public class SnapshotChecks {

    private final Catalog catalog;

    public SnapshotChecks(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Records a check; in the same transaction the snapshot becomes PASSED and AVAILABLE, or FAILED and QUARANTINED. Only a
     * FULL one lifts a quarantine, but for {@link #mended}: another may not see what that saw. What a FULL one has proven of a snapshot is as well known of those
     * that were built on it, up to those that have passed one themselves.
     *
     * @throws SnapshotNotFoundException when the snapshot was deleted while it was checked; nothing is recorded then
     */
    public void add(SnapshotCheck check) {
        catalog.inTransaction(() -> {
            requireSnapshot(check.snapshotId());
            insert(check);
            boolean full = check.passed() && check.level().equals(Snapshot.Level.FULL.name());
            if (full) {
                noteBelow(check);
            }
            return catalog.update("""
                            UPDATE snapshot SET verification = :verification, state = :state,
                                level = CASE
                                    WHEN NOT :passed THEN NULL
                                    WHEN 'FULL' IN (level, :level) THEN 'FULL'
                                    WHEN 'QUICK' IN (level, :level) THEN 'QUICK'
                                    ELSE :level END,
                                full_check_at = CASE
                                    WHEN NOT :passed THEN NULL
                                    WHEN :full THEN :finishedAt
                                    ELSE full_check_at END
                            WHERE id = :id AND NOT (:passed AND NOT :full AND state = 'QUARANTINED')
                            """)
                    .param("full", full)
                    .param("finishedAt", check.finishedAt().toEpochMilli())
                    .param("verification", check.passed() ? "PASSED" : "FAILED")
                    .param("state", check.passed() ? "AVAILABLE" : "QUARANTINED")
                    .param("passed", check.passed())
                    .param("level", check.level())
                    .param("id", check.snapshotId().toString())
                    .update();
        });
    }

    /**
     * Records that all that a quarantined snapshot needs is as it was written again, and lifts its quarantine when that was all that was ever
     * wrong: then what was proven of it before counts again. What SQLite has found only a FULL check lifts.
     *
     * @param check that was passed, of level REPOSITORY
     * @return false when a FULL check has to; nothing is recorded then
     */
    public boolean mended(SnapshotCheck check) {
        return catalog.inTransaction(() -> {
            var id = check.snapshotId();
            requireSnapshot(id);
            if (state(id) != Snapshot.State.QUARANTINED) {
                return true;
            }
            if (wasFoundBySqlite(id)) {
                return false;
            }
            insert(check);
            catalog.update("""
                            WITH passed AS (
                                SELECT level, finished_at FROM snapshot_check
                                WHERE snapshot_id = :id AND passed = 1 AND level <> 'REPOSITORY' AND id > coalesce((
                                    SELECT max(id) FROM snapshot_check
                                    WHERE snapshot_id = :id AND passed = 0 AND level IN ('QUICK', 'FULL')), ''))
                            UPDATE snapshot SET state = 'AVAILABLE',
                                verification = CASE WHEN EXISTS (SELECT 1 FROM passed) THEN 'PASSED' ELSE 'UNVERIFIED' END,
                                level = CASE
                                    WHEN 'FULL' IN (SELECT level FROM passed) THEN 'FULL'
                                    WHEN 'QUICK' IN (SELECT level FROM passed) THEN 'QUICK'
                                    WHEN 'STORED' IN (SELECT level FROM passed) THEN 'STORED' END,
                                full_check_at = coalesce(
                                    (SELECT max(finished_at) FROM passed WHERE level = 'FULL'),
                                    (SELECT below.full_check_at FROM snapshot AS below WHERE below.id = snapshot.parent_id))
                            WHERE id = :id
                            """).param("id", id.toString()).update();
            return true;
        });
    }

    private Snapshot.State state(UUID id) {
        return Snapshot.State.valueOf(catalog.queryInTransaction("SELECT state FROM snapshot WHERE id = :id")
                .param("id", id.toString())
                .query(String.class)
                .single());
    }

    /** A check by SQLite has failed, be it because of what was stored, and none has passed FULL since. */
    private boolean wasFoundBySqlite(UUID id) {
        return catalog.queryInTransaction("""
                        SELECT EXISTS (
                            SELECT 1 FROM snapshot_check AS failed
                            WHERE snapshot_id = :id AND passed = 0 AND level IN ('QUICK', 'FULL') AND NOT EXISTS (
                                SELECT 1 FROM snapshot_check AS later
                                WHERE later.snapshot_id = :id AND later.id > failed.id
                                  AND later.passed = 1 AND later.level = 'FULL'))
                        """)
                .param("id", id.toString())
                .query(Boolean.class)
                .single();
    }

    private void noteBelow(SnapshotCheck full) {
        catalog.update("""
                        WITH RECURSIVE built (id) AS (
                            SELECT :id
                            UNION
                            SELECT later.id FROM built JOIN snapshot AS later ON later.parent_id = built.id
                            WHERE later.verification <> 'FAILED' AND coalesce(later.level, '') <> 'FULL')
                        UPDATE snapshot SET full_check_at = :at WHERE id IN (SELECT id FROM built)
                        """)
                .param("id", full.snapshotId().toString())
                .param("at", full.finishedAt().toEpochMilli())
                .update();
    }

    private void requireSnapshot(UUID id) {
        var found = catalog.queryInTransaction("SELECT id FROM snapshot WHERE id = :id AND deleted_at IS NULL")
                .param("id", id.toString())
                .query(String.class)
                .optional();
        if (found.isEmpty()) {
            throw new SnapshotNotFoundException(id);
        }
    }

    private void insert(SnapshotCheck check) {
        catalog.update("""
                        INSERT INTO snapshot_check (id, snapshot_id, level, passed, started_at, finished_at, messages,
                            content_violations, content_messages, foreign_key_violations, unproven)
                        VALUES (:id, :snapshotId, :level, :passed, :startedAt, :finishedAt, :messages,
                            :contentViolations, :contentMessages, :foreignKeyViolations, :unproven)
                        """)
                .param("id", check.id().toString())
                .param("snapshotId", check.snapshotId().toString())
                .param("level", check.level())
                .param("passed", check.passed())
                .param("startedAt", check.startedAt().toEpochMilli())
                .param("finishedAt", check.finishedAt().toEpochMilli())
                .param("messages", catalog.toJson(check.messages()))
                .param("contentViolations", check.contentViolations())
                .param("contentMessages", catalog.toJson(check.contentMessages()))
                .param("foreignKeyViolations", check.foreignKeyViolations())
                .param("unproven", catalog.toJson(check.unproven()))
                .update();
    }

    /** The checks of a snapshot, newest first. */
    public List<SnapshotCheck> list(UUID snapshotId) {
        return catalog.query("""
                        SELECT snapshot_check.*
                        FROM snapshot_check JOIN snapshot ON snapshot.id = snapshot_check.snapshot_id
                        WHERE snapshot_id = :id AND snapshot.deleted_at IS NULL ORDER BY snapshot_check.id DESC
                        """)
                .param("id", snapshotId.toString())
                .query(this::check)
                .list();
    }

    /**
     * When the quarantined snapshots of a database were found damaged: the first time since a check lifted their quarantine, or
     * at all. A check that finds the same damage again does not count.
     */
    public Map<UUID, Instant> damageFoundAt(UUID databaseId) {
        var found = new HashMap<UUID, Instant>();
        catalog.query("""
                        SELECT snapshot_id, min(finished_at) AS found_at
                        FROM snapshot_check failed JOIN snapshot ON snapshot.id = failed.snapshot_id
                        WHERE database_id = :databaseId AND state = 'QUARANTINED' AND passed = 0 AND NOT EXISTS (
                            SELECT 1 FROM snapshot_check later
                            WHERE later.snapshot_id = failed.snapshot_id AND later.id > failed.id
                              AND later.passed = 1 AND later.level IN ('FULL', 'REPOSITORY'))
                        GROUP BY snapshot_id
                        """).param("databaseId", databaseId.toString()).query(row -> {
            found.put(UUID.fromString(row.getString("snapshot_id")), Instant.ofEpochMilli(row.getLong("found_at")));
        });
        return found;
    }

    private SnapshotCheck check(ResultSet row, int number) throws SQLException {
        return new SnapshotCheck(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("snapshot_id")),
                row.getString("level"),
                row.getBoolean("passed"),
                Instant.ofEpochMilli(row.getLong("started_at")),
                Instant.ofEpochMilli(row.getLong("finished_at")),
                catalog.stringList(row.getString("messages")),
                row.getLong("content_violations"),
                catalog.stringList(row.getString("content_messages")),
                row.getLong("foreign_key_violations"),
                catalog.stringList(row.getString("unproven")));
    }
}
