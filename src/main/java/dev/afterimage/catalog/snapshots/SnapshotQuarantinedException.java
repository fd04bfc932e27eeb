package dev.afterimage.catalog.snapshots;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The snapshot failed a check, so it is not offered for restores. */
public final class SnapshotQuarantinedException extends ProblemException {

    public SnapshotQuarantinedException(Snapshot snapshot) {
        super(
                ProblemCode.SNAPSHOT_QUARANTINED,
                "Snapshot %s of '%s' failed a check and is quarantined"
                        .formatted(snapshot.id(), snapshot.databaseName()));
    }
}
