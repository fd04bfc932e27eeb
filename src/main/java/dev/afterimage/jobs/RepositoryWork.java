package dev.afterimage.jobs;

import dev.afterimage.backup.Rebuild;
import dev.afterimage.check.RepositoryCheck;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs about the whole repository. */
@Component
class RepositoryWork {

    private final RepositoryCheck repositoryCheck;
    private final Rebuild rebuild;

    RepositoryWork(RepositoryCheck repositoryCheck, Rebuild rebuild) {
        this.repositoryCheck = repositoryCheck;
        this.rebuild = rebuild;
    }

    Map<String, Object> run(JobSpec.RepositoryCheck spec, RunningJob run) {
        var checked = repositoryCheck.run(spec.share(), run);
        return Map.of("layersChecked", checked.layersChecked(), "bytesChecked", checked.bytesChecked());
    }

    Map<String, Object> run(JobSpec.Rebuild spec, RunningJob run) {
        var rebuilt = rebuild.run(run);
        return Map.of(
                "databases",
                rebuilt.databases(),
                "snapshotsAdded",
                rebuilt.snapshotsAdded(),
                "unreadable",
                rebuilt.unreadable(),
                "missing",
                rebuilt.missing());
    }
}
