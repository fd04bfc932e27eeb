package dev.afterimage.api.backups;

import dev.afterimage.api.fields.BytesText;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.fields.Labels;
import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.backup.Method;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.live.Steps;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Max;
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
                        "AUTO takes FILESYSTEM_SNAPSHOT where that is configured, else SCAN where that is possible, else"
                                + " ONLINE. SCAN reads pages straight from the file and"
                                + " its WAL, and takes out only what changed. ONLINE copies page for page with SQLite's backup API."
                                + " LOCKED_COPY is SCAN while writers wait, in WAL mode too; where the file system can clone the file they wait only for that. VACUUM writes the same rows into a compact"
                                + " file, which shares nothing with other snapshots. FILESYSTEM_SNAPSHOT has commands of the configuration"
                                + " freeze the database's files, and reads those, so that writers wait no longer than that takes",
                defaultValue = "AUTO")
        Method method,

        @Schema(description = VERIFY, defaultValue = "AUTO") VerifyLevel verify,

        @Schema(
                description = "Labels of the snapshot",
                defaultValue = "{}",
                example = "{\"reason\": \"before-release\"}")
        @Labels
        Map<String, String> labels,

        @Schema(
                description = MAX_BYTES_PER_SECOND,
                types = {"integer", "string"},
                example = "50MB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxBytesPerSecond,

        @Schema(
                description = MAX_WAL_BYTES,
                types = {"integer", "string"},
                example = "2GB")
        @JsonDeserialize(using = BytesText.class)
        @Min(65_536)
        @Nullable
        Long maxWalBytes,

        @Schema(
                description =
                        "Of method ONLINE only: how many pages SQLite copies before it reports, can be cancelled, and"
                                + " pauses. The state is the same all along. What suits the speed when left out: 4 MiB, or 1 MiB"
                                + " with maxBytesPerSecond",
                example = "100")
        @Min(1)
        @Max(1_000_000)
        @Nullable
        Integer pagesPerStep,

        @Schema(
                description =
                        "Of method ONLINE only: how long to pause after each step, at most 60s. In rollback-journal"
                                + " mode writers wait in the pauses, too",
                defaultValue = "0s",
                example = "50ms",
                type = "string")
        @DurationMin
        @DurationMax(seconds = 60)
        Duration pauseBetweenSteps,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final String VERIFY =
            "What is proven of a snapshot before the job succeeds. STORED: all that was stored for it is read back, and what it"
                    + " shares with earlier snapshots is there; its cost follows what has changed. QUICK and FULL restore it to staging, and have"
                    + " SQLite check the file: quick_check; integrity_check and foreign_key_check. NONE: nothing. AUTO: FULL while the database is"
                    + " small (afterimage.checks.full-below), when the last FULL check of what it was built on is too long ago"
                    + " (afterimage.checks.full-every), and after a failed check; else STORED";

    static final String MAX_BYTES_PER_SECOND =
            "How fast sources may be read: a number of bytes, or text such as 50MB; at least 64KB. No limit when left out";

    static final String MAX_WAL_BYTES =
            "How large the WAL may get while the backup reads: when it grows above that, the backup lets go,"
                    + " so that the application's next checkpoint can begin the WAL anew, and is tried again. A number"
                    + " of bytes, or text such as 512MB; afterimage.captures.max-wal-bytes when left out";

    static final BackupRequest DEFAULT = new BackupRequest(
            Method.AUTO, VerifyLevel.AUTO, Map.of(), null, null, null, Duration.ZERO, Priority.NORMAL, null);

    public BackupRequest {
        method = Objects.requireNonNullElse(method, Method.AUTO);
        verify = Objects.requireNonNullElse(verify, VerifyLevel.AUTO);
        labels = Objects.requireNonNullElse(labels, Map.of());
        pauseBetweenSteps = Objects.requireNonNullElse(pauseBetweenSteps, Duration.ZERO);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    /**
     * In which method ONLINE is to copy.
     *
     * @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when another method is asked for, which has none
     */
    Steps steps() {
        var steps = new Steps(pagesPerStep, pauseBetweenSteps);
        if (method != Method.ONLINE && !steps.equals(Steps.USUAL)) {
            throw InvalidField.refused(
                    pagesPerStep == null ? "pauseBetweenSteps" : "pagesPerStep",
                    "must be left out unless method is ONLINE");
        }
        return steps;
    }
}
