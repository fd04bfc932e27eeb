package dev.afterimage.catalog.log;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
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
                        INSERT INTO log_chain (id, database_id, first_commit, continuity, window, begun_at, seen_until)
                        VALUES (:id, :databaseId, :firstCommit, :continuity, :window, :begunAt, :seenUntil)
                        ON CONFLICT (id) DO NOTHING
                        """)
                .param("id", chain.id().toString())
                .param("databaseId", chain.databaseId().toString())
                .param("firstCommit", chain.firstCommit())
                .param("continuity", chain.continuity().name())
                .param("window", chain.window().toMillis())
                .param("begunAt", chain.begunAt().toEpochMilli())
                .param("seenUntil", chain.seenUntil().toEpochMilli())
                .update();
    }

    /** It was compared with what was read of the database, of which so many pages were others. */
    public void compared(UUID chain, Instant at, long differingPages) {
        catalog.update("""
                        UPDATE log_chain SET compared_at = :at, differing_pages = differing_pages + :differing
                        WHERE id = :id
                        """)
                .param("id", chain.toString())
                .param("at", at.toEpochMilli())
                .param("differing", differingPages)
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

    /** The databases that have any. */
    public List<UUID> databases() {
        return catalog.query("SELECT DISTINCT database_id FROM log_chain")
                .query((row, number) -> UUID.fromString(row.getString(1)))
                .list();
    }

    /** All of a database reach back so far from now on. */
    public void changeWindow(UUID databaseId, Duration window) {
        catalog.update("UPDATE log_chain SET window = :window WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .param("window", window.toMillis())
                .update();
    }

    /** Forgets one of which nothing is left: no segment, and no snapshot from which one could be replayed. */
    public void removeIfEmpty(UUID chain) {
        catalog.update("""
                        DELETE FROM log_chain WHERE id = :id
                          AND NOT EXISTS (SELECT 1 FROM log_segment WHERE log_segment.database_id = log_chain.database_id
                              AND log_segment.chain = log_chain.id)
                          AND NOT EXISTS (SELECT 1 FROM log_anchor WHERE log_anchor.chain = log_chain.id)
                        """).param("id", chain.toString()).update();
    }

    private static LogChain row(ResultSet row, int number) throws SQLException {
        return new LogChain(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("database_id")),
                row.getLong("first_commit"),
                LogChain.Continuity.valueOf(row.getString("continuity")),
                Duration.ofMillis(row.getLong("window")),
                Instant.ofEpochMilli(row.getLong("begun_at")),
                Instant.ofEpochMilli(row.getLong("seen_until")),
                Catalog.instant(row.getObject("compared_at")),
                row.getLong("differing_pages"));
    }
}
