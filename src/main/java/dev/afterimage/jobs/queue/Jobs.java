package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The jobs, as those see them who submit, watch and cancel. {@link JobClaims} is the workers' side of the same table. */
@Component
public class Jobs {

    /** CROSS JOIN keeps the order of the tables: the database's jobs come newest first from an index, and few are looked at. */
    static final String LAST_BACKUP = "SELECT " + JobRow.COLUMNS + """
            FROM job_database AS concerned CROSS JOIN job ON job.id = concerned.job_id
            WHERE concerned.database_name = :name
              AND kind IN ('BACKUP', 'GROUP_BACKUP') AND state IN ('SUCCEEDED', 'FAILED')
            ORDER BY concerned.job_id DESC LIMIT 1
            """;

    private final Catalog catalog;
    private final JobRow row;
    private final JobFeed feed;
    private final RunningJobs running;
    private final Node node;
    private final QueueRoom room;
    private final Clock clock;

    public Jobs(Catalog catalog, JobFeed feed, RunningJobs running, Node node, QueueSettings queue, Clock clock) {
        this.running = running;
        this.catalog = catalog;
        this.row = new JobRow(catalog, node);
        this.feed = feed;
        this.node = node;
        this.room = new QueueRoom(catalog, queue);
        this.clock = clock;
    }

    /**
     * Accepts a job. Once this returns, the job survives a crash.
     *
     * @return the new job, or the one that the same request with the same key has made before
     * @throws IdempotencyMismatchException when the key was used with another request
     * @throws ProblemException TOO_MANY_REQUESTS when a new job would be one too many of the submitter
     * @throws ProblemException SERVICE_BUSY when a new job would be one too many of all submitters
     */
    public Job submit(Submission submission) {
        var job = catalog.inTransaction(() -> earlier(submission).orElseGet(() -> insert(submission)));
        feed.publish(job);
        return job;
    }

    private Optional<Job> earlier(Submission submission) {
        return earlier(submission.submitter(), submission.idempotencyKey(), submission.fingerprint());
    }

    /**
     * The job that the same request of the same submitter with the same key has made before, if there is one.
     *
     * @param submitter null for the service itself
     * @throws IdempotencyMismatchException when the key was used with another request
     */
    public Optional<Job> earlier(@Nullable String submitter, @Nullable String key, @Nullable String fingerprint) {
        if (key == null) {
            return Optional.empty();
        }
        record Earlier(UUID id, @Nullable String fingerprint) {}
        var earlier = catalog.queryInTransaction("""
                        SELECT id, fingerprint FROM job
                        WHERE idempotency_key = :key AND coalesce(submitter, '') = coalesce(:submitter, '')
                        """)
                .param("key", key)
                .param("submitter", submitter)
                .query((r, number) -> new Earlier(UUID.fromString(r.getString("id")), r.getString("fingerprint")))
                .optional();
        if (earlier.isPresent() && !Objects.equals(earlier.get().fingerprint(), fingerprint)) {
            throw new IdempotencyMismatchException(key, earlier.get().id());
        }
        return earlier.flatMap(found -> latest(found.id()));
    }

    private Job insert(Submission submission) {
        if (submission.submitter() != null) {
            room.require(submission.submitter());
        }
        var spec = submission.spec();
        var id = TimeOrderedId.next(clock);
        catalog.update("""
                        INSERT INTO job (id, kind, spec, node, state, priority, created_at, run_at, attempt,
                            cancel_requested, idempotency_key, fingerprint, submitter)
                        VALUES (:id, :kind, :spec, :node, 'QUEUED', :priority, :now, :now, 1,
                            0, :idempotencyKey, :fingerprint, :submitter)
                        """)
                .param("id", id.toString())
                .param("kind", spec.kind().name())
                .param("spec", catalog.toJson(spec))
                .param("node", node.id().toString())
                .param("priority", submission.priority().ordinal())
                .param("now", clock.millis())
                .param("idempotencyKey", submission.idempotencyKey())
                .param("fingerprint", submission.fingerprint())
                .param("submitter", submission.submitter())
                .update();
        submission.databases().forEach(name -> concern(id, name));
        spec.reserves().forEach(databaseId -> want(id, databaseId));
        return latest(id).orElseThrow();
    }

    private void concern(UUID id, String databaseName) {
        catalog.update("INSERT INTO job_database (job_id, database_name) VALUES (:id, :name)")
                .param("id", id.toString())
                .param("name", databaseName)
                .update();
    }

    private void want(UUID id, UUID databaseId) {
        catalog.update("INSERT INTO reservation (job_id, database_id, held) VALUES (:id, :databaseId, 0)")
                .param("id", id.toString())
                .param("databaseId", databaseId.toString())
                .update();
    }

    /** @throws ProblemException JOB_NOT_FOUND when there is none of that id */
    public Job get(UUID id) {
        return get(id, VisibleDatabases.ALL);
    }

    public Optional<Job> find(UUID id) {
        return find(id, VisibleDatabases.ALL);
    }

