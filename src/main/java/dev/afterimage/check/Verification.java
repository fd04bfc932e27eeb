package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.file.Path;
import java.util.List;
import org.springframework.stereotype.Component;

/** Proves what backups have stored, as far as each is asked to. */
@Component
public class Verification {

    private final Snapshots snapshots;
    private final FullChecks fullChecks;
    private final StoredCheck storedCheck;
    private final Check check;

    Verification(Snapshots snapshots, FullChecks fullChecks, StoredCheck storedCheck, Check check) {
        this.snapshots = snapshots;
        this.fullChecks = fullChecks;
        this.storedCheck = storedCheck;
        this.check = check;
    }

    /**
     * Checks a snapshot that was just taken, and records the outcome in the catalog.
     *
     * @param staging an empty directory for the file that some levels restore; the caller deletes it
     * @throws CheckFailedException when the snapshot did not pass; it is then quarantined
     */
    public void run(Snapshot snapshot, VerifyLevel level, Path staging, PageProgress progress) {
        switch (level) {
            case AUTO -> run(snapshot, chosen(snapshot), staging, progress);
            case NONE -> {}
            case STORED -> storedCheck.run(snapshot, progress);
            case QUICK -> check.run(snapshot.id(), CheckLevel.QUICK, staging, progress);
            case FULL -> check.run(snapshot.id(), CheckLevel.FULL, staging, progress);
        }
    }

    private VerifyLevel chosen(Snapshot snapshot) {
        return fullChecks.isDue(snapshots.get(snapshot.id())) ? VerifyLevel.FULL : VerifyLevel.STORED;
    }

    /**
     * Checks several snapshots one after the other, the others too when one did not pass.
     *
     * @throws CheckFailedException when one did not pass, of the first of these
     */
    public void runAll(List<Snapshot> taken, VerifyLevel level, Path staging, PageProgress progress) {
        CheckFailedException first = null;
        for (var snapshot : taken) {
            try {
                run(snapshot, level, staging, progress.about(snapshot.databaseName()));
            } catch (CheckFailedException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
