package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/**
 * The workers' side of the table {@code job}: who runs what, for how long, and how it ended. A running job belongs to an
 * owner, an id that each process makes for itself; every change of a running job is fenced by owner and attempt, so that
 * a process that was given up for dead cannot write over the one that took its job.
 */
@Component
public class JobClaims {

    static final int MAX_ATTEMPTS = 3;

    /** No job is postponed for longer; what lies further ahead was written under another clock. */
    public static final Duration LONGEST_POSTPONEMENT = Duration.ofSeconds(15);

    /**
     * Those that are due, in their order, which SQLite has from the index: it looks at no more than are read. Checks and drills can
     * take hours, so those that nobody waits for leave a worker to backups. What a repair brings back a prune beside it could take for
     * something that nobody needs, and two repairs would each take away what the other has just put.
     */
    static final String DUE = """
            SELECT id,
                (SELECT group_concat(database_id, ' ') FROM reservation WHERE job_id = candidate.id) AS wanted,
                EXISTS (
                    SELECT 1 FROM reservation AS mine
                    JOIN reservation AS theirs ON theirs.database_id = mine.database_id AND theirs.held = 1
                    WHERE mine.job_id = candidate.id) AS held
            FROM job AS candidate INDEXED BY job_to_claim
            WHERE state = 'QUEUED' AND (run_at <= :now OR run_at > :latest) AND node = :node
              AND (kind = 'COPY') = :copies
              AND (priority > :low OR kind NOT IN ('CHECK', 'DRILL', 'REPOSITORY_CHECK')
                OR :mostProofs > (
                    SELECT count(*) FROM job
                    WHERE state = 'RUNNING' AND node = :node AND kind IN ('CHECK', 'DRILL', 'REPOSITORY_CHECK')))
              AND (kind NOT IN ('REPAIR', 'PRUNE') OR NOT EXISTS (
                    SELECT 1 FROM job AS other
                    WHERE other.state = 'RUNNING' AND (other.kind = 'REPAIR' OR candidate.kind = 'REPAIR' AND other.kind = 'PRUNE')))
            ORDER BY priority DESC, run_at, id
            """;

    private final Catalog catalog;
    private final JobRow row;
    private final JobFeed feed;
    private final Node node;
    private final JobSettings settings;
    private final Clock clock;
    private final String owner = UUID.randomUUID().toString();

    public JobClaims(Catalog catalog, JobFeed feed, Node node, JobSettings settings, Clock clock) {
        this.catalog = catalog;
        this.row = new JobRow(catalog, node);
        this.feed = feed;
        this.node = node;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Takes the first job that is due and whose databases no other job holds. One that has to wait for some of its databases
     * keeps those behind it from them: else a group would wait for as long as single backups of its databases come. The first
     * of all waits for running jobs alone, which end, so jobs cannot wait for each other. Due is also what is to wait longer than any
     * job is ever postponed: it was queued while the clock was ahead.
     */
    public Optional<Job> claim() {
        return claim(false);
    }

    /** The same of jobs that copy the repository: these have workers of their own, as a copy that hangs must hold up nothing else. */
    public Optional<Job> claimCopy() {
        return claim(true);
    }

    private Optional<Job> claim(boolean copies) {
        var claimed = catalog.inTransaction(() -> {
            var job = firstThatNeedNotWait(copies).map(this::start);
            job.ifPresent(this::hold);
            return job;
        });
        claimed.ifPresent(feed::publish);
        return claimed;
    }

    private Optional<String> firstThatNeedNotWait(boolean copies) {
        ResultSetExtractor<Optional<String>> first = JobClaims::firstThatNeedNotWait;
        return catalog.queryInTransaction(DUE)
                .param("now", clock.millis())
                .param("latest", clock.millis() + LONGEST_POSTPONEMENT.toMillis())
                .param("node", node.id().toString())
                .param("copies", copies)
                .param("low", Priority.LOW.ordinal())
                .param("mostProofs", Math.max(1, settings.workers() - 1))
                .query(first);
    }

    private static Optional<String> firstThatNeedNotWait(ResultSet due) throws SQLException {
        var taken = new HashSet<String>();
        while (due.next()) {
            var wanted = due.getString("wanted");
            var databases = wanted == null ? List.<String>of() : List.of(wanted.split(" "));
            if (!due.getBoolean("held") && Collections.disjoint(taken, databases)) {
                return Optional.of(due.getString("id"));
            }
            taken.addAll(databases);
        }
        return Optional.empty();
    }

    private Job start(String id) {
        return catalog.update("""
                        UPDATE job SET state = 'RUNNING', owner = :owner, lease_until = :leaseUntil,
                            started_at = coalesce(started_at, :now), phase = NULL, progress = NULL, problem = NULL
                        WHERE id = :id
                        """ + JobRow.RETURNING)
                .param("owner", owner)
                .param("leaseUntil", leaseUntil())
                .param("now", clock.millis())
                .param("id", id)
                .query(row)
                .single();
    }

    private void hold(Job job) {
        catalog.update("UPDATE reservation SET held = 1 WHERE job_id = :jobId")
                .param("jobId", job.id().toString())
                .update();
    }

    /** Stores how far a job is; the feed hears of it. */
    void progress(Job job, @Nullable String phase, @Nullable Progress progress) {
        fenced("""
                        UPDATE job SET phase = :phase, progress = :progress
                        WHERE id = :id AND owner = :owner AND attempt = :attempt AND state = 'RUNNING'
                        """ + JobRow.RETURNING, job)
                .param("phase", phase)
                .param("progress", progress == null ? null : catalog.toJson(progress))
                .query(row)
                .optional()
                .ifPresent(feed::publish);
    }

    /** Extends the lease. False when the job no longer belongs to this process. */
    boolean renew(Job job) {
        return fenced("""
                        UPDATE job SET lease_until = :leaseUntil
                        WHERE id = :id AND owner = :owner AND attempt = :attempt AND state = 'RUNNING'
                        """, job).param("leaseUntil", leaseUntil()).update() == 1;
    }

    /**
     * Ends a run and frees its databases, in one transaction.
     *
     * @param progress how far it came
     * @return false when the job no longer belongs to this process
     */
    public boolean end(Job job, Outcome outcome, @Nullable Progress progress) {
        var ended = catalog.inTransaction(() -> {
            var after = write(job, cancelRequested(job) ? insteadOfAgain(outcome) : outcome, progress);
            after.ifPresent(this::free);
            after.ifPresent(feed::beforeCommit);
            return after;
        });
        ended.ifPresent(feed::publish);
        return ended.isPresent();
    }

    private boolean cancelRequested(Job job) {
        return catalog.queryInTransaction("SELECT cancel_requested FROM job WHERE id = :id")
                .param("id", job.id().toString())
                .query(Boolean.class)
                .single();
    }

    /** A job that was cancelled while it could not notice, such as while it waited for a lock, must not run again. */
    private static Outcome insteadOfAgain(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Postponed again -> new Outcome.Cancelled();
            case Outcome.HandedBack again -> new Outcome.Cancelled();
            case Outcome.Succeeded end -> end;
            case Outcome.Failed end -> end;
            case Outcome.Cancelled end -> end;
        };
    }

