package dev.afterimage.catalog.snapshots;

import static dev.afterimage.catalog.snapshots.SnapshotRow.SELECT;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The snapshots, an index of the manifests in the repository plus what only the catalog knows: checks, pins, expiry. */
@Component
public class Snapshots {

    private final Catalog catalog;
    private final SnapshotRow row;

    public Snapshots(Catalog catalog) {
        this.catalog = catalog;
        this.row = new SnapshotRow(catalog);
    }

    /**
     * Adds a snapshot that was just taken: it becomes the newest of its database, whatever the clock says. Its manifest is published. Adding
     * it again, as a job does that is run again, changes nothing.
     *
     * @return whether it was not there
     */
    public boolean addNewest(PublishedSnapshot published) {
        return add(published, published.snapshot().createdAt().toEpochMilli(), true);
    }

    /**
     * The same of one that was imported, or whose manifest was found: it has its place among the others by its creation. The clock may
     * have gone back before it was made, but its id did not.
     */
    public boolean add(PublishedSnapshot published) {
        var snapshot = published.snapshot();
        long orderedAt = Math.max(snapshot.createdAt().toEpochMilli(), TimeOrderedId.millis(snapshot.id()));
        return add(published, orderedAt, false);
    }

    private boolean add(PublishedSnapshot published, long orderedAt, boolean newest) {
        var snapshot = published.snapshot();
        return catalog.inTransaction(() -> {
            boolean added = insert(snapshot, published.parent(), orderedAt, newest);
            if (added) {
                takeWhatWasKnown(snapshot.id());
                noteLabels(snapshot.id());
                if (published.collapse() != null) {
                    Collapses.add(catalog, published.collapse());
                }
                if (published.anchor() != null) {
                    LogAnchors.add(catalog, published.anchor());
                }
            }
            return added;
        });
    }

    private boolean insert(Snapshot snapshot, @Nullable UUID parent, long orderedAt, boolean newest) {
        var content = snapshot.content();
        var capture = snapshot.capture();
        int added = catalog.update("""
                        INSERT INTO snapshot (id, database_id, created_at, ordered_at, group_id, parent_id, state, verification,
                            level, full_check_at, page_size,
                            page_count, stored_bytes, new_bytes, tree_digest, sha256, method, method_used,
                            method_reason, journal_mode, lock_held_millis, wal_bytes_before, wal_bytes_after, notes,
                            pinned, expires_at, labels)
                        VALUES (:id, :databaseId, :createdAt,
                            max(:orderedAt, coalesce((
                                SELECT 1 + max(ordered_at) FROM snapshot WHERE :newest AND database_id = :databaseId), 0)),
                            :groupId, :parent, :state, :verification, :level,
                            coalesce(:fullCheckAt, (SELECT full_check_at FROM snapshot WHERE id = :parent)), :pageSize,
                            :pageCount, :storedBytes, :newBytes, :treeDigest, :sha256, :method, :methodUsed,
                            :methodReason, :journalMode, :lockHeldMillis, :walBytesBefore, :walBytesAfter, :notes,
                            :pinned, :expiresAt, :labels)
                        ON CONFLICT (id) DO NOTHING
                        """)
                .param("orderedAt", orderedAt)
                .param("newest", newest)
                .param("id", snapshot.id().toString())
                .param("databaseId", snapshot.databaseId().toString())
                .param("createdAt", snapshot.createdAt().toEpochMilli())
                .param("groupId", Objects.toString(snapshot.groupId(), null))
                .param("parent", Objects.toString(parent, null))
                .param("level", Objects.toString(snapshot.proof().level(), null))
                .param("fullCheckAt", Catalog.millis(snapshot.proof().fullCheckAt()))
                .param("state", snapshot.state().name())
                .param("verification", snapshot.verification().name())
                .param("pageSize", content.pageSize())
                .param("pageCount", content.pageCount())
                .param("storedBytes", content.storedBytes())
                .param("newBytes", content.newBytes())
                .param("treeDigest", content.treeDigest())
                .param("sha256", content.sha256())
                .param("method", capture.method())
                .param("methodUsed", capture.methodUsed())
                .param("methodReason", capture.methodReason())
                .param("journalMode", capture.journalMode())
                .param("lockHeldMillis", capture.lockHeldMillis())
                .param("walBytesBefore", capture.walBytesBefore())
                .param("walBytesAfter", capture.walBytesAfter())
                .param("notes", catalog.toJson(capture.notes()))
                .param("pinned", snapshot.pinned())
                .param("expiresAt", Catalog.millis(snapshot.expiresAt()))
                .param("labels", catalog.toJson(snapshot.labels()))
                .update();
        return added > 0;
    }

