package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** A snapshot did not pass its check; it is quarantined. */
public final class CheckFailedException extends ProblemException {

    private final SnapshotCheck check;
    private final String database;

    CheckFailedException(SnapshotCheck check, String database) {
        super(
                ProblemCode.CHECK_FAILED,
                "The %s check of snapshot %s of '%s' found: %s"
                        .formatted(check.level(), check.snapshotId(), database, String.join("; ", check.messages())));
        this.check = check;
        this.database = database;
    }

    SnapshotCheck check() {
        return check;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("snapshotId", check.snapshotId().toString(), "database", database, "messages", check.messages());
    }
}
