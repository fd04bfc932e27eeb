package dev.afterimage.api.backups;

import dev.afterimage.api.fields.BytesText;
import dev.afterimage.api.fields.Labels;
import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.UniqueElements;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request for a backup of several databases at one moment. */
@Schema(
        description = "Which databases to back up together, and how",
        example = "{\"databases\": [\"orders\", \"stock\"]}")
public record GroupBackupRequest(
        @Schema(description = "Names of 2 to 100 registered databases", example = "[\"orders\", \"stock\"]")
        @NotNull
        @Size(min = 2, max = 100, message = "must name 2 to 100 databases")
        @UniqueElements(message = "must name each database once")
        List<@NotNull String> databases,

        @Schema(description = BackupRequest.VERIFY, defaultValue = "AUTO")
        VerifyLevel verify,

        @Schema(
                description = "Labels of each snapshot",
                defaultValue = "{}",
                example = "{\"reason\": \"before-release\"}")
        @Labels
        Map<String, String> labels,

        @Schema(
                description = BackupRequest.MAX_BYTES_PER_SECOND,
                types = {"integer", "string"},
                example = "50MB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxBytesPerSecond,

        @Schema(
                description = BackupRequest.MAX_WAL_BYTES,
                types = {"integer", "string"},
                example = "2GB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxWalBytes,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    public GroupBackupRequest {
        verify = Objects.requireNonNullElse(verify, VerifyLevel.AUTO);
        labels = Objects.requireNonNullElse(labels, Map.of());
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    /** The order of the names makes no difference. */
    GroupBackupRequest sorted() {
        var names = databases.stream().sorted().toList();
        return new GroupBackupRequest(names, verify, labels, maxBytesPerSecond, maxWalBytes, priority, deadline);
    }
}