    /** Of one whose manifest could not be read when a lost catalog was brought back: a policy of that may be in force already. */
    private void takeWhatWasKnown(UUID id) {
        int known = catalog.update("""
                        UPDATE snapshot SET state = known.state, verification = known.verification,
                            level = known.level, full_check_at = known.full_check_at,
                            sha256 = coalesce(snapshot.sha256, known.sha256), pinned = known.pinned,
                            expires_at = known.expires_at, labels = known.labels
                        FROM awaited_snapshot AS known WHERE known.id = snapshot.id AND snapshot.id = :id
                        """).param("id", id.toString()).update();
        if (known > 0) {
            catalog.update("DELETE FROM awaited_snapshot WHERE id = :id")
                    .param("id", id.toString())
                    .update();
        }
    }

    public Optional<Snapshot> find(UUID id) {
        return catalog.query(SELECT + "AND snapshot.id = :id")
                .param("id", id.toString())
                .query(row)
                .optional();
    }

    /** @throws SnapshotNotFoundException when there is none of that id */
    public Snapshot get(UUID id) {
        return find(id).orElseThrow(() -> new SnapshotNotFoundException(id));
    }

    /** @throws SnapshotNotFoundException when there is none of that id, or none that exists for the one who asks */
    public Snapshot get(UUID id, VisibleDatabases visible) {
        return catalog.query(SELECT + "AND snapshot.id = :id AND " + VisibleDatabases.CONDITION)
                .param("id", id.toString())
                .param("visible", visible.json(catalog))
                .query(row)
                .optional()
                .orElseThrow(() -> new SnapshotNotFoundException(id));
    }

    /**
     * A snapshot that may be restored.
     *
     * @throws SnapshotNotFoundException when there is none of that id
     * @throws ProblemException SNAPSHOT_QUARANTINED when it failed a check
     */
    public Snapshot available(UUID id) {
        var snapshot = get(id);
        return switch (snapshot.state()) {
            case AVAILABLE -> snapshot;
            case QUARANTINED ->
                throw new ProblemException(Problem.of(
                        ProblemCode.SNAPSHOT_QUARANTINED,
                        "Snapshot %s of '%s' failed a check and is quarantined"
                                .formatted(snapshot.id(), snapshot.databaseName())));
        };
    }

    private record Placed(Snapshot snapshot, SnapshotPlace place) {}

    /** Newest first, those behind {@code after}. */
    public Page<Snapshot, SnapshotPlace> list(SnapshotFilter filter, @Nullable SnapshotPlace after, int limit) {
        var list = new SnapshotList(filter, after);
        var rows = catalog.query(list.sql())
                .params(list.values())
                .param("visible", filter.visible().json(catalog))
                .param("limit", limit + 1)
                .query((found, number) -> new Placed(row.mapRow(found, number), SnapshotPlace.of(found)))
                .list();
        var page = Page.of(rows, limit, Placed::place);
        return new Page<>(page.items().stream().map(Placed::snapshot).toList(), page.next());
    }

    /** Whether all snapshots of a group, of which there is at least one, exist for the one who asks. */
    public boolean wholeGroup(UUID groupId, VisibleDatabases visible) {
        return catalog.query("""
                        SELECT count(*) > 0 AND count(*) = count(*) FILTER (WHERE
                        """ + VisibleDatabases.CONDITION + """
                        ) FROM snapshot JOIN database ON database.id = snapshot.database_id
                        WHERE snapshot.deleted_at IS NULL AND snapshot.group_id = :group
                        """)
                .param("group", groupId.toString())
                .param("visible", visible.json(catalog))
                .query(Boolean.class)
                .single();
    }

