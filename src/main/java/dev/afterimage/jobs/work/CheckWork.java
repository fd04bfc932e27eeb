package dev.afterimage.jobs.work;

import dev.afterimage.backup.LogSnapshots;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.Check;
import dev.afterimage.check.Drill;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.check.DrillPlan;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Jobs that prove stored snapshots restorable. */
@Component
class CheckWork {

    private final Check check;
    private final Drill drill;
    private final Databases databases;
    private final Snapshots snapshots;
    private final LogSnapshots logs;

    CheckWork(Check check, Drill drill, Databases databases, Snapshots snapshots, LogSnapshots logs) {
        this.check = check;
        this.drill = drill;
        this.databases = databases;
        this.snapshots = snapshots;
        this.logs = logs;
    }

    Map<String, Object> run(JobSpec.Check spec, RunningJob run) {
        var copy = spec.copy();
        if (copy != null) {
            check.runOf(copy, spec.snapshotId(), spec.level(), run.staging(), run);
            return Map.of("snapshotId", spec.snapshotId().toString(), "from", copy);
        }
        var result = check.run(spec.snapshotId(), spec.level(), run.staging(), run);
        return Map.of(
                "snapshotId",
                spec.snapshotId().toString(),
                "checkId",
                result.id().toString());
    }

    Map<String, Object> run(JobSpec.Drill spec, RunningJob run) {
        var plan = plan(spec, run, spec.snapshotId());
        if (spec.choice() == DrillChoice.MOMENT && spec.snapshotId() == null) {
            plan = plan(spec, run, ofMoment(plan));
        }
        var result = drill.run(plan, run.staging(), run);
        var told = new LinkedHashMap<String, Object>();
        told.put("snapshotId", result.snapshotId().toString());
        told.put("restoreMillis", result.restoreMillis());
        told.put("checkMillis", result.checkMillis());
        told.put("bytes", result.bytes());
        if (result.copy() != null) {
            told.put("from", result.copy());
        }
        snapshots.find(result.snapshotId()).ifPresent(snapshot -> ReachedMoment.tell(snapshot, told));
        return told;
    }

    private static DrillPlan plan(JobSpec.Drill spec, RunningJob run, @Nullable UUID snapshotId) {
        return new DrillPlan(
                run.job().id(),
                spec.databaseId(),
                spec.choice(),
                snapshotId,
                spec.level(),
                spec.copy(),
                spec.assertions());
    }

    /** One that cannot be replayed is what the drill was to find out. */
    private UUID ofMoment(DrillPlan plan) {
        var database = databases.find(plan.databaseId()).orElseThrow();
        return logs.random(database, plan.place(), (snapshot, why) -> drill.fail(plan, snapshot, why))
                .id();
    }
}
