package dev.afterimage.schedule;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.schedule.ScheduleRun.SkipReason;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Claims what is due, and decides on each whether it becomes a job. Crash order: in one transaction the schedule gets its next time
 * and the run is noted as DUE; then the job is submitted under a key that only this run has; then the run is noted as decided. Whoever dies in
 * between leaves a run that is DUE: it is decided anew, and the key answers with the job if there is one. So no run is lost, and
 * none makes two jobs.
 */
@Component
class DueRuns {

    private static final Logger log = LoggerFactory.getLogger(DueRuns.class);

    private final Catalog catalog;
    private final Schedules schedules;
    private final NextRuns nextRuns;
    private final ScheduleRuns runs;
    private final RunSubmissions submissions;
    private final Clock clock;
    private Instant lastLook = Instant.MAX;

    DueRuns(
            Catalog catalog,
            Schedules schedules,
            NextRuns nextRuns,
            ScheduleRuns runs,
            RunSubmissions submissions,
            Clock clock) {
        this.catalog = catalog;
        this.schedules = schedules;
        this.nextRuns = nextRuns;
        this.runs = runs;
        this.submissions = submissions;
        this.clock = clock;
    }

    /**
     * Deals with all that is due now. Where the clock is behind where it was at the last look, or nobody has looked yet, the next
     * times may come from a clock that was ahead.
     */
    void dispatch() {
        var now = clock.instant();
        if (now.isBefore(lastLook)) {
            schedules.bringForward();
        }
        lastLook = now;
        while (nextRuns.anyDue()) {
            claim().ifPresent(this::decide);
        }
    }

    /** Decides what was claimed by a process that died before it decided. */
    void takeUp() {
        runs.undecided().forEach(this::decide);
    }

    /** However many times have passed since it was due, one run is made, and the next one is in the future. */
    private Optional<ScheduleRun> claim() {
        return catalog.inTransaction(() -> nextRuns.firstDue().flatMap(due -> {
            var next = schedules.nextAfterNow(due.databaseId(), due.kind());
            if (next.isEmpty()) {
                nextRuns.remove(due.databaseId(), due.kind());
                return Optional.empty();
            }
            nextRuns.put(due.databaseId(), due.kind(), next.get());
            return Optional.of(runs.add(due.databaseId(), due.kind(), due.at()));
        }));
    }

    private void decide(ScheduleRun run) {
        try {
            submissions.decide(run);
        } catch (ProblemException e) {
            runs.skipped(run, SkipReason.REFUSED, e.problem().detail());
        } catch (RuntimeException e) { // it stays DUE and is taken up again; the others must not wait for that
            log.error("A run of the {} schedule of database {} could not be decided", run.kind(), run.databaseId(), e);
        }
    }
}
