package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A database has no available snapshot. */
public final class NoSnapshotException extends ProblemException {

    private final String database;

    /** @param database its name */
    public NoSnapshotException(String database) {
        super(ProblemCode.SNAPSHOT_NOT_FOUND, "Database '%s' has no available snapshot".formatted(database));
        this.database = database;
    }

    @Override
    protected String hint() {
        return "Take one: POST /api/v1/databases/%s/backups.".formatted(database);
    }
}
