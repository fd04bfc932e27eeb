package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** The catalog knows no snapshot of that id, or no good one of a database. */
public final class SnapshotNotFoundException extends ProblemException {

    SnapshotNotFoundException(UUID id) {
        super(Problem.of(ProblemCode.SNAPSHOT_NOT_FOUND, "There is no snapshot %s".formatted(id)));
    }

    SnapshotNotFoundException(Database database) {
        super(Problem.of(
                ProblemCode.SNAPSHOT_NOT_FOUND, "There is no good snapshot of database %s".formatted(database.name())));
    }
}