    /** @throws ProblemException JOB_NOT_FOUND when there is none of that id, or none that exists for the one who asks */
    public Job get(UUID id, VisibleDatabases visible) {
        return find(id, visible).orElseThrow(() -> notFound(id));
    }

    private static ProblemException notFound(UUID id) {
        return new ProblemException(Problem.of(ProblemCode.JOB_NOT_FOUND, "There is no job %s".formatted(id)));
    }

    public Optional<Job> find(UUID id, VisibleDatabases visible) {
        return catalog.query(JobRow.SELECT + "WHERE id = :id AND " + JobRow.VISIBLE)
                .param("id", id.toString())
                .param("visible", visible.json(catalog))
                .query(row)
                .optional();
    }

    /** Newest first, those older than {@code after}. */
    public Page<Job, UUID> list(JobFilter filter, @Nullable UUID after, int limit) {
        var list = new JobList(filter, after);
        var rows = catalog.query(list.sql())
                .params(list.values())
                .param("visible", filter.visible().json(catalog))
                .param("limit", limit + 1)
                .query(row)
                .list();
        return Page.of(rows, limit, Job::id);
    }

    /** The newest backup of the database that succeeded or failed. */
    public Optional<Job> lastBackup(String databaseName) {
        return catalog.query(LAST_BACKUP).param("name", databaseName).query(row).optional();
    }

    /** Whether the newest backup of the database that has ended, other than by being cancelled, failed. */
    public boolean lastBackupFailed(String databaseName) {
        return lastBackup(databaseName)
                .map(Job::state)
                .filter(JobState.FAILED::equals)
                .isPresent();
    }

    /** Whether a job of the database waits or runs. */
    public boolean pending(String databaseName) {
        return catalog.query("""
                        SELECT EXISTS (
                            SELECT 1 FROM job_database JOIN job ON job.id = job_database.job_id
                            WHERE database_name = :name AND state IN ('QUEUED', 'RUNNING'))
                        """)
                .param("name", databaseName)
                .query(Boolean.class)
                .single();
    }

    /** The jobs of a kind that wait or run. */
    public List<Job> unfinished(JobKind kind) {
        return catalog.query(JobRow.SELECT + "WHERE kind = :kind AND state IN ('QUEUED', 'RUNNING')")
                .param("kind", kind.name())
                .query(row)
                .list();
    }

    /** How many jobs are in a state, of those that exist for the one who asks. */
    public long count(JobState state, VisibleDatabases visible) {
        return catalog.query("SELECT count(*) FROM job WHERE state = :state AND " + JobRow.VISIBLE)
                .param("state", state.name())
                .param("visible", visible.json(catalog))
                .query(Long.class)
                .single();
    }

    /** How many jobs of a kind are in a state. */
    public long count(JobKind kind, JobState state) {
        return catalog.query("SELECT count(*) FROM job WHERE kind = :kind AND state = :state")
                .param("kind", kind.name())
                .param("state", state.name())
                .query(Long.class)
                .single();
    }

    /**
     * Cancels a job: at once when it is queued; when it runs, as soon as it notices.
     *
     * @throws ProblemException JOB_NOT_FOUND when there is none of that id
     * @throws ProblemException JOB_FINISHED when it has ended
     */
    public Job cancel(UUID id) {
        var job = catalog.inTransaction(() -> {
            var before = latest(id).orElseThrow(() -> notFound(id));
            if (before.state().ended()) {
                throw new ProblemException(Problem.of(
                        ProblemCode.JOB_FINISHED, "Job %s has already %s".formatted(before.id(), before.state())));
            }
            catalog.update("""
                            UPDATE job SET cancel_requested = 1,
                                finished_at = CASE state WHEN 'QUEUED' THEN :now END,
                                state = CASE state WHEN 'QUEUED' THEN 'CANCELLED' ELSE state END
                            WHERE id = :id
                            """)
                    .param("now", clock.millis())
                    .param("id", id.toString())
                    .update();
            if (before.state() == JobState.QUEUED) {
                catalog.update("DELETE FROM reservation WHERE job_id = :id")
                        .param("id", id.toString())
                        .update();
            }
            var after = latest(id).orElseThrow();
            feed.beforeCommit(after);
            return after;
        });
        running.cancel(id);
        feed.publish(job);
        return job;
    }

    /** As the present transaction sees it. */
    private Optional<Job> latest(UUID id) {
        return catalog.queryInTransaction(JobRow.SELECT + "WHERE id = :id")
                .param("id", id.toString())
                .query(row)
                .optional();
    }

    /**
     * Deletes jobs that ended longer ago than they are kept.
     *
     * @return how many
     */
    int forget(Duration keep) {
        return catalog.deleteAll(
                """
                DELETE FROM job WHERE id IN (
                    SELECT id FROM job WHERE finished_at < :before ORDER BY finished_at LIMIT :atOnce)
                """, Map.of("before", clock.instant().minus(keep).toEpochMilli()));
    }
}
