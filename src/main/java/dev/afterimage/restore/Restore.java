package dev.afterimage.restore;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.DatabasePaths;
import dev.afterimage.catalog.Databases;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.SnapshotFile;
import dev.afterimage.sqlite.CheckLevel;
import dev.afterimage.sqlite.IntegrityCheck;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Makes a database file of a snapshot. */
@Component
public class Restore {

    private final Snapshots snapshots;
    private final Repository repository;
    private final Databases databases;
    private final DatabasePaths paths;

    Restore(Snapshots snapshots, Repository repository, Databases databases, DatabasePaths paths) {
        this.snapshots = snapshots;
        this.repository = repository;
        this.databases = databases;
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
        if (file.isPublished()) { // by an earlier attempt, which died before it could say so
            file.discard();
            return new Restored(file.target(), snapshot.content().sha256());
        }
        file.discard();
        NewFile.requireAbsent(file.target());
        file.requireRoom(snapshot.content().sizeBytes());
        try {
            var sha256 = write(snapshot, file.temporary(), progress);
            snapshots.knowSha256(snapshot.id(), sha256);
            plan.check().ifPresent(level -> check(snapshot, file.temporary(), level, progress));
            file.allow(permissions(snapshot));
            file.publish();
            return new Restored(file.target(), sha256);
        } finally {
            file.discard();
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

    /** Those of the live database, if it is still there; else nobody but the service may read the file. */
    private Set<PosixFilePermission> permissions(Snapshot snapshot) {
        try {
            var live = databases.find(snapshot.databaseId()).map(Database::path);
            return live.isPresent() ? Files.getPosixFilePermissions(live.get()) : NewFile.OWNER_ONLY;
        } catch (IOException | UnsupportedOperationException e) {
            return NewFile.OWNER_ONLY; // it cannot be looked at, and so cannot say that more is allowed
        }
    }

    /** Removes what a restore left beside its target when its process died. */
    public void discard(UUID jobId, Path target) {
        NewFile.of(target, jobId).discard();
    }
}
