package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.Extent;
import java.nio.file.Path;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Publishes a snapshot of a plain file that was captured elsewhere, or before: an old backup, a copy of a live database. */
@Component
public class Import {

    /** What snapshots say took them that were made of a file; no method that a backup can ask for. */
    public static final String METHOD = "IMPORT";

    private final Databases databases;
    private final Drafts drafts;
    private final Repository repository;
    private final Snapshots snapshots;

    Import(Databases databases, Drafts drafts, Repository repository, Snapshots snapshots) {
        this.databases = databases;
        this.drafts = drafts;
        this.repository = repository;
        this.snapshots = snapshots;
    }

    /**
     * Makes the snapshot that the plan names, of all bytes of the file, on top of the snapshot that is nearest to it in time.
     * The file is not checked. Run again after a crash, it takes up a snapshot that was already published; then the file is not
     * needed any more.
     *
     * @param file a whole database that nobody writes; stays as it is
     * @return the snapshot, published and in the catalog
     * @throws dev.afterimage.problem.ProblemException NOT_A_DATABASE when the file is no whole database; nothing was published
     * @throws dev.afterimage.problem.ProblemException SOURCE_UNREADABLE when it cannot be read
     */
    public Snapshot run(UUID databaseId, ImportPlan plan, Path file, PageProgress progress) {
        return run(databaseId, plan, file, false, progress);
    }

    /** The same while the database is locked for it: what can be done later is left to the next snapshot. */
    public Snapshot runLocked(UUID databaseId, ImportPlan plan, Path file, PageProgress progress) {
        return run(databaseId, plan, file, true, progress);
    }

    private Snapshot run(UUID databaseId, ImportPlan plan, Path file, boolean locked, PageProgress progress) {
        var database = databases.find(databaseId).orElseThrow();
        var manifest = repository
                .find(databaseId, plan.snapshotId())
                .orElseGet(() -> save(database, plan, ImportFile.at(file), locked, progress));
        // Dying here leaves a manifest without a row: the next attempt finds it above, or the next start adds the row.
        var published = SnapshotRows.of(manifest);
        if (locked) { // then it is what the database is now, whatever the clock says
            snapshots.addNewest(published);
        } else {
            snapshots.add(published);
        }
        if (plan.pinned()) { // only now, for the row may be the one of a start
            snapshots.change(plan.snapshotId(), null, true, false, null);
        }
        return snapshots.get(plan.snapshotId());
    }

    private Manifest save(Database database, ImportPlan plan, ImportFile file, boolean locked, PageProgress progress) {
        try (var draft = drafts.beginAt(plan.createdAt(), database)) {
            return save(draft, plan, file, locked, progress);
        } catch (UnusableSnapshotException parent) { // never build on what cannot be read back
            try (var draft = drafts.beginWithout(parent, database)) {
                return save(draft, plan, file, locked, progress);
            }
        }
    }

    private static Manifest save(Draft draft, ImportPlan plan, ImportFile file, boolean locked, PageProgress progress) {
        draft.writer().add(file.path(), progress.phase("SAVING", file.header().pageSize()));
        return draft.publish(
                plan, file.header().journalMode(), Extent.ofFile(file.path()).orElse(null), locked);
    }
}
