package dev.afterimage.api.jobs;

import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Progress;
import dev.afterimage.problem.Problem;
import dev.afterimage.sqlite.check.CheckLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as the feed may tell of it; times are seconds since 1970. */
record ToldJob(
        JobState state,
        long runAt,
        int attempt,
        boolean wasCancelled,
        @Nullable String phase,
        @Nullable Progress progress,
        @Nullable Problem problem) {

    private static final UUID ID = UUID.fromString("01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc");

    static ToldJob in(JobState state) {
        return new ToldJob(state, 1, 1, false, null, null, null);
    }

    static ToldJob queued() {
        return in(JobState.QUEUED);
    }

    static ToldJob running() {
        return in(JobState.RUNNING);
    }

    ToldJob runAt(long seconds) {
        return new ToldJob(state, seconds, attempt, wasCancelled, phase, progress, problem);
    }

    ToldJob attempt(int number) {
        return new ToldJob(state, runAt, number, wasCancelled, phase, progress, problem);
    }

    ToldJob cancelled() {
        return new ToldJob(state, runAt, attempt, true, phase, progress, problem);
    }

    ToldJob phase(String name) {
        return new ToldJob(state, runAt, attempt, wasCancelled, name, null, problem);
    }

    ToldJob pages(long done) {
        return new ToldJob(state, runAt, attempt, wasCancelled, phase, new Progress(done, 100, 4096, null), problem);
    }

    ToldJob problem(Problem reason) {
        return new ToldJob(state, runAt, attempt, wasCancelled, phase, progress, reason);
    }

    Job job() {
        return new Job(
                ID,
                new JobSpec.Check(ID, CheckLevel.FULL, null, Duration.ofMinutes(1)),
                java.util.List.of("orders"),
                "node",
                state,
                phase,
                Priority.NORMAL,
                Instant.ofEpochSecond(1),
                Instant.ofEpochSecond(runAt),
                state == JobState.QUEUED ? null : Instant.ofEpochSecond(1),
                state.ended() ? Instant.ofEpochSecond(9) : null,
                attempt,
                wasCancelled,
                progress,
                null,
                problem);
    }
}