    /** Databases that have parts of the same groups as this one. */
    public List<UUID> groupedWith(UUID databaseId) {
        return catalog.query("""
                        SELECT DISTINCT other.database_id
                        FROM snapshot JOIN snapshot AS other ON other.group_id = snapshot.group_id
                        WHERE snapshot.database_id = :id AND snapshot.group_id IS NOT NULL AND snapshot.deleted_at IS NULL
                          AND other.database_id <> :id AND other.deleted_at IS NULL
                        """)
                .param("id", databaseId.toString())
                .query((row, number) -> UUID.fromString(row.getString("database_id")))
                .list();
    }

    /** Ids of those that a lost catalog knew and whose manifests could not be read since, of all databases. */
    public Set<UUID> awaited() {
        return catalog.query("SELECT id FROM awaited_snapshot")
                .query((found, number) -> UUID.fromString(found.getString("id")))
                .set();
    }

    /** Ids of all snapshots of a database, also of those whose deletion has begun. */
    public Set<UUID> ids(UUID databaseId) {
        return catalog.query("SELECT id FROM snapshot WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((found, number) -> UUID.fromString(found.getString("id")))
                .set();
    }

    /** Ids of those whose deletion has not begun, whatever their state. */
    public Set<UUID> present(UUID databaseId) {
        return catalog.query("SELECT id FROM snapshot WHERE database_id = :id AND deleted_at IS NULL")
                .param("id", databaseId.toString())
                .query((found, number) -> UUID.fromString(found.getString("id")))
                .set();
    }

    /** All snapshots of a database, newest first. */
    public List<Snapshot> all(UUID databaseId) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id ORDER BY snapshot.ordered_at DESC, snapshot.id DESC
                        """)
                .param("id", databaseId.toString())
                .query(row)
                .list();
    }

    /** The newest snapshot, whatever its state. */
    public Optional<Snapshot> newest(UUID databaseId) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id
                        ORDER BY snapshot.ordered_at DESC, snapshot.id DESC LIMIT 1
                        """)
                .param("id", databaseId.toString())
                .query(row)
                .optional();
    }

    /** The newest snapshot of each of some databases, of those that have one. */
    public List<Snapshot> newest(List<Database> databases) {
        return catalog.query(SELECT + """
                        AND snapshot.id IN (
                          SELECT (SELECT id FROM snapshot AS newest
                                  WHERE newest.database_id = wanted.value AND newest.deleted_at IS NULL
                                  ORDER BY newest.ordered_at DESC, newest.id DESC LIMIT 1)
                          FROM json_each(:ids) AS wanted)
                        """)
                .param(
                        "ids",
                        catalog.toJson(databases.stream().map(Database::id).toList()))
                .query(row)
                .list();
    }

    /**
     * The newest snapshot that is available, has not failed a check, and is no safety snapshot.
     *
     * @throws SnapshotNotFoundException when there is none
     */
    public Snapshot latest(Database database) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id AND snapshot.state = 'AVAILABLE' AND snapshot.verification <> 'FAILED'
                        AND NOT EXISTS (SELECT 1 FROM snapshot_label AS label
                            WHERE label.snapshot_id = snapshot.id AND label.key = :safetyOf)
                        ORDER BY snapshot.ordered_at DESC, snapshot.id DESC LIMIT 1
                        """)
                .param("id", database.id().toString())
                .param("safetyOf", Snapshot.SAFETY_OF)
                .query(row)
                .optional()
                .orElseThrow(() -> new SnapshotNotFoundException(database));
    }

    /** Whether a snapshot failed a check that is newer than all that passed a FULL one, or that did not. */
    public boolean anyFailedSinceFullCheck(UUID databaseId) {
        return catalog.query("""
                        SELECT verification FROM snapshot
                        WHERE database_id = :id AND deleted_at IS NULL AND (verification = 'FAILED' OR level = 'FULL')
                        ORDER BY ordered_at DESC, id DESC LIMIT 1
                        """)
                .param("id", databaseId.toString())
                .query(String.class)
                .optional()
                .filter(Snapshot.Verification.FAILED.name()::equals)
                .isPresent();
    }

    /** The available snapshots, newest first, at most so many. */
    public List<Snapshot> newestAvailable(UUID databaseId, int limit) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id AND snapshot.state = 'AVAILABLE'
                        ORDER BY snapshot.ordered_at DESC, snapshot.id DESC LIMIT :limit
                        """)
                .param("id", databaseId.toString())
                .param("limit", limit)
                .query(row)
                .list();
    }

    /** The newest available snapshot of a state from before a moment. */
    public Optional<Snapshot> newestAvailableBefore(UUID databaseId, Instant moment) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id AND snapshot.state = 'AVAILABLE' AND snapshot.created_at < :moment
                        ORDER BY snapshot.ordered_at DESC, snapshot.id DESC LIMIT 1
                        """)
                .param("id", databaseId.toString())
                .param("moment", moment.toEpochMilli())
                .query(row)
                .optional();
    }

    /** The available snapshots, the nearest to a moment first, at most so many. */
    public List<Snapshot> nearestAvailable(UUID databaseId, Instant moment, int limit) {
        return catalog.query(SELECT + """
                        AND snapshot.database_id = :id AND snapshot.state = 'AVAILABLE'
                        ORDER BY abs(snapshot.created_at - :moment), snapshot.id DESC LIMIT :limit
                        """)
                .param("id", databaseId.toString())
                .param("moment", moment.toEpochMilli())
                .param("limit", limit)
                .query(row)
                .list();
    }

    public static ProblemException noGroup(UUID groupId) {
        return new ProblemException(
                Problem.of(ProblemCode.SNAPSHOT_NOT_FOUND, "There is no snapshot of a group %s".formatted(groupId)));
    }

    /** Notes the SHA-256 of the whole file, now that somebody has read all of it, unless it was known. */
    public void knowSha256(UUID id, String sha256) {
        catalog.update("UPDATE snapshot SET sha256 = :sha256 WHERE id = :id AND sha256 IS NULL")
                .param("sha256", sha256)
                .param("id", id.toString())
                .update();
    }

    /**
     * Changes what is given, all or nothing, and leaves what is null.
     *
     * @param labels in place of all but those that are the service's own
     * @param expiryGiven whether {@code expiresAt} is to be set
     * @param expiresAt from when on the snapshot goes; null for never because of this
     * @throws SnapshotNotFoundException when there is none of that id
     */
    public Snapshot change(
            UUID id,
            @Nullable Map<String, String> labels,
            @Nullable Boolean pinned,
            boolean expiryGiven,
            @Nullable Instant expiresAt) {
        catalog.inTransaction(() -> {
            var relabelled = labels == null ? null : written(id).relabelled(labels);
            update(id, relabelled, pinned, expiryGiven, expiresAt);
            noteLabels(id);
            return null;
        });
        return get(id);
    }

    /** As the present transaction has it, which nobody changes meanwhile. */
    private Snapshot written(UUID id) {
        return catalog.queryInTransaction(SELECT + "AND snapshot.id = :id")
                .param("id", id.toString())
                .query(row)
                .optional()
                .orElseThrow(() -> new SnapshotNotFoundException(id));
    }

    /** Once more, as the row has them, in a table of their own, by which snapshots are found. Joins the present transaction. */
    private void noteLabels(UUID id) {
        catalog.update("DELETE FROM snapshot_label WHERE snapshot_id = :id")
                .param("id", id.toString())
                .update();
        catalog.update("""
                        INSERT INTO snapshot_label (snapshot_id, key, value, ordered_at)
                        SELECT snapshot.id, label.key, label.value, snapshot.ordered_at
                        FROM snapshot CROSS JOIN json_each(snapshot.labels) AS label WHERE snapshot.id = :id
                        """).param("id", id.toString()).update();
    }

    private void update(
            UUID id,
            @Nullable Map<String, String> labels,
            @Nullable Boolean pinned,
            boolean expiryGiven,
            @Nullable Instant expiresAt) {
        int changed = catalog.update("""
                        UPDATE snapshot SET labels = coalesce(:labels, labels), pinned = coalesce(:pinned, pinned),
                            expires_at = CASE WHEN :expiryGiven THEN :expiresAt ELSE expires_at END
                        WHERE id = :id AND deleted_at IS NULL
                        """)
                .param("labels", labels == null ? null : catalog.toJson(labels))
                .param("pinned", pinned)
                .param("expiryGiven", expiryGiven)
                .param("expiresAt", Catalog.millis(expiresAt))
                .param("id", id.toString())
                .update();
        if (changed == 0) {
            throw new SnapshotNotFoundException(id);
        }
    }
}
