package dev.afterimage.follow;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which databases are followed, and how. */
@Component
public class Follows {

    private final Catalog catalog;
    private final Clock clock;

    public Follows(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Has a database followed, or otherwise than before; one that is paused stays so. */
    void put(UUID databaseId, FollowPolicy policy) {
        catalog.update("""
                        INSERT INTO follow (database_id, every, window, snapshot_every, beside_source, wal_limit, paused, since)
                        VALUES (:databaseId, :every, :window, :snapshotEvery, :besideSource, :walLimit, 0, :since)
                        ON CONFLICT (database_id) DO UPDATE SET every = excluded.every, window = excluded.window,
                            snapshot_every = excluded.snapshot_every, beside_source = excluded.beside_source,
                            wal_limit = excluded.wal_limit
                        """)
                .param("databaseId", databaseId.toString())
                .param("every", policy.interval().toMillis())
                .param("window", policy.window().toMillis())
                .param("snapshotEvery", policy.snapshotEvery().toMillis())
                .param("besideSource", policy.besideSource())
                .param("walLimit", policy.walLimitBytes())
                .param("since", clock.millis())
                .update();
    }

    void pause(UUID databaseId, boolean paused) {
        catalog.update("UPDATE follow SET paused = :paused WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .param("paused", paused)
                .update();
    }

    void remove(UUID databaseId) {
        catalog.update("DELETE FROM follow WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .update();
    }

    /** Whether it is followed and registered. */
    boolean isFollowed(UUID databaseId) {
        return catalog.query("""
                        SELECT 1 FROM follow JOIN database ON database.id = follow.database_id
                        WHERE follow.database_id = :databaseId AND database.removed_at IS NULL
                        """)
                .param("databaseId", databaseId.toString())
                .query((row, number) -> 1)
                .optional()
                .isPresent();
    }

    public Optional<Follow> find(UUID databaseId) {
        return catalog.query("SELECT * FROM follow WHERE database_id = :databaseId")
                .param("databaseId", databaseId.toString())
                .query(Follows::row)
                .optional();
    }

    /** @throws ProblemException FOLLOW_NOT_FOUND when it is not followed */
    public Follow get(Database database) {
        return find(database.id())
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.FOLLOW_NOT_FOUND, "Database '%s' is not followed".formatted(database.name()))));
    }

    /** All of databases that are registered. */
    public List<Follow> all() {
        return catalog.query("""
                        SELECT follow.* FROM follow JOIN database ON database.id = follow.database_id
                        WHERE database.removed_at IS NULL ORDER BY follow.since, follow.database_id
                        """).query(Follows::row).list();
    }

    private static @Nullable Long walLimit(ResultSet row) throws SQLException {
        long bytes = row.getLong("wal_limit");
        return row.wasNull() ? null : bytes;
    }

    private static Follow row(ResultSet row, int number) throws SQLException {
        var policy = new FollowPolicy(
                Duration.ofMillis(row.getLong("every")),
                Duration.ofMillis(row.getLong("window")),
                Duration.ofMillis(row.getLong("snapshot_every")),
                row.getBoolean("beside_source"),
                walLimit(row));
        return new Follow(
                UUID.fromString(row.getString("database_id")),
                policy,
                row.getBoolean("paused"),
                Instant.ofEpochMilli(row.getLong("since")));
    }
}
