package dev.afterimage.jobs.work;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobRow;
import dev.afterimage.restore.RestoreItem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What restores have done to their targets. The rows are written around the change of a target, so that whoever comes after a
 * crash knows whether it may have changed, and which safety snapshot is needed.
 */
@Component
class RestoredTargets {

    private final Catalog catalog;
    private final JobRow row;

    RestoredTargets(Catalog catalog, Node node) {
        this.catalog = catalog;
        this.row = new JobRow(catalog, node);
    }

    /** Notes that from now on a restore may leave something beside a target. */
    void prepare(UUID jobId, RestoreItem item) {
        catalog.update("INSERT INTO restored_target (job_id, path) VALUES (:jobId, :path) ON CONFLICT DO NOTHING")
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .update();
    }

    /** Notes that a target is about to change. */
    void begin(UUID jobId, RestoreItem item, @Nullable UUID safetySnapshot) {
        catalog.update("""
                        INSERT INTO restored_target (job_id, path, safety_snapshot) VALUES (:jobId, :path, :safety)
                        ON CONFLICT (job_id, path) DO UPDATE SET safety_snapshot = excluded.safety_snapshot
                        """)
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .param("safety", safetySnapshot == null ? null : safetySnapshot.toString())
                .update();
    }

    /** Notes that a target that was about to change has not. */
    void forget(UUID jobId, RestoreItem item) {
        catalog.update("DELETE FROM restored_target WHERE job_id = :jobId AND path = :path")
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .update();
    }

    /** Notes that a target has changed, and what can be told of it so far. */
    void changed(UUID jobId, RestoreItem item, Map<String, Object> result) {
        catalog.update("""
                        INSERT INTO restored_target (job_id, path, result) VALUES (:jobId, :path, :result)
                        ON CONFLICT (job_id, path) DO UPDATE SET result = excluded.result
                        """)
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .param("result", catalog.toJson(result))
                .update();
    }

    /** What is known of a target that has changed. */
    @SuppressWarnings("unchecked") // keys of a JSON object are strings
    Optional<Map<String, Object>> result(UUID jobId, RestoreItem item) {
        return catalog.query("""
                        SELECT result FROM restored_target
                        WHERE job_id = :jobId AND path = :path AND result IS NOT NULL
                        """)
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .query(String.class)
                .optional()
                .map(json -> (Map<String, Object>) catalog.fromJson(json, Map.class));
    }

    /** Ended jobs that have begun with a target, of which nobody has noted how it is now. */
    List<Job> unsettled() {
        return catalog.query(JobRow.SELECT + """
                        WHERE state IN ('FAILED', 'CANCELLED')
                            AND id IN (SELECT job_id FROM restored_target WHERE result IS NULL)
                        """).query(row).list();
    }

    /** The snapshot of the state before a target changed, or may have. */
    Optional<UUID> safetySnapshot(UUID jobId, RestoreItem item) {
        return catalog.query("""
                        SELECT safety_snapshot FROM restored_target
                        WHERE job_id = :jobId AND path = :path AND safety_snapshot IS NOT NULL
                        """)
                .param("jobId", jobId.toString())
                .param("path", item.target().path().toString())
                .query(String.class)
                .optional()
                .map(UUID::fromString);
    }
}
