package dev.afterimage.jobs.work;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.Node;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The hooks {@code after} that this node has to run still: of tries that go on, that died, and those that failed. */
@Component
class OwedHooks {

    /** Longer ones were reckoned while the clock was ahead. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final Catalog catalog;
    private final Node node;
    private final Clock clock;

    OwedHooks(Catalog catalog, Node node, Clock clock) {
        this.catalog = catalog;
        this.node = node;
        this.clock = clock;
    }

    /**
     * One of them.
     *
     * @param configured the key of what is configured for it
     * @param state how the try has ended, FAILED when it has not
     * @param begun when the try did
     * @param due when it is to be run, unless the try goes on
     * @param snapshots by the databases concerned; null where none was made
     */
    record Owed(
            UUID jobId,
            String configured,
            String state,
            Instant begun,
            Instant due,
            Map<UUID, @Nullable String> snapshots) {

        Set<UUID> databases() {
            return snapshots.keySet();
        }
    }

    /** Notes one, before anything is done around the try; it takes the place of what was owed for the same databases. */
    void add(UUID jobId, String configured, Collection<UUID> databases) {
        long now = clock.millis();
        catalog.inTransaction(() -> {
            databases.forEach(database -> add(jobId, configured, database, now));
            return null;
        });
    }

    private void add(UUID jobId, String configured, UUID database, long now) {
        catalog.update("""
                        INSERT INTO owed_hook (database_id, configured, job_id, node, state, begun_at, due_at)
                        VALUES (:database, :configured, :jobId, :node, 'FAILED', :now, :now)
                        ON CONFLICT (database_id, configured) DO UPDATE
                        SET job_id = excluded.job_id, node = excluded.node, state = excluded.state, snapshot = NULL,
                            begun_at = excluded.begun_at, due_at = excluded.due_at
                        """)
                .param("database", database.toString())
                .param("configured", configured)
                .param("jobId", jobId.toString())
                .param("node", node.id().toString())
                .param("now", now)
                .update();
    }

    /**
     * Notes how the try has ended.
     *
     * @param snapshots that were made, by their databases
     */
    void ended(UUID jobId, String configured, String state, Map<UUID, String> snapshots) {
        catalog.inTransaction(() -> {
            catalog.update("UPDATE owed_hook SET state = :state WHERE job_id = :jobId AND configured = :configured")
                    .param("state", state)
                    .param("jobId", jobId.toString())
                    .param("configured", configured)
                    .update();
            snapshots.forEach((database, snapshot) -> made(jobId, configured, database, snapshot));
            return null;
        });
    }

    private void made(UUID jobId, String configured, UUID database, String snapshot) {
        catalog.update("""
                        UPDATE owed_hook SET snapshot = :snapshot
                        WHERE job_id = :jobId AND configured = :configured AND database_id = :database
                        """)
                .param("snapshot", snapshot)
                .param("jobId", jobId.toString())
                .param("configured", configured)
                .param("database", database.toString())
                .update();
    }

    /** Puts off one that has failed. */
    void putOff(Owed owed, Duration wait) {
        catalog.update("UPDATE owed_hook SET due_at = :due WHERE job_id = :jobId AND configured = :configured")
                .param("due", clock.instant().plus(wait).toEpochMilli())
                .param("jobId", owed.jobId().toString())
                .param("configured", owed.configured())
                .update();
    }

    /** It has run, or is not wanted any more. */
    void remove(Owed owed) {
        catalog.update("DELETE FROM owed_hook WHERE job_id = :jobId AND configured = :configured")
                .param("jobId", owed.jobId().toString())
                .param("configured", owed.configured())
                .update();
    }

    /** As it is by now: empty when it has run meanwhile, or another try of the job has begun. */
    Optional<Owed> again(Owed owed) {
        return list().stream().filter(owed::equals).findFirst();
    }

    /** Whether the time has come. */
    boolean isDue(Owed owed) {
        var now = clock.instant();
        return !owed.due().isAfter(now) || owed.due().isAfter(now.plus(LONGEST_WAIT));
    }

    /** Those that concern one of the databases, oldest first. */
    List<Owed> of(Collection<UUID> databases) {
        return list().stream()
                .filter(owed -> owed.databases().stream().anyMatch(databases::contains))
                .toList();
    }

    /** All, oldest first. */
    List<Owed> list() {
        return catalog
                .query("""
                        SELECT database_id, configured, job_id, state, snapshot, begun_at, due_at FROM owed_hook
                        WHERE node = :node ORDER BY begun_at, job_id, configured, database_id
                        """)
                .param("node", node.id().toString())
                .query((row, number) -> ofOneDatabase(row))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        owed -> List.of(owed.jobId, owed.configured), LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(OwedHooks::together)
                .toList();
    }

    private static Owed ofOneDatabase(ResultSet row) throws SQLException {
        return new Owed(
                UUID.fromString(row.getString("job_id")),
                row.getString("configured"),
                row.getString("state"),
                Instant.ofEpochMilli(row.getLong("begun_at")),
                Instant.ofEpochMilli(row.getLong("due_at")),
                Collections.singletonMap(UUID.fromString(row.getString("database_id")), row.getString("snapshot")));
    }

    private static Owed together(List<Owed> ofDatabases) {
        var first = ofDatabases.getFirst();
        var snapshots = new LinkedHashMap<UUID, @Nullable String>();
        ofDatabases.forEach(owed -> snapshots.putAll(owed.snapshots));
        return new Owed(first.jobId, first.configured, first.state, first.begun, first.due, snapshots);
    }
}
