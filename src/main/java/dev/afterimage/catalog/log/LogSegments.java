package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/** The segments of logs in the repository. */
@Component
public class LogSegments {

    private final Catalog catalog;

    public LogSegments(Catalog catalog) {
        this.catalog = catalog;
    }

    /** One that is known stays as it is. */
    public void add(LogSegment segment) {
        catalog.update("""
                        INSERT INTO log_segment (database_id, chain, first_commit, last_commit, first_at, last_at, pages,
                            bytes, schema_changes)
                        VALUES (:databaseId, :chain, :firstCommit, :lastCommit, :firstAt, :lastAt, :pages, :bytes,
                            :schemaChanges)
                        ON CONFLICT (database_id, first_commit, chain) DO NOTHING
                        """)
                .param("databaseId", segment.databaseId().toString())
                .param("chain", segment.chain().toString())
                .param("firstCommit", segment.firstCommit())
                .param("lastCommit", segment.lastCommit())
                .param("firstAt", segment.firstAt().toEpochMilli())
                .param("lastAt", segment.lastAt().toEpochMilli())
                .param("pages", segment.pages())
                .param("bytes", segment.bytes())
                .param("schemaChanges", segment.schemaChanges())
                .update();
    }

    public Optional<LogSegment> find(UUID databaseId, UUID chain, long firstCommit) {
        return of(databaseId, "AND chain = :chain AND first_commit = :firstCommit")
                .param("chain", chain.toString())
                .param("firstCommit", firstCommit)
                .query(LogSegments::row)
                .optional();
    }

    /** The last of a database. */
    public Optional<LogSegment> last(UUID databaseId) {
        return of(databaseId, "ORDER BY first_commit DESC, chain LIMIT 1")
                .query(LogSegments::row)
                .optional();
    }

    /** The one that has a commit. */
    public Optional<LogSegment> with(UUID databaseId, long commit) {
        return of(
                        databaseId,
                        "AND first_commit <= :commit AND last_commit >= :commit ORDER BY first_commit DESC LIMIT 1")
                .param("commit", commit)
                .query(LogSegments::row)
                .optional();
    }

    /** The last of a chain. */
    public Optional<LogSegment> last(UUID databaseId, UUID chain) {
        return of(databaseId, "AND chain = :chain ORDER BY first_commit DESC LIMIT 1")
                .param("chain", chain.toString())
                .query(LogSegments::row)
                .optional();
    }

    /** The last one of a chain that begins at a time or before it. */
    public Optional<LogSegment> at(UUID databaseId, UUID chain, Instant time) {
        return of(
                        databaseId,
                        "AND chain = :chain AND first_at <= :time ORDER BY first_at DESC, first_commit DESC LIMIT 1")
                .param("chain", chain.toString())
                .param("time", time.toEpochMilli())
                .query(LogSegments::row)
                .optional();
    }

    /** Those of a chain that have commits from one to another, in their order. */
    public List<LogSegment> between(UUID databaseId, UUID chain, long from, long to) {
        return of(
                        databaseId,
                        "AND chain = :chain AND last_commit >= :from AND first_commit <= :to ORDER BY first_commit")
                .param("chain", chain.toString())
                .param("from", from)
                .param("to", to)
                .query(LogSegments::row)
                .list();
    }

    /** What was committed from one time to another, by segments that begin then, in pieces of a length. */
    public List<LogActivity> activity(UUID databaseId, Instant from, Instant to, Duration resolution) {
        return catalog.query("""
                        SELECT (first_at - :from) / :resolution AS piece, sum(last_commit - first_commit + 1) AS commits,
                            sum(pages) AS pages, sum(bytes) AS bytes, sum(schema_changes) AS schema_changes
                        FROM log_segment
                        WHERE database_id = :databaseId AND first_at >= :from AND first_at < :to
                        GROUP BY piece ORDER BY piece
                        """)
                .param("databaseId", databaseId.toString())
                .param("from", from.toEpochMilli())
                .param("to", to.toEpochMilli())
                .param("resolution", resolution.toMillis())
                .query((row, number) -> new LogActivity(
                        from.plus(resolution.multipliedBy(row.getLong("piece"))),
                        row.getLong("commits"),
                        row.getLong("pages"),
                        row.getLong("bytes"),
                        row.getLong("schema_changes")))
                .list();
    }

    /** The first ones from one time to another that have commits that changed the schema. */
    public List<LogSegment> withSchemaChanges(UUID databaseId, Instant from, Instant to, int limit) {
        return of(
                        databaseId,
                        "AND first_at < :to AND last_at >= :from AND schema_changes > 0 ORDER BY first_at LIMIT :limit")
                .param("from", from.toEpochMilli())
                .param("to", to.toEpochMilli())
                .param("limit", limit)
                .query(LogSegments::row)
                .list();
    }

    /** Those that can go when nobody replays a chain from before a commit any more. */
    public List<LogSegment> upTo(UUID databaseId, UUID chain, long commit) {
        return of(databaseId, "AND chain = :chain AND last_commit <= :commit ORDER BY first_commit")
                .param("chain", chain.toString())
                .param("commit", commit)
                .query(LogSegments::row)
                .list();
    }

    /** Forgets some, in one transaction. */
    public void remove(List<LogSegment> segments) {
        catalog.inTransaction(() -> {
            segments.forEach(this::remove);
            return null;
        });
    }

    private void remove(LogSegment segment) {
        catalog.update("""
                        DELETE FROM log_segment
                        WHERE database_id = :databaseId AND first_commit = :firstCommit AND chain = :chain
                        """)
                .param("databaseId", segment.databaseId().toString())
                .param("firstCommit", segment.firstCommit())
                .param("chain", segment.chain().toString())
                .update();
    }

    private StatementSpec of(UUID databaseId, String conditionAndOrder) {
        return catalog.query("SELECT * FROM log_segment WHERE database_id = :databaseId " + conditionAndOrder)
                .param("databaseId", databaseId.toString());
    }

    private static LogSegment row(ResultSet row, int number) throws SQLException {
        return new LogSegment(
                UUID.fromString(row.getString("database_id")),
                UUID.fromString(row.getString("chain")),
                row.getLong("first_commit"),
                row.getLong("last_commit"),
                Instant.ofEpochMilli(row.getLong("first_at")),
                Instant.ofEpochMilli(row.getLong("last_at")),
                row.getLong("pages"),
                row.getLong("bytes"),
                row.getInt("schema_changes"));
    }
}
