package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What the snapshots of each database amount to. */
@Component
public class SnapshotTotals {

    /**
     * Of one database.
     *
     * @param registered false when the database was removed since
     * @param logicalBytes of the files that downloads of all its snapshots would give
     */
    public record Total(UUID databaseId, String name, boolean registered, long snapshots, long logicalBytes) {}

    private static final String SELECT = """
            SELECT database.id, database.name, database.removed_at IS NULL AS registered, count(snapshot.id) AS snapshots,
                coalesce(sum(snapshot.page_size * snapshot.page_count), 0) AS logical_bytes
            FROM database LEFT JOIN snapshot ON snapshot.database_id = database.id AND snapshot.deleted_at IS NULL
            """;

    private final Catalog catalog;

    public SnapshotTotals(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Of all databases, also removed ones, by name. */
    public List<Total> all() {
        return catalog.query(SELECT + "GROUP BY database.id ORDER BY database.name")
                .query(SnapshotTotals::total)
                .list();
    }

    public Total of(UUID databaseId) {
        return catalog.query(SELECT + "WHERE database.id = :id GROUP BY database.id")
                .param("id", databaseId.toString())
                .query(SnapshotTotals::total)
                .single();
    }

    private static Total total(ResultSet row, int number) throws SQLException {
        return new Total(
                UUID.fromString(row.getString("id")),
                row.getString("name"),
                row.getBoolean("registered"),
                row.getLong("snapshots"),
                row.getLong("logical_bytes"));
    }
}
