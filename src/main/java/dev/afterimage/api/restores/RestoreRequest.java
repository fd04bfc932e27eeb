package dev.afterimage.api.restores;

import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.PositiveOrZero;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to make a database file of a snapshot, or to give a database its content. */
@Schema(
        description = "What to restore, and to where",
        example =
                "{\"snapshot\": \"latest\", \"database\": \"orders\", \"target\": {\"path\": \"/srv/app/orders-restored.db\", \"mode\": \"NEW_FILE\"}}")
public record RestoreRequest(
        @Schema(
                description =
                        "Id of the snapshot; or `latest`, the newest good one of `database`, which never is a safety snapshot. Just one of `snapshot`, `at`"
                                + " and `commit` is given")
        @Pattern(regexp = SNAPSHOT, message = "must be a UUID, or latest")
        @Nullable
        String snapshot,

        @Schema(description = AT) @Nullable Instant at,

        @Schema(description = COMMIT) @PositiveOrZero @Nullable
        Long commit,

        @Schema(
                description =
                        "Name of the database that the snapshot is of. Needed with `latest`, `at` and `commit`, unless `target` names a database")
        @Nullable
        String database,

        @NotNull @Valid RestoreTargetJson target,

        @Schema(description = SAFETY_SNAPSHOT) @Nullable Boolean safetySnapshot,

        @Schema(
                description = "To a NEW_FILE only: write a damaged or quarantined snapshot as far as its pages can be"
                        + " proven, and zeros for the others, which the job's `result.lostPages` lists",
                defaultValue = "false")
        Boolean allowDamaged,

        @Schema(description = VERIFY, defaultValue = "QUICK")
        Verify verify,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final String LATEST = "latest";

    static final String AT =
            "In place of a snapshot, a moment of a database that is followed: a time with its offset. What the last commit until then has left"
                    + " is restored; the job's `result` says which that was";

    static final String COMMIT =
            "In place of a snapshot, a moment of a database that is followed: the number of a commit. What it has left is restored";

    static final String SNAPSHOT = LATEST + "|" + IdText.PATTERN;

    static final String SAFETY_SNAPSHOT =
            "Whether to take a snapshot of the target before it is replaced: pinned, named by"
                    + " the job's `result.safetySnapshot`, and restored to undo the restore. Default: true with REPLACE_LIVE, else"
                    + " false";

    static final String VERIFY =
            "How SQLite is to check what was restored before the target changes. It does where the snapshot has not passed such a check"
                    + " before: each byte is proven anyway to be the one that was stored. NONE relies on that alone";

    public RestoreRequest {
        allowDamaged = Objects.requireNonNullElse(allowDamaged, false);
        verify = Objects.requireNonNullElse(verify, Verify.QUICK);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    @Override
    public Boolean safetySnapshot() {
        return Objects.requireNonNullElse(safetySnapshot, target.mode() == TargetMode.REPLACE_LIVE);
    }
}
