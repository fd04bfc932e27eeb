package dev.afterimage.check;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.AssertionResult;
import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Practises the day on which all depends on a restore: restores a snapshot from the storage, checks it, and measures the time. */
@Component
public class Drill {

    private final Databases databases;
    private final Snapshots snapshots;
    private final Check check;
    private final Drills drills;
    private final Clock clock;

    Drill(Databases databases, Snapshots snapshots, Check check, Drills drills, Clock clock) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.check = check;
        this.drills = drills;
        this.clock = clock;
    }

    /**
     * Restores one of the database's available snapshots to staging, checks it as {@link Check#run} does, deletes the file, and records how
     * that went. What could not be made, such as for want of room in staging, is no drill, and is not recorded.
     *
     * @param staging an empty directory; empty again afterwards
     * @throws ProblemException SNAPSHOT_NOT_FOUND when there is none that could be restored
     * @throws CheckFailedException when the snapshot did not pass; it is then quarantined, unless a copy was read, and the drill is recorded
     *     as failed
     * @throws ProblemException ASSERTION_FAILED when it did, and an assertion does not hold; the drill is recorded as failed, and the snapshot
     *     stays as it is
     */
    public DrillResult run(DrillPlan plan, Path staging, PageProgress progress) {
        var chosen = plan.snapshotId();
        var snapshot = (chosen == null
                        ? drills.candidate(plan.databaseId(), plan.copy(), plan.place())
                        : Optional.of(chosen))
                .flatMap(snapshots::find)
                .orElseThrow(() -> noSnapshot(name(plan.databaseId()), plan.copy()));
        var times = new PhaseTimes(progress);
        var found = new ArrayList<AssertionResult>();
        try {
            prove(plan, snapshot, staging, times, file -> plan.assertions().forEach(one -> found.add(one.of(file))));
        } catch (CheckFailedException e) {
            record(plan, snapshot, times, e.messages(), found);
            throw e;
        }
        var wrong = found.stream()
                .filter(one -> !one.passed())
                .map(AssertionResult::message)
                .toList();
        var result = record(plan, snapshot, times, wrong, found);
        if (!wrong.isEmpty()) {
            throw assertionFailed(snapshot, wrong);
        }
        return result;
    }

    /**
     * Records as failed one of a moment that cannot be replayed.
     *
     * @param snapshotId from which it was to be; nothing is recorded when it is gone
     */
    public void fail(DrillPlan plan, UUID snapshotId, Problem why) {
        snapshots
                .find(snapshotId)
                .ifPresent(snapshot ->
                        record(plan, snapshot, new PhaseTimes(PageProgress.NONE), List.of(why.detail()), List.of()));
    }

    private void prove(DrillPlan plan, Snapshot snapshot, Path staging, PageProgress progress, Consumer<Path> look) {
        var copy = plan.copy();
        if (copy == null) {
            check.run(snapshot.id(), plan.level(), staging, progress, look);
        } else {
            check.runOf(copy, snapshot.id(), plan.level(), staging, progress, look);
        }
    }

    private static ProblemException assertionFailed(Snapshot snapshot, List<String> wrong) {
        return new ProblemException(Problem.of(
                ProblemCode.ASSERTION_FAILED,
                "Snapshot %s of '%s' was restored and is sound, but: %s"
                        .formatted(snapshot.id(), snapshot.databaseName(), String.join("; ", wrong)),
                Map.of(
                        "snapshotId",
                        snapshot.id().toString(),
                        "database",
                        snapshot.databaseName(),
                        "messages",
                        wrong)));
    }

    /**
     * @param database its name
     * @param copy that was to be read; null for the repository
     */
    public static ProblemException noSnapshot(String database, @Nullable String copy) {
        return new ProblemException(
                copy == null
                        ? Problem.of(
                                ProblemCode.SNAPSHOT_NOT_FOUND,
                                "Database '%s' has no available snapshot".formatted(database),
                                "Take one: POST /api/v1/databases/%s/backups.".formatted(database))
                        : Problem.of(
                                ProblemCode.SNAPSHOT_NOT_FOUND,
                                "Copy '%s' has no available snapshot of database '%s'".formatted(copy, database),
                                "Copy them: POST /api/v1/repository/copies/%s/copy.".formatted(copy)));
    }

    private String name(UUID databaseId) {
        return databases.find(databaseId).orElseThrow().name();
    }

    private DrillResult record(
            DrillPlan plan,
            Snapshot snapshot,
            PhaseTimes times,
            List<String> messages,
            List<AssertionResult> assertions) {
        times.end();
        var result = new DrillResult(
                TimeOrderedId.next(clock),
                plan.jobId(),
                plan.databaseId(),
                snapshot.id(),
                snapshot.createdAt(),
                plan.level().name(),
                plan.copy(),
                messages.isEmpty(),
                clock.instant(),
                times.millis(Check.RESTORING),
                times.millis(Check.CHECKING),
                snapshot.content().sizeBytes(),
                messages,
                assertions);
        drills.add(result);
        return result;
    }
}
