package dev.afterimage.jobs.work;

import dev.afterimage.check.RepositoryCheck;
import dev.afterimage.copies.Copying;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.recovery.Rebuild;
import dev.afterimage.repair.Repair;
import dev.afterimage.retention.Prune;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs about what the repository holds. */
@Component
class RepositoryWork {

    private final RepositoryCheck repositoryCheck;
    private final Rebuild rebuild;
    private final Prune prune;
    private final Copying copying;
    private final Repair repair;

    RepositoryWork(RepositoryCheck repositoryCheck, Rebuild rebuild, Prune prune, Copying copying, Repair repair) {
        this.repositoryCheck = repositoryCheck;
        this.rebuild = rebuild;
        this.prune = prune;
        this.copying = copying;
        this.repair = repair;
    }

    Map<String, Object> run(JobSpec.RepositoryCheck spec, RunningJob run) {
        var checked = repositoryCheck.run(spec.share(), run);
        return Map.of(
                "layersChecked",
                checked.layersChecked(),
                "segmentsChecked",
                checked.segmentsChecked(),
                "bytesChecked",
                checked.bytesChecked());
    }

    Map<String, Object> run(JobSpec.Rebuild spec, RunningJob run) {
        var rebuilt = rebuild.run(spec.order(), run.staging(), run);
        var result = new LinkedHashMap<String, Object>();
        result.put("databases", rebuilt.databases());
        result.put("snapshotsAdded", rebuilt.snapshotsAdded());
        result.put("unreadable", rebuilt.unreadable());
        result.put("missing", rebuilt.missing());
        if (rebuilt.broughtBack() != null) {
            result.put("broughtBack", rebuilt.broughtBack());
        }
        result.put("passedOver", rebuilt.passedOver());
        return result;
    }

    Map<String, Object> run(JobSpec.Copy spec, RunningJob run) {
        var copied = copying.run(spec.copy(), extent(spec), run);
        return Map.of(
                "copy",
                copied.copy(),
                "snapshotsCopied",
                copied.snapshots(),
                "layersCopied",
                copied.layers(),
                "segmentsCopied",
                copied.segments(),
                "bytesCopied",
                copied.bytes(),
                "snapshotsDeleted",
                copied.deleted(),
                "keptBeyond",
                copied.kept());
    }

    Map<String, Object> run(JobSpec.Repair spec, RunningJob run) {
        var repaired = repair.run(spec.order(), run.staging(), run);
        return Map.of(
                "dryRun",
                spec.order().dryRun(),
                "repaired",
                repaired.from(),
                "snapshotsBroughtBack",
                repaired.snapshotsBroughtBack(),
                "snapshotsMended",
                repaired.snapshotsMended(),
                "damaged",
                repaired.left(),
                "copiesAway",
                repaired.away());
    }

    private static Copying.Extent extent(JobSpec.Copy spec) {
        if (spec.anew()) {
            return Copying.Extent.ANEW;
        }
        return spec.all() ? Copying.Extent.ALL : Copying.Extent.NEWS;
    }

    Map<String, Object> run(JobSpec.Prune spec, RunningJob run) {
        var pruned = prune.run(spec.order(), run);
        return Map.of(
                "dryRun",
                spec.order().dryRun(),
                "snapshotsDeleted",
                pruned.snapshotsDeleted(),
                "kept",
                pruned.kept(),
                "bytesFreed",
                pruned.bytesFreed(),
                "bytesSwept",
                pruned.bytesSwept(),
                "bytesCompacted",
                pruned.bytesCompacted(),
                "bytesWaiting",
                pruned.bytesWaiting());
    }
}
