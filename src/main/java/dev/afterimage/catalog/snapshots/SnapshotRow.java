package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/** Reads a row of the table {@code snapshot}. A state that this version does not know is not offered for restores. */
final class SnapshotRow implements RowMapper<Snapshot> {

    /** What is read of each. */
    static final String COLUMNS = """
            snapshot.*, database.name AS database_name, log_anchor.chain AS log_chain,
                log_anchor.to_commit AS log_commit, log_anchor.taken_at AS log_at
            """;

    /** Joins, behind the snapshots, that of which {@link #COLUMNS} has some. */
    static final String LOG = """
            LEFT JOIN log_anchor ON log_anchor.snapshot_id = snapshot.id AND log_anchor.from_commit = log_anchor.to_commit
            """;

    /** All snapshots but those whose deletion has begun; a further condition begins with AND. */
    static final String SELECT = "SELECT " + COLUMNS + """
            FROM snapshot JOIN database ON database.id = snapshot.database_id
            """ + LOG + """
            WHERE snapshot.deleted_at IS NULL
            """;

    private final Catalog catalog;

    SnapshotRow(Catalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public Snapshot mapRow(ResultSet row, int number) throws SQLException {
        var content = new Snapshot.Content(
                row.getInt("page_size"),
                row.getLong("page_count"),
                row.getLong("stored_bytes"),
                row.getLong("new_bytes"),
                row.getString("tree_digest"),
                row.getString("sha256"));
        var capture = new Snapshot.Capture(
                row.getString("method"),
                row.getString("method_used"),
                row.getString("method_reason"),
                row.getString("journal_mode"),
                row.getLong("lock_held_millis"),
                row.getLong("wal_bytes_before"),
                row.getLong("wal_bytes_after"),
                Columns.readOr(List.of(), row.getString("notes"), catalog::stringList));
        return new Snapshot(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("database_id")),
                row.getString("database_name"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Catalog.id(row.getString("group_id")),
                Columns.readOr(Snapshot.State.QUARANTINED, row.getString("state"), Snapshot.State::valueOf),
                Columns.readOr(
                        Snapshot.Verification.UNVERIFIED,
                        row.getString("verification"),
                        Snapshot.Verification::valueOf),
                proof(row),
                content,
                capture,
                row.getBoolean("pinned"),
                Catalog.instant(row.getObject("expires_at")),
                Columns.readOr(Map.of(), row.getString("labels"), catalog::stringMap),
                log(row));
    }

    private static Snapshot.@Nullable LogPlace log(ResultSet row) throws SQLException {
        var chain = Catalog.id(row.getString("log_chain"));
        return chain == null
                ? null
                : new Snapshot.LogPlace(chain, row.getLong("log_commit"), Instant.ofEpochMilli(row.getLong("log_at")));
    }

    private static Snapshot.Proof proof(ResultSet row) throws SQLException {
        return new Snapshot.Proof(
                Columns.readOrNull(row.getString("level"), Snapshot.Level::valueOf),
                Catalog.instant(row.getObject("full_check_at")));
    }
}
