package dev.afterimage.jobs;

import dev.afterimage.check.Check;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs that prove stored snapshots restorable. */
@Component
class CheckWork {

    private final Check check;

    CheckWork(Check check) {
        this.check = check;
    }

    Map<String, Object> run(JobSpec.Check spec, RunningJob run) {
        var result = check.run(spec.snapshotId(), spec.level(), run.staging(), run);
        return Map.of(
                "snapshotId",
                spec.snapshotId().toString(),
                "checkId",
                result.id().toString());
    }
}
