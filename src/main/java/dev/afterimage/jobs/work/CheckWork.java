package dev.afterimage.jobs.work;

import dev.afterimage.check.Check;
import dev.afterimage.check.Drill;
import dev.afterimage.check.DrillPlan;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs that prove stored snapshots restorable. */
@Component
class CheckWork {

    private final Check check;
    private final Drill drill;

    CheckWork(Check check, Drill drill) {
        this.check = check;
        this.drill = drill;
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
        var plan = new DrillPlan(
                run.job().id(), spec.databaseId(), spec.choice(), spec.level(), spec.copy(), spec.assertions());
        var result = drill.run(plan, run.staging(), run);
        var told = new LinkedHashMap<String, Object>();
        told.put("snapshotId", result.snapshotId().toString());
        told.put("restoreMillis", result.restoreMillis());
        told.put("checkMillis", result.checkMillis());
        told.put("bytes", result.bytes());
        if (result.copy() != null) {
            told.put("from", result.copy());
        }
        return told;
    }
}
