package dev.afterimage.restore;

import dev.afterimage.catalog.DatabasePaths;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotFile;
import dev.afterimage.sqlite.CheckLevel;
import dev.afterimage.sqlite.IntegrityCheck;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Makes a database file of a snapshot. */
@Component
public class Restore {

    private final Snapshots snapshots;
    private final Repository repository;
    private final DatabasePaths paths;

    Restore(Snapshots snapshots, Repository repository, DatabasePaths paths) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.paths = paths;
    }

    /**
     * Where a restore to a new file may write.
     *
     * @throws dev.afterimage.catalog.PathNotAllowedException when it must not write there
     * @throws TargetException.Exists when something is there
     */
    public Path newTarget(String path) {
        var target = paths.creatable(path);
        NewFile.requireAbsent(target);
        return target;
    }

    /**
     * Restores to a file that does not exist yet. After a failure nothing of it is left.
     *
     * @throws TargetException when the target exists or cannot be written
     * @throws RestoredFileException when the file did not pass its check
     */
    public Restored toNewFile(RestorePlan plan, PageProgress progress) {
        var snapshot = snapshots.available(plan.snapshotId());
        var file = NewFile.of(paths.creatable(plan.target().toString()), plan.jobId());
        file.discard();
        if (plan.resumed() && Files.isRegularFile(file.target(), LinkOption.NOFOLLOW_LINKS)) {
            return finishedEarlier(snapshot, file);
        }
        NewFile.requireAbsent(file.target());
        file.requireRoom(snapshot.content().sizeBytes());
        try {
            var sha256 = write(snapshot, file.temporary(), progress);
            plan.check().ifPresent(level -> check(snapshot, file.temporary(), level, progress));
            file.publish();
            return new Restored(file.target(), sha256);
        } finally {
            file.discard();
        }
    }

    /** An earlier attempt may have died after the file got its name; whether this is that file, its bytes tell. */
    private Restored finishedEarlier(Snapshot snapshot, NewFile file) {
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            return new Restored(
                    file.target(),
                    SnapshotFile.sha256IfEqual(reader, file.target())
                            .orElseThrow(() -> new TargetException.Exists(file.target())));
        }
    }

    private String write(Snapshot snapshot, Path file, PageProgress progress) {
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            return SnapshotFile.write(
                    reader, file, progress.phase("RESTORING", snapshot.content().pageSize()));
        }
    }

    private static void check(Snapshot snapshot, Path file, CheckLevel level, PageProgress progress) {
        var result = IntegrityCheck.run(
                file, level, progress.phase("CHECKING", snapshot.content().pageSize()));
        if (!result.passed()) {
            throw new RestoredFileException(snapshot.id(), result);
        }
    }

    /** Removes what a restore left beside its target when its process died. */
    public void discard(UUID jobId, Path target) {
        NewFile.of(target, jobId).discard();
    }
}
