package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.check.CheckResult;
import java.util.List;
import java.util.Map;

/** A snapshot did not pass its check: it is quarantined, or a copy has it damaged. */
public final class CheckFailedException extends ProblemException {

    private static final String OF_COPY =
            "`messages` has what was found. What the repository has of the snapshot is not concerned: check that, too, without `from`. See docs/copies.md for what to do with a copy that is damaged.";

    private final List<String> messages;

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
        this.messages = check.messages();
    }

    CheckFailedException(String copy, CheckResult result, Snapshot snapshot) {
        super(Problem.of(
                ProblemCode.CHECK_FAILED,
                "The %s check of snapshot %s of '%s', as copy '%s' has it, found: %s"
                        .formatted(
                                result.level(),
                                snapshot.id(),
                                snapshot.databaseName(),
                                copy,
                                String.join("; ", result.messages())),
                OF_COPY,
                Map.of(
                        "snapshotId",
                        snapshot.id().toString(),
                        "database",
                        snapshot.databaseName(),
                        "from",
                        copy,
                        "messages",
                        result.messages())));
        this.messages = result.messages();
    }

    /** What was found. */
    public List<String> messages() {
        return messages;
    }
}
