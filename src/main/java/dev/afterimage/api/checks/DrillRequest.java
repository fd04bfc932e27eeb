package dev.afterimage.api.checks;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.api.snapshots.MomentRequest;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request for a drill; every field may be left out. */
@Schema(
        description = "How to make a drill; every field may be left out, and so may the body",
        example = "{\"snapshot\": \"LATEST\"}")
public record DrillRequest(
        @Schema(description = SNAPSHOT, defaultValue = "LATEST")
        DrillChoice snapshot,

        @Schema(description = "In place of `snapshot`: " + MomentRequest.AT) @Nullable
        Instant at,

        @Schema(description = "In place of `snapshot`: " + MomentRequest.COMMIT) @PositiveOrZero @Nullable
        Long commit,

        @Schema(description = VERIFY, defaultValue = "FULL") CheckLevel verify,

        @Schema(description = FROM, example = "offsite") @Nullable
        String from,

        @ArraySchema(
                arraySchema = @Schema(description = ASSERTIONS, defaultValue = "[]"),
                schema = @Schema(implementation = AssertionJson.class))
        @Size(max = AssertionJson.MOST)
        List<@Valid AssertionJson> assertions,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    public static final String SNAPSHOT =
            "Which of the available snapshots is restored; never a safety snapshot. MOMENT: none of them, but any commit of a database that is followed. Also written in lower case, as restores write `latest`";
    public static final String VERIFY =
            "How the restored file is checked: FULL is integrity_check and foreign_key_check, QUICK is quick_check";

    public static final String FROM =
            "The copy of the repository that alone is read, so that it is proven by itself; left out, the repository alone is";

    public static final String ASSERTIONS =
            "What must be true of the restored database beside that it is sound; else the drill fails with ASSERTION_FAILED";

    static final DrillRequest DEFAULT =
            new DrillRequest(DrillChoice.LATEST, null, null, CheckLevel.FULL, null, List.of(), Priority.NORMAL, null);

    public DrillRequest {
        snapshot = Objects.requireNonNullElse(snapshot, DrillChoice.LATEST);
        verify = Objects.requireNonNullElse(verify, CheckLevel.FULL);
        assertions = List.copyOf(Objects.requireNonNullElse(assertions, List.of()));
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
