package dev.afterimage.restore;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Snapshots as plain files for as long as somebody looks into them. */
@Component
public class StagedSnapshots {

    private final Repository repository;
    private final Path staging;

    StagedSnapshots(Repository repository, Node node) {
        this.repository = repository;
        this.staging = node.staging();
    }

    /**
     * Writes a snapshot to a file of its own in the staging directory, and proves every byte on the way. After a failure
     * nothing of it is left; what a crash leaves, the next start deletes.
     *
     * @param copy of the repository that alone is read; null for the repository, and its copies where that fails
     * @return closed by the caller
     * @throws dev.afterimage.problem.ProblemException COPY_NOT_FOUND when there is no such copy
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL before anything is written, when there is no room for it
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when it cannot be written
     * @throws dev.afterimage.repository.SnapshotDamagedException when what is stored is not what was saved
     */
    public StagedSnapshot stage(Snapshot snapshot, @Nullable String copy) {
        Room.in(staging, snapshot.content().sizeBytes()).requireEnough();
        var staged = new StagedSnapshot(staging.resolve("look-" + UUID.randomUUID() + ".db"));
        try (var reader = open(snapshot, copy)) {
            SnapshotFile.passing(staged.file()).copy(reader, PageProgress.NONE);
            return new StagedSnapshot(staged.file(), reader.copiesRead());
        } catch (UnwritableFileException e) {
            try (staged) {
                throw StagingProblem.of(staged.file(), e.refusal());
            }
        } catch (RuntimeException | Error e) {
            try (staged) {
                throw e;
            }
        }
    }

    private SnapshotReader open(Snapshot snapshot, @Nullable String copy) {
        return copy == null
                ? repository.open(snapshot.databaseId(), snapshot.id())
                : repository.openOf(copy, snapshot.databaseId(), snapshot.id());
    }
}
