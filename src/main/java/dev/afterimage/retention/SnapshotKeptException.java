package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.Snapshot;
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

    /** Without it nothing would be left of what the database held before it collapsed. */
    public static final class BeforeCollapse extends SnapshotKeptException {

        private final String database;

        BeforeCollapse(Snapshot snapshot) {
            super(
                    ProblemCode.LAST_GOOD_SNAPSHOT,
                    "Snapshot %s is the last good one from before '%s' collapsed"
                            .formatted(snapshot.id(), snapshot.databaseName()));
            this.database = snapshot.databaseName();
        }

        @Override
        protected String hint() {
            return ("If the database is as it should be, acknowledge what GET /api/v1/databases/%s/collapses lists; or"
                            + " delete the snapshot with ?force=true.")
                    .formatted(database);
        }
    }
}
