package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** A snapshot did not pass its check; it is quarantined. */
public final class CheckFailedException extends ProblemException {

    private final SnapshotCheck check;

    CheckFailedException(SnapshotCheck check, String database) {
        super(Problem.of(
                ProblemCode.CHECK_FAILED,
                "The %s check of snapshot %s of '%s' found: %s"
                        .formatted(check.level(), check.snapshotId(), database, String.join("; ", check.messages())),
                Map.of(
                        "snapshotId",
                        check.snapshotId().toString(),
                        "database",
                        database,
                        "messages",
                        check.messages())));
        this.check = check;
    }

    public SnapshotCheck check() {
        return check;
    }
}
