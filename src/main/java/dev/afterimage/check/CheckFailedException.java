package dev.afterimage.check;

import dev.afterimage.catalog.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** A snapshot did not pass its check; it is quarantined. */
public final class CheckFailedException extends ProblemException {

    private final SnapshotCheck check;

    CheckFailedException(SnapshotCheck check) {
        super(
                ProblemCode.CHECK_FAILED,
                "The %s check of snapshot %s found: %s"
                        .formatted(check.level(), check.snapshotId(), String.join("; ", check.messages())));
        this.check = check;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("snapshotId", check.snapshotId().toString(), "messages", check.messages());
    }
}
