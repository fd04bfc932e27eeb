package dev.afterimage.restore;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import java.nio.file.Path;
import java.util.UUID;
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
     * @return closed by the caller
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL before anything is written, when there is no room for it
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when it cannot be written
     * @throws dev.afterimage.repository.SnapshotDamagedException when what is stored is not what was saved
     */
    public StagedSnapshot stage(Snapshot snapshot) {
        Room.in(staging, snapshot.content().sizeBytes()).requireEnough();
        var staged = new StagedSnapshot(staging.resolve("look-" + UUID.randomUUID() + ".db"));
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            SnapshotFile.passing(staged.file()).copy(reader, PageProgress.NONE);
            return staged;
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
}
