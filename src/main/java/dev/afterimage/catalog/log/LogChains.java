package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The chains of the logs of databases. */
@Component
public class LogChains {

    private final Catalog catalog;

    public LogChains(Catalog catalog) {
        this.catalog = catalog;
    }

    /** One that is known stays as it is: who died after it had begun one adds it again. */
    public void add(LogChain chain) {
        catalog.update("""
                        INSERT INTO log_chain (id, database_id, first_commit, continuity, begun_at, seen_until)
                        VALUES (:id, :databaseId, :firstCommit, :continuity, :begunAt, :seenUntil)
                        ON CONFLICT (id) DO NOTHING
                        """)
                .param("id", chain.id().toString())
                .param("databaseId", chain.databaseId().toString())
                .param("firstCommit", chain.firstCommit())
                .param("continuity", chain.continuity().name())
                .param("begunAt", chain.begunAt().toEpochMilli())
                .param("seenUntil", chain.seenUntil().toEpochMilli())
                .update();
    }

    /** It never becomes less. */
    public void seenUntil(UUID chain, Instant time) {
        catalog.update("UPDATE log_chain SET seen_until = :time WHERE id = :id AND seen_until < :time")
                .param("id", chain.toString())
                .param("time", time.toEpochMilli())
                .update();
    }

    public Optional<LogChain> find(UUID chain) {
        return catalog.query("SELECT * FROM log_chain WHERE id = :id")
                .param("id", chain.toString())
                .query(LogChains::row)
                .optional();
    }

    /** All of a database, in their order. */
    public List<LogChain> all(UUID databaseId) {
        return catalog.query("""
                        SELECT * FROM log_chain WHERE database_id = :databaseId
                        ORDER BY first_commit, begun_at, id
                        """)
                .param("databaseId", databaseId.toString())
                .query(LogChains::row)
                .list();
    }

    /** Forgets those of which nothing is left: no segment, and no snapshot from which one could be replayed. */
    public void removeEmpty(UUID databaseId, UUID butFor) {
        catalog.update("""
                        DELETE FROM log_chain WHERE database_id = :databaseId AND id <> :butFor
                          AND NOT EXISTS (SELECT 1 FROM log_segment
                              WHERE log_segment.database_id = :databaseId AND log_segment.chain = log_chain.id)
                          AND NOT EXISTS (SELECT 1 FROM log_anchor WHERE log_anchor.chain = log_chain.id)
                        """)
                .param("databaseId", databaseId.toString())
                .param("butFor", butFor.toString())
                .update();
    }

    private static LogChain row(ResultSet row, int number) throws SQLException {
        return new LogChain(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("database_id")),
                row.getLong("first_commit"),
                LogChain.Continuity.valueOf(row.getString("continuity")),
                Instant.ofEpochMilli(row.getLong("begun_at")),
                Instant.ofEpochMilli(row.getLong("seen_until")));
    }
}
