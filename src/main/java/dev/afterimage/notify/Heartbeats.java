package dev.afterimage.notify;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.net.URI;
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

/** The heartbeats. Only the newest good backup of a database matters, so each is its own outbox: one time at which it is due. */
@Component
public class Heartbeats {

    private final Catalog catalog;
    private final TargetAddresses addresses;
    private final Clock clock;

    Heartbeats(Catalog catalog, TargetAddresses addresses, Clock clock) {
        this.catalog = catalog;
        this.addresses = addresses;
        this.clock = clock;
    }

    /**
     * Gives a database a heartbeat, in the place of the one that it had.
     *
     * @throws TargetRefusedException when nothing may be sent to the URL
     */
    public void put(UUID databaseId, URI url) {
        addresses.proveAllowed(url);
        catalog.update("""
                        INSERT INTO heartbeat (database_id, url, attempts) VALUES (:id, :url, 0)
                        ON CONFLICT (database_id) DO UPDATE SET url = excluded.url
                        """)
                .param("id", databaseId.toString())
                .param("url", url.toString())
                .update();
    }

    /** @throws ProblemException HEARTBEAT_NOT_FOUND when the database has none */
    public Heartbeat get(Database database) {
        return catalog.query("SELECT * FROM heartbeat WHERE database_id = :id")
                .param("id", database.id().toString())
                .query(Heartbeats::heartbeat)
                .optional()
                .orElseThrow(() -> notFound(database));
    }

    /** @throws ProblemException HEARTBEAT_NOT_FOUND when the database has none */
    public void remove(Database database) {
        int removed = catalog.update("DELETE FROM heartbeat WHERE database_id = :id")
                .param("id", database.id().toString())
                .update();
        if (removed == 0) {
            throw notFound(database);
        }
    }

    /** A backup was good, or none was needed. Joins the present transaction; does nothing when the database has no heartbeat. */
    public void beat(UUID databaseId) {
        catalog.update("""
                        UPDATE heartbeat SET next_attempt_at = :now, attempts = 0
                        WHERE database_id = :id AND NOT EXISTS (
                            SELECT 1 FROM collapse WHERE database_id = :id AND acknowledged_at IS NULL)
                        """)
                .param("now", clock.millis())
                .param("id", databaseId.toString())
                .update();
    }

    List<Heartbeat> due() {
        return catalog.query("""
                        SELECT * FROM heartbeat WHERE next_attempt_at <= :now
                        ORDER BY attempts, next_attempt_at, database_id
                        """)
                .param("now", clock.millis())
                .query(Heartbeats::heartbeat)
                .list();
    }

    void delivered(Heartbeat heartbeat, Reply reply) {
        attempted(heartbeat, 0, null, clock.instant(), reply);
    }

    /** @param wait until it is tried again; empty for not before the next good backup */
    void failed(Heartbeat heartbeat, Reply reply, Optional<Duration> wait) {
        var next = wait.map(clock.instant()::plus).orElse(null);
        attempted(heartbeat, heartbeat.attempts() + 1, next, heartbeat.deliveredAt(), reply);
    }

    /** One that has become due anew while it was being sent stays so. */
    private void attempted(
            Heartbeat sent, int attempts, @Nullable Instant next, @Nullable Instant deliveredAt, Reply reply) {
        catalog.update("""
                        UPDATE heartbeat SET attempts = :attempts, next_attempt_at = :next, delivered_at = :deliveredAt,
                            status = :status, error = :error
                        WHERE database_id = :id AND next_attempt_at = :due
                        """)
                .param("attempts", attempts)
                .param("next", Catalog.millis(next))
                .param("deliveredAt", Catalog.millis(deliveredAt))
                .param("status", reply.status())
                .param("error", reply.error())
                .param("id", sent.databaseId().toString())
                .param("due", Catalog.millis(sent.nextAttemptAt()))
                .update();
    }

    private static Heartbeat heartbeat(ResultSet row, int number) throws SQLException {
        var status = row.getObject("status");
        return new Heartbeat(
                UUID.fromString(row.getString("database_id")),
                URI.create(row.getString("url")),
                row.getInt("attempts"),
                Catalog.instant(row.getObject("next_attempt_at")),
                Catalog.instant(row.getObject("delivered_at")),
                status == null ? null : ((Number) status).intValue(),
                row.getString("error"));
    }

    private static ProblemException notFound(Database database) {
        return new ProblemException(Problem.of(
                ProblemCode.HEARTBEAT_NOT_FOUND, "Database '%s' has no heartbeat".formatted(database.name())));
    }
}
