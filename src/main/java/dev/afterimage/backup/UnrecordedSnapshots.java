package dev.afterimage.backup;

import dev.afterimage.catalog.Databases;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import java.util.HashSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Gives, before any job runs, their row to snapshots that were published and then not recorded in the catalog: the process
 * died between manifest and row, and no further attempt of the job came. Databases that the catalog does not know are left
 * alone. Listing names suffices to find such snapshots; only their manifests are read.
 */
@Component
class UnrecordedSnapshots implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(UnrecordedSnapshots.class);

    private final Repository repository;
    private final Databases databases;
    private final Snapshots snapshots;
    private boolean done;

    UnrecordedSnapshots(Repository repository, Databases databases, Snapshots snapshots) {
        this.repository = repository;
        this.databases = databases;
        this.snapshots = snapshots;
    }

    @Override
    public void start() {
        attempt(
                "Looking for unrecorded snapshots",
                () -> repository.databases().stream()
                        .filter(id -> databases.find(id).isPresent())
                        .forEach(
                                id -> attempt("Looking for unrecorded snapshots of database " + id, () -> record(id))));
        done = true;
    }

    private void record(UUID databaseId) {
        var unrecorded = new HashSet<>(repository.snapshotIds(databaseId));
        unrecorded.removeAll(snapshots.ids(databaseId));
        unrecorded.forEach(id -> attempt("Recording snapshot " + id, () -> record(databaseId, id)));
    }

    private void record(UUID databaseId, UUID snapshotId) {
        var manifest = repository.find(databaseId, snapshotId).orElseThrow();
        snapshots.add(Backup.published(manifest));
        log.info("Snapshot {} of '{}' was published but not recorded; it is now", snapshotId, manifest.databaseName());
    }

    /** What cannot be read is no reason not to start: backups and restores of the rest go on. */
    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        } catch (ProblemException e) {
            log.warn("{} failed, the next start tries again", what, e);
        }
    }

    @Override
    public void stop() {
        done = false;
    }

    @Override
    public boolean isRunning() {
        return done;
    }

    /** After interrupted deletions were completed, before the web server and the workers. */
    @Override
    public int getPhase() {
        return 1;
    }
}
