package dev.afterimage.jobs.work;

import dev.afterimage.backup.Import;
import dev.afterimage.backup.ImportFile;
import dev.afterimage.backup.ImportFiles;
import dev.afterimage.check.Check;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Jobs that make snapshots of files that were received. */
@Component
class ImportWork {

    private final ImportFiles files;
    private final Import importing;
    private final Check check;

    ImportWork(ImportFiles files, Import importing, Check check) {
        this.files = files;
        this.importing = importing;
        this.check = check;
    }

    /** A file that does not pass its check leaves no snapshot; one whose stored bytes are damaged leaves it quarantined. */
    Map<String, Object> run(JobSpec.Import spec, RunningJob run) {
        var snapshotId = spec.plan().snapshotId();
        var file = ImportFile.at(files.of(snapshotId));
        var passed = check.file(
                file.path(), spec.level(), run.phase("CHECKING", file.header().pageSize()));
        importing.run(spec.databaseId(), spec.plan(), file.path(), run);
        check.confirm(snapshotId, passed, run);
        return Map.of("snapshotId", snapshotId.toString());
    }
}
