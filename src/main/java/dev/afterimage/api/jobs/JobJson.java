package dev.afterimage.api.jobs;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Progress;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job, as answers have it. */
@Schema(name = "Job", description = "A queued unit of work. What is not known is null.")
public record JobJson(
        UUID id,
        JobKind kind,

        @Schema(description = "The database concerned; null when it is not exactly one", example = "orders") @Nullable
        String database,

        @Schema(
                description = "The databases concerned: several of a GROUP_BACKUP, none of a job about the whole"
                        + " repository",
                example = "[\"orders\"]")
        List<String> databases,

        @Schema(description = "SUCCEEDED, FAILED and CANCELLED are final", example = "SUCCEEDED")
        JobState state,

        @Schema(description = "What it does at present; null when it does not run", example = "CAPTURING") @Nullable
        String phase,

        @Schema(
                description = "Counts how often it was started over because the process that ran it died; from 1",
                example = "1")
        int attempt,

        @Schema(example = "NORMAL") Priority priority,

        @Schema(
                description = "The node that runs it: the name of the one that answers, or the id of another",
                example = "host-1")
        String node,

        @Schema(description = "Whether it was told to stop") boolean cancelRequested,
        Instant createdAt,

        @Schema(description = "A QUEUED job does not start before this time")
        Instant runAt,

        @Schema(description = "When it first ran") @Nullable Instant startedAt,
        @Nullable Instant finishedAt,

        @Schema(description = "How far the present phase is") @Nullable
        ProgressJson progress,

        @Schema(description = "What it made; null until it SUCCEEDED") @Nullable
        JobResultJson result,

        @Schema(description = "Why it FAILED; of a QUEUED job, why it has to be tried again") @Nullable
        ProblemJson problem) {

    /** How far a phase of a job is. */
    @Schema(name = "Progress", description = "How far the present phase of a job is")
    record ProgressJson(
            @Schema(
                    description = "Of the database; when layers are READ, of 4 KiB; when objects are LISTED or"
                            + " snapshots PRUNED, databases",
                    example = "1200")
            long pagesDone,

            @Schema(example = "2400") long pagesTotal,

            @Schema(description = "0 to 100, one decimal", example = "50.0")
            double percent,

            @Schema(description = "Mean over the phase", example = "104857600")
            long bytesPerSecond,

            @Schema(
                    description = "Until the phase ends if it goes on at this speed; null until that can be told",
                    example = "3")
            @Nullable
            Long etaSeconds) {

        static ProgressJson of(Progress progress) {
            return new ProgressJson(
                    progress.pagesDone(),
                    progress.pagesTotal(),
                    progress.percent(),
                    progress.bytesPerSecond(),
                    progress.etaSeconds());
        }
    }

    public static JobJson of(Job job) {
        return new JobJson(
                job.id(),
                job.kind(),
                job.databases().size() == 1 ? job.databases().getFirst() : null,
                job.databases(),
                job.state(),
                job.phase(),
                job.attempt(),
                job.priority(),
                job.node(),
                job.cancelRequested(),
                job.createdAt(),
                job.runAt(),
                job.startedAt(),
                job.finishedAt(),
                job.progress() == null ? null : ProgressJson.of(job.progress()),
                job.result() == null ? null : JobResultJson.of(job.result()),
                job.problem() == null ? null : ProblemJson.of(job.problem(), path(job.id())));
    }

    public static String path(UUID id) {
        return "/api/v1/jobs/" + id;
    }
}
