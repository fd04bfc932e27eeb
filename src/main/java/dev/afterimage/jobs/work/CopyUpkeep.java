package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.problem.ProblemCode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Submits a job for each copy that is behind, soon after a snapshot was made or deleted; and now and then for each, since the catalog does not
 * know of all that there is to copy. A backup waits for none of that.
 */
@Component
public class CopyUpkeep extends PeriodicWork {

    /** A look costs two queries per copy. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** After one that failed; twice as long after each that fails then, but for a place that is away, which may be back at any time. */
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(2);

    private static final Duration AFTER_FAILURES = Duration.ofHours(6);

    private static final Duration AT_LEAST = Duration.ofDays(1);

    private final Copies copies;
    private final RepositoryCopies made;
    private final CopiedSnapshots known;
    private final LogCopies logs;
    private final Jobs jobs;
    private final JobSettings settings;
    private final Clock clock;
    private final Set<String> sinceStart = new HashSet<>();

    CopyUpkeep(
            Copies copies,
            RepositoryCopies made,
            CopiedSnapshots known,
            LogCopies logs,
            Jobs jobs,
            JobSettings settings,
            Clock clock) {
        super("copy-upkeep");
        this.copies = copies;
        this.made = made;
        this.known = known;
        this.logs = logs;
        this.jobs = jobs;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        sinceStart.clear();
        if (!copies.all().isEmpty()) {
            thread.every(LOOK, Duration.ZERO, this::submitWhenDue);
        }
    }

    /** Submits a job for each copy for which one is due, unless one waits or runs. */
    void submitWhenDue() {
        for (var copy : copies.all()) {
            if (pending(copy.name()).isEmpty() && isDue(copy)) {
                submit(copy.name());
            }
        }
    }

    private boolean isDue(Copies.Copy copy) {
        if (sinceStart.add(copy.name())) {
            return true;
        }
        var state = made.find(copy.name());
        if (state.isEmpty()) {
            return true;
        }
        var now = clock.instant();
        if (state.get().problem() != null) {
            return hasNews(copy, state.get()) || isOlder(state.get().triedAt(), wait(state.get()), now);
        }
        long lacking = known.lacking(copy.name());
        boolean follows = copy.delete() && copy.keep() == null;
        return lacking > state.get().lacking()
                || logs.isAnyWaiting(copy.name())
                || (lacking > 0 && isOlder(state.get().triedAt(), AFTER_FAILURE, now))
                || (follows && known.beyond(copy.name()) > 0)
                || isOlder(state.get().listedAt(), AT_LEAST, now);
    }

    /** What cannot be copied holds up nothing that has come since. */
    private boolean hasNews(Copies.Copy copy, RepositoryCopies.Known state) {
        return ProblemCode.REPOSITORY_DAMAGED.name().equals(state.problemCode())
                && known.lacking(copy.name()) > state.lacking();
    }

    private static Duration wait(RepositoryCopies.Known state) {
        if (ProblemCode.STORAGE_UNREACHABLE.name().equals(state.problemCode())) {
            return AFTER_FAILURE;
        }
        int doubled = Math.clamp(state.failures() - 1L, 0, 10);
        var wait = AFTER_FAILURE.multipliedBy(1L << doubled);
        return wait.compareTo(AFTER_FAILURES) < 0 ? wait : AFTER_FAILURES;
    }

    private static boolean isOlder(@Nullable Instant then, Duration than, Instant now) {
        return then == null || then.isAfter(now) || then.plus(than).isBefore(now);
    }

    private void submit(String copy) {
        jobs.submit(new Submission(
                new JobSpec.Copy(copy, false, false, settings.deadline()), List.of(), Priority.NORMAL, null, null));
    }

    /** The job of a copy that waits or runs. */
    public Optional<Job> pending(String copy) {
        return jobs.unfinished(JobKind.COPY).stream()
                .filter(job ->
                        job.spec() instanceof JobSpec.Copy spec && spec.copy().equals(copy))
                .findFirst();
    }
}
