package dev.afterimage.recovery;

import dev.afterimage.backup.Groups;
import dev.afterimage.catalog.BringingBack;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.lifecycle.StartStep;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Settles, before any job runs, what backups have published when their process died before the catalog knew: parts of groups
 * are taken back, other snapshots get their row. Databases that the catalog does not know are left alone.
 */
@Component
public class StartRecording extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(StartRecording.class);

    private final Repository repository;
    private final Databases databases;
    private final UnrecordedSnapshots unrecorded;
    private final Groups groups;
    private final BringingBack bringingBack;

    public StartRecording(
            Repository repository,
            Databases databases,
            UnrecordedSnapshots unrecorded,
            Groups groups,
            BringingBack bringingBack) {
        super(2); // after interrupted deletions were completed
        this.repository = repository;
        this.databases = databases;
        this.unrecorded = unrecorded;
        this.groups = groups;
        this.bringingBack = bringingBack;
    }

    @Override
    protected void take() {
        attempt("Taking back parts of groups", this::discardPartialGroups);
        if (bringingBack
                .begun()
                .isPresent()) { // what comes back by it has pins and checks, which the manifests have not
            log.warn("A rebuild of the catalog has begun and not ended; run it again: POST /api/v1/repository/rebuild");
            return;
        }
        attempt(
                "Looking for unrecorded snapshots",
                () -> repository.databases().stream()
                        .filter(id -> databases.find(id).isPresent())
                        .forEach(
                                id -> attempt("Looking for unrecorded snapshots of database " + id, () -> record(id))));
    }

    private void discardPartialGroups() {
        int discarded = groups.discardAll();
        if (discarded > 0) {
            log.info("Took back what {} interrupted group backups had published", discarded);
        }
    }

    private void record(UUID databaseId) {
        unrecorded
                .of(databaseId)
                .forEach(id -> attempt("Recording snapshot " + id, () -> {
                    if (unrecorded.record(databaseId, id)) {
                        log.info(
                                "Snapshot {} of database {} was published but not recorded; it is now", id, databaseId);
                    }
                }));
    }

    /** What cannot be read is no reason not to start: backups and restores of the rest go on. */
    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        } catch (ProblemException e) {
            log.warn("{} failed, the next start tries again: {}", what, e.getMessage());
        }
    }
}
