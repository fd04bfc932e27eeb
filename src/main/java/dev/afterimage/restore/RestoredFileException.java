package dev.afterimage.restore;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.check.CheckResult;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The restored file did not pass its check; it was removed, the target does not exist. */
public final class RestoredFileException extends ProblemException {

    private final UUID snapshotId;
    private final List<String> messages;

    public RestoredFileException(UUID snapshotId, CheckResult result) {
        super(
                ProblemCode.CHECK_FAILED,
                "The file restored from snapshot %s did not pass its %s check: %s"
                        .formatted(snapshotId, result.level(), String.join("; ", result.messages())));
        this.snapshotId = snapshotId;
        this.messages = result.messages();
    }

    @Override
    protected String hint() {
        return "`messages` has what SQLite printed. Nothing was written to the target; use another snapshot. A restore with"
                + " `\"verify\": \"NONE\"` restores this one as it was captured all the same.";
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("snapshotId", snapshotId.toString(), "messages", messages);
    }
}
