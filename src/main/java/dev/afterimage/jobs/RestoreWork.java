package dev.afterimage.jobs;

import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestorePlan;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs that make database files of snapshots. */
@Component
class RestoreWork {

    private final Restore restore;

    RestoreWork(Restore restore) {
        this.restore = restore;
    }

    Map<String, Object> run(JobSpec.Restore spec, RunningJob run) {
        var restored = restore.toNewFile(plan(run.job(), spec), run);
        var result =
                new LinkedHashMap<String, Object>(Map.of("path", restored.path().toString()));
        if (restored.sha256() != null) {
            result.put("sha256", restored.sha256());
        }
        return result;
    }

    private static RestorePlan plan(Job job, JobSpec.Restore spec) {
        return new RestorePlan(
                job.id(), spec.snapshotId(), spec.target(), spec.verify().level());
    }
}
