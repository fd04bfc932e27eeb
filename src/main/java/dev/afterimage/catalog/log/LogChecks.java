package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/** How far checks of the repository have come in each log, and in which segments something was found. */
@Component
public class LogChecks {

    /** By which a segment is found. */
    public record Place(UUID chain, long firstCommit, long lastCommit) {}

    private final Catalog catalog;

    public LogChecks(Catalog catalog) {
        this.catalog = catalog;
    }

    /** The segment that was read last. */
    public Optional<Place> last(UUID databaseId) {
        return catalog.query("SELECT chain, first_commit, last_commit FROM log_check WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .query(LogChecks::place)
                .optional();
    }

    /** The next check goes on behind this one. */
    public void cameTo(UUID databaseId, Place place) {
        by(databaseId, place, """
                INSERT INTO log_check (database_id, chain, first_commit, last_commit)
                VALUES (:databaseId, :chain, :firstCommit, :lastCommit)
                ON CONFLICT (database_id) DO UPDATE
                SET chain = :chain, first_commit = :firstCommit, last_commit = :lastCommit
                """).update();
    }

    /** Segments of which the last look has found something, by their commits. */
    public List<Place> withFindings(UUID databaseId) {
        return catalog.query("SELECT * FROM log_finding WHERE database_id = :databaseId ORDER BY first_commit, chain")
                .param("databaseId", databaseId.toString())
                .query(LogChecks::place)
                .list();
    }

    /** @param finding damage, or why it could not be read; null for nothing */
    public void found(UUID databaseId, Place place, @Nullable String finding) {
        if (finding == null) {
            by(databaseId, place, """
                    DELETE FROM log_finding
                    WHERE database_id = :databaseId AND chain = :chain AND first_commit = :firstCommit
                      AND last_commit = :lastCommit
                    """).update();
        } else {
            by(databaseId, place, """
                    INSERT INTO log_finding (database_id, chain, first_commit, last_commit, finding)
                    VALUES (:databaseId, :chain, :firstCommit, :lastCommit, :finding)
                    ON CONFLICT (database_id, chain, first_commit, last_commit) DO UPDATE SET finding = excluded.finding
                    """).param("finding", finding).update();
        }
    }

    private StatementSpec by(UUID databaseId, Place place, String sql) {
        return catalog.update(sql)
                .param("databaseId", databaseId.toString())
                .param("chain", place.chain().toString())
                .param("firstCommit", place.firstCommit())
                .param("lastCommit", place.lastCommit());
    }

    private static Place place(ResultSet row, int number) throws SQLException {
        return new Place(
                UUID.fromString(row.getString("chain")), row.getLong("first_commit"), row.getLong("last_commit"));
    }
}
