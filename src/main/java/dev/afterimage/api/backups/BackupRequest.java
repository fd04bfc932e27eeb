package dev.afterimage.api.backups;

import dev.afterimage.api.fields.BytesText;
import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.fields.Labels;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.backup.Method;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request for a backup; every field may be left out. */
@Schema(
        description = "How to take a backup; every field may be left out, and so may the body",
        example = "{\"labels\": {\"reason\": \"before-release\"}}")
public record BackupRequest(
        @Schema(
                description =
                        "AUTO takes SCAN where that is possible, else ONLINE. SCAN reads pages straight from the file and"
                                + " its WAL, and takes out only what changed. ONLINE copies page for page with SQLite's backup API."
                                + " LOCKED_COPY copies the file while writers wait. VACUUM writes the same rows into a compact"
                                + " file, which shares nothing with other snapshots",
                defaultValue = "AUTO")
        @Nullable
        Method method,

        @Schema(
                description = "How to check the snapshot before the job succeeds: FULL is integrity_check and"
                        + " foreign_key_check, QUICK is quick_check",
                defaultValue = "FULL")
        @Nullable
        Verify verify,

        @Schema(description = "Labels of the snapshot", example = "{\"reason\": \"before-release\"}") @Labels @Nullable
        Map<String, String> labels,

        @Schema(
                description = "How fast the source may be read: a number of bytes, or text such as 50MB; at least 64KB."
                        + " No limit when left out",
                types = {"integer", "string"},
                example = "50MB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxBytesPerSecond,

        @Schema(
                description =
                        "How large the WAL may get while the backup reads: when it grows above that, the backup lets go,"
                                + " so that the application's next checkpoint can begin the WAL anew, and is tried again. A number"
                                + " of bytes, or text such as 512MB; afterimage.captures.max-wal-bytes when left out",
                types = {"integer", "string"},
                example = "2GB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxWalBytes,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    static final BackupRequest DEFAULT = new BackupRequest(null, null, null, null, null, null, null);

    @Override
    public Method method() {
        return Objects.requireNonNullElse(method, Method.AUTO);
    }

    @Override
    public Verify verify() {
        return Objects.requireNonNullElse(verify, Verify.FULL);
    }

    @Override
    public Map<String, String> labels() {
        return Objects.requireNonNullElse(labels, Map.of());
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
