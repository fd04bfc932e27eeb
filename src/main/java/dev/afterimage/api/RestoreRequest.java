package dev.afterimage.api;

import dev.afterimage.jobs.Priority;
import dev.afterimage.jobs.Verify;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request to make a database file of a snapshot. */
@Schema(description = "What to restore, and to where")
record RestoreRequest(
        @Schema(description = "Id of the snapshot") @JsonDeserialize(using = IdText.class) @NotNull
        UUID snapshot,

        @NotNull @Valid Target target,

        @Schema(
                description = "How to check the restored file before it gets its name; NONE relies on the digests that"
                        + " every page is proven against anyway",
                defaultValue = "QUICK")
        @Nullable
        Verify verify,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    /** Where a restore writes. */
    @Schema(name = "RestoreTarget", description = "Where a restore writes")
    record Target(
            @Schema(
                    description = "Absolute path under one of afterimage.databases.roots, in a directory that exists",
                    example = "/srv/app/restored.db")
            @NotNull
            @Size(min = 1, max = NewDatabase.MAX_PATH)
            String path,

            @Schema(description = "NEW_FILE: nothing may exist at the path yet", defaultValue = "NEW_FILE") @Nullable
            Mode mode) {

        /** What may be at the target before. */
        enum Mode {
            NEW_FILE
        }

        @Override
        public Mode mode() {
            return Objects.requireNonNullElse(mode, Mode.NEW_FILE);
        }
    }

    @Override
    public Verify verify() {
        return Objects.requireNonNullElse(verify, Verify.QUICK);
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
