package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Groups whose snapshots are being published. Several manifests cannot be published in one step, so the catalog knows
 * beforehand which they will be, and forgets that in the transaction that records all of them: what is still known here
 * after a crash is a part of a group.
 */
@Component
public class GroupSnapshots {

    /** A snapshot that a group is about to publish, or has published. */
    public record Unfinished(UUID groupId, UUID databaseId, UUID snapshotId) {}

    private final Catalog catalog;
    private final Snapshots snapshots;

    public GroupSnapshots(Catalog catalog, Snapshots snapshots) {
        this.catalog = catalog;
        this.snapshots = snapshots;
    }

    /**
     * Notes, before the first of them is published, what the group will publish.
     *
     * @param snapshotIds by the ids of their databases
     */
    public void begin(UUID groupId, Map<UUID, UUID> snapshotIds) {
        catalog.inTransaction(() -> {
            snapshotIds.forEach((databaseId, snapshotId) -> insert(new Unfinished(groupId, databaseId, snapshotId)));
            return null;
        });
    }

    private void insert(Unfinished snapshot) {
        catalog.update("""
                        INSERT INTO unfinished_group (snapshot_id, database_id, group_id)
                        VALUES (:snapshotId, :databaseId, :groupId)
                        """)
                .param("snapshotId", snapshot.snapshotId().toString())
                .param("databaseId", snapshot.databaseId().toString())
                .param("groupId", snapshot.groupId().toString())
                .update();
    }

    /** Records all snapshots of a group, which are published by now; before this, none of them is seen. */
    public void finish(UUID groupId, List<PublishedSnapshot> published) {
        catalog.inTransaction(() -> {
            published.forEach(snapshots::addNewest);
            catalog.update("""
                            INSERT INTO snapshot_group (group_id, snapshots) VALUES (:id, :snapshots)
                            ON CONFLICT (group_id) DO NOTHING
                            """)
                    .param("id", groupId.toString())
                    .param("snapshots", published.size())
                    .update();
            return forget(groupId);
        });
    }

    /** How many snapshots a group was made of; empty when this catalog did not see it made. */
    public Optional<Integer> size(UUID groupId) {
        return catalog.query("SELECT snapshots FROM snapshot_group WHERE group_id = :id")
                .param("id", groupId.toString())
                .query(Integer.class)
                .optional();
    }

    /** Forgets a group of which nothing is published, or nothing any more. */
    public int forget(UUID groupId) {
        return catalog.update("DELETE FROM unfinished_group WHERE group_id = :id")
                .param("id", groupId.toString())
                .update();
    }

    /** What groups have published, or may have, without being complete. */
    public List<Unfinished> unfinished() {
        return catalog.query("SELECT * FROM unfinished_group")
                .query(GroupSnapshots::row)
                .list();
    }

    /** Those of one group. */
    public List<Unfinished> unfinished(UUID groupId) {
        return catalog.query("SELECT * FROM unfinished_group WHERE group_id = :id")
                .param("id", groupId.toString())
                .query(GroupSnapshots::row)
                .list();
    }

    /** The ids of those snapshots of a database. */
    public Set<UUID> unfinishedOf(UUID databaseId) {
        return catalog.query("SELECT snapshot_id FROM unfinished_group WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((row, number) -> UUID.fromString(row.getString("snapshot_id")))
                .set();
    }

    private static Unfinished row(ResultSet row, int number) throws SQLException {
        return new Unfinished(
                UUID.fromString(row.getString("group_id")),
                UUID.fromString(row.getString("database_id")),
                UUID.fromString(row.getString("snapshot_id")));
    }
}
