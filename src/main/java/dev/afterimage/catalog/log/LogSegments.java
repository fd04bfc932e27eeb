package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/** The segments of logs in the repository. */
@Component
public class LogSegments {

    /** The last of a chain that begins with a commit or before it; no two of a chain have the same commit. */
    private static final String BEFORE = """
            SELECT * FROM log_segment
            WHERE database_id = :databaseId AND chain = :chain AND first_commit <= :firstCommit
            ORDER BY first_commit DESC LIMIT 1
            """;

    private final Catalog catalog;

    public LogSegments(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Adds one, which takes the place of those whose commits it has, in one transaction. One that is known stays as it is, and so does one that has all
     * that this one has.
     *
     * @param activity when it had its commits, where it {@linkplain LogSegment#isLong is long}
     * @param mergedAt when it took the place of others whose objects may still be there; null where there are none
     */
    public void add(LogSegment segment, List<LogActivity> activity, @Nullable Instant mergedAt) {
        catalog.inTransaction(() -> {
            if (!isInside(
                    catalog.queryInTransaction(BEFORE),
                    segment.databaseId(),
                    segment.chain(),
                    segment.firstCommit(),
                    segment.lastCommit())) {
                removeInside(segment);
                insert(segment, mergedAt);
                activity.forEach(piece -> insert(segment, piece));
            }
            return null;
        });
    }

    /** Whether one has all of these commits. */
    public boolean has(UUID databaseId, UUID chain, long firstCommit, long lastCommit) {
        return isInside(catalog.query(BEFORE), databaseId, chain, firstCommit, lastCommit);
    }

    private static boolean isInside(
            StatementSpec before, UUID databaseId, UUID chain, long firstCommit, long lastCommit) {
        return before.param("databaseId", databaseId.toString())
                .param("chain", chain.toString())
                .param("firstCommit", firstCommit)
                .query(LogSegments::row)
                .optional()
                .filter(found -> found.lastCommit() >= lastCommit)
                .isPresent();
    }

    private void removeInside(LogSegment segment) {
        catalog.update("""
                        DELETE FROM log_segment
                        WHERE database_id = :databaseId AND chain = :chain
                          AND first_commit BETWEEN :firstCommit AND :lastCommit AND last_commit <= :lastCommit
                        """)
                .param("databaseId", segment.databaseId().toString())
                .param("chain", segment.chain().toString())
                .param("firstCommit", segment.firstCommit())
                .param("lastCommit", segment.lastCommit())
                .update();
    }

    private void insert(LogSegment segment, LogActivity piece) {
        catalog.update("""
                        INSERT INTO log_activity (database_id, first_commit, chain, at, commits, pages, bytes, schema_changes)
                        VALUES (:databaseId, :firstCommit, :chain, :at, :commits, :pages, :bytes, :schemaChanges)
                        """)
                .param("databaseId", segment.databaseId().toString())
                .param("firstCommit", segment.firstCommit())
                .param("chain", segment.chain().toString())
                .param("at", piece.from().toEpochMilli())
                .param("commits", piece.commits())
                .param("pages", piece.pages())
                .param("bytes", piece.bytes())
                .param("schemaChanges", piece.schemaChanges())
                .update();
    }

    private void insert(LogSegment segment, @Nullable Instant mergedAt) {
        catalog.update("""
                        INSERT INTO log_segment (database_id, chain, first_commit, last_commit, first_at, last_at, pages,
                            page_size, bytes, schema_changes, merged_at)
                        VALUES (:databaseId, :chain, :firstCommit, :lastCommit, :firstAt, :lastAt, :pages, :pageSize,
                            :bytes, :schemaChanges, :mergedAt)
                        """)
                .param("databaseId", segment.databaseId().toString())
                .param("chain", segment.chain().toString())
                .param("firstCommit", segment.firstCommit())
                .param("lastCommit", segment.lastCommit())
                .param("firstAt", segment.firstAt().toEpochMilli())
                .param("lastAt", segment.lastAt().toEpochMilli())
                .param("pages", segment.pages())
                .param("pageSize", segment.pageSize())
                .param("bytes", segment.bytes())
                .param("schemaChanges", segment.schemaChanges())
                .param("mergedAt", mergedAt == null ? null : mergedAt.toEpochMilli())
                .update();
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

    /** What was committed from one time to another, by segments that begin then, or pieces of long ones, in pieces of a length. */
    public List<LogActivity> activity(UUID databaseId, Instant from, Instant to, Duration resolution) {
        return catalog.query("""
                        WITH taken AS (
                            SELECT first_at AS at, last_commit - first_commit + 1 AS commits, pages, bytes, schema_changes
                            FROM log_segment
                            WHERE database_id = :databaseId AND first_at >= :from AND first_at < :to
                              AND last_at - first_at < :long
                            UNION ALL
                            SELECT at, commits, pages, bytes, schema_changes
                            FROM log_activity
                            WHERE database_id = :databaseId AND at >= :from AND at < :to)
                        SELECT (at - :from) / :resolution AS piece, sum(commits) AS commits, sum(pages) AS pages,
                            sum(bytes) AS bytes, sum(schema_changes) AS schema_changes
                        FROM taken
                        GROUP BY piece ORDER BY piece
                        """)
                .param("long", LogSegment.PIECE.toMillis())
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

    /** The last ones of a chain that begin before a time, in their order. */
    public List<LogSegment> begunBefore(UUID databaseId, UUID chain, Instant time, int limit) {
        return of(databaseId, "AND chain = :chain AND first_at < :time ORDER BY first_commit DESC LIMIT :limit")
                .param("chain", chain.toString())
                .param("time", time.toEpochMilli())
                .param("limit", limit)
                .query(LogSegments::row)
                .list()
                .reversed();
    }

    /** The databases that have any. */
    public Set<UUID> databases() {
        return catalog.query("SELECT DISTINCT database_id FROM log_segment").query(String.class).list().stream()
                .map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    /** All of a database. */
    public List<LogSegment> all(UUID databaseId) {
        return of(databaseId, "").query(LogSegments::row).list();
    }

    /** Those that took the place of others up to a time, whose objects may still be there. */
    public List<LogSegment> mergedUntil(UUID databaseId, Instant time) {
        return of(databaseId, "AND merged_at <= :time")
                .param("time", time.toEpochMilli())
                .query(LogSegments::row)
                .list();
    }

    /** The objects whose place one took are gone. */
    public void setAlone(LogSegment segment) {
        by(segment, "UPDATE log_segment SET merged_at = NULL").update();
    }

    /** Forgets some, in one transaction. */
    public void remove(List<LogSegment> segments) {
        catalog.inTransaction(() -> {
            segments.forEach(this::remove);
            return null;
        });
    }

    private void remove(LogSegment segment) {
        by(segment, "DELETE FROM log_segment").update();
    }

    private StatementSpec by(LogSegment segment, String statement) {
        var rows = " WHERE database_id = :databaseId AND first_commit = :firstCommit AND chain = :chain"
                + " AND last_commit = :lastCommit";
        return catalog.update(statement + rows)
                .param("databaseId", segment.databaseId().toString())
                .param("firstCommit", segment.firstCommit())
                .param("chain", segment.chain().toString())
                .param("lastCommit", segment.lastCommit());
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
                row.getInt("page_size"),
                row.getLong("bytes"),
                row.getInt("schema_changes"));
    }
}
