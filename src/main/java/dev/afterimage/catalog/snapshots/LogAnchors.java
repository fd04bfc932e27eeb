package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** From which snapshots the logs of followed databases can be replayed. Rows go with their snapshots. */
@Component
public class LogAnchors {

    /** A snapshot that can be built on. */
    private static final String SELECT = """
            SELECT log_anchor.* FROM log_anchor JOIN snapshot ON snapshot.id = log_anchor.snapshot_id
            WHERE snapshot.deleted_at IS NULL AND snapshot.state = 'AVAILABLE'
              AND snapshot.verification <> 'FAILED' AND chain = :chain
            """;

    private final Catalog catalog;

    public LogAnchors(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Joins the transaction that has added the snapshot. */
    static void add(Catalog catalog, LogAnchor anchor) {
        catalog.update("""
                        INSERT INTO log_anchor (snapshot_id, chain, from_commit, to_commit, taken_at)
                        VALUES (:snapshotId, :chain, :from, :to, :at)
                        ON CONFLICT (snapshot_id) DO NOTHING
                        """)
                .param("snapshotId", anchor.snapshotId().toString())
                .param("chain", anchor.chain().toString())
                .param("from", anchor.from())
                .param("to", anchor.to())
                .param("at", anchor.at().toEpochMilli())
                .update();
    }

    /** From where a commit is reached with the least of the log. Of several that are as near, the one that was taken last. */
    public Optional<LogAnchor> nearest(UUID chain, long commit) {
        return catalog.query(SELECT + "AND to_commit <= :commit ORDER BY from_commit DESC, snapshot_id DESC LIMIT 1")
                .param("chain", chain.toString())
                .param("commit", commit)
                .query(LogAnchors::row)
                .optional();
    }

    /** The same without a snapshot that is compared with it. */
    public Optional<LogAnchor> before(UUID chain, long commit, UUID butFor) {
        return catalog.query(SELECT + """
                        AND to_commit <= :commit AND snapshot_id <> :butFor
                        ORDER BY from_commit DESC, snapshot_id DESC LIMIT 1
                        """)
                .param("chain", chain.toString())
                .param("commit", commit)
                .param("butFor", butFor.toString())
                .query(LogAnchors::row)
                .optional();
    }

    /** The snapshot that is just the state that a commit has left. */
    public Optional<UUID> at(UUID chain, long commit) {
        return catalog.query(SELECT + "AND from_commit = :commit AND to_commit = :commit ORDER BY snapshot_id LIMIT 1")
                .param("chain", chain.toString())
                .param("commit", commit)
                .query(LogAnchors::row)
                .optional()
                .map(LogAnchor::snapshotId);
    }

    /** When the database was read last, and not made of its log, while a chain was taken. */
    public Optional<Instant> lastRead(UUID chain) {
        return catalog.query(SELECT.replace("log_anchor.*", "max(created_at)") + "AND method_used <> 'LOG'")
                .param("chain", chain.toString())
                .query((row, number) -> Optional.ofNullable(Catalog.instant(row.getObject(1))))
                .single();
    }

    /** Where of a chain the first state is from which on all can be reached: what is older and stays has lost what followed it. */
    public Optional<LogAnchor> first(UUID chain) {
        return catalog.query(SELECT + """
                        AND NOT EXISTS (SELECT 1 FROM log_cut
                                        WHERE log_cut.database_id = snapshot.database_id AND log_cut.chain = log_anchor.chain
                                          AND log_cut.before_commit > log_anchor.from_commit + 1)
                        ORDER BY to_commit, snapshot_id LIMIT 1
                        """)
                .param("chain", chain.toString())
                .query(LogAnchors::row)
                .optional();
    }

    /** From where all of a chain is replayed that was taken since a time: the newest one that is older. */
    public Optional<LogAnchor> lastBefore(UUID chain, Instant time) {
        return catalog.query(
                        SELECT
                                + "AND created_at <= :time AND expires_at IS NULL ORDER BY from_commit DESC, snapshot_id DESC LIMIT 1")
                .param("chain", chain.toString())
                .param("time", time.toEpochMilli())
                .query(LogAnchors::row)
                .optional();
    }

    /** Up to where commits of a chain are in a snapshot, be that damaged; empty where none is of it. */
    public Optional<Long> firstFrom(UUID chain) {
        return catalog.query("""
                        SELECT min(from_commit) AS first FROM log_anchor
                        JOIN snapshot ON snapshot.id = log_anchor.snapshot_id
                        WHERE snapshot.deleted_at IS NULL AND chain = :chain
                        """)
                .param("chain", chain.toString())
                .query((row, number) ->
                        Optional.ofNullable((Number) row.getObject("first")).map(Number::longValue))
                .single();
    }

    /** All of a database. */
    public List<LogAnchor> all(UUID databaseId) {
        return catalog.query("""
                        SELECT log_anchor.* FROM log_anchor JOIN snapshot ON snapshot.id = log_anchor.snapshot_id
                        WHERE snapshot.database_id = :databaseId AND snapshot.deleted_at IS NULL
                        ORDER BY to_commit
                        """)
                .param("databaseId", databaseId.toString())
                .query(LogAnchors::row)
                .list();
    }

    /** Snapshots of a database that stay, without which moments that its log has could not be reached, or not as fast. */
    public Set<UUID> needed(UUID databaseId) {
        return catalog
                .query("""
                        SELECT log_anchor.snapshot_id FROM log_anchor JOIN snapshot ON snapshot.id = log_anchor.snapshot_id
                        WHERE snapshot.database_id = :databaseId AND snapshot.expires_at IS NULL
                          AND EXISTS (SELECT 1 FROM log_segment
                                      WHERE log_segment.database_id = :databaseId
                                        AND log_segment.chain = log_anchor.chain
                                        AND log_segment.first_commit <= log_anchor.from_commit + 1
                                        AND log_segment.last_commit > log_anchor.from_commit)
                        """)
                .param("databaseId", databaseId.toString())
                .query((row, number) -> UUID.fromString(row.getString(1)))
                .list()
                .stream()
                .collect(Collectors.toSet());
    }

    private static LogAnchor row(ResultSet row, int number) throws SQLException {
        return new LogAnchor(
                UUID.fromString(row.getString("snapshot_id")),
                UUID.fromString(row.getString("chain")),
                row.getLong("from_commit"),
                row.getLong("to_commit"),
                Instant.ofEpochMilli(row.getLong("taken_at")));
    }
}
