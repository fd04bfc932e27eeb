package dev.afterimage.backup;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.Node;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What this node has frozen, or was about to, and has not released yet. */
@Component
class FileSystemSnapshots {

    private final Catalog catalog;
    private final Node node;
    private final Clock clock;

    /**
     * One of them.
     *
     * @param configured the key of what is configured for it
     * @param facts that its commands are told
     */
    record Unreleased(UUID id, UUID jobId, String configured, Map<String, String> facts) {

        /** Where the frozen files appear, a line each, as its commands are told. */
        static final String FROZEN_PATHS = "AFTERIMAGE_FROZEN_PATHS";

        /** Where the frozen files appear. */
        List<String> paths() {
            return facts.getOrDefault(FROZEN_PATHS, "").lines().toList();
        }

        /** Whether the release of one would take away what the other has frozen. */
        boolean collidesWith(Unreleased other) {
            return jobId.equals(other.jobId) || !Collections.disjoint(paths(), other.paths());
        }
    }

    FileSystemSnapshots(Catalog catalog, Node node, Clock clock) {
        this.catalog = catalog;
        this.node = node;
        this.clock = clock;
    }

    /** Notes what will have to be released, before there is anything. */
    void add(Unreleased frozen) {
        catalog.update("""
                        INSERT INTO file_system_snapshot (id, job_id, node, configured, facts, created_at)
                        VALUES (:id, :jobId, :node, :configured, :facts, :createdAt)
                        """)
                .param("id", frozen.id().toString())
                .param("jobId", frozen.jobId().toString())
                .param("node", node.id().toString())
                .param("configured", frozen.configured())
                .param("facts", catalog.toJson(frozen.facts()))
                .param("createdAt", clock.instant().toEpochMilli())
                .update();
    }

    void remove(UUID id) {
        catalog.update("DELETE FROM file_system_snapshot WHERE id = :id")
                .param("id", id.toString())
                .update();
    }

    boolean has(UUID id) {
        return list().stream().anyMatch(frozen -> frozen.id().equals(id));
    }

    /** Oldest first. */
    List<Unreleased> list() {
        return catalog.query("""
                        SELECT id, job_id, configured, facts FROM file_system_snapshot
                        WHERE node = :node ORDER BY created_at, id
                        """)
                .param("node", node.id().toString())
                .query((row, number) -> unreleased(row))
                .list();
    }

    /** Those that tries of a job have made. */
    List<Unreleased> of(UUID jobId) {
        return list().stream().filter(frozen -> frozen.jobId().equals(jobId)).toList();
    }

    private Unreleased unreleased(ResultSet row) throws SQLException {
        return new Unreleased(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("job_id")),
                row.getString("configured"),
                catalog.stringMap(row.getString("facts")));
    }
}
