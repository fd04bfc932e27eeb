package dev.afterimage.retention;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The snapshot must not be deleted as it is. */
public abstract sealed class SnapshotKeptException extends ProblemException {

    private SnapshotKeptException(ProblemCode code, String detail) {
        super(code, detail);
    }

    /** Someone pinned it. */
    public static final class Pinned extends SnapshotKeptException {
        Pinned(Snapshot snapshot) {
            super(ProblemCode.SNAPSHOT_PINNED, "Snapshot %s is pinned".formatted(snapshot.id()));
        }
    }

    /** Without it the database could not be restored at all. */
    public static final class LastGood extends SnapshotKeptException {
        LastGood(Snapshot snapshot) {
            super(
                    ProblemCode.LAST_GOOD_SNAPSHOT,
                    "Snapshot %s is the last good one of '%s'".formatted(snapshot.id(), snapshot.databaseName()));
        }
    }
}
