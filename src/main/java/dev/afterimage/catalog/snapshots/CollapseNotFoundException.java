package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** The database did not collapse in that snapshot. */
public final class CollapseNotFoundException extends ProblemException {

    private final String database;

    CollapseNotFoundException(Database database, UUID snapshotId) {
        super(
                ProblemCode.COLLAPSE_NOT_FOUND,
                "Database '%s' did not collapse in snapshot %s".formatted(database.name(), snapshotId));
        this.database = database.name();
    }

    @Override
    protected String hint() {
        return "GET /api/v1/databases/%s/collapses lists in which it did.".formatted(database);
    }
}