    private Optional<Job> write(Job job, Outcome outcome, @Nullable Progress progress) {
        var statement = switch (outcome) {
            case Outcome.Succeeded end -> write(job, JobState.SUCCEEDED, null, end.result(), null);
            case Outcome.Failed end -> write(job, JobState.FAILED, null, null, end.problem());
            case Outcome.Cancelled end -> write(job, JobState.CANCELLED, null, null, null);
            case Outcome.Postponed end -> write(job, JobState.QUEUED, end.until(), null, end.obstacle());
            case Outcome.HandedBack end -> write(job, JobState.QUEUED, clock.instant(), null, null);
        };
        return statement
                .param("progress", progress == null ? null : catalog.toJson(progress))
                .query(row)
                .optional();
    }

    private StatementSpec write(
            Job job,
            JobState state,
            @Nullable Instant runAt,
            @Nullable Map<String, Object> result,
            @Nullable Problem problem) {
        return fenced("""
                        UPDATE job SET state = :state, run_at = coalesce(:runAt, run_at), finished_at = :finishedAt,
                            owner = NULL, lease_until = NULL, phase = NULL, progress = :progress, result = :result,
                            problem = :problem
                        WHERE id = :id AND owner = :owner AND attempt = :attempt AND state = 'RUNNING'
                        """ + JobRow.RETURNING, job)
                .param("state", state.name())
                .param("runAt", Catalog.millis(runAt))
                .param("finishedAt", state.ended() ? clock.millis() : null)
                .param("result", result == null ? null : catalog.toJson(result))
                .param("problem", problem == null ? null : catalog.toJson(problem));
    }

    private StatementSpec fenced(String sql, Job job) {
        return catalog.update(sql)
                .param("id", job.id().toString())
                .param("owner", owner)
                .param("attempt", job.attempt());
    }

    /** One that is queued again wants its databases again. */
    private void free(Job job) {
        var sql = job.state().ended()
                ? "DELETE FROM reservation WHERE job_id = :jobId"
                : "UPDATE reservation SET held = 0 WHERE job_id = :jobId";
        catalog.update(sql).param("jobId", job.id().toString()).update();
    }

    /**
     * Finds running jobs whose owner is dead. Each is queued again, or FAILED when it has died {@value #MAX_ATTEMPTS}
     * times, or CANCELLED when that was asked for.
     *
     * @param leasesCount false when it is certain that no other process runs, so that no lease needs to be waited for
     */
    public List<Job> recover(boolean leasesCount) {
        var recovered = catalog.inTransaction(
                () -> orphans(leasesCount).stream().map(this::recover).toList());
        recovered.forEach(feed::publish);
        return recovered;
    }

    private List<Job> orphans(boolean leasesCount) {
        return catalog.queryInTransaction(JobRow.SELECT + """
                        WHERE state = 'RUNNING' AND owner <> :owner AND (NOT :leasesCount OR lease_until < :now)
                        """)
                .param("owner", owner)
                .param("leasesCount", leasesCount)
                .param("now", clock.millis())
                .query(row)
                .list();
    }

    private Job recover(Job orphan) {
        boolean hopeless = orphan.attempt() >= MAX_ATTEMPTS;
        var state = orphan.cancelRequested() ? JobState.CANCELLED : hopeless ? JobState.FAILED : JobState.QUEUED;
        var problem = Problem.of(
                ProblemCode.INTERRUPTED, "The service died %d times while it ran this job".formatted(orphan.attempt()));
        var recovered = catalog.update("""
                        UPDATE job SET state = :state, attempt = attempt + :more, owner = NULL, lease_until = NULL,
                            phase = NULL, progress = NULL, finished_at = :finishedAt, problem = :problem
                        WHERE id = :id
                        """ + JobRow.RETURNING)
                .param("state", state.name())
                .param("more", state.ended() ? 0 : 1)
                .param("finishedAt", state.ended() ? clock.millis() : null)
                .param("problem", state == JobState.FAILED ? catalog.toJson(problem) : null)
                .param("id", orphan.id().toString())
                .query(row)
                .single();
        free(recovered);
        feed.beforeCommit(recovered);
        return recovered;
    }

    private long leaseUntil() {
        return Objects.requireNonNull(Catalog.millis(clock.instant().plus(settings.lease())));
    }
}
